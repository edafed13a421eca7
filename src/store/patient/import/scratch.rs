//! A table in a file beside the database, for what an import must remember and memory may not hold. The file is encrypted with a
//! key that is not stored, and removed at the end.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use crate::store::StoreError;
use crate::store::encryption::cipher;
use crate::store::encryption::key::DatabaseKey;
use crate::store::error::Stop;

/// Cache of the file in memory, in KiB.
const CACHE_KIB: i64 = 8 << 10;

/// An open file with its table.
#[derive(Debug)]
pub(super) struct Scratch {
    pub connection: Connection,
    file: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        cipher::remove(&self.file);
    }
}

impl Scratch {
    /// Creates a file in `folder`, and the table that `definition` states in SQL.
    pub(super) fn create(folder: &Path, definition: &str) -> Result<Self, Stop> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = folder.join(format!("lunny.dry-run-{}-{next}", std::process::id()));
        // Left by a killed process with the same number.
        cipher::remove(&file);
        cipher::create_empty(&file).map_err(|source| StoreError::home(folder, source))?;
        let key = DatabaseKey::fresh()?;
        let connection = cipher::connect_to_work(&file, Some(&key))?;
        let scratch = Self { connection, file };
        for setting in [
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
        ] {
            cipher::run(&scratch.connection, &format!("PRAGMA {setting}"))?;
        }
        let set =
            |name, value: &dyn rusqlite::ToSql| scratch.connection.pragma_update(None, name, value);
        set("temp_store", &"MEMORY")?;
        set("cache_size", &-CACHE_KIB)?;
        // Never committed, so it cannot be read afterwards.
        scratch.connection.execute_batch(definition)?;
        scratch.connection.execute_batch("BEGIN")?;
        Ok(scratch)
    }
}
