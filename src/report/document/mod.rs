//! A patient's record as a sequence of headings, facts, tables and pictures in reading order, independent of the output format.
//! Text is as stored: it is scrubbed where it is drawn.

mod exam;
mod record;
mod version;

use super::facts::Fact;
use super::record::PictureFile;

pub use self::record::{document, subject};
pub use self::version::{unsaved, version};

/// Content of the pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub title: &'static str,
    pub hospital: String,
    /// The patient, for the foot of every page.
    pub subject: String,
    /// The status of all reports in it together.
    pub standing: SignatureStatus,
    /// The person who made the copy, and the time.
    pub made: String,
    pub made_at: jiff::Timestamp,
    pub parts: Vec<Part>,
}

/// The status of all reports of a document together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureStatus {
    /// It has no exam, so nothing to sign.
    NoExam,
    /// At least one is not signed.
    Preliminary,
    /// A radiologist signed each of them.
    Final,
}

impl SignatureStatus {
    /// The word for the head of every page.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::NoExam => None,
            Self::Preliminary => Some("PRELIMINARY"),
            Self::Final => Some("FINAL"),
        }
    }
}

/// A part; the parts follow each other down the pages.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Starts a chapter: the record, an exam.
    Heading(String),
    Subheading(String),
    /// The status of a report, and whether it is signed.
    Status {
        line: String,
        is_final: bool,
    },
    Facts(Vec<Fact>),
    /// Labels and values; a value without a label runs over the whole width.
    Lines(Vec<(String, String)>),
    /// Pictures with facts beside them.
    Beside {
        figures: Vec<Figure>,
        side: Side,
        facts: Vec<Fact>,
    },
    Table(Table),
}

/// The side of facts on which pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// A picture and its caption; the caption appears alone if no picture is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub picture: PictureFile,
    pub caption: String,
}

/// Rows under headings.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// A column, and its relative width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    pub heading: &'static str,
    pub share: f32,
}

impl Table {
    fn new(columns: &[(&'static str, f32)], rows: Vec<Vec<String>>) -> Self {
        let column = |&(heading, share): &(&'static str, f32)| Column { heading, share };
        Self {
            columns: columns.iter().map(column).collect(),
            rows,
        }
    }
}
