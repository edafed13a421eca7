//! Restoring a backup in place of a home's database.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{OpenFlags, params};

use super::backup::{self, Contents};
use super::comparison::Comparison;
use super::kept_records::{free_suffix, keep_database, replace_key, stamp};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::{Stop, StoreError};
use crate::store::key::file::{self, KeyFile, path_in};
use crate::store::key::{DatabaseKey, KeyKind, KeySource};
use crate::store::lock::Turn;
use crate::store::rotation::{fold_log, take_place};
use crate::store::{Access, FILE_NAME, Owner, Store, cipher, home};

/// The folder in the home in which a backup is unpacked and checked.
pub(super) const FOLDER: &str = "lunny.restoring";

/// The records that a backup replaces, and the right to replace them.
#[derive(Debug)]
pub enum Present {
    /// The home has no records yet. An owner of the backup restores it.
    Nothing,
    /// The present records, with no other clone of the store, and one of their owners.
    Records(Store, Owner),
    /// The present records do not open: they are damaged, or their key is lost. An owner of the backup restores it, and its log
    /// records that no owner of the present records was signed in.
    Unreadable,
}

/// Consent of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// Records exist; they are stored beside the backup.
    pub replace: bool,
    /// The backup lacks changes that the records have.
    pub older: bool,
    /// The backup is of another installation.
    pub foreign: bool,
}

/// A backup that was read, verified and migrated to this version, in a separate folder. The home is unchanged.
///
/// Over records that open, one of their owners restores; otherwise an owner of the backup, who signs in to [`Restoring::store`].
/// Dropping it without [`Restoring::finish`] leaves nothing behind.
#[derive(Debug)]
pub struct Restoring {
    home: PathBuf,
    backup: PathBuf,
    source: KeySource,
    store: Store,
    contents: Contents,
    folder: Folder,
}

/// Result for the records that were there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub contents: Contents,
    /// The changes compared with them.
    pub comparison: Comparison,
    /// Path at which the previous database is stored.
    pub kept: Option<PathBuf>,
    /// Path at which its key file is stored, if the backup has another key.
    pub kept_key: Option<PathBuf>,
}

