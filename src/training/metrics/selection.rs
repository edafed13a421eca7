//! Selective classification: risk against coverage when uncertain slices are not answered.
//!
//! Slices are sorted by the distance of their probability from the threshold in log odds, the order in which a
//! wider indeterminate band would include them. A larger distance means more certainty.

use serde::{Deserialize, Serialize};

use super::LabelledScore;

/// A coverage and the risk at it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// Share of slices answered, the surest first; above zero, one at the end.
    pub coverage: f64,
    /// Share of wrong answers among them.
    pub risk: f64,
}

/// Maximum number of points of a curve, enough to draw it.
const MOST_POINTS: usize = 200;

/// Slices of equal certainty, and the number of wrong ones.
struct TieGroup {
    slices: usize,
    wrong: usize,
}

fn log_odds(probability: f64) -> f64 {
    let inside = probability.clamp(1e-12, 1.0 - 1e-12);
    (inside / (1.0 - inside)).ln()
}

/// Groups from the surest to the least sure.
fn by_certainty(labelled_scores: &[LabelledScore], threshold: f64) -> Vec<TieGroup> {
    let middle = log_odds(threshold);
    let mut sorted: Vec<(f64, bool)> = (labelled_scores.iter())
        .map(|labelled_score| {
            let wrong = (labelled_score.probability >= threshold) != labelled_score.positive;
            ((log_odds(labelled_score.probability) - middle).abs(), wrong)
        })
        .collect();
    sorted.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    (sorted.chunk_by(|(a, _), (b, _)| a == b))
        .map(|tied| TieGroup {
            slices: tied.len(),
            wrong: tied.iter().filter(|(_, wrong)| *wrong).count(),
        })
        .collect()
}

/// The risk at each coverage, from the surest slices to all of them, evenly thinned to 200 points.
pub fn risk_coverage(labelled_scores: &[LabelledScore], threshold: f64) -> Vec<RiskPoint> {
    let (mut answered, mut wrong) = (0, 0);
    let curve: Vec<RiskPoint> = (by_certainty(labelled_scores, threshold).iter())
        .map(|tied| {
            answered += tied.slices;
            wrong += tied.wrong;
            RiskPoint {
                coverage: answered as f64 / labelled_scores.len() as f64,
                risk: wrong as f64 / answered as f64,
            }
        })
        .collect();
    let kept = curve.len().min(MOST_POINTS);
    // Counted from the end, so that the point of all slices is kept.
    (1..=kept)
        .map(|point| curve[point * curve.len() / kept - 1])
        .collect()
}

/// Area under the risk–coverage curve: the mean risk over answering one slice, two, … all of them (Geifman and
/// El-Yaniv 2017). The wrong ones among equally sure slices are spread evenly over them. `None` without slices.
pub fn area_under_risk_coverage(labelled_scores: &[LabelledScore], threshold: f64) -> Option<f64> {
    let (mut answered, mut wrong, mut sum) = (0.0, 0.0, 0.0);
    for tied in by_certainty(labelled_scores, threshold) {
        let each = tied.wrong as f64 / tied.slices as f64;
        for _ in 0..tied.slices {
            answered += 1.0;
            wrong += each;
            sum += wrong / answered;
        }
    }
    (answered > 0.0).then(|| sum / answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::tests::labelled_scores;

    #[test]
    fn the_surest_are_answered_first() {
        let labelled_scores =
            labelled_scores(&[(0.55, false), (0.99, true), (0.2, false), (0.4, true)]);
        let curve = risk_coverage(&labelled_scores, 0.5);
        let risks: Vec<f64> = curve.iter().map(|point| point.risk).collect();
        assert_eq!(risks, [0.0, 0.0, 1.0 / 3.0, 0.5]);
        assert_eq!(curve[0].coverage, 0.25);
        assert_eq!(curve[3].coverage, 1.0);
        let area = area_under_risk_coverage(&labelled_scores, 0.5).unwrap();
        assert!((area - (1.0 / 3.0 + 0.5) / 4.0).abs() < 1e-12, "{area}");
    }

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_end() {
        let pairs: Vec<(f64, bool)> = (0..1000)
            .map(|slice| (f64::from(slice) / 1000.0, slice % 2 == 0))
            .collect();
        let curve = risk_coverage(&labelled_scores(&pairs), 0.3);
        assert_eq!(curve.len(), MOST_POINTS);
        assert_eq!(curve.last().unwrap().coverage, 1.0);
        let rises = curve
            .windows(2)
            .all(|pair| pair[0].coverage < pair[1].coverage);
        assert!(rises);
    }

    #[test]
    fn certainty_is_measured_from_the_threshold() {
        // With a threshold of 0.1, a probability of 0.5 is far surer than one of 0.08.
        let labelled_scores = labelled_scores(&[(0.08, true), (0.5, true)]);
        let risks: Vec<f64> = (risk_coverage(&labelled_scores, 0.1).iter())
            .map(|point| point.risk)
            .collect();
        assert_eq!(risks, [0.0, 0.5]);
    }

    #[test]
    fn equally_sure_slices_share_their_errors_in_any_order() {
        let one = labelled_scores(&[(0.9, true), (0.9, false)]);
        let other = labelled_scores(&[(0.9, false), (0.9, true)]);
        for labelled_scores in [one, other] {
            assert_eq!(area_under_risk_coverage(&labelled_scores, 0.5), Some(0.5));
            assert_eq!(risk_coverage(&labelled_scores, 0.5).len(), 1);
        }
    }

    #[test]
    fn certain_probabilities_and_empty_sets_are_handled() {
        let sure = labelled_scores(&[(1.0, true), (0.0, true)]);
        assert_eq!(area_under_risk_coverage(&sure, 0.0), Some(0.0));
        let area = area_under_risk_coverage(&sure, 0.5).unwrap();
        assert!(area.is_finite());
        assert_eq!(area_under_risk_coverage(&[], 0.5), None);
        assert!(risk_coverage(&[], 0.5).is_empty());
    }
}
