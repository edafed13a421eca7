//! Iterates over the matching patients in the order of the table, from any position in either direction.
//!
//! The table is a list of [`Section`]s: the ranks of a search, or the choices of the sorted column, or the values of that column
//! followed by the records that state none. The index returns its lists in the order of the places, so only values need more than
//! reading them; see [`super::sorted`].

use rusqlite::{Transaction, params};

use super::filters;
use super::grams::{self, Tokens};
use super::key::Key;
use super::order::{Column, Order};
use super::rank::{Rank, Typed};
use super::stored::{Entries, Entry, choices};
use super::{COUNTED, Count, Cursor, PatientFilters, PatientQuery};

/// Direction of reading; down is the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
}

/// A search in the terms of the index.
pub(super) struct Search<'a> {
    pub(super) hospital: i64,
    tokens: Tokens,
    typed: Typed,
    pub(super) filters: &'a PatientFilters,
    order: Option<Order>,
}

/// A part of the table; the parts follow each other.
pub(super) enum Section {
    /// All patients of the hospital.
    All,
    /// The patients that match an expression over the index, and have this rank if one is required.
    Listed {
        expression: String,
        rank: Option<Rank>,
    },
    /// The patients that state something in a column, sorted by it.
    Sorted { by: Column, descending: bool },
}

/// Receives the cursor of a match; returns true if more are wanted.
pub(super) type OnMatch<'v> = dyn FnMut(Cursor) -> bool + 'v;

/// Places of a search without text, newest first and oldest first.
const ALL_PLACES: [&str; 2] = [
    "SELECT place FROM search_entry WHERE hospital_id = ?1 AND place < ?2 ORDER BY place DESC",
    "SELECT place FROM search_entry WHERE hospital_id = ?1 AND place > ?2 ORDER BY place",
];

