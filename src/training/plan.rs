//! Assignment of slices to training, validation and test.

use super::dataset::{Dataset, DatasetError, LabelledSlice};
use super::folds;
use super::rng::{self, Purpose};
use crate::model::recipe::{Recipe, Split};

/// Shares of the slices without folds: training, validation, test.
const SHARES: [f64; 3] = [0.70, 0.15, 0.15];

/// The slices of one network, as their indices in the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Number of the part, from 0: the held-out fold, or the repeat.
    pub number: usize,
    pub training: Vec<usize>,
    /// Validation slices, which choose the epoch, the calibration and the rule; empty with folds.
    pub validation: Vec<usize>,
    pub test: Vec<usize>,
}

/// The parts of all networks that are trained for the evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub parts: Vec<Part>,
    /// True if the parts are folds: each slice is in the test set of one network that was not trained on it.
    pub folded: bool,
}

impl Plan {
    /// Splits `slices` as `recipe` says.
    pub fn new(slices: &[LabelledSlice], recipe: &Recipe) -> Self {
        let Some(folds) = recipe.folds else {
            let parts = (0..recipe.repeats)
                .map(|repeat| {
                    let mut rng = rng::of(recipe.seed, Purpose::Split, &[repeat]);
                    let part_of = match recipe.split {
                        Split::Case => folds::cases_by_share(slices, &SHARES, &mut rng),
                        Split::Random => folds::slices_by_share(slices, &SHARES, &mut rng),
                    };
                    Part {
                        number: repeat,
                        training: of(&part_of, |part| part == 0),
                        validation: of(&part_of, |part| part == 1),
                        test: of(&part_of, |part| part == 2),
                    }
                })
                .collect();
            return Self {
                parts,
                folded: false,
            };
        };
        let part_of = match recipe.split {
            Split::Case => folds::by_case(slices, folds),
            Split::Random => {
                let mut rng = rng::of(recipe.seed, Purpose::Split, &[]);
                folds::slices_by_share(slices, &vec![1.0; folds], &mut rng)
            }
        };
        Self::folded(&part_of, folds)
    }

    /// `folds` parts; `part_of` contains the part in which each slice is tested.
    pub fn folded(part_of: &[usize], folds: usize) -> Self {
        let parts = (0..folds)
            .map(|fold| Part {
                number: fold,
                training: of(part_of, |part| part != fold),
                validation: Vec::new(),
                test: of(part_of, |part| part == fold),
            })
            .collect();
        Self {
            parts,
            folded: true,
        }
    }

    /// Checks that a data set has enough cases of each class for `recipe`.
    ///
    /// # Errors
    /// Names the class that has too few.
    pub fn require(dataset: &Dataset, recipe: &Recipe) -> Result<(), DatasetError> {
        dataset.require_cases(recipe.folds.unwrap_or(SHARES.len()))
    }
}

fn of(part_of: &[usize], wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    let numbered = part_of.iter().enumerate();
    numbered
        .filter(|(_, part)| wanted(**part))
        .map(|(slice, _)| slice)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Class;

    fn slices() -> Vec<LabelledSlice> {
        (0..240)
            .map(|number| LabelledSlice {
                file: format!("{number}.png"),
                class: Class::ALL[number / 4 % 3],
                case: number / 4,
            })
            .collect()
    }

    #[test]
    fn held_out_cases_are_never_trained_on() {
        let slices = slices();
        for folds in [Some(5), None] {
            let recipe = Recipe {
                folds,
                repeats: 3,
                ..Recipe::default()
            };
            for part in Plan::new(&slices, &recipe).parts {
                let case = |slice: &usize| slices[*slice].case;
                let learnt: Vec<usize> = part.training.iter().map(case).collect();
                let others = part.test.iter().chain(&part.validation);
                assert!(others.map(case).all(|case| !learnt.contains(&case)));
                let tested: Vec<usize> = part.test.iter().map(case).collect();
                assert!(
                    !part
                        .validation
                        .iter()
                        .map(case)
                        .any(|case| tested.contains(&case))
                );
            }
        }
    }

    #[test]
    fn every_slice_is_once_in_a_part_and_tested_once_by_folds() {
        let slices = slices();
        for split in [Split::Case, Split::Random] {
            for folds in [Some(5), None] {
                let recipe = Recipe {
                    split,
                    folds,
                    repeats: 2,
                    ..Recipe::default()
                };
                let plan = Plan::new(&slices, &recipe);
                for part in &plan.parts {
                    let mut all = [&part.training[..], &part.validation, &part.test].concat();
                    all.sort_unstable();
                    assert_eq!(all, (0..slices.len()).collect::<Vec<_>>());
                }
                if plan.folded {
                    let tested = plan.parts.iter().flat_map(|part| part.test.clone());
                    let mut tested: Vec<usize> = tested.collect();
                    tested.sort_unstable();
                    assert_eq!(tested, (0..slices.len()).collect::<Vec<_>>());
                } else {
                    assert_ne!(plan.parts[0].test, plan.parts[1].test);
                }
            }
        }
    }
}
