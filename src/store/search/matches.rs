//! Walks through the patients that match, in the order of the table, from any place in either direction.

use rusqlite::{OptionalExtension, Statement, Transaction, params};

use super::grams::{self, Tokens};
use super::rank::{Rank, Typed};
use super::{COUNTED, Count, Cursor, PatientFilters, PatientQuery};

/// Down is the way in which the table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
}

/// What is looked for, in the words of the index.
pub(super) struct Search<'a> {
    hospital: i64,
    tokens: Tokens,
    typed: Typed,
    filters: &'a PatientFilters,
}

/// Places of the blank search, downwards and upwards.
const EVERYBODY: [&str; 2] = [
    "SELECT place FROM search_entry WHERE hospital_id = ?1 AND place < ?2 ORDER BY place DESC",
    "SELECT place FROM search_entry WHERE hospital_id = ?1 AND place > ?2 ORDER BY place",
];

/// The same of an expression over the index.
const MATCHING: [&str; 2] = [
    "SELECT rowid FROM search_gram WHERE search_gram MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC",
    "SELECT rowid FROM search_gram WHERE search_gram MATCH ?1 AND rowid > ?2 ORDER BY rowid",
];

impl<'a> Search<'a> {
    pub(super) fn new(hospital: i64, query: &'a PatientQuery) -> Self {
        Self {
            hospital,
            tokens: Tokens::of(hospital),
            typed: Typed::new(&query.text),
            filters: &query.filters,
        }
    }

    fn is_blank(&self) -> bool {
        self.typed.words().is_empty() && self.filters.is_empty()
    }

    /// Gives every match beyond `from` to `visit`, with the patient's id, until that says no.
    pub(super) fn walk(
        &self,
        transaction: &Transaction<'_>,
        direction: Direction,
        from: Option<Cursor>,
        mut visit: impl FnMut(Cursor, i64) -> bool,
    ) -> rusqlite::Result<()> {
        let mut ranks = match self.typed.words().is_empty() {
            true => vec![Rank::Inside],
            false => Rank::ALL.to_vec(),
        };
        if direction == Direction::Up {
            ranks.reverse();
        }
        let mut entry = entries(transaction)?;
        for rank in ranks {
            let start = match (direction, from) {
                (_, Some(from)) if from.rank == rank => from.place,
                (Direction::Down, Some(from)) if from.rank > rank => continue,
                (Direction::Up, Some(from)) if from.rank < rank => continue,
                (Direction::Down, _) => i64::MAX,
                (Direction::Up, _) => 0,
            };
            let mut places = match self.is_blank() {
                true => transaction.prepare_cached(EVERYBODY[direction as usize])?,
                false => transaction.prepare_cached(MATCHING[direction as usize])?,
            };
            let mut places = match self.is_blank() {
                true => places.query(params![self.hospital, start])?,
                false => places.query(params![self.of_rank(rank), start])?,
            };
            while let Some(row) = places.next()? {
                let place = row.get(0)?;
                let found = self.read(&mut entry, place)?;
                if let Some((patient, found)) = found
                    && found == rank
                    && !visit(Cursor { rank, place }, patient)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many match in all.
    pub(super) fn count(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Count> {
        if self.is_blank() {
            return transaction
                .prepare_cached("SELECT patients FROM hospital WHERE id = ?1")?
                .query_row([self.hospital], |row| row.get(0))
                .map(|patients: i64| Count::Exactly(patients.unsigned_abs()));
        }
        let words = self.typed.words();
        let exact = self.filters.is_exact() && self.words_are_exact(&words);
        let mut places = transaction.prepare_cached(MATCHING[Direction::Down as usize])?;
        let mut places = places.query(params![self.anywhere(), i64::MAX])?;
        let mut entry = entries(transaction)?;
        let mut count = 0;
        while let Some(row) = places.next()? {
            if exact || self.read(&mut entry, row.get(0)?)?.is_some() {
                if count == COUNTED {
                    return Ok(Count::MoreThan(COUNTED.into()));
                }
                count += 1;
            }
        }
        Ok(Count::Exactly(count.into()))
    }

    /// The patient at a place and how well they match, held against the text itself.
    fn read(&self, entry: &mut Statement<'_>, place: i64) -> rusqlite::Result<Option<(i64, Rank)>> {
        let found = entry
            .query_row(params![place, self.hospital], |row| {
                if !self.filters.admit(row.get(1)?) {
                    return Ok(None);
                }
                let rank = match self.typed.whole.is_empty() {
                    true => Some(Rank::Inside),
                    false => self.typed.rank(row.get_ref(2)?.as_str()?),
                };
                Ok(Some(row.get(0)?).zip(rank))
            })
            .optional()?;
        Ok(found.flatten())
    }

    fn words_are_exact(&self, words: &[&str]) -> bool {
        words.len() <= grams::MOST_PARTS && words.iter().all(|word| grams::is_exact(word))
    }

    /// The expression for whoever may have this rank; where the index can tell, without those of better ones.
    fn of_rank(&self, rank: Rank) -> String {
        let words = self.typed.words();
        let better = match rank {
            Rank::WordStarts => Some(Rank::NameStarts),
            Rank::Inside => Some(Rank::WordStarts),
            Rank::Equal | Rank::NameStarts => None,
        };
        match better {
            Some(better) if !words.is_empty() && self.words_are_exact(&words) => {
                format!("({}) NOT ({})", self.at_least(rank), self.at_least(better))
            }
            _ => self.at_least(rank),
        }
    }

    fn anywhere(&self) -> String {
        self.at_least(Rank::Inside)
    }

    /// The expression for whoever may have this rank or a better one.
    fn at_least(&self, rank: Rank) -> String {
        let words = self.typed.words();
        let mut all = self.tokens.inside(&words);
        let asked = words.iter().take(grams::MOST_PARTS);
        if rank < Rank::Inside {
            asked.clone().for_each(|word| {
                all.remove(&self.tokens.implied(word));
            });
        }
        match rank {
            Rank::Equal => all = [self.tokens.whole(&self.typed.whole)].into(),
            Rank::NameStarts => {
                all.extend(words.first().map(|word| self.tokens.name_start(word)));
                all.extend(asked.skip(1).map(|word| self.tokens.start(word)));
            }
            Rank::WordStarts => all.extend(asked.map(|word| self.tokens.start(word))),
            Rank::Inside => {}
        }
        let groups = self.filters.groups(self.tokens).into_iter();
        let groups = all.into_iter().map(|token| vec![token]).chain(groups);
        let groups: Vec<String> = groups.map(either).collect();
        groups.join(" AND ")
    }
}

fn entries<'t>(
    transaction: &'t Transaction<'_>,
) -> rusqlite::Result<rusqlite::CachedStatement<'t>> {
    transaction.prepare_cached(
        "SELECT patient_id, last_exam_at, text FROM search_entry
         WHERE place = ?1 AND hospital_id = ?2",
    )
}

/// One of these words. Quoted, so that none is taken for syntax.
fn either(words: Vec<String>) -> String {
    let quoted: Vec<String> = words
        .into_iter()
        .map(|word| format!("\"{word}\""))
        .collect();
    format!("({})", quoted.join(" OR "))
}
