//! Cross-entropy with soft targets.

use crate::model::head::{Class, PerClass, softmax};

/// The mean over all examples of `weight · Σ −truth · ln(probability)`, for `logits` `(examples, classes)`. Writes its
/// gradient for every logit.
pub fn cross_entropy(
    logits: &[f32],
    truths: &[PerClass<f32>],
    weights: &[f32],
    gradients: &mut [f32],
) -> f32 {
    let (logits, _) = logits.as_chunks::<{ Class::ALL.len() }>();
    let (gradients, _) = gradients.as_chunks_mut::<{ Class::ALL.len() }>();
    let share = 1.0 / truths.len().max(1) as f64;
    let mut total = 0.0;
    let examples = logits.iter().zip(gradients).zip(truths.iter().zip(weights));
    for ((logits, gradients), (truth, weight)) in examples {
        let probabilities = softmax(logits.map(f64::from), 1.0);
        let weight = f64::from(*weight) * share;
        let mass: f64 = truth.iter().copied().map(f64::from).sum();
        for ((gradient, probability), truth) in gradients.iter_mut().zip(probabilities).zip(truth) {
            let truth = f64::from(*truth);
            total -= weight * truth * probability.max(f64::MIN_POSITIVE).ln();
            *gradient = (weight * (mass * probability - truth)) as f32;
        }
    }
    total as f32
}

/// The target of a slice of `class` with label smoothing.
pub fn truth(class: Class, smoothing: f64) -> PerClass<f32> {
    let mut truth = [(smoothing / Class::ALL.len() as f64) as f32; Class::ALL.len()];
    truth[class.index()] += (1.0 - smoothing) as f32;
    truth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_probabilities_cost_the_logarithm_of_three() {
        let mut gradients = [0.0; 3];
        let truths = [truth(Class::Benign, 0.0)];
        let loss = cross_entropy(&[0.5; 3], &truths, &[1.0], &mut gradients);
        assert!((loss - 3.0_f32.ln()).abs() < 1e-6);
        assert!((gradients[1] + 2.0 / 3.0).abs() < 1e-6 && (gradients[0] - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn gradients_match_finite_differences() {
        let logits = [0.3, -1.0, 0.8, 2.0, 0.1, -0.4];
        let truths = [truth(Class::Malignant, 0.1), [0.25, 0.0, 0.75]];
        let weights = [0.7, 1.6];
        let mut gradients = [0.0; 6];
        cross_entropy(&logits, &truths, &weights, &mut gradients);
        for place in 0..6 {
            let moved = |by: f32| {
                let mut moved = logits;
                moved[place] += by;
                cross_entropy(&moved, &truths, &weights, &mut [0.0; 6])
            };
            let gradient = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!(
                (gradient - gradients[place]).abs() < 1e-4,
                "{gradient} at {place}"
            );
        }
    }

    #[test]
    fn smoothed_targets_add_up_to_one() {
        let smooth = truth(Class::Normal, 0.3);
        assert!((smooth.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((smooth[0] - 0.8).abs() < 1e-6);
    }
}
