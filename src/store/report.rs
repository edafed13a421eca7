//! Reports of an exam in versions: preliminary until a radiologist signs the newest one. A signed version never changes; a later
//! version amends it.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::account::instant;
use super::audit::{self, Action, Object};
use super::nodule::require_exam;
use super::{Access, ExamId, ExamState, Role, Store, StoreError, TokenScope, report_words, search};
use crate::clinical::report::{Addendum, ReportStatus};
use crate::clinical::text::{self, TextFault};

/// Maximum number of characters of a report.
pub const REPORT_CHARACTERS: usize = 200_000;

/// Identifies a version of a report. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportId(pub i64);

/// One version of an exam's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportVersion {
    pub id: ReportId,
    /// Counts from 1 without gaps.
    pub version: u32,
    pub text: String,
    /// True if it was signed; otherwise it is preliminary.
    pub is_final: bool,
    /// True if nothing that it reports has changed since: neither the exam's nodules and circumstances nor the patient.
    pub is_current: bool,
    /// Full name of the author.
    pub written_by: String,
    pub written_at: Timestamp,
    /// Full name of the radiologist who signed it.
    pub signed_by: Option<String>,
    pub signed_at: Option<Timestamp>,
    /// Addenda after signing, oldest first.
    pub addenda: Vec<Addendum>,
}

impl ReportVersion {
    /// Status of this version; `versions` are those of the same report, at least the earlier ones.
    pub fn status(&self, versions: &[Self]) -> ReportStatus {
        let mut earlier = versions.iter().filter(|other| other.version < self.version);
        let amends = earlier.any(|other| other.is_final);
        match (&self.signed_by, self.signed_at) {
            (Some(signed_by), Some(signed_at)) => ReportStatus::Final {
                version: self.version,
                amends,
                signed_by: signed_by.clone(),
                signed_at,
            },
            _ => ReportStatus::Preliminary {
                version: Some(self.version),
                amends,
            },
        }
    }
}

