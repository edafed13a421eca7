//! Bootstrap intervals over whole cases.
//!
//! Slices of a case are correlated, so resampling slices would make an interval too narrow. The samples are
//! deterministic.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::LabelledScore;

/// Seed of the bootstrap samples.
const SEED: u64 = 1;
/// Quantiles of a 95 % interval.
const QUANTILES: [f64; 2] = [0.025, 0.975];
/// Maximum share of samples in which a figure may be undefined and still have an interval. A class of a single
/// case is missing from three samples in ten or more, one of two cases from at most 14 in a hundred.
const MOST_UNDEFINED: f64 = 0.2;

/// The 95 % percentile intervals of several figures from `draws` bootstrap samples of the cases, with
/// replacement.
///
/// `cases` contains the case of each item. `measure` gets the items of the sampled cases, an item once for each
/// time that its case was sampled, in the order of `items`. A sample without a negative, for example, leaves
/// some figures undefined; their intervals come from the other samples, or are `None` if that is frequent. With
/// fewer than two cases no figure has an interval.
pub fn case_intervals<Item: Clone, const FIGURES: usize>(
    items: &[Item],
    cases: &[usize],
    draws: usize,
    measure: impl Fn(&[Item]) -> [Option<f64>; FIGURES],
) -> [Option<[f64; 2]>; FIGURES] {
    let mut known: Vec<usize> = cases.to_vec();
    known.sort_unstable();
    known.dedup();
    if known.len() < 2 || draws == 0 {
        return [None; FIGURES];
    }
    let place_of: Vec<usize> = (cases.iter())
        .map(|case| known.binary_search(case).unwrap_or(0))
        .collect();
    let mut random = StdRng::seed_from_u64(SEED);
    let mut measured: [Vec<f64>; FIGURES] = std::array::from_fn(|_| Vec::with_capacity(draws));
    let mut drawn = Vec::with_capacity(items.len());
    for _ in 0..draws {
        let mut times = vec![0; known.len()];
        for _ in 0..known.len() {
            times[random.random_range(0..known.len())] += 1;
        }
        drawn.clear();
        for (item, &place) in items.iter().zip(&place_of) {
            drawn.extend(std::iter::repeat_n(item, times[place]).cloned());
        }
        for (figures, figure) in measured.iter_mut().zip(measure(&drawn)) {
            figures.extend(figure);
        }
    }
    measured.map(|mut figures| {
        let enough = figures.len() as f64 >= (1.0 - MOST_UNDEFINED) * draws as f64;
        figures.sort_by(f64::total_cmp);
        let quantile =
            |quantile: f64| figures[((figures.len() - 1) as f64 * quantile).round() as usize];
        enough.then(|| QUANTILES.map(quantile))
    })
}

/// The interval of one figure; [0, 1] if it is undefined.
pub fn case_interval(
    labelled_scores: &[LabelledScore],
    cases: &[usize],
    draws: usize,
    measure: impl Fn(&[LabelledScore]) -> f64,
) -> [f64; 2] {
    let [interval] = case_intervals(labelled_scores, cases, draws, |drawn| {
        [Some(measure(drawn))]
    });
    interval.unwrap_or([0.0, 1.0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::tests::labelled_scores;
    use crate::training::metrics::{accuracy, ranking};

    #[test]
    fn few_large_cases_give_a_wider_interval_than_many_small_ones() {
        let pairs: Vec<(f64, bool)> = (0..400)
            .map(|slice| (if slice % 100 < 20 { 0.1 } else { 0.9 }, true))
            .collect();
        let labelled_scores = labelled_scores(&pairs);
        let width = |slices_per_case: usize| {
            let cases: Vec<usize> = (0..400).map(|slice| slice / slices_per_case).collect();
            let [low, high] =
                case_interval(&labelled_scores, &cases, 200, |drawn| accuracy(drawn, 0.5));
            assert!(low <= 0.8 && high >= 0.8);
            high - low
        };
        assert!(width(20) > 2.0 * width(1));
    }

    #[test]
    fn independent_slices_give_the_textbook_interval() {
        // The accuracy of 400 slices at 80 % has a standard error of 2 %.
        let pairs: Vec<(f64, bool)> = (0..400).map(|slice| (0.9, slice % 5 > 0)).collect();
        let cases: Vec<usize> = (0..400).collect();
        let [low, high] = case_interval(&labelled_scores(&pairs), &cases, 2000, |drawn| {
            accuracy(drawn, 0.5)
        });
        assert!((low - 0.76).abs() < 0.01, "{low}");
        assert!((high - 0.84).abs() < 0.01, "{high}");
    }

    #[test]
    fn a_figure_that_is_often_undefined_has_no_interval() {
        // The only negative case is missing from a third of the samples.
        let labelled_scores = labelled_scores(&[(0.9, true), (0.8, true), (0.1, false)]);
        let [area, always] = case_intervals(&labelled_scores, &[7, 3, 5], 500, |drawn| {
            [ranking::area_under_roc(drawn), Some(drawn.len() as f64)]
        });
        assert_eq!(area, None);
        assert_eq!(always, Some([3.0, 3.0]));
    }

    #[test]
    fn a_single_case_gives_no_interval() {
        let labelled_scores = labelled_scores(&[(0.9, true), (0.1, false)]);
        let measure = |drawn: &[LabelledScore]| [ranking::area_under_roc(drawn)];
        assert_eq!(
            case_intervals(&labelled_scores, &[4, 4], 100, measure),
            [None]
        );
        assert_eq!(
            case_intervals(&labelled_scores, &[0, 1], 0, measure),
            [None]
        );
        assert_eq!(case_intervals(&[], &[], 100, measure), [None]);
    }
}
