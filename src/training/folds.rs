//! Which cases are held out together.

use super::dataset::LabelledSlice;
use crate::model::head::{Class, PerClass};

/// Cuts the cases into `folds` parts and returns each slice's part.
///
/// A case stays whole. Large cases are placed first, each where the parts' shares of every class stay
/// most even; nothing is left to chance, so the same slices always give the same parts.
pub fn by_case(slices: &[LabelledSlice], folds: usize) -> Vec<usize> {
    let cases = slices.iter().map(|slice| slice.case + 1).max().unwrap_or(0);
    let mut counts = vec![[0.0; Class::ALL.len()]; cases];
    let mut totals: PerClass = [0.0; Class::ALL.len()];
    for slice in slices {
        counts[slice.case][slice.class.index()] += 1.0;
        totals[slice.class.index()] += 1.0;
    }
    let size = |case: usize| counts[case].iter().sum::<f64>();
    let mut order: Vec<usize> = (0..cases).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)).then(a.cmp(&b)));

    let mut parts: Vec<PerClass> = vec![[0.0; Class::ALL.len()]; folds.max(1)];
    let mut part_of = vec![0; cases];
    for case in order {
        // Least growth of the sum of squared shares is the most even placement.
        let growth = |part: &PerClass| -> f64 {
            let grown = part.iter().zip(&counts[case]).zip(&totals);
            grown
                .filter(|(_, total)| **total > 0.0)
                .map(|((held, added), total)| added * (2.0 * held + added) / (total * total))
                .sum()
        };
        let best =
            (0..parts.len()).min_by(|&a, &b| growth(&parts[a]).total_cmp(&growth(&parts[b])));
        let best = best.unwrap_or(0);
        part_of[case] = best;
        for (held, added) in parts[best].iter_mut().zip(&counts[case]) {
            *held += added;
        }
    }
    slices.iter().map(|slice| part_of[slice.case]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(cases: &[(Class, usize)]) -> Vec<LabelledSlice> {
        let mut slices = Vec::new();
        for (case, &(class, count)) in cases.iter().enumerate() {
            slices.extend((0..count).map(|number| LabelledSlice {
                file: format!("{case}-{number}.png"),
                class,
                case,
            }));
        }
        slices
    }

    #[test]
    fn no_case_is_split() {
        let slices = slices(&[
            (Class::Normal, 7),
            (Class::Malignant, 3),
            (Class::Benign, 5),
            (Class::Normal, 2),
            (Class::Malignant, 9),
        ]);
        let folds = by_case(&slices, 2);
        for (a, &fold_a) in slices.iter().zip(&folds) {
            for (b, &fold_b) in slices.iter().zip(&folds) {
                assert!(a.case != b.case || fold_a == fold_b);
            }
        }
    }

    #[test]
    fn every_part_gets_its_share_of_every_class() {
        let cases: Vec<(Class, usize)> = (0..30)
            .map(|case| (Class::ALL[case % 3], 3 + case % 4))
            .collect();
        let slices = slices(&cases);
        let folds = by_case(&slices, 5);
        for class in Class::ALL {
            let of_class = |fold: Option<usize>| {
                let pairs = slices.iter().zip(&folds);
                pairs
                    .filter(|(slice, part)| {
                        slice.class == class && fold.is_none_or(|fold| fold == **part)
                    })
                    .count() as f64
            };
            for fold in 0..5 {
                let share = of_class(Some(fold)) / of_class(None);
                assert!(
                    (share - 0.2).abs() < 0.06,
                    "{class} in part {fold}: {share}"
                );
            }
        }
    }

    #[test]
    fn nothing_to_cut_gives_nothing() {
        assert!(by_case(&[], 5).is_empty());
    }
}
