//! Metrics of probabilities against true labels.
//!
//! [`Figures`] is the complete set, with intervals; the functions here are the single figures that training
//! uses. A figure of [`Figures`] that cannot be measured is `None`.

pub mod bootstrap;
pub mod confusion;
pub mod crossed;
pub mod figures;
pub mod ranking;
pub mod reliability;
pub mod selection;

pub use bootstrap::case_interval;
pub use confusion::{ClassConfusion, Confusion};
pub use figures::{Figures, Prediction};

/// A probability of the positive class, and true if the positive class is the true one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelledScore {
    pub probability: f64,
    pub positive: bool,
}

/// A share of a whole; `None` if the whole is zero.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Share of slices on the right side of `threshold`; at the threshold counts as positive. Zero without slices.
pub fn accuracy(labelled_scores: &[LabelledScore], threshold: f64) -> f64 {
    let confusion = Confusion::of(labelled_scores, threshold);
    confusion.accuracy().unwrap_or(0.0)
}

/// Share of positives at or above `threshold`, and share of negatives below it. Zero without slices.
pub fn sensitivity_and_specificity(
    labelled_scores: &[LabelledScore],
    threshold: f64,
) -> (f64, f64) {
    let confusion = Confusion::of(labelled_scores, threshold);
    (
        confusion.sensitivity().unwrap_or(0.0),
        confusion.specificity().unwrap_or(0.0),
    )
}

/// [`ranking::area_under_roc`]; one half if it is undefined.
pub fn auc(labelled_scores: &[LabelledScore]) -> f64 {
    ranking::area_under_roc(labelled_scores).unwrap_or(0.5)
}

/// [`reliability::brier`]; zero without slices.
pub fn brier(labelled_scores: &[LabelledScore]) -> f64 {
    reliability::brier(labelled_scores).unwrap_or(0.0)
}

/// [`reliability::calibration_error`]; zero without slices.
pub fn calibration_error(labelled_scores: &[LabelledScore]) -> f64 {
    reliability::calibration_error(labelled_scores).unwrap_or(0.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn labelled_scores(pairs: &[(f64, bool)]) -> Vec<LabelledScore> {
        (pairs.iter())
            .map(|&(probability, positive)| LabelledScore {
                probability,
                positive,
            })
            .collect()
    }

    #[test]
    fn a_probability_at_the_threshold_is_positive() {
        let mixed = labelled_scores(&[
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
    fn undefined_figures_have_defaults_in_range() {
        assert_eq!(accuracy(&[], 0.5), 0.0);
        assert_eq!(brier(&[]), 0.0);
        assert_eq!(auc(&labelled_scores(&[(0.1, true)])), 0.5);
        assert_eq!(case_interval(&[], &[], 10, auc), [0.0, 1.0]);
    }
}
