//! Progress of the form: of a section, and of the whole.

use super::PatientForm;
use crate::clinical::patient::{Field, Section};

/// Number of fields, and how many are filled in or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Progress {
    pub filled: usize,
    pub total: usize,
    pub wrong: usize,
}

impl PatientForm {
    /// Progress of one section. Fields that no user can fill in do not count.
    pub(super) fn progress(&self, section: Section) -> Progress {
        let mut progress = Progress::default();
        for field in section.fields().filter(|field| Self::is_walked(*field)) {
            progress.total += 1;
            progress.filled += usize::from(self.is_filled(field));
            progress.wrong += usize::from(self.complaints.contains_key(&field));
        }
        progress
    }

    /// Progress of all sections.
    pub(super) fn whole_progress(&self) -> Progress {
        let sections = Section::ALL
            .into_iter()
            .map(|section| self.progress(section));
        sections.fold(Progress::default(), |all, one| Progress {
            filled: all.filled + one.filled,
            total: all.total + one.total,
            wrong: all.wrong + one.wrong,
        })
    }

    fn is_filled(&self, field: Field) -> bool {
        match field {
            Field::Photo => self.photo.is_there(self.value(field)),
            field => !self.value(field).trim().is_empty(),
        }
    }
}

impl Progress {
    /// One-character mark: something is wrong, nothing is filled in, something is, everything is.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self { wrong: 1.., .. } => "!",
            Self { filled: 0, .. } => " ",
            Self { filled, total, .. } if filled < total => "·",
            _ => "✓",
        }
    }
}