/// Removed when dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Remaining files are removed by the next restore.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Restoring {
    /// Copies `backup` into the home, which is created if needed, and verifies the copy. The key is the one in `key_file`, or
    /// else the one that `source` finds in the home.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] unless called by an owner of the records that open; [`StoreError::HomeHasRecords`] and
    /// [`StoreError::RecordsOpen`] if `present` does not match the home. Also when the backup cannot be read, is damaged or
    /// has another key, and as [`Store::open_with_key`].
    pub fn begin(
        home: &Path,
        present: &Present,
        backup: &Path,
        key_file: Option<&Path>,
        source: &KeySource,
    ) -> Result<Self, StoreError> {
        present.check(home, source)?;
        home::prepare_folder(home)?;
        let content = key_content(home, key_file, source)?;
        // The named key file takes precedence over a key in the environment, which is that of the records.
        let given = source.given.clone().filter(|_| key_file.is_none());
        let source_of_backup = KeySource {
            given,
            ..source.clone()
        };
        let folder = Folder(home.join(FOLDER));
        let file = folder.0.join(FILE_NAME);
        unpack(&folder.0, &file, backup)?;
        if let Some(content) = &content {
            file::replace(&path_in(&folder.0), content)?;
        }
        let of_the_backup = |error| about(error, &file, backup);
        let store = Store::open_with_key(&folder.0, &source_of_backup).map_err(of_the_backup)?;
        let key = store.key().clone();
        let contents = cipher::verify(&file, &key, None)
            .and_then(|()| backup::contents(&file, &key))
            .map_err(|stop| of_the_backup(stop.explain(&file)))?;
        Ok(Self {
            home: home.to_path_buf(),
            backup: backup.to_path_buf(),
            source: source.clone(),
            store,
            contents,
            folder,
        })
    }

    /// The records of the backup, to sign in to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The rights of an owner of the backup who signed in to [`Restoring::store`]. The terms need not be accepted there: the backup
    /// may be older than the present ones, and after restoring nothing is read or written before they are accepted.
    ///
    /// # Errors
    /// Those of [`Store::as_owner`], except for the terms.
    pub fn owner(&self, access: &Access) -> Result<Owner, StoreError> {
        self.store.as_owner_before_terms(access)
    }

    /// Content of the backup.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The changes that restoring makes compared with `present`.
    ///
    /// # Errors
    /// The errors of either database.
    pub fn compare(&self, present: &Present) -> Result<Comparison, StoreError> {
        let present = match present {
            Present::Records(store, _) => Some(store),
            Present::Nothing | Present::Unreadable => None,
        };
        Comparison::of(&self.store, present)
    }

    /// Puts the backup in place. An existing database is stored beside it, and so is its key file if the keys differ. Both logs
    /// get an entry. `of_the_backup` is needed if `present` brings no owner.
    ///
    /// If killed at any point, it leaves the old records or the new ones complete.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] without an owner; [`StoreError::HomeHasRecords`], [`StoreError::ForeignBackup`] and
    /// [`StoreError::RollBack`] without the consent that they need; [`StoreError::NotAlone`] when a process has the
    /// records open. The home is then unchanged.
    pub fn finish(
        self,
        present: Present,
        of_the_backup: Option<&Owner>,
        consent: Consent,
    ) -> Result<Restored, StoreError> {
        let file = self.home.join(FILE_NAME);
        present.check(&self.home, &self.source)?;
        let comparison = self.compare(&present)?;
        self.allow(&comparison, consent)?;
        self.enter(&present, of_the_backup)?;
        let Self {
            home,
            store,
            contents,
            folder,
            ..
        } = self;
        let at = store.now();
        let aside = store.file().to_path_buf();
        let key = store.key().clone();
        if Arc::strong_count(&store.shared) > 1 {
            return Err(StoreError::NotAlone { file: aside });
        }
        drop(store);
        fold(&aside, &key)?;
        let content = file::read(&path_in(&folder.0))?;

        let turn = Turn::take(&home)?;
        let _alone = match present {
            Present::Records(store, owner) => {
                store.shared.presence()?.alone(&home, &turn)?;
                // No other process writes from here on; changes since the comparison are detected.
                let lost = store.read(|transaction| {
                    owner.require(transaction)?;
                    comparison.lost_now(transaction)
                })?;
                if lost > 0 && !consent.older && !comparison.foreign {
                    return Err(StoreError::RollBack { changes: lost });
                }
                store.log_maintenance(&owner, Action::RestoreBackup)?;
                let key = store.key().clone();
                let Some(shared) = Arc::into_inner(store.shared) else {
                    return Err(StoreError::NotAlone { file });
                };
                let alone = shared.close();
                // All of the records are then in the one file, before it is renamed.
                fold(&file, &key)?;
                alone
            }
            Present::Nothing | Present::Unreadable => Some(turn.alone(&home)?),
        };
        let occupied = is_occupied(&file);
        if occupied && !consent.replace {
            return Err(StoreError::HomeHasRecords { file });
        }
        tracing::warn!("a backup takes the place of the records");
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
        // The restored log need not have the head of the replaced one; the next start keeps its own.
        audit::forget_head(&home).map_err(unusable)?;
        take_place(&home, &file, &aside).map_err(unusable)?;
        Ok(Restored {
            contents,
            comparison,
            kept,
            kept_key,
        })
    }

    /// Checks that the owner agreed to the changes.
    fn allow(&self, comparison: &Comparison, consent: Consent) -> Result<(), StoreError> {
        let file = self.home.join(FILE_NAME);
        if is_occupied(&file) && !consent.replace {
            return Err(StoreError::HomeHasRecords { file });
        }
        match (comparison.foreign, comparison.lost) {
            (true, _) if !consent.foreign => Err(StoreError::ForeignBackup {
                file: self.backup.clone(),
            }),
            (false, changes @ 1..) if !consent.older => Err(StoreError::RollBack { changes }),
            _ => Ok(()),
        }
    }

    /// Records in the log of the backup that it is restored, by the owner if the backup knows that account.
    fn enter(&self, present: &Present, of_the_backup: Option<&Owner>) -> Result<(), StoreError> {
        let action = match present {
            Present::Records(store, owner) => {
                let email: String = store.read(|transaction| {
                    let email = "SELECT email_key FROM account WHERE id = ?1";
                    Ok(transaction.query_row(email, [owner.account()], |row| row.get(0))?)
                })?;
                let at = self.store.now();
                return self.store.write(|transaction| {
                    let known = transaction
                        .prepare_cached("SELECT 1 FROM account WHERE id = ?1 AND email_key = ?2")?
                        .exists(params![owner.account(), email])?;
                    let who = known.then_some(owner.account());
                    let (action, nothing) = (Action::RestoreBackup, Object::Nothing);
                    audit::record(transaction, at, who, action, nothing, Outcome::Done)?;
                    Ok(())
                });
            }
            Present::Nothing => Action::RestoreBackup,
            Present::Unreadable => Action::RestoreOverUnreadable,
        };
        match of_the_backup {
            Some(owner) => self.store.log_maintenance(owner, action),
            None => Err(StoreError::NotOwner),
        }
    }
}

