//! Patients of a dry run as texts. Texts that do not fit in memory are in a file beside the database, encrypted with a key that
//! is not stored; the file is removed with the dry run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::StoreError;
use crate::store::encryption::cipher;
use crate::store::encryption::key::DatabaseKey;
use crate::store::error::Stop;

/// Maximum number of bytes of texts in memory.
const MEMORY: usize = 8 << 20;
/// Cache of the file in memory, in KiB.
const CACHE_KIB: i64 = 8 << 10;

/// Texts by number, from 0 on.
#[derive(Debug)]
pub(super) struct Texts {
    folder: PathBuf,
    most: usize,
    kept: Vec<Box<str>>,
    bytes: usize,
    disk: Option<Disk>,
    count: usize,
}

#[derive(Debug)]
struct Disk {
    connection: Connection,
    file: PathBuf,
}

impl Drop for Disk {
    fn drop(&mut self) {
        cipher::remove(&self.file);
    }
}

impl Texts {
    /// Empty; a file would be created in `folder`.
    pub(super) fn beside(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            most: MEMORY,
            kept: Vec::new(),
            bytes: 0,
            disk: None,
            count: 0,
        }
    }

    /// Adds a text and returns its number.
    pub(super) fn push(&mut self, text: String) -> Result<usize, Stop> {
        let number = self.count;
        if self.disk.is_none() && self.bytes + text.len() > self.most {
            self.disk = Some(Disk::create(&self.folder)?);
        }
        match &self.disk {
            None => {
                self.bytes += text.len();
                self.kept.push(text.into_boxed_str());
            }
            Some(disk) => disk.write(number, &text)?,
        }
        self.count += 1;
        Ok(number)
    }

    /// Replaces a text.
    pub(super) fn replace(&mut self, number: usize, text: String) -> Result<(), Stop> {
        match (self.kept.get_mut(number), &self.disk) {
            (Some(kept), _) => *kept = text.into_boxed_str(),
            (None, Some(disk)) => disk.write(number, &text)?,
            (None, None) => {}
        }
        Ok(())
    }

    pub(super) fn get(&self, number: usize) -> Result<Option<String>, Stop> {
        match (self.kept.get(number), &self.disk) {
            (Some(kept), _) => Ok(Some(kept.to_string())),
            (None, Some(disk)) => disk.read(number),
            (None, None) => Ok(None),
        }
    }
}

impl Disk {
    fn create(folder: &Path) -> Result<Self, Stop> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = folder.join(format!("lunny.dry-run-{}-{next}", std::process::id()));
        // Left by a killed process with the same number.
        cipher::remove(&file);
        cipher::create_empty(&file).map_err(|source| StoreError::home(folder, source))?;
        let key = DatabaseKey::fresh()?;
        let connection = cipher::connect_to_work(&file, Some(&key))?;
        let disk = Self { connection, file };
        for setting in [
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
        ] {
            cipher::run(&disk.connection, &format!("PRAGMA {setting}"))?;
        }
        disk.connection
            .pragma_update(None, "temp_store", "MEMORY")?;
        disk.connection
            .pragma_update(None, "cache_size", -CACHE_KIB)?;
        // Never committed, so it cannot be read afterwards.
        disk.connection.execute_batch(
            "CREATE TABLE kept (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT; BEGIN",
        )?;
        Ok(disk)
    }

    fn write(&self, number: usize, text: &str) -> Result<(), Stop> {
        self.connection
            .prepare_cached(
                "INSERT INTO kept (number, text) VALUES (?1, ?2)
                 ON CONFLICT (number) DO UPDATE SET text = excluded.text",
            )?
            .execute(params![number as i64, text])?;
        Ok(())
    }

    fn read(&self, number: usize) -> Result<Option<String>, Stop> {
        let found = self
            .connection
            .prepare_cached("SELECT text FROM kept WHERE number = ?1")?
            .query_row([number as i64], |row| row.get(0))
            .optional()?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_beyond_the_limit_are_in_an_encrypted_file_that_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut texts = Texts::beside(folder.path());
        texts.most = 100;
        for number in 0..200 {
            let pushed = texts.push(format!("Ana Pérez {number}"));
            assert!(matches!(pushed, Ok(n) if n == number));
        }
        for number in [0, 3, 9, 150, 199] {
            assert!(texts.replace(number, format!("Bo {number}")).is_ok());
        }
        for (number, text) in [
            (0, "Bo 0"),
            (5, "Ana Pérez 5"),
            (150, "Bo 150"),
            (151, "Ana Pérez 151"),
        ] {
            assert!(
                matches!(texts.get(number), Ok(Some(found)) if found == text),
                "{number}"
            );
        }
        assert!(matches!(texts.get(200), Ok(None)));
        let files: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .collect();
        assert!(!files.is_empty());
        for file in files {
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(
                !bytes.windows(4).any(|four| four == b"Ana "),
                "it is encrypted"
            );
        }
        drop(texts);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
