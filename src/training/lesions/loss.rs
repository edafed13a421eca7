//! Loss of a prediction: presence of a lesion, malignancy, size.

use std::ops::AddAssign;

use super::canvas::Target;
use crate::model::lesions::head::OUTPUTS;

/// Weight of the size loss.
const SIZE: f32 = 0.3;
/// Weight of the malignancy loss where there is nothing malignant.
const HARMLESS: f32 = 1.0;
/// Weight of a position without a lesion, relative to one with a lesion.
const EMPTY: f32 = 1.0;

/// The costs of a batch, each divided by the number of lesion places.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loss {
    pub lesion: f32,
    pub malignancy: f32,
    pub size: f32,
}

impl Loss {
    /// The sum of all losses.
    pub fn total(self) -> f32 {
        self.lesion + self.malignancy + self.size
    }
}

impl AddAssign for Loss {
    fn add_assign(&mut self, other: Self) {
        self.lesion += other.lesion;
        self.malignancy += other.malignancy;
        self.size += other.size;
    }
}

/// The cost of `outputs`, `(places, 3)`, held against `targets`; writes its gradient for every output.
///
/// The presence of a lesion is scored by the focal loss with an exponent of 2 (Lin et al. 2017), malignancy by
/// cross-entropy against the readers' mean, size by the Huber loss. Where a whole slice without any lesion makes
/// the network see one, that place counts as not malignant, the more the surer it is.
pub fn loss(outputs: &[f32], targets: &[Target], gradients: &mut [f32]) -> Loss {
    part(outputs, targets, share(targets), gradients)
}

/// Weight of a position with a lesion in a batch with these targets: all of them have the weight 1 together.
pub fn share(targets: &[Target]) -> f32 {
    let lesions = targets.iter().filter(|target| target.lesion == Some(true));
    1.0 / lesions.count().max(1) as f32
}

/// As [`loss`] for a part of a batch in which a position with a lesion has the weight `share`.
pub fn part(outputs: &[f32], targets: &[Target], share: f32, gradients: &mut [f32]) -> Loss {
    let mut sums = Loss::default();
    let places = outputs
        .chunks_exact(OUTPUTS)
        .zip(gradients.chunks_exact_mut(OUTPUTS));
    for ((output, gradient), target) in places.zip(targets) {
        gradient.fill(0.0);
        let Some(lesion) = target.lesion else {
            continue;
        };
        let (cost, slope) = focal(output[0], lesion);
        let weight = if lesion { share } else { EMPTY * share };
        sums.lesion += weight * cost;
        gradient[0] = weight * slope;
        let (malignancy, weight) = match (target.malignancy, target.harmless) {
            (Some(malignancy), _) if lesion => (malignancy, share),
            (_, true) => (0.0, HARMLESS * share * sigmoid(output[0])),
            _ => continue,
        };
        sums.malignancy += weight * cross_entropy(output[1], malignancy);
        gradient[1] = weight * (sigmoid(output[1]) - malignancy);
        if let Some(size) = target.size {
            let distance = output[2] - size;
            sums.size += SIZE * share * huber(distance);
            gradient[2] = SIZE * share * distance.clamp(-1.0, 1.0);
        }
    }
    sums
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// `ln(1 + eˣ)` without overflow.
fn softplus(value: f32) -> f32 {
    value.max(0.0) + (-value.abs()).exp().ln_1p()
}

fn cross_entropy(logit: f32, target: f32) -> f32 {
    softplus(logit) - target * logit
}

fn huber(distance: f32) -> f32 {
    match distance.abs() {
        small if small <= 1.0 => 0.5 * small * small,
        large => large - 0.5,
    }
}

/// The focal loss of a logit and its derivative.
fn focal(logit: f32, target: bool) -> (f32, f32) {
    // By symmetry: the cost of a target at `logit` is that of its absence at `-logit`.
    let signed = if target { logit } else { -logit };
    let wrong = sigmoid(-signed);
    let cost = softplus(-signed);
    let slope = -wrong * wrong * wrong - 2.0 * wrong * wrong * (1.0 - wrong) * cost;
    (wrong * wrong * cost, if target { slope } else { -slope })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_match_finite_differences() {
        let targets = [
            Target {
                lesion: Some(true),
                malignancy: Some(0.75),
                size: Some(0.3),
                harmless: false,
            },
            Target {
                lesion: Some(false),
                ..Target::default()
            },
            Target::default(),
        ];
        let outputs = [0.4, -0.3, 0.9, 1.2, 0.7, 0.1, 2.0, 2.0, 2.0];
        let mut gradients = [0.0; 9];
        loss(&outputs, &targets, &mut gradients);
        for place in 0..9 {
            let moved = |by: f32| {
                let mut moved = outputs;
                moved[place] += by;
                loss(&moved, &targets, &mut [0.0; 9]).total()
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!(
                (slope - gradients[place]).abs() < 1e-3,
                "{slope} at {place}"
            );
        }
    }

    #[test]
    fn a_false_lesion_on_a_harmless_slice_is_trained_as_harmless() {
        let harmless = Target {
            lesion: Some(false),
            harmless: true,
            ..Target::default()
        };
        let mut gradients = [0.0; 6];
        loss(
            &[4.0, 1.0, 0.0, -4.0, 1.0, 0.0],
            &[harmless; 2],
            &mut gradients,
        );
        assert!(gradients[1] > 0.5 && gradients[4] < 0.05, "{gradients:?}");
    }
}
