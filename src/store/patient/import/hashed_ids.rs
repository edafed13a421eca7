//! Ids by the hash of a text, for files of any size: the newest are in memory, and the others in a file (see
//! [`super::scratch`]) that is only asked for hashes that it is likely to have.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::scratch::Scratch;
use crate::store::error::Stop;

/// Number of ids in memory: some 20 MB.
const MEMORY: usize = 900_000;
/// Maximum number of ids of one hash: the first ones.
const MOST_OF_A_HASH: usize = 20;

/// Ids by hash, each with one or several.
#[derive(Debug)]
pub(super) struct HashedIds {
    folder: PathBuf,
    most: usize,
    /// The first id in memory of each hash.
    held: HashMap<u64, i64>,
    /// Further ids of the same hash.
    others: HashMap<u64, Vec<i64>>,
    count: usize,
    stored: Option<Stored>,
}

/// The ids that were moved out of memory.
#[derive(Debug)]
struct Stored {
    scratch: Scratch,
    filter: Filter,
    /// Number of times that memory was emptied.
    moves: usize,
}

impl HashedIds {
    /// Empty; a file would be created in `folder`.
    pub(super) fn beside(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            most: MEMORY,
            held: HashMap::new(),
            others: HashMap::new(),
            count: 0,
            stored: None,
        }
    }

    /// Adds an id of a hash, unless it is there or the hash has very many.
    pub(super) fn add(&mut self, hash: u64, id: i64) -> Result<(), Stop> {
        let first = *self.held.entry(hash).or_insert_with(|| {
            self.count += 1;
            id
        });
        if first != id {
            let others = self.others.entry(hash).or_default();
            if others.len() + 1 < MOST_OF_A_HASH && !others.contains(&id) {
                others.push(id);
                self.count += 1;
            }
        }
        match self.count >= self.most {
            true => self.move_out(),
            false => Ok(()),
        }
    }

    /// The ids of a hash in the order in which they were added.
    pub(super) fn of(&self, hash: u64) -> Result<Vec<i64>, Stop> {
        let mut ids = match &self.stored {
            Some(stored) if stored.filter.may_have(hash) => stored.of(hash)?,
            _ => Vec::new(),
        };
        let others = self.others.get(&hash).into_iter().flatten();
        for id in self.held.get(&hash).into_iter().chain(others) {
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
        ids.truncate(MOST_OF_A_HASH);
        Ok(ids)
    }

    /// Moves all ids to the file, in the order of their hashes, so that each page is written once.
    fn move_out(&mut self) -> Result<(), Stop> {
        let stored = match &mut self.stored {
            Some(stored) => stored,
            None => self.stored.insert(Stored::create(&self.folder)?),
        };
        let mut hashes: Vec<(u64, i64)> = self.held.drain().collect();
        hashes.sort_unstable();
        let mut insert = stored
            .scratch
            .connection
            .prepare_cached("INSERT OR IGNORE INTO hashed (hash, id, place) VALUES (?1, ?2, ?3)")?;
        for (hash, first) in hashes {
            stored.filter.add(hash);
            let others = self.others.get(&hash).into_iter().flatten();
            for (at, id) in [first].iter().chain(others).enumerate() {
                let place = stored.moves * MOST_OF_A_HASH + at;
                insert.execute(params![hash.cast_signed(), id, place as i64])?;
            }
        }
        stored.moves += 1;
        self.others.clear();
        self.count = 0;
        Ok(())
    }
}

impl Stored {
    fn create(folder: &Path) -> Result<Self, Stop> {
        let table = "CREATE TABLE hashed (
                         hash INTEGER NOT NULL, id INTEGER NOT NULL, place INTEGER NOT NULL,
                         PRIMARY KEY (hash, id)
                     ) STRICT, WITHOUT ROWID";
        Ok(Self {
            scratch: Scratch::create(folder, table)?,
            filter: Filter::default(),
            moves: 0,
        })
    }

    fn of(&self, hash: u64) -> rusqlite::Result<Vec<i64>> {
        (self.scratch.connection)
            .prepare_cached("SELECT id FROM hashed WHERE hash = ?1 ORDER BY place LIMIT ?2")?
            .query_map(params![hash.cast_signed(), MOST_OF_A_HASH as i64], |row| {
                row.get(0)
            })?
            .collect()
    }
}

/// A Bloom filter (Bloom 1970) with four bits a hash: it has every hash that was added, and few others up to some ten million.
#[derive(Debug)]
struct Filter {
    words: Vec<u64>,
}

/// 2²⁶ bits, 8 MB.
const WORDS: usize = 1 << 20;

impl Default for Filter {
    fn default() -> Self {
        Self {
            words: vec![0; WORDS],
        }
    }
}

impl Filter {
    /// The words and their bits that belong to a hash.
    fn bits(hash: u64) -> impl Iterator<Item = (usize, u64)> {
        let (first, step) = (hash, (hash >> 32) | 1);
        (0..4).map(move |n| {
            let bit = first.wrapping_add(step.wrapping_mul(n));
            ((bit >> 6) as usize % WORDS, 1 << (bit & 63))
        })
    }

    fn add(&mut self, hash: u64) {
        for (word, bit) in Self::bits(hash) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn may_have(&self, hash: u64) -> bool {
        Self::bits(hash).all(|(word, bit)| self.words.get(word).is_some_and(|set| set & bit != 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn ids_in_memory_and_in_the_file_are_found_in_their_order(
            added in proptest::collection::vec((0_u64..12, 0_i64..9), 0..120),
            most in 1_usize..40,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut ids = HashedIds { most, ..HashedIds::beside(folder.path()) };
            let mut expected: HashMap<u64, Vec<i64>> = HashMap::new();
            for (hash, id) in added {
                // Spread over all bits, as hashes are.
                let hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                prop_assert!(ids.add(hash, id).is_ok());
                let expected = expected.entry(hash).or_default();
                if !expected.contains(&id) {
                    expected.push(id);
                }
            }
            for hash in (0..12_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
                let expected = expected.get(&hash).cloned().unwrap_or_default();
                prop_assert_eq!(ids.of(hash).ok(), Some(expected));
            }
            drop(ids);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn the_filter_has_few_hashes_that_were_not_added() {
        let mut filter = Filter::default();
        let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(n) << 17;
        (0..500_000).for_each(|n| filter.add(hash(n)));
        assert!((0..500_000).all(|n| filter.may_have(hash(n))));
        let wrong = (1_000_000..1_100_000).filter(|n| filter.may_have(hash(*n)));
        assert!(wrong.count() < 2_000);
    }
}
