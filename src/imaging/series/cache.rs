//! Decoded slices that stay in memory, the ones asked for last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::MOST_CACHED_BYTES;
use crate::imaging::{ImagingError, Pixels, Scan};

/// Slices by their index, with when they were last asked for.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    slices: HashMap<usize, (u64, Arc<Scan>)>,
    bytes: usize,
    asked: u64,
}

impl Cache {
    /// The kept slice, or what `decode` makes of it.
    ///
    /// Two threads that ask for the same absent slice both decode it: neither waits for the other.
    pub fn get_or_decode(
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

    fn get(&self, index: usize) -> Option<Arc<Scan>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        let (asked, scan) = kept.slices.get_mut(&index)?;
        *asked = now;
        Some(Arc::clone(scan))
    }

    /// Keeps a slice, and lets go of those not asked for longest while there are too many bytes.
    pub fn keep(&self, index: usize, scan: Arc<Scan>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        kept.bytes += bytes(&scan);
        if let Some((_, old)) = kept.slices.insert(index, (now, scan)) {
            kept.bytes -= bytes(&old);
        }
        while kept.bytes > MOST_CACHED_BYTES && kept.slices.len() > 1 {
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
