//! The edge of a region in all directions: where rays from its centre fall below the threshold.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::RegionError;
use super::block::Block;
use super::directions;
use super::ellipsoid::{Ellipsoid, along, dot, length, minus, solve};
use crate::cancel::Cancel;

/// Number of rays in a block of several slices, and within a single slice.
const RAYS: usize = 600;
const RAYS_IN_A_SLICE: usize = 120;

/// Number of spheres tried, each through a few edge points.
const TRIALS: usize = 400;

/// Maximum number of steps along a ray. The largest block of a CT needs about 4,000; more mean that a file
/// states implausible distances.
const MOST_STRIDES: usize = 1 << 14;

/// Number of rounds in which rays are cast from the centre of the last fit.
const ROUNDS: usize = 5;

/// Minimum share of the rays that end at the edge of the fit: up to half of a nodule may be in the chest wall.
const LEAST_SHARE: f64 = 0.3;

/// An edge in all directions around a centre.
#[derive(Debug, Clone)]
pub(super) struct Surface {
    pub ellipsoid: Ellipsoid,
    /// Value at the edge, in HU.
    pub level: f64,
    /// Maximum distance of the edge from the ellipsoid, in mm; a farther edge belongs to another structure.
    pub tolerance: f64,
    /// Directions from the centre, and the distance of the edge along each: measured or, where a structure is
    /// attached, fitted.
    pub rays: Vec<([f64; 3], f64)>,
}

impl Surface {
    /// The edge around `start` at a level; `None` if the block contains none.
    pub(super) fn around(
        block: &Block,
        start: [f64; 3],
        level: f64,
        cancel: &Cancel,
    ) -> Result<Option<Self>, RegionError> {
        let rays = if block.is_solid() {
            directions::sphere(RAYS)
        } else {
            directions::circle(RAYS_IN_A_SLICE)
        };
        let Some(sphere) = first_sphere(block, start, &rays, level) else {
            return Ok(None);
        };
        let mut ellipsoid = Ellipsoid::sphere(sphere.0, sphere.1);
        for round in 0..ROUNDS {
            if cancel.is_cancelled() {
                return Err(RegionError::Cancelled);
            }
            let points: Vec<_> = edge_points(block, ellipsoid.centre, &rays, level).collect();
            // Wide at first, because a sphere is a poor approximation of a long nodule.
            let wide = 1.0 + (ROUNDS - 1 - round) as f64 / 3.0;
            ellipsoid = ellipsoid.fitted(&points, wide * tolerance(block, &ellipsoid, &points));
            if !is_like(&ellipsoid, sphere) {
                ellipsoid = Ellipsoid::sphere(sphere.0, sphere.1);
                break;
            }
            if block.at(ellipsoid.centre).is_none_or(|value| value < level) {
                return Ok(None);
            }
        }
        let points: Vec<_> = edge_points(block, ellipsoid.centre, &rays, level).collect();
        let tolerance = tolerance(block, &ellipsoid, &points);
        let mut ends = 0;
        let rays: Vec<_> = (rays.into_iter())
            .map(|ray| {
                let fitted = ellipsoid.radius(ray);
                let measured = edge(block, ellipsoid.centre, ray, level)
                    .filter(|edge| (edge - fitted).abs() <= tolerance);
                ends += usize::from(measured.is_some());
                (ray, measured.unwrap_or(fitted))
            })
            .collect();
        let share = ends as f64 / rays.len() as f64;
        Ok((share >= LEAST_SHARE).then_some(Self {
            ellipsoid,
            level,
            tolerance,
            rays,
        }))
    }
}

/// True if a fit is still similar to the initial sphere in size and position.
fn is_like(ellipsoid: &Ellipsoid, (centre, radius): ([f64; 3], f64)) -> bool {
    (0.5..1.8).contains(&(ellipsoid.mean_radius() / radius))
        && length(minus(ellipsoid.centre, centre)) < radius
}

