//! Agreement of probabilities with frequencies.

use super::LabelledScore;
use crate::model::metadata::Reliability;

/// Number of bins of equal width in [0, 1].
pub const BINS: usize = 10;

/// Statistics of each of the [`BINS`]; the last includes its upper end. An empty bin is all zeros.
pub fn bins(labelled_scores: &[LabelledScore]) -> [Reliability; BINS] {
    let mut bins = [Reliability::default(); BINS];
    for labelled_score in labelled_scores {
        let place = ((labelled_score.probability * BINS as f64) as usize).min(BINS - 1);
        let bin = &mut bins[place];
        bin.slices += 1;
        bin.probability += labelled_score.probability;
        bin.frequency += if labelled_score.positive { 1.0 } else { 0.0 };
    }
    for bin in &mut bins {
        let slices = bin.slices.max(1) as f64;
        bin.probability /= slices;
        bin.frequency /= slices;
    }
    bins
}

/// Expected calibration error: the mean difference of probability and frequency over the [`BINS`], each
/// weighted by its number of slices (Naeini 2015, with the malignancy probability in place of the top label's).
/// `None` without slices.
pub fn calibration_error(labelled_scores: &[LabelledScore]) -> Option<f64> {
    let gaps = bins(labelled_scores)
        .map(|bin| bin.slices as f64 * (bin.probability - bin.frequency).abs());
    mean(gaps.iter().sum(), labelled_scores.len())
}

/// Mean squared difference of probability and true label (Brier 1950). `None` without slices.
pub fn brier(labelled_scores: &[LabelledScore]) -> Option<f64> {
    let distances = labelled_scores.iter().map(|labelled_score| {
        let truth = if labelled_score.positive { 1.0 } else { 0.0 };
        (labelled_score.probability - truth).powi(2)
    });
    mean(distances.sum(), labelled_scores.len())
}

fn mean(sum: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::tests::labelled_scores;

    fn errors(pairs: &[(f64, bool)]) -> (Option<f64>, Option<f64>) {
        let labelled_scores = labelled_scores(pairs);
        (brier(&labelled_scores), calibration_error(&labelled_scores))
    }

    #[test]
    fn perfect_probabilities_leave_no_error() {
        let perfect = errors(&[(1.0, true), (0.0, false)]);
        assert_eq!(perfect, (Some(0.0), Some(0.0)));
        let coin = errors(&[(0.5, true), (0.5, false)]);
        assert_eq!(coin, (Some(0.25), Some(0.0)));
        assert_eq!(errors(&[(1.0, false)]), (Some(1.0), Some(1.0)));
        assert_eq!(errors(&[]), (None, None));
    }

    #[test]
    fn a_bin_includes_its_lower_end_and_the_last_one_both() {
        let bins = bins(&labelled_scores(&[
            (0.1, true),
            (0.19, false),
            (0.2, true),
            (1.0, true),
        ]));
        assert_eq!(bins.map(|bin| bin.slices), [0, 2, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(bins[1].frequency, 0.5);
        assert!((bins[1].probability - 0.145).abs() < 1e-12);
    }

    #[test]
    fn a_bin_is_weighted_by_its_number_of_slices() {
        // Three slices at 0.25 of which one is malignant, one certain and right.
        let (_, error) = errors(&[(0.25, true), (0.25, false), (0.25, false), (1.0, true)]);
        let expected = 0.75 * (1.0 / 3.0 - 0.25);
        assert!((error.unwrap() - expected).abs() < 1e-12);
    }
}
