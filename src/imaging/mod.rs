//! Files to pixels. One entrance for every format: [`load`].

mod dicom;
mod error;
mod load;
pub mod overlay;
mod raster;
pub mod region;
pub mod scan;
pub mod series;
pub mod window;

pub use error::ImagingError;
pub use load::{MOST_BYTES, MOST_PIXELS, load};
pub use region::{Region, RegionError, Seed};
pub use scan::{Format, Modality, Pixels, Provenance, Scan};
pub use series::Series;
pub use window::Window;
