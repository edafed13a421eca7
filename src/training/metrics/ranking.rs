//! Ranking of malignant slices above the rest, independent of the threshold.

use super::{LabelledScore, share};

/// Counts at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// Slices from this probability on count as positive; infinite for the point without positives.
    pub threshold: f64,
    pub true_positives: usize,
    pub false_positives: usize,
}

/// All distinct thresholds, from strict to lenient. At the first no slice is positive, at the last all are.
/// Equal probabilities share a threshold.
pub fn operating_points(labelled_scores: &[LabelledScore]) -> Vec<OperatingPoint> {
    let mut sorted = labelled_scores.to_vec();
    sorted.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let mut point = OperatingPoint {
        threshold: f64::INFINITY,
        true_positives: 0,
        false_positives: 0,
    };
    let mut points = vec![point];
    for tied in sorted.chunk_by(|a, b| a.probability == b.probability) {
        let positives = tied
            .iter()
            .filter(|labelled_score| labelled_score.positive)
            .count();
        point = OperatingPoint {
            threshold: tied[0].probability,
            true_positives: point.true_positives + positives,
            false_positives: point.false_positives + tied.len() - positives,
        };
        points.push(point);
    }
    points
}

/// Number of positives and negatives, read from the last point.
fn totals(points: &[OperatingPoint]) -> (usize, usize) {
    points
        .last()
        .map_or((0, 0), |last| (last.true_positives, last.false_positives))
}

/// Area under the receiver operating characteristic: the probability that a positive ranks above a negative,
/// with ties counting half. `None` unless there is one of each.
pub fn area_under_roc(labelled_scores: &[LabelledScore]) -> Option<f64> {
    area_between(&operating_points(labelled_scores))
}

fn area_between(points: &[OperatingPoint]) -> Option<f64> {
    let (positives, negatives) = totals(points);
    let twice: usize = (points.windows(2))
        .map(|pair| {
            let width = pair[1].false_positives - pair[0].false_positives;
            width * (pair[0].true_positives + pair[1].true_positives)
        })
        .sum();
    share(twice, 2 * positives * negatives)
}

/// Average precision: the precision at each threshold, weighted by the increase of recall; no interpolation.
/// `None` without a positive.
pub fn average_precision(labelled_scores: &[LabelledScore]) -> Option<f64> {
    let points = operating_points(labelled_scores);
    let (positives, _) = totals(&points);
    let sum: f64 = (points.windows(2))
        .map(|pair| {
            let found = pair[1].true_positives - pair[0].true_positives;
            let called = pair[1].true_positives + pair[1].false_positives;
            found as f64 * pair[1].true_positives as f64 / called as f64
        })
        .sum();
    (positives > 0).then(|| sum / positives as f64)
}

/// The highest sensitivity among the thresholds whose specificity is at least `specificity`. `None` unless
/// there is a positive and a negative.
pub fn sensitivity_at_specificity(
    labelled_scores: &[LabelledScore],
    specificity: f64,
) -> Option<f64> {
    let points = operating_points(labelled_scores);
    let (positives, negatives) = totals(&points);
    // Tolerance for rounding, so that nine of ten are 90 %.
    let allowed = (1.0 - specificity) * negatives as f64 + 1e-9;
    let best = (points.iter())
        .filter(|point| point.false_positives as f64 <= allowed)
        .map(|point| point.true_positives)
        .max()?;
    share(best, positives).filter(|_| negatives > 0)
}

/// The receiver operating characteristic as `(1 − specificity, sensitivity)`, from (0, 0) to (1, 1). Empty
/// unless there is a positive and a negative.
pub fn roc_curve(labelled_scores: &[LabelledScore]) -> Vec<(f64, f64)> {
    let points = operating_points(labelled_scores);
    let (positives, negatives) = totals(&points);
    let place = |point: &OperatingPoint| {
        let alarmed = share(point.false_positives, negatives)?;
        Some((alarmed, share(point.true_positives, positives)?))
    };
    points.iter().filter_map(place).collect()
}

