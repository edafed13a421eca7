//! Exams: a scan file, the network's answer to it, and where both came from.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::account::instant;
use super::audit::{self, Action, Object, Outcome};
use super::error::is_duplicate;
use super::folder::{path_bytes, path_from_bytes};
use super::{
    Access, KeptReading, PatientId, Store, StoreError, exam_series, patient, reading, search,
};
use crate::clinical::assessment::{
    Assessment, ClassProbabilities, Classification, DecisionRule, ModelIdentity, TrainingRange,
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

/// An exam as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    pub id: ExamId,
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
        check(exam)?;
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
            if let Some(exam) = existing(transaction, patient, exam)? {
                return Ok(SavedExam {
                    patient,
                    exam,
                    was_there: true,
                });
            }
            let kept = insert(transaction, access, patient, exam, at)?;
            if let Some(series) = &exam.series {
                exam_series::insert(transaction, kept, series)?;
            }
            let exam = kept;
            patient::touch(transaction, patient, at)?;
            search::index(transaction, patient)?;
            let (who, object) = (Some(access.account), Object::Exam(exam));
            audit::record(
                transaction,
                at,
                who,
                Action::SaveExam,
                object,
                Outcome::Done,
            )?;
            Ok(SavedExam {
                patient,
                exam,
                was_there: false,
            })
        })
    }

    /// Hides an exam. It stays in the database, and [`Store::restore_exam`] brings it back.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when there is none, when it is another hospital's or deleted.
    pub fn delete_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            let deleted = transaction
                .prepare_cached(
                    "UPDATE exam SET deleted_at = :at
                     WHERE id = :exam AND hospital_id = :hospital
                       AND deleted_at IS NULL",
                )?
                .execute(named_params! {
                    ":at": at,
                    ":exam": id.0,
                    ":hospital": access.hospital,
                })?;
            if deleted == 0 {
                return Err(StoreError::NoSuchExam.into());
            }
            search::index_exam(transaction, id)?;
            let (who, object) = (Some(access.account), Object::Exam(id));
            audit::record(
                transaction,
                at,
                who,
                Action::DeleteExam,
                object,
                Outcome::Done,
            )?;
            Ok(())
        })
    }

    /// Brings a deleted exam back.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when there is no such deleted exam of this hospital,
    /// [`StoreError::ExamSavedAgain`] when the same one was saved anew meanwhile.
    pub fn restore_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            let restored = transaction
                .prepare_cached(
                    "UPDATE exam SET deleted_at = NULL
                     WHERE id = :exam AND hospital_id = :hospital
                       AND deleted_at IS NOT NULL",
                )?
                .execute(named_params! {
                    ":exam": id.0,
                    ":hospital": access.hospital,
                });
            match restored {
                Ok(0) => return Err(StoreError::NoSuchExam.into()),
                Err(error) if is_duplicate(&error) => {
                    return Err(StoreError::ExamSavedAgain.into());
                }
                other => other?,
            };
            search::index_exam(transaction, id)?;
            let (who, object) = (Some(access.account), Object::Exam(id));
            audit::record(
                transaction,
                at,
                who,
                Action::RestoreExam,
                object,
                Outcome::Done,
            )?;
            Ok(())
        })
    }
}

/// Refuses figures that no network gives. SQLite would keep NaN as NULL.
fn check(exam: &ExaminedSlice) -> Result<(), StoreError> {
    let classes = exam.assessment.classes;
    let probable = |p: &f64| (0.0..=1.0).contains(p);
    let sum = classes.normal + classes.benign + classes.malignant;
    let short = |text: &str, most| (1..=most).contains(&text.chars().count());
    let rules = [
        (
            [classes.normal, classes.benign, classes.malignant]
                .iter()
                .all(probable)
                && (sum - 1.0).abs() < 1e-3,
            "class probabilities",
        ),
        (exam.assessment.rule.is_sound(), "decision rule"),
        (short(&exam.assessment.model.id, 200), "model name"),
        (short(&exam.assessment.model.sha256, 64), "model hash"),
        (short(&exam.source_sha256, 64), "file hash"),
        (short(&exam.format, 64), "file format"),
        (exam.width > 0 && exam.height > 0, "size in pixels"),
        (
            exam.assessment
                .training_range
                .outside_reason()
                .is_none_or(|reason| {
                    short(reason, 1000)
                        && exam.assessment.classification == Classification::Indeterminate
                }),
            "mark of an unfamiliar slice",
        ),
        (
            exam.series.as_deref().is_none_or(exam_series::is_sound),
            "slices of the series",
        ),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, what)) => Err(StoreError::InvalidExam(what)),
        None => Ok(()),
    }
}

fn existing(
    transaction: &Transaction<'_>,
    patient: PatientId,
    exam: &ExaminedSlice,
) -> rusqlite::Result<Option<ExamId>> {
    transaction
        .prepare_cached(
            "SELECT id FROM exam WHERE patient_id = ?1 AND source_sha256 = ?2
                                   AND model_sha256 = ?3 AND deleted_at IS NULL",
        )?
        .query_row(
            params![patient.0, exam.source_sha256, exam.assessment.model.sha256],
            |row| row.get(0).map(ExamId),
        )
        .optional()
}

fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
    exam: &ExaminedSlice,
    at: i64,
) -> rusqlite::Result<ExamId> {
    let Assessment {
        classification,
        classes,
        rule,
        model,
        training_range,
    } = &exam.assessment;
    transaction
        .prepare_cached(
            "INSERT INTO exam (patient_id, hospital_id, created_by, created_at, source_path,
                               source_sha256, format, width, height, elapsed_ms, model_id,
                               model_sha256, classification, normal, benign, malignant, threshold,
                               indeterminate_from, indeterminate_to, sensitivity, specificity,
                               prevalence, outside_reason)
             VALUES (:patient, :hospital, :account, :at, :path, :sha256, :format, :width, :height,
                     :elapsed, :model, :model_sha256, :classification, :normal, :benign,
                     :malignant, :threshold, :from, :to, :sensitivity, :specificity, :prevalence,
                     :outside_reason)",
        )?
        .insert(named_params! {
            ":patient": patient.0,
            ":hospital": access.hospital,
            ":account": access.account,
            ":at": at,
            ":path": path_bytes(&exam.source_path),
            ":sha256": exam.source_sha256,
            ":format": exam.format,
            ":width": exam.width,
            ":height": exam.height,
            ":elapsed": i64::try_from(exam.elapsed_ms).unwrap_or(i64::MAX),
            ":model": model.id,
            ":model_sha256": model.sha256,
            ":classification": classification.as_str(),
            ":normal": classes.normal,
            ":benign": classes.benign,
            ":malignant": classes.malignant,
            ":threshold": rule.threshold,
            ":from": rule.indeterminate_from,
            ":to": rule.indeterminate_to,
            ":sensitivity": rule.sensitivity,
            ":specificity": rule.specificity,
            ":prevalence": rule.prevalence,
            ":outside_reason": training_range.outside_reason(),
        })
        .map(ExamId)
}

/// The exams of a patient, newest first, without deleted ones.
pub(super) fn of_patient(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
) -> rusqlite::Result<Vec<Exam>> {
    let mut exams: Vec<Exam> = transaction
        .prepare_cached(
            "SELECT * FROM exam
             WHERE patient_id = ?1 AND hospital_id = ?2 AND deleted_at IS NULL
             ORDER BY created_at DESC, id DESC",
        )?
        .query_map(params![patient.0, access.hospital], read_exam)?
        .collect::<Result<_, _>>()?;
    for exam in &mut exams {
        exam.reading = reading::of(transaction, exam.id)?;
        exam.slice.series = exam_series::of(transaction, exam.id)?.map(Box::new);
    }
    Ok(exams)
}

fn read_exam(row: &Row<'_>) -> rusqlite::Result<Exam> {
    let elapsed_ms: i64 = row.get("elapsed_ms")?;
    let created_at = row.as_ref().column_index("created_at")?;
    let result = row.as_ref().column_index("classification")?;
    let assessment = Assessment {
        classification: classification(row, result)?,
        classes: ClassProbabilities {
            normal: row.get("normal")?,
            benign: row.get("benign")?,
            malignant: row.get("malignant")?,
        },
        rule: DecisionRule {
            threshold: row.get("threshold")?,
            indeterminate_from: row.get("indeterminate_from")?,
            indeterminate_to: row.get("indeterminate_to")?,
            sensitivity: row.get("sensitivity")?,
            specificity: row.get("specificity")?,
            prevalence: row.get("prevalence")?,
        },
        model: ModelIdentity {
            id: row.get("model_id")?,
            sha256: row.get("model_sha256")?,
        },
        training_range: match row.get("outside_reason")? {
            Some(reason) => TrainingRange::Outside { reason },
            None => TrainingRange::Inside,
        },
    };
    Ok(Exam {
        id: ExamId(row.get("id")?),
        created_at: instant(row, created_at)?,
        slice: ExaminedSlice {
            source_path: path_from_bytes(row.get("source_path")?),
            source_sha256: row.get("source_sha256")?,
            format: row.get("format")?,
            width: row.get("width")?,
            height: row.get("height")?,
            assessment,
            elapsed_ms: elapsed_ms.unsigned_abs(),
            series: None,
        },
        reading: KeptReading::default(),
    })
}

/// Reads the word that [`Classification::as_str`] wrote.
pub(super) fn classification(row: &Row<'_>, column: usize) -> rusqlite::Result<Classification> {
    use Classification::{Indeterminate, Negative, Positive};
    let word: String = row.get(column)?;
    [Positive, Negative, Indeterminate]
        .into_iter()
        .find(|classification| classification.as_str() == word)
        .ok_or_else(|| patient::unreadable(column, format!("{word} is no classification")))
}
