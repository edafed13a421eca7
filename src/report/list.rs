//! A list as a file, row by row: CSV and JSON.

use std::io::{self, Write};
use std::marker::PhantomData;

use ::csv::{Terminator, WriterBuilder};
use serde_json::{Map, Value};

use super::table::Dialect;

/// A row of a list, as a file states it.
pub trait ListRow {
    /// The columns, in order; the same words name them in CSV and JSON.
    const COLUMNS: &'static [&'static str];

    /// The cells, in the order of the columns; "" where nothing is known.
    fn cells(&self) -> Vec<String>;

    /// The value of a column in JSON that is not text.
    fn number(&self, _column: &str) -> Option<i64> {
        None
    }

    /// Its stated contents as a JSON object.
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        for (column, cell) in Self::COLUMNS.iter().zip(self.cells()) {
            let value = match self.number(column) {
                Some(number) => Value::from(number),
                None if cell.is_empty() => continue,
                None => Value::from(cell),
            };
            object.insert((*column).to_owned(), value);
        }
        Value::Object(object)
    }
}

/// Form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// RFC 4180: UTF-8, lines ending in CRLF.
    Csv,
    /// An array of objects, one a line.
    Json,
    /// The same as CSV, for Excel.
    Excel,
}

impl ListFormat {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Excel];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Excel => "csv-excel",
        }
    }

    /// Extension of the file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Excel => "excel.csv",
        }
    }

    /// The dialect of a CSV file; none for JSON.
    pub fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Csv => Some(Dialect::Plain),
            Self::Excel => Some(Dialect::Excel),
            Self::Json => None,
        }
    }
}

/// Writes row after row.
pub struct ListWriter<Row, Out: Write> {
    out: Form<Out>,
    of: PhantomData<Row>,
}

enum Form<Out: Write> {
    Csv(Dialect, Box<::csv::Writer<Out>>),
    Json { out: Out, is_first: bool },
}

impl<Row: ListRow, Out: Write> ListWriter<Row, Out> {
    /// # Errors
    /// The beginning could not be written.
    pub fn new(format: ListFormat, mut out: Out) -> io::Result<Self> {
        let out = match format.dialect() {
            Some(dialect) => {
                out.write_all(dialect.beginning())?;
                let mut out = WriterBuilder::new()
                    .terminator(Terminator::CRLF)
                    .from_writer(out);
                out.write_record(Row::COLUMNS)?;
                Form::Csv(dialect, Box::new(out))
            }
            None => {
                out.write_all(b"[")?;
                Form::Json {
                    out,
                    is_first: true,
                }
            }
        };
        Ok(Self {
            out,
            of: PhantomData,
        })
    }

    /// # Errors
    /// The row could not be written.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.out {
            Form::Csv(dialect, out) => {
                let cells = row.cells();
                out.write_record(cells.iter().map(|cell| dialect.cell(cell).into_owned()))?;
                Ok(())
            }
            Form::Json { out, is_first } => {
                out.write_all(if *is_first { b"\n" } else { b",\n" })?;
                *is_first = false;
                serde_json::to_writer(out, &row.to_json()).map_err(io::Error::from)
            }
        }
    }

    /// # Errors
    /// The end could not be written.
    pub fn finish(self) -> io::Result<()> {
        match self.out {
            Form::Csv(_, mut out) => out.flush(),
            Form::Json { mut out, .. } => {
                out.write_all(b"\n]\n")?;
                out.flush()
            }
        }
    }
}
