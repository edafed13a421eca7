//! By which column the table is sorted.

use crate::clinical::patient::Field;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// What the record states. Numbers by their size, days and choices in their order, texts without case and accents.
    Field(Field),
    /// How many exams are kept.
    Exams,
    /// When the newest exam was saved.
    LastExam,
    /// What the network said of the newest exam, by the malignancy probability.
    LastResult,
    /// When the record was last saved to.
    LastActivity,
}

/// How the table is sorted. Records that state nothing in the column come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    pub by: Column,
    pub descending: bool,
}
