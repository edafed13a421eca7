//! Training pictures: canvases composed of four parts of different pictures, with a label for each position.
//!
//! Zero padding lets a network recognise the centre of its picture. If every nodule were at the centre, the
//! network could answer by position only. Here the parts have random sizes and positions, so that nodules are
//! at many positions, or just outside.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::pictures::{Mark, Picture};
use crate::model::lesions::{CHANNELS, MAP, MM_PER_PIXEL, STEP, TILE, window};

/// Range of the lines between the four parts, in pixels.
const CUT: std::ops::Range<usize> = 80..145;
/// Maximum absolute logarithm of the scale, relative to the real size.
const SCALE: f32 = 0.22;
/// Maximum offset of a whole part in Hounsfield units, and maximum change of contrast.
const OFFSET_HU: f32 = 60.0;
const GAIN: f32 = 0.08;
/// Maximum standard deviation of added noise, in Hounsfield units.
const NOISE_HU: f32 = 90.0;
/// Shares of parts with noise, with blur, with neighbouring slices, and averaged over those.
const NOISY: f32 = 0.4;
const BLURRED: f32 = 0.3;
const WITH_NEIGHBOURS: f32 = 0.5;
const THICK: f32 = 0.3;
/// Width of the margin along a line that is not trained on, in pixels.
const SEAM: f32 = 6.0;
/// A lesion is labelled within this share of its extent; up to a few pixels beyond its extent there is no
/// label.
const CORE: f32 = 0.6;
const LEAST_CORE: f32 = 5.7;
const MARGIN: f32 = 7.0;

/// Label of one place of the map.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Target {
    /// True if there is a lesion; `None` if that is unknown.
    pub lesion: Option<bool>,
    /// Malignancy of that lesion, from 0 to 1.
    pub malignancy: Option<f32>,
    /// Natural logarithm of its diameter over 10 mm.
    pub size: Option<f32>,
    /// True if nothing malignant is here, regardless of its appearance.
    pub harmless: bool,
}

/// A training picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// `(3, 224, 224)` in [0, 1].
    pub pixels: Vec<f32>,
    /// `(28, 28)`
    pub targets: Vec<Target>,
}

/// A part of a picture for a canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Index of the picture.
    pub picture: usize,
    /// The position on the picture, in its pixels (row, column), that should be inside the part.
    pub focus: [f32; 2],
    /// Largest distance of the focus from the part's middle, in canvas pixels: the part's own half size if nothing.
    pub freedom: Option<f32>,
}

/// One part's rectangle on the canvas: first row and column, height and width.
#[derive(Debug, Clone, Copy)]
struct Place {
    first: [usize; 2],
    extent: [usize; 2],
}

/// From canvas pixels to picture pixels: `focus + matrix · (place − anchor)`.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    anchor: [f32; 2],
    focus: [f32; 2],
    /// Picture rows and columns for each canvas row and column.
    matrix: [[f32; 2]; 2],
    /// Canvas pixels for each picture pixel, of rows and of columns.
    zoom: [f32; 2],
    scale: f32,
}

impl Mapping {
    fn to_picture(self, row: f32, column: f32) -> [f32; 2] {
        let (down, across) = (row - self.anchor[0], column - self.anchor[1]);
        let [[a, b], [c, d]] = self.matrix;
        [
            self.focus[0] + a * down + b * across,
            self.focus[1] + c * down + d * across,
        ]
    }
}

/// Puts four `parts` together, changed as `rng` draws.
pub fn compose(pictures: &[Picture], parts: &[Part; 4], rng: &mut StdRng) -> Canvas {
    let [cut_row, cut_column] = [(); 2].map(|()| rng.random_range(CUT));
    let rows = [(0, cut_row), (cut_row, TILE - cut_row)];
    let columns = [(0, cut_column), (cut_column, TILE - cut_column)];
    let mut canvas = Canvas {
        pixels: vec![0.0; CHANNELS * TILE * TILE],
        targets: vec![Target::default(); MAP * MAP],
    };
    for (number, part) in parts.iter().enumerate() {
        let ((row, height), (column, width)) = (rows[number / 2], columns[number % 2]);
        let place = Place {
            first: [row, column],
            extent: [height, width],
        };
        if let Some(picture) = pictures.get(part.picture) {
            fill(&mut canvas, pictures, picture, part, place, rng);
        }
    }
    canvas
}

