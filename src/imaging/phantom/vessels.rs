//! The lung's vessels: trees that branch from the hila until they reach the pleura.

use super::anatomy::{lung_depth, wall_distance};
use super::random::Random;
use super::shape::Canvas;

/// A straight segment of a vessel that tapers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vessel {
    from: [f64; 3],
    to: [f64; 3],
    /// Radius at either end, in mm.
    radii: [f64; 2],
}

/// Origin of the vessel tree of each lung.
const HILUM: [f64; 3] = [36.0, 4.0, 152.0];
/// Minimum radius of a vessel, in mm.
const LEAST_RADIUS: f64 = 0.45;
/// Hounsfield units of blood in small vessels.
const HOUNSFIELD: f64 = 90.0;

impl Vessel {
    /// Distance to its surface in mm, negative inside.
    pub(super) fn distance(&self, at: [f64; 3]) -> f64 {
        let part = |of: fn(f64, f64, f64) -> f64| {
            (0..3)
                .map(|axis| of(self.from[axis], self.to[axis], at[axis]))
                .sum::<f64>()
        };
        let squared = part(|from, to, _| (to - from).powi(2));
        let share = part(|from, to, at| (to - from) * (at - from)) / squared.max(1e-9);
        let share = share.clamp(0.0, 1.0);
        let apart: f64 = (0..3)
            .map(|axis| {
                let nearest = self.from[axis] + share * (self.to[axis] - self.from[axis]);
                (at[axis] - nearest).powi(2)
            })
            .sum();
        apart.sqrt() - (self.radii[0] + share * (self.radii[1] - self.radii[0]))
    }

    /// Paints the part of the vessel in a slice.
    pub(super) fn paint(&self, canvas: &mut Canvas, z: f64) {
        let reach = self.radii[0].max(self.radii[1]) + canvas.grid.spacing_mm;
        let (low, high) = (self.from[2].min(self.to[2]), self.from[2].max(self.to[2]));
        if z < low - reach || z > high + reach {
            return;
        }
        // Only the segment near the slice is visited: a long vessel across many slices is short in each.
        let rise = self.to[2] - self.from[2];
        let shares = match rise.abs() < 1e-6 {
            true => [0.0, 1.0],
            false => [
                (z - reach - self.from[2]) / rise,
                (z + reach - self.from[2]) / rise,
            ],
        };
        let place = |share: f64, axis: usize| {
            self.from[axis] + share.clamp(0.0, 1.0) * (self.to[axis] - self.from[axis])
        };
        let [x, y] = [0, 1].map(|axis| [place(shares[0], axis), place(shares[1], axis)]);
        let bounds = [
            x[0].min(x[1]) - reach,
            x[0].max(x[1]) + reach,
            y[0].min(y[1]) - reach,
            y[0].max(y[1]) + reach,
        ];
        canvas.paint(bounds, |[x, y]| self.distance([x, y, z]), |_| HOUNSFIELD);
    }
}

/// The vessels of both lungs.
pub(super) fn trees(seed: u64) -> Vec<Vessel> {
    let mut random = Random::new(seed, "vessels");
    let mut vessels = Vec::new();
    for side in [-1.0, 1.0] {
        let hilum = [side * HILUM[0], HILUM[1], HILUM[2]];
        // First branches: up, down, outwards, to the front and to the back.
        for [x, y, z] in [
            [0.5, -0.3, 0.9],
            [0.6, 0.5, 0.8],
            [0.9, -0.6, 0.2],
            [1.0, 0.3, 0.1],
            [0.8, -0.6, -0.6],
            [0.5, 0.8, -0.7],
            [0.7, 0.4, -0.9],
            [0.3, 0.9, 0.3],
        ] {
            let direction = [side * x, y, z].map(|part| part + random.between(-0.15, 0.15));
            let radius = random.between(3.2, 4.6);
            grow(&mut vessels, &mut random, hilum, direction, radius, side);
        }
    }
    vessels
}

/// Adds a segment from `from` and the branches at its end.
fn grow(
    vessels: &mut Vec<Vessel>,
    random: &mut Random,
    from: [f64; 3],
    direction: [f64; 3],
    radius: f64,
    side: f64,
) {
    let norm = direction.iter().map(|part| part * part).sum::<f64>().sqrt();
    let length = (5.0 + 5.0 * radius) * random.between(0.7, 1.3);
    let to = [0, 1, 2].map(|axis| from[axis] + direction[axis] / norm.max(1e-9) * length);
    // Vessels cross neither the pleura nor the mediastinum. Near the hilum all begin within the mediastinum.
    let beyond = wall_distance([to[0], to[1]], to[2]) > -4.0
        || to[0] * side < 20.0
        || (radius < 2.5 && lung_depth(to) < 1.5);
    let end = radius * 0.92;
    if radius < LEAST_RADIUS || beyond {
        return;
    }
    vessels.push(Vessel {
        from,
        to,
        radii: [radius, end],
    });
    let thick = random.between(0.84, 0.95);
    let thin = random.between(0.6, 0.8);
    for (share, spread) in [(thick, 0.35), (thin, 0.8)] {
        let turned = [0, 1, 2]
            .map(|axis| direction[axis] / norm.max(1e-9) + random.between(-spread, spread));
        grow(vessels, random, to, turned, end * share, side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lungs_have_vessels_of_many_sizes() {
        let vessels = trees(1);
        for side in [-1.0, 1.0] {
            let sized = |low: f64, high: f64| {
                vessels
                    .iter()
                    .filter(|vessel| vessel.to[0] * side > 0.0)
                    .any(|vessel| (low..high).contains(&vessel.radii[0]))
            };
            assert!(sized(0.4, 0.8) && sized(1.0, 2.0) && sized(3.0, 5.0));
        }
        assert!((200..20_000).contains(&vessels.len()), "{}", vessels.len());
        assert_eq!(vessels, trees(1));
    }
}
