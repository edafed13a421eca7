//! Learns the head from features and says how good it is on cases that it has not seen.

use super::calibration;
use super::dataset::LabelledSlice;
use super::features::Features;
use super::folds;
use super::logistic::{Examples, Linear};
use super::metrics::{self, Verdict};
use crate::clinical::assessment::{Classification, DecisionRule};
use crate::model::head::{Class, PerClass, softmax};
use crate::model::metadata::HeldOut;

/// Penalties that are tried, from strong to weak.
const PENALTIES: [f64; 9] = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02];
/// Times that the cases are drawn anew for an interval.
const DRAWS: usize = 2000;

/// A learnt head and what is known of it.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// `(classes, features)`, row by row, for features as the backbone gives them.
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub temperature: f64,
    pub rule: DecisionRule,
    /// The penalty that the final head was learnt under.
    pub penalty: f64,
    pub held_out: HeldOut,
}

/// Learns from `features`, one row of views a slice in the order of `slices`.
///
/// The cases are cut into `parts`. Each part is judged by a head learnt from the others, whose penalty
/// was chosen by holding out cases once more among those others; so nothing that is judged has had a
/// say in what judges it. Temperature and rule come from these held-out answers. The head that is
/// returned is learnt from everything. `step` is called after every part, and after the final fit.
pub fn learn(
    features: &Features,
    slices: &[LabelledSlice],
    parts: usize,
    mut step: impl FnMut(),
) -> Learnt {
    let everything: Vec<usize> = (0..slices.len()).collect();
    let part_of = folds::by_case(slices, parts);
    let mut logits: Vec<PerClass> = vec![[0.0; 3]; slices.len()];
    for part in 0..parts {
        let (held_out, others): (Vec<usize>, Vec<usize>) = everything
            .iter()
            .partition(|&&slice| part_of[slice] == part);
        let (_, linear) = fit(features, slices, &others, parts);
        for slice in held_out {
            logits[slice] = linear.logits(features.view(slice, 0));
        }
        step();
    }
    let (penalty, linear) = fit(features, slices, &everything, parts);
    step();

    let classes: Vec<Class> = slices.iter().map(|slice| slice.class).collect();
    let temperature = calibration::temperature(&logits, &classes);
    let verdicts = verdicts(&logits, &classes, temperature);
    let rule = calibration::rule(&verdicts);
    let (weight, bias) = linear.folded();
    Learnt {
        weight,
        bias,
        temperature,
        rule,
        penalty,
        held_out: judge(&logits, slices, &part_of, &verdicts, &rule),
    }
}

/// Chooses a penalty by holding cases out among `chosen`, then learns from all of `chosen` under it.
fn fit(
    features: &Features,
    slices: &[LabelledSlice],
    chosen: &[usize],
    parts: usize,
) -> (f64, Linear) {
    let own: Vec<LabelledSlice> = chosen.iter().map(|&slice| slices[slice].clone()).collect();
    let part_of = folds::by_case(&own, parts);
    let part_of = &part_of;
    // Surprise at the held-out slices under each penalty, part by part.
    let surprises: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..parts)
            .map(|part| {
                scope.spawn(move || {
                    let inside = |inside: bool| {
                        let pairs = chosen.iter().zip(part_of);
                        pairs
                            .filter(move |(_, own)| (**own == part) == inside)
                            .map(|(slice, _)| *slice)
                    };
                    let others: Vec<usize> = inside(false).collect();
                    let fits = Linear::fit(&examples(features, slices, &others), &PENALTIES);
                    let surprise = |linear: &Linear| -> f64 {
                        inside(true)
                            .map(|slice| {
                                let logits = linear.logits(features.view(slice, 0));
                                let probabilities = softmax(logits, 1.0);
                                -probabilities[slices[slice].class.index()].max(1e-300).ln()
                            })
                            .sum()
                    };
                    fits.iter().map(surprise).collect::<Vec<f64>>()
                })
            })
            .collect();
        parts
            .into_iter()
            .filter_map(|part| part.join().ok())
            .collect()
    });
    let total = |index: usize| surprises.iter().map(|part| part[index]).sum::<f64>();
    let best = (0..PENALTIES.len()).min_by(|&a, &b| total(a).total_cmp(&total(b)));
    let path = &PENALTIES[..=best.unwrap_or(0)];
    let mut fits = Linear::fit(&examples(features, slices, chosen), path);
    (path[path.len() - 1], fits.swap_remove(path.len() - 1))
}

/// Every view of the `chosen` slices.
fn examples<'a>(
    features: &'a Features,
    slices: &[LabelledSlice],
    chosen: &[usize],
) -> Examples<'a> {
    let mut examples = Examples::default();
    for &slice in chosen {
        for view in 0..features.views {
            examples.rows.push(features.view(slice, view));
            examples.classes.push(slices[slice].class);
        }
    }
    examples
}

fn verdicts(logits: &[PerClass], classes: &[Class], temperature: f64) -> Vec<Verdict> {
    (logits.iter().zip(classes))
        .map(|(logits, class)| Verdict {
            probability: softmax(*logits, temperature)[Class::Malignant.index()],
            positive: *class == Class::Malignant,
        })
        .collect()
}

