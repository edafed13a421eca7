//! A CSV file: its format, its headings, and its rows.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use csv::ByteRecord;

use super::ImportError;
use super::cell;
use super::encoding::{self, Encoding, Kind};
use super::layout::{self, Layout};
use super::tokens::{self, ReadOptions, Stop, Token, Tokens};
use crate::named_file;

/// Maximum number of columns of a file.
pub(super) const MAX_COLUMNS: usize = 1000;
/// Maximum number of rows of a file: the memory of a dry run grows with them.
pub(super) const MAX_ROWS: u64 = 1_000_000;
/// Number of rows from which the delimiter and the headings are determined, and that a preview shows.
const PREVIEW_ROWS: usize = 30;
/// Number of lines, and of their bytes, that are checked for the first line of a spreadsheet and for blanks before quotes.
const LINES: usize = 40;
const LINE_BYTES: u64 = 256 << 10;
/// Maximum number of letters stored of a row above the headings.
const TITLE_CHARACTERS: usize = 200;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Format of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub file: PathBuf,
    pub encoding: Encoding,
    /// True if the bytes allow no other reading; otherwise the encoding is a guess.
    pub encoding_is_sure: bool,
    pub delimiter: u8,
    /// True if the first row that is read names the columns.
    pub has_headings: bool,
    /// Number of cells of the first row that is read.
    pub columns: usize,
    /// Rows above the headings, and one of units below them, which are not imported.
    pub titles: Vec<Title>,
    /// True if a row of units follows the headings.
    has_units: bool,
    /// Number of lines before the first row that is read.
    passed: u64,
    spaced_quotes: bool,
    /// Length and modification time of the file.
    stamp: (u64, Option<SystemTime>),
}

/// A row that is not imported: a title, a group of columns or a line of a spreadsheet above the headings, or units below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub line: u64,
    /// Its text, cut if long.
    pub text: String,
}

/// The start of a file, for a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The text of the first row for each column; "Column 3" if there is no such row.
    pub headings: Vec<String>,
    /// The first rows of patients.
    pub rows: Vec<Vec<String>>,
}

/// A row of cells, or its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawRow {
    /// Line where it begins, counted from 1.
    pub line: u64,
    pub cells: Vec<String>,
    /// The fault, in a sentence.
    pub fault: Option<String>,
}

impl Source {
    /// Reads the whole file for its encoding, and its start for its layout.
    ///
    /// # Errors
    /// If it cannot be read, is not text, or is empty.
    pub fn open(file: &Path) -> Result<Self, ImportError> {
        Self::open_in(file, None)
    }

