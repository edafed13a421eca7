//! Outlines between voxels, and the two axes on the slice where a nodule is widest.

use std::f64::consts::{PI, TAU};

use super::crop::Crop;
use super::opening::Body;
use super::{Line, Outline, Region};

/// Directions in which the border is looked for from the middle of a slice's part.
const RAYS: usize = 120;

/// A border's distance is smoothed over this many rays to either side: noise would lengthen the longest line.
const SMOOTHED: usize = 3;

/// Part of a pixel by which a ray goes on.
const STRIDE: f64 = 0.25;

/// Outlines every slice of the body and takes the axes where their mean is largest; nothing when no slice has an outline.
pub(super) fn measure(crop: &Crop, body: &Body, threshold_hu: f64) -> Option<Region> {
    let [row_mm, column_mm] = [crop.spacing_mm[1], crop.spacing_mm[2]];
    let mut outlines = Vec::new();
    let mut best: Option<(usize, Line, Line)> = None;
    let mut area_mm2 = 0.0;
    for slice in 0..crop.size[0] {
        let Some(points) = outline(crop, body, slice, threshold_hu) else {
            continue;
        };
        let in_mm: Vec<[f64; 2]> = points
            .iter()
            .map(|[row, column]| [row * row_mm, column * column_mm])
            .collect();
        area_mm2 += area(&in_mm);
        let to_pixels = |[row, column]: [f64; 2]| {
            [
                row / row_mm + crop.origin[1] as f64,
                column / column_mm + crop.origin[2] as f64,
            ]
        };
        let long = longest(&in_mm);
        let short = across(&in_mm, long);
        let line = |[from, to]: [[f64; 2]; 2]| Line {
            from: to_pixels(from),
            to: to_pixels(to),
            mm: length([from, to]),
        };
        let (long, short) = (line(long), line(short));
        if best.is_none_or(|(_, l, s)| long.mm + short.mm > l.mm + s.mm) {
            best = Some((slice, long, short));
        }
        outlines.push(Outline {
            slice: slice + crop.origin[0],
            points: in_mm.into_iter().map(to_pixels).collect(),
        });
    }
    let (slice, long, short) = best?;
    let volume_mm3 = match crop.stepped {
        true => area_mm2 * crop.spacing_mm[0],
        false => PI / 6.0 * ((long.mm + short.mm) / 2.0).powi(3),
    };
    Some(Region {
        voxels: body.inside.iter().filter(|&&inside| inside).count(),
        volume_mm3,
        slice: slice + crop.origin[0],
        long,
        short,
        outlines,
    })
}

/// Row and column of the border in every direction, inside the crop.
fn outline(crop: &Crop, body: &Body, slice: usize, threshold_hu: f64) -> Option<Vec<[f64; 2]>> {
    let plane = crop.size[1] * crop.size[2];
    let inside = &body.inside[slice * plane..(slice + 1) * plane];
    let (mut count, mut rows, mut columns) = (0.0, 0.0, 0.0);
    for (index, _) in inside.iter().enumerate().filter(|(_, inside)| **inside) {
        count += 1.0;
        rows += (index / crop.size[2]) as f64;
        columns += (index % crop.size[2]) as f64;
    }
    if count == 0.0 {
        return None;
    }
    let middle = [rows / count, columns / count];
    // Above nought inside: by the values, and where the nodule was cut free by the depth, too.
    let height = |place: [f64; 2]| {
        let value =
            crop.between(|index| f64::from(crop.values[index]), slice, place) - threshold_hu;
        // A cut is worth its depth in mm times a slope like that of a border.
        let depth = crop.between(
            |index| f64::from(body.depth_mm[index]).min(1e6),
            slice,
            place,
        );
        value.min(depth * 500.0)
    };
    if height(middle) <= 0.0 {
        return None;
    }
    let pixel_mm = crop.spacing_mm[1].min(crop.spacing_mm[2]);
    let reaches: Vec<f64> = (0..RAYS)
        .map(|ray| {
            let (sine, cosine) = (TAU * ray as f64 / RAYS as f64).sin_cos();
            let at = |mm: f64| {
                [
                    middle[0] + sine * mm / crop.spacing_mm[1],
                    middle[1] + cosine * mm / crop.spacing_mm[2],
                ]
            };
            let (mut mm, mut before) = (0.0, height(middle));
            loop {
                let next_mm = mm + STRIDE * pixel_mm;
                let [row, column] = at(next_mm);
                if row < 0.0
                    || column < 0.0
                    || row > (crop.size[1] - 1) as f64
                    || column > (crop.size[2] - 1) as f64
                {
                    return mm;
                }
                let now = height([row, column]);
                if now <= 0.0 {
                    return mm + (next_mm - mm) * before / (before - now);
                }
                (mm, before) = (next_mm, now);
            }
        })
        .collect();
    let smooth = |ray: usize| {
        let around = (0..=2 * SMOOTHED).map(|step| reaches[(ray + RAYS + step - SMOOTHED) % RAYS]);
        around.sum::<f64>() / (2 * SMOOTHED + 1) as f64
    };
    let points = (0..RAYS).map(|ray| {
        let (sine, cosine) = (TAU * ray as f64 / RAYS as f64).sin_cos();
        let mm = smooth(ray);
        [
            middle[0] + sine * mm / crop.spacing_mm[1],
            middle[1] + cosine * mm / crop.spacing_mm[2],
        ]
    });
    Some(points.collect())
}

fn length([from, to]: [[f64; 2]; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

/// Area of a polygon, by the shoelace rule.
fn area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    let twice: f64 = points
        .iter()
        .zip(next)
        .map(|(a, b)| a[0] * b[1] - a[1] * b[0])
        .sum();
    twice.abs() / 2.0
}

/// The two corners farthest from each other.
fn longest(points: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let mut best = [points[0], points[0]];
    for (number, &one) in points.iter().enumerate() {
        for &other in &points[number + 1..] {
            if length([one, other]) > length(best) {
                best = [one, other];
            }
        }
    }
    best
}

/// The longest chord at right angles to `long`: the longest starts at a corner.
fn across(points: &[[f64; 2]], long: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let long_mm = length(long).max(f64::MIN_POSITIVE);
    let along = [
        (long[1][0] - long[0][0]) / long_mm,
        (long[1][1] - long[0][1]) / long_mm,
    ];
    let square = [-along[1], along[0]];
    let (dot, mut best) = (
        |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1],
        [points[0]; 2],
    );
    for &corner in points {
        for (number, &from) in points.iter().enumerate() {
            let to = points[(number + 1) % points.len()];
            let (before, behind) = (
                dot(from, along) - dot(corner, along),
                dot(to, along) - dot(corner, along),
            );
            if before * behind > 0.0 || before == behind {
                continue;
            }
            let share = before / (before - behind);
            let reach =
                dot(from, square) * (1.0 - share) + dot(to, square) * share - dot(corner, square);
            let end = [corner[0] + square[0] * reach, corner[1] + square[1] * reach];
            if length([corner, end]) > length(best) {
                best = [corner, end];
            }
        }
    }
    best
}