impl Present {
    /// Checks that `present` matches the home, and that the owner still is one.
    fn check(&self, home: &Path, source: &KeySource) -> Result<(), StoreError> {
        let file = home.join(FILE_NAME);
        match self {
            Self::Records(store, owner) if store.home() == home => {
                store.read(|transaction| owner.require(transaction))
            }
            Self::Nothing if !is_occupied(&file) => Ok(()),
            Self::Nothing | Self::Records(..) => Err(StoreError::HomeHasRecords { file }),
            Self::Unreadable => require_unreadable(home, &file, source),
        }
    }
}

/// Checks that no available key opens the records, or that they are damaged if one does. The key file of the home is tried as
/// well as a key in the environment, so that a wrong key there does not make records count as unreadable.
fn require_unreadable(home: &Path, file: &Path, source: &KeySource) -> Result<(), StoreError> {
    if !is_occupied(file) {
        return Ok(());
    }
    let of_the_home = KeySource {
        given: None,
        ..source.clone()
    };
    for source in [source, &of_the_home] {
        match Store::open_with_key(home, source) {
            Ok(store) => match store.check_every_page() {
                Ok(()) => {
                    return Err(StoreError::RecordsOpen {
                        file: file.to_path_buf(),
                    });
                }
                Err(StoreError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            },
            Err(
                StoreError::NotADatabase { .. }
                | StoreError::Damaged { .. }
                | StoreError::WrongKey { .. }
                | StoreError::KeyFileMissing { .. }
                | StoreError::KeyFileDamaged { .. }
                | StoreError::PassphraseNeeded { .. },
            ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_occupied(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.len() > 0)
}

/// Writes the write-ahead log of a database that no process has open back into its file.
fn fold(file: &Path, key: &DatabaseKey) -> Result<(), StoreError> {
    let folded = || -> Result<(), Stop> {
        let database = cipher::connect(file, Some(key), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        fold_log(&database, file)
    };
    folded().map_err(|stop| stop.explain(file))
}

/// The content of the key file for the backup; none if the key was given directly.
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

/// Copies the backup into a new folder that only the owner can read.
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
    // Reading from a pipe of that name would wait forever.
    if !fs::metadata(backup).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
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

/// The same error, about the backup itself instead of its copy.
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