    /// As [`Source::open`], in an encoding chosen by the user.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open_in(file: &Path, named: Option<Encoding>) -> Result<Self, ImportError> {
        let path = file.to_path_buf();
        let unreadable = |error| ImportError::unreadable(file, &error);
        let mut opened = named_file::open(file).map_err(unreadable)?;
        let facts = opened.file().metadata().map_err(unreadable)?;
        let kind = encoding::kind_of(&mut opened).map_err(unreadable)?;
        let (encoding, is_sure) = match (named, kind) {
            (Some(encoding), _) => (encoding, true),
            (None, Kind::Text { encoding, is_sure }) => (encoding, is_sure),
            (None, Kind::Utf32) => return Err(ImportError::Utf32 { file: path }),
            (None, Kind::Binary) => return Err(ImportError::NotText { file: path }),
        };
        let lines = tokens::first_lines(file, encoding, LINES, LINE_BYTES).map_err(unreadable)?;
        let first_line = lines.iter().find(|line| !line.trim().is_empty());
        if let Some(kind) = first_line.and_then(|line| other_format(line)) {
            return Err(ImportError::NotTable { file: path, kind });
        }
        let stated = lines.first().and_then(|line| stated_delimiter(line));
        let mut source = Self {
            file: path,
            encoding,
            encoding_is_sure: is_sure,
            delimiter: stated.unwrap_or(b','),
            has_headings: false,
            columns: 0,
            titles: Vec::new(),
            has_units: false,
            passed: u64::from(stated.is_some()),
            spaced_quotes: false,
            stamp: stamp(&facts),
        };
        let mut best = Layout::default();
        let mut first = Vec::new();
        let delimiters = stated.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
        for delimiter in delimiters {
            let tried = Self {
                delimiter,
                ..source.clone()
            };
            let rows = tried.first_rows(PREVIEW_ROWS)?;
            let layout = Layout::of(&rows);
            if layout > best {
                best = layout;
                first = rows;
                source.delimiter = delimiter;
            }
        }
        let Some(heading) = first.get(best.heading) else {
            return Err(ImportError::Empty { file: source.file });
        };
        source.columns = best.columns;
        if source.columns > MAX_COLUMNS {
            return Err(ImportError::TooManyColumns {
                file: source.file,
                columns: source.columns,
                most: MAX_COLUMNS,
            });
        }
        source.has_headings = layout::is_heading(&heading.cells);
        let below = first.get(best.heading + 1);
        let units = below.filter(|row| {
            source.has_headings && layout::is_units(&row.cells, &headings_of(&heading.cells))
        });
        source.has_units = units.is_some();
        let passed = first.iter().take(best.heading).chain(units);
        source.titles = titles(&lines, stated.is_some(), passed);
        if best.heading > 0 {
            source.passed = heading.line.saturating_sub(1);
        }
        let delimiter = char::from(source.delimiter);
        source.spaced_quotes = lines.iter().any(|line| has_spaced_quotes(line, delimiter));
        Ok(source)
    }

    /// The headings, and some rows of patients.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn sample(&self) -> Result<Sample, ImportError> {
        let rows = self.first_rows(PREVIEW_ROWS)?;
        let mut rows: Vec<_> = rows.into_iter().map(|row| row.cells).collect();
        let mut headings = match self.has_headings && !rows.is_empty() {
            true => headings_of(&rows.remove(0)),
            false => (1..=self.columns).map(|n| format!("Column {n}")).collect(),
        };
        if self.has_units && !rows.is_empty() {
            let units = rows.remove(0);
            for (heading, unit) in headings.iter_mut().zip(&units) {
                let unit = cell::tidy(unit);
                if !unit.is_empty() {
                    *heading = format!("{heading} ({unit})");
                }
            }
        }
        Ok(Sample { headings, rows })
    }

    /// Fails if the file was changed since it was opened: the import would differ from the preview.
    pub(super) fn is_unchanged(&self) -> Result<(), ImportError> {
        let facts = std::fs::metadata(&self.file)
            .map_err(|error| ImportError::unreadable(&self.file, &error))?;
        match stamp(&facts) == self.stamp {
            true => Ok(()),
            false => Err(ImportError::Changed {
                file: self.file.clone(),
            }),
        }
    }

    /// The first rows that are not blank, unchanged.
    fn first_rows(&self, most: usize) -> Result<Vec<RawRow>, ImportError> {
        let mut rows = Rows::open(self)?;
        let mut first = Vec::new();
        while first.len() < most
            && let Some(row) = rows.next_raw()?
        {
            if row.fault.is_none() && !is_blank(&row) {
                first.push(row);
            }
        }
        Ok(first)
    }

    /// The rows of patients, from the first on.
    pub(super) fn rows(&self) -> Result<Rows<'_>, ImportError> {
        let mut rows = Rows::open(self)?;
        for _ in 0..usize::from(self.has_headings) + usize::from(self.has_units) {
            // Skips blank rows above.
            while rows.next_raw()?.is_some_and(|row| is_blank(&row)) {}
        }
        Ok(rows)
    }
}

/// The cells of the first row as headings.
fn headings_of(cells: &[String]) -> Vec<String> {
    let heading = |cell: &String| {
        let heading = cell::tidy(cell);
        cell::encoded_once(&heading).unwrap_or(heading.into_owned())
    };
    cells.iter().map(heading).collect()
}

fn stamp(facts: &std::fs::Metadata) -> (u64, Option<SystemTime>) {
    (facts.len(), facts.modified().ok())
}

/// True if all cells are blank.
fn is_blank(row: &RawRow) -> bool {
    row.fault.is_none() && row.cells.iter().all(|cell| cell.trim().is_empty())
}

/// The format of a text that is no table, by its first line that is not blank; none for other lines.
fn other_format(line: &str) -> Option<&'static str> {
    let line = line.trim_start_matches('\u{feff}').trim_start();
    let is_markup = |c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?');
    match line.strip_prefix('<') {
        Some(rest) if rest.starts_with(is_markup) => return Some("a web page or XML"),
        _ => {}
    }
    (line.starts_with("[{") || line.starts_with('{')).then_some("JSON or another notation")
}

/// The delimiter of a line `sep=;`, which Excel writes for itself.
fn stated_delimiter(line: &str) -> Option<u8> {
    let line = line.trim_start_matches('\u{feff}').trim_matches('"');
    let (word, rest) = line.split_at_checked(4)?;
    let stated = match rest {
        "\\t" => b'\t',
        _ => *rest.as_bytes().first()?,
    };
    let is_alone = rest.len() == 1
        || rest == "\\t"
        || rest
            .get(1..)
            .is_some_and(|more| more.trim_matches([' ', ',', ';']).is_empty());
    let is_usable = stated.is_ascii()
        && !stated.is_ascii_alphanumeric()
        && !matches!(stated, b'"' | b'\n' | b'\r' | b'=');
    (word.eq_ignore_ascii_case("sep=") && is_alone && is_usable).then_some(stated)
}

