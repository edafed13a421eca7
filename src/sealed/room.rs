//! The size of all files of an area.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::format::content;

/// Size that every file and folder counts at least, in bytes.
pub const LEAST: u64 = 4096;

/// There is no room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("your area of the server is full: remove files that you do not need")]
pub struct Full;

impl From<Full> for io::Error {
    fn from(full: Full) -> Self {
        Self::new(io::ErrorKind::StorageFull, full)
    }
}

/// Room for the files of an area.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    used: AtomicU64,
    most: u64,
}

impl Room {
    /// Room for `most` bytes in a folder, of which its files take some already.
    pub(super) fn new(path: PathBuf, most: u64) -> Self {
        let room = Self {
            path,
            used: AtomicU64::new(0),
            most,
        };
        room.count();
        room
    }

    /// Counts the files anew.
    pub fn count(&self) {
        self.used.store(size_of(&self.path), Ordering::Release);
    }

    /// Bytes that the files take.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// Takes some bytes.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(&self, bytes: u64) -> Result<(), Full> {
        let before = self.used.fetch_add(bytes, Ordering::AcqRel);
        match before.saturating_add(bytes) <= self.most {
            true => Ok(()),
            false => {
                self.give_back(bytes);
                Err(Full)
            }
        }
    }

    /// Gives bytes back.
    pub fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self
            .used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// Bytes that a file or folder takes. An empty file holds the name of one that is being written.
    pub fn counted(metadata: &Metadata) -> u64 {
        match metadata.is_file() {
            true if metadata.size() == 0 => 0,
            true => content(metadata.size()).saturating_add(LEAST),
            false => LEAST,
        }
    }
}

/// Size that everything below a folder counts.
fn size_of(folder: &std::path::Path) -> u64 {
    let mut size = 0_u64;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            size = size.saturating_add(Room::counted(&metadata));
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    size
}
