//! Fields of the filter dialog: their places and choices.

use std::sync::LazyLock;

use crate::clinical::assessment::Classification::{self, Indeterminate, Negative, Positive};
use crate::clinical::patient::{Choice, Field, Kind};
use crate::tui::screens::list_dialogs::filter_parts::ANY;

pub(super) const RESULT: usize = 0;
pub(super) const CATEGORY: usize = 1;
pub(super) const STATUS: usize = 2;
pub(super) const EXAM: [usize; 2] = [3, 4];
pub(super) const DOCTOR: usize = 5;
pub(super) const BORN: [usize; 2] = [6, 7];
/// First of the record's fields that offer choices; the others follow.
pub(super) const CHOICES: usize = 8;

pub(super) const RESULTS: [Classification; 3] = [Positive, Negative, Indeterminate];
pub(super) const RESULT_NAMES: &[&str] = &[ANY, "positive", "negative", "indeterminate"];
pub(super) const CATEGORY_NAMES: &[&str] = &[
    ANY,
    "0",
    "1",
    "2",
    "3",
    "4A",
    "4B",
    "4X",
    "needs a radiologist",
];
pub(super) const STATUS_NAMES: &[&str] = &[ANY, "no exam", "preliminary", "final"];

/// Field of the record that offers choices.
pub(super) struct Offered {
    pub(super) field: Field,
    pub(super) choices: &'static [Choice],
    /// Labels after [`ANY`].
    pub(super) names: Vec<&'static str>,
}

/// All of them, in the order of the record.
pub(super) static OFFERED: LazyLock<Vec<Offered>> = LazyLock::new(|| {
    let offered = Field::entered().filter_map(|field| match field.kind() {
        Kind::Choice(choices) => {
            let labels = choices.iter().map(|choice| choice.label);
            let names = std::iter::once(ANY).chain(labels).collect();
            Some(Offered {
                field,
                choices,
                names,
            })
        }
        _ => None,
    });
    offered.collect()
});

/// Place of a choice, counted after [`ANY`].
pub(super) fn place<T: PartialEq + Copy>(all: &[T], one: Option<T>) -> usize {
    let at = all.iter().position(|&each| Some(each) == one);
    at.map_or(0, |at| at + 1)
}

/// Value at a place; `None` for [`ANY`].
pub(super) fn chosen<T: Copy>(all: &[T], place: usize) -> Option<T> {
    all.get(place.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::lung_rads::Category;
    use crate::store::ReportStatus;

    #[test]
    fn the_names_in_the_form_match_the_values() {
        let labels = |names: Vec<&'static str>| [vec![ANY], names].concat();
        assert_eq!(
            RESULT_NAMES,
            labels(RESULTS.map(Classification::as_str).to_vec())
        );
        assert_eq!(
            CATEGORY_NAMES,
            labels(Category::ALL.map(Category::label).to_vec())
        );
        assert_eq!(
            STATUS_NAMES,
            labels(ReportStatus::ALL.map(ReportStatus::label).to_vec())
        );
    }
}
