//! Matches in the order of a column's values.
//!
//! The values are read in their order and non-matching patients are skipped: this suits a page without a search, and searches
//! with frequent matches. If matches are rare, the search index lists all of them. That list either filters the values, or is
//! short enough to read every match and sort them in memory. The cheaper way depends on where the matches lie among the values,
//! which is not known in advance; so reading values may cost as much as reading all matches would, and after that the matches are
//! read. The order is the same either way, and no page takes more than twice as long as by the better way.

use rusqlite::Transaction;

use super::Cursor;
use super::matches::{OnMatch, Search};
use super::order::Column;
use super::stored::{Entries, Entry};
use super::values::{Reading, Value, Values};

/// Matches are frequent if at least one value in this many is a match.
const FREQUENT_SHARE: usize = 8;
/// Number of values that are tested before that is decided.
const TESTED: usize = 256;
/// Number of values that can be read, with a list available, in the time of reading one entry by its place.
const ENTRY_COST: usize = 16;

impl Search<'_> {
    /// Returns true if more matches are wanted.
    pub(super) fn walk_sorted(
        &self,
        transaction: &Transaction<'_>,
        (section, by): (u8, Column),
        reading: Reading,
        from: Option<Cursor>,
        visit: &mut OnMatch<'_>,
    ) -> rusqlite::Result<bool> {
        let from = from.and_then(|from| Some((from.key?, from.place)));
        let column = (self.hospital, by);
        let range = self.filters.range(by);
        let mut values = Values::new(transaction, column, reading, range, from);
        let mut visit = |(key, place): Value| {
            visit(Cursor {
                section,
                key: Some(key),
                place,
            })
        };
        if self.is_blank() {
            return each(&mut values, |value| Ok(visit(value)));
        }
        let mut entries = Entries::new(transaction, self.hospital)?;
        let (mut tested, mut matches) = (0, 0);
        while tested < TESTED + matches * FREQUENT_SHARE {
            let batch = values.batch()?;
            if batch.is_empty() {
                return Ok(true);
            }
            tested += batch.len();
            for value in batch {
                if self.entry(&mut entries, value.1)?.is_some() {
                    matches += 1;
                    if !visit(value) {
                        return Ok(false);
                    }
                }
            }
        }
        let listed = self.candidates(transaction)?;
        let places = Places::of(&listed);
        let mut walked = 0;
        while walked < listed.len().saturating_mul(ENTRY_COST) {
            let batch = values.batch()?;
            if batch.is_empty() {
                return Ok(true);
            }
            walked += batch.len();
            for value in batch {
                let may_match = places.contains(value.1);
                if may_match && self.entry(&mut entries, value.1)?.is_some() && !visit(value) {
                    return Ok(false);
                }
            }
        }
        let mut ahead = Vec::new();
        for place in listed {
            let entry = self.entry(&mut entries, place)?;
            let value = entry.and_then(|entry| Some((entry.key(by)?, place)));
            ahead.extend(value.filter(|value| values.is_ahead(value)));
        }
        ahead.sort_unstable_by(|one, other| reading.compare(one, other));
        Ok(ahead.into_iter().all(visit))
    }

    /// The entry at a place if it matches.
    fn entry(&self, entries: &mut Entries<'_>, place: i64) -> rusqlite::Result<Option<Entry>> {
        let entry = entries.at(place)?;
        Ok(entry.filter(|entry| self.rank(entry).is_some()))
    }
}

/// Passes every value to `visit` until it returns false; returns true if it never did.
fn each(
    values: &mut Values<'_>,
    mut visit: impl FnMut(Value) -> rusqlite::Result<bool>,
) -> rusqlite::Result<bool> {
    loop {
        let batch = values.batch()?;
        if batch.is_empty() {
            return Ok(true);
        }
        for value in batch {
            if !visit(value)? {
                return Ok(false);
            }
        }
    }
}

/// A set of places: one bit for each from the smallest to the largest.
struct Places {
    least: i64,
    bits: Vec<u64>,
}

impl Places {
    /// From ascending places.
    fn of(places: &[i64]) -> Self {
        let (least, most) = match (places.first(), places.last()) {
            (Some(&least), Some(&most)) => (least, most),
            _ => (0, -1),
        };
        let length = usize::try_from(most - least + 1).unwrap_or(0);
        let mut set = Self {
            least,
            bits: vec![0; length.div_ceil(64)],
        };
        for &place in places {
            if let Some((word, bit)) = set.position(place) {
                set.bits[word] |= bit;
            }
        }
        set
    }

    fn position(&self, place: i64) -> Option<(usize, u64)> {
        let at = usize::try_from(place - self.least).ok()?;
        (at / 64 < self.bits.len()).then(|| (at / 64, 1 << (at % 64)))
    }

    fn contains(&self, place: i64) -> bool {
        self.position(place)
            .is_some_and(|(word, bit)| self.bits[word] & bit != 0)
    }
}
