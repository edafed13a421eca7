//! Two people changed the same record: which field is taken from whom. A rule over labelled values, whatever form
//! they come from.

use super::widgets::form::Value;

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
    pub label: &'static str,
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
    /// Takes what only one side changed from that side. The lists are of the same form: a label that is missing from
    /// one of the others counts as unchanged there.
    pub fn new(before: &[Value], yours: &[Value], theirs: &[Value]) -> Self {
        let of = |values: &[Value], label: &str| {
            let found = values.iter().find(|(other, _)| *other == label);
            found.map(|(_, value)| value.clone())
        };
        let versions = yours.iter().map(|(label, yours)| {
            let theirs = of(theirs, label);
            let before = of(before, label).or_else(|| theirs.clone());
            let before = before.unwrap_or_default();
            let theirs = theirs.unwrap_or_else(|| before.clone());
            Versions {
                label,
                taken: Versions::by_itself(&before, yours, &theirs),
                before,
                yours: yours.clone(),
                theirs,
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
    pub fn result(&self) -> Option<Vec<Value>> {
        (self.0.iter())
            .map(|versions| Some((versions.label, versions.value()?.to_owned())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str, born: &str, notes: &str) -> Vec<Value> {
        vec![
            ("Name", name.to_owned()),
            ("Born", born.to_owned()),
            ("Notes", notes.to_owned()),
        ]
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
    fn a_field_that_others_do_not_have_is_yours() {
        let yours = values("Ana", "", "");
        let merge = Merge::new(&yours[..1], &yours, &yours[..1]);
        assert_eq!(merge.result(), Some(yours));
    }
}
