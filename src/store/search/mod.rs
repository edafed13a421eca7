//! Search of the patient table: by any part of any field, best matches first, page by page.
//!
//! One FTS5 table, `search_gram`, contains tokens made here: every part of one, two and three characters of a patient's folded
//! words, the starts of words, and the newest exam's result and status ([`grams`]). SQLite's `trigram` tokenizer supports no
//! pattern below three characters, and its substitute, a `LIKE` over a million encrypted rows, takes 0.8 s for a rare pattern.
//! Parts of all three lengths in one index answer both in the same way, and because each contains the hospital's number no query
//! can reach another hospital.
//!
//! A row's id is the patient's place in the table, which rises with every activity. Each list is therefore already in the order
//! of the table, and a page is read from its top without sorting. A search goes through up to four such lists, one per
//! [`Rank`](rank::Rank), and stops when the page is full. Counting stops at [`COUNTED`].
//!
//! Typed words can also state a birth date, a telephone number, a category or a result ([`typed`]). If no patient matches, names that
//! are spelled almost like the words can be listed instead ([`similar`]).

mod doctors;
mod entry;
mod filters;
mod grams;
mod key;
mod matches;
mod merge;
mod order;
mod phones;
mod rank;
mod rows;
mod similar;
mod sorted;
mod stored;
mod text_match;
mod typed;
mod values;

pub(super) use self::entry::{Indexer, index, index_exam, index_nodule, rebuild};
pub use self::filters::{PatientFilters, ReportStatus};
pub use self::order::{Column, Order};
pub use self::rows::PatientRow;
pub(super) use self::text_match::TextMatch;

use std::fmt;

use rusqlite::Transaction;

use self::key::Key;
use self::matches::{Direction, Search};
use super::{Access, Store, StoreError, TokenScope};

/// Maximum number of rows of one page; larger requests are reduced to it.
pub const PAGE_ROWS: u32 = 500;

/// Maximum count of a search's matches. Without text and filters the count is exact.
pub const COUNTED: u32 = 500;

/// The search terms and the requested page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PatientQuery {
    /// Words that must all occur in the patient's fields, at any position, in any case, with or without accents. A blank text
    /// matches all patients. No character has a special meaning. A birth date in any notation, a telephone number in any spacing, a
    /// Lung-RADS category and a result are found as such, too.
    pub text: String,
    /// If no patient matches: list patients whose name is spelled almost like the text.
    pub or_similar: bool,
    pub filters: PatientFilters,
    /// None: best matches first, and among equals the newest activity first.
    pub order: Option<Order>,
    pub start: PageStart,
    /// Number of rows to skip from there, away from it.
    pub skip: u32,
    /// Number of rows, at most [`PAGE_ROWS`].
    pub limit: u32,
}

/// Start of a page. A page before a cursor and the last page contain the rows nearest to it, in the order of the table like every
/// other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PageStart {
    #[default]
    First,
    After(Cursor),
    Before(Cursor),
    Last,
}

/// Position of a row within one search. Not valid in another search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// The section of the table that contains the row.
    section: u8,
    /// The sort key of the row in that section.
    key: Option<Key>,
    place: i64,
}

/// Number of matching patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    Exactly(u64),
    MoreThan(u64),
}

/// One page of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientPage {
    /// In the requested order.
    pub rows: Vec<PatientRow>,
    /// Number of matching patients on all pages.
    pub total: Count,
    /// True if no patient matches and the rows are patients with similar names.
    pub is_similar: bool,
}

impl Count {
    /// The known number of matches.
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
    /// The matching patients of this hospital, page by page.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database. No text is an error.
    pub fn search_patients(
        &self,
        access: &Access,
        query: &PatientQuery,
    ) -> Result<PatientPage, StoreError> {
        let mut search = Search::new(access.hospital, query);
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let limit = query.limit.min(PAGE_ROWS) as usize;
            let mut found = page(transaction, &search, query, limit)?;
            let is_forgiven = found.is_empty()
                && query.or_similar
                && !search.has_matches(transaction)?
                && search.forgive();
            if is_forgiven {
                found = page(transaction, &search, query, limit)?;
            }
            let whole = query.start == PageStart::First && query.skip == 0 && found.len() < limit;
            let total = match whole {
                true => Count::Exactly(found.len() as u64),
                false => search.count(transaction)?,
            };
            let rows = found
                .iter()
                .map(|&cursor| rows::read(transaction, &search, cursor))
                .collect::<Result<_, _>>()?;
            let is_similar = search.is_forgiving() && !found.is_empty();
            Ok(PatientPage {
                rows,
                total,
                is_similar,
            })
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
