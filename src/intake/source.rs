//! A CSV file: how it is written, its headings, and its rows.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use csv::ByteRecord;

use super::IntakeError;
use super::encoding::{self, Encoding, Kind};
use super::mapping::Mapping;
use super::tokens::{Stop, Token, Tokens};
use crate::clinical::text::fold;
use crate::named_file;

/// Most columns of a file.
const MOST_COLUMNS: usize = 1000;
/// Most rows of a file: what a rehearsal keeps in memory rises with them.
pub(super) const MOST_ROWS: u64 = 1_000_000;
/// Rows that are looked at to tell the delimiter, and that a preview shows.
const LOOKED_AT: usize = 20;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub file: PathBuf,
    pub encoding: Encoding,
    pub delimiter: u8,
    /// Whether its first row names the columns.
    pub has_headings: bool,
    /// How many cells the first row has.
    pub columns: usize,
    /// Its length and when it was last written.
    stamp: (u64, Option<SystemTime>),
}

/// The beginning of a file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What the first row says of each column; "Column 3" where there is no such row.
    pub headings: Vec<String>,
    /// The first rows of patients.
    pub rows: Vec<Vec<String>>,
}

/// A row of cells, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawRow {
    /// Where it begins, counted from 1.
    pub line: u64,
    pub cells: Vec<String>,
    /// Why it is none, in a sentence.
    pub fault: Option<String>,
}

impl Source {
    /// Looks through the whole file for how it is written, and at its beginning for what it holds.
    ///
    /// # Errors
    /// When it cannot be read, is no text, or holds nothing.
    pub fn open(file: &Path) -> Result<Self, IntakeError> {
        let path = file.to_path_buf();
        let unreadable = |error| IntakeError::unreadable(file, &error);
        let opened = named_file::open(file).map_err(unreadable)?;
        let facts = opened.metadata().map_err(unreadable)?;
        let encoding = match encoding::kind_of(opened).map_err(unreadable)? {
            Kind::Text(encoding) => encoding,
            Kind::Utf16 => return Err(IntakeError::Utf16 { file: path }),
            Kind::Binary => return Err(IntakeError::NotText { file: path }),
        };
        let mut source = Self {
            file: path,
            encoding,
            delimiter: b',',
            has_headings: false,
            columns: 0,
            stamp: stamp(&facts),
        };
        let mut best = (0, 0);
        let mut first = Vec::new();
        for delimiter in DELIMITERS {
            let tried = Self {
                delimiter,
                ..source.clone()
            };
            let rows = tried.first_rows(LOOKED_AT)?;
            let columns = rows.first().map_or(0, Vec::len);
            let alike = rows.iter().filter(|row| row.len() == columns).count();
            let score = match columns {
                0 | 1 => (0, columns),
                _ => (alike, columns),
            };
            if score > best {
                best = score;
                first = rows.into_iter().next().unwrap_or_default();
                source.delimiter = delimiter;
            }
        }
        source.columns = first.len();
        if first.is_empty() {
            return Err(IntakeError::Empty { file: source.file });
        }
        if source.columns > MOST_COLUMNS {
            return Err(IntakeError::TooManyColumns {
                file: source.file,
                columns: source.columns,
                most: MOST_COLUMNS,
            });
        }
        source.has_headings = is_heading(&first);
        Ok(source)
    }

