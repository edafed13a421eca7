//! Remarks on values that were read differently from the text in the file, without breaking a row: one per column and kind, with
//! the first line and the number of rows.

use std::collections::BTreeMap;

/// Maximum number of remarks on a file; further ones are counted.
const MAX_REMARKS: usize = 500;

/// Reason why a cell was read differently from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// A word that means that nothing is known.
    Missing,
    /// A number that stands for a choice.
    Code,
    /// A date as a spreadsheet counts days.
    Serial,
    /// A date with a time, which is dropped.
    Timed,
    /// A number with a point and zeros.
    Whole,
    /// Telephone numbers with labels or words between them.
    Respelled,
    /// A date whose year of two digits can only be of the last century.
    Century,
    /// Letters that were encoded twice.
    Mended,
    /// A letter that was already lost, U+FFFD.
    Lost,
}

/// A remark for the user to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The heading of the column.
    pub heading: String,
    pub reading: Reading,
    /// The first line.
    pub line: u64,
    pub rows: u64,
    /// The text in the file.
    pub said: String,
    /// The value that was read; empty if none.
    pub taken: String,
}

impl Remark {
    /// The remark as a sentence.
    pub fn sentence(&self) -> String {
        let Self {
            heading,
            line,
            said,
            taken,
            ..
        } = self;
        let heading = crate::clinical::text::shown(heading);
        let said = crate::clinical::text::shown(said);
        let rows = match self.rows {
            1 => format!("line {line}"),
            rows => format!("{rows} rows, the first in line {line}"),
        };
        match self.reading {
            Reading::Missing => format!("{heading}: “{said}” was read as not stated ({rows})."),
            Reading::Code => format!("{heading}: “{said}” was read as {taken} ({rows})."),
            Reading::Serial => format!(
                "{heading}: spreadsheet day numbers, counted from 1900, were read as dates, “{said}” as {taken} ({rows}); if the spreadsheet counts from 1904, they are 1462 days too early."
            ),
            Reading::Timed => format!(
                "{heading}: the time after the date was left out, “{said}” was read as {taken} ({rows})."
            ),
            Reading::Whole => format!(
                "{heading}: zeros after the point were left out, “{said}” was read as {taken} ({rows})."
            ),
            Reading::Respelled => format!(
                "{heading}: words beside telephone numbers were left out, “{said}” was read as {taken} ({rows})."
            ),
            Reading::Century => format!(
                "{heading}: years of two digits were read as those of the last century, “{said}” as {taken} ({rows})."
            ),
            Reading::Mended => format!(
                "{heading}: letters that another program had encoded a second time were mended, “{said}” was read as “{}” ({rows}).",
                crate::clinical::text::shown(taken)
            ),
            Reading::Lost => {
                format!("{heading}: letters are already lost in the file, as in “{said}” ({rows}).")
            }
        }
    }
}

/// A remark on one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub column: usize,
    pub reading: Reading,
    pub said: String,
    pub taken: String,
}

/// Collects the remarks on a file.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    by_kind: BTreeMap<(usize, Reading, String), Remark>,
}

impl Remarks {
    pub(super) fn take(&mut self, note: Note, line: u64, headings: &[String]) {
        // Each word and code is reported, but only one example of dates and numbers.
        let word = match note.reading {
            Reading::Missing | Reading::Code => note.said.clone(),
            _ => String::new(),
        };
        let key = (note.column, note.reading, word);
        if let Some(remark) = self.by_kind.get_mut(&key) {
            remark.rows += 1;
            return;
        }
        if self.by_kind.len() < MAX_REMARKS {
            let remark = Remark {
                heading: headings.get(note.column).cloned().unwrap_or_default(),
                reading: note.reading,
                line,
                rows: 1,
                said: note.said,
                taken: note.taken,
            };
            self.by_kind.insert(key, remark);
        }
    }

    /// In the order of the columns.
    pub(super) fn finish(self) -> Vec<Remark> {
        self.by_kind.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_reported_once_with_its_rows() {
        let mut remarks = Remarks::default();
        let headings = ["Sex".to_owned()];
        for (line, said) in [(2, "U"), (3, "U"), (4, "9")] {
            let note = Note {
                column: 0,
                reading: Reading::Missing,
                said: said.into(),
                taken: String::new(),
            };
            remarks.take(note, line, &headings);
        }
        let sentences: Vec<String> = remarks.finish().iter().map(Remark::sentence).collect();
        assert_eq!(
            sentences,
            [
                "Sex: “9” was read as not stated (line 4).",
                "Sex: “U” was read as not stated (2 rows, the first in line 2)."
            ]
        );
    }
}
