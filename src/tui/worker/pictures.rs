//! Pictures for the terminal: a scan, with what the model found on it, and pictures that are kept with an exam.

use std::path::PathBuf;
use std::sync::Arc;

use image::DynamicImage;
use ratatui::layout::Size;

use super::key_image::{self, KeptPictures, KeyImageError};
use crate::imaging::Scan;
use crate::model::Attention;
use crate::store::{Access, ExamId, PatientId, Store, StoreError};
use crate::tui::session::Capabilities;
use crate::tui::widgets::lesion_mark::LesionMark;
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::slice;

/// Work on pictures for a background thread.
pub enum Request {
    /// Encodes a scan for the terminal.
    Scan {
        scan: Arc<Scan>,
        /// Laid over the scan.
        attention: Option<Arc<Attention>>,
        /// Circled on the scan, where no attention is drawn over it.
        marks: Vec<LesionMark>,
        space: Size,
        capabilities: Capabilities,
    },
    /// Encodes a kept picture for the terminal.
    Kept {
        image: Arc<DynamicImage>,
        with_heat_map: bool,
        space: Size,
        capabilities: Capabilities,
    },
    /// Reads the pictures that are kept with an exam.
    OfExam {
        access: Access,
        patient: PatientId,
        exam: ExamId,
        /// File or folder of the scan.
        source: PathBuf,
    },
}

/// Outcome of the work.
pub enum Answer {
    Encoded(Result<Arc<Picture>, PictureError>),
    OfExam(Result<Box<KeptPictures>, KeyImageError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Answers a request. `store` opens the database.
pub(super) fn perform(
    store: impl FnOnce() -> Result<Store, StoreError>,
    request: Request,
) -> Answer {
    match request {
        Request::Scan {
            scan,
            attention,
            marks,
            space,
            capabilities,
        } => {
            let map = attention.map(|attention| attention.heat_map());
            let picture = match map.is_none() && !marks.is_empty() {
                true => slice::marked(&scan, &marks, space, &capabilities),
                false => Picture::encode(&scan, map.as_ref(), &capabilities, space),
            };
            Answer::Encoded(picture.map(Arc::new))
        }
        Request::Kept {
            image,
            with_heat_map,
            space,
            capabilities,
        } => {
            let picture = Picture::of_image(&image, with_heat_map, &capabilities, space);
            Answer::Encoded(picture.map(Arc::new))
        }
        Request::OfExam {
            access,
            patient,
            exam,
            source,
        } => {
            let kept = key_image::read(store(), &access, patient, exam, source);
            Answer::OfExam(kept.map(Box::new))
        }
    }
}
