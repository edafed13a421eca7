//! The reading of an exam: its nodules with the circumstances of the whole exam, and the patient's earlier nodules.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::account::instant;
use super::audit::{self, Action, Object};
use super::exam::{classification, lesions};
use super::lesion_decision::{self, LesionDecision};
use super::nodule::{of_exam, require_exam, word};
use super::patient::{date, sex};
use super::{
    Access, ExamId, ExamState, Store, StoreError, StoredNodule, TokenScope, report_words, search,
};
use crate::clinical::assessment::{Classification, Lesion};
use crate::clinical::brock::MAX_NODULES;
use crate::clinical::lung_rads::Incomplete;
use crate::clinical::nodule::RelativePlace;
use crate::clinical::patient::Sex;
use crate::clinical::reading::{AcceptedLesion, Circumstances, Reading};
use crate::clinical::report::ReportWords;

/// Stored measurements and statements about an exam.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoredReading {
    /// In the order in which they were added, without deleted ones.
    pub nodules: Vec<StoredNodule>,
    pub circumstances: Circumstances,
    /// Increases with every change of the circumstances, from 0 before the first; a change names the revision that it was made
    /// on.
    pub circumstances_revision: u32,
    /// Decisions on the lesions that the model proposed; an undecided lesion has none.
    pub decisions: Vec<LesionDecision>,
    /// The radiologist's text of the exam.
    pub words: ReportWords,
    /// Rises with every change of the words, from 0 before the first; a change names the one that it was made on.
    pub words_revision: u32,
}

/// An exam's reading with the data for its assessment.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingRecord {
    pub exam: ExamId,
    /// For a report about the present state.
    pub state: ExamState,
    /// Time at which the exam was saved.
    pub created_at: Timestamp,
    pub date_of_birth: Option<Date>,
    pub sex: Option<Sex>,
    pub reading: StoredReading,
    /// Lesions that the model proposed, most suspicious first.
    pub lesions: Vec<Lesion>,
    pub classification: Classification,
    /// True if the exam is out of distribution; no lesion then has a probability.
    pub is_outside: bool,
    /// Slices, rows and columns of the scan.
    pub extent: [u32; 3],
    /// UID of the exam's series, if the file states it.
    pub series_uid: Option<String>,
    /// Nodules of the patient's other exams, newest exam first.
    pub priors: Vec<PriorNodule>,
}

/// A nodule of another exam of the same patient.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorNodule {
    pub exam: ExamId,
    /// Time at which that exam was saved.
    pub created_at: Timestamp,
    /// Date of that scan, if known.
    pub scanned_on: Option<Date>,
    /// Slices, rows and columns of that scan.
    pub extent: [u32; 3],
    pub kept: StoredNodule,
}

impl PriorNodule {
    /// Date of its scan, or if unknown the date of saving in UTC.
    pub fn day(&self) -> Date {
        let saved_on = || self.created_at.to_zoned(TimeZone::UTC).date();
        self.scanned_on.unwrap_or_else(saved_on)
    }

    /// Relative position in its scan; none if the nodule was typed in.
    pub fn place(&self) -> Option<RelativePlace> {
        let place = self.kept.nodule.measurement.place.as_ref()?;
        RelativePlace::of(place, self.extent)
    }
}

impl ReadingRecord {
    /// The nodule of the newest earlier exam at `place`, counted from 0: slice, row, column.
    pub fn prior_at(&self, place: [f64; 3]) -> Option<&PriorNodule> {
        let here = RelativePlace::new(place, self.extent)?;
        let today = self.reading.reading().scanned_on(self.created_at);
        let near = |prior: &&PriorNodule| {
            let is_earlier = prior.day() < today;
            prior
                .place()
                .filter(|_| is_earlier)
                .and_then(|there| here.apart(there))
        };
        let newest = self.priors.iter().find(|prior| near(prior).is_some())?.exam;
        let of_newest = self.priors.iter().filter(|prior| prior.exam == newest);
        let apart = of_newest.filter_map(|prior| Some((near(&prior)?, prior)));
        apart
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, prior)| prior)
    }
}

