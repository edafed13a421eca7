//! Limited-memory BFGS: finds the lowest point of a smooth convex function from its slope.
//!
//! Nocedal and Wright, "Numerical optimization", algorithms 7.4 and 7.5, with a backtracking line
//! search. Deterministic.

use std::collections::VecDeque;

/// How many steps are remembered.
const MEMORY: usize = 10;
/// Share of the promised descent that a step must keep.
const SUFFICIENT_DESCENT: f64 = 1e-4;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub iterations: usize,
    /// Largest entry of the slope that counts as flat.
    pub flatness: f64,
}

/// Walks downhill from `start`. `evaluate` takes a point, writes the slope there and returns the height.
pub fn minimise(
    start: Vec<f64>,
    limits: Limits,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut point = start;
    let mut slope = vec![0.0; point.len()];
    let mut height = evaluate(&point, &mut slope);
    let mut history: VecDeque<Step> = VecDeque::with_capacity(MEMORY);
    for _ in 0..limits.iterations {
        if slope.iter().all(|entry| entry.abs() <= limits.flatness) {
            break;
        }
        let direction = downhill(&slope, &history);
        let descent = dot(&direction, &slope);
        let mut length = match history.is_empty() {
            // Nothing is known of the scale yet.
            true => 1.0 / dot(&slope, &slope).sqrt().max(1.0),
            false => 1.0,
        };
        let mut next_slope = vec![0.0; point.len()];
        let (next, next_height) = loop {
            let next: Vec<f64> = (point.iter().zip(&direction))
                .map(|(at, along)| at + length * along)
                .collect();
            let next_height = evaluate(&next, &mut next_slope);
            if next_height <= height + SUFFICIENT_DESCENT * length * descent {
                break (next, next_height);
            }
            length *= 0.5;
            if length < 1e-12 {
                // As low as the arithmetic can tell.
                return point;
            }
        };
        let moved = difference(&next, &point);
        let turned = difference(&next_slope, &slope);
        let curvature = dot(&moved, &turned);
        if curvature > f64::EPSILON * dot(&turned, &turned) {
            if history.len() == MEMORY {
                history.pop_front();
            }
            history.push_back(Step {
                moved,
                turned,
                curvature,
            });
        }
        (point, slope, height) = (next, next_slope, next_height);
    }
    point
}

/// How far a step went, how the slope changed over it, and the product of both.
struct Step {
    moved: Vec<f64>,
    turned: Vec<f64>,
    curvature: f64,
}

/// The direction that the remembered steps suggest: minus the slope through an inverse curvature.
fn downhill(slope: &[f64], history: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = slope.iter().map(|entry| -entry).collect();
    let mut shares = Vec::with_capacity(history.len());
    for step in history.iter().rev() {
        let share = dot(&step.moved, &direction) / step.curvature;
        add(&mut direction, -share, &step.turned);
        shares.push(share);
    }
    if let Some(last) = history.back() {
        let scale = last.curvature / dot(&last.turned, &last.turned);
        direction.iter_mut().for_each(|entry| *entry *= scale);
    }
    for (step, share) in history.iter().zip(shares.into_iter().rev()) {
        let back = dot(&step.turned, &direction) / step.curvature;
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
    fn a_narrow_valley_is_walked_to_its_floor() {
        // Curvatures from 1 to 1,000 and a floor away from the start.
        let floor: Vec<f64> = (0..12).map(|entry| f64::from(entry) - 4.0).collect();
        let curvature: Vec<f64> = (0..12)
            .map(|entry| 10_f64.powf(f64::from(entry) / 4.0))
            .collect();
        let limits = Limits {
            iterations: 200,
            flatness: 1e-9,
        };
        let found = minimise(vec![0.0; 12], limits, |point, slope| {
            let mut height = 0.0;
            for (entry, at) in point.iter().enumerate() {
                let off = at - floor[entry];
                height += 0.5 * curvature[entry] * off * off;
                slope[entry] = curvature[entry] * off;
            }
            height
        });
        for (found, floor) in found.iter().zip(&floor) {
            assert!((found - floor).abs() < 1e-6, "{found} and not {floor}");
        }
    }

    #[test]
    fn a_start_on_the_floor_stays_there() {
        let limits = Limits {
            iterations: 10,
            flatness: 1e-9,
        };
        let found = minimise(vec![3.0], limits, |point, slope| {
            slope[0] = 2.0 * (point[0] - 3.0);
            (point[0] - 3.0).powi(2)
        });
        assert_eq!(found, [3.0]);
    }
}
