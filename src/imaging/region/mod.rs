//! From a seed inside a nodule to its region and both axes, which the user accepts or corrects.
//!
//! The region is everything at or above a threshold that hangs together with the seed, cut off from vessels and
//! the chest wall by a morphological opening whose radius follows the nodule's own size, the method of Kuhnigk and
//! others (IEEE Trans Med Imaging 2006;25:417–434). Its border is found between voxels, where the values cross the
//! threshold, so that an axis is finer than the pixel spacing.

mod axes;
mod crop;
mod distance;
mod opening;
#[cfg(test)]
mod tests;

use self::crop::Crop;
use super::{ImagingError, Series};
use crate::cancel::Cancel;

/// Halfway between lung (about −860 HU) and soft tissue (about +40 HU): the border of solid nodules.
pub const SOLID_HU: i16 = -400;

/// Between lung and ground glass (about −600 HU): the border of non-solid nodules and of the whole of part-solid ones.
pub const NON_SOLID_HU: i16 = -740;

/// How far around the seed a region may be looked for, in mm; the next one when the region does not fit.
/// The last one holds a nodule of 50 mm, seeded anywhere near its middle.
const REACHES_MM: [f64; 3] = [11.0, 22.0, 44.0];

/// A voxel inside the nodule, by its indices from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    pub slice: usize,
    pub row: u32,
    pub column: u32,
}

/// A straight line on one slice; ends are row and column of pixel centres, with fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub from: [f64; 2],
    pub to: [f64; 2],
    /// Length in mm.
    pub mm: f64,
}

/// Where the region ends on one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Which slice of the series.
    pub slice: usize,
    /// Row and column of the corners, in turn around the region; the last one joins the first.
    pub points: Vec<[f64; 2]>,
}

/// A nodule as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Number of voxels.
    pub voxels: usize,
    /// Outlined areas times the distance of slices; where that is unknown, the sphere of the mean diameter.
    pub volume_mm3: f64,
    /// The slice on which the mean diameter is largest; both axes lie on it.
    pub slice: usize,
    /// The longest line from border to border.
    pub long: Line,
    /// The longest line from border to border at right angles to it.
    pub short: Line,
    /// In the order of slices.
    pub outlines: Vec<Outline>,
}

impl Region {
    /// Half of the sum of both axes, in mm, not rounded.
    pub fn mean_diameter_mm(&self) -> f64 {
        (self.long.mm + self.short.mm) / 2.0
    }
}

/// Why no region is proposed.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    #[error("the series does not state its pixel spacing; nothing can be measured in mm")]
    NoSpacing,
    #[error("the slices are pictures without Hounsfield units; measure with the calipers")]
    NoHounsfield,
    #[error("the seed lies outside the series; choose a point on a slice")]
    OutsideSeries,
    #[error(
        "nothing at the seed reaches {threshold_hu} HU; choose a point inside the nodule, or a lower threshold"
    )]
    BelowThreshold { threshold_hu: i16 },
    #[error(
        "what was seeded has no border towards its surroundings at {threshold_hu} HU; measure with the calipers"
    )]
    NoBorder { threshold_hu: i16 },
    #[error("the measuring was cancelled")]
    Cancelled,
    #[error(transparent)]
    Imaging(#[from] ImagingError),
}

/// Grows a region from `seed` over voxels of at least `threshold_hu` ([`SOLID_HU`], [`NON_SOLID_HU`]).
///
/// Looks at no more than 44 mm around the seed. Where the distance of slices is unknown it stays on the seed's
/// slice. Blocks while slices are decoded and measured; looks at `cancel` between slices and steps.
pub fn grow(
    series: &Series,
    seed: Seed,
    threshold_hu: i16,
    cancel: &Cancel,
) -> Result<Region, RegionError> {
    for reach_mm in REACHES_MM {
        let crop = Crop::read(series, seed, reach_mm, cancel)?;
        if let Some(region) = in_crop(&crop, threshold_hu, cancel)? {
            return Ok(region);
        }
    }
    Err(RegionError::NoBorder { threshold_hu })
}

/// The region inside a crop, or nothing when it does not fit into it.
fn in_crop(crop: &Crop, threshold_hu: i16, cancel: &Cancel) -> Result<Option<Region>, RegionError> {
    let Some(body) = opening::body(crop, threshold_hu, cancel)? else {
        return Ok(None);
    };
    Ok(axes::measure(crop, &body, f64::from(threshold_hu)))
}
