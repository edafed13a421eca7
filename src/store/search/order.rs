//! Sort order of the table.

use crate::clinical::patient::Field;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// A field of the record: quantities by size, days and choices in their order, texts without case and accents by their first
    /// 60 bytes. A photo and the model's output cannot be sorted by: the last activity is used instead.
    Field(Field),
    /// Number of stored exams.
    Exams,
    /// Time at which the newest exam was saved.
    LastExam,
    /// The network's result of the newest exam: negative, indeterminate, positive, each by the malignancy probability.
    LastResult,
    /// Time of the last change of the record.
    LastActivity,
}

/// Sort order. Records that state nothing in the column come last in either direction; among equals and among those, the newest
/// activity comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    pub by: Column,
    pub descending: bool,
}
