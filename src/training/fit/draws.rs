//! Random order and views of a fit, and the weights of classes.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::Job;
use crate::model::head::{Class, PerClass};
use crate::model::recipe::Balance;
use crate::training::dataset::LabelledSlice;
use crate::training::rng::{self, Purpose};

impl Job<'_> {
    /// The slices of an epoch, in training order.
    pub fn order(&self, member: usize, epoch: usize) -> Vec<usize> {
        let Job {
            recipe,
            slices,
            part,
            training,
            ..
        } = *self;
        let mut rng = rng::of(recipe.seed, Purpose::Order, &[part, member, epoch]);
        let mut order = training.to_vec();
        order.shuffle(&mut rng);
        if recipe.balance == Balance::Undersample {
            let counts = per_class(slices, training);
            let smallest = counts.into_iter().filter(|count| *count > 0).min();
            let mut left = [smallest.unwrap_or(0); Class::ALL.len()];
            order.retain(|slice| {
                let left = (slices.get(*slice)).and_then(|slice| left.get_mut(slice.class.index()));
                match left {
                    Some(left) if *left > 0 => {
                        *left -= 1;
                        true
                    }
                    _ => false,
                }
            });
        }
        order
    }

    /// The view of a slice in an epoch. Every view is used once before one is repeated.
    pub fn view(&self, slice: usize, member: usize, epoch: usize) -> usize {
        let views = self.activations.views().max(1);
        let place = [self.part, member, slice, epoch / views];
        let mut rng = rng::of(self.recipe.seed, Purpose::ViewOfEpoch, &place);
        let mut order: Vec<usize> = (0..views).collect();
        order.shuffle(&mut rng);
        order.get(epoch % views).copied().unwrap_or(0)
    }

    /// Weight of a slice of each class: one on average over the training slices.
    pub fn class_weights(&self) -> PerClass<f32> {
        if self.recipe.balance != Balance::Weights {
            return [1.0; Class::ALL.len()];
        }
        let counts = per_class(self.slices, self.training);
        let present = counts.iter().filter(|count| **count > 0).count().max(1);
        counts.map(|count| self.training.len() as f32 / (present * count.max(1)) as f32)
    }
}

/// Number of the `chosen` slices of each class.
fn per_class(slices: &[LabelledSlice], chosen: &[usize]) -> PerClass<usize> {
    let mut counts = [0; Class::ALL.len()];
    for slice in chosen.iter().filter_map(|slice| slices.get(*slice)) {
        counts[slice.class.index()] += 1;
    }
    counts
}

/// A random number from Beta(α, α): Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen",
/// 1964.
pub(super) fn beta(alpha: f64, rng: &mut impl Rng) -> f32 {
    loop {
        let [x, y] = [(); 2].map(|()| rng.random::<f64>().powf(1.0 / alpha));
        if x + y > 0.0 && x + y <= 1.0 {
            return (x / (x + y)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_shares_follow_the_beta_distribution() {
        for alpha in [0.2, 1.0, 2.0] {
            let mut rng = rng::of(1, Purpose::Step, &[]);
            let drawn: Vec<f32> = (0..4000).map(|_| beta(alpha, &mut rng)).collect();
            let mean = drawn.iter().sum::<f32>() / drawn.len() as f32;
            let variance = drawn
                .iter()
                .map(|share| (share - mean).powi(2))
                .sum::<f32>();
            let variance = variance / drawn.len() as f32;
            let expected = 1.0 / (4.0 * (2.0 * alpha as f32 + 1.0));
            assert!((mean - 0.5).abs() < 0.02 && (variance - expected).abs() < 0.01);
        }
    }
}