impl StoredReading {
    /// The reading without the data that only the database needs.
    pub fn reading(&self) -> Reading {
        Reading {
            nodules: self
                .nodules
                .iter()
                .map(|kept| kept.nodule.clone())
                .collect(),
            circumstances: self.circumstances,
            rejected: (self.decisions.iter())
                .filter(|decision| decision.nodule.is_none())
                .map(|decision| decision.lesion)
                .collect(),
            accepted: (self.decisions.iter())
                .filter_map(|decision| {
                    let id = decision.nodule?;
                    let nodule = self.nodules.iter().position(|kept| kept.id == id)?;
                    let lesion = decision.lesion;
                    Some(AcceptedLesion { lesion, nodule })
                })
                .collect(),
            words: self.words.clone(),
        }
    }
}

impl Store {
    /// The reading of an exam. Viewing is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn reading(&self, access: &Access, exam: ExamId) -> Result<ReadingRecord, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let found = transaction
                .prepare_cached(
                    "SELECT exam.created_at, patient.date_of_birth, patient.sex, patient.id,
                            exam.revision, patient.revision,
                            exam.lesions, exam.outside_reason IS NOT NULL, exam_series.series_uid,
                            exam.classification,
                            coalesce(length(exam_series.curve) / 4, 1), exam.height, exam.width
                     FROM exam JOIN patient ON patient.id = exam.patient_id
                     LEFT JOIN exam_series ON exam_series.exam_id = exam.id
                     WHERE exam.id = ?1 AND exam.hospital_id = ?2
                       AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL",
                )?
                .query_row(params![exam.0, access.hospital], |row| {
                    let patient: i64 = row.get(3)?;
                    let state = ExamState {
                        exam: row.get(4)?,
                        patient: row.get(5)?,
                    };
                    let record = ReadingRecord {
                        exam,
                        state,
                        created_at: instant(row, 0)?,
                        date_of_birth: date(row, 1)?,
                        sex: sex(row, 2)?,
                        reading: StoredReading::default(),
                        lesions: lesions(row)?,
                        classification: classification(row, 9)?,
                        is_outside: row.get(7)?,
                        extent: [row.get(10)?, row.get(11)?, row.get(12)?],
                        series_uid: row.get(8)?,
                        priors: Vec::new(),
                    };
                    Ok((patient, record))
                })
                .optional()?;
            let Some((patient, mut record)) = found else {
                return Err(StoreError::NoSuchExam.into());
            };
            record.reading = of(transaction, exam)?;
            record.priors = priors(transaction, access, patient, exam)?;
            let object = Object::Exam(exam);
            audit::record_done(transaction, access, at, Action::ViewReading, object)?;
            Ok(record)
        })
    }

    /// Replaces the circumstances of an exam and returns their new revision.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::CircumstancesChanged`] when they are not at `revision` any more,
    /// [`StoreError::InvalidNodule`] for an impossible number of nodules.
    pub fn state_circumstances(
        &self,
        access: &Access,
        exam: ExamId,
        revision: u32,
        circumstances: &Circumstances,
    ) -> Result<u32, StoreError> {
        if circumstances
            .nodules_seen
            .is_some_and(|seen| seen > MAX_NODULES)
        {
            let fault = format!("there are more than {MAX_NODULES} nodules");
            return Err(StoreError::InvalidNodule(fault));
        }
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_exam(transaction, access, exam)?;
            let present: Option<u32> = transaction
                .prepare_cached("SELECT revision FROM exam_circumstances WHERE exam_id = ?1")?
                .query_row([exam.0], |row| row.get(0))
                .optional()?;
            if present.unwrap_or(0) != revision {
                return Err(StoreError::CircumstancesChanged.into());
            }
            transaction
                .prepare_cached(
                    "INSERT INTO exam_circumstances
                         (exam_id, hospital_id, changed_by, changed_at, modifier_s, incomplete,
                          family_history, emphysema, nodules_seen, scanned_on)
                     VALUES (:exam, :hospital, :account, :at, :modifier_s, :incomplete,
                             :family_history, :emphysema, :nodules_seen, :scanned_on)
                     ON CONFLICT (exam_id) DO UPDATE SET
                         changed_by = excluded.changed_by, changed_at = excluded.changed_at,
                         modifier_s = excluded.modifier_s, incomplete = excluded.incomplete,
                         family_history = excluded.family_history, emphysema = excluded.emphysema,
                         nodules_seen = excluded.nodules_seen, scanned_on = excluded.scanned_on,
                         revision = revision + 1",
                )?
                .execute(named_params! {
                    ":exam": exam.0,
                    ":hospital": access.hospital,
                    ":account": access.account,
                    ":at": at,
                    ":modifier_s": circumstances.modifier_s,
                    ":incomplete": circumstances.incomplete.map(Incomplete::as_str),
                    ":family_history": circumstances.family_history,
                    ":emphysema": circumstances.emphysema,
                    ":nodules_seen": circumstances.nodules_seen,
                    ":scanned_on": circumstances.scanned_on.map(|date| date.to_string()),
                })?;
            search::index_exam(transaction, exam)?;
            let object = Object::Exam(exam);
            audit::record_done(transaction, access, at, Action::StateCircumstances, object)?;
            Ok(revision.saturating_add(1))
        })
    }
}