fn titles<'a>(
    lines: &[String],
    is_stated: bool,
    rows: impl Iterator<Item = &'a RawRow>,
) -> Vec<Title> {
    let cut = |text: &str| -> String { text.chars().take(TITLE_CHARACTERS).collect() };
    let first = lines.first().filter(|_| is_stated);
    let first = first.map(|line| Title {
        line: 1,
        text: cut(line),
    });
    let rows = rows.map(|row| {
        let cells = row
            .cells
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        Title {
            line: row.line,
            text: cut(&cells.collect::<Vec<_>>().join(" | ")),
        }
    });
    first.into_iter().chain(rows).collect()
}

/// True if a line has a quoted cell with blanks before it.
fn has_spaced_quotes(line: &str, delimiter: char) -> bool {
    let begins = line
        .match_indices(delimiter)
        .map(|(at, found)| at + found.len());
    std::iter::once(0).chain(begins).any(|at| {
        let cell = line.get(at..).unwrap_or_default();
        let quoted = cell.trim_start_matches(' ');
        let Some(inside) = quoted
            .strip_prefix('"')
            .filter(|_| quoted.len() < cell.len())
        else {
            return false;
        };
        let behind = inside.replace("\"\"", "  ");
        let behind = behind
            .split_once('"')
            .map(|(_, behind)| behind.trim_start_matches(' '));
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(delimiter))
    })
}

/// Reads a file row by row.
pub(super) struct Rows<'a> {
    source: &'a Source,
    tokens: Tokens<'a>,
    record: ByteRecord,
    count: u64,
}

impl<'a> Rows<'a> {
    fn open(source: &'a Source) -> Result<Self, ImportError> {
        let manner = ReadOptions {
            encoding: source.encoding,
            delimiter: source.delimiter,
            spaced_quotes: source.spaced_quotes,
        };
        let tokens = Tokens::open(&source.file, manner, source.passed);
        Ok(Self {
            source,
            tokens: tokens.map_err(|error| ImportError::unreadable(&source.file, &error))?,
            record: ByteRecord::new(),
            count: 0,
        })
    }

    fn next_raw(&mut self) -> Result<Option<RawRow>, ImportError> {
        let file = &self.source.file;
        let token = self
            .tokens
            .next(&mut self.record)
            .map_err(|stop| match stop {
                Stop::Read(error) => ImportError::unreadable(file, &error),
                Stop::Unclosed { line } => ImportError::Quotes {
                    file: file.clone(),
                    line,
                },
            })?;
        let decode = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
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

    /// The next row that is not blank. A row with another number of cells than the first row has a fault; empty cells at its end
    /// do not count.
    pub(super) fn next(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            let Some(mut row) = self.next_raw()? else {
                return Ok(None);
            };
            if is_blank(&row) {
                continue;
            }
            self.count += 1;
            if self.count > MAX_ROWS {
                return Err(ImportError::TooManyRows {
                    file: self.source.file.clone(),
                    most: MAX_ROWS,
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

#[cfg(test)]
impl Source {
    /// For a missing file, in tests of what follows reading.
    pub(super) fn of_nothing(columns: usize) -> Self {
        Self {
            file: PathBuf::new(),
            encoding: Encoding::UTF_8,
            encoding_is_sure: true,
            delimiter: b',',
            has_headings: true,
            columns,
            titles: Vec::new(),
            has_units: false,
            passed: 0,
            spaced_quotes: false,
            stamp: (0, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_spreadsheet_states_the_delimiter() {
        for (line, delimiter) in [
            ("sep=;", b';'),
            ("SEP=,", b','),
            ("\"sep=|\"", b'|'),
            ("sep=\\t", b'\t'),
            ("sep=\t", b'\t'),
            ("sep=;;;", b';'),
        ] {
            assert_eq!(stated_delimiter(line), Some(delimiter), "{line}");
        }
        for line in ["", "sep=", "sep=x", "sep=;Name", "separator", "MRN;Name"] {
            assert_eq!(stated_delimiter(line), None, "{line}");
        }
    }

    #[test]
    fn blanks_before_quotes_are_seen() {
        assert!(has_spaced_quotes("\"MRN\" , \"Name\"", ','));
        assert!(has_spaced_quotes(" \"MRN\",\"Name\"", ','));
        assert!(has_spaced_quotes("1, \"Gil, \"\"A\"\"\", 2", ','));
        assert!(!has_spaced_quotes("1, \"big\" tumour, 5", ','));
        assert!(!has_spaced_quotes("\"MRN\",\"Name, first\"", ','));
        assert!(!has_spaced_quotes("MRN, Name", ','));
    }
}
