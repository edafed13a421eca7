//! Two versions of a record, of two users or of two records of one person: the version that each field is taken from.

use super::patient::{Field, PatientDraft};

/// Version of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The version typed here.
    Yours,
    /// The version that another user saved meanwhile.
    Theirs,
}

/// The three versions of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    pub field: Field,
    /// Value before both changes.
    pub before: String,
    pub yours: String,
    pub theirs: String,
    /// None while both sides changed it and the user has not chosen.
    pub taken: Option<Side>,
}

impl Versions {
    fn differs(&self) -> bool {
        self.yours != self.theirs
    }

    /// The side that alone changed the field; either side if they do not differ.
    fn by_itself(before: &str, yours: &str, theirs: &str) -> Option<Side> {
        if yours == theirs || theirs == before {
            Some(Side::Yours)
        } else if yours == before {
            Some(Side::Theirs)
        } else {
            None
        }
    }

    /// Value of the chosen side, if one is chosen.
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
    /// Chooses the changed side for every field that only one side changed.
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

    /// Two records of one person, of which `yours` stays: its values are chosen, and those that only the other states. The number
    /// is no choice, because each record keeps its own.
    pub fn of_two(yours: &PatientDraft, theirs: &PatientDraft) -> Self {
        let versions = Field::entered().map(|field| {
            let yours = yours.get(field);
            let theirs = match field {
                Field::Number => yours,
                _ => theirs.get(field),
            };
            Versions {
                field,
                taken: Some(match yours.is_empty() {
                    true => Side::Theirs,
                    false => Side::Yours,
                }),
                before: String::new(),
                yours: yours.to_owned(),
                theirs: theirs.to_owned(),
            }
        });
        Self(versions.collect())
    }

    /// Fields in which the two sides differ, in the form's order.
    pub fn differing(&self) -> Vec<&Versions> {
        (self.0.iter())
            .filter(|versions| versions.differs())
            .collect()
    }

    /// Chooses a side for the differing field at `place`.
    pub fn take(&mut self, place: usize, side: Side) {
        let mut differing = self.0.iter_mut().filter(|versions| versions.differs());
        if let Some(versions) = differing.nth(place) {
            versions.taken = Some(side);
        }
    }

    /// Place, among the differing fields, of the first without a choice.
    pub fn first_undecided(&self) -> Option<usize> {
        (self.differing().iter()).position(|versions| versions.taken.is_none())
    }

    /// Number of fields without a choice.
    pub fn undecided(&self) -> usize {
        (self.0.iter())
            .filter(|versions| versions.taken.is_none())
            .count()
    }

    /// Merged values of all fields; `None` before every choice is made.
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
    fn a_field_changed_by_one_side_is_taken_from_that_side() {
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
    fn a_field_changed_by_both_sides_waits_for_a_choice() {
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
    fn of_two_records_the_first_stays_with_what_only_the_other_states() {
        let mut yours = values("Ana Pérez", "1961-03-05", "");
        yours.set(Field::Number, "P-1");
        let mut theirs = values("Ana Perez", "", "seen");
        theirs.set(Field::Number, "P-2");
        let mut merge = Merge::of_two(&yours, &theirs);
        let mut expected = values("Ana Pérez", "1961-03-05", "seen");
        expected.set(Field::Number, "P-1");
        assert_eq!(merge.result(), Some(expected.clone()));
        let fields: Vec<Field> = merge.differing().iter().map(|it| it.field).collect();
        assert_eq!(fields[..2], [Field::FullName, Field::DateOfBirth]);
        merge.take(0, Side::Theirs);
        expected.set(Field::FullName, "Ana Perez");
        assert_eq!(merge.result(), Some(expected));
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