/// The same for an expression over the index.
const MATCHING_PLACES: [&str; 2] = [
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
            order: query.order,
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.typed.words().is_empty() && self.filters.is_empty()
    }

    /// The sections of all matches, in the order of the table.
    fn sections(&self) -> Vec<Section> {
        let listed = |expression| Section::Listed {
            expression,
            rank: None,
        };
        let all = || match self.is_blank() {
            true => Section::All,
            false => listed(self.anywhere()),
        };
        let Some(Order { by, descending }) = self.order else {
            return match self.typed.words().is_empty() {
                true => vec![all()],
                false => (Rank::ALL.into_iter())
                    .map(|rank| Section::Listed {
                        expression: self.of_rank(rank),
                        rank: Some(rank),
                    })
                    .collect(),
            };
        };
        let mut sections = match by {
            Column::LastActivity => return vec![all()],
            Column::Field(field) if !field.is_entered() => return vec![all()],
            Column::Field(field) if !choices(field).is_empty() => {
                let words = choices(field).iter().map(|choice| choice.word);
                let mut sections: Vec<Section> = words
                    .map(|word| listed(self.with(filters::choice_word(self.tokens, field, word))))
                    .collect();
                if descending {
                    sections.reverse();
                }
                sections
            }
            by => vec![Section::Sorted { by, descending }],
        };
        let unstated = filters::unstated(self.tokens, by);
        sections.extend(unstated.map(|word| listed(self.with(word))));
        sections
    }

    /// True if the places of a list are read from the newest on.
    fn newest_first(&self, direction: Direction) -> bool {
        let oldest_on_top = Order {
            by: Column::LastActivity,
            descending: false,
        };
        (direction == Direction::Down) != (self.order == Some(oldest_on_top))
    }

    /// Passes the cursor of every match after `from` to `visit` until it returns false.
    pub(super) fn walk(
        &self,
        transaction: &Transaction<'_>,
        direction: Direction,
        from: Option<Cursor>,
        visit: &mut OnMatch<'_>,
    ) -> rusqlite::Result<()> {
        let mut sections: Vec<(u8, Section)> = (0..).zip(self.sections()).collect();
        if direction == Direction::Up {
            sections.reverse();
        }
        for (number, section) in sections {
            let from = match from {
                Some(from) if direction == Direction::Down && from.section > number => continue,
                Some(from) if direction == Direction::Up && from.section < number => continue,
                from => from.filter(|from| from.section == number),
            };
            let goes_on = match section {
                Section::Sorted { by, descending } => {
                    let rising = (direction == Direction::Down) != descending;
                    let newest_first = direction == Direction::Down;
                    let reading = super::values::Reading {
                        rising,
                        newest_first,
                    };
                    self.walk_sorted(transaction, (number, by), reading, from, visit)?
                }
                section => {
                    let newest_first = self.newest_first(direction);
                    self.walk_list(transaction, (number, &section), newest_first, from, visit)?
                }
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Returns true if more matches are wanted.
    fn walk_list(
        &self,
        transaction: &Transaction<'_>,
        (number, section): (u8, &Section),
        newest_first: bool,
        from: Option<Cursor>,
        visit: &mut OnMatch<'_>,
    ) -> rusqlite::Result<bool> {
        let start = match (from, newest_first) {
            (Some(from), _) => from.place,
            (None, true) => i64::MAX,
            (None, false) => 0,
        };
        let way = usize::from(!newest_first);
        let (sql, expression, wanted) = match section {
            Section::Listed { expression, rank } => (MATCHING_PLACES[way], Some(expression), *rank),
            _ => (ALL_PLACES[way], None, None),
        };
        let mut statement = transaction.prepare_cached(sql)?;
        let mut places = match expression {
            Some(expression) => statement.query(params![expression, start])?,
            None => statement.query(params![self.hospital, start])?,
        };
        let mut entries = Entries::new(transaction, self.hospital)?;
        while let Some(row) = places.next()? {
            let place = row.get(0)?;
            let is_wanted = match expression {
                None => true,
                Some(_) => match self.rank_at(&mut entries, place)? {
                    Some(rank) => wanted.is_none_or(|wanted| rank == wanted),
                    None => false,
                },
            };
            let key: Option<Key> = None;
            let section = number;
            if is_wanted
                && !visit(Cursor {
                    section,
                    key,
                    place,
                })
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The places of possible matches, ascending.
    pub(super) fn candidates(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Vec<i64>> {
        transaction
            .prepare_cached(MATCHING_PLACES[1])?
            .query_map(params![self.anywhere(), 0], |row| row.get(0))?
            .collect()
    }

    /// Number of matches.
    pub(super) fn count(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Count> {
        if self.is_blank() {
            return transaction
                .prepare_cached("SELECT patients FROM hospital WHERE id = ?1")?
                .query_row([self.hospital], |row| row.get(0))
                .map(|patients: i64| Count::Exactly(patients.unsigned_abs()));
        }
        let words = self.typed.words();
        let exact = self.filters.is_exact() && self.words_are_exact(&words);
        let mut places = transaction.prepare_cached(MATCHING_PLACES[0])?;
        let mut places = places.query(params![self.anywhere(), i64::MAX])?;
        let mut entries = Entries::new(transaction, self.hospital)?;
        let mut count = 0;
        while let Some(row) = places.next()? {
            if exact || self.rank_at(&mut entries, row.get(0)?)?.is_some() {
                if count == COUNTED {
                    return Ok(Count::MoreThan(COUNTED.into()));
                }
                count += 1;
            }
        }
        Ok(Count::Exactly(count.into()))
    }

    /// Rank of the patient at a place, compared with the entry itself.
    fn rank_at(&self, entries: &mut Entries<'_>, place: i64) -> rusqlite::Result<Option<Rank>> {
        Ok(entries.at(place)?.and_then(|entry| self.rank(&entry)))
    }

    pub(super) fn rank(&self, entry: &Entry) -> Option<Rank> {
        match entry.matches(self.filters) {
            true if self.typed.whole.is_empty() => Some(Rank::Inside),
            true => self.typed.rank(entry.texts()),
            false => None,
        }
    }

    fn words_are_exact(&self, words: &[&str]) -> bool {
        words.len() <= grams::MAX_PARTS && words.iter().all(|word| grams::is_exact(word))
    }

    /// The expression for patients that may have this rank, without those of better ranks if the index can tell.
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

    /// The expression for matching patients that have this word.
    fn with(&self, word: String) -> String {
        let word = either(vec![word]);
        match self.is_blank() {
            true => word,
            false => format!("{} AND {word}", self.anywhere()),
        }
    }

    pub(super) fn anywhere(&self) -> String {
        self.at_least(Rank::Inside)
    }

    /// The expression for patients that may have this rank or a better one.
    fn at_least(&self, rank: Rank) -> String {
        let words = self.typed.words();
        let mut all = self.tokens.inside(&words);
        let asked = words.iter().take(grams::MAX_PARTS);
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

/// Any of these words, quoted, so that none is read as syntax.
fn either(words: Vec<String>) -> String {
    let quoted: Vec<String> = words
        .into_iter()
        .map(|word| format!("\"{word}\""))
        .collect();
    format!("({})", quoted.join(" OR "))
}
