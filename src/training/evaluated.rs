//! From held-out outputs to a calibration, a rule and the reported figures.

use super::calibration;
use super::dataset::LabelledSlice;
use super::metrics::{self, ClassConfusion, LabelledScore, reliability};
use super::plan::{Part, Plan};
use crate::clinical::assessment::{Classification, DecisionRule};
use crate::model::head::{Calibration, Class, PerClass};
use crate::model::metadata::HeldOut;

/// Number of bootstrap samples of the cases for an interval.
const DRAWS: usize = 2000;

/// A network's raw outputs for slices that it was not trained on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// In the order of [`Part::validation`].
    pub validation: Vec<PerClass>,
    /// In the order of [`Part::test`].
    pub test: Vec<PerClass>,
}

/// Calibration, rule and figures from held-out slices.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    pub calibration: Calibration,
    pub rule: DecisionRule,
    pub held_out: HeldOut,
    /// The figures of every part, if the parts are not folds.
    pub repeats: Vec<HeldOut>,
}

/// Evaluates the `answers`, one for each part of `plan`.
///
/// Folds are pooled: calibration and rule come from all held-out answers, sensitivity and specificity from
/// thresholds of the other folds. Without folds each part's validation slices give its calibration and rule,
/// its test slices the figures; those of the first part are reported.
pub fn evaluate(plan: &Plan, slices: &[LabelledSlice], answers: &[Answers]) -> Evaluated {
    if plan.folded {
        return pooled(plan, slices, answers);
    }
    let mut parts =
        (plan.parts.iter().zip(answers)).map(|(part, answers)| apart(part, slices, answers));
    let mut first = parts.next().unwrap_or_else(|| pooled(plan, slices, &[]));
    first.repeats = std::iter::once(first.held_out)
        .chain(parts.map(|part| part.held_out))
        .collect();
    first
}

fn pooled(plan: &Plan, slices: &[LabelledSlice], answers: &[Answers]) -> Evaluated {
    let (mut test_slices, mut logits, mut part_of) = (Vec::new(), Vec::new(), Vec::new());
    for (part, answers) in plan.parts.iter().zip(answers) {
        test_slices.extend(part.test.iter().filter_map(|slice| slices.get(*slice)));
        logits.extend(&answers.test);
        part_of.extend(vec![part.number; answers.test.len()]);
    }
    let calibration = calibration::fit(&logits, &classes(&test_slices));
    let labelled_scores = labelled_scores(&logits, &test_slices, &calibration);
    let rule = calibration::rule(&labelled_scores);
    let crossed = crossed(&labelled_scores, &part_of);
    Evaluated {
        calibration,
        rule,
        held_out: figures(&logits, &test_slices, &labelled_scores, &rule, crossed),
        repeats: Vec::new(),
    }
}

fn apart(part: &Part, slices: &[LabelledSlice], answers: &Answers) -> Evaluated {
    let of = |numbers: &[usize]| -> Vec<&LabelledSlice> {
        numbers
            .iter()
            .filter_map(|slice| slices.get(*slice))
            .collect()
    };
    let (validation, test_slices) = (of(&part.validation), of(&part.test));
    let calibration = calibration::fit(&answers.validation, &classes(&validation));
    let rule = calibration::rule(&labelled_scores(
        &answers.validation,
        &validation,
        &calibration,
    ));
    let labelled_scores = labelled_scores(&answers.test, &test_slices, &calibration);
    let at_threshold = metrics::sensitivity_and_specificity(&labelled_scores, rule.threshold);
    Evaluated {
        calibration,
        rule,
        held_out: figures(
            &answers.test,
            &test_slices,
            &labelled_scores,
            &rule,
            at_threshold,
        ),
        repeats: Vec::new(),
    }
}

fn classes(slices: &[&LabelledSlice]) -> Vec<Class> {
    slices.iter().map(|slice| slice.class).collect()
}

/// Calibrated malignancy probabilities with the true labels.
pub fn labelled_scores(
    logits: &[PerClass],
    slices: &[&LabelledSlice],
    calibration: &Calibration,
) -> Vec<LabelledScore> {
    (logits.iter().zip(slices))
        .map(|(logits, slice)| LabelledScore {
            probability: calibration.probabilities(*logits)[Class::Malignant.index()],
            positive: slice.class == Class::Malignant,
        })
        .collect()
}

