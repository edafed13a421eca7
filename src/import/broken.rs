//! The rows that could not be imported, as a file that can be corrected and imported again.

use std::io::{self, Write};

use super::summary::Broken;
use crate::report::table::guarded;

/// Headings of the added columns; a mapping leaves them out.
const LINE: &str = "line of the first file";
const REASON: &str = "what is wrong";

/// Writes broken rows: their cells unchanged, then their line and the reason.
pub(super) struct BrokenFile<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
    columns: usize,
}

impl<'a> BrokenFile<'a> {
    /// Starts with the headings of the file.
    ///
    /// # Errors
    /// Errors of writing to `out`.
    pub(super) fn begin(out: &'a mut dyn Write, headings: &[String]) -> io::Result<Self> {
        let mut file = Self {
            writer: csv::WriterBuilder::new().from_writer(out),
            columns: headings.len(),
        };
        let last = [LINE, REASON];
        let all = headings.iter().map(String::as_str).chain(last);
        file.writer
            .write_record(all.map(|cell| guarded(cell).into_owned()))?;
        Ok(file)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Errors of writing to the file.
    pub(super) fn write(&mut self, broken: &Broken) -> io::Result<()> {
        // A row with too many cells loses the ones at its end, because their columns are unknown.
        let missing = self.columns.saturating_sub(broken.cells.len());
        let cells = broken.cells.iter().take(self.columns).map(String::as_str);
        let line = broken.line.to_string();
        let last = [line.as_str(), broken.reason.as_str()];
        let all = cells.chain(std::iter::repeat_n("", missing)).chain(last);
        self.writer
            .write_record(all.map(|cell| guarded(cell).into_owned()))?;
        Ok(())
    }

    /// Writes the data that is still in memory.
    ///
    /// # Errors
    /// Errors of writing to the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_rows_are_written_with_their_reason_and_without_formulas() {
        let mut bytes = Vec::new();
        let headings = ["Name".to_owned(), "Phone".to_owned()];
        let mut file = BrokenFile::begin(&mut bytes, &headings).unwrap();
        for cells in [vec!["=1+1"], vec!["a\nb", "+1", "more"]] {
            let cells = cells.into_iter().map(str::to_owned).collect();
            let reason = "Why.".to_owned();
            file.write(&Broken {
                line: 7,
                reason,
                cells,
            })
            .unwrap();
        }
        file.finish().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "Name,Phone,line of the first file,what is wrong\n'=1+1,,7,Why.\n\"a\nb\",'+1,7,Why.\n"
        );
    }
}
