//! Decodes many slices of a series in parallel.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Progress, Series};
use crate::cancel::Cancel;
use crate::imaging::{ImagingError, Pixels, Scan};
use crate::text::hexadecimal;

/// Maximum number of bytes of decoded pixels in progress: 64 slices of 512 × 512, never less than one slice.
const AT_ONCE_BYTES: usize = 32 << 20;

/// Summary of the pixels of a series.
#[derive(Debug, Clone)]
pub struct PixelSummary {
    /// The lowest and the highest Hounsfield unit of the decoded slices; `None` if none has any.
    pub hu_range: Option<[i16; 2]>,
    /// SHA-256 of every slice in order, row by row: Hounsfield units rounded to the nearest and not below
    /// -1024, or grey levels, each as a little-endian i16. Lower-case hexadecimal. Independent of names, order
    /// and compression of the files. `None` if a slice could not be decoded.
    pub sha256: Option<String>,
    /// Slices that could not be decoded, by their index, and why.
    pub failed: Vec<(usize, ImagingError)>,
}

impl Series {
    /// Decodes `slices` one after the other, so that [`Series::slice`] finds them in the cache.
    ///
    /// Errors are ignored here; they occur again, with their reason, when the slice is requested.
    pub fn prefetch(&self, slices: &[usize], cancel: &Cancel) {
        for &slice in slices {
            if cancel.is_cancelled() {
                return;
            }
            if let Err(error) = self.slice_unless(slice, cancel) {
                tracing::debug!(%error, slice, "not prefetched");
            }
        }
    }

    /// Passes every slice to `take`, in order, while the following ones are decoded in parallel.
    ///
    /// Decoded pixels in progress take at most 32 MB, or one slice, in addition to the series' cache. Error:
    /// cancellation.
    pub fn visit(
        &self,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        mut take: impl FnMut(usize, Result<Arc<Scan>, ImagingError>),
    ) -> Result<(), ImagingError> {
        let (of, done) = (self.len(), AtomicUsize::new(0));
        let slice_bytes = 2 * self.geometry.rows as usize * self.geometry.columns as usize;
        let at_once = (AT_ONCE_BYTES / slice_bytes.max(1)).clamp(1, of.max(1));
        for start in (0..of).step_by(at_once) {
            let batch: Vec<_> = (start..of.min(start + at_once))
                .into_par_iter()
                .map(|index| {
                    if cancel.is_cancelled() {
                        return Err(ImagingError::Cancelled);
                    }
                    let slice = self.slice_unless(index, cancel);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(Progress { done, of });
                    slice
                })
                .collect();
            if cancel.is_cancelled() {
                return Err(ImagingError::Cancelled);
            }
            for (index, slice) in (start..).zip(batch) {
                take(index, slice);
            }
        }
        Ok(())
    }

    /// Range and hash of all pixels; decodes every slice. Error: cancellation.
    pub fn summary(
        &self,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<PixelSummary, ImagingError> {
        let (mut hash, mut range, mut failed) = (Sha256::new(), None, Vec::new());
        let mut bytes = Vec::new();
        self.visit(cancel, progress, |index, slice| match slice {
            Ok(scan) => {
                bytes.clear();
                match &scan.pixels {
                    Pixels::Hounsfield(values) => {
                        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                        let [low, high] = range.unwrap_or([i16::MAX, i16::MIN]);
                        range = Some(values.iter().fold([low, high], |[low, high], &value| {
                            [low.min(value), high.max(value)]
                        }));
                    }
                    Pixels::Grey(levels) => {
                        bytes.extend(
                            levels
                                .iter()
                                .flat_map(|&level| i16::from(level).to_le_bytes()),
                        );
                    }
                }
                hash.update(&bytes);
            }
            Err(error) => failed.push((index, error)),
        })?;
        Ok(PixelSummary {
            hu_range: range,
            sha256: (failed.is_empty()).then(|| hexadecimal(&hash.finalize())),
            failed,
        })
    }
}
