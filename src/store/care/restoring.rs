//! Putting a backup in the place of a home's database.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::OpenFlags;

use super::backup::{self, Contents};
use crate::store::audit::Action;
use crate::store::error::{Stop, StoreError};
use crate::store::key::file::{self, KeyFile, next_path_in, path_in};
use crate::store::key::{KeyKind, KeySource};
use crate::store::lock::Turn;
use crate::store::rotation::{fold_log, take_place};
use crate::store::{Access, FILE_NAME, Store, cipher, home};

/// The folder in the home that a backup is unpacked and checked in.
const FOLDER: &str = "lunny.restoring";

/// A backup that was read, found sound and brought to this version, in a folder of its own. The home is as it was.
///
/// Whoever restores signs in to [`Restoring::store`], so with an account of the backup. What is dropped without
/// [`Restoring::finish`] leaves nothing behind.
#[derive(Debug)]
pub struct Restoring {
    home: PathBuf,
    store: Store,
    contents: Contents,
    folder: Folder,
}

/// What became of the records that were there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub contents: Contents,
    /// The database that was there, and where it is kept.
    pub kept: Option<PathBuf>,
    /// Its key file, where the backup has another key.
    pub kept_key: Option<PathBuf>,
}

/// Removed when dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is removed by the next restoring.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Restoring {
    /// Copies `backup` into the home, which is made if there is none, and checks the copy. The key is the one in
    /// `key_file`, or else the one that `source` finds in the home.
    ///
    /// # Errors
    /// When the backup cannot be read, is damaged or has another key, and as [`Store::open_with_key`].
    pub fn begin(
        home: &Path,
        backup: &Path,
        key_file: Option<&Path>,
        source: &KeySource,
    ) -> Result<Self, StoreError> {
        home::prepare_folder(home)?;
        let content = key_content(home, key_file, source)?;
        let folder = Folder(home.join(FOLDER));
        let file = folder.0.join(FILE_NAME);
        unpack(&folder.0, &file, backup)?;
        if let Some(content) = &content {
            file::replace(&path_in(&folder.0), content)?;
        }
        let of_the_backup = |error| about(error, &file, backup);
        let store = Store::open_with_key(&folder.0, source).map_err(of_the_backup)?;
        let key = store.key().clone();
        let contents = cipher::verify(&file, &key, None)
            .and_then(|()| backup::contents(&file, &key))
            .map_err(|stop| of_the_backup(stop.explain(&file)))?;
        Ok(Self {
            home: home.to_path_buf(),
            store,
            contents,
            folder,
        })
    }

    /// The records of the backup, to sign in to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the backup holds.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Puts the backup in place. A database that is there is kept beside it, as its key file is where that is another.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] for anybody but an administrator of the backup; [`StoreError::HomeHasRecords`]
    /// when there is a database and `replace` is not set; [`StoreError::NotAlone`] when a process has it open. The
    /// home is as it was then.
    pub fn finish(self, access: &Access, replace: bool) -> Result<Restored, StoreError> {
        let file = self.home.join(FILE_NAME);
        let Self {
            home,
            store,
            contents,
            folder,
        } = self;
        let at = store.now();
        store.enter_care(access, Action::RestoreBackup)?;
        let aside = store.file().to_path_buf();
        let key = store.key().clone();
        if Arc::strong_count(&store.shared) > 1 {
            return Err(StoreError::NotAlone { file: aside });
        }
        drop(store);
        let folded = || -> Result<(), Stop> {
            let copy = cipher::connect(&aside, Some(&key), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            fold_log(&copy, &aside)
        };
        folded().map_err(|stop| stop.explain(&aside))?;
        let content = file::read(&path_in(&folder.0))?;

        let turn = Turn::take(&home)?;
        let _alone = turn.alone(&home)?;
        let occupied = fs::metadata(&file).is_ok_and(|found| found.len() > 0);
        if occupied && !replace {
            return Err(StoreError::HomeHasRecords { file });
        }
        let suffix = free_suffix(&home, &file, &format!(".before-restore-{}", stamp(at)));
        let unusable = |error| StoreError::home(&home, error);
        let kept = match occupied {
            true => Some(keep_database(&file, &suffix).map_err(unusable)?),
            false => None,
        };
        let kept_key = match content {
            Some(content) => replace_key(&home, &content, &suffix)?,
            None => None,
        };
        take_place(&home, &file, &aside).map_err(unusable)?;
        Ok(Restored {
            contents,
            kept,
            kept_key,
        })
    }
}

