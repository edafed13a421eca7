//! Selected patients of the table, by patient and not by row, so that the selection survives scrolling, sorting and
//! other searches.

use std::collections::BTreeSet;

use crate::store::PatientId;

/// Largest number of patients selected at once.
pub(super) const MOST_MARKED: usize = 10_000;

/// The selected patients.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(BTreeSet<PatientId>);

impl Marks {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, patient: PatientId) -> bool {
        self.0.contains(&patient)
    }

    /// Selects a patient or removes it. False if [`MOST_MARKED`] are selected already.
    pub(super) fn toggle(&mut self, patient: PatientId) -> bool {
        if self.0.remove(&patient) {
            return true;
        }
        self.add(patient)
    }

    fn add(&mut self, patient: PatientId) -> bool {
        if self.0.len() >= MOST_MARKED {
            return self.0.contains(&patient);
        }
        self.0.insert(patient);
        true
    }

    /// Adds these too, up to the limit.
    pub(super) fn add_all(&mut self, patients: impl IntoIterator<Item = PatientId>) {
        for patient in patients {
            self.add(patient);
        }
    }

    /// Removes deleted patients.
    pub(super) fn forget(&mut self, patients: &[PatientId]) {
        for patient in patients {
            self.0.remove(patient);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// All of them, in the order in which they were entered in the records.
    pub(super) fn patients(&self) -> Vec<PatientId> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_press_removes_the_mark() {
        let mut marks = Marks::default();
        assert!(marks.toggle(PatientId(7)) && marks.contains(PatientId(7)));
        assert!(marks.toggle(PatientId(7)) && marks.is_empty());
    }

    #[test]
    fn no_more_than_the_limit_are_marked() {
        let mut marks = Marks::default();
        marks.add_all((0..20_000).map(PatientId));
        assert_eq!(marks.len(), MOST_MARKED);
        assert!(!marks.toggle(PatientId(15_000)));
        assert!(marks.toggle(PatientId(0)));
        assert!(marks.toggle(PatientId(15_000)));
        marks.forget(&[PatientId(15_000), PatientId(16_000)]);
        assert_eq!(marks.len(), MOST_MARKED - 1);
        marks.clear();
        assert!(marks.patients().is_empty());
    }
}
