//! Fits a calibration and a decision rule to held-out outputs.

use super::metrics::{LabelledScore, sensitivity_and_specificity};
use crate::clinical::assessment::DecisionRule;
use crate::model::head::{Calibration, Class, PerClass, softmax};

/// Sensitivity that determines the threshold.
pub const SENSITIVITY: f64 = 0.95;
/// Share of slices in the indeterminate band on either side of the threshold.
pub const BAND: f64 = 0.05;

/// Maximum number of Newton iterations; it converges after a few.
const ROUNDS: usize = 50;

/// The maximum-likelihood calibration of `logits`: first the temperature for all classes, then the straight
/// line for the malignancy logit.
pub fn fit(logits: &[PerClass], classes: &[Class]) -> Calibration {
    let straight = Calibration::with_temperature(temperature(logits, classes));
    let points: Vec<(f64, bool)> = (logits.iter().zip(classes))
        .map(|(logits, class)| {
            (
                straight.malignancy_logit(*logits),
                *class == Class::Malignant,
            )
        })
        .collect();
    let (slope, offset) = line(&points);
    let tilted = Calibration {
        slope,
        offset,
        ..straight
    };
    // Too few slices, or outputs without information, give no rising line.
    if tilted.is_sound() { tilted } else { straight }
}

/// Maximum-likelihood slope and offset for `points`: a logit each, and true if it was malignant.
///
/// Platt's targets are just inside 0 and 1, so that logits that separate the classes do not give infinite
/// slopes; Newton's steps are halved until they improve the likelihood (Lin, Lin and Weng, "A note on Platt's
/// probabilistic outputs for support vector machines", 2007).
fn line(points: &[(f64, bool)]) -> (f64, f64) {
    let positives = points.iter().filter(|(_, malignant)| *malignant).count() as f64;
    let negatives = points.len() as f64 - positives;
    let target = |malignant: bool| match malignant {
        true => (positives + 1.0) / (positives + 2.0),
        false => 1.0 / (negatives + 2.0),
    };
    let loss = |(slope, offset): (f64, f64)| -> f64 {
        let each = points.iter().map(|(logit, malignant)| {
            let moved = slope * logit + offset;
            // ln(1 + e^x) − t·x, without overflow.
            moved.max(0.0) + (-moved.abs()).exp().ln_1p() - target(*malignant) * moved
        });
        each.sum()
    };
    let mut best = (1.0, 0.0);
    for _ in 0..ROUNDS {
        let (mut by_slope, mut by_offset) = (0.0, 0.0);
        let (mut aa, mut ab, mut bb) = (1e-9, 0.0, 1e-9);
        for (logit, malignant) in points {
            let probability = 1.0 / (1.0 + (-(best.0 * logit + best.1)).exp());
            let (error, spread) = (
                probability - target(*malignant),
                probability * (1.0 - probability),
            );
            by_slope += error * logit;
            by_offset += error;
            aa += spread * logit * logit;
            ab += spread * logit;
            bb += spread;
        }
        let determinant = aa * bb - ab * ab;
        let step = (
            (bb * by_slope - ab * by_offset) / determinant,
            (aa * by_offset - ab * by_slope) / determinant,
        );
        let (here, mut share) = (loss(best), 1.0);
        let moved = loop {
            let moved = (best.0 - share * step.0, best.1 - share * step.1);
            if loss(moved) < here {
                break Some(moved);
            }
            share *= 0.5;
            if share < 1e-6 {
                break None;
            }
        };
        match moved {
            Some(moved) => best = moved,
            None => break,
        }
    }
    best
}

/// The maximum-likelihood temperature of `logits`.
pub fn temperature(logits: &[PerClass], classes: &[Class]) -> f64 {
    let loss = |exponent: f64| -> f64 {
        let pairs = logits.iter().zip(classes);
        pairs
            .map(|(logits, class)| {
                -softmax(*logits, exponent.exp())[class.index()]
                    .max(1e-300)
                    .ln()
            })
            .sum()
    };
    // The negative log-likelihood has a single minimum; golden-section search finds it.
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05_f64.ln(), 20.0_f64.ln());
    for _ in 0..60 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if loss(left) < loss(right) {
            high = right;
        } else {
            low = left;
        }
    }
    (0.5 * (low + high)).exp()
}

/// The highest threshold with a sensitivity of at least [`SENSITIVITY`], half-way to the probability below it.
/// One half if there are no positives.
pub fn threshold(labelled_scores: &[LabelledScore]) -> f64 {
    let mut positives: Vec<f64> = (labelled_scores.iter())
        .filter(|labelled_score| labelled_score.positive)
        .map(|labelled_score| labelled_score.probability)
        .collect();
    positives.sort_by(f64::total_cmp);
    let may_miss = ((1.0 - SENSITIVITY) * positives.len() as f64 + 1e-9).floor() as usize;
    let Some(&last_found) = positives.get(may_miss) else {
        return 0.5;
    };
    let below = (labelled_scores
        .iter()
        .map(|labelled_score| labelled_score.probability))
    .filter(|probability| *probability < last_found)
    .fold(0.0, f64::max);
    0.5 * (below + last_found)
}