fn fill(
    canvas: &mut Canvas,
    pictures: &[Picture],
    picture: &Picture,
    part: &Part,
    place: Place,
    rng: &mut StdRng,
) {
    let mapping = mapping(picture, part, place, rng);
    let with_neighbours = rng.random::<f32>() < WITH_NEIGHBOURS;
    let [before, after] = picture
        .neighbours
        .map(|it| it.and_then(|it| pictures.get(it)));
    let sample = |from: &Picture| sample(from, &mapping, place);
    let own = sample(picture);
    let turned = rng.random::<bool>();
    let mut planes: Vec<Vec<f32>> = match (before, after) {
        (None, None) => vec![own],
        (before, after) => {
            let [before, after] = [before, after].map(|it| it.map_or_else(|| own.clone(), sample));
            if with_neighbours {
                match turned {
                    true => vec![after, own, before],
                    false => vec![before, own, after],
                }
            } else if rng.random::<f32>() < THICK {
                let mean = |at: usize| 0.5 * own[at] + 0.25 * (before[at] + after[at]);
                vec![(0..own.len()).map(mean).collect()]
            } else {
                vec![own]
            }
        }
    };
    let offset = between(rng, OFFSET_HU);
    let gain = 1.0 + between(rng, GAIN);
    let noise = match rng.random::<f32>() < NOISY {
        true => rng.random_range(0.0..NOISE_HU),
        false => 0.0,
    };
    let blur = rng.random::<f32>() < BLURRED;
    for plane in &mut planes {
        if noise > 0.0 {
            add_noise(plane, noise, rng);
        }
        if blur {
            smooth(plane, place.extent[1]);
        }
        for value in plane.iter_mut() {
            *value = window((*value + 1000.0) * gain - 1000.0 + offset);
        }
    }
    for channel in 0..CHANNELS {
        let Some(plane) = planes.get(channel).or(planes.first()) else {
            return;
        };
        for (row, values) in plane.chunks_exact(place.extent[1]).enumerate() {
            let start = (channel * TILE + place.first[0] + row) * TILE + place.first[1];
            canvas.pixels[start..start + place.extent[1]].copy_from_slice(values);
        }
    }
    label(canvas, picture, &mapping, place);
}

/// Random mapping of `part` of `picture` to `place`: rotated by right angles, mirrored, scaled.
fn mapping(picture: &Picture, part: &Part, place: Place, rng: &mut StdRng) -> Mapping {
    let scale = between(rng, SCALE).exp();
    let zoom = picture.spacing_mm.map(|mm| mm / MM_PER_PIXEL * scale);
    let turn: u8 = rng.random_range(0..4);
    let mirror = if rng.random::<bool>() { -1.0 } else { 1.0 };
    let [a, b, c, d] = match turn {
        0 => [1.0, 0.0, 0.0, mirror],
        1 => [0.0, 1.0, mirror, 0.0],
        2 => [-1.0, 0.0, 0.0, mirror],
        _ => [0.0, -1.0, mirror, 0.0],
    };
    let matrix = [[a / zoom[0], b / zoom[0]], [c / zoom[1], d / zoom[1]]];
    // Extent of the picture around its focus, on the canvas.
    let size = [picture.height as f32, picture.width as f32];
    let reach = [size[0] * zoom[0] / 2.0, size[1] * zoom[1] / 2.0];
    let reach = if turn.is_multiple_of(2) {
        reach
    } else {
        [reach[1], reach[0]]
    };
    let anchor = std::array::from_fn(|axis| {
        let extent = place.extent[axis] as f32;
        // A crop should fill its part; a whole slice always does.
        let (low, high) = match part.freedom {
            Some(freedom) => (extent / 2.0 - freedom, extent / 2.0 + freedom),
            None => (extent - reach[axis], reach[axis]),
        };
        let middle = if low < high {
            rng.random_range(low..high)
        } else {
            extent / 2.0
        };
        place.first[axis] as f32 + middle
    });
    Mapping {
        anchor,
        focus: part.focus,
        matrix,
        zoom,
        scale,
    }
}

