//! Pictures and files that several test programs draw and write.

use std::path::{Path, PathBuf};

use image::{GrayImage, ImageFormat, Luma};

/// A drawn chest slice: a bright body, two dark lungs, a spine, one round nodule. `side` pixels square.
pub fn chest_slice(side: u32) -> GrayImage {
    let inside = |x: f64, y: f64, (cx, cy, rx, ry): (f64, f64, f64, f64)| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    GrayImage::from_fn(side, side, |column, row| {
        let (x, y) = (
            f64::from(column) / f64::from(side),
            f64::from(row) / f64::from(side),
        );
        let lungs =
            inside(x, y, (0.32, 0.48, 0.14, 0.24)) || inside(x, y, (0.68, 0.48, 0.14, 0.24));
        let level = if inside(x, y, (0.36, 0.42, 0.03, 0.03)) {
            170
        } else if lungs {
            25
        } else if inside(x, y, (0.5, 0.74, 0.05, 0.06)) {
            230
        } else if inside(x, y, (0.5, 0.52, 0.44, 0.36)) {
            150
        } else {
            0
        };
        // A faint texture, because no scanner yields even levels.
        Luma([level + ((column * 7 + row * 13) % 9) as u8])
    })
}

/// Writes the drawn slice as a PNG file and returns its path.
pub fn write_chest_slice(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    chest_slice(256)
        .save_with_format(&path, ImageFormat::Png)
        .expect("the slice is written");
    path
}
