//! The category of a whole exam.

use super::{Category, Verdict};

/// Reason why an exam cannot be assessed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Incomplete {
    /// A prior exam to compare with is being fetched.
    PriorAwaited,
    /// Part or all of the lungs cannot be evaluated.
    LungsNotEvaluable,
    /// Findings suggest an infection or an inflammation.
    SuspectedInfection,
}

impl Incomplete {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 3] = [
        Self::PriorAwaited,
        Self::LungsNotEvaluable,
        Self::SuspectedInfection,
    ];

    /// The words shown to the user and stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PriorAwaited => "prior awaited",
            Self::LungsNotEvaluable => "lungs not evaluable",
            Self::SuspectedInfection => "suspected infection",
        }
    }

    fn rule(self) -> &'static str {
        match self {
            Self::PriorAwaited => "incomplete, a prior exam is awaited",
            Self::LungsNotEvaluable => "incomplete, the lungs cannot be evaluated",
            Self::SuspectedInfection => "incomplete, suspected infection or inflammation",
        }
    }
}

/// The category of an exam and the rule that decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamVerdict {
    pub category: Category,
    /// Rule of the deciding nodule, or of the exam if there is none.
    pub rule: String,
    /// Index of the deciding nodule.
    pub nodule: Option<usize>,
}

/// The category of an exam: that of its most suspicious nodule, the first of equals; a 1 without nodules.
///
/// A nodule or exam without a rank is outweighed only by a 4B or a 4X, whose management no open question could make more urgent.
/// Below them, a nodule that needs a radiologist makes the exam need one; without such a nodule, an incomplete exam is a 0.
pub fn classify_exam(nodules: &[Verdict], incomplete: Option<Incomplete>) -> ExamVerdict {
    let mut most: Option<(usize, u8)> = None;
    for (index, nodule) in nodules.iter().enumerate() {
        if let Some(suspicion) = nodule.category.suspicion()
            && most.is_none_or(|(_, highest)| suspicion > highest)
        {
            most = Some((index, suspicion));
        }
    }
    let most = most.map(|(index, _)| index);
    let is_urgent = most
        .is_some_and(|index| matches!(nodules[index].category, Category::FourB | Category::FourX));
    let open = nodules
        .iter()
        .position(|nodule| nodule.category == Category::NeedsRadiologist);
    let deciding = if is_urgent { most } else { open };
    match (deciding, incomplete, most) {
        (Some(index), _, _) | (None, None, Some(index)) => ExamVerdict {
            category: nodules[index].category,
            rule: nodules[index].rule.clone(),
            nodule: Some(index),
        },
        (None, Some(incomplete), _) => ExamVerdict {
            category: Category::Zero,
            rule: incomplete.rule().into(),
            nodule: None,
        },
        (None, None, None) => ExamVerdict {
            category: Category::One,
            rule: "no nodule".into(),
            nodule: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Category::*;
    use super::*;

    fn verdicts(categories: &[Category]) -> Vec<Verdict> {
        let verdict = |&category| Verdict::new(category, "a row");
        categories.iter().map(verdict).collect()
    }

    fn exam(categories: &[Category], incomplete: bool) -> (Category, Option<usize>) {
        let incomplete = incomplete.then_some(Incomplete::PriorAwaited);
        let verdict = classify_exam(&verdicts(categories), incomplete);
        (verdict.category, verdict.nodule)
    }

    #[test]
    fn the_most_suspicious_nodule_decides_and_the_first_of_equals() {
        assert_eq!(exam(&[Two, FourA, Three, FourA], false), (FourA, Some(1)));
        assert_eq!(exam(&[FourB, FourX], false), (FourX, Some(1)));
        assert_eq!(exam(&[One], false), (One, Some(0)));
    }

    #[test]
    fn an_exam_without_nodules_is_negative() {
        assert_eq!(exam(&[], false), (One, None));
    }

    #[test]
    fn an_open_nodule_is_outweighed_only_by_4b_and_4x() {
        for category in [One, Two, Three, FourA] {
            let open = (NeedsRadiologist, Some(1));
            assert_eq!(exam(&[category, NeedsRadiologist], false), open);
        }
        for category in [FourB, FourX] {
            assert_eq!(
                exam(&[NeedsRadiologist, category], false),
                (category, Some(1))
            );
        }
    }

    #[test]
    fn an_incomplete_exam_is_0_unless_something_in_it_cannot_wait() {
        for incomplete in [
            Incomplete::PriorAwaited,
            Incomplete::LungsNotEvaluable,
            Incomplete::SuspectedInfection,
        ] {
            let verdict = classify_exam(&verdicts(&[FourA]), Some(incomplete));
            assert_eq!(verdict.category, Zero);
            assert_eq!(verdict.rule, incomplete.rule());
        }
        assert_eq!(exam(&[], true), (Zero, None));
        assert_eq!(exam(&[FourB], true), (FourB, Some(0)));
        assert_eq!(exam(&[NeedsRadiologist], true), (NeedsRadiologist, Some(0)));
    }

    proptest! {
        #[test]
        fn one_more_nodule_never_makes_an_exam_less_suspicious(
            nodules in proptest::collection::vec(proptest::sample::select(&Category::ALL[1..]), 0..5),
            more in proptest::sample::select(&Category::ALL[1..]),
        ) {
            // An open nodule ranks between 4A and 4B here, as the rule for exams says.
            let rank = |category: Category| category.suspicion().map_or(9, |place| {
                if category == FourB || category == FourX { 10 + place } else { place }
            });
            let (before, _) = exam(&nodules, false);
            let (after, _) = exam(&[nodules.as_slice(), &[more]].concat(), false);
            prop_assert!(rank(after) >= rank(before));
        }
    }
}
