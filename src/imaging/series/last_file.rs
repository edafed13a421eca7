//! Holding on to a file of many frames while they are decoded one after the other, in this process or in children.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::decode;
use crate::imaging::{FrameFile, ImagingError, Scan};

/// Result of opening a file.
type Opened = Result<Arc<FrameFile>, ImagingError>;

/// The file that was decoded from last. When it is dropped, children drop it too.
#[derive(Debug, Default)]
pub(in crate::imaging) struct LastFile {
    here: Mutex<Option<(PathBuf, Opened)>>,
    /// Keys of the files that children hold.
    in_children: Mutex<BTreeSet<String>>,
}

impl LastFile {
    /// Notes that children hold a file.
    pub(crate) fn held_by_children(&self, key: &str) {
        let mut keys = lock(&self.in_children);
        if !keys.contains(key) {
            keys.insert(key.to_owned());
        }
    }

    /// Decodes a frame in this process. `last` keeps a file of many frames open.
    pub(crate) fn decode_here(
        last: Option<&Self>,
        path: &Path,
        frame: usize,
        cancel: &Cancel,
    ) -> Result<Scan, ImagingError> {
        match last {
            Some(last) => last.open(path, cancel)?.decode(frame),
            None => FrameFile::open_unless(path, cancel)?.decode(frame),
        }
    }

    /// The file at `path`, read unless it is the one from last time.
    ///
    /// Another thread that asks while it is being read waits: it is large, and needed once. A file whose content is
    /// refused is not read again for each of its frames; one that could not be reached is.
    fn open(&self, path: &Path, cancel: &Cancel) -> Opened {
        let mut last = lock(&self.here);
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

impl Drop for LastFile {
    fn drop(&mut self) {
        for key in lock(&self.in_children).iter() {
            decode::release(key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
