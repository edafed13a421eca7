//! Finding the key that opens a home's database, creating one if there is none, and completing a rotation that was killed.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::cipher::{self, Answer};
use super::key::file::{self, KeyFile, next_path_in, path_in};
use super::key::{DatabaseKey, KeyKind, KeySource};
use super::lock::{Presence, Turn};
use super::plain;
use crate::store::connection::{LOCK_TIMEOUT, wait_for_others};
use crate::store::error::{Stop, StoreError};
use crate::store::{FILE_NAME, Store, home};

impl Store {
    /// True if the database of `home` is locked, or will be locked, with a passphrase that `source` lacks. Reads the key file
    /// only; problems with it are reported by opening.
    pub fn asks_for_passphrase(home: &Path, source: &KeySource) -> bool {
        if source.given.is_some() || source.passphrase.is_some() {
            return false;
        }
        let says = |path: &Path| file::read(path).ok().flatten();
        match (says(&path_in(home)), says(&next_path_in(home))) {
            (Some(KeyFile::Passphrase), _) | (_, Some(KeyFile::Passphrase)) => true,
            (Some(KeyFile::Key(_)), _) | (_, Some(_)) => false,
            (None, None) => {
                let made = fs::metadata(home.join(FILE_NAME)).is_ok_and(|file| file.len() > 0);
                !made && source.new_database == KeyKind::Passphrase
            }
        }
    }
}

/// Finds the key of `file` in `home`, with the database encrypted and a key file in place when it returns.
pub(in crate::store) fn unlock(
    home: &Path,
    file: &Path,
    source: &KeySource,
    turn: &Turn,
) -> Result<(DatabaseKey, Presence), Stop> {
    let bytes = fs::metadata(file)
        .map_err(|error| StoreError::home(home, error))?
        .len();
    if bytes == 0 {
        let presence = turn.enter(home)?;
        return Ok((key_for_new(home, file, source)?, presence));
    }
    if let Some(key) = find(home, file, source)? {
        // A copy beside the database was never put in place.
        cipher::remove(&home::next_database(file));
        return Ok((key, turn.enter(home)?));
    }
    if !plain::is_plain(file)? {
        return Err(unopened(home, file, source, bytes)?.into());
    }
    let key = key_for_new(home, file, source)?;
    let alone = turn.alone(home)?;
    plain::encrypt(file, &key, &alone)?;
    alone
        .share()
        .map_err(|error| StoreError::home(home, error.into()))?;
    Ok((key, alone))
}

/// Finds the key that opens the database, tried on the connection from `connect`. Changes nothing itself.
pub(in crate::store) fn look(
    home: &Path,
    file: &Path,
    source: &KeySource,
    connect: fn(&Path, Option<&DatabaseKey>) -> rusqlite::Result<Connection>,
) -> Result<KeyMatch, Stop> {
    let opens = |key: &DatabaseKey| -> rusqlite::Result<bool> {
        let mut connection = connect(file, Some(key))?;
        wait_for_others(&mut connection, LOCK_TIMEOUT)?;
        Ok(cipher::answer(&connection)? == Answer::Opens)
    };
    if let Some(key) = &source.given {
        return Ok(match opens(key)? {
            true => KeyMatch::Key(key.clone()),
            false => KeyMatch::Nothing,
        });
    }
    let mut missing = None;
    for (path, next) in [(path_in(home), false), (next_path_in(home), true)] {
        let key = match (file::read(&path)?, &source.passphrase) {
            (None, _) => continue,
            (Some(KeyFile::Key(key)), _) => key,
            (Some(KeyFile::Passphrase), None) => {
                missing.get_or_insert(StoreError::PassphraseNeeded {
                    file: file.to_path_buf(),
                    new: false,
                });
                continue;
            }
            (Some(KeyFile::Passphrase), Some(passphrase)) => match cipher::salt(file)? {
                Some(salt) => DatabaseKey::from_passphrase(passphrase, salt)?,
                None => continue,
            },
        };
        if opens(&key)? {
            return Ok(match next {
                true => KeyMatch::NextKey(key),
                false => KeyMatch::Key(key),
            });
        }
    }
    match missing {
        Some(needed) => Err(needed.into()),
        None => Ok(KeyMatch::Nothing),
    }
}

/// The key that opens a database.
pub(in crate::store) enum KeyMatch {
    /// The present key.
    Key(DatabaseKey),
    /// The key of a rotation that was killed after it had replaced the database.
    NextKey(DatabaseKey),
    Nothing,
}

/// As [`look`], and completes a rotation that was killed.
fn find(home: &Path, file: &Path, source: &KeySource) -> Result<Option<DatabaseKey>, Stop> {
    let unusable = |error| StoreError::key_file(&next_path_in(home), error);
    match look(home, file, source, cipher::connect_to_work)? {
        KeyMatch::Key(key) => {
            if source.given.is_none() && next_path_in(home).exists() {
                fs::remove_file(next_path_in(home)).map_err(unusable)?;
            }
            Ok(Some(key))
        }
        KeyMatch::NextKey(key) => {
            fs::rename(next_path_in(home), path_in(home)).map_err(unusable)?;
            file::sync_folder_of(&path_in(home)).map_err(unusable)?;
            Ok(Some(key))
        }
        KeyMatch::Nothing => Ok(None),
    }
}

/// The key for a database that is to be created or encrypted: the existing one, or a new one whose file is on the disk when this
/// returns.
fn key_for_new(home: &Path, file: &Path, source: &KeySource) -> Result<DatabaseKey, StoreError> {
    if let Some(key) = &source.given {
        return Ok(key.clone());
    }
    let path = path_in(home);
    let kept = match (file::read(&path)?, source.new_database) {
        (Some(kept), _) => kept,
        (None, KeyKind::File) => file::create(&path, &KeyFile::Key(DatabaseKey::fresh()?))?,
        (None, KeyKind::Passphrase) => KeyFile::Passphrase,
    };
    match (kept, &source.passphrase) {
        (KeyFile::Key(key), _) => Ok(key),
        (KeyFile::Passphrase, Some(passphrase)) => {
            file::create(&path, &KeyFile::Passphrase)?;
            DatabaseKey::fresh_from_passphrase(passphrase)
        }
        (KeyFile::Passphrase, None) => Err(StoreError::PassphraseNeeded {
            file: file.to_path_buf(),
            new: true,
        }),
    }
}

/// Reason why no key opened a file that is not plain either.
pub(in crate::store) fn unopened(
    home: &Path,
    file: &Path,
    source: &KeySource,
    bytes: u64,
) -> Result<StoreError, Stop> {
    let database = file.to_path_buf();
    if !cipher::has_whole_pages(bytes) || cipher::salt(file)?.is_none() {
        return Ok(StoreError::NotADatabase { file: database });
    }
    let path = path_in(home);
    let tried = match (&source.given, file::read(&path)?) {
        (Some(_), _) => "the key that was given".into(),
        (None, Some(KeyFile::Key(_))) => format!("the key in {}", path.display()),
        (None, Some(KeyFile::Passphrase)) => "this passphrase".into(),
        (None, None) => {
            return Ok(StoreError::KeyFileMissing {
                file: database,
                key_file: path,
            });
        }
    };
    Ok(StoreError::WrongKey {
        file: database,
        tried,
    })
}
