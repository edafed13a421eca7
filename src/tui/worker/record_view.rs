//! Contents of the record view besides its text: pictures, read and drawn outside the event loop; and the records that would
//! be deleted with one of its exams.

use std::sync::Arc;

use image::DynamicImage;
use ratatui::layout::Size;

use super::key_image::{KeyImageError, picture};
use crate::store::{
    Access, AttachmentKind, DependentRecords, ExamId, PatientId, RecordEntry, Store, StoreError,
};
use crate::tui::session::Capabilities;
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::picture_error::PictureError;

/// Work for a background thread.
pub enum Request {
    /// The photo of a patient, and what is kept of one exam.
    Pictures {
        access: Access,
        patient: PatientId,
        exam: Option<ExamId>,
    },
    /// Encodes pictures for the terminal.
    Draw {
        drawings: Of<Option<Drawing>>,
        capabilities: Capabilities,
    },
    /// Newest audit entries of a patient's record.
    Log {
        access: Access,
        patient: PatientId,
        limit: u32,
    },
    /// Records that would be deleted with an exam.
    ExamBelongings { access: Access, exam: ExamId },
}

/// Outcome of the work.
pub enum Answer {
    /// With the exam that they are of.
    Pictures(Option<ExamId>, Result<Of<Kept>, StoreError>),
    Drawn(Of<Drawn>),
    /// Newest first.
    Log(Result<Vec<RecordEntry>, StoreError>),
    ExamBelongings(ExamId, Result<DependentRecords, StoreError>),
}

/// One value for each picture of the view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Of<T> {
    pub photo: T,
    pub key_image: T,
    pub heat_map: T,
}

/// A stored picture, the reason why it cannot be shown, or none.
pub type Kept = Option<Result<Arc<DynamicImage>, KeyImageError>>;

/// An encoded picture, or why it cannot be drawn.
pub type Drawn = Option<Result<Arc<Picture>, PictureError>>;

/// A picture and the cells that it is to fill.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub image: Arc<DynamicImage>,
    pub space: Size,
}

impl<T> Of<T> {
    /// Converts the value of each picture. The flag is true for the picture with a heat map over it.
    pub fn map<U>(self, make: impl Fn(T, bool) -> U) -> Of<U> {
        Of {
            photo: make(self.photo, false),
            key_image: make(self.key_image, false),
            heat_map: make(self.heat_map, true),
        }
    }
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Pictures {
            access,
            patient,
            exam,
        } => Answer::Pictures(exam, read(store, &access, patient, exam)),
        Request::Draw {
            drawings,
            capabilities,
        } => Answer::Drawn(drawings.map(|drawing, with_heat_map| {
            let Drawing { image, space } = drawing?;
            let picture = Picture::of_image(&image, with_heat_map, &capabilities, space);
            Some(picture.map(Arc::new))
        })),
        Request::Log {
            access,
            patient,
            limit,
        } => Answer::Log(store.and_then(|store| store.patient_log(&access, patient, limit))),
        Request::ExamBelongings { access, exam } => Answer::ExamBelongings(
            exam,
            store.and_then(|store| store.exam_dependents(&access, exam)),
        ),
    }
}

fn read(
    store: Result<Store, StoreError>,
    access: &Access,
    patient: PatientId,
    exam: Option<ExamId>,
) -> Result<Of<Kept>, StoreError> {
    let store = store?;
    let kept = store.attachments(access, patient)?;
    let of = |exam, kind| picture(&store, access, &kept, exam, kind).transpose();
    let of_exam = |kind| exam.and_then(|exam| of(Some(exam), kind));
    Ok(Of {
        photo: of(None, AttachmentKind::Photo),
        key_image: of_exam(AttachmentKind::KeyImage),
        heat_map: of_exam(AttachmentKind::HeatMap),
    })
}
