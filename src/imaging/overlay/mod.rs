//! A coarse map of strengths as a colour overlay on a grey picture.

pub mod caption;
mod colours;
mod mixing;
pub mod png_file;

use image::imageops::{self, FilterType};
use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};

pub use caption::CAPTION;
pub use mixing::{parted, tinted};

/// Strengths in [0, 1] on a square that covers a whole picture of any shape.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap(ImageBuffer<Luma<f32>, Vec<f32>>);

impl HeatMap {
    /// A map of `(side, side)` strengths, row by row; values outside [0, 1] are clamped, missing ones and NaN
    /// count as 0.
    pub fn new(side: usize, mut strengths: Vec<f32>) -> Self {
        strengths.resize(side * side, 0.0);
        for strength in &mut strengths {
            *strength = match strength.is_nan() {
                true => 0.0,
                false => strength.clamp(0.0, 1.0),
            };
        }
        let side = side as u32;
        Self(ImageBuffer::from_raw(side, side, strengths).unwrap_or_default())
    }

    /// The strengths, `(side, side)` row by row.
    pub fn strengths(&self) -> &[f32] {
        self.0.as_raw()
    }

    /// The strengths, `(height, width)` row by row, for every pixel of a picture of that size: interpolated
    /// bicubically, so that the edges of the coarse pixels, which have no meaning, are not visible.
    pub fn stretched(&self, width: u32, height: u32) -> Vec<f32> {
        match self.0.is_empty() {
            true => vec![0.0; width as usize * height as usize],
            false => imageops::resize(&self.0, width, height, FilterType::CatmullRom).into_raw(),
        }
    }

    /// The picture with the map over it. The opacity of the colour rises with the strength; where it is 0 the
    /// picture stays grey.
    pub fn over(&self, picture: &GrayImage) -> RgbImage {
        let strengths = self.stretched(picture.width(), picture.height());
        let mut mixed = RgbImage::new(picture.width(), picture.height());
        for ((pixel, grey), strength) in mixed.pixels_mut().zip(picture.pixels()).zip(strengths) {
            *pixel = Rgb(tinted(f32::from(grey.0[0]), strength));
        }
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn striped(width: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, _| {
            Luma([if x % 2 == 0 { 60 } else { 180 }])
        })
    }

    #[test]
    fn without_strength_the_picture_stays_grey() {
        let picture = striped(30, 20);
        for map in [HeatMap::new(7, vec![0.0; 49]), HeatMap::new(0, Vec::new())] {
            let mixed = map.over(&picture);
            for (pixel, grey) in mixed.pixels().zip(picture.pixels()) {
                assert_eq!(pixel.0, [grey.0[0]; 3]);
            }
        }
    }

    #[test]
    fn the_map_covers_a_picture_of_any_shape_at_the_right_position() {
        // Only the cell at the top right.
        let map = HeatMap::new(2, vec![0.0, 1.0, 0.0, 0.0]);
        for (width, height) in [(64, 64), (200, 50), (31, 77)] {
            let strengths = map.stretched(width, height);
            let at = |column: u32, row: u32| strengths[(row * width + column) as usize];
            assert!(at(width - 1, 0) > 0.9, "{width} by {height}");
            for (column, row) in [(0, 0), (0, height - 1), (width - 1, height - 1)] {
                assert!(at(column, row) < 0.1, "{width} by {height}");
            }
            let colourful = |[red, _, blue]: [u8; 3]| red.abs_diff(blue) > 40;
            let mixed = map.over(&GrayImage::new(width, height));
            assert!(colourful(mixed.get_pixel(width - 1, 0).0));
            assert!(!colourful(mixed.get_pixel(0, height - 1).0));
        }
    }

    #[test]
    fn colour_covers_more_where_the_map_is_stronger_and_anatomy_stays_visible() {
        let picture = striped(2, 1);
        let contrast = |strength: f32| {
            let mixed = HeatMap::new(1, vec![strength]).over(&picture);
            mixed.get_pixel(1, 0).0[1] - mixed.get_pixel(0, 0).0[1]
        };
        let contrasts = [0.0, 0.25, 0.5, 0.75, 1.0].map(contrast);
        assert!(contrasts.is_sorted_by(|a, b| a > b), "{contrasts:?}");
        assert_eq!(contrasts[0], 120);
        assert!(contrasts[4] >= 45, "{contrasts:?}");
    }

    #[test]
    fn strengths_rise_smoothly_between_cells_and_stay_in_their_range() {
        let map = HeatMap::new(3, vec![0.0, 2.0, 0.0, 0.0, 1.0, f32::NAN, 0.0, 1.0]);
        let row = &map.stretched(300, 3)[..300];
        assert!(row.iter().all(|strength| (0.0..=1.0).contains(strength)));
        let steps = row.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.03);
    }
}
