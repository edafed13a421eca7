//! The radiologist's words on an exam, addenda to signed reports, and the hospital's templates.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::account::instant;
use super::audit::{self, Action, Object};
use super::nodule::require_exam;
use super::{Access, ExamId, ReportId, Role, Store, StoreError, TokenScope, search};
use crate::clinical::lung_rads::Category;
use crate::clinical::report::{Addendum, ReportWords, template};

impl Store {
    /// Replaces the radiologist's words on an exam and returns their new revision. Earlier versions of the report do not have
    /// them; the next version does.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is a radiologist's, [`StoreError::NoSuchExam`] when there is none, when
    /// it is another hospital's or deleted, [`StoreError::WordsChanged`] when they are not at `revision` any more (0 before
    /// the first), [`StoreError::InvalidWords`] for a part that is too long or cannot be shown.
    pub fn write_words(
        &self,
        access: &Access,
        exam: ExamId,
        revision: u32,
        words: &ReportWords,
    ) -> Result<u32, StoreError> {
        let words = words.check().map_err(StoreError::InvalidWords)?;
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Radiologist, TokenScope::Write)?;
            require_exam(transaction, access, exam)?;
            let (present, present_revision) = of_exam(transaction, exam)?;
            if present_revision != revision {
                return Err(StoreError::WordsChanged.into());
            }
            if present == words {
                return Ok(revision);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO report_words (exam_id, hospital_id, findings, impression, recommendation, changed_by,
                                               changed_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (exam_id) DO UPDATE SET
                         findings = excluded.findings, impression = excluded.impression,
                         recommendation = excluded.recommendation, changed_by = excluded.changed_by,
                         changed_at = excluded.changed_at, revision = revision + 1",
                )?
                .execute(params![
                    exam.0,
                    access.hospital,
                    words.findings,
                    words.impression,
                    words.recommendation,
                    access.account,
                    at
                ])?;
            search::index_exam(transaction, exam)?;
            audit::record_done(transaction, access, at, Action::WriteWords, Object::Exam(exam))?;
            Ok(revision.saturating_add(1))
        })
    }

    /// Adds a text to a signed report, with its author and time. The signed text does not change.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is a radiologist's, [`StoreError::NoSuchReport`] when there is none, or
    /// when its exam is another hospital's or deleted, [`StoreError::ReportNotSigned`], [`StoreError::InvalidWords`] for a
    /// text that is empty, too long or cannot be shown.
    pub fn add_addendum(
        &self,
        access: &Access,
        report: ReportId,
        text: &str,
    ) -> Result<(), StoreError> {
        let text = Addendum::check(text).map_err(StoreError::InvalidWords)?;
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Radiologist, TokenScope::Write)?;
            let signed: Option<bool> = transaction
                .prepare_cached(
                    "SELECT report.signed_at IS NOT NULL FROM report
                     JOIN exam ON exam.id = report.exam_id JOIN patient ON patient.id = exam.patient_id
                     WHERE report.id = ?1 AND report.hospital_id = ?2
                       AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL",
                )?
                .query_row(params![report.0, access.hospital], |row| row.get(0))
                .optional()?;
            match signed {
                None => return Err(StoreError::NoSuchReport.into()),
                Some(false) => return Err(StoreError::ReportNotSigned.into()),
                Some(true) => {}
            }
            transaction
                .prepare_cached(
                    "INSERT INTO report_addendum (report_id, hospital_id, text, written_by, written_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![report.0, access.hospital, text, access.account, at])?;
            audit::record_done(transaction, access, at, Action::AddAddendum, Object::Report(report))?;
            Ok(())
        })
    }

    /// The template of a category: the hospital's own, or LUNNY's.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn report_template(
        &self,
        access: &Access,
        category: Category,
    ) -> Result<ReportWords, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let own = transaction
                .prepare_cached(
                    "SELECT findings, impression, recommendation FROM report_template
                     WHERE hospital_id = ?1 AND category = ?2",
                )?
                .query_row(params![access.hospital, category.as_str()], |row| {
                    read(row, 0)
                })
                .optional()?;
            Ok(own.unwrap_or_else(|| template::default_template(category)))
        })
    }

    /// Sets the hospital's own template of a category; an empty one restores LUNNY's.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is a radiologist's or an administrator's, [`StoreError::InvalidWords`]
    /// for a part that is too long or has an unknown placeholder.
    pub fn set_report_template(
        &self,
        access: &Access,
        category: Category,
        words: &ReportWords,
    ) -> Result<(), StoreError> {
        let own = template::check(words).map_err(StoreError::InvalidWords)?;
        let at = self.now();
        self.write(|transaction| {
            let administers = access.require_role(transaction, Role::Administrator, TokenScope::Write);
            administers.or_else(|_| access.require_role(transaction, Role::Radiologist, TokenScope::Write))?;
            match own.is_empty() {
                true => transaction
                    .prepare_cached(
                        "DELETE FROM report_template WHERE hospital_id = ?1 AND category = ?2",
                    )?
                    .execute(params![access.hospital, category.as_str()])?,
                false => transaction
                    .prepare_cached(
                        "INSERT INTO report_template (hospital_id, category, findings, impression, recommendation,
                                                      changed_by, changed_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                         ON CONFLICT DO UPDATE SET
                             findings = excluded.findings, impression = excluded.impression,
                             recommendation = excluded.recommendation, changed_by = excluded.changed_by,
                             changed_at = excluded.changed_at",
                    )?
                    .execute(params![
                        access.hospital,
                        category.as_str(),
                        own.findings,
                        own.impression,
                        own.recommendation,
                        access.account,
                        at
                    ])?,
            };
            audit::record_done(transaction, access, at, Action::SetTemplate, Object::Nothing)?;
            Ok(())
        })
    }
}

/// The words on an exam and their revision, 0 if none were written. The caller has checked access to the exam.
pub(super) fn of_exam(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<(ReportWords, u32)> {
    let found = transaction
        .prepare_cached(
            "SELECT findings, impression, recommendation, revision FROM report_words WHERE exam_id = ?1",
        )?
        .query_row([exam.0], |row| Ok((read(row, 0)?, row.get(3)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The addenda to a version of a report, the earliest first.
pub(super) fn addenda(
    transaction: &Transaction<'_>,
    report: ReportId,
) -> rusqlite::Result<Vec<Addendum>> {
    transaction
        .prepare_cached(
            "SELECT text, full_name, written_at FROM report_addendum
             JOIN account ON account.id = written_by WHERE report_id = ?1 ORDER BY report_addendum.id",
        )?
        .query_map([report.0], |row| {
            Ok(Addendum {
                text: row.get(0)?,
                written_by: row.get(1)?,
                written_at: instant(row, 2)?,
            })
        })?
        .collect()
}

fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<ReportWords> {
    Ok(ReportWords {
        findings: row.get(first)?,
        impression: row.get(first + 1)?,
        recommendation: row.get(first + 2)?,
    })
}
