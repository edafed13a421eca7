//! From held-out outputs to a temperature and a decision rule.

use super::metrics::{Verdict, sensitivity_and_specificity};
use crate::clinical::assessment::DecisionRule;
use crate::model::head::{Class, PerClass, softmax};

/// Share of malignant slices that the threshold must find.
pub const SENSITIVITY: f64 = 0.95;
/// Share of slices that the indeterminate band takes on either side of the threshold.
pub const BAND: f64 = 0.05;

/// The temperature that makes `logits` likeliest: their softmax then says how often it is right.
pub fn temperature(logits: &[PerClass], classes: &[Class]) -> f64 {
    let surprise = |exponent: f64| -> f64 {
        let pairs = logits.iter().zip(classes);
        pairs
            .map(|(logits, class)| {
                -softmax(*logits, exponent.exp())[class.index()]
                    .max(1e-300)
                    .ln()
            })
            .sum()
    };
    // The surprise has a single valley, from far too sure to far too shy; golden sections find it.
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05_f64.ln(), 20.0_f64.ln());
    for _ in 0..60 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if surprise(left) < surprise(right) {
            high = right;
        } else {
            low = left;
        }
    }
    (0.5 * (low + high)).exp()
}

/// The highest threshold that finds [`SENSITIVITY`] of the positives, half-way to the probability
/// below it. One half when there are no positives.
pub fn threshold(verdicts: &[Verdict]) -> f64 {
    let mut positives: Vec<f64> = (verdicts.iter())
        .filter(|verdict| verdict.positive)
        .map(|verdict| verdict.probability)
        .collect();
    positives.sort_by(f64::total_cmp);
    let may_miss = ((1.0 - SENSITIVITY) * positives.len() as f64 + 1e-9).floor() as usize;
    let Some(&last_found) = positives.get(may_miss) else {
        return 0.5;
    };
    let below = (verdicts.iter().map(|verdict| verdict.probability))
        .filter(|probability| *probability < last_found)
        .fold(0.0, f64::max);
    0.5 * (below + last_found)
}

/// The rule for calibrated held-out `verdicts`: [`threshold`], and around it a band that holds the
/// [`BAND`] of all slices next below and the [`BAND`] next above.
pub fn rule(verdicts: &[Verdict]) -> DecisionRule {
    let threshold = threshold(verdicts);
    let (mut below, mut above): (Vec<f64>, Vec<f64>) = (verdicts.iter())
        .map(|verdict| verdict.probability)
        .partition(|probability| *probability < threshold);
    below.sort_by(|a, b| b.total_cmp(a));
    above.sort_by(f64::total_cmp);
    let width = (BAND * verdicts.len() as f64).round() as usize;
    // The first that stays outside on the lower side is negative, on the upper side positive.
    let indeterminate_from = width.checked_sub(1).and_then(|last| below.get(last));
    let indeterminate_to = above.get(width);
    let (sensitivity, specificity) = sensitivity_and_specificity(verdicts, threshold);
    let positives = verdicts.iter().filter(|verdict| verdict.positive).count();
    DecisionRule {
        threshold,
        indeterminate_from: indeterminate_from.copied().unwrap_or(threshold),
        indeterminate_to: indeterminate_to.copied().unwrap_or(threshold),
        sensitivity,
        specificity,
        prevalence: positives as f64 / verdicts.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::Classification;

    fn verdicts() -> Vec<Verdict> {
        // 100 positives from 0.30 up and 100 negatives from 0 up, overlapping.
        let positives = (0..100).map(|number| (0.30 + 0.007 * f64::from(number), true));
        let negatives = (0..100).map(|number| (0.004 * f64::from(number), false));
        (positives.chain(negatives))
            .map(|(probability, positive)| Verdict {
                probability,
                positive,
            })
            .collect()
    }

    #[test]
    fn the_threshold_finds_what_was_asked_and_no_more() {
        let verdicts = verdicts();
        let rule = rule(&verdicts);
        assert_eq!(rule.sensitivity, 0.95);
        let (higher, _) = sensitivity_and_specificity(&verdicts, rule.threshold + 0.008);
        assert!(higher < SENSITIVITY);
        assert_eq!(rule.prevalence, 0.5);
        assert!(rule.is_sound());
    }

    #[test]
    fn the_band_takes_a_twentieth_on_either_side() {
        let verdicts = verdicts();
        let rule = rule(&verdicts);
        let answered = |classification| {
            let answers = verdicts
                .iter()
                .map(|verdict| rule.classify(verdict.probability));
            answers.filter(|answer| *answer == classification).count()
        };
        assert_eq!(answered(Classification::Indeterminate), 20);
        let above = verdicts
            .iter()
            .filter(|verdict| verdict.probability >= rule.threshold);
        assert_eq!(answered(Classification::Positive), above.count() - 10);
    }

    #[test]
    fn outputs_that_are_too_sure_are_cooled_down() {
        // Right three times in four, and sure of it as if it were 98 in 100.
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
        let negative = Verdict {
            probability: 0.1,
            positive: false,
        };
        assert!(rule(&[negative; 5]).is_sound());
        assert!(rule(&[]).is_sound());
    }
}
