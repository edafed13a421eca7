//! The table as a JSON file: an array of objects, one per line, each with the stated values of a patient.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::{Column, Layout, Row};

/// Writes object after object.
pub struct Writer<'a, Out: Write> {
    layout: &'a Layout<'a>,
    out: Out,
    is_first: bool,
}

impl<'a, Out: Write> Writer<'a, Out> {
    /// # Errors
    /// The beginning could not be written.
    pub fn new(layout: &'a Layout<'a>, mut out: Out) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self {
            layout,
            out,
            is_first: true,
        })
    }

    /// # Errors
    /// The row could not be written.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        self.out
            .write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        let mut object = Map::new();
        for (column, text) in self.layout.cells(row) {
            let value = match column {
                Column::Exams => Value::from(row.exams),
                Column::LastProbability => match row.last_probability {
                    Some(probability) => Value::from(probability),
                    None => continue,
                },
                _ if text.is_empty() => continue,
                _ => Value::from(text.into_owned()),
            };
            object.insert(column.key().to_owned(), value);
        }
        serde_json::to_writer(&mut self.out, &object).map_err(io::Error::from)
    }

    /// # Errors
    /// The end could not be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()
    }
}
