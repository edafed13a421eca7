//! Least-recently-used cache of decoded slices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::MOST_CACHED_BYTES;
use crate::imaging::{ImagingError, Pixels, Scan};

/// Slices by their index, with the time of their last use.
#[derive(Debug)]
pub(super) struct Cache {
    /// Maximum number of bytes of pixels.
    most: usize,
    kept: Mutex<Kept>,
}

impl Default for Cache {
    fn default() -> Self {
        Self::within(MOST_CACHED_BYTES)
    }
}

#[derive(Debug, Default)]
struct Kept {
    slices: HashMap<usize, (u64, Arc<Scan>)>,
    bytes: usize,
    asked: u64,
}

impl Cache {
    /// A cache of at most `most` bytes of pixels, or one slice.
    fn within(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    /// The cached slice, or the result of `decode`.
    ///
    /// Two threads that request the same missing slice both decode it: neither waits for the other.
    pub(super) fn get_or_decode(
        &self,
        index: usize,
        decode: impl FnOnce() -> Result<Scan, ImagingError>,
    ) -> Result<Arc<Scan>, ImagingError> {
        if let Some(scan) = self.get(index) {
            return Ok(scan);
        }
        let scan = Arc::new(decode()?);
        self.keep(index, Arc::clone(&scan));
        Ok(scan)
    }

    /// Removes all slices.
    pub(super) fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.slices.clear();
        kept.bytes = 0;
    }

    fn get(&self, index: usize) -> Option<Arc<Scan>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        let (asked, scan) = kept.slices.get_mut(&index)?;
        *asked = now;
        Some(Arc::clone(scan))
    }

    /// Stores a slice, and removes the least recently used ones while there are too many bytes.
    pub(super) fn keep(&self, index: usize, scan: Arc<Scan>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        kept.bytes += bytes(&scan);
        if let Some((_, old)) = kept.slices.insert(index, (now, scan)) {
            kept.bytes -= bytes(&old);
        }
        while kept.bytes > self.most && kept.slices.len() > 1 {
            let oldest = kept.slices.iter().min_by_key(|(_, (asked, _))| *asked);
            let Some(oldest) = oldest.map(|(index, _)| *index) else {
                return;
            };
            if let Some((_, old)) = kept.slices.remove(&oldest) {
                kept.bytes -= bytes(&old);
            }
        }
    }
}

fn bytes(scan: &Scan) -> usize {
    match &scan.pixels {
        Pixels::Grey(levels) => levels.len(),
        Pixels::Hounsfield(values) => 2 * values.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::imaging::{Format, Provenance};

    fn slice(side: u32) -> Scan {
        Scan {
            pixels: Pixels::Hounsfield(vec![0; (side * side) as usize]),
            width: side,
            height: side,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: PathBuf::new(),
                format: Format::Dicom,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        }
    }

    fn kept(cache: &Cache) -> Vec<usize> {
        let mut kept: Vec<usize> = cache.kept.lock().unwrap().slices.keys().copied().collect();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn the_most_recent_slices_stay_within_the_limit() {
        // Capacity of four slices of 200 bytes.
        let cache = Cache::within(800);
        for index in 0..4 {
            cache.get_or_decode(index, || Ok(slice(10))).unwrap();
        }
        let again = cache.get_or_decode(0, || panic!("it was kept")).unwrap();
        assert_eq!(again.width, 10);
        cache.get_or_decode(4, || Ok(slice(10))).unwrap();
        assert_eq!(kept(&cache), [0, 2, 3, 4]);
        cache.keep(2, Arc::new(slice(14)));
        assert_eq!(cache.kept.lock().unwrap().bytes, 792);
        assert_eq!(kept(&cache), [0, 2, 4]);
    }

    #[test]
    fn one_slice_stays_however_large_it_is() {
        let cache = Cache::within(100);
        cache.keep(0, Arc::new(slice(10)));
        cache.keep(1, Arc::new(slice(20)));
        assert_eq!(kept(&cache), [1]);
        assert_eq!(cache.kept.lock().unwrap().bytes, 800);
    }

    #[test]
    fn a_slice_that_could_not_be_decoded_is_tried_again() {
        let cache = Cache::within(800);
        assert!(
            cache
                .get_or_decode(0, || Err(ImagingError::Cancelled))
                .is_err()
        );
        assert!(cache.get_or_decode(0, || Ok(slice(10))).is_ok());
    }
}
