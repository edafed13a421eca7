//! From held-out outputs to a calibration, a rule and the reported figures.

use super::calibration;
use super::dataset::LabelledSlice;
use super::metrics::crossed::crossed;
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
    let at_threshold = crossed_sensitivity_and_specificity(&labelled_scores, &part_of)
        .unwrap_or_else(|| metrics::sensitivity_and_specificity(&labelled_scores, rule.threshold));
    let mut held_out = figures(&logits, &test_slices, &labelled_scores, &rule, at_threshold);
    if let Some(labelled_scores) = crossed_probabilities(&logits, &test_slices, &part_of) {
        let cases: Vec<usize> = test_slices.iter().map(|slice| slice.case).collect();
        let error = metrics::calibration_error;
        held_out.crossed_calibration_error = Some(error(&labelled_scores));
        held_out.crossed_calibration_error_interval = Some(metrics::case_interval(
            &labelled_scores,
            &cases,
            DRAWS,
            error,
        ));
    }
    Evaluated {
        calibration,
        rule,
        held_out,
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
        crossed_calibration_error: None,
        crossed_calibration_error_interval: None,
        sensitivity,
        specificity,
        indeterminate: undecided as f64 / labelled_scores.len().max(1) as f64,
        reliability: Some(reliability::bins(labelled_scores)),
    }
}

/// Sensitivity and specificity with a threshold for each part that comes from the other parts only.
fn crossed_sensitivity_and_specificity(
    labelled_scores: &[LabelledScore],
    part_of: &[usize],
) -> Option<(f64, f64)> {
    let shifted = crossed(part_of, |own, others| {
        let of = |chosen: &[usize]| -> Vec<LabelledScore> {
            let scores = chosen.iter().filter_map(|at| labelled_scores.get(*at));
            scores.copied().collect()
        };
        let threshold = calibration::threshold(&of(others));
        // Zero or more is at or above this part's own threshold.
        let shifted = of(own).into_iter().map(|score| LabelledScore {
            probability: score.probability - threshold,
            ..score
        });
        shifted.collect()
    })?;
    Some(metrics::sensitivity_and_specificity(&shifted, 0.0))
}

/// Probabilities with a calibration for each part that comes from the other parts only, in the slices' order.
fn crossed_probabilities(
    logits: &[PerClass],
    slices: &[&LabelledSlice],
    part_of: &[usize],
) -> Option<Vec<LabelledScore>> {
    crossed(part_of, |own, others| {
        let of = |chosen: &[usize]| -> (Vec<PerClass>, Vec<&LabelledSlice>) {
            let pairs = chosen
                .iter()
                .filter_map(|at| Some((*logits.get(*at)?, *slices.get(*at)?)));
            pairs.unzip()
        };
        let (other_logits, other_slices) = of(others);
        let calibration = calibration::fit(&other_logits, &classes(&other_slices));
        let (own_logits, own_slices) = of(own);
        labelled_scores(&own_logits, &own_slices, &calibration)
    })
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
    fn a_fold_unlike_the_others_shows_in_the_crossed_calibration_error() {
        // The outputs are right in the first two folds and the wrong way round in the third.
        let slices: Vec<LabelledSlice> = (0..90)
            .map(|number| LabelledSlice {
                file: format!("{number}.png"),
                class: [Class::Normal, Class::Malignant][number % 2],
                case: number / 3,
            })
            .collect();
        let part_of: Vec<usize> = (0..90).map(|number| number / 30).collect();
        let answered = |turned: bool| {
            let plan = Plan::folded(&part_of, 3);
            let of = |slice: usize| match (slice % 2 == 1) != (turned && slice >= 60) {
                true => [0.0, 0.0, 2.0],
                false => [2.0, 0.0, 0.0],
            };
            let answers: Vec<Answers> = (plan.parts.iter())
                .map(|part| Answers {
                    validation: Vec::new(),
                    test: part.test.iter().copied().map(of).collect(),
                })
                .collect();
            evaluate(&plan, &slices, &answers).held_out
        };
        let crossed = |held_out: &HeldOut| held_out.crossed_calibration_error.unwrap();
        let (alike, turned) = (answered(false), answered(true));
        assert!(crossed(&alike) < 0.1, "{alike:?}");
        assert!(
            crossed(&turned) > turned.calibration_error + 0.2,
            "{turned:?}"
        );
        let [low, high] = turned.crossed_calibration_error_interval.unwrap();
        assert!(low < crossed(&turned) && crossed(&turned) < high);
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