/// The figures that are stated of held-out slices.
fn judge(
    logits: &[PerClass],
    slices: &[LabelledSlice],
    part_of: &[usize],
    verdicts: &[Verdict],
    rule: &DecisionRule,
) -> HeldOut {
    let cases: Vec<usize> = slices.iter().map(|slice| slice.case).collect();
    let likeliest = |logits: &PerClass| {
        Class::ALL
            .into_iter()
            .max_by(|a, b| logits[a.index()].total_cmp(&logits[b.index()]))
    };
    let right = (logits.iter().zip(slices))
        .filter(|(logits, slice)| likeliest(logits) == Some(slice.class))
        .count();
    let undecided = (verdicts.iter())
        .filter(|verdict| rule.classify(verdict.probability) == Classification::Indeterminate)
        .count();
    let slices = slices.len().max(1) as f64;
    let (sensitivity, specificity) = crossed(verdicts, part_of);
    let accuracy = |drawn: &[Verdict]| metrics::accuracy(drawn, 0.5);
    HeldOut {
        accuracy: accuracy(verdicts),
        accuracy_interval: metrics::case_interval(verdicts, &cases, DRAWS, accuracy),
        auc: metrics::auc(verdicts),
        auc_interval: metrics::case_interval(verdicts, &cases, DRAWS, metrics::auc),
        three_class_accuracy: right as f64 / slices,
        brier: metrics::brier(verdicts),
        calibration_error: metrics::calibration_error(verdicts),
        sensitivity,
        specificity,
        indeterminate: undecided as f64 / slices,
    }
}

/// Sensitivity and specificity when each part is held against a threshold from the other parts alone.
fn crossed(verdicts: &[Verdict], part_of: &[usize]) -> (f64, f64) {
    let parts = part_of.iter().max().map_or(0, |last| last + 1);
    let mut shifted = Vec::with_capacity(verdicts.len());
    for part in 0..parts {
        let of = |own: bool| {
            let pairs = verdicts.iter().zip(part_of);
            pairs
                .filter(move |(_, of)| (**of == part) == own)
                .map(|(verdict, _)| *verdict)
        };
        let threshold = calibration::threshold(&of(false).collect::<Vec<_>>());
        // Nought or more is at or above this part's own threshold.
        shifted.extend(of(true).map(|verdict| Verdict {
            probability: verdict.probability - threshold,
            ..verdict
        }));
    }
    metrics::sensitivity_and_specificity(&shifted, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve cases of each class. A case's slices differ little; classes differ in two features of
    /// six, `apart` from each other, against a spread between cases of about one.
    fn made_up(apart: f32) -> (Features, Vec<LabelledSlice>) {
        let mut features = Features::new(6, 2);
        let mut slices = Vec::new();
        for case in 0..36 {
            let class = Class::ALL[case % 3];
            for number in 0..5 {
                for view in 0..2 {
                    let wobble = |feature: usize| {
                        let case = (case * 7 + feature * 13) as f32;
                        (case * 1.7).sin() + 0.1 * ((number * 3 + view) as f32 + case).cos()
                    };
                    let row: Vec<f32> = (0..6)
                        .map(|feature| {
                            let signal = if feature == class.index() { apart } else { 0.0 };
                            wobble(feature) + signal
                        })
                        .collect();
                    features.push_view(&row);
                }
                slices.push(LabelledSlice {
                    file: format!("{case}-{number}.png"),
                    class,
                    case,
                });
            }
        }
        (features, slices)
    }

    #[test]
    fn classes_that_differ_are_learnt_and_called_so() {
        let (features, slices) = made_up(6.0);
        let mut steps = 0;
        let learnt = learn(&features, &slices, 4, || steps += 1);
        assert_eq!(steps, 5);
        assert_eq!(learnt.weight.len(), 18);
        assert!(learnt.held_out.auc > 0.95, "{:?}", learnt.held_out);
        assert!(learnt.held_out.three_class_accuracy > 0.9);
        assert!(learnt.rule.is_sound());
        assert!((0.94..=1.0).contains(&learnt.rule.sensitivity));
        assert_eq!(learnt.rule.prevalence, 1.0 / 3.0);
    }

    #[test]
    fn a_case_seen_before_does_not_flatter() {
        // Without a difference between the classes, knowing a case by its looks is all there is to learn.
        let (features, slices) = made_up(0.0);
        let learnt = learn(&features, &slices, 4, || ());
        assert!(learnt.held_out.auc < 0.65, "{:?}", learnt.held_out);
    }

    #[test]
    fn the_same_slices_give_the_same_head() {
        let (features, slices) = made_up(2.0);
        let [a, b] = [(); 2].map(|()| learn(&features, &slices, 3, || ()));
        assert_eq!(a.weight, b.weight);
        assert_eq!(a.held_out, b.held_out);
        assert_eq!((a.temperature, a.rule), (b.temperature, b.rule));
    }
}