/// Hounsfield units of `from` under every pixel of `place`, interpolated linearly. Outside the picture it is
/// mirrored.
fn sample(from: &Picture, mapping: &Mapping, place: Place) -> Vec<f32> {
    let mut values = Vec::with_capacity(place.extent[0] * place.extent[1]);
    let reflect = |at: isize, length: usize| -> usize {
        let last = length.saturating_sub(1) as isize;
        let at = if at < 0 { -at } else { at };
        let at = if at > last { 2 * last - at } else { at };
        at.clamp(0, last) as usize
    };
    for row in 0..place.extent[0] {
        for column in 0..place.extent[1] {
            let [y, x] = mapping.to_picture(
                (place.first[0] + row) as f32,
                (place.first[1] + column) as f32,
            );
            let (top, left) = (y.floor(), x.floor());
            let (down, across) = (y - top, x - left);
            let rows = [top as isize, top as isize + 1].map(|at| reflect(at, from.height));
            let columns = [left as isize, left as isize + 1].map(|at| reflect(at, from.width));
            let at = |row: usize, column: usize| from.plane.at(row * from.width + column);
            let [upper, lower] =
                rows.map(|row| at(row, columns[0]) * (1.0 - across) + at(row, columns[1]) * across);
            values.push(upper * (1.0 - down) + lower * down);
        }
    }
    values
}

/// Writes the labels of every position of the map whose centre is in `place`.
fn label(canvas: &mut Canvas, picture: &Picture, mapping: &Mapping, place: Place) {
    let middle = (STEP as f32 - 1.0) / 2.0;
    let seam = |at: f32, first: usize, extent: usize| {
        let (start, end) = (first as f32 - 0.5, (first + extent) as f32 - 0.5);
        (at >= start && at < end).then(|| {
            let near_start = first > 0 && at - start < SEAM;
            let near_end = first + extent < TILE && end - at < SEAM;
            near_start || near_end
        })
    };
    for index in 0..MAP * MAP {
        let (row, column) = (
            (index / MAP * STEP) as f32 + middle,
            (index % MAP * STEP) as f32 + middle,
        );
        let (Some(near_row), Some(near_column)) = (
            seam(row, place.first[0], place.extent[0]),
            seam(column, place.first[1], place.extent[1]),
        ) else {
            continue;
        };
        let target = &mut canvas.targets[index];
        if near_row || near_column || picture.unmarked_lesion {
            continue;
        }
        let at = mapping.to_picture(row, column);
        target.lesion = Some(false);
        target.harmless = picture.is_without_lesion();
        for mark in &picture.marks {
            match within(mark, at, mapping.zoom) {
                Within::Core => {
                    target.lesion = Some(true);
                    target.malignancy = mark.malignancy;
                    target.size = Some((mark.diameter_mm * mapping.scale / 10.0).max(0.1).ln());
                }
                Within::Margin if target.lesion == Some(false) => target.lesion = None,
                _ => {}
            }
        }
    }
}

enum Within {
    Core,
    Margin,
    Outside,
}

/// Relation of a position on the picture to a mark; distances are compared in canvas pixels.
fn within(mark: &Mark, at: [f32; 2], zoom: [f32; 2]) -> Within {
    let distance = [
        (at[0] - mark.row) * zoom[0],
        (at[1] - mark.column) * zoom[1],
    ];
    let half = [mark.half_height * zoom[0], mark.half_width * zoom[1]];
    let inside = |extent: [f32; 2]| {
        (distance[0] / extent[0]).powi(2) + (distance[1] / extent[1]).powi(2) <= 1.0
    };
    if inside(half.map(|half| (CORE * half).max(LEAST_CORE))) {
        Within::Core
    } else if inside(half.map(|half| half + MARGIN)) {
        Within::Margin
    } else {
        Within::Outside
    }
}