/// `(recall, precision)` at every threshold with positive answers, from strict to lenient. Empty without a
/// positive.
pub fn precision_recall_curve(labelled_scores: &[LabelledScore]) -> Vec<(f64, f64)> {
    let points = operating_points(labelled_scores);
    let (positives, _) = totals(&points);
    let place = |point: &OperatingPoint| {
        let called = point.true_positives + point.false_positives;
        let recall = share(point.true_positives, positives)?;
        Some((recall, share(point.true_positives, called)?))
    };
    points.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::tests::labelled_scores;

    fn mixed() -> Vec<LabelledScore> {
        labelled_scores(&[
            (0.9, true),
            (0.8, true),
            (0.7, false),
            (0.6, true),
            (0.6, false),
            (0.3, false),
            (0.2, true),
            (0.1, false),
        ])
    }

    #[test]
    fn the_area_counts_pairs_in_order_and_ties_half() {
        let mixed = labelled_scores(&[(0.1, false), (0.4, true), (0.4, false), (0.8, true)]);
        // Of the four pairs three are in order and one is tied.
        assert_eq!(area_under_roc(&mixed), Some(3.5 / 4.0));
        let right = labelled_scores(&[(0.9, true), (0.2, false)]);
        assert_eq!(area_under_roc(&right), Some(1.0));
        let wrong = labelled_scores(&[(0.1, true), (0.2, false)]);
        assert_eq!(area_under_roc(&wrong), Some(0.0));
        assert_eq!(area_under_roc(&labelled_scores(&[(0.1, true)])), None);
    }

    #[test]
    fn average_precision_adds_up_steps() {
        // Recall rises by a quarter at precisions 1, 1, 3/5 and 4/7.
        let expected = (1.0 + 1.0 + 3.0 / 5.0 + 4.0 / 7.0) / 4.0;
        let measured = average_precision(&mixed()).unwrap();
        assert!((measured - expected).abs() < 1e-12, "{measured}");
        assert_eq!(average_precision(&labelled_scores(&[(0.9, false)])), None);
        assert_eq!(
            average_precision(&labelled_scores(&[(0.9, true)])),
            Some(1.0)
        );
    }

    #[test]
    fn sensitivity_is_read_at_the_required_specificity() {
        let mixed = mixed();
        assert_eq!(sensitivity_at_specificity(&mixed, 0.9), Some(0.5));
        // One of four negatives may be lost: 0.7 is allowed, the tie at 0.6 would lose a second one.
        assert_eq!(sensitivity_at_specificity(&mixed, 0.75), Some(0.5));
        assert_eq!(sensitivity_at_specificity(&mixed, 0.5), Some(0.75));
        assert_eq!(sensitivity_at_specificity(&mixed, 0.0), Some(1.0));
        let healthy = labelled_scores(&[(0.1, false)]);
        assert_eq!(sensitivity_at_specificity(&healthy, 0.9), None);
        let ill = labelled_scores(&[(0.1, true)]);
        assert_eq!(sensitivity_at_specificity(&ill, 0.9), None);
    }

    #[test]
    fn nine_of_ten_negatives_are_ninety_per_cent() {
        let mut pairs = vec![(0.1, false); 9];
        pairs.extend([(0.6, false), (0.5, true)]);
        let measured = sensitivity_at_specificity(&labelled_scores(&pairs), 0.9);
        assert_eq!(measured, Some(1.0));
    }

    #[test]
    fn curves_run_from_strict_to_lenient() {
        let roc = roc_curve(&mixed());
        assert_eq!((roc[0], roc[roc.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert!(roc.contains(&(0.5, 0.75)));
        let precision_recall = precision_recall_curve(&mixed());
        assert_eq!(precision_recall[0], (0.25, 1.0));
        assert_eq!(precision_recall.last(), Some(&(1.0, 0.5)));
        assert!(roc_curve(&labelled_scores(&[(0.9, true)])).is_empty());
        assert!(precision_recall_curve(&labelled_scores(&[(0.9, false)])).is_empty());
    }
}
