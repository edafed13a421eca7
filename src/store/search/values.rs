//! The sort keys of columns in their order: `field_value`, one row for every stated value.
//!
//! A row ends with the patient's place, so that equal values are ordered by activity. It moves with every activity, which costs
//! two rows per stated field on each save; in exchange every page of every column is read directly from the index.

use rusqlite::{Row, ToSql, Transaction, params};

use super::key::Key;
use super::order::Column;
use super::stored::{Entry, number};

/// Rows of the first batch; each later one is twice as long.
const FIRST_ROWS: usize = 64;
/// Rows of the longest batch.
const MAX_ROWS: usize = 1024;

/// A sort key and the place of its patient.
pub(super) type Value = (Key, i64);

/// A row of `field_value`: hospital, column, value, place.
pub(super) type Line = (i64, i64, Key, i64);

/// Replaces the stored values of a patient by the present ones.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    hospital: i64,
    old: Option<(&Entry, i64)>,
    new: Option<(&Entry, i64)>,
) -> rusqlite::Result<()> {
    let lines = |kept: Option<(&Entry, i64)>| -> Vec<Line> {
        kept.map_or(Vec::new(), |(entry, place)| {
            lines(hospital, entry, place).collect()
        })
    };
    let (old, new) = (lines(old), lines(new));
    for line in old.iter().filter(|line| !new.contains(line)) {
        let (hospital, number, key, place) = line;
        transaction
            .prepare_cached(
                "DELETE FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND sort_key = ?3 AND place = ?4",
            )?
            .execute(params![hospital, number, key, place])?;
    }
    for line in new.iter().filter(|line| !old.contains(line)) {
        insert(transaction, *line)?;
    }
    Ok(())
}

/// The rows of an entry, for [`insert_all`].
pub(super) fn lines(hospital: i64, entry: &Entry, place: i64) -> impl Iterator<Item = Line> {
    let keys = entry.keys().into_iter();
    keys.map(move |(number, key)| (hospital, number, key, place))
}

/// Writes values in the order of the index, so that each of its pages is written once.
pub(super) fn insert_all(
    transaction: &Transaction<'_>,
    lines: &mut Vec<Line>,
) -> rusqlite::Result<()> {
    lines.sort_unstable();
    for line in lines.drain(..) {
        insert(transaction, line)?;
    }
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    (hospital, number, key, place): Line,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO field_value (hospital_id, field, sort_key, place) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![hospital, number, key, place])?;
    Ok(())
}

/// Order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// From the smallest value to the largest.
    pub(super) rising: bool,
    /// Among equal values, the newest activity first.
    pub(super) newest_first: bool,
}

impl Reading {
    /// Order of two values when read in this way.
    pub(super) fn compare(self, one: &Value, other: &Value) -> std::cmp::Ordering {
        let keys = one.0.cmp(&other.0);
        let keys = if self.rising { keys } else { keys.reverse() };
        let places = one.1.cmp(&other.1);
        keys.then(match self.newest_first {
            true => places.reverse(),
            false => places,
        })
    }

    /// The end before the first place of a value.
    fn before_places(self) -> i64 {
        if self.newest_first {
            i64::MAX
        } else {
            i64::MIN
        }
    }

    /// True if the index returns values in this order: both parts ascending, or both descending.
    fn is_of_the_index(self) -> bool {
        self.rising != self.newest_first
    }
}

/// The values of one column, read in batches.
pub(super) struct Values<'t> {
    transaction: &'t Transaction<'t>,
    hospital: i64,
    number: i64,
    reading: Reading,
    /// The value read last, or the start.
    at: Value,
    /// The last value wanted.
    end: Key,
    rows: usize,
}

