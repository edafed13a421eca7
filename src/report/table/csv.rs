//! The table as a CSV file (RFC 4180): UTF-8, lines ending in CRLF, headings in the first.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::{Dialect, Layout, Row};

/// Writes the headings and then row after row.
pub struct Writer<'a, Out: Write> {
    layout: &'a Layout<'a>,
    dialect: Dialect,
    out: ::csv::Writer<Out>,
}

impl<'a, Out: Write> Writer<'a, Out> {
    /// # Errors
    /// The headings could not be written.
    pub fn new(layout: &'a Layout<'a>, dialect: Dialect, mut out: Out) -> io::Result<Self> {
        out.write_all(dialect.beginning())?;
        let mut out = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(out);
        let headings = layout.columns().iter().map(|column| column.key());
        out.write_record(headings).map_err(io::Error::from)?;
        Ok(Self {
            layout,
            dialect,
            out,
        })
    }

    /// # Errors
    /// The row could not be written.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        let cells = self.layout.cells(row);
        let cells = cells.iter().map(|(_, cell)| self.dialect.cell(cell));
        for cell in cells {
            self.out
                .write_field(cell.as_bytes())
                .map_err(io::Error::from)?;
        }
        // Ends the line.
        self.out
            .write_record(None::<&[u8]>)
            .map_err(io::Error::from)
    }

    /// # Errors
    /// The last rows could not be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
