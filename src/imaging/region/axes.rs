//! Outlines on slices, and the axes of an outline.

use std::f64::consts::{FRAC_PI_6, PI};

use super::block::Block;
use super::directions;
use super::surface::{Surface, edge};
use super::{Line, Outline, Region};

/// Number of corners of an outline.
const CORNERS: usize = 120;

/// Number of Fourier waves of an outline that are kept; finer ones are noise.
const WAVES: usize = 6;

/// The region proposed for an edge; `None` if it contains no voxel.
pub(super) fn propose(block: &Block, surface: &Surface) -> Option<Region> {
    let outlines: Vec<_> = (0..block.shape[0])
        .filter_map(|slice| Some((slice, corners(block, surface, slice)?)))
        .collect();
    let (slice, (long, short)) = (outlines.iter())
        .map(|(slice, corners)| (*slice, axes(corners)))
        .max_by(|(_, a), (_, b)| (a.0.mm + a.1.mm).total_cmp(&(b.0.mm + b.1.mm)))?;
    let on_slice = |line: Line| Line {
        from: block.pixel(line.from[0], line.from[1]),
        to: block.pixel(line.to[0], line.to[1]),
        mm: line.mm,
    };
    let volume_mm3 = if block.is_solid() {
        let cubes: f64 = surface.rays.iter().map(|(_, radius)| radius.powi(3)).sum();
        4.0 / 3.0 * PI * cubes / surface.rays.len() as f64
    } else {
        FRAC_PI_6 * ((long.mm + short.mm) / 2.0).powi(3)
    };
    let voxels = (outlines.iter())
        .map(|(_, corners)| pixels_inside(block, corners))
        .sum::<usize>();
    (voxels > 0).then(|| Region {
        voxels,
        volume_mm3,
        slice: block.origin[0] + slice,
        long: on_slice(long),
        short: on_slice(short),
        outlines: (outlines.iter())
            .map(|(slice, corners)| Outline {
                slice: block.origin[0] + slice,
                points: (corners.iter())
                    .map(|corner| block.pixel(corner[0], corner[1]))
                    .collect(),
            })
            .collect(),
    })
}

/// Corners of the outline on one slice of the block, as row and column in mm; `None` if the surface does not
/// extend to the slice.
fn corners(block: &Block, surface: &Surface, slice: usize) -> Option<Vec<[f64; 2]>> {
    let ellipsoid = &surface.ellipsoid;
    let middle = ellipsoid.middle_at(block.place([slice, 0, 0])[0])?;
    let rays = directions::circle(CORNERS);
    let inside = block.at(middle).is_some_and(|value| value >= surface.level);
    let radii: Vec<_> = (rays.iter())
        .map(|ray| {
            let fitted = ellipsoid.exit(middle, *ray);
            edge(block, middle, *ray, surface.level)
                .filter(|edge| inside && (edge - fitted).abs() <= surface.tolerance)
                .unwrap_or(fitted)
        })
        .collect();
    let radii = smooth(&radii);
    Some(
        rays.iter()
            .zip(radii)
            .map(|(ray, radius)| [middle[1] + radius * ray[1], middle[2] + radius * ray[2]])
            .collect(),
    )
}

/// Radii around a circle, low-pass filtered.
fn smooth(radii: &[f64]) -> Vec<f64> {
    let count = radii.len() as f64;
    let mut smooth = vec![radii.iter().sum::<f64>() / count; radii.len()];
    for wave in 1..=WAVES {
        let angle = |index: usize| 2.0 * PI * (wave * index) as f64 / count;
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (index, radius) in radii.iter().enumerate() {
            sine += radius * angle(index).sin() * 2.0 / count;
            cosine += radius * angle(index).cos() * 2.0 / count;
        }
        for (index, radius) in smooth.iter_mut().enumerate() {
            *radius += sine * angle(index).sin() + cosine * angle(index).cos();
        }
    }
    smooth
}

/// The longest diameter of a closed polygon, and the longest at right angles to it.
fn axes(corners: &[[f64; 2]]) -> (Line, Line) {
    let mut long = line(corners[0], corners[0]);
    for (index, from) in corners.iter().enumerate() {
        for to in &corners[index + 1..] {
            if (from[0] - to[0]).hypot(from[1] - to[1]) > long.mm {
                long = line(*from, *to);
            }
        }
    }
    let along =
        [0, 1].map(|axis| (long.to[axis] - long.from[axis]) / long.mm.max(f64::MIN_POSITIVE));
    let across = [-along[1], along[0]];
    let offset = |corner: &[f64; 2], axis: [f64; 2]| {
        (corner[0] - long.from[0]) * axis[0] + (corner[1] - long.from[1]) * axis[1]
    };
    let mut short = line(long.from, long.from);
    for from in corners {
        let position = offset(from, along);
        // Intersections of the polygon with the perpendicular at the same position of the long axis.
        for pair in 0..corners.len() {
            let (first, second) = (&corners[pair], &corners[(pair + 1) % corners.len()]);
            let (low, high) = (offset(first, along), offset(second, along));
            if (low < position) == (high < position) {
                continue;
            }
            let part = (position - low) / (high - low);
            let height = offset(first, across) * (1.0 - part) + offset(second, across) * part;
            let to =
                [0, 1].map(|axis| long.from[axis] + position * along[axis] + height * across[axis]);
            if (from[0] - to[0]).hypot(from[1] - to[1]) > short.mm {
                short = line(*from, to);
            }
        }
    }
    (long, short)
}

fn line(from: [f64; 2], to: [f64; 2]) -> Line {
    Line {
        from,
        to,
        mm: (from[0] - to[0]).hypot(from[1] - to[1]),
    }
}

/// Number of pixels whose centre is in a closed polygon.
fn pixels_inside(block: &Block, corners: &[[f64; 2]]) -> usize {
    let mut count = 0;
    for row in 0..block.shape[1] {
        let height = row as f64 * block.spacing_mm[1];
        let mut crossings: Vec<f64> = Vec::new();
        for (index, first) in corners.iter().enumerate() {
            let second = &corners[(index + 1) % corners.len()];
            if (first[0] <= height) != (second[0] <= height) {
                let part = (height - first[0]) / (second[0] - first[0]);
                crossings.push(first[1] + part * (second[1] - first[1]));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let from = (pair[0] / block.spacing_mm[2]).ceil().max(0.0);
            let to = (pair[1] / block.spacing_mm[2]).floor();
            count += (to - from + 1.0).max(0.0) as usize;
        }
    }
    count
}
