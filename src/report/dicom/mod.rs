//! An exam as DICOM objects: its pictures as Secondary Captures and its report as a Structured Report.
//!
//! Both name the study that the exam is of, so that an archive files them beside its pictures, and refer to one another
//! when they are made of one [`RecordReport`](crate::report::record::RecordReport). One that was de-identified makes
//! objects which do not tell whose they are.

mod codes;
mod content;
mod evaluations;
mod general;
mod measurements;
mod names;
mod secondary_capture;
mod structured_report;

use crate::imaging::instance::InstanceError;

pub use self::secondary_capture::{PictureKind, secondary_capture};
pub use self::structured_report::structured_report;

/// Why there is no object of an exam.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("the kept picture of exam {accession} cannot be read: {source}")]
    Picture {
        accession: String,
        source: image::ImageError,
    },
    #[error(
        "the kept picture of exam {accession} is {width} × {height} pixels; DICOM takes 65535 either way"
    )]
    PictureTooLarge {
        accession: String,
        width: u32,
        height: u32,
    },
    #[error(transparent)]
    Instance(#[from] InstanceError),
}