/// The reported figures of held-out slices.
fn figures(
    logits: &[PerClass],
    slices: &[&LabelledSlice],
    labelled_scores: &[LabelledScore],
    rule: &DecisionRule,
    (sensitivity, specificity): (f64, f64),
) -> HeldOut {
    let cases: Vec<usize> = slices.iter().map(|slice| slice.case).collect();
    let three_classes = ClassConfusion::of(logits.iter().zip(slices).map(|(logits, slice)| {
        let mut likeliest = Class::Normal;
        for class in Class::ALL {
            if logits[class.index()] > logits[likeliest.index()] {
                likeliest = class;
            }
        }
        (slice.class, likeliest)
    }));
    let undecided = (labelled_scores.iter())
        .filter(|labelled_score| {
            rule.classify(labelled_score.probability) == Classification::Indeterminate
        })
        .count();
    let accuracy = |drawn: &[LabelledScore]| metrics::accuracy(drawn, 0.5);
    HeldOut {
        accuracy: accuracy(labelled_scores),
        accuracy_interval: metrics::case_interval(labelled_scores, &cases, DRAWS, accuracy),
        auc: metrics::auc(labelled_scores),
        auc_interval: metrics::case_interval(labelled_scores, &cases, DRAWS, metrics::auc),
        three_class_accuracy: three_classes.accuracy().unwrap_or(0.0),
        balanced_accuracy: three_classes.balanced_accuracy(),
        brier: metrics::brier(labelled_scores),
        calibration_error: metrics::calibration_error(labelled_scores),
        sensitivity,
        specificity,
        indeterminate: undecided as f64 / labelled_scores.len().max(1) as f64,
        reliability: Some(reliability::bins(labelled_scores)),
    }
}

/// Sensitivity and specificity with a threshold for each part that comes from the other parts only.
fn crossed(labelled_scores: &[LabelledScore], part_of: &[usize]) -> (f64, f64) {
    let parts = part_of.iter().max().map_or(0, |last| last + 1);
    let mut shifted = Vec::with_capacity(labelled_scores.len());
    for part in 0..parts {
        let of = |own: bool| {
            let pairs = labelled_scores.iter().zip(part_of);
            pairs
                .filter(move |(_, of)| (**of == part) == own)
                .map(|(labelled_score, _)| *labelled_score)
        };
        let threshold = calibration::threshold(&of(false).collect::<Vec<_>>());
        // Zero or more is at or above this part's own threshold.
        shifted.extend(of(true).map(|labelled_score| LabelledScore {
            probability: labelled_score.probability - threshold,
            ..labelled_score
        }));
    }
    metrics::sensitivity_and_specificity(&shifted, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten cases of each class, two slices each; the network is wrong for every seventh slice.
    fn slices_and_answers() -> (Vec<LabelledSlice>, Vec<PerClass>) {
        (0..60)
            .map(|number| {
                let class = Class::ALL[number / 2 % 3];
                let said = if number % 7 == 3 {
                    Class::ALL[(class.index() + 1) % 3]
                } else {
                    class
                };
                let mut logits = [0.0; 3];
                logits[said.index()] = 2.0 + 0.01 * number as f64;
                let slice = LabelledSlice {
                    file: format!("{number}.png"),
                    class,
                    case: number / 2,
                };
                (slice, logits)
            })
            .unzip()
    }

    #[test]
    fn folds_are_evaluated_together_in_any_order() {
        let (slices, logits) = slices_and_answers();
        let part_of: Vec<usize> = slices.iter().map(|slice| slice.case % 3).collect();
        let plan = Plan::folded(&part_of, 3);
        let answers: Vec<Answers> = (plan.parts.iter())
            .map(|part| Answers {
                validation: Vec::new(),
                test: part.test.iter().map(|slice| logits[*slice]).collect(),
            })
            .collect();
        let evaluated = evaluate(&plan, &slices, &answers);
        let wrong = (0..60).filter(|number| number % 7 == 3).count() as f64;
        assert!((evaluated.held_out.three_class_accuracy - (1.0 - wrong / 60.0)).abs() < 1e-9);
        assert!(evaluated.rule.is_sound() && evaluated.repeats.is_empty());
    }

    #[test]
    fn validation_gives_the_rule_and_test_slices_the_figures() {
        let (slices, logits) = slices_and_answers();
        let part = Part {
            number: 0,
            training: Vec::new(),
            validation: (0..30).collect(),
            test: (30..60).collect(),
        };
        let plan = Plan {
            parts: vec![part],
            folded: false,
        };
        let answers = Answers {
            validation: logits[..30].to_vec(),
            test: vec![[0.0, 0.0, 1.0]; 30],
        };
        let evaluated = evaluate(&plan, &slices, &[answers]);
        // All test slices are classified as malignant, which is true of a third.
        assert!((evaluated.held_out.three_class_accuracy - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(evaluated.held_out.auc, 0.5);
        assert!(evaluated.rule.sensitivity >= 0.9);
        assert_eq!(evaluated.repeats.len(), 1);
    }
}
