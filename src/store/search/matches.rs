//! Iterates over the matching patients in the order of the table, from any position in either direction.
//!
//! A search lists the patients that match; where none does, it can list those whose name is similar instead.
//!
//! The table is a list of [`Section`]s: the ranks of a search, or the choices of the sorted column, or the values of that column
//! followed by the records that state none. The index returns its lists in the order of the places, so only values need more than
//! reading them; see [`super::sorted`].

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use super::filters;
use super::grams::{self, Tokens};
use super::key::Key;
use super::order::{Column, Order};
use super::rank::Rank;
use super::similar::{MAX_EDITS, Spelling};
use super::stored::{Entries, Entry, choices};
use super::typed::{Reading, Typed};
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
    /// Set for a list of similar names.
    spelling: Option<Spelling>,
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
            spelling: None,
            filters: &query.filters,
            order: query.order,
        }
    }

    /// Turns this search into one for similar names; false if the text has no word that could be spelled otherwise.
    pub(super) fn forgive(&mut self) -> bool {
        self.spelling = Spelling::of(&self.typed.words());
        self.spelling.is_some()
    }

    /// True if this is a search for similar names.
    pub(super) fn is_forgiving(&self) -> bool {
        self.spelling.is_some()
    }

    /// True if some patient matches.
    pub(super) fn has_matches(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let mut found = self.is_blank();
        if found {
            return Ok(true);
        }
        let section = Section::Listed {
            expression: self.anywhere(),
            rank: None,
        };
        self.walk_list(transaction, (0, &section), true, None, &mut |_| {
            found = true;
            false
        })?;
        Ok(found)
    }

    /// True if the typed words name this patient: each begins a word of the name or the number.
    pub(super) fn names(&self, entry: &Entry) -> bool {
        self.spelling.is_none() && self.typed.names(entry)
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
                false => (self.ranks().iter())
                    .map(|&rank| Section::Listed {
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

    fn ranks(&self) -> &'static [Rank] {
        match self.is_forgiving() {
            true => &Rank::SIMILAR,
            false => &Rank::MATCHING,
        }
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
        if !entry.matches(self.filters) {
            return None;
        }
        match &self.spelling {
            Some(spelling) => Rank::SIMILAR.get(spelling.edits(entry)?).copied(),
            None if self.typed.whole.is_empty() => Some(Rank::Inside),
            None => self.typed.rank(entry),
        }
    }

    /// True if the index alone tells whether the words of a text occur.
    fn words_are_exact(&self, words: &[&str]) -> bool {
        let is_literal = self.typed.readings.is_empty() && !self.is_forgiving();
        is_literal && has_exact_tokens(words)
    }

    /// The expression for patients that may have this rank, without those of better ranks if the index can tell.
    fn of_rank(&self, rank: Rank) -> String {
        let words = self.typed.words();
        let better = match rank {
            Rank::WordStarts => Some(Rank::NameStarts),
            Rank::Inside => Some(Rank::WordStarts),
            _ => None,
        };
        let literal = match better {
            Some(better) if !words.is_empty() && has_exact_tokens(&words) => {
                format!("({}) NOT ({})", self.literal(rank), self.literal(better))
            }
            _ => self.literal(rank),
        };
        let expression = match (&self.spelling, rank) {
            (Some(spelling), Rank::Respelled) => spelling.groups(self.tokens, 0).join(" AND "),
            (Some(spelling), Rank::OneLetter) => spelling.groups(self.tokens, 1).join(" AND "),
            (Some(_), _) => return self.anywhere(),
            (None, Rank::Equal | Rank::NameStarts) => literal,
            (None, rank) => {
                // A reading without words has the better of the two ranks.
                let has_words = |reading: &&Reading| !reading.words.is_empty();
                let readings = self.typed.readings.iter();
                let readings =
                    readings.filter(|reading| rank == Rank::WordStarts || has_words(reading));
                self.any_of(literal, readings, rank)
            }
        };
        self.filtered(expression)
    }

    /// The expression for matching patients that have this word.
    fn with(&self, word: String) -> String {
        let word = either(vec![word]);
        match self.is_blank() {
            true => word,
            false => format!("({}) AND {word}", self.anywhere()),
        }
    }

    /// The expression for all patients that may match.
    pub(super) fn anywhere(&self) -> String {
        let expression = match &self.spelling {
            Some(spelling) => spelling.groups(self.tokens, MAX_EDITS).join(" AND "),
            None if self.typed.words().is_empty() => String::new(),
            None => {
                let readings = self.typed.readings.iter();
                self.any_of(self.literal(Rank::Inside), readings, Rank::Inside)
            }
        };
        self.filtered(expression)
    }

    /// The expression for the words themselves, or one of these readings.
    fn any_of<'r>(
        &self,
        literal: String,
        readings: impl Iterator<Item = &'r Reading>,
        rank: Rank,
    ) -> String {
        let readings = readings.map(|reading| {
            let words = self.words_at(&reading.words(), rank).into_iter();
            let words = words.map(|token| vec![token]);
            let facts = reading.facts.iter().map(|fact| fact.tokens(self.tokens));
            let groups: Vec<String> = words.chain(facts).map(either).collect();
            groups.join(" AND ")
        });
        let all: Vec<String> = [literal].into_iter().chain(readings).collect();
        match &all[..] {
            [only] => only.clone(),
            several => format!("({})", several.join(") OR (")),
        }
    }

    /// The expression together with the filters. It may be empty.
    fn filtered(&self, expression: String) -> String {
        let expression = Some(expression).filter(|expression| !expression.is_empty());
        let expression = expression.map(|expression| format!("({expression})"));
        let groups = self.filters.groups(self.tokens).into_iter().map(either);
        let all: Vec<String> = expression.into_iter().chain(groups).collect();
        all.join(" AND ")
    }

    /// The expression for patients in whose fields the words themselves may occur with this rank or a better one.
    fn literal(&self, rank: Rank) -> String {
        let words = self.typed.words();
        let tokens = match rank {
            Rank::Equal => [self.tokens.whole(&self.typed.whole)].into(),
            Rank::NameStarts => {
                let mut tokens = self.tokens.inside(&words);
                let asked = words.iter().take(grams::MAX_PARTS);
                asked.clone().for_each(|word| {
                    tokens.remove(&self.tokens.implied(word));
                });
                tokens.extend(words.first().map(|word| self.tokens.name_start(word)));
                tokens.extend(asked.skip(1).map(|word| self.tokens.start(word)));
                tokens
            }
            rank => self.words_at(&words, rank),
        };
        let groups: Vec<String> = tokens
            .into_iter()
            .map(|token| either(vec![token]))
            .collect();
        groups.join(" AND ")
    }

    /// The tokens of patients in whose fields all words may occur, or begin a word.
    fn words_at(&self, words: &[&str], rank: Rank) -> BTreeSet<String> {
        let mut tokens = self.tokens.inside(words);
        if rank < Rank::Inside {
            for word in words.iter().take(grams::MAX_PARTS) {
                tokens.remove(&self.tokens.implied(word));
                tokens.insert(self.tokens.start(word));
            }
        }
        tokens
    }
}

/// True if the tokens of the words determine them.
fn has_exact_tokens(words: &[&str]) -> bool {
    words.len() <= grams::MAX_PARTS && words.iter().all(|word| grams::is_exact(word))
}

/// Any of these words, quoted, so that none is read as syntax.
fn either(words: Vec<String>) -> String {
    let quoted: Vec<String> = words
        .into_iter()
        .map(|word| format!("\"{word}\""))
        .collect();
    format!("({})", quoted.join(" OR "))
}
