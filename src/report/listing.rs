//! Lists of patients and of follow-ups as pages: a table under headings, for paper.

use jiff::Timestamp;

use super::document::{Column, Document, Part, SignatureStatus, Table};
use super::facts;

/// A list for paper. Text is as stored: it is scrubbed where it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// `Patients`
    pub title: &'static str,
    pub hospital: String,
    /// Subject for the foot of every page: `Overdue on 2026-03-02, 12 rows`.
    pub subject: String,
    /// Full name of the user who made it.
    pub made_by: String,
    pub made_at: Timestamp,
    /// Headings, and their relative widths.
    pub columns: Vec<(&'static str, f32)>,
    pub rows: Vec<Vec<String>>,
}

impl Listing {
    /// The pages of the list.
    pub fn document(self) -> Document {
        let column = |(heading, share)| Column { heading, share };
        let at = facts::moment(self.made_at);
        Document {
            title: self.title,
            hospital: self.hospital,
            made: format!("Made by {} on {at}", self.made_by),
            made_at: self.made_at,
            standing: SignatureStatus::NoExam,
            parts: vec![
                Part::Heading(self.subject.clone()),
                Part::Table(Table {
                    columns: self.columns.into_iter().map(column).collect(),
                    rows: self.rows,
                }),
            ],
            subject: self.subject,
        }
    }
}
