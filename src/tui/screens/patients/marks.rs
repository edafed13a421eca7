//! Which patients of the table are marked. They are known by who they are and not by their rows, so a mark survives
//! scrolling, sorting and other searches.

use std::collections::BTreeSet;

use crate::store::PatientId;

/// Most patients that are marked at once.
pub const MOST_MARKED: usize = 10_000;

/// The marked ones.
#[derive(Debug, Clone, Default)]
pub struct Marks(BTreeSet<PatientId>);

impl Marks {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, patient: PatientId) -> bool {
        self.0.contains(&patient)
    }

    /// Marks a patient, or takes the mark away. Says whether it could be done: there may be [`MOST_MARKED`] already.
    pub fn toggle(&mut self, patient: PatientId) -> bool {
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

    /// Marks these too, as many as may be marked.
    pub fn add_all(&mut self, patients: impl IntoIterator<Item = PatientId>) {
        for patient in patients {
            self.add(patient);
        }
    }

    /// Takes these out, as they are gone.
    pub fn forget(&mut self, patients: &[PatientId]) {
        for patient in patients {
            self.0.remove(patient);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All of them, in the order in which they were entered in the records.
    pub fn patients(&self) -> Vec<PatientId> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_press_takes_the_mark_away() {
        let mut marks = Marks::default();
        assert!(marks.toggle(PatientId(7)) && marks.contains(PatientId(7)));
        assert!(marks.toggle(PatientId(7)) && marks.is_empty());
    }

    #[test]
    fn no_more_are_marked_than_may_be() {
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