/// A random number from −`most` to `most`.
fn between(rng: &mut impl Rng, most: f32) -> f32 {
    rng.random_range(-most..=most)
}

/// Adds nearly normal noise of this standard deviation, as the sum of three uniform numbers.
fn add_noise(values: &mut [f32], deviation: f32, rng: &mut impl Rng) {
    for value in values {
        let sum: f32 = (0..3).map(|_| rng.random::<f32>() - 0.5).sum();
        *value += 2.0 * deviation * sum;
    }
}

/// Means over three neighbours, along rows and then along columns.
fn smooth(values: &mut [f32], width: usize) {
    let mean = |before: f32, own: f32, after: f32| 0.25 * before + 0.5 * own + 0.25 * after;
    for row in values.chunks_exact_mut(width) {
        let mut before = row[0];
        for at in 0..width {
            let own = row[at];
            let after = row.get(at + 1).copied().unwrap_or(own);
            row[at] = mean(before, own, after);
            before = own;
        }
    }
    let height = values.len() / width;
    for column in 0..width {
        let mut before = values[column];
        for row in 0..height {
            let own = values[row * width + column];
            let after = values
                .get((row + 1) * width + column)
                .copied()
                .unwrap_or(own);
            values[row * width + column] = mean(before, own, after);
            before = own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::lesions::pictures::{Patient, Plane};
    use crate::training::rng::{self, Purpose};

    fn crop(level: u8) -> Picture {
        Picture {
            nodule: Some("nodule".into()),
            width: 128,
            height: 128,
            plane: Plane::Levels(vec![level; 128 * 128]),
            marks: vec![Mark {
                row: 63.5,
                column: 63.5,
                half_height: 7.0,
                half_width: 7.0,
                diameter_mm: 9.8,
                malignancy: Some(1.0),
            }],
            ..Picture::blank(Patient::Unknown)
        }
    }

    fn draw(number: usize) -> Canvas {
        let pictures = [crop(40)];
        let part = Part {
            picture: 0,
            focus: [63.5, 63.5],
            freedom: None,
        };
        let mut rng = rng::of(7, Purpose::View, &[number]);
        compose(&pictures, &[part; 4], &mut rng)
    }

    #[test]
    fn a_canvas_is_reproducible_and_full() {
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1).pixels, draw(2).pixels);
        assert!(
            draw(3)
                .pixels
                .iter()
                .all(|value| (0.0..=1.0).contains(value))
        );
    }

    #[test]
    fn nodules_are_at_any_position_with_a_label_there() {
        let mut seen = vec![0_usize; MAP * MAP];
        for number in 0..60 {
            for (seen, target) in seen.iter_mut().zip(draw(number).targets) {
                if target.lesion == Some(true) {
                    *seen += 1;
                    assert_eq!(target.malignancy, Some(1.0));
                    assert!((target.size.unwrap() - 0.98_f32.ln()).abs() <= SCALE + 1e-3);
                }
            }
        }
        let places = seen.iter().filter(|count| **count > 0).count();
        assert!(places > MAP * MAP / 8, "only {places} places");
    }

    #[test]
    fn a_bright_spot_is_where_its_label_is() {
        let mut picture = crop(20);
        if let Plane::Levels(levels) = &mut picture.plane {
            for (place, level) in levels.iter_mut().enumerate() {
                let (row, column) = (place / 128, place % 128);
                if (52..=75).contains(&row) && (52..=75).contains(&column) {
                    *level = 255;
                }
            }
        }
        let part = Part {
            picture: 0,
            focus: [63.5, 63.5],
            freedom: Some(20.0),
        };
        for number in 0..20 {
            let mut rng = rng::of(7, Purpose::View, &[number]);
            let canvas = compose(std::slice::from_ref(&picture), &[part; 4], &mut rng);
            for (index, target) in canvas.targets.iter().enumerate() {
                if target.lesion == Some(true) {
                    let (row, column) = (index / MAP * STEP + 3, index % MAP * STEP + 3);
                    assert!(
                        canvas.pixels[row * TILE + column] > 0.5,
                        "{number}: {row}, {column}"
                    );
                }
            }
        }
    }
}