/// `suffix`, with a number where what another restoring within the same second kept has it already.
fn free_suffix(home: &Path, file: &Path, suffix: &str) -> String {
    let key = path_in(home);
    let is_free = |suffix: &String| {
        [file, &key]
            .iter()
            .all(|path| fs::symlink_metadata(cipher::beside(path, suffix)).is_err())
    };
    std::iter::once(suffix.to_owned())
        .chain((2_u32..).map(|number| format!("{suffix}-{number}")))
        .find(is_free)
        .unwrap_or_default()
}

/// The content of the key file that goes with the backup; nothing where the key was given by itself.
fn key_content(
    home: &Path,
    key_file: Option<&Path>,
    source: &KeySource,
) -> Result<Option<KeyFile>, StoreError> {
    if let Some(path) = key_file {
        let missing = || StoreError::KeyFileUnusable {
            file: path.to_path_buf(),
            source: io::ErrorKind::NotFound.into(),
        };
        return file::read(path)?.ok_or_else(missing).map(Some);
    }
    if source.given.is_some() {
        return Ok(None);
    }
    match file::read(&path_in(home))? {
        None if source.passphrase.is_some() || source.new_database == KeyKind::Passphrase => {
            Ok(Some(KeyFile::Passphrase))
        }
        content => Ok(content),
    }
}

/// Copies the backup into a fresh folder for the owner alone.
fn unpack(folder: &Path, file: &Path, backup: &Path) -> Result<(), StoreError> {
    let unusable = |source| StoreError::home(folder, source);
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
        _ => {}
    }
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o700)))
        .map_err(unusable)?;
    let unreadable = |source| StoreError::backup(backup, source);
    // A pipe of that name would be waited on for ever.
    if !fs::metadata(backup).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is no regular file")));
    }
    let mut original = File::open(backup).map_err(unreadable)?;
    cipher::create_empty(file).map_err(unusable)?;
    let mut copy = fs::OpenOptions::new()
        .write(true)
        .open(file)
        .map_err(unusable)?;
    io::copy(&mut original, &mut copy).map_err(unreadable)?;
    copy.sync_all().map_err(unusable)
}

/// The same error about the backup itself in place of its copy.
fn about(error: StoreError, copy: &Path, backup: &Path) -> StoreError {
    let backup = backup.to_path_buf();
    match error {
        StoreError::NotADatabase { file } if file == copy => {
            StoreError::NotADatabase { file: backup }
        }
        StoreError::Damaged { file } if file == copy => StoreError::Damaged { file: backup },
        StoreError::ForeignDatabase { file } if file == copy => {
            StoreError::ForeignDatabase { file: backup }
        }
        StoreError::WrongKey { file, .. } if file == copy => StoreError::WrongKey {
            file: backup,
            tried: "this key".into(),
        },
        StoreError::KeyFileMissing { file, .. } if file == copy => {
            StoreError::BackupKeyMissing { file: backup }
        }
        other => other,
    }
}

/// Gives the database that is there a second name, its log too, and takes the log away from the first.
fn keep_database(file: &Path, suffix: &str) -> io::Result<PathBuf> {
    let kept = cipher::beside(file, suffix);
    for part in ["", "-wal"] {
        let from = cipher::beside(file, part);
        if fs::symlink_metadata(&from).is_ok() {
            second_name(&from, &cipher::beside(&kept, part))?;
        }
    }
    file::sync_folder_of(file)?;
    for part in ["-wal", "-shm", "-journal"] {
        match fs::remove_file(cipher::beside(file, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(kept)
}

/// Writes the backup's key beside the one that is there, for [`take_place`]; keeps the one that is there under another
/// name. Says where that is; nothing where both are the same.
fn replace_key(
    home: &Path,
    content: &KeyFile,
    suffix: &str,
) -> Result<Option<PathBuf>, StoreError> {
    let path = path_in(home);
    let unusable = |source| StoreError::key_file(&path, source);
    let there = match file::read(&path) {
        // A damaged one is kept as well; somebody may know what it was.
        Err(StoreError::KeyFileDamaged { .. } | StoreError::KeyFileExposed { .. }) => None,
        there => match there? {
            Some(there) if there == *content => return Ok(None),
            there => there,
        },
    };
    let kept = match there.is_some() || fs::symlink_metadata(&path).is_ok() {
        true => {
            let kept = cipher::beside(&path, suffix);
            second_name(&path, &kept).map_err(unusable)?;
            Some(kept)
        }
        false => None,
    };
    file::replace(&next_path_in(home), content)?;
    Ok(kept)
}

/// A second name for one file, or a copy where the file system knows no second names.
fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::copy(from, to).map(|_| ()),
    })
}

/// The moment in a file's name, such as `20260131T120000Z`.
fn stamp(at: i64) -> String {
    let moment = Timestamp::from_microsecond(at).unwrap_or_default();
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}
