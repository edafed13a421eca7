//! The size of all files of an area.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Time after which the files of an area are counted again: there may be millions of them.
const AGAIN: Duration = Duration::from_secs(60);

/// Files that clients of one area have open at once.
const MOST_OPEN: usize = 256;

/// Reason why a file is not opened now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    #[error("the file is being written: wait until it is closed")]
    Written,
    #[error("too many files of your area are open: close some")]
    TooMany,
}

/// Room for the files of an area.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    used: AtomicU64,
    most: u64,
    counted: Mutex<Option<Instant>>,
    /// Files that clients have open, by device and number.
    open: Mutex<HashMap<(u64, u64), Uses>>,
}

/// Uses of an open file.
#[derive(Debug, Default)]
struct Uses {
    handles: usize,
    is_written: bool,
}

/// A file that a client has open until this is dropped.
#[derive(Debug)]
pub struct Held {
    room: Arc<Room>,
    file: (u64, u64),
    writes: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.room.open();
        if let Some(uses) = open.get_mut(&self.file) {
            uses.handles -= 1;
            uses.is_written &= !self.writes;
            if uses.handles == 0 {
                open.remove(&self.file);
            }
        }
    }
}

impl Room {
    /// Room for `most` bytes in a folder, of which its files take some already.
    pub(super) fn new(path: PathBuf, most: u64) -> Self {
        let room = Self {
            path,
            used: AtomicU64::new(0),
            most,
            counted: Mutex::default(),
            open: Mutex::default(),
        };
        room.count();
        room
    }

    /// Counts the files anew, unless a client writes one: a part of it may be in memory.
    pub fn count(&self) {
        let open = self.open();
        if !open.values().any(|uses| uses.is_written) {
            self.used.store(size_of(&self.path), Ordering::Release);
            *self.last_count() = Some(Instant::now());
        }
    }

    /// As [`Room::count`], unless that was a short time ago.
    pub fn count_again(&self) {
        let is_due = self.last_count().is_none_or(|at| at.elapsed() >= AGAIN);
        if is_due {
            self.count();
        }
    }

    fn last_count(&self) -> MutexGuard<'_, Option<Instant>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(u64, u64), Uses>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a client opens a file. One that is written is opened by no other client for writing, which would count its bytes
    /// once and store them twice.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn hold(self: &Arc<Self>, file: &Metadata, writes: bool) -> Result<Held, Busy> {
        let file = (file.dev(), file.ino());
        let mut open = self.open();
        if open.values().map(|uses| uses.handles).sum::<usize>() >= MOST_OPEN {
            return Err(Busy::TooMany);
        }
        let uses = open.entry(file).or_default();
        if writes && uses.is_written {
            return Err(Busy::Written);
        }
        uses.handles += 1;
        uses.is_written |= writes;
        let room = Arc::clone(self);
        Ok(Held { room, file, writes })
    }

    /// True if a client has a file open: its bytes would stay on the disk after it was removed.
    pub fn is_open(&self, file: &Metadata) -> bool {
        self.open().contains_key(&(file.dev(), file.ino()))
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
