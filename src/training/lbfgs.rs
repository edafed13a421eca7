//! Limited-memory BFGS: minimises a smooth convex function using its gradient.
//!
//! Nocedal and Wright, "Numerical optimization", algorithms 7.4 and 7.5, with a backtracking line
//! search. Deterministic.

use std::collections::VecDeque;

/// Number of steps in the history.
const MEMORY: usize = 10;
/// Minimum share of the predicted decrease that a step must reach.
const SUFFICIENT_DESCENT: f64 = 1e-4;

/// Termination criteria.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub iterations: usize,
    /// Largest entry of the gradient at convergence.
    pub gradient_tolerance: f64,
}

/// Minimises from `start`. `evaluate` takes a point, writes the gradient there and returns the value.
pub fn minimise(
    start: Vec<f64>,
    limits: Limits,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut point = start;
    let mut gradient = vec![0.0; point.len()];
    let mut value = evaluate(&point, &mut gradient);
    let mut history: VecDeque<Step> = VecDeque::with_capacity(MEMORY);
    for _ in 0..limits.iterations {
        if gradient
            .iter()
            .all(|entry| entry.abs() <= limits.gradient_tolerance)
        {
            break;
        }
        let direction = descent_direction(&gradient, &history);
        let descent = dot(&direction, &gradient);
        let mut length = match history.is_empty() {
            // The scale is unknown before the first step.
            true => 1.0 / dot(&gradient, &gradient).sqrt().max(1.0),
            false => 1.0,
        };
        let mut next_gradient = vec![0.0; point.len()];
        let (next, next_value) = loop {
            let next: Vec<f64> = (point.iter().zip(&direction))
                .map(|(at, along)| at + length * along)
                .collect();
            let next_value = evaluate(&next, &mut next_gradient);
            if next_value <= value + SUFFICIENT_DESCENT * length * descent {
                break (next, next_value);
            }
            length *= 0.5;
            if length < 1e-12 {
                // The minimum within floating-point accuracy.
                return point;
            }
        };
        let moved = difference(&next, &point);
        let gradient_change = difference(&next_gradient, &gradient);
        let curvature = dot(&moved, &gradient_change);
        if curvature > f64::EPSILON * dot(&gradient_change, &gradient_change) {
            if history.len() == MEMORY {
                history.pop_front();
            }
            history.push_back(Step {
                moved,
                gradient_change,
                curvature,
            });
        }
        (point, gradient, value) = (next, next_gradient, next_value);
    }
    point
}

/// The change of the point in a step, the change of the gradient, and the product of both.
struct Step {
    moved: Vec<f64>,
    gradient_change: Vec<f64>,
    curvature: f64,
}

/// The descent direction from the history: the negative gradient times an approximate inverse Hessian.
fn descent_direction(gradient: &[f64], history: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|entry| -entry).collect();
    let mut shares = Vec::with_capacity(history.len());
    for step in history.iter().rev() {
        let share = dot(&step.moved, &direction) / step.curvature;
        add(&mut direction, -share, &step.gradient_change);
        shares.push(share);
    }
    if let Some(last) = history.back() {
        let scale = last.curvature / dot(&last.gradient_change, &last.gradient_change);
        direction.iter_mut().for_each(|entry| *entry *= scale);
    }
    for (step, share) in history.iter().zip(shares.into_iter().rev()) {
        let back = dot(&step.gradient_change, &direction) / step.curvature;
        add(&mut direction, share - back, &step.moved);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], scale: f64, from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += scale * from;
    }
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ill_conditioned_function_is_minimised() {
        // Curvatures from 1 to 1,000 and a minimum away from the start.
        let floor: Vec<f64> = (0..12).map(|entry| f64::from(entry) - 4.0).collect();
        let curvature: Vec<f64> = (0..12)
            .map(|entry| 10_f64.powf(f64::from(entry) / 4.0))
            .collect();
        let limits = Limits {
            iterations: 200,
            gradient_tolerance: 1e-9,
        };
        let found = minimise(vec![0.0; 12], limits, |point, gradient| {
            let mut value = 0.0;
            for (entry, at) in point.iter().enumerate() {
                let off = at - floor[entry];
                value += 0.5 * curvature[entry] * off * off;
                gradient[entry] = curvature[entry] * off;
            }
            value
        });
        for (found, floor) in found.iter().zip(&floor) {
            assert!((found - floor).abs() < 1e-6, "{found} and not {floor}");
        }
    }

    #[test]
    fn a_start_at_the_minimum_stays_there() {
        let limits = Limits {
            iterations: 10,
            gradient_tolerance: 1e-9,
        };
        let found = minimise(vec![3.0], limits, |point, gradient| {
            gradient[0] = 2.0 * (point[0] - 3.0);
            (point[0] - 3.0).powi(2)
        });
        assert_eq!(found, [3.0]);
    }
}
