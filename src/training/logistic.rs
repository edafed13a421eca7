//! Multinomial logistic regression: a linear layer trained on features.

use super::lbfgs::{self, Limits};
use crate::model::head::{Class, PerClass, softmax};

/// Number of classes: the length of a row of logits.
const CLASSES: usize = Class::ALL.len();

/// Features and their classes, borrowed from larger tables.
#[derive(Debug, Clone, Default)]
pub struct Examples<'a> {
    /// One row of features each, all of the same length.
    pub rows: Vec<&'a [f32]>,
    pub classes: Vec<Class>,
}

/// A linear layer on standardised features, as trained.
#[derive(Debug, Clone)]
pub struct Linear {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    /// `(classes, features + 1)`, row by row; the last value of a row is the bias.
    weight: Vec<f64>,
}

impl Linear {
    /// Minimises the mean cross-entropy plus `penalty` / 2 times the sum of squared weights, for each of
    /// `penalties` in turn: every fit starts from the previous one, so order them from strong to weak.
    ///
    /// Features are standardised by the mean and standard deviation of `examples`. Biases have no penalty.
    pub fn fit(examples: &Examples, penalties: &[f64]) -> Vec<Self> {
        let features = examples.rows.first().map_or(0, |row| row.len());
        let (mean, deviation) = moments(&examples.rows, features);
        let rows: Vec<Vec<f32>> = (examples.rows.iter())
            .map(|row| {
                let standard = row.iter().zip(mean.iter().zip(&deviation));
                standard
                    .map(|(&value, (mean, deviation))| {
                        ((f64::from(value) - mean) / deviation) as f32
                    })
                    .collect()
            })
            .collect();
        let limits = Limits {
            iterations: 400,
            gradient_tolerance: 1e-5,
        };
        let mut weight = vec![0.0; CLASSES * (features + 1)];
        let mut fits = Vec::with_capacity(penalties.len());
        for &penalty in penalties {
            weight = lbfgs::minimise(weight, limits, |weight, gradient| {
                loss(&rows, &examples.classes, penalty, weight, gradient)
            });
            fits.push(Self {
                mean: mean.clone(),
                deviation: deviation.clone(),
                weight: weight.clone(),
            });
        }
        fits
    }

    /// The layer for unstandardised features: `(classes, features)` row by row, and the biases.
    pub fn folded(&self) -> (Vec<f32>, Vec<f32>) {
        let features = self.mean.len();
        let mut weight = Vec::with_capacity(CLASSES * features);
        let mut bias = Vec::with_capacity(CLASSES);
        for row in self.weight.chunks_exact(features + 1) {
            let mut offset = row.last().copied().unwrap_or(0.0);
            for ((weighted, mean), deviation) in row.iter().zip(&self.mean).zip(&self.deviation) {
                weight.push((weighted / deviation) as f32);
                offset -= weighted * mean / deviation;
            }
            bias.push(offset as f32);
        }
        (weight, bias)
    }

    /// The raw outputs for one row of features.
    pub fn logits(&self, features: &[f32]) -> PerClass {
        let mut logits = [0.0; CLASSES];
        let rows = self.weight.chunks_exact(self.mean.len() + 1);
        for (logit, row) in logits.iter_mut().zip(rows) {
            let standard = features.iter().zip(self.mean.iter().zip(&self.deviation));
            let products =
                (row.iter().zip(standard)).map(|(weight, (&value, (mean, deviation)))| {
                    weight * (f64::from(value) - mean) / deviation
                });
            *logit = products.sum::<f64>() + row.last().copied().unwrap_or(0.0);
        }
        logits
    }
}

/// Mean and standard deviation of every feature. A constant feature gets a standard deviation of one.
fn moments(rows: &[&[f32]], features: usize) -> (Vec<f64>, Vec<f64>) {
    let count = rows.len().max(1) as f64;
    let mut mean = vec![0.0; features];
    for row in rows {
        for (sum, &value) in mean.iter_mut().zip(*row) {
            *sum += f64::from(value) / count;
        }
    }
    let mut variance = vec![0.0; features];
    for row in rows {
        for ((sum, &value), mean) in variance.iter_mut().zip(*row).zip(&mean) {
            *sum += (f64::from(value) - mean).powi(2) / count;
        }
    }
    let deviation = (variance.iter())
        .map(|variance| {
            if *variance > 1e-12 {
                variance.sqrt()
            } else {
                1.0
            }
        })
        .collect();
    (mean, deviation)
}

