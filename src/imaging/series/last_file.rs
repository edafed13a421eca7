//! Holding on to a file of many frames while they are decoded one after the other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::imaging::{FrameFile, ImagingError};

/// The file that was decoded from last.
#[derive(Debug, Default)]
pub(super) struct LastFile(Mutex<Option<(PathBuf, Arc<FrameFile>)>>);

impl LastFile {
    /// The file at `path`, read unless it is the one from last time.
    ///
    /// Whoever comes while it is being read waits: it is large, and needed once.
    pub fn open(&self, path: &Path) -> Result<Arc<FrameFile>, ImagingError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((same, file)) if same == path => Ok(Arc::clone(file)),
            _ => {
                // Two of them need not be in memory.
                *last = None;
                let file = Arc::new(FrameFile::open(path)?);
                *last = Some((path.to_owned(), Arc::clone(&file)));
                Ok(file)
            }
        }
    }
}
