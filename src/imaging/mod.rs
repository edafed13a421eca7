//! From files to pixels. [`FrameFile`] reads every format, [`Header`] the attributes of a file before its
//! pixels, and [`load`] a file of one slice.

mod archive;
mod containers;
mod dicom;
mod error;
mod file;
mod header;
mod inspection;
pub mod instance;
mod isolated;
mod jpeg_lines;
mod large;
mod load;
pub mod lungs;
mod marks;
mod nifti;
mod opening;
pub mod overlay;
pub mod phantom;
pub mod photo;
mod raster;
pub mod region;
pub mod scan;
pub mod series;
mod shared_file;
mod source;
pub mod window;

pub use dicom::tag_lines::TagLine;
pub use error::ImagingError;
pub use file::{FrameFile, MOST_ALLOCATED, MOST_BYTES, MOST_PIXELS};
pub use header::{Frame, GroupingTags, Header, MOST_FRAMES};
pub use isolated::{serve_if_asked, tags};
pub use large::MOST_STREAMED_BYTES;
pub use load::load;
pub use marks::Marks;
pub use scan::{Format, Modality, Pixels, Provenance, Scan};
pub use series::Series;
pub use window::Window;
