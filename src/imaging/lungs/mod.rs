//! The lungs of an axial chest CT slice: the search area for lesions.
//!
//! [`find`] separates air inside the body from air around it, and lung from airways and bowel gas, by density,
//! size and position. Vessels, nodules, masses, consolidation and effusion are not air: the lungs are closed
//! over them, and each lung is completed where its outline is indented at the chest wall, or in the posterior
//! part from its mirror image. Finally the mask is dilated by 9 mm, so that lesions attached to the pleura or
//! the hilum are inside with their surroundings. The computation uses cells of about 1.6 mm, so the mask has
//! their resolution.
//!
//! Limits of a single slice: stool with gas may be classified as lung, and if both lungs have the same large
//! effusion, the effusion stays outside.

mod air;
mod body;
mod cells;
mod distance;
mod enclose;
#[cfg(test)]
mod painted;
mod pieces;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::air::Air;
use self::body::Body;
use self::cells::Cells;

/// Pixel spacing if none is known, in mm.
const USUAL_SPACING_MM: f32 = 0.7;
/// Minimum extent of a picture in each direction, in mm …
const LEAST_SIDE_MM: f32 = 60.0;
/// … and in pixels.
const LEAST_SIDE: usize = 32;

/// The lungs of one axial slice, with a margin of 9 mm. At least one pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct LungMask {
    /// Row by row from the top left.
    pixels: Vec<bool>,
    width: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    pixel_mm2: f32,
}

/// Reasons why no lungs were found on a slice.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoLungs {
    #[error("the picture has {pixels} values instead of {width} × {height}; export it again")]
    WrongSize {
        pixels: usize,
        width: usize,
        height: usize,
    },
    #[error(
        "the picture is too small to find lungs in ({width} × {height} pixels, {} × {} mm); choose one of the whole chest",
        size_mm[0], size_mm[1]
    )]
    TooSmall {
        width: usize,
        height: usize,
        /// Width and height, rounded.
        size_mm: [f32; 2],
    },
    #[error("the picture shows no body; choose a slice through the chest")]
    NoBody,
    #[error(
        "there are no lungs on this slice: too little air is inside the body; choose a slice through the chest"
    )]
    TooLittleAir,
    #[error(
        "there are no lungs on this slice: the air inside the body is in an airway or the bowel; choose a slice through the chest"
    )]
    OtherAir,
}

/// Finds the lungs of one axial slice.
///
/// `hounsfield` contains `width * height` Hounsfield units, row by row from the top left; values below −1024
/// are padding. `spacing_mm` is the distance between neighbouring rows and between neighbouring columns; if it
/// is missing or not positive, 0.7 mm is assumed. Errors: see [`NoLungs`].
pub fn find(
    hounsfield: &[i16],
    width: usize,
    height: usize,
    spacing_mm: Option<[f32; 2]>,
) -> Result<LungMask, NoLungs> {
    if width.checked_mul(height) != Some(hounsfield.len()) {
        return Err(NoLungs::WrongSize {
            pixels: hounsfield.len(),
            width,
            height,
        });
    }
    let is_length = |mm: &f32| mm.is_finite() && *mm > 0.0;
    let spacing_mm = spacing_mm
        .filter(|spacing| spacing.iter().all(is_length))
        .unwrap_or([USUAL_SPACING_MM; 2]);
    let size_mm = [width as f32 * spacing_mm[1], height as f32 * spacing_mm[0]];
    if width.min(height) < LEAST_SIDE || size_mm[0].min(size_mm[1]) < LEAST_SIDE_MM {
        return Err(NoLungs::TooSmall {
            width,
            height,
            size_mm: size_mm.map(f32::round),
        });
    }
    let cells = Cells::of(hounsfield, width, height, spacing_mm);
    let body = Body::of(&cells).ok_or(NoLungs::NoBody)?;
    let air = Air::of(&cells, &body);
    if !air.has_lungs() {
        return Err(match air.other_mm2 > 0.0 {
            true => NoLungs::OtherAir,
            false => NoLungs::TooLittleAir,
        });
    }
    let mask = enclose::enclose(&air.lung, &body, cells.shape);
    let pixels = cells.spread(&mask, width, height);
    LungMask::of(pixels, width, spacing_mm).ok_or(NoLungs::TooLittleAir)
}

impl LungMask {
    fn of(pixels: Vec<bool>, width: usize, spacing_mm: [f32; 2]) -> Option<Self> {
        let with_lung = |row: &[bool]| row.contains(&true);
        let first_row = pixels.chunks_exact(width).position(with_lung)?;
        let last_row = pixels.chunks_exact(width).rposition(with_lung)?;
        let (mut first, mut last) = (width, 0);
        for row in pixels.chunks_exact(width) {
            first = row
                .iter()
                .position(|&lung| lung)
                .map_or(first, |column| first.min(column));
            last = row
                .iter()
                .rposition(|&lung| lung)
                .map_or(last, |column| last.max(column));
        }
        Some(Self {
            pixels,
            width,
            rows: first_row..last_row + 1,
            columns: first..last + 1,
            pixel_mm2: spacing_mm[0] * spacing_mm[1],
        })
    }

    /// True if a pixel is in the lungs or their margin; false outside the picture.
    pub fn contains(&self, row: usize, column: usize) -> bool {
        // The rows and columns are within the picture, so the index does not overflow.
        self.rows.contains(&row)
            && self.columns.contains(&column)
            && self.pixels[row * self.width + column]
    }

    /// The rows and the columns of the smallest rectangle around the mask.
    pub fn bounding_box(&self) -> (Range<usize>, Range<usize>) {
        (self.rows.clone(), self.columns.clone())
    }

    /// Number of pixels in the mask.
    pub fn pixels(&self) -> usize {
        self.pixels.iter().filter(|lung| **lung).count()
    }

    /// Area of the mask with the spacing that it was found with.
    pub fn area_mm2(&self) -> f32 {
        self.pixels() as f32 * self.pixel_mm2
    }

    /// Row and column of every pixel in the mask, row by row.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let places = self.pixels.iter().enumerate().filter(|(_, lung)| **lung);
        places.map(|(place, _)| (place / self.width, place % self.width))
    }
}
