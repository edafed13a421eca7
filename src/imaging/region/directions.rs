//! Evenly distributed directions.

use std::f64::consts::{PI, TAU};

/// Directions over a whole sphere, by the golden angle from pole to pole.
pub(super) fn sphere(count: usize) -> Vec<[f64; 3]> {
    let golden = PI * (3.0 - 5.0_f64.sqrt());
    (0..count)
        .map(|index| {
            let height = 1.0 - 2.0 * (index as f64 + 0.5) / count as f64;
            let width = (1.0 - height * height).sqrt();
            let (sine, cosine) = (golden * index as f64).sin_cos();
            [height, width * sine, width * cosine]
        })
        .collect()
}

/// Directions over a circle within a slice.
pub(super) fn circle(count: usize) -> Vec<[f64; 3]> {
    (0..count)
        .map(|index| {
            let (sine, cosine) = (TAU * index as f64 / count as f64).sin_cos();
            [0.0, sine, cosine]
        })
        .collect()
}
