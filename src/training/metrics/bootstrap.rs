//! Intervals by drawing whole cases anew.
//!
//! Slices of a case rise and fall together, so drawing slices would make an interval too narrow. The
//! draws are the same every time.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::LabelledScore;

/// Of the draws' generator.
const SEED: u64 = 1;
/// The ends of an interval of 95 %.
const QUANTILES: [f64; 2] = [0.025, 0.975];
/// A figure that is undefined in more draws than this share has no interval. A class of a single case is
/// missing from three draws in ten or more, one of two cases from 14 in a hundred at most.
const MOST_UNDEFINED: f64 = 0.2;

/// The 95 % percentile intervals of several figures when the cases are drawn anew `draws` times, with
/// replacement.
///
/// `cases` says which case each item belongs to. `measure` gets the items of the drawn cases, an item
/// once for each time that its case was drawn, in the order of `items`. A draw without, say, a negative
/// leaves some figures undefined; their intervals come from the other draws, or are none if that is
/// common. With fewer than two cases nothing has one.
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

/// The interval of one figure of verdicts; [0, 1] where nothing can be drawn.
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
    fn slices_that_stand_alone_give_the_textbook_interval() {
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
    fn a_figure_that_most_draws_lack_has_no_interval() {
        // The only negative case is missing from a third of the draws.
        let labelled_scores = labelled_scores(&[(0.9, true), (0.8, true), (0.1, false)]);
        let [area, always] = case_intervals(&labelled_scores, &[7, 3, 5], 500, |drawn| {
            [ranking::area_under_roc(drawn), Some(drawn.len() as f64)]
        });
        assert_eq!(area, None);
        assert_eq!(always, Some([3.0, 3.0]));
    }

    #[test]
    fn one_case_alone_says_nothing_of_others() {
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
