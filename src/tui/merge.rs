//! Two people changed the same record: which field is taken from whom.

use crate::clinical::patient::{Field, PatientDraft};

/// Whose version of a field is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of whoever saves now.
    Yours,
    /// That which was saved meanwhile.
    Theirs,
}

/// One field in its three versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    pub field: Field,
    /// As both found it.
    pub before: String,
    pub yours: String,
    pub theirs: String,
    /// None as long as both sides changed it and nobody chose.
    pub taken: Option<Side>,
}

impl Versions {
    fn differs(&self) -> bool {
        self.yours != self.theirs
    }

    /// The side that alone changed the field; with no difference it does not matter.
    fn by_itself(before: &str, yours: &str, theirs: &str) -> Option<Side> {
        if yours == theirs || theirs == before {
            Some(Side::Yours)
        } else if yours == before {
            Some(Side::Theirs)
        } else {
            None
        }
    }

    /// The value that is taken, where it is known whose.
    pub fn value(&self) -> Option<&str> {
        self.taken.map(|side| match side {
            Side::Yours => self.yours.as_str(),
            Side::Theirs => self.theirs.as_str(),
        })
    }
}

/// All fields of a record in their three versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge(Vec<Versions>);

impl Merge {
    /// Takes what only one side changed from that side.
    pub fn new(before: &PatientDraft, yours: &PatientDraft, theirs: &PatientDraft) -> Self {
        let versions = Field::entered().map(|field| {
            let [before, yours, theirs] = [before, yours, theirs].map(|draft| draft.get(field));
            Versions {
                field,
                taken: Versions::by_itself(before, yours, theirs),
                before: before.to_owned(),
                yours: yours.to_owned(),
                theirs: theirs.to_owned(),
            }
        });
        Self(versions.collect())
    }

    /// The fields in which the two sides differ, in the form's order.
    pub fn differing(&self) -> Vec<&Versions> {
        (self.0.iter())
            .filter(|versions| versions.differs())
            .collect()
    }

    /// Takes the differing field of this place from a side.
    pub fn take(&mut self, place: usize, side: Side) {
        let mut differing = self.0.iter_mut().filter(|versions| versions.differs());
        if let Some(versions) = differing.nth(place) {
            versions.taken = Some(side);
        }
    }

    /// The place, among the differing, of the first field that nobody chose for.
    pub fn first_undecided(&self) -> Option<usize> {
        (self.differing().iter()).position(|versions| versions.taken.is_none())
    }

    /// How many fields nobody chose for.
    pub fn undecided(&self) -> usize {
        (self.0.iter())
            .filter(|versions| versions.taken.is_none())
            .count()
    }

    /// The merged values of all fields; nothing before every choice is made.
    pub fn result(&self) -> Option<PatientDraft> {
        let mut merged = PatientDraft::default();
        for versions in &self.0 {
            let value = versions.value()?;
            if !value.is_empty() {
                merged.set(versions.field, value);
            }
        }
        Some(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str, born: &str, notes: &str) -> PatientDraft {
        let mut draft = PatientDraft::default();
        let typed = [
            (Field::FullName, name),
            (Field::DateOfBirth, born),
            (Field::Notes, notes),
        ];
        for (field, value) in typed.into_iter().filter(|(_, value)| !value.is_empty()) {
            draft.set(field, value);
        }
        draft
    }

    #[test]
    fn what_one_side_changed_is_taken_from_that_side() {
        let before = values("Ana", "1961-03-05", "");
        let yours = values("Ana Pérez", "1961-03-05", "");
        let theirs = values("Ana", "1961-05-03", "");
        let merge = Merge::new(&before, &yours, &theirs);
        assert_eq!(merge.undecided(), 0);
        assert_eq!(merge.differing().len(), 2);
        let merged = values("Ana Pérez", "1961-05-03", "");
        assert_eq!(merge.result(), Some(merged));
    }

    #[test]
    fn what_both_changed_waits_for_a_choice() {
        let before = values("Ana", "", "");
        let yours = values("Ana Pérez", "", "mine");
        let theirs = values("Ana López", "", "");
        let mut merge = Merge::new(&before, &yours, &theirs);
        assert_eq!((merge.undecided(), merge.first_undecided()), (1, Some(0)));
        assert_eq!(merge.result(), None);
        merge.take(0, Side::Theirs);
        assert_eq!(merge.result(), Some(values("Ana López", "", "mine")));
        merge.take(0, Side::Yours);
        assert_eq!(merge.result(), Some(values("Ana Pérez", "", "mine")));
        merge.take(1, Side::Theirs);
        assert_eq!(merge.result(), Some(values("Ana Pérez", "", "")));
        merge.take(9, Side::Theirs);
        assert_eq!(merge.result(), Some(values("Ana Pérez", "", "")));
    }

    #[test]
    fn the_same_change_of_both_is_no_difference() {
        let before = values("Ana", "", "");
        let both = values("Ana Pérez", "", "");
        let merge = Merge::new(&before, &both, &both);
        assert!(merge.differing().is_empty());
        assert_eq!(merge.result(), Some(both));
    }

    #[test]
    fn a_choice_can_bring_the_old_value_back() {
        let before = values("Ana", "", "old");
        let yours = values("Ana", "", "new");
        let mut merge = Merge::new(&before, &yours, &before);
        merge.take(0, Side::Theirs);
        assert_eq!(merge.result(), Some(before));
    }

    #[test]
    fn every_field_that_is_entered_is_merged() {
        let nothing = PatientDraft::default();
        let mut theirs = PatientDraft::default();
        for field in Field::entered() {
            theirs.set(field, field.key());
        }
        let merge = Merge::new(&nothing, &nothing, &theirs);
        assert_eq!(merge.differing().len(), Field::entered().count());
        assert_eq!(merge.result(), Some(theirs));
    }
}
