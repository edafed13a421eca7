//! Files that lie encrypted on the disk: those of the accounts' areas on a server.
//!
//! A folder is named once ([`Folder::new`], [`Guard`]); each folder in it is the area of an account. From then on everything that
//! LUNNY reads there through [`open`] and writes there through [`crate::whole_file`] is sealed with a key of that area, and counts
//! towards the area's size. Files elsewhere are what they are. Names and sizes of files are not hidden.
//!
//! Nothing is ever decrypted to a disk: a reader holds one chunk, and a child process that decodes gets the key of its one file.

mod cipher;
mod format;
mod key;
mod opened;
mod room;
mod written;

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use self::format::Fault;
pub use self::key::{AreaKeys, FileKey, KEY_BYTES};
pub use self::opened::Opened;
pub use self::room::{Busy, Full, Held, LEAST, Room};
pub use self::written::Written;

/// The folders whose files are sealed.
static FOLDERS: RwLock<Vec<Arc<Folder>>> = RwLock::new(Vec::new());

/// A folder of areas.
#[derive(Debug)]
pub struct Folder {
    /// Canonical.
    path: PathBuf,
    keys: AreaKeys,
    /// Most bytes of an area.
    most: u64,
    rooms: Mutex<HashMap<String, Arc<Room>>>,
}

/// The files of a folder are sealed until this is dropped.
#[derive(Debug)]
pub struct Guard(Arc<Folder>);

/// An area: what its files are sealed with, and their size.
#[derive(Debug, Clone)]
pub struct Area {
    folder: Arc<Folder>,
    name: String,
    room: Arc<Room>,
}

impl Folder {
    /// The folder at the canonical path `path`, with areas of at most `most` bytes.
    pub fn new(path: PathBuf, keys: AreaKeys, most: u64) -> Self {
        Self {
            path,
            keys,
            most,
            rooms: Mutex::default(),
        }
    }

    /// Seals the files in it from now on.
    pub fn guard(self) -> Guard {
        let folder = Arc::new(self);
        let mut folders = FOLDERS.write().unwrap_or_else(PoisonError::into_inner);
        folders.push(Arc::clone(&folder));
        Guard(folder)
    }

    /// The size of an area, counted when it is first asked for.
    fn room(&self, name: &str) -> Arc<Room> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(name) {
            return Arc::clone(room);
        }
        let room = Arc::new(Room::new(self.path.join(name), self.most));
        rooms.insert(name.to_owned(), Arc::clone(&room));
        room
    }
}

impl Guard {
    /// The areas that there are, and the size of their files.
    pub fn sizes(&self) -> Vec<(String, u64)> {
        let entries = fs::read_dir(&self.0.path).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
        names
            .map(|name| {
                let used = self.0.room(&name).used();
                (name, used)
            })
            .collect()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut folders = FOLDERS.write().unwrap_or_else(PoisonError::into_inner);
        folders.retain(|folder| !Arc::ptr_eq(folder, &self.0));
    }
}

impl Area {
    /// The area that a path lies in; none where files are not sealed. `..` is no part of such a path.
    pub fn of(path: &Path) -> Option<Self> {
        let folders = FOLDERS.read().unwrap_or_else(PoisonError::into_inner);
        let (folder, below) = folders
            .iter()
            .find_map(|folder| Some((folder, path.strip_prefix(&folder.path).ok()?)))?;
        let Some(Component::Normal(name)) = below.components().next() else {
            return None;
        };
        let name = name.to_str()?.to_owned();
        let room = folder.room(&name);
        Some(Self {
            folder: Arc::clone(folder),
            name,
            room,
        })
    }

    /// The size of its files.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Opens a sealed file for reading.
    ///
    /// # Errors
    /// Of the system; a [`Fault`] of a file that is not sealed, not whole or was changed.
    pub fn read(&self, file: fs::File) -> io::Result<Opened> {
        let header = format::Header::read(&file)?;
        let key = self.folder.keys.of_file(&self.name, &header)?;
        Opened::sealed(file, key)
    }

    /// A new sealed file in the place of what `file` holds.
    ///
    /// # Errors
    /// Of the system.
    pub fn begin(&self, file: fs::File) -> io::Result<Written> {
        let header = format::Header::fresh(self.folder.keys.newest())?;
        let key = self.folder.keys.of_file(&self.name, &header)?;
        Written::begin(file, header, &key, Arc::clone(&self.room))
    }

    /// A sealed file that is there, to be written on.
    ///
    /// # Errors
    /// As [`Area::read`]; a file that was not completed is no error.
    pub fn go_on(&self, file: fs::File) -> io::Result<Written> {
        let header = format::Header::read(&file)?;
        let key = self.folder.keys.of_file(&self.name, &header)?;
        Written::go_on(file, header, &key, Arc::clone(&self.room))
    }
}

/// Opens a file for reading, a sealed one where they are sealed. What it is was checked before: a pipe would make this wait.
///
/// # Errors
/// As [`Area::read`].
pub fn open(path: &Path) -> io::Result<Opened> {
    let file = fs::File::open(path)?;
    match Area::of(path) {
        Some(area) => area.read(file),
        None => Opened::plain(file),
    }
}

/// The number of bytes of a file's content.
pub fn length(path: &Path, metadata: &Metadata) -> u64 {
    match metadata.is_file() && Area::of(path).is_some() {
        true => format::content(metadata.len()),
        false => metadata.len(),
    }
}

#[cfg(test)]
mod tests;
