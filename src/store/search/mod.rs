//! The patient table: found by any part of any field, best matches first, a page at a time.
//!
//! One FTS5 table, `search_gram`, whose words are our own: every part of one, two and three characters of a
//! patient's folded words, how words begin, and what the newest exam is ([`grams`]). SQLite's own `trigram`
//! tokenizer knows no pattern below three characters, and what would have to stand in for it there, a `LIKE` over a
//! million encrypted rows, takes 0.8 s for whatever few have. Parts of all three lengths in one index answer both in the same way, and
//! with the hospital's number in each of them no query can leave the hospital.
//!
//! A row's id is the patient's place in the table, which rises with every activity. So each list is in the order
//! of the table already, a page is read off its top and nothing is sorted. A search goes through up to four such
//! lists, one a [`Rank`](rank::Rank), and stops when the page is full. Counting stops at [`COUNTED`].

mod doctors;
mod entry;
mod filters;
mod forget;
mod grams;
mod kept;
mod key;
mod matches;
mod order;
mod rank;
mod rows;
mod sorted;
mod values;

pub(super) use self::entry::{Indexer, index, index_exam, index_nodule, rebuild};
pub use self::filters::{PatientFilters, ReportStatus};
pub use self::order::{Column, Order};
pub use self::rows::PatientRow;

use std::fmt;

use rusqlite::Transaction;

use self::key::Key;
use self::matches::{Direction, Search};
use super::{Access, Store, StoreError};

/// Most rows of one page; a query that asks for more gets this many.
pub const PAGE_ROWS: u32 = 500;

/// Matches of a search are counted up to here. Without text and filters the count is exact.
pub const COUNTED: u32 = 500;

/// What is looked for, and which page of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PatientQuery {
    /// Words that must all occur in the patient's fields, anywhere, in any case, with or without accents. Blank
    /// finds everybody. No character has a special meaning.
    pub text: String,
    pub filters: PatientFilters,
    /// None: best matches first, among equals the newest activity first.
    pub order: Option<Order>,
    pub start: PageStart,
    /// Rows to pass over from there, away from it.
    pub skip: u32,
    /// Rows wanted, at most [`PAGE_ROWS`].
    pub limit: u32,
}

/// Where a page starts. A page before a cursor and the last one hold the rows nearest to it, in the order of the
/// table like every other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PageStart {
    #[default]
    First,
    After(Cursor),
    Before(Cursor),
    Last,
}

/// A row's place in what one search finds. It means nothing in another search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// The part of the table that it lies in.
    section: u8,
    /// What the row is sorted by in that part.
    key: Option<Key>,
    place: i64,
}

/// How many patients match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    Exactly(u64),
    MoreThan(u64),
}

/// One page of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientPage {
    /// In the order that was asked for.
    pub rows: Vec<PatientRow>,
    /// How many patients match on all pages.
    pub total: Count,
}

impl Count {
    /// As many as are known of.
    pub fn known(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::MoreThan(count) => count,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => write!(formatter, "{count}"),
            Self::MoreThan(count) => write!(formatter, "more than {count}"),
        }
    }
}

impl Store {
    /// The patients of this hospital that match, a page at a time.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or what the database answers. No text is an error.
    pub fn search_patients(
        &self,
        access: &Access,
        query: &PatientQuery,
    ) -> Result<PatientPage, StoreError> {
        let search = Search::new(access.hospital, query);
        self.read(|transaction| {
            access.require(transaction)?;
            let limit = query.limit.min(PAGE_ROWS) as usize;
            let found = page(transaction, &search, query, limit)?;
            let whole = query.start == PageStart::First && query.skip == 0 && found.len() < limit;
            let total = match whole {
                true => Count::Exactly(found.len() as u64),
                false => search.count(transaction)?,
            };
            let rows = found
                .iter()
                .map(|&cursor| rows::read(transaction, access.hospital, cursor))
                .collect::<Result<_, _>>()?;
            Ok(PatientPage { rows, total })
        })
    }
}

/// The cursors of a page.
fn page(
    transaction: &Transaction<'_>,
    search: &Search<'_>,
    query: &PatientQuery,
    limit: usize,
) -> rusqlite::Result<Vec<Cursor>> {
    let (direction, from) = match query.start {
        PageStart::First => (Direction::Down, None),
        PageStart::After(cursor) => (Direction::Down, Some(cursor)),
        PageStart::Before(cursor) => (Direction::Up, Some(cursor)),
        PageStart::Last => (Direction::Up, None),
    };
    let mut found = Vec::with_capacity(limit);
    let mut skip = query.skip;
    if limit > 0 {
        search.walk(transaction, direction, from, &mut |cursor| {
            match skip {
                0 => found.push(cursor),
                _ => skip -= 1,
            }
            found.len() < limit
        })?;
    }
    if direction == Direction::Up {
        found.reverse();
    }
    Ok(found)
}
