//! Exams: a scan file, the network's result for it, and the origin of both.

mod columns;
mod newest_lesions;

pub(super) use self::columns::{classification, lesions, of_patient};
pub use self::newest_lesions::NewestLesions;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::columns::{check, existing, insert};
use super::attachment::{self, AttachmentKind, Checked, NewAttachment};
use super::audit::{self, Action, Object};
use super::{
    Access, PatientId, PlannedId, ScanOwner, Store, StoreError, StoredReading, TokenScope,
    exam_series, exam_study, patient, search, worklist,
};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;

/// Identifies an exam. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExamId(pub i64);

/// The patient that an exam is saved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientChoice {
    Existing(PatientId),
    New(Patient),
}

/// Result of saving an exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedExam {
    pub patient: PatientId,
    pub exam: ExamId,
    /// True if the patient already had this same file with this same model's result; nothing was added.
    pub already_saved: bool,
    /// The planned exam that it completed, if any.
    pub planned: Option<PlannedId>,
}

/// State of an exam and its patient that a user saw; different after every change of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExamState {
    pub(super) exam: u32,
    pub(super) patient: u32,
}

/// A stored exam.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    pub id: ExamId,
    /// For a report about the present state.
    pub state: ExamState,
    pub created_at: Timestamp,
    pub slice: ExaminedSlice,
    /// Measurements and statements of the reader.
    pub reading: StoredReading,
}

impl Exam {
    /// Time of the exam: noon UTC of the day of the scan if that is stated, so that the day is the same in nearly all time zones,
    /// or else the time of saving.
    pub fn examined_at(&self) -> Timestamp {
        examined_at(self.created_at, self.reading.circumstances.scanned_on)
    }
}

/// As [`Exam::examined_at`].
pub(super) fn examined_at(saved_at: Timestamp, scanned_on: Option<Date>) -> Timestamp {
    let noon = scanned_on.map(|day| day.at(12, 0, 0, 0));
    let noon = noon.and_then(|noon| noon.to_zoned(TimeZone::UTC).ok());
    noon.map_or(saved_at, |noon| noon.timestamp())
}

impl Store {
    /// Saves an exam, and its patient if new, in one transaction.
    ///
    /// Saving the same file (by SHA-256) with the result of the same model (by SHA-256) to the same patient again adds nothing
    /// and returns the existing exam: pressing the key twice is harmless. The same file under another model is another exam.
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] for a new patient whose number is in use,
    /// [`StoreError::NoSuchPatient`] for a patient of another hospital,
    /// [`StoreError::InvalidExam`] and [`StoreError::InvalidPatient`] for impossible values.
    pub fn save_exam(
        &self,
        access: &Access,
        choice: &PatientChoice,
        exam: &ExaminedSlice,
    ) -> Result<SavedExam, StoreError> {
        self.save_exam_with(access, choice, exam, &[])
    }

    /// As [`Store::save_exam`], with key images and heat maps that are stored with the exam. An existing exam gets those that it
    /// lacks.
    ///
    /// # Errors
    /// As [`Store::save_exam`], and [`StoreError::InvalidAttachment`] for a photo, for an incomplete PNG or JPEG file and for
    /// more than [`ATTACHMENT_BYTES`](super::ATTACHMENT_BYTES).
    pub fn save_exam_with(
        &self,
        access: &Access,
        choice: &PatientChoice,
        exam: &ExaminedSlice,
        attachments: &[NewAttachment],
    ) -> Result<SavedExam, StoreError> {
        self.save_exam_of(access, choice, exam, attachments, &ScanOwner::default())
    }

    /// As [`Store::save_exam_with`], for a scan that states its patient and its order. If the patient contradicts the record, or
    /// the exam with the scan's accession number is planned for another patient, the user must have accepted it, which is
    /// recorded in the audit log with the exam. The planned exam of the patient is then done: the one with the accession number,
    /// or else one of the day of the scan.
    ///
    /// # Errors
    /// As [`Store::save_exam_with`], and [`StoreError::AnotherPatient`] and [`StoreError::PlannedForAnother`] for a
    /// contradiction that was not accepted.
    pub fn save_exam_of(
        &self,
        access: &Access,
        choice: &PatientChoice,
        exam: &ExaminedSlice,
        attachments: &[NewAttachment],
        owner: &ScanOwner,
    ) -> Result<SavedExam, StoreError> {
        check(exam)?;
        if (attachments.iter()).any(|attachment| attachment.kind == AttachmentKind::Photo) {
            let fault = "it belongs to a patient, not to an exam";
            return Err(StoreError::InvalidAttachment(fault));
        }
        let attachments: Vec<Checked<'_>> = (attachments.iter())
            .map(Checked::of)
            .collect::<Result<_, _>>()?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let patient = match choice {
                PatientChoice::New(new) => patient::insert(transaction, access, new, at)?,
                PatientChoice::Existing(id) => {
                    patient::require(transaction, access, *id)?;
                    *id
                }
            };
            let is_contradicted = owner.check(transaction, access, patient)?;
            let (order, accepted) = (&owner.order, owner.accepted_plan);
            let others_plan = worklist::check_order(transaction, access, patient, order, accepted)?;
            let there = existing(transaction, patient, exam)?;
            let kept = match there {
                Some(there) => there,
                None => insert(transaction, access, patient, exam, at)?,
            };
            if let Some(study) = &owner.study {
                exam_study::insert(transaction, kept, study)?;
                // The accession number of a study that is stated only now is searched.
                if there.is_some() {
                    search::index(transaction, patient)?;
                }
            }
            if there.is_none() {
                if let Some(series) = &exam.series {
                    exam_series::insert(transaction, kept, series)?;
                }
                patient::touch(transaction, patient, at)?;
                search::index(transaction, patient)?;
                let object = Object::Exam(kept);
                audit::record_done(transaction, access, at, Action::SaveExam, object)?;
                if is_contradicted {
                    let action = Action::AcceptContradiction;
                    audit::record_done(transaction, access, at, action, object)?;
                }
                if others_plan.is_some() {
                    let action = Action::AcceptOtherPlan;
                    audit::record_done(transaction, access, at, action, object)?;
                }
            }
            let planned = match others_plan {
                Some(_) => None,
                None => worklist::tick_off(transaction, access, (patient, kept), order, at)?,
            };
            for new in &attachments {
                attachment::insert(transaction, access, (patient, Some(kept)), new, at)?;
            }
            Ok(SavedExam {
                patient,
                exam: kept,
                already_saved: there.is_some(),
                planned,
            })
        })
    }
}
