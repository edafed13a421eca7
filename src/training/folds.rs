//! Splits the cases into folds or other parts.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::dataset::LabelledSlice;
use crate::model::head::{Class, PerClass};

/// Splits the cases into `folds` parts and returns the part of each slice.
///
/// A case stays whole. Large cases are placed first, each where the parts' shares of every class stay most
/// even. The method is deterministic: the same slices always give the same parts.
pub fn by_case(slices: &[LabelledSlice], folds: usize) -> Vec<usize> {
    let size: Vec<f64> = sizes(slices)
        .iter()
        .map(|counts| counts.iter().sum())
        .collect();
    place_cases(slices, &vec![1.0; folds.max(1)], &size)
}

/// Splits the cases at random into parts with about these `shares` of every class and returns the part of each
/// slice. A case stays whole.
pub fn cases_by_share(slices: &[LabelledSlice], shares: &[f64], rng: &mut StdRng) -> Vec<usize> {
    // Large cases still come first, but in a random order.
    let priority: Vec<f64> = (sizes(slices).iter())
        .map(|counts| counts.iter().sum::<f64>() * rng.random_range(0.25..1.0))
        .collect();
    place_cases(slices, shares, &priority)
}

/// Splits the slices of every class at random into parts with these `shares`, without regard to their cases,
/// and returns the part of each slice.
pub fn slices_by_share(slices: &[LabelledSlice], shares: &[f64], rng: &mut StdRng) -> Vec<usize> {
    let whole: f64 = shares.iter().sum();
    let mut part_of = vec![0; slices.len()];
    for class in Class::ALL {
        let mut drawn: Vec<usize> = (0..slices.len())
            .filter(|&slice| slices[slice].class == class)
            .collect();
        drawn.shuffle(rng);
        let (mut begin, mut sum) = (0, 0.0);
        for (part, share) in shares.iter().enumerate() {
            sum += share / whole;
            let end = ((sum * drawn.len() as f64).round() as usize).min(drawn.len());
            for slice in drawn.get(begin..end).unwrap_or_default() {
                part_of[*slice] = part;
            }
            begin = end;
        }
    }
    part_of
}

/// Number of slices of each class in every case.
fn sizes(slices: &[LabelledSlice]) -> Vec<PerClass> {
    let cases = slices.iter().map(|slice| slice.case + 1).max().unwrap_or(0);
    let mut counts = vec![[0.0; Class::ALL.len()]; cases];
    for slice in slices {
        counts[slice.case][slice.class.index()] += 1.0;
    }
    counts
}

/// Places the cases of highest `priority` first, each where the parts' shares of every class stay nearest to
/// `shares`.
fn place_cases(slices: &[LabelledSlice], shares: &[f64], priority: &[f64]) -> Vec<usize> {
    let counts = sizes(slices);
    let mut totals: PerClass = [0.0; Class::ALL.len()];
    for slice in slices {
        totals[slice.class.index()] += 1.0;
    }
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|&a, &b| priority[b].total_cmp(&priority[a]).then(a.cmp(&b)));

    let mut parts: Vec<PerClass> = vec![[0.0; Class::ALL.len()]; shares.len()];
    let mut part_of = vec![0; counts.len()];
    for case in order {
        // The smallest increase of the sum of squared shares is the most even placement.
        let growth = |part: usize| -> f64 {
            let grown = parts[part].iter().zip(&counts[case]).zip(&totals);
            grown
                .filter(|(_, total)| **total > 0.0)
                .map(|((held, added), total)| added * (2.0 * held + added) / (total * total))
                .sum::<f64>()
                / shares[part]
        };
        let best = (0..parts.len()).min_by(|&a, &b| growth(a).total_cmp(&growth(b)));
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
    use crate::training::rng::{self, Purpose};

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
    fn random_cases_stay_whole_and_near_their_shares_and_slices_match_them() {
        let cases: Vec<(Class, usize)> = (0..90)
            .map(|case| (Class::ALL[case % 3], 3 + case % 4))
            .collect();
        let slices = slices(&cases);
        let shares = [0.7, 0.15, 0.15];
        let seeded = |seed| rng::of(seed, Purpose::Split, &[]);
        let drawn = cases_by_share(&slices, &shares, &mut seeded(1));
        assert_eq!(drawn, cases_by_share(&slices, &shares, &mut seeded(1)));
        assert_ne!(drawn, cases_by_share(&slices, &shares, &mut seeded(2)));
        for (a, b) in slices
            .iter()
            .zip(&drawn)
            .zip(slices.iter().zip(&drawn).skip(1))
        {
            assert!(a.0.case != b.0.case || a.1 == b.1);
        }
        let single = slices_by_share(&slices, &shares, &mut seeded(1));
        for (part_of, near) in [(drawn, 0.05), (single, 0.02)] {
            for class in Class::ALL {
                let of_class =
                    (slices.iter().zip(&part_of)).filter(|(slice, _)| slice.class == class);
                let parts: Vec<usize> = of_class.map(|(_, part)| *part).collect();
                for (part, share) in shares.iter().enumerate() {
                    let found = parts.iter().filter(|found| **found == part).count() as f64;
                    let found = found / parts.len() as f64;
                    assert!((found - share).abs() < near, "{class} in {part}: {found}");
                }
            }
        }
    }

    #[test]
    fn no_slices_give_no_parts() {
        assert!(by_case(&[], 5).is_empty());
    }
}
