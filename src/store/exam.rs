//! Exams: a scan file, the network's answer to it, and where both came from.

mod columns;
mod newest_lesions;

pub(super) use self::columns::{classification, lesions, of_patient};
pub use self::newest_lesions::NewestLesions;

use jiff::Timestamp;

use self::columns::{check, existing, insert};
use super::attachment::{self, AttachmentKind, Checked, NewAttachment};
use super::audit::{self, Action, Object, Outcome};
use super::{
    Access, KeptReading, PatientId, ScanOwner, Store, StoreError, exam_series, patient, search,
};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;

/// Names an exam. Opens nothing by itself: every query asks whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExamId(pub i64);

/// Whom an exam is saved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientChoice {
    Existing(PatientId),
    New(Patient),
}

/// Where an exam was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedExam {
    pub patient: PatientId,
    pub exam: ExamId,
    /// The patient had this very file with this very model's answer already; nothing was added.
    pub was_there: bool,
}

/// Which state of an exam and its patient somebody looked at; another one after every change of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExamState {
    pub(super) exam: u32,
    pub(super) patient: u32,
}

/// An exam as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    pub id: ExamId,
    /// For a report that is written of what stands here.
    pub state: ExamState,
    pub created_at: Timestamp,
    pub slice: ExaminedSlice,
    /// What was measured and stated of it.
    pub reading: KeptReading,
}

impl Store {
    /// Saves an exam, and its patient where that is new, in one transaction.
    ///
    /// Saving the same file (by SHA-256) with the answer of the same model (by SHA-256) to the same
    /// patient again adds nothing and gives the exam that is there: pressing the key twice is no
    /// mistake. The same file under another model is another exam.
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] for a new patient whose number is in use,
    /// [`StoreError::NoSuchPatient`] for one that is not this hospital's,
    /// [`StoreError::InvalidExam`] and [`StoreError::InvalidPatient`] for values that cannot be.
    pub fn save_exam(
        &self,
        access: &Access,
        choice: &PatientChoice,
        exam: &ExaminedSlice,
    ) -> Result<SavedExam, StoreError> {
        self.save_exam_with(access, choice, exam, &[])
    }

    /// As [`Store::save_exam`], with key images and heat maps that are kept with the exam. To an exam that was there,
    /// those are added that it does not have.
    ///
    /// # Errors
    /// As [`Store::save_exam`], and [`StoreError::InvalidAttachment`] for a photo, for what is no whole PNG or JPEG
    /// file and for more than [`ATTACHMENT_BYTES`](super::ATTACHMENT_BYTES).
    pub fn save_exam_with(
        &self,
        access: &Access,
        choice: &PatientChoice,
        exam: &ExaminedSlice,
        attachments: &[NewAttachment],
    ) -> Result<SavedExam, StoreError> {
        self.save_exam_of(access, choice, exam, attachments, &ScanOwner::default())
    }

    /// As [`Store::save_exam_with`], for a scan that says whose it is. Where that contradicts the record, the user has
    /// to have accepted it; that is entered in the log with the exam.
    ///
    /// # Errors
    /// As [`Store::save_exam_with`], and [`StoreError::AnotherPatient`] for a contradiction that was not accepted.
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
            access.require(transaction)?;
            let patient = match choice {
                PatientChoice::New(new) => patient::insert(transaction, access, new, at)?,
                PatientChoice::Existing(id) => {
                    patient::require(transaction, access, *id)?;
                    *id
                }
            };
            let is_contradicted = owner.check(transaction, access, patient)?;
            let there = existing(transaction, patient, exam)?;
            let kept = match there {
                Some(there) => there,
                None => insert(transaction, access, patient, exam, at)?,
            };
            if there.is_none() {
                if let Some(series) = &exam.series {
                    exam_series::insert(transaction, kept, series)?;
                }
                patient::touch(transaction, patient, at)?;
                search::index(transaction, patient)?;
                let (who, object) = (Some(access.account), Object::Exam(kept));
                let (action, outcome) = (Action::SaveExam, Outcome::Done);
                audit::record(transaction, at, who, action, object, outcome)?;
                if is_contradicted {
                    let action = Action::AcceptContradiction;
                    audit::record(transaction, at, who, action, object, outcome)?;
                }
            }
            for new in &attachments {
                attachment::insert(transaction, access, (patient, Some(kept)), new, at)?;
            }
            Ok(SavedExam {
                patient,
                exam: kept,
                was_there: there.is_some(),
            })
        })
    }
}
