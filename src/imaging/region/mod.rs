//! A nodule's axes, proposed from a point inside it.
//!
//! [`grow`] searches along rays from the seed for the edge, where the values fall below the threshold, and fits
//! an ellipsoid to the edge points so that distant ones (a vessel that enters, the chest wall) do not count.
//! The user accepts or corrects the proposal. Cutting attached structures off a grown region before it is
//! measured is the approach of Kuhnigk et al., "Morphological segmentation and partial volume analysis for
//! volumetry of solid pulmonary lesions in thoracic CT scans", IEEE Transactions on Medical Imaging 25 (2006);
//! the cutting method is LUNNY's own.

mod axes;
mod block;
mod directions;
mod ellipsoid;
mod surface;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod volumes;

use self::block::Block;
use self::surface::Surface;
use super::{ImagingError, Series};
use crate::cancel::Cancel;

/// Threshold for solid nodules and solid parts, in HU: half-way between soft tissue (about +40) and lung (about
/// −850), the position of the edge in a blurred picture.
pub const SOLID_HU: i16 = -400;

/// Threshold for non-solid nodules and for the whole of part-solid ones, in HU: between ground glass (about
/// −600) and lung.
pub const NON_SOLID_HU: i16 = -740;

/// Search radii around the seed, in mm; the next one is tried if the previous was too small.
const REACHES_MM: [f64; 3] = [18.0, 36.0, 66.0];

/// Start of the search: a pixel inside the nodule. Slice, row and column count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    pub slice: usize,
    pub row: u32,
    pub column: u32,
}

/// A straight line on a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Row and column, at pixel centres, with fractions: `[0.0, 0.0]` is the centre of the first pixel.
    pub from: [f64; 2],
    pub to: [f64; 2],
    /// Length by the pixel spacing.
    pub mm: f64,
}

/// The edge of a region on one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    pub slice: usize,
    /// Corners of a closed polygon, in order: row and column, at pixel centres, with fractions.
    pub points: Vec<[f64; 2]>,
}

/// A region around a seed, with its proposed axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Number of voxels whose centre is inside; at least one.
    pub voxels: usize,
    /// Volume inside the edge; that of a sphere with the mean diameter if the distance between slices is
    /// unknown.
    pub volume_mm3: f64,
    /// The slice with the largest mean diameter.
    pub slice: usize,
    /// The longest diameter on [`Self::slice`].
    pub long: Line,
    /// The longest diameter at right angles to [`Self::long`].
    pub short: Line,
    /// The edge on every slice of the region, lowest slice first.
    pub outlines: Vec<Outline>,
}

impl Region {
    /// Mean of the long and the short axis, in mm.
    pub fn mean_diameter_mm(&self) -> f64 {
        (self.long.mm + self.short.mm) / 2.0
    }
}

/// Reasons why a seed gave no region.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    #[error("the file states no distance between pixels, so nothing can be measured in mm")]
    NoSpacing,
    #[error("the slice holds grey levels, not Hounsfield units; place both axes by hand")]
    NoHounsfield,
    #[error(
        "slice {}, row {}, column {} is outside the series; choose a point on a slice",
        .0.slice + 1, .0.row + 1, .0.column + 1
    )]
    Outside(Seed),
    #[error(
        "the value at this point is {hu} HU, below the threshold of {threshold_hu} HU; choose a point inside the nodule or a lower threshold"
    )]
    BelowThreshold { hu: i16, threshold_hu: i16 },
    #[error(
        "the region above {threshold_hu} HU at this point has no clear edge; choose a point in the middle of the nodule, another threshold, or place both axes by hand"
    )]
    NoEdge { threshold_hu: i16 },
    #[error("the measurement was cancelled")]
    Cancelled,
    #[error(transparent)]
    Slice(#[from] ImagingError),
}

/// The region around `seed` at or above `threshold_hu`, without attached structures.
///
/// The seed may be a pixel or two beside the region. Uses one slice only if the distance between slices is
/// unknown. Errors: see [`RegionError`].
pub fn grow(
    series: &Series,
    seed: Seed,
    threshold_hu: i16,
    cancel: &Cancel,
) -> Result<Region, RegionError> {
    for reach_mm in REACHES_MM {
        let block = Block::around(series, seed, reach_mm, cancel)?;
        if let Some(region) = region_in(&block, threshold_hu, cancel)? {
            return Ok(region);
        }
    }
    Err(RegionError::NoEdge { threshold_hu })
}

/// The region around the centre of the seed in a block; `None` if the block is too small.
fn region_in(
    block: &Block,
    threshold_hu: i16,
    cancel: &Cancel,
) -> Result<Option<Region>, RegionError> {
    let start = block.start(threshold_hu)?;
    let Some(surface) = Surface::around(block, start, f64::from(threshold_hu), cancel)? else {
        return Ok(None);
    };
    Ok(axes::propose(block, &surface))
}
