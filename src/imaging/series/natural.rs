//! Natural sort order of names: `IM2` before `IM10`.

use std::cmp::Ordering;
use std::path::Path;

/// Compares two paths, with runs of digits as numbers.
pub(super) fn by_name(one: &Path, other: &Path) -> Ordering {
    compare(&one.to_string_lossy(), &other.to_string_lossy()).then_with(|| one.cmp(other))
}

fn compare(mut one: &str, mut other: &str) -> Ordering {
    while let (Some(a), Some(b)) = (one.chars().next(), other.chars().next()) {
        let order = if a.is_ascii_digit() && b.is_ascii_digit() {
            let (number, rest) = split_number(one);
            let (other_number, other_rest) = split_number(other);
            (one, other) = (rest, other_rest);
            // Of two numbers without leading zeros the longer one is larger.
            (number.len().cmp(&other_number.len())).then_with(|| number.cmp(other_number))
        } else {
            (one, other) = (skip(one, a), skip(other, b));
            a.cmp(&b)
        };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// The digits at the start without leading zeros, and the rest.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit());
    let (number, rest) = text.split_at(end.unwrap_or(text.len()));
    (number.trim_start_matches('0'), rest)
}

fn skip(text: &str, letter: char) -> &str {
    text.get(letter.len_utf8()..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["IM10", "IM9", "IM010b", "IM1", "IM", "a/2/IM1", "a/10/IM0"];
        names.sort_by(|one, other| by_name(Path::new(one), Path::new(other)));
        assert_eq!(
            names,
            ["IM", "IM1", "IM9", "IM10", "IM010b", "a/2/IM1", "a/10/IM0"]
        );
    }

    proptest! {
        #[test]
        fn the_comparison_is_an_order(names in prop::collection::vec("[a0é1/]{0,6}", 3)) {
            let order = |one: usize, other: usize| by_name(Path::new(&names[one]), Path::new(&names[other]));
            prop_assert_eq!(order(0, 1), order(1, 0).reverse());
            if order(0, 1).is_le() && order(1, 2).is_le() {
                prop_assert!(order(0, 2).is_le());
            }
        }
    }
}
