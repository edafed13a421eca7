//! The lesion reader: a fully convolutional network that proposes lesions on slices in Hounsfield units.
//!
//! A slice is turned upright ([`upright`]), resampled to a fixed pixel spacing and mapped through a fixed window; the slices before and after
//! it are further channels ([`plane`]). The first three stages of a ResNet-50 run over tiles that cover the
//! lungs ([`tiles`], [`trunk`]). A small head combines the second and third stage and gives, at every eighth
//! pixel, the probability of a lesion, its malignancy and its size ([`head`]). Peaks of that map are the
//! proposals ([`peaks`]).

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
pub mod upright;
pub mod weights;

/// Distance between the pixels of the network's input, in mm.
pub const MM_PER_PIXEL: f32 = 0.7;
/// Height and width of a tile.
pub const TILE: usize = 224;
/// Number of channels: the slice before, the slice itself, the slice after.
pub const CHANNELS: usize = 3;
/// Distance between positions of the network's map, in pixels.
pub const STEP: usize = 8;
/// Height and width of a tile's map.
pub const MAP: usize = TILE / STEP;
/// The window in Hounsfield units: the values that become 0 and 1.
pub const WINDOW_HU: [f32; 2] = [-1000.0, 400.0];

/// Number of slices in the unit of false proposals: about a whole chest at 15 mm spacing.
pub const FROC_SLICES: usize = 20;
/// Default number of false proposals in [`FROC_SLICES`] slices; a usual setting of detection software.
pub const USUAL_FALSE_PROPOSALS: f64 = 4.0;

/// Hounsfield units mapped through [`WINDOW_HU`], in [0, 1].
pub fn window(hounsfield: f32) -> f32 {
    let [dark, bright] = WINDOW_HU;
    ((hounsfield - dark) / (bright - dark)).clamp(0.0, 1.0)
}
