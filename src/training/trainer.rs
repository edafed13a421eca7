//! Trains the head on features and evaluates it on held-out cases.

use super::dataset::LabelledSlice;
use super::evaluated::{self, Answers, Evaluated};
use super::features::Features;
use super::folds;
use super::logistic::{Examples, Linear};
use super::plan::Plan;
use crate::model::head::{Class, PerClass, softmax};
use crate::model::recipe::{Recipe, Split};

/// Penalties that are tried, from strong to weak.
const PENALTIES: [f64; 10] = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
/// Number of folds that choose a penalty if the plan has no folds.
const PENALTY_PARTS: usize = 5;

/// A trained head with its evaluation.
#[derive(Debug, Clone)]
pub struct TrainedHead {
    /// `(classes, features)`, row by row, for the backbone's features.
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    /// The penalty that the head was trained with.
    pub penalty: f64,
    pub evaluated: Evaluated,
}

/// Trains on `features`, one row of views for each slice in the order of `slices`.
///
/// Each part of `plan` is evaluated by a head trained on its training slices, whose penalty was chosen by
/// another split of those by case (or by slice, as the recipe says); so no test slice influences the head that
/// is tested on it. If the recipe includes mirror images, a slice's answer is the mean over all its views. The
/// returned head is trained on all slices if the parts are folds, else it is that of the first part. Calls
/// `step` after every part, and after the final fit.
pub fn learn(
    features: &Features,
    slices: &[LabelledSlice],
    plan: &Plan,
    recipe: &Recipe,
    mut step: impl FnMut(),
) -> TrainedHead {
    let parts = match plan.folded {
        true => plan.parts.len(),
        false => PENALTY_PARTS,
    };
    let mut answers = Vec::with_capacity(plan.parts.len());
    let mut heads = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        let (penalty, linear) = fit(features, slices, &part.training, parts, recipe.split);
        let probabilities = |chosen: &[usize]| -> Vec<PerClass> {
            let views = if recipe.mirror { features.views } else { 1 };
            let answer = |slice: &usize| -> PerClass {
                let mut mean = [0.0; Class::ALL.len()];
                for view in 0..views {
                    let logits = linear.logits(features.view(*slice, view));
                    for (mean, logit) in mean.iter_mut().zip(logits) {
                        *mean += logit / views as f64;
                    }
                }
                mean
            };
            chosen.iter().map(answer).collect()
        };
        answers.push(Answers {
            validation: probabilities(&part.validation),
            test: probabilities(&part.test),
        });
        heads.push((penalty, linear));
        step();
    }
    let everything: Vec<usize> = (0..slices.len()).collect();
    let (penalty, linear) = match heads.into_iter().next().filter(|_| !plan.folded) {
        Some(first) => first,
        None => fit(features, slices, &everything, parts, recipe.split),
    };
    step();
    let (weight, bias) = linear.folded();
    TrainedHead {
        weight,
        bias,
        penalty,
        evaluated: evaluated::evaluate(plan, slices, &answers),
    }
}

/// Chooses a penalty by holding out cases or slices among `chosen`, as in the evaluation, then trains on all of
/// `chosen` with it.
fn fit(
    features: &Features,
    slices: &[LabelledSlice],
    chosen: &[usize],
    parts: usize,
    split: Split,
) -> (f64, Linear) {
    let mut own: Vec<LabelledSlice> = chosen.iter().map(|&slice| slices[slice].clone()).collect();
    if split == Split::Random {
        (own.iter_mut().enumerate()).for_each(|(number, slice)| slice.case = number);
    }
    let part_of = folds::by_case(&own, parts);
    let part_of = &part_of;
    // Loss on the held-out slices for each penalty, fold by fold.
    let losses: Vec<Vec<f64>> = std::thread::scope(|scope| {
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
                    let losses = |linear: &Linear| -> f64 {
                        inside(true)
                            .map(|slice| {
                                let logits = linear.logits(features.view(slice, 0));
                                let probabilities = softmax(logits, 1.0);
                                -probabilities[slices[slice].class.index()].max(1e-300).ln()
                            })
                            .sum()
                    };
                    fits.iter().map(losses).collect::<Vec<f64>>()
                })
            })
            .collect();
        parts
            .into_iter()
            .filter_map(|part| part.join().ok())
            .collect()
    });
    let total = |index: usize| losses.iter().map(|part| part[index]).sum::<f64>();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Class;

    fn folded(slices: &[LabelledSlice], folds: usize) -> Plan {
        Plan::folded(&folds::by_case(slices, folds), folds)
    }

    fn mirrored() -> Recipe {
        Recipe {
            mirror: true,
            ..Recipe::default()
        }
    }

    /// Twelve cases of each class. Slices of a case differ little; classes differ in two features of six by
    /// `apart`, with a spread between cases of about one.
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
    fn different_classes_are_learned_and_recognised() {
        let (features, slices) = made_up(6.0);
        let mut steps = 0;
        let trained = learn(&features, &slices, &folded(&slices, 4), &mirrored(), || {
            steps += 1
        });
        assert_eq!(steps, 5);
        assert_eq!(trained.weight.len(), 18);
        assert!(
            trained.evaluated.held_out.auc > 0.95,
            "{:?}",
            trained.evaluated.held_out
        );
        assert!(trained.evaluated.held_out.three_class_accuracy > 0.9);
        assert!(trained.evaluated.rule.is_sound());
        assert!((0.94..=1.0).contains(&trained.evaluated.rule.sensitivity));
        assert_eq!(trained.evaluated.rule.prevalence, 1.0 / 3.0);
    }

    #[test]
    fn a_case_in_training_does_not_improve_the_figures() {
        // Without a difference between the classes, only the appearance of a case can be learned.
        let (features, slices) = made_up(0.0);
        let trained = learn(&features, &slices, &folded(&slices, 4), &mirrored(), || ());
        assert!(
            trained.evaluated.held_out.auc < 0.65,
            "{:?}",
            trained.evaluated.held_out
        );
    }

    #[test]
    fn the_same_slices_give_the_same_head() {
        let (features, slices) = made_up(2.0);
        let [a, b] =
            [(); 2].map(|()| learn(&features, &slices, &folded(&slices, 3), &mirrored(), || ()));
        assert_eq!(a.weight, b.weight);
        assert_eq!(a.evaluated, b.evaluated);
    }
}
