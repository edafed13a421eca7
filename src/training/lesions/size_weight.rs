//! The diameter as an input to the malignancy.
//!
//! Size is the strongest single sign of malignancy, and the network's output for malignancy leaves a part of it unused. Both are linear
//! in the head's hidden channels, so a multiple of the size output is added to the malignancy output within the weights: reading costs
//! nothing more.

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::figures::{HeldOut, fit_line, nodules};
use crate::model::lesions::calibration::logit;
use crate::model::lesions::head::{HIDDEN, OUTPUTS};
use crate::model::{ContentError, folding};
use crate::training::tuning::parameters::Written;

/// The weights that are tried, from none on.
const STEP: f64 = 0.05;
const STEPS: usize = 40;
/// Minimum number of malignant and of benign nodules that a weight is fitted to.
const LEAST: usize = 50;
/// Indices of the head's outputs for malignancy and for size.
const MALIGNANCY: usize = 1;
const SIZE: usize = 2;

/// Log odds of malignancy for each unit of the size output (natural logarithm of the diameter), by maximum likelihood on the nodules
/// among the `held_out` crops that readers call malignant or benign. Zero if there are too few.
pub fn fit(held_out: &[HeldOut<'_>]) -> f32 {
    let nodules = nodules(held_out);
    let malignant = nodules.iter().filter(|it| it.labelled_score.positive);
    let malignant = malignant.count();
    if malignant < LEAST || nodules.len() - malignant < LEAST {
        return 0.0;
    }
    let cost = |weight: f64| {
        let examples: Vec<(f64, bool)> = (nodules.iter())
            .map(|it| {
                let malignancy = logit(it.labelled_score.probability);
                (malignancy + weight * it.size, it.labelled_score.positive)
            })
            .collect();
        let line = fit_line(&examples);
        let costs = examples.iter().map(|(value, positive)| {
            let logit = line.slope * value + line.intercept;
            let signed = if *positive { -logit } else { logit };
            signed.max(0.0) + (-signed.abs()).exp().ln_1p()
        });
        costs.sum::<f64>()
    };
    let costs = (0..=STEPS)
        .map(|step| STEP * step as f64)
        .map(|weight| (cost(weight), weight));
    costs
        .min_by(|one, other| one.0.total_cmp(&other.0))
        .map_or(0.0, |(_, weight)| weight as f32)
}

/// The weight file `network` with `weight` times the size output added to the malignancy output.
///
/// # Errors
/// The reason alone: the file cannot be read, or has no head.
pub fn add(network: &[u8], weight: f32) -> Result<Vec<u8>, ContentError> {
    let file = SafeTensors::deserialize(network)?;
    let mut changed: Vec<Written> = Vec::new();
    for (name, shape) in [
        ("lesions.output.weight", vec![OUTPUTS, HIDDEN]),
        ("lesions.output.bias", vec![OUTPUTS]),
    ] {
        let mut values = folding::values(&file, name, &shape)?;
        let columns = values.len() / OUTPUTS;
        for column in 0..columns {
            values[MALIGNANCY * columns + column] += weight * values[SIZE * columns + column];
        }
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        changed.push((name.to_owned(), Dtype::F32, shape, bytes.collect()));
    }
    let mut views: Vec<(&str, TensorView<'_>)> = Vec::new();
    let stored = file.tensors();
    for (name, view) in &stored {
        match changed.iter().find(|(changed, ..)| changed == name) {
            Some((name, dtype, shape, bytes)) => {
                views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
            }
            None => views.push((name, view.clone())),
        }
    }
    Ok(safetensors::serialize(views, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lesions::head::Head;
    use crate::training::lesions::figures::pair;
    use crate::training::lesions::pictures::{Mark, Patient, Picture};
    use crate::training::lesions::predict::{Place, Prediction};

    /// Answers for crops of nodules: malignancy, diameter in mm, and true if readers call it malignant.
    fn fitted(nodules: &[(f32, f32, bool)]) -> f32 {
        let mark = |malignant| Mark {
            row: 0.0,
            column: 0.0,
            half_height: 3.0,
            half_width: 3.0,
            diameter_mm: 9.0,
            malignancy: Some(if malignant { 0.9 } else { 0.1 }),
        };
        let pictures: Vec<Picture> = (nodules.iter().enumerate())
            .map(|(number, (_, _, malignant))| Picture {
                patient: number.to_string(),
                nodule: Some("0".into()),
                marks: vec![mark(*malignant)],
                ..Picture::blank(Patient::Unknown)
            })
            .collect();
        let predictions: Vec<Prediction> = (nodules.iter().enumerate())
            .map(|(picture, (malignancy, diameter_mm, _))| Prediction {
                picture,
                file: String::new(),
                proposals: Vec::new(),
                refused: false,
                middle: Some(Place {
                    row: 0.0,
                    column: 0.0,
                    diameter_mm: *diameter_mm,
                    score: *malignancy,
                    lesion: 1.0,
                }),
            })
            .collect();
        fit(&pair(&pictures, &predictions))
    }

    #[test]
    fn size_counts_as_much_as_it_tells() {
        // The malignancy output has three levels; among nodules with the same one, the large are malignant more often.
        let nodules: Vec<(f32, f32, bool)> = (0..600)
            .map(|number| {
                let malignancy = [0.2, 0.5, 0.8][number % 3];
                let large = number / 3 % 2 == 0;
                let share = malignancy + if large { 0.15 } else { -0.15 };
                let malignant = (number / 6 % 100) as f32 / 100.0 < share;
                (malignancy, if large { 20.0 } else { 5.0 }, malignant)
            })
            .collect();
        let weight = fitted(&nodules);
        assert!((0.6..1.6).contains(&weight), "{weight}");
        let without: Vec<(f32, f32, bool)> = (nodules.iter().enumerate())
            .map(|(number, it)| (it.0, [5.0, 20.0][number / 300], it.2))
            .collect();
        assert!(fitted(&without) < 0.3, "{}", fitted(&without));
        assert_eq!(fitted(&nodules[..60]), 0.0);
    }

    #[test]
    fn the_size_output_is_added_to_the_malignancy_output() {
        let tensors = [
            ("lesions.output.weight", vec![OUTPUTS, HIDDEN]),
            ("lesions.output.bias", vec![OUTPUTS]),
            ("other", vec![2]),
        ];
        let bytes: Vec<Vec<u8>> = (tensors.iter())
            .map(|(_, shape)| {
                let values = (0..shape.iter().product()).map(|at: usize| (at % 7) as f32);
                values.flat_map(f32::to_le_bytes).collect()
            })
            .collect();
        let views = (tensors.iter().zip(&bytes)).map(|((name, shape), bytes)| {
            (
                *name,
                TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
            )
        });
        let network = safetensors::serialize(views, None).unwrap();
        let changed = add(&network, 0.5).unwrap();
        let (before, after) = (
            SafeTensors::deserialize(&network).unwrap(),
            SafeTensors::deserialize(&changed).unwrap(),
        );
        let maps = |file: &SafeTensors<'_>| {
            let head = Head {
                near: Vec::new(),
                deep: Vec::new(),
                hidden_bias: Vec::new(),
                output: folding::values(file, "lesions.output.weight", &[OUTPUTS, HIDDEN]).unwrap(),
                output_bias: folding::values(file, "lesions.output.bias", &[OUTPUTS]).unwrap(),
            };
            let of = |output: usize| head.output[output * HIDDEN + 3] + head.output_bias[output];
            [of(0), of(1), of(2)]
        };
        let ([lesion, malignancy, size], changed) = (maps(&before), maps(&after));
        assert_eq!(changed, [lesion, malignancy + 0.5 * size, size]);
        assert_eq!(
            before.tensor("other").unwrap(),
            after.tensor("other").unwrap()
        );
        assert!(
            add(
                &safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None).unwrap(),
                0.5
            )
            .is_err()
        );
    }
}