    /// The headings, and some rows of patients.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn sample(&self) -> Result<Sample, IntakeError> {
        let mut rows = self.first_rows(LOOKED_AT)?;
        let headings = match self.has_headings && !rows.is_empty() {
            true => rows.remove(0),
            false => (1..=self.columns).map(|n| format!("Column {n}")).collect(),
        };
        Ok(Sample { headings, rows })
    }

    /// Fails where somebody wrote to the file since it was opened: what was shown of it would not be what is taken in.
    pub(super) fn is_unchanged(&self) -> Result<(), IntakeError> {
        let facts = std::fs::metadata(&self.file)
            .map_err(|error| IntakeError::unreadable(&self.file, &error))?;
        match stamp(&facts) == self.stamp {
            true => Ok(()),
            false => Err(IntakeError::Changed {
                file: self.file.clone(),
            }),
        }
    }

    /// The cells of the first rows as they are.
    fn first_rows(&self, most: usize) -> Result<Vec<Vec<String>>, IntakeError> {
        let mut rows = Rows::open(self)?;
        let mut first = Vec::new();
        while first.len() < most
            && let Some(row) = rows.next_raw()?
        {
            if row.fault.is_none() {
                first.push(row.cells);
            }
        }
        Ok(first)
    }

    /// The rows of patients, from the first on.
    pub(super) fn rows(&self) -> Result<Rows<'_>, IntakeError> {
        let mut rows = Rows::open(self)?;
        if self.has_headings {
            rows.next_raw()?;
        }
        Ok(rows)
    }
}

fn stamp(facts: &std::fs::Metadata) -> (u64, Option<SystemTime>) {
    (facts.len(), facts.modified().ok())
}

/// Whether a first row names columns: one of its cells is a heading that is known, or none of them looks like a value.
fn is_heading(cells: &[String]) -> bool {
    let is_known = Mapping::guess(cells).is_any();
    let names = |cell: &String| {
        cell.chars().any(char::is_alphabetic) && !cell.chars().any(|c| c.is_ascii_digit())
    };
    let folded: Vec<String> = cells.iter().map(|cell| fold(cell)).collect();
    let mut apart = folded.clone();
    apart.sort();
    apart.dedup();
    is_known || (cells.len() > 1 && cells.iter().all(names) && apart.len() == folded.len())
}

/// Reads a file row by row.
pub(super) struct Rows<'a> {
    source: &'a Source,
    tokens: Tokens<'a>,
    record: ByteRecord,
    count: u64,
}

impl<'a> Rows<'a> {
    fn open(source: &'a Source) -> Result<Self, IntakeError> {
        let tokens = Tokens::open(&source.file, source.delimiter);
        Ok(Self {
            source,
            tokens: tokens.map_err(|error| IntakeError::unreadable(&source.file, &error))?,
            record: ByteRecord::new(),
            count: 0,
        })
    }

    fn next_raw(&mut self) -> Result<Option<RawRow>, IntakeError> {
        let file = &self.source.file;
        let token = self
            .tokens
            .next(&mut self.record)
            .map_err(|stop| match stop {
                Stop::Read(error) => IntakeError::unreadable(file, &error),
                Stop::Unclosed { line } => IntakeError::Quotes {
                    file: file.clone(),
                    line,
                },
            })?;
        let decode = |cell: &[u8]| self.source.encoding.decode(cell).into_owned();
        Ok(match token {
            Token::End => None,
            Token::Row { line } => Some(RawRow {
                line,
                cells: self.record.iter().map(decode).collect(),
                fault: None,
            }),
            Token::Unclosed { line } => Some(RawRow {
                line,
                cells: Vec::new(),
                fault: Some("A quote is opened in this line and never closed.".into()),
            }),
        })
    }

    /// The next row that holds anything. One of another number of cells than the first row has a fault; empty cells at
    /// its end do not count.
    pub(super) fn next(&mut self) -> Result<Option<RawRow>, IntakeError> {
        loop {
            let Some(mut row) = self.next_raw()? else {
                return Ok(None);
            };
            let is_blank = row.cells.iter().all(|cell| cell.trim().is_empty());
            if row.fault.is_none() && is_blank {
                continue;
            }
            self.count += 1;
            if self.count > MOST_ROWS {
                return Err(IntakeError::TooManyRows {
                    file: self.source.file.clone(),
                    most: MOST_ROWS,
                });
            }
            let wanted = self.source.columns;
            while row.cells.len() > wanted
                && row.cells.last().is_some_and(|cell| cell.trim().is_empty())
            {
                row.cells.pop();
            }
            if row.fault.is_none() && row.cells.len() != wanted {
                row.fault = Some(format!(
                    "The row has {}, but the first row has {wanted}.",
                    crate::text::counted(row.cells.len(), "cell"),
                ));
            }
            return Ok(Some(row));
        }
    }
}