/// Maximum distance of an edge point from an ellipsoid: three standard deviations of the points near it, so
/// that an irregular nodule keeps its edge, and a smooth one loses the flank of a vessel.
fn tolerance(block: &Block, ellipsoid: &Ellipsoid, points: &[[f64; 3]]) -> f64 {
    let pixel = block.spacing_mm[1].max(block.spacing_mm[2]);
    let most = 0.6 * pixel + 0.2 * ellipsoid.mean_radius();
    let mut misses: Vec<_> = (points.iter())
        .map(|point| ellipsoid.beyond(*point).abs())
        .filter(|miss| *miss < most)
        .collect();
    misses.sort_by(f64::total_cmp);
    let median = misses.get(misses.len() / 2).copied().unwrap_or(most);
    // The median of absolute residuals is 0.6745 standard deviations.
    (0.25 * pixel + 3.0 * median / 0.6745).min(most)
}

/// Points where rays from a position meet the edge.
fn edge_points(
    block: &Block,
    from: [f64; 3],
    rays: &[[f64; 3]],
    level: f64,
) -> impl Iterator<Item = [f64; 3]> {
    (rays.iter()).filter_map(move |ray| Some(along(from, *ray, edge(block, from, *ray, level)?)))
}

/// Distance along a ray at which the values fall below the level; `None` if they do not before the block ends
/// or the maximum number of steps.
pub(super) fn edge(block: &Block, from: [f64; 3], ray: [f64; 3], level: f64) -> Option<f64> {
    let stride = 0.25 * block.spacing_mm[1].min(block.spacing_mm[2]);
    let (mut before, mut distance) = (block.at(from)?, 0.0);
    for _ in 0..MOST_STRIDES {
        if before < level {
            return Some(distance);
        }
        let next = block.at(along(from, ray, distance + stride))?;
        if next < level {
            return Some(distance + stride * (before - level) / (before - next));
        }
        (before, distance) = (next, distance + stride);
    }
    None
}

/// Centre and radius of the sphere through the largest number of edge points around a start.
fn first_sphere(
    block: &Block,
    start: [f64; 3],
    rays: &[[f64; 3]],
    level: f64,
) -> Option<([f64; 3], f64)> {
    let points: Vec<_> = edge_points(block, start, rays, level).collect();
    if (points.len() as f64) < LEAST_SHARE * rays.len() as f64 {
        return None;
    }
    let pixel = block.spacing_mm[1].max(block.spacing_mm[2]);
    let mut random = StdRng::seed_from_u64(0);
    let mut best: Option<(f64, [f64; 3], f64)> = None;
    for _ in 0..TRIALS {
        let chosen = [0; 4].map(|_| points[random.random_range(0..points.len())]);
        let Some((centre, radius)) = sphere_through(chosen, block.is_solid()) else {
            continue;
        };
        let inside = length(minus(start, centre)) <= radius + pixel;
        if !inside || block.at(centre).is_none_or(|value| value < level) {
            continue;
        }
        let tolerance = 0.4 * pixel + 0.12 * radius;
        let loss: f64 = (points.iter())
            .map(|point| (length(minus(*point, centre)) - radius) / tolerance)
            .map(|miss| (miss * miss).min(1.0))
            .sum();
        if best.is_none_or(|(least, ..)| loss < least) {
            best = Some((loss, centre, radius));
        }
    }
    best.map(|(_, centre, radius)| (centre, radius))
}

/// The sphere through four points, or the circle through the first three of one slice.
fn sphere_through(points: [[f64; 3]; 4], solid: bool) -> Option<([f64; 3], f64)> {
    let middle = points[0];
    let rows = points.map(|point| {
        let place = minus(point, middle);
        [
            2.0 * place[0],
            2.0 * place[1],
            2.0 * place[2],
            1.0,
            dot(place, place),
        ]
    });
    let offset = if solid {
        let [slice, row, column, _] = solve(rows)?;
        [slice, row, column]
    } else {
        let [row, column, _] =
            solve([rows[0], rows[1], rows[2]].map(|row| [row[1], row[2], row[3], row[4]]))?;
        [0.0, row, column]
    };
    Some((along(middle, offset, 1.0), length(offset)))
}
