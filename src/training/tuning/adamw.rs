//! AdamW: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.

use std::ops::Range;

use rayon::prelude::*;

const FIRST_MEMORY: f32 = 0.9;
const SECOND_MEMORY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Number of parameters in a thread's chunk.
const TOGETHER: usize = 1 << 15;

/// Parameters with the same learning rate and weight decay.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub range: Range<usize>,
    /// The learning rate.
    pub rate: f32,
    /// Share of a parameter, times the rate, that every step subtracts.
    pub decay: f32,
}

/// Optimizer state of AdamW.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW {
    /// Running means of the gradients and of their squares.
    pub first: Vec<f32>,
    pub second: Vec<f32>,
    /// Number of steps done.
    pub steps: usize,
}

impl AdamW {
    /// State before the first step.
    pub fn new(parameters: usize) -> Self {
        Self {
            first: vec![0.0; parameters],
            second: vec![0.0; parameters],
            steps: 0,
        }
    }

    /// Updates the parameters of every group by one step with their `gradients`.
    pub fn step(&mut self, parameters: &mut [f32], gradients: &[f32], groups: &[Group]) {
        self.steps += 1;
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let first_bias = 1.0 - FIRST_MEMORY.powi(steps);
        let second_bias = 1.0 - SECOND_MEMORY.powi(steps);
        for group in groups {
            let (rate, kept) = (group.rate / first_bias, 1.0 - group.rate * group.decay);
            let range = group.range.clone();
            let parameters = parameters[range.clone()].par_chunks_mut(TOGETHER);
            let memory = (self.first[range.clone()].par_chunks_mut(TOGETHER))
                .zip(self.second[range.clone()].par_chunks_mut(TOGETHER));
            let gradients = gradients[range].par_chunks(TOGETHER);
            (parameters.zip(gradients).zip(memory)).for_each(
                |((parameters, gradients), (first, second))| {
                    let each = parameters.iter_mut().zip(gradients);
                    let memory = first.iter_mut().zip(second);
                    for ((parameter, gradient), (first, second)) in each.zip(memory) {
                        *first += (1.0 - FIRST_MEMORY) * (gradient - *first);
                        *second += (1.0 - SECOND_MEMORY) * (gradient * gradient - *second);
                        let deviation = (*second / second_bias).sqrt() + EPSILON;
                        *parameter = *parameter * kept - rate * *first / deviation;
                    }
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(rate: f32, decay: f32) -> [Group; 1] {
        [Group {
            range: 0..1,
            rate,
            decay,
        }]
    }

    #[test]
    fn the_first_step_has_the_length_of_the_rate_for_any_gradient() {
        for gradient in [1e-3, 5.0] {
            let (mut memory, mut parameters) = (AdamW::new(1), [1.0]);
            memory.step(&mut parameters, &[gradient], &group(0.1, 0.0));
            assert!((parameters[0] - 0.9).abs() < 1e-4, "{parameters:?}");
        }
    }

    #[test]
    fn decay_shrinks_parameters_without_a_gradient() {
        let (mut memory, mut parameters) = (AdamW::new(1), [2.0]);
        memory.step(&mut parameters, &[0.0], &group(0.1, 0.5));
        assert!((parameters[0] - 1.9).abs() < 1e-6, "{parameters:?}");
    }

    #[test]
    fn a_quadratic_function_is_minimised() {
        let (mut memory, mut parameters) = (AdamW::new(1), [3.0]);
        for _ in 0..400 {
            let gradients = [2.0 * (parameters[0] - 1.0)];
            memory.step(&mut parameters, &gradients, &group(0.05, 0.0));
        }
        assert!((parameters[0] - 1.0).abs() < 0.02, "{parameters:?}");
    }
}
