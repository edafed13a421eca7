//! By which column the table is sorted.

use crate::clinical::patient::Field;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// What the record states. Quantities by their size, days and choices in their order, texts without case and
    /// accents by their first 60 bytes. A photo and the model's output are not entered: by the last activity.
    Field(Field),
    /// How many exams are kept.
    Exams,
    /// When the newest exam was saved.
    LastExam,
    /// What the network said of the newest exam: negative, indeterminate, positive, each by the malignancy probability.
    LastResult,
    /// When the record was last saved to.
    LastActivity,
}

/// How the table is sorted. Records that state nothing in the column come last either way; among equals and among
/// those, the newest activity comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    pub by: Column,
    pub descending: bool,
}
