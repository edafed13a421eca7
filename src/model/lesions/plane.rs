//! A slice as input of the lesion reader: fixed pixel spacing, fixed window.

use super::{MM_PER_PIXEL, window};

/// Pixel spacing of a slice that states none, in mm: that of the usual chest CT.
pub const USUAL_SPACING_MM: f32 = 0.7;
/// Maximum side of a plane, in pixels: a field of 1 m. Larger fields are not plausible.
const LONGEST: usize = 1440;

/// Grey levels in [0, 1] of a slice with a spacing of [`MM_PER_PIXEL`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    /// `(height, width)`
    pub levels: Vec<f32>,
    /// Pixels of the slice for each pixel of the plane: rows, columns.
    pub scale: [f32; 2],
}

impl Plane {
    /// The plane of `hounsfield`, `(height, width)`, with row and column spacing `spacing_mm`; `None` for a
    /// slice without pixels, or with another number of them.
    pub fn new(
        hounsfield: &[i16],
        width: usize,
        height: usize,
        spacing_mm: Option<[f32; 2]>,
    ) -> Option<Self> {
        if width == 0 || height == 0 || hounsfield.len() != width.checked_mul(height)? {
            return None;
        }
        let sound = |mm: f32| mm.is_finite() && (0.05..=5.0).contains(&mm);
        let spacing = spacing_mm.filter(|spacing| spacing.iter().all(|mm| sound(*mm)));
        let spacing = spacing.unwrap_or([USUAL_SPACING_MM; 2]);
        let length = |pixels: usize, mm: f32| {
            ((pixels as f32 * mm / MM_PER_PIXEL).round() as usize).clamp(1, LONGEST)
        };
        let (rows, columns) = (length(height, spacing[0]), length(width, spacing[1]));
        let scale = [height as f32 / rows as f32, width as f32 / columns as f32];
        let rows_under = Interpolation::of(rows, height, scale[0]);
        let columns_under = Interpolation::of(columns, width, scale[1]);
        let mut levels = Vec::with_capacity(rows * columns);
        for (upper, lower, down) in &rows_under.0 {
            let row = |at: usize| &hounsfield[at * width..(at + 1) * width];
            let (upper, lower) = (row(*upper), row(*lower));
            for (left, right, across) in &columns_under.0 {
                let along = |row: &[i16]| {
                    f32::from(row[*left]) * (1.0 - across) + f32::from(row[*right]) * across
                };
                levels.push(window(along(upper) * (1.0 - down) + along(lower) * down));
            }
        }
        Some(Self {
            width: columns,
            height: rows,
            levels,
            scale,
        })
    }

    /// The position on the slice of a position on the plane, both in pixels from 0: row, column.
    pub fn to_slice(&self, row: f32, column: f32) -> [f32; 2] {
        let to = |at: f32, scale: f32| (at + 0.5) * scale - 0.5;
        [to(row, self.scale[0]), to(column, self.scale[1])]
    }
}

/// Linear interpolation: for every pixel along one axis, the two pixels of the slice around it, and the weight
/// of the second.
struct Interpolation(Vec<(usize, usize, f32)>);

impl Interpolation {
    fn of(count: usize, length: usize, scale: f32) -> Self {
        let last = length - 1;
        let under = |at: usize| {
            let place = ((at as f32 + 0.5) * scale - 0.5).clamp(0.0, last as f32);
            let first = (place.floor() as usize).min(last);
            (first, (first + 1).min(last), place - first as f32)
        };
        Self((0..count).map(under).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_has_the_fixed_pixel_spacing() {
        let plane = Plane::new(&[0; 100 * 60], 60, 100, Some([1.4, 0.7])).unwrap();
        assert_eq!((plane.height, plane.width), (200, 60));
        assert!(
            plane
                .levels
                .iter()
                .all(|level| (level - window(0.0)).abs() < 1e-6)
        );
    }

    #[test]
    fn positions_map_back_to_the_slice() {
        let mut slice = vec![-1000; 100 * 100];
        slice[30 * 100 + 70] = 400;
        let plane = Plane::new(&slice, 100, 100, Some([0.35; 2])).unwrap();
        let brightest =
            (0..plane.levels.len()).max_by(|a, b| plane.levels[*a].total_cmp(&plane.levels[*b]));
        let at = brightest.unwrap();
        let [row, column] = plane.to_slice((at / plane.width) as f32, (at % plane.width) as f32);
        assert!(
            (row - 30.0).abs() <= 1.0 && (column - 70.0).abs() <= 1.0,
            "{row}, {column}"
        );
    }

    #[test]
    fn slices_of_impossible_size_or_spacing_are_refused() {
        assert!(Plane::new(&[], 0, 0, None).is_none());
        assert!(Plane::new(&[0; 5], 2, 3, None).is_none());
        for spacing in [f32::NAN, 0.0, -1.0, 1e9] {
            let plane = Plane::new(&[0; 9], 3, 3, Some([spacing; 2])).unwrap();
            assert_eq!((plane.width, plane.height), (3, 3));
        }
    }
}
