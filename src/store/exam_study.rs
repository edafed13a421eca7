//! Patient and study of an exam's scan as its files write them, for the objects that join the study. They belong to the exam.

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Stop;
use super::{Access, ExamId, Store, StoreError, TokenScope};
use crate::clinical::scanned_study::ScannedStudy;

/// Maximum number of bytes of one stored study: some 40,000 images. A larger one is stored without its images.
const MAX_BYTES: usize = 4_000_000;

impl Store {
    /// Patient and study of an exam's scan; none if the scan stated no study.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn scanned_study(
        &self,
        access: &Access,
        exam: ExamId,
    ) -> Result<Option<ScannedStudy>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let found: Option<Option<String>> = transaction
                .prepare_cached(
                    "SELECT exam_study.stated FROM exam
                     LEFT JOIN exam_study ON exam_study.exam_id = exam.id
                     WHERE exam.id = ?1 AND exam.hospital_id = ?2 AND exam.deleted_at IS NULL",
                )?
                .query_row(params![exam.0, access.hospital], |row| row.get(0))
                .optional()?;
            let stated = found.ok_or_else(|| Stop::from(StoreError::NoSuchExam))?;
            Ok(stated.and_then(|stated| serde_json::from_str(&stated).ok()))
        })
    }
}

/// Stores the study of an exam, unless it has one: the exam is of the same file.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    exam: ExamId,
    study: &ScannedStudy,
) -> rusqlite::Result<()> {
    let Some(stated) = stored(study) else {
        return Ok(());
    };
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO exam_study (exam_id, stated, accession) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![exam.0, stated, study.accession])?;
    Ok(())
}

fn stored(study: &ScannedStudy) -> Option<String> {
    let written = |study: &ScannedStudy| {
        let text = serde_json::to_string(study).ok()?;
        (text.len() <= MAX_BYTES).then_some(text)
    };
    written(study).or_else(|| {
        written(&ScannedStudy {
            images: Vec::new(),
            ..study.clone()
        })
    })
}
