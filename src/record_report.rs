//! A patient's whole record from the database, for pages and exports.

use crate::clinical::report::{Addendum, ReportStatus};
use crate::report::record::{PictureFile, PlanState, PlannedExam, RecordReport, ReportedExam};
use crate::store::{
    Access, Account, Attachment, AttachmentKind, Exam, ExamId, PatientId, PlannedRow, PlannedState,
    ReportVersion, Store, StoreError,
};
use jiff::Timestamp;

/// Gathers the record for `account`. Viewing it is recorded in the audit log; making a copy is not, see [`Store::disclose`].
///
/// # Errors
/// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital;
/// [`StoreError::AttachmentDamaged`] for a picture whose bytes do not match its hash.
pub fn gather(
    store: &Store,
    access: &Access,
    account: &Account,
    patient: PatientId,
) -> Result<RecordReport, StoreError> {
    let record = store.patient(access, patient)?;
    let attachments = store.attachments(access, patient)?;
    let picture = |exam: Option<ExamId>, kind: AttachmentKind| {
        let wanted = |kept: &&Attachment| kept.exam == exam && kept.kind == kind;
        let Some(kept) = attachments.iter().find(wanted) else {
            return Ok(None);
        };
        Ok(Some(PictureFile {
            media_type: kept.media_type.as_str(),
            bytes: store.attachment(access, kept.id)?,
        }))
    };
    let exams = record
        .exams
        .iter()
        .map(|exam| {
            let versions = store.reports(access, exam.id)?;
            Ok(ReportedExam {
                accession: accession(exam),
                examined_at: exam.created_at,
                slice: exam.slice.clone(),
                study: store.scanned_study(access, exam.id)?.map(Box::new),
                reading: exam.reading.reading(),
                key_image: picture(Some(exam.id), AttachmentKind::KeyImage)?,
                heat_map: picture(Some(exam.id), AttachmentKind::HeatMap)?,
                status: newest(&versions),
                signed_text: signed_text(&versions),
                addenda: addenda(versions),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let changed = (record.changed_at, record.changed_by);
    let (changed_at, changed_by) = match record.photo_changed {
        Some(photo) if photo.0 > changed.0 => photo,
        _ => changed,
    };
    Ok(RecordReport {
        hospital: account.hospital.clone(),
        made_by: account.full_name.clone(),
        made_at: Timestamp::now(),
        photo: picture(None, AttachmentKind::Photo)?,
        patient: record.patient,
        record_since: record.created_at,
        changed_by,
        changed_at,
        exams,
        planned: record.planned.iter().map(planned).collect(),
        deidentified: None,
    })
}

fn planned(row: &PlannedRow) -> PlannedExam {
    PlannedExam {
        number: format!("W-{}", row.id.0),
        plan: row.plan.clone(),
        state: match &row.state {
            PlannedState::Planned => PlanState::Planned,
            PlannedState::Done { exam, on } => PlanState::Done {
                exam: format!("E-{}", exam.0),
                on: *on,
            },
            PlannedState::Cancelled { reason, on, .. } => PlanState::Cancelled {
                reason: reason.label(),
                on: *on,
            },
        },
    }
}

fn accession(exam: &Exam) -> String {
    format!("E-{}", exam.id.0)
}

/// Status of a report, from its versions, newest first. A change after the signature is not signed.
fn newest(versions: &[ReportVersion]) -> ReportStatus {
    let Some(version) = versions.first() else {
        return ReportStatus::NOT_STORED;
    };
    match version.is_current {
        true => version.status(&versions[1..]),
        false => ReportStatus::Preliminary {
            version: None,
            amends: versions.iter().any(|version| version.is_final),
        },
    }
}

/// Text of the newest version, if it is signed and nothing has changed since.
fn signed_text(versions: &[ReportVersion]) -> Option<String> {
    let newest = versions.first()?;
    (newest.is_final && newest.is_current).then(|| newest.text.clone())
}

/// Addenda of the newest signed version, out of all addenda, newest first.
fn addenda(versions: Vec<ReportVersion>) -> Vec<Addendum> {
    let mut signed = versions.into_iter().filter(|version| version.is_final);
    signed
        .next()
        .map(|version| version.addenda)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ReportId;

    fn signed(version: u32, is_current: bool) -> ReportVersion {
        ReportVersion {
            id: ReportId(version.into()),
            version,
            text: "text".into(),
            is_final: true,
            is_current,
            written_by: "Rosa Lind".into(),
            written_at: Timestamp::UNIX_EPOCH,
            signed_by: Some("Rosa Lind".into()),
            signed_at: Some(Timestamp::UNIX_EPOCH),
            addenda: Vec::new(),
        }
    }

    #[test]
    fn a_signature_covers_only_the_signed_version() {
        let current = newest(&[signed(2, true), signed(1, false)]);
        assert!(matches!(current, ReportStatus::Final { version: 2, .. }));
        let outdated = newest(&[signed(2, false), signed(1, false)]);
        let amendment = ReportStatus::Preliminary {
            version: None,
            amends: true,
        };
        assert_eq!(outdated, amendment);
        assert_eq!(newest(&[]), ReportStatus::NOT_STORED);
    }
}
