//! Grey pictures in the samples of block elements, and how far what a terminal shows is from them.

use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};
use lunny::imaging::Window;
use lunny::imaging::phantom::{Grid, Phantom};
use lunny::tui::widgets::symbols::{Mosaic, SIDE, Style};
use ratatui::layout::Size;

/// A slice of the phantom and a picture of smooth parts and sharp edges, in `cells`.
pub fn pictures(cells: Size) -> [(&'static str, GrayImage); 2] {
    [
        ("phantom", scaled(&phantom(60), cells)),
        ("edges", scaled(&edges(), cells)),
    ]
}

/// A slice of 512 × 512 pixels of the phantom, of 120, in the window of the models.
pub fn phantom(slice: usize) -> GrayImage {
    let grid = Grid::chest(512, 0.7, 120, 2.5);
    let values = Phantom::new(7).slice(&grid, &Phantom::trunk(&grid), slice);
    let levels = Window::MODEL.apply(&values);
    GrayImage::from_raw(grid.columns, grid.rows, levels).expect("a whole slice")
}

/// Slow changes of light, and discs, bars and a slope with sharp edges in it.
fn edges() -> GrayImage {
    GrayImage::from_fn(512, 512, |x, y| {
        let [across, down] = [x, y].map(|at| f64::from(at) / 511.0);
        let disc = |place: [f64; 2], reach: f64| (across - place[0]).hypot(down - place[1]) < reach;
        let level = match () {
            () if disc([0.3, 0.35], 0.17) => 30.0 + 60.0 * down,
            () if disc([0.7, 0.4], 0.2) => 235.0 - 50.0 * across,
            () if (0.8..0.83).contains(&down) || (0.1..0.13).contains(&across) => 250.0,
            () if across + 0.5 * down > 1.3 => 20.0,
            () => 90.0 + 90.0 * (across * 3.0).sin() * (down * 2.0).cos(),
        };
        image::Luma([level as u8])
    })
}

/// A picture in the samples of `cells`.
pub fn scaled(picture: &GrayImage, cells: Size) -> GrayImage {
    let [width, height] = [cells.width, cells.height].map(|count| u32::from(count) * SIDE);
    imageops::resize(picture, width, height, FilterType::Triangle)
}

/// The picture as it is seen in block elements.
pub fn seen(picture: &GrayImage, cells: Size, style: Style) -> RgbImage {
    Mosaic::of_grey(picture, cells, None, style).seen()
}

/// Mean absolute error of a level.
pub fn error(picture: &GrayImage, seen: &RgbImage) -> f64 {
    let pairs = picture.pixels().zip(seen.pixels());
    let off = pairs.map(|(wanted, seen)| f64::from(wanted.0[0].abs_diff(seen.0[0])));
    off.sum::<f64>() / f64::from(picture.width() * picture.height())
}

/// The same of plain half blocks: each half in its mean.
pub fn error_of_half_blocks(picture: &GrayImage) -> f64 {
    let [width, height] = [picture.width() / SIDE, picture.height() / SIDE * 2];
    let halves = imageops::resize(picture, width, height, FilterType::Triangle);
    let seen = RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let level = halves.get_pixel(x / SIDE, y / (SIDE / 2)).0[0];
        image::Rgb([(u16::from(level) / 4 * 255 / 63) as u8; 3])
    });
    error(picture, &seen)
}
