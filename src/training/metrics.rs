//! How good probabilities are, held against the truth.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Bins of the calibration error.
const BINS: usize = 10;

/// A probability of the positive class and whether the positive class was true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    pub probability: f64,
    pub positive: bool,
}

/// A share of a whole; nought of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Share of verdicts on the right side of `threshold`; at the threshold counts as positive.
pub fn accuracy(verdicts: &[Verdict], threshold: f64) -> f64 {
    let right = |verdict: &&Verdict| (verdict.probability >= threshold) == verdict.positive;
    share(verdicts.iter().filter(right).count(), verdicts.len())
}

/// Share of positives at or above `threshold`, and share of negatives below it.
pub fn sensitivity_and_specificity(verdicts: &[Verdict], threshold: f64) -> (f64, f64) {
    let count = |positive: bool, above: bool| {
        let of_kind = verdicts
            .iter()
            .filter(|verdict| verdict.positive == positive);
        of_kind
            .filter(|verdict| (verdict.probability >= threshold) == above)
            .count()
    };
    let (found, missed) = (count(true, true), count(true, false));
    let (cleared, alarmed) = (count(false, false), count(false, true));
    (
        share(found, found + missed),
        share(cleared, cleared + alarmed),
    )
}

/// Area under the receiver operating characteristic: how often a positive's probability lies above a
/// negative's, ties counting half. One half when there is nothing to compare.
pub fn auc(verdicts: &[Verdict]) -> f64 {
    let mut sorted = verdicts.to_vec();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let positives = sorted.iter().filter(|verdict| verdict.positive).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return 0.5;
    }
    let (mut wins, mut below) = (0.0, 0);
    for tied in sorted.chunk_by(|a, b| a.probability == b.probability) {
        let positive = tied.iter().filter(|verdict| verdict.positive).count();
        let negative = tied.len() - positive;
        wins += positive as f64 * (below as f64 + 0.5 * negative as f64);
        below += negative;
    }
    wins / (positives as f64 * negatives as f64)
}

/// Mean squared distance between probability and truth.
pub fn brier(verdicts: &[Verdict]) -> f64 {
    let distances = verdicts.iter().map(|verdict| {
        let truth = if verdict.positive { 1.0 } else { 0.0 };
        (verdict.probability - truth).powi(2)
    });
    distances.sum::<f64>() / verdicts.len().max(1) as f64
}

/// Expected calibration error: mean distance between probability and frequency over ten bins of equal
/// width, each weighted by what falls in it.
pub fn calibration_error(verdicts: &[Verdict]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for verdict in verdicts {
        let bin = ((verdict.probability * BINS as f64) as usize).min(BINS - 1);
        if let Some((expected, seen)) = bins.get_mut(bin) {
            *expected += verdict.probability;
            *seen += if verdict.positive { 1.0 } else { 0.0 };
        }
    }
    let gaps = bins.iter().map(|(expected, seen)| (expected - seen).abs());
    gaps.sum::<f64>() / verdicts.len().max(1) as f64
}

/// The 95 % interval of `measure` when whole cases are drawn anew, with replacement, `draws` times.
///
/// `cases` says which case each verdict belongs to. Slices of a case rise and fall together, so
/// drawing slices would make the interval too narrow. The draws are the same every time.
pub fn case_interval(
    verdicts: &[Verdict],
    cases: &[usize],
    draws: usize,
    measure: impl Fn(&[Verdict]) -> f64,
) -> [f64; 2] {
    let mut grouped: Vec<Vec<Verdict>> =
        vec![Vec::new(); cases.iter().max().map_or(0, |last| last + 1)];
    for (verdict, &case) in verdicts.iter().zip(cases) {
        if let Some(group) = grouped.get_mut(case) {
            group.push(*verdict);
        }
    }
    grouped.retain(|group| !group.is_empty());
    if grouped.is_empty() || draws == 0 {
        return [0.0, 1.0];
    }
    let mut random = StdRng::seed_from_u64(1);
    let mut measured: Vec<f64> = (0..draws)
        .map(|_| {
            let drawn: Vec<Verdict> = (0..grouped.len())
                .flat_map(|_| &grouped[random.random_range(0..grouped.len())])
                .copied()
                .collect();
            measure(&drawn)
        })
        .collect();
    measured.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|quantile| measured[((draws - 1) as f64 * quantile).round() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(pairs: &[(f64, bool)]) -> Vec<Verdict> {
        (pairs.iter())
            .map(|&(probability, positive)| Verdict {
                probability,
                positive,
            })
            .collect()
    }

    #[test]
    fn the_area_counts_pairs_in_order_and_ties_half() {
        let mixed = verdicts(&[(0.1, false), (0.4, true), (0.4, false), (0.8, true)]);
        // Of the four pairs three are in order and one is tied.
        assert_eq!(auc(&mixed), 3.5 / 4.0);
        assert_eq!(auc(&verdicts(&[(0.9, true), (0.2, false)])), 1.0);
        assert_eq!(auc(&verdicts(&[(0.1, true), (0.2, false)])), 0.0);
        assert_eq!(auc(&verdicts(&[(0.1, true)])), 0.5);
    }

    #[test]
    fn a_probability_at_the_threshold_is_positive() {
        let mixed = verdicts(&[
            (0.5, true),
            (0.49, true),
            (0.5, false),
            (0.1, false),
            (0.2, false),
        ]);
        let (sensitivity, specificity) = sensitivity_and_specificity(&mixed, 0.5);
        assert_eq!((sensitivity, specificity), (0.5, 2.0 / 3.0));
        assert_eq!(accuracy(&mixed, 0.5), 0.6);
    }

    #[test]
    fn perfect_probabilities_leave_no_error() {
        let perfect = verdicts(&[(1.0, true), (0.0, false)]);
        assert_eq!((brier(&perfect), calibration_error(&perfect)), (0.0, 0.0));
        let coin = verdicts(&[(0.5, true), (0.5, false)]);
        assert_eq!((brier(&coin), calibration_error(&coin)), (0.25, 0.0));
        let sure_and_wrong = verdicts(&[(1.0, false)]);
        assert_eq!(
            (brier(&sure_and_wrong), calibration_error(&sure_and_wrong)),
            (1.0, 1.0)
        );
    }

    #[test]
    fn few_large_cases_give_a_wider_interval_than_many_small_ones() {
        let pairs: Vec<(f64, bool)> = (0..400)
            .map(|slice| (if slice % 100 < 20 { 0.1 } else { 0.9 }, true))
            .collect();
        let verdicts = verdicts(&pairs);
        let width = |slices_per_case: usize| {
            let cases: Vec<usize> = (0..400).map(|slice| slice / slices_per_case).collect();
            let [low, high] = case_interval(&verdicts, &cases, 200, |drawn| accuracy(drawn, 0.5));
            assert!(low <= 0.8 && high >= 0.8);
            high - low
        };
        assert!(width(20) > 2.0 * width(1));
    }

    #[test]
    fn nothing_measured_is_no_figure_out_of_range() {
        assert_eq!(accuracy(&[], 0.5), 0.0);
        assert_eq!(brier(&[]), 0.0);
        assert_eq!(case_interval(&[], &[], 10, auc), [0.0, 1.0]);
    }
}