/// The penalised mean cross-entropy at `weight`; writes its gradient.
fn loss(
    rows: &[Vec<f32>],
    classes: &[Class],
    penalty: f64,
    weight: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let features = weight.len() / CLASSES - 1;
    let weights: Vec<&[f64]> = weight.chunks_exact(features + 1).collect();
    gradient.fill(0.0);
    let share = 1.0 / rows.len().max(1) as f64;
    let mut total = 0.0;
    for (row, class) in rows.iter().zip(classes) {
        let mut logits = [0.0; CLASSES];
        for (logit, weight) in logits.iter_mut().zip(&weights) {
            *logit = product(weight, row) + weight[features];
        }
        let probabilities = softmax(logits, 1.0);
        let likelihood = probabilities[class.index()];
        total -= likelihood.max(f64::MIN_POSITIVE).ln() * share;
        for (output, gradient) in gradient.chunks_exact_mut(features + 1).enumerate() {
            let truth = if output == class.index() { 1.0 } else { 0.0 };
            let error = (probabilities[output] - truth) * share;
            for (gradient, &value) in gradient.iter_mut().zip(row) {
                *gradient += error * f64::from(value);
            }
            gradient[features] += error;
        }
    }
    for (weight, gradient) in weights.iter().zip(gradient.chunks_exact_mut(features + 1)) {
        for (gradient, weight) in gradient.iter_mut().zip(&weight[..features]) {
            *gradient += penalty * weight;
            total += 0.5 * penalty * weight * weight;
        }
    }
    total
}

/// Dot product. Uses eight independent sums, since a single one would wait for each addition.
fn product(weight: &[f64], row: &[f32]) -> f64 {
    let (weights, rows) = (weight.chunks_exact(8), row.chunks_exact(8));
    let rest = weights.remainder().iter().zip(rows.remainder());
    let rest: f64 = rest
        .map(|(&weight, &value)| weight * f64::from(value))
        .sum();
    let mut sums = [0.0; 8];
    for (weights, rows) in weights.zip(rows) {
        for ((sum, &weight), &value) in sums.iter_mut().zip(weights).zip(rows) {
            *sum += weight * f64::from(value);
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Calibration;

    /// Three clusters in a plane, with a third feature that is constant.
    fn clouds() -> (Vec<[f32; 3]>, Vec<Class>) {
        let centres = [[0.0, 0.0], [40.0, 0.1], [0.0, 0.4]];
        let mut rows = Vec::new();
        let mut classes = Vec::new();
        for number in 0..90 {
            let class = Class::ALL[number % 3];
            let [x, y]: [f32; 2] = centres[class.index()];
            let turn = number as f32 * 2.4;
            rows.push([x + 6.0 * turn.sin(), y + 0.06 * turn.cos(), 7.0]);
            classes.push(class);
        }
        (rows, classes)
    }

    fn fit(penalty: f64) -> (Linear, Vec<[f32; 3]>, Vec<Class>) {
        let (rows, classes) = clouds();
        let examples = Examples {
            rows: rows.iter().map(|row| row.as_slice()).collect(),
            classes: classes.clone(),
        };
        let linear = Linear::fit(&examples, &[penalty]).remove(0);
        (linear, rows, classes)
    }

    #[test]
    fn separate_clusters_are_classified() {
        let (linear, rows, classes) = fit(1e-3);
        for (row, class) in rows.iter().zip(classes) {
            let probabilities = softmax(linear.logits(row), 1.0);
            assert!(probabilities[class.index()] > 0.5, "{row:?} is {class}");
        }
    }

    #[test]
    fn the_folded_layer_equals_the_standardised_one() {
        let (linear, rows, _) = fit(1e-2);
        let (weight, bias) = linear.folded();
        let head = crate::model::head::Head::new(weight, &bias, Calibration::NONE).unwrap();
        for row in rows {
            for (a, b) in head.logits(&row).into_iter().zip(linear.logits(&row)) {
                assert!((a - b).abs() < 1e-4, "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_stronger_penalty_gives_smaller_weights() {
        let size = |penalty| {
            let (linear, ..) = fit(penalty);
            linear
                .weight
                .iter()
                .map(|weight| weight * weight)
                .sum::<f64>()
        };
        assert!(size(1.0) < 0.5 * size(1e-2));
    }

    #[test]
    fn the_gradient_matches_finite_differences() {
        let (rows, classes) = clouds();
        let rows: Vec<Vec<f32>> = rows
            .iter()
            .map(|row| row.map(|value| value / 10.0).to_vec())
            .collect();
        let weight: Vec<f64> = (0..12).map(|entry| f64::from(entry).sin() * 0.3).collect();
        let at = |weight: &[f64]| loss(&rows, &classes, 0.1, weight, &mut [0.0; 12]);
        let mut gradient = [0.0; 12];
        loss(&rows, &classes, 0.1, &weight, &mut gradient);
        for entry in 0..12 {
            let (mut below, mut above) = (weight.clone(), weight.clone());
            below[entry] -= 1e-5;
            above[entry] += 1e-5;
            let measured = (at(&above) - at(&below)) / 2e-5;
            assert!((measured - gradient[entry]).abs() < 1e-6, "entry {entry}");
        }
    }
}
