//! An exam as DICOM objects: its pictures as Secondary Captures and its report as a Structured Report.
//!
//! Both name the study of the exam, so that an archive files them with its pictures, and refer to one another if made from one
//! [`RecordReport`](crate::report::record::RecordReport). A de-identified record makes de-identified objects.

mod codes;
mod content;
mod evaluations;
mod general;
mod measurements;
mod names;
mod secondary_capture;
mod structured_report;
mod words;

use crate::imaging::instance::InstanceError;

pub use self::secondary_capture::{PictureKind, secondary_capture};
pub use self::structured_report::structured_report;

/// Reason why no object of an exam can be made.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("the stored picture of exam {accession} cannot be read: {source}")]
    Picture {
        accession: String,
        source: image::ImageError,
    },
    #[error(
        "the stored picture of exam {accession} is {width} × {height} pixels; DICOM allows at most 65535 per side"
    )]
    PictureTooLarge {
        accession: String,
        width: u32,
        height: u32,
    },
    #[error(transparent)]
    Instance(#[from] InstanceError),
}
