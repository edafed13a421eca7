//! Texts of an import by number. Those that do not fit in memory are in a file: see [`super::scratch`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};

use super::scratch::Scratch;
use crate::store::error::Stop;

/// Maximum number of bytes of texts in memory.
const MEMORY: usize = 8 << 20;
/// Memory of a text beside its letters.
const OF_A_TEXT: usize = 64;

/// Texts by number.
#[derive(Debug)]
pub(super) struct Texts {
    folder: PathBuf,
    most: usize,
    held: HashMap<i64, Box<str>>,
    bytes: usize,
    scratch: Option<Scratch>,
}

impl Texts {
    /// Empty; a file would be created in `folder`.
    pub(super) fn beside(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            most: MEMORY,
            held: HashMap::new(),
            bytes: 0,
            scratch: None,
        }
    }

    /// Adds or replaces a text.
    pub(super) fn put(&mut self, number: i64, text: &str) -> Result<(), Stop> {
        if let Some(held) = self.held.get_mut(&number) {
            *held = text.into();
            return Ok(());
        }
        if self.scratch.is_none() && self.bytes + text.len() + OF_A_TEXT <= self.most {
            self.bytes += text.len() + OF_A_TEXT;
            self.held.insert(number, text.into());
            return Ok(());
        }
        let scratch = match &self.scratch {
            Some(scratch) => scratch,
            None => self.scratch.insert(Scratch::create(
                &self.folder,
                "CREATE TABLE kept (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
            )?),
        };
        (scratch.connection)
            .prepare_cached("INSERT OR REPLACE INTO kept (number, text) VALUES (?1, ?2)")?
            .execute(params![number, text])?;
        Ok(())
    }

    pub(super) fn get(&self, number: i64) -> Result<Option<String>, Stop> {
        match (self.held.get(&number), &self.scratch) {
            (Some(held), _) => Ok(Some(held.to_string())),
            (None, Some(scratch)) => {
                let found = (scratch.connection)
                    .prepare_cached("SELECT text FROM kept WHERE number = ?1")?
                    .query_row([number], |row| row.get(0))
                    .optional()?;
                Ok(found)
            }
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_beyond_the_limit_are_in_an_encrypted_file_that_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut texts = Texts::beside(folder.path());
        texts.most = 1000;
        for number in 0..200 {
            let put = texts.put(number, &format!("Ana Pérez {number}"));
            assert!(put.is_ok());
        }
        for number in [0, 3, 9, 150, 199] {
            assert!(texts.put(number, &format!("Bo {number}")).is_ok());
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
