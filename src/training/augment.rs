//! Data augmentation: views of a training slice that another scanner, patient or hospital could have given.
//!
//! A slice may be mirrored, rotated, scaled and shifted; its window, gamma, brightness, contrast and noise may
//! change. Left and right may be exchanged, front and back never, because patients are supine. Only training
//! slices are augmented; held-out slices are unchanged.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::rng::{self, Purpose};
use crate::model::input::mirrored;

/// Maximum rotation in degrees, in both directions.
const TURN: f32 = 12.0;
/// Size of the visible area, relative to the slice.
const SCALE: std::ops::Range<f32> = 0.85..1.15;
/// Maximum shift as a share of the side, in both directions.
const SHIFT: f32 = 0.04;
/// Maximum absolute logarithm of the exponent.
const GAMMA: f32 = 0.25;
/// Maximum shift of the ends of the grey range outwards and inwards: another window of the scanner.
const WINDOW_OUT: f32 = 0.08;
const WINDOW_IN: f32 = 0.15;
const BRIGHTNESS: f32 = 0.08;
const CONTRAST: f32 = 0.15;
/// Maximum standard deviation of the added noise.
const NOISE: f32 = 0.03;

/// A view of `plane`, `side` × `side` grey levels in [0, 1]. View 0 is the unchanged slice, view 1 is mirrored
/// left to right; every further one is random and depends only on `seed`, `slice` and its number.
pub fn view(plane: &[f32], side: usize, seed: u64, slice: usize, number: usize) -> Vec<f32> {
    match number {
        0 => plane.to_vec(),
        1 => mirrored(plane, side),
        _ => {
            let mut rng = rng::of(seed, Purpose::View, &[slice, number]);
            let moved = moved(plane, side, &mut rng);
            regreyed(moved, &mut rng)
        }
    }
}

/// Mirrors at random, rotates, scales and shifts; pixels from outside are black, like air.
fn moved(plane: &[f32], side: usize, rng: &mut StdRng) -> Vec<f32> {
    let mirror = if rng.random::<bool>() { -1.0 } else { 1.0 };
    let (sine, cosine) = between(rng, TURN).to_radians().sin_cos();
    let scale = rng.random_range(SCALE);
    let middle = (side as f32 - 1.0) / 2.0;
    let [across, down] = [(); 2].map(|()| between(rng, SHIFT) * side as f32);
    let level = |row: isize, column: isize| -> f32 {
        let inside = |place: isize| usize::try_from(place).ok().filter(|place| *place < side);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => plane.get(row * side + column).copied().unwrap_or(0.0),
            _ => 0.0,
        }
    };
    let mut view = Vec::with_capacity(plane.len());
    for row in 0..side {
        for column in 0..side {
            let (x, y) = (
                (column as f32 - middle - across) / scale,
                (row as f32 - middle - down) / scale,
            );
            let from_x = mirror * (cosine * x + sine * y) + middle;
            let from_y = cosine * y - sine * x + middle;
            let (left, top) = (from_x.floor(), from_y.floor());
            let (right_share, bottom_share) = (from_x - left, from_y - top);
            let (left, top) = (left as isize, top as isize);
            let blend = |row: isize| {
                level(row, left) * (1.0 - right_share) + level(row, left + 1) * right_share
            };
            view.push(blend(top) * (1.0 - bottom_share) + blend(top + 1) * bottom_share);
        }
    }
    view
}

/// Changes window, gamma, brightness and contrast, and adds noise.
fn regreyed(mut levels: Vec<f32>, rng: &mut StdRng) -> Vec<f32> {
    let black = rng.random_range(-WINDOW_OUT..WINDOW_IN);
    let white = 1.0 - rng.random_range(-WINDOW_OUT..WINDOW_IN);
    let gamma = between(rng, GAMMA).exp();
    let contrast = 1.0 + between(rng, CONTRAST);
    let brightness = between(rng, BRIGHTNESS);
    let noise = rng.random_range(0.0..NOISE);
    for level in &mut levels {
        let windowed = ((*level - black) / (white - black)).clamp(0.0, 1.0);
        let changed = (windowed.powf(gamma) - 0.5) * contrast + 0.5 + brightness;
        *level = (changed + noise * normal(rng)).clamp(0.0, 1.0);
    }
    levels
}

fn between(rng: &mut StdRng, reach: f32) -> f32 {
    rng.random_range(-reach..=reach)
}

/// An approximately standard normal number: the sum of four uniform ones, from one random number.
fn normal(rng: &mut StdRng) -> f32 {
    let sum: u32 = rng
        .next_u64()
        .to_le_bytes()
        .chunks_exact(2)
        .fold(0, |sum, pair| {
            sum + u32::from(u16::from_le_bytes([pair[0], pair[1]]))
        });
    // Four uniform numbers from [0, 1) have mean 2 and standard deviation √(4/12).
    (sum as f32 / 65_536.0 - 2.0) * 1.732_050_8
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 48;

    fn disc() -> Vec<f32> {
        let level = |place: usize| {
            let (row, column) = ((place / SIDE) as f32, (place % SIDE) as f32);
            let inside = (row - 20.0).powi(2) + (column - 16.0).powi(2) < 90.0;
            if inside { 0.8 } else { 0.1 }
        };
        (0..SIDE * SIDE).map(level).collect()
    }

    #[test]
    fn the_first_views_are_the_slice_and_its_mirror_image() {
        let disc = disc();
        assert_eq!(view(&disc, SIDE, 1, 5, 0), disc);
        let mirrored = view(&disc, SIDE, 1, 5, 1);
        for (row, original) in mirrored.chunks(SIDE).zip(disc.chunks(SIDE)) {
            assert!(row.iter().eq(original.iter().rev()));
        }
    }

    #[test]
    fn a_view_depends_only_on_seed_slice_and_number() {
        let disc = disc();
        let drawn = view(&disc, SIDE, 1, 5, 2);
        assert_eq!(view(&disc, SIDE, 1, 5, 2), drawn);
        for (seed, slice, number) in [(2, 5, 2), (1, 6, 2), (1, 5, 3)] {
            assert_ne!(view(&disc, SIDE, seed, slice, number), drawn);
        }
    }

    #[test]
    fn views_show_the_same_object() {
        let disc = disc();
        let bright = |levels: &[f32]| levels.iter().filter(|level| **level > 0.5).count() as f32;
        for slice in 0..40 {
            let view = view(&disc, SIDE, 1, slice, 2);
            assert!(view.iter().all(|level| (0.0..=1.0).contains(level)));
            let size = bright(&view) / bright(&disc);
            // Scale squared, and the effect of noise and window on the edge.
            assert!((0.6..1.5).contains(&size), "{size}");
        }
    }

    #[test]
    fn noise_has_the_requested_standard_deviation() {
        let mut rng = rng::of(3, Purpose::View, &[]);
        let drawn: Vec<f32> = (0..20_000).map(|_| normal(&mut rng)).collect();
        let mean = drawn.iter().sum::<f32>() / drawn.len() as f32;
        let variance = drawn.iter().map(|draw| draw * draw).sum::<f32>() / drawn.len() as f32;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }
}