impl Store {
    /// Stores `text` as the next version of an exam's report, preliminary, about the exam's present state. For a text about a
    /// state that may have changed since, use [`Store::write_report_of`].
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::InvalidReport`] for an empty text, more than [`REPORT_CHARACTERS`] or characters that cannot be
    /// shown.
    pub fn write_report(
        &self,
        access: &Access,
        exam: ExamId,
        text: &str,
    ) -> Result<ReportVersion, StoreError> {
        self.write_version(access, exam, None, text)
    }

    /// As [`Store::write_report`], about the state from [`Exam::state`](super::Exam::state) or
    /// [`ReadingRecord::state`](super::ReadingRecord::state) that the text describes. If that has changed meanwhile, the version
    /// is stored and is not current.
    ///
    /// # Errors
    /// As [`Store::write_report`].
    pub fn write_report_of(
        &self,
        access: &Access,
        exam: ExamId,
        state: ExamState,
        text: &str,
    ) -> Result<ReportVersion, StoreError> {
        self.write_version(access, exam, Some(state), text)
    }

    fn write_version(
        &self,
        access: &Access,
        exam: ExamId,
        state: Option<ExamState>,
        text: &str,
    ) -> Result<ReportVersion, StoreError> {
        let text = check(text)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_exam(transaction, access, exam)?;
            let id = transaction
                .prepare_cached(
                    "INSERT INTO report (exam_id, hospital_id, version, text, exam_revision,
                                         patient_revision, written_by, written_at)
                     SELECT exam.id, exam.hospital_id,
                            1 + (SELECT coalesce(max(version), 0) FROM report WHERE exam_id = exam.id),
                            ?2, coalesce(?3, exam.revision), coalesce(?4, patient.revision), ?5, ?6
                     FROM exam JOIN patient ON patient.id = exam.patient_id WHERE exam.id = ?1",
                )?
                .insert(params![
                    exam.0,
                    text,
                    state.map(|state| state.exam),
                    state.map(|state| state.patient),
                    access.account,
                    at
                ])
                .map(ReportId)?;
            search::index_exam(transaction, exam)?;
            let object = Object::Report(id);
            audit::record_done(transaction, access, at, Action::WriteReport, object)?;
            let sql = format!("{VERSIONS} WHERE report.id = ?1");
            Ok(transaction.query_row(&sql, [id.0], read)?)
        })
    }

    /// Every version of an exam's report, newest first. Viewing is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn reports(&self, access: &Access, exam: ExamId) -> Result<Vec<ReportVersion>, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            require_exam(transaction, access, exam)?;
            let mut versions: Vec<ReportVersion> = transaction
                .prepare_cached(&format!(
                    "{VERSIONS} WHERE report.exam_id = ?1 ORDER BY report.version DESC"
                ))?
                .query_map([exam.0], read)?
                .collect::<Result<_, _>>()?;
            for version in versions.iter_mut().filter(|version| version.is_final) {
                version.addenda = report_words::addenda(transaction, version.id)?;
            }
            let object = Object::Exam(exam);
            audit::record_done(transaction, access, at, Action::ViewReports, object)?;
            Ok(versions)
        })
    }

    /// Signs the newest version of a report as final. A signature cannot be changed or withdrawn; another version amends it.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is a radiologist's, [`StoreError::NoSuchReport`] when the report does not
    /// exist, or when its exam is deleted or of another hospital, [`StoreError::ReportSigned`] and
    /// [`StoreError::ReportSuperseded`].
    pub fn sign_report(&self, access: &Access, id: ReportId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Radiologist, TokenScope::Write)?;
            let found: Option<(bool, bool)> = transaction
                .prepare_cached(
                    "SELECT report.signed_at IS NOT NULL,
                            report.version = (SELECT max(version) FROM report AS other
                                              WHERE other.exam_id = report.exam_id)
                     FROM report
                     JOIN exam ON exam.id = report.exam_id
                     JOIN patient ON patient.id = exam.patient_id
                     WHERE report.id = ?1 AND report.hospital_id = ?2
                       AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL",
                )?
                .query_row(params![id.0, access.hospital], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((is_signed, is_newest)) = found else {
                return Err(StoreError::NoSuchReport.into());
            };
            if is_signed {
                return Err(StoreError::ReportSigned.into());
            }
            if !is_newest {
                return Err(StoreError::ReportSuperseded.into());
            }
            let exam = transaction
                .prepare_cached(
                    "UPDATE report SET signed_by = ?2, signed_at = ?3 WHERE id = ?1
                     RETURNING exam_id",
                )?
                .query_row(params![id.0, access.account, at], |row| row.get(0))
                .map(ExamId)?;
            search::index_exam(transaction, exam)?;
            let object = Object::Report(id);
            audit::record_done(transaction, access, at, Action::SignReport, object)?;
            Ok(())
        })
    }
}

/// The columns that [`read`] reads, in its order.
const VERSIONS: &str = "
    SELECT report.id, report.version, report.text, writer.full_name, report.written_at,
           signer.full_name, report.signed_at,
           report.exam_revision = exam.revision AND report.patient_revision = patient.revision
    FROM report
    JOIN exam ON exam.id = report.exam_id
    JOIN patient ON patient.id = exam.patient_id
    JOIN account AS writer ON writer.id = report.written_by
    LEFT JOIN account AS signer ON signer.id = report.signed_by";

fn read(row: &Row<'_>) -> rusqlite::Result<ReportVersion> {
    let is_final = row.get::<_, Option<i64>>(6)?.is_some();
    Ok(ReportVersion {
        id: ReportId(row.get(0)?),
        version: row.get(1)?,
        text: row.get(2)?,
        is_final,
        is_current: row.get(7)?,
        written_by: row.get(3)?,
        written_at: instant(row, 4)?,
        signed_by: row.get(5)?,
        signed_at: is_final.then(|| instant(row, 6)).transpose()?,
        addenda: Vec::new(),
    })
}

/// The tidied text of a report.
fn check(typed: &str) -> Result<String, StoreError> {
    match text::paragraphs(typed, REPORT_CHARACTERS) {
        Ok(text) if text.is_empty() => Err(StoreError::InvalidReport("is empty")),
        Ok(text) => Ok(text),
        Err(TextFault::TooLong(_)) => {
            let fault = "is longer than 200,000 characters";
            Err(StoreError::InvalidReport(fault))
        }
        Err(_) => Err(StoreError::InvalidReport(
            "contains characters that cannot be shown",
        )),
    }
}