/// The rule for calibrated held-out probabilities: [`threshold`], with an indeterminate band around it that
/// contains the [`BAND`] of all slices just below and the [`BAND`] just above.
pub fn rule(labelled_scores: &[LabelledScore]) -> DecisionRule {
    let threshold = threshold(labelled_scores);
    let (mut below, mut above): (Vec<f64>, Vec<f64>) = (labelled_scores.iter())
        .map(|labelled_score| labelled_score.probability)
        .partition(|probability| *probability < threshold);
    below.sort_by(|a, b| b.total_cmp(a));
    above.sort_by(f64::total_cmp);
    let width = (BAND * labelled_scores.len() as f64).round() as usize;
    // The first slice outside the band is negative on the lower side, positive on the upper side.
    let indeterminate_from = width.checked_sub(1).and_then(|last| below.get(last));
    let indeterminate_to = above.get(width);
    let (sensitivity, specificity) = sensitivity_and_specificity(labelled_scores, threshold);
    let positives = labelled_scores
        .iter()
        .filter(|labelled_score| labelled_score.positive)
        .count();
    DecisionRule {
        threshold,
        indeterminate_from: indeterminate_from.copied().unwrap_or(threshold),
        indeterminate_to: indeterminate_to.copied().unwrap_or(threshold),
        sensitivity,
        specificity,
        prevalence: positives as f64 / labelled_scores.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::Classification;

    fn labelled_scores() -> Vec<LabelledScore> {
        // 100 positives from 0.30 up and 100 negatives from 0 up, overlapping.
        let positives = (0..100).map(|number| (0.30 + 0.007 * f64::from(number), true));
        let negatives = (0..100).map(|number| (0.004 * f64::from(number), false));
        (positives.chain(negatives))
            .map(|(probability, positive)| LabelledScore {
                probability,
                positive,
            })
            .collect()
    }

    #[test]
    fn the_threshold_has_the_requested_sensitivity_and_no_more() {
        let labelled_scores = labelled_scores();
        let rule = rule(&labelled_scores);
        assert_eq!(rule.sensitivity, 0.95);
        let (higher, _) = sensitivity_and_specificity(&labelled_scores, rule.threshold + 0.008);
        assert!(higher < SENSITIVITY);
        assert_eq!(rule.prevalence, 0.5);
        assert!(rule.is_sound());
    }

    #[test]
    fn the_band_contains_a_twentieth_on_either_side() {
        let labelled_scores = labelled_scores();
        let rule = rule(&labelled_scores);
        let answered = |classification| {
            let answers = labelled_scores
                .iter()
                .map(|labelled_score| rule.classify(labelled_score.probability));
            answers.filter(|answer| *answer == classification).count()
        };
        assert_eq!(answered(Classification::Indeterminate), 20);
        let above = labelled_scores
            .iter()
            .filter(|labelled_score| labelled_score.probability >= rule.threshold);
        assert_eq!(answered(Classification::Positive), above.count() - 10);
    }

    #[test]
    fn the_line_that_transformed_the_logits_is_recovered() {
        // Malignant with the probability of a logit of 0.5 · x + 0.4, where the outputs give x.
        let (mut logits, mut classes) = (Vec::new(), Vec::new());
        for step in -30..=30 {
            let said = f64::from(step) / 8.0;
            let truth = 1.0 / (1.0 + (-(0.5 * said + 0.4)).exp());
            for number in 0..200 {
                logits.push([0.0, -60.0, said]);
                let malignant = f64::from(number) + 0.5 < 200.0 * truth;
                classes.push(if malignant {
                    Class::Malignant
                } else {
                    Class::Normal
                });
            }
        }
        let calibration = fit(&logits, &classes);
        for said in [-3.0, 0.0, 2.0] {
            let [.., malignant] = calibration.probabilities([0.0, -60.0, said]);
            let truth = 1.0 / (1.0 + (-(0.5 * said + 0.4_f64)).exp());
            assert!(
                (malignant - truth).abs() < 5e-3,
                "{malignant} is not {truth}"
            );
        }
    }

    #[test]
    fn separating_and_uninformative_outputs_still_calibrate() {
        let parted: Vec<PerClass> = (0..20).map(|n| [0.0, -9.0, f64::from(n) - 9.5]).collect();
        let class = |malignant| {
            if malignant {
                Class::Malignant
            } else {
                Class::Normal
            }
        };
        let right: Vec<Class> = (0..20).map(|n| class(n >= 10)).collect();
        let wrong: Vec<Class> = (0..20).map(|n| class(n < 10)).collect();
        for (logits, classes) in [
            (parted.clone(), right),
            (parted, wrong),
            (vec![[1.0; 3]; 4], vec![Class::Malignant; 4]),
            (vec![], vec![]),
        ] {
            assert!(fit(&logits, &classes).is_sound(), "{classes:?}");
        }
    }

    #[test]
    fn overconfident_outputs_get_a_higher_temperature() {
        // Right three times in four, with a confidence of 98 in 100.
        let logits = vec![[4.0, 0.0, 0.0]; 400];
        let classes: Vec<Class> = (0..400)
            .map(|number| match number % 8 {
                0 => Class::Benign,
                1 => Class::Malignant,
                _ => Class::Normal,
            })
            .collect();
        let temperature = temperature(&logits, &classes);
        let [normal, ..] = softmax([4.0, 0.0, 0.0], temperature);
        assert!((normal - 0.75).abs() < 1e-3, "{normal}");
    }

    #[test]
    fn slices_without_a_positive_still_give_a_sound_rule() {
        let negative = LabelledScore {
            probability: 0.1,
            positive: false,
        };
        assert!(rule(&[negative; 5]).is_sound());
        assert!(rule(&[]).is_sound());
    }
}
