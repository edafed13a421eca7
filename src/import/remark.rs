//! What was read otherwise than it stands in the file, without breaking a row: told once for a column and a kind, with
//! the first line and the number of rows.

use std::collections::BTreeMap;

/// Most remarks of a file; more are counted.
const MOST: usize = 500;

/// Why a cell was read otherwise than it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// A word that says that nothing is known.
    Missing,
    /// A number that stands for a choice.
    Code,
    /// A day as a spreadsheet counts it.
    Serial,
    /// A day with a time, which is left out.
    Timed,
    /// A number with a point and zeros.
    Whole,
    /// A letter that was lost before, U+FFFD.
    Lost,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The heading of the column.
    pub heading: String,
    pub reading: Reading,
    /// The first line.
    pub line: u64,
    pub rows: u64,
    /// What the file says there.
    pub said: String,
    /// What it was read as; empty for nothing.
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
                "{heading}: days as a spreadsheet counts them were read as dates, “{said}” as {taken} ({rows})."
            ),
            Reading::Timed => format!(
                "{heading}: the time behind the day was left out, “{said}” was read as {taken} ({rows})."
            ),
            Reading::Whole => format!(
                "{heading}: zeros behind the point were left out, “{said}” was read as {taken} ({rows})."
            ),
            Reading::Lost => {
                format!("{heading}: letters were lost before, as in “{said}” ({rows}).")
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

/// Collects the remarks of a file.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    by_kind: BTreeMap<(usize, Reading, String), Remark>,
}

impl Remarks {
    pub(super) fn take(&mut self, note: Note, line: u64, headings: &[String]) {
        // Of words and codes each is told, of days and numbers an example.
        let word = match note.reading {
            Reading::Missing | Reading::Code => note.said.clone(),
            _ => String::new(),
        };
        let key = (note.column, note.reading, word);
        if let Some(remark) = self.by_kind.get_mut(&key) {
            remark.rows += 1;
            return;
        }
        if self.by_kind.len() < MOST {
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
    fn a_word_is_told_once_with_its_rows() {
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
        let told: Vec<String> = remarks.finish().iter().map(Remark::sentence).collect();
        assert_eq!(
            told,
            [
                "Sex: “9” was read as not stated (line 4).",
                "Sex: “U” was read as not stated (2 rows, the first in line 2)."
            ]
        );
    }
}