impl<'t> Values<'t> {
    /// The values from `least` to `most`, after `from` if given.
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        (hospital, column): (i64, Column),
        reading: Reading,
        (least, most): (Key, Key),
        from: Option<Value>,
    ) -> Self {
        let (first, end) = if reading.rising {
            (least, most)
        } else {
            (most, least)
        };
        Self {
            transaction,
            hospital,
            number: number(column),
            reading,
            at: from.unwrap_or((first, reading.before_places())),
            end,
            rows: FIRST_ROWS,
        }
    }

    /// True if a value is after all values read so far, and within the range.
    pub(super) fn is_ahead(&self, value: &Value) -> bool {
        self.reading.compare(value, &self.at).is_gt() && self.is_wanted(value.0)
    }

    fn is_wanted(&self, key: Key) -> bool {
        match self.reading.rising {
            true => key <= self.end,
            false => key >= self.end,
        }
    }

    /// The next values in order; empty at the end.
    pub(super) fn batch(&mut self) -> rusqlite::Result<Vec<Value>> {
        let mut values = match self.reading.is_of_the_index() {
            true => self.next()?,
            false => self.next_groups()?,
        };
        if let Some(last) = values.last() {
            self.at = *last;
        }
        self.rows = (self.rows * 2).min(MAX_ROWS);
        let wanted = values.partition_point(|value| self.is_wanted(value.0));
        values.truncate(wanted);
        Ok(values)
    }

    fn next(&self) -> rusqlite::Result<Vec<Value>> {
        let sql = match self.reading.rising {
            true => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND (sort_key, place) > (?3, ?4)
                 ORDER BY sort_key, place LIMIT ?5"
            }
            false => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND (sort_key, place) < (?3, ?4)
                 ORDER BY sort_key DESC, place DESC LIMIT ?5"
            }
        };
        let (key, place) = self.at;
        self.read(
            sql,
            params![self.hospital, self.number, key, place, self.limit()],
        )
    }

    /// Values and places in opposite directions: the index returns whole groups of equal values, and each group is reversed. A
    /// group longer than a batch is read separately.
    fn next_groups(&self) -> rusqlite::Result<Vec<Value>> {
        let mut values = self.rest_of_group(self.at)?;
        if values.len() == self.rows {
            return Ok(values);
        }
        let sql = match self.reading.rising {
            true => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND sort_key > ?3
                 ORDER BY sort_key, place LIMIT ?4"
            }
            false => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND sort_key < ?3
                 ORDER BY sort_key DESC, place DESC LIMIT ?4"
            }
        };
        let (key, _) = self.at;
        let following = self.read(sql, params![self.hospital, self.number, key, self.limit()])?;
        let mut groups: Vec<&[Value]> = following.chunk_by(|one, next| one.0 == next.0).collect();
        let is_cut = following.len() == self.rows;
        if is_cut && groups.len() == 1 {
            let key = following.first().map_or(self.end, |first| first.0);
            values.extend(self.rest_of_group((key, self.reading.before_places()))?);
            return Ok(values);
        }
        if is_cut {
            // The last group may be incomplete: the next batch begins with it.
            groups.pop();
        }
        for group in groups {
            values.extend(group.iter().rev());
        }
        Ok(values)
    }

    /// The next rows of the same value.
    fn rest_of_group(&self, (key, place): Value) -> rusqlite::Result<Vec<Value>> {
        let sql = match self.reading.newest_first {
            true => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND sort_key = ?3 AND place < ?4
                 ORDER BY place DESC LIMIT ?5"
            }
            false => {
                "SELECT sort_key, place FROM field_value
                 WHERE hospital_id = ?1 AND field = ?2 AND sort_key = ?3 AND place > ?4
                 ORDER BY place LIMIT ?5"
            }
        };
        self.read(
            sql,
            params![self.hospital, self.number, key, place, self.limit()],
        )
    }

    fn limit(&self) -> i64 {
        i64::try_from(self.rows).unwrap_or(i64::MAX)
    }

    fn read(&self, sql: &str, given: &[&dyn ToSql]) -> rusqlite::Result<Vec<Value>> {
        let read = |row: &Row<'_>| {
            let kept = Key::read(row.get_ref(0)?);
            Ok((kept.unwrap_or(Key::Least), row.get(1)?))
        };
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_map(given, read)?.collect()
    }
}
