//! Holding on to a file of many frames while they are decoded one after the other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::imaging::{FrameFile, ImagingError};

/// What became of opening a file.
type Opened = Result<Arc<FrameFile>, ImagingError>;

/// The file that was decoded from last.
#[derive(Debug, Default)]
pub(super) struct LastFile(Mutex<Option<(PathBuf, Opened)>>);

impl LastFile {
    /// The file at `path`, read unless it is the one from last time.
    ///
    /// Another thread that asks while it is being read waits: it is large, and needed once. A file whose content is
    /// refused is not read again for each of its frames; one that could not be reached is.
    pub fn open(&self, path: &Path, cancel: &Cancel) -> Opened {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((same, opened)) if same == path => opened.clone(),
            _ => {
                // Two of them are never in memory together.
                *last = None;
                let opened = FrameFile::open_unless(path, cancel).map(Arc::new);
                if opened.is_ok() || is_about_content(&opened) {
                    *last = Some((path.to_owned(), opened.clone()));
                }
                opened
            }
        }
    }
}

fn is_about_content(opened: &Opened) -> bool {
    matches!(
        opened,
        Err(ImagingError::CutShort(_)
            | ImagingError::Damaged { .. }
            | ImagingError::TooLarge { .. }
            | ImagingError::Unsupported { .. })
    )
}
