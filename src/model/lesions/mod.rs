//! The lesion reader: a fully convolutional network that proposes lesions on slices in Hounsfield units.
//!
//! A slice is brought to a fixed distance of pixels and seen through a fixed window, with the slices before and
//! after it as further channels ([`plane`]). The first three stages of a ResNet-50 run over tiles that cover the lungs
//! ([`tiles`], [`trunk`]); a small head joins the second and third stage and gives, at every eighth pixel, whether a lesion
//! is there, how malignant it looks, and its size ([`head`]). Peaks of that map are the proposals ([`peaks`]).

pub mod calibration;
pub mod engine;
pub mod exam;
pub mod head;
pub mod maps;
pub mod metadata;
pub mod peaks;
pub mod plane;
pub mod range;
pub mod reader;
pub mod recipe;
pub mod sizes;
pub mod tiles;
pub mod trunk;
pub mod weights;

/// Distance of the pixels that the network sees, in mm.
pub const MM_PER_PIXEL: f32 = 0.7;
/// Rows, and columns, of a tile.
pub const TILE: usize = 224;
/// The slice before, the slice itself, the slice after.
pub const CHANNELS: usize = 3;
/// Pixels from one place of the network's map to the next.
pub const STEP: usize = 8;
/// Rows, and columns, of a tile's map.
pub const MAP: usize = TILE / STEP;
/// The window: what becomes 0 and what becomes 1, in Hounsfield units.
pub const WINDOW_HU: [f32; 2] = [-1000.0, 400.0];

/// Slices that false proposals are counted in: about those of a whole chest at 15 mm.
pub const FROC_SLICES: usize = 20;
/// False proposals in so many slices that are accepted unless somebody asks for another number: what detection programs in
/// use are set to.
pub const USUAL_FALSE_PROPOSALS: f64 = 4.0;

/// Hounsfield units through [`WINDOW_HU`], in [0, 1].
pub fn window(hounsfield: f32) -> f32 {
    let [dark, bright] = WINDOW_HU;
    ((hounsfield - dark) / (bright - dark)).clamp(0.0, 1.0)
}
