//! Pictures made of characters: block elements, and shades of text.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage};
use ratatui::layout::Size;

use crate::imaging::overlay::{self, HeatMap};
use crate::tui::widgets::symbols::{self, Mosaic, SIDE};

/// From dark to bright, for terminals without colours.
pub(super) const INK: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// Letter around the strongest part of a heat map on terminals without colours; the caption explains it.
pub(super) const RIM: char = 'o';

pub(super) const RIM_CAPTION: &str = "o rims where it is strongest";

/// Strength from which a part belongs to the strongest.
const STRONG: f32 = 0.5;

/// Cells that a picture of this width and height covers in `space` without changing its shape.
pub(super) fn fitted(
    [width, height]: [u32; 2],
    (cell_width, cell_height): (u16, u16),
    space: Size,
) -> Size {
    let cell_shape = f64::from(cell_height) / f64::from(cell_width.max(1));
    let wide = f64::from(width) / f64::from(height.max(1)) * cell_shape;
    let rows = (f64::from(space.width) / wide).min(f64::from(space.height));
    let columns = (rows * wide)
        .round()
        .clamp(1.0, f64::from(space.width.max(1)));
    Size::new(columns as u16, rows.round().max(1.0) as u16)
}

/// A picture in the samples that block elements are chosen by.
pub(super) fn scaled(grey: &GrayImage, cells: Size) -> GrayImage {
    let [width, height] = [cells.width, cells.height].map(|count| u32::from(count) * SIDE);
    imageops::resize(grey, width, height, FilterType::Triangle)
}

/// A picture in block elements. Heat that is drawn into it is separated from the greys, so that few colours show it as they
/// show the heat over a new scan.
pub(super) fn blocks(
    image: &DynamicImage,
    with_heat_map: bool,
    cells: Size,
    style: symbols::Style,
) -> Mosaic {
    let [width, height] = [cells.width, cells.height].map(u32::from);
    if !image.color().has_color() {
        return Mosaic::of_grey(&scaled(&image.to_luma8(), cells), cells, None, style);
    }
    let picture = image.to_rgb8();
    let fine = imageops::resize(&picture, width * SIDE, height * SIDE, FilterType::Triangle);
    if !with_heat_map {
        return Mosaic::of_colours(&fine, cells, style);
    }
    let parted = |pixel: &image::Rgb<u8>| overlay::parted(pixel.0.map(f32::from));
    let coarse = imageops::resize(&picture, width, height, FilterType::Triangle);
    let strengths: Vec<f32> = coarse.pixels().map(|pixel| parted(pixel).1).collect();
    let greys = fine.pixels().map(|pixel| parted(pixel).0.round() as u8);
    let grey = GrayImage::from_raw(fine.width(), fine.height(), greys.collect());
    Mosaic::of_grey(&grey.unwrap_or_default(), cells, Some(&strengths), style)
}

/// One character a cell, by the mean brightness under it, and [`RIM`] around the strongest part of a heat map.
pub(super) fn shades(
    grey: &GrayImage,
    heat_map: Option<&HeatMap>,
    cell: (u16, u16),
    space: Size,
) -> Vec<String> {
    let cells = fitted([grey.width(), grey.height()], cell, space);
    let [columns, rows] = [cells.width, cells.height].map(u32::from);
    let small = imageops::resize(grey, columns, rows, FilterType::Triangle);
    let strengths = heat_map.map(|map| map.stretched(columns, rows));
    let strong = |column: Option<u32>, row: Option<u32>| {
        let at = column.zip(row).filter(|(column, _)| *column < columns);
        let at = at.map(|(column, row)| row as usize * columns as usize + column as usize);
        let strength = at.and_then(|at| strengths.as_ref()?.get(at));
        strength.is_some_and(|strength| *strength >= STRONG)
    };
    let on_rim = |column: u32, row: u32| {
        let (x, y) = (Some(column), Some(row));
        let enclosed = strong(column.checked_sub(1), y)
            && strong(column.checked_add(1), y)
            && strong(x, row.checked_sub(1))
            && strong(x, row.checked_add(1));
        strong(x, y) && !enclosed
    };
    (0..)
        .zip(small.rows())
        .map(|(row, levels)| {
            (0..)
                .zip(levels)
                .map(|(column, level)| match on_rim(column, row) {
                    true => RIM,
                    false => INK[usize::from(level.0[0]) * INK.len() / 256],
                })
                .collect()
        })
        .collect()
}