/// The reading of an exam. The caller has checked access to the exam.
pub(super) fn of(transaction: &Transaction<'_>, exam: ExamId) -> rusqlite::Result<StoredReading> {
    let circumstances = transaction
        .prepare_cached("SELECT * FROM exam_circumstances WHERE exam_id = ?1")?
        .query_row([exam.0], |row| {
            Ok((read_circumstances(row)?, row.get("revision")?))
        })
        .optional()?;
    let (circumstances, circumstances_revision) = circumstances.unwrap_or_default();
    let (words, words_revision) = report_words::of_exam(transaction, exam)?;
    Ok(StoredReading {
        words,
        words_revision,
        nodules: of_exam(transaction, exam)?,
        circumstances,
        circumstances_revision,
        decisions: lesion_decision::of_exam(transaction, exam)?,
    })
}

fn read_circumstances(row: &Row<'_>) -> rusqlite::Result<Circumstances> {
    let scanned_on = row.as_ref().column_index("scanned_on")?;
    Ok(Circumstances {
        modifier_s: row.get("modifier_s")?,
        incomplete: word(row, "incomplete", &Incomplete::ALL, Incomplete::as_str)?,
        family_history: row.get("family_history")?,
        emphysema: row.get("emphysema")?,
        nodules_seen: row.get("nodules_seen")?,
        scanned_on: date(row, scanned_on)?,
    })
}

fn priors(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: i64,
    exam: ExamId,
) -> rusqlite::Result<Vec<PriorNodule>> {
    let others: Vec<(ExamId, Timestamp, Option<Date>, [u32; 3])> = transaction
        .prepare_cached(
            "SELECT exam.id, exam.created_at, exam_circumstances.scanned_on,
                    coalesce(length(exam_series.curve) / 4, 1), exam.height, exam.width
             FROM exam LEFT JOIN exam_circumstances ON exam_circumstances.exam_id = exam.id
             LEFT JOIN exam_series ON exam_series.exam_id = exam.id
             WHERE exam.patient_id = ?1 AND exam.hospital_id = ?2
               AND exam.deleted_at IS NULL AND exam.id <> ?3
             ORDER BY coalesce(exam_circumstances.scanned_on,
                               date(exam.created_at / 1000000, 'unixepoch')) DESC, exam.id DESC",
        )?
        .query_map(params![patient, access.hospital, exam.0], |row| {
            let extent = [row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((ExamId(row.get(0)?), instant(row, 1)?, date(row, 2)?, extent))
        })?
        .collect::<Result<_, _>>()?;
    let mut priors = Vec::new();
    for (exam, created_at, scanned_on, extent) in others {
        let kept = of_exam(transaction, exam)?.into_iter();
        priors.extend(kept.map(|kept| PriorNodule {
            exam,
            created_at,
            scanned_on,
            extent,
            kept,
        }));
    }
    Ok(priors)
}
