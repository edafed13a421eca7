//! An exam as DICOM objects: its pictures as Secondary Captures and its report as a Structured Report.
//!
//! Both name the study that the exam is of, so that an archive files them beside its pictures. All objects of one
//! export are written with the same [`ObjectOptions`], which lets them refer to one another.

mod codes;
mod content;
mod evaluations;
mod general;
mod measurements;
mod options;
mod secondary_capture;
mod structured_report;

use crate::imaging::instance::InstanceError;

pub use self::options::{ObjectOptions, PictureKind};
pub use self::secondary_capture::secondary_capture;
pub use self::structured_report::structured_report;

/// Why there is no object of an exam.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The exam is none of the record's.
    #[error("the exam is not one of this record; export the record that it belongs to")]
    StrangeExam,
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
