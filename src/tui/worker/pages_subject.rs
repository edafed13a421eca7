//! Subjects of pages that are printed or saved: a record, a version of a report, a result without a record.

use jiff::Timestamp;

use crate::clinical::identity::{Identity, shown_name};
use crate::clinical::patient::{Details, Patient};
use crate::clinical::report::{ReportContent, ReportStatus};
use crate::record_report;
use crate::report::document::{self, Document};
use crate::report::record::{Extent, PictureFile, RecordReport, ReportedExam};
use crate::store::{
    Access, Account, AttachmentKind, Disclosure, ExamId, NewAttachment, PatientId, ReportId, Store,
    StoreError,
};
use crate::tui::worker::key_image::Shown;
use crate::tui::worker::pages::PagesError;

/// Subject of pages.
#[derive(Debug, Clone)]
pub enum Subject {
    Record {
        patient: PatientId,
        extent: Extent,
    },
    /// One version of the report on an exam.
    Version {
        patient: PatientId,
        exam: ExamId,
        report: ReportId,
    },
    Result(Box<UnsavedResult>),
}

/// A result that is in no record.
#[derive(Debug, Clone)]
pub struct UnsavedResult {
    pub content: ReportContent,
    /// Identity of the scan's patient, as far as the scan states it.
    pub patient: Identity,
    /// Picture on the screen.
    pub shown: Option<Shown>,
}

/// Content of pages, and how they are called.
pub(super) struct Content {
    pub document: Document,
    /// Accessions of all exams of the record, newest first; empty for other subjects.
    pub exams: Vec<String>,
    /// First part of the name of a file.
    pub stem: String,
}

impl Subject {
    /// The subject in a message: `The record was sent to …`.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Version { .. } => "report",
            Self::Result(_) => "result",
        }
    }

    /// The patient whose record the pages come from.
    fn patient(&self) -> Option<PatientId> {
        match self {
            Self::Record { patient, .. } | Self::Version { patient, .. } => Some(*patient),
            Self::Result(_) => None,
        }
    }

    /// Records in the audit log that a copy leaves LUNNY. Must be called before it does.
    pub(super) fn disclose(
        &self,
        store: &Store,
        access: &Access,
        how: Disclosure,
    ) -> Result<(), StoreError> {
        match self.patient() {
            Some(patient) => store.disclose(access, &[patient], how),
            None => store.disclose_unsaved(access, how),
        }
    }

    /// Contents of the pages.
    pub(super) fn content(
        &self,
        store: Result<Store, PagesError>,
        access: &Access,
        account: &Account,
    ) -> Result<Content, PagesError> {
        let gathered =
            |store: &Store, patient| record_report::gather(store, access, account, patient);
        match self {
            Self::Record { patient, extent } => {
                let report = gathered(&store?, *patient)?;
                let exams = report.exams.iter().map(|exam| exam.accession.clone());
                let exams = exams.collect();
                let stem = format!("record-{}", report.patient.number);
                let report = report.only(extent);
                let report = report.ok_or(PagesError::NoSuchExam)?;
                Ok(Content {
                    document: document::document(&report),
                    exams,
                    stem,
                })
            }
            Self::Version {
                patient,
                exam,
                report,
            } => {
                let store = store?;
                let record = gathered(&store, *patient)?;
                let versions = store.reports(access, *exam)?;
                let version = versions.iter().find(|kept| kept.id == *report);
                let version = version.ok_or(PagesError::NoSuchReport)?;
                let accession = format!("E-{}", exam.0);
                let exam = record.exams.iter().find(|kept| kept.accession == accession);
                let exam = exam.ok_or(PagesError::NoSuchReport)?;
                let status = version.status(&versions);
                let addenda = &version.addenda;
                let number = &record.patient.number;
                Ok(Content {
                    document: document::version(&record, exam, &version.text, &status, addenda),
                    exams: Vec::new(),
                    stem: format!("report-{number}-{accession}-v{}", version.version),
                })
            }
            Self::Result(result) => Ok(result.content()),
        }
    }
}

impl UnsavedResult {
    /// The scan's patient in a line.
    fn whose(&self) -> String {
        let Identity {
            number,
            name,
            birth_date,
            ..
        } = &self.patient;
        let born = birth_date.map(|born| format!("born {born}"));
        let name = name.as_deref().map(shown_name);
        let parts = [number.clone(), name, born];
        let stated: Vec<String> = parts.into_iter().flatten().collect();
        match stated.is_empty() {
            true => "A scan without a patient".to_owned(),
            false => format!("Scan of {}", stated.join(", ")),
        }
    }

    fn content(&self) -> Content {
        let content = &self.content;
        // A picture that cannot be made must not prevent printing the result.
        let pictures = self
            .shown
            .as_ref()
            .and_then(|shown| shown.attachments().ok());
        let pictures = pictures.unwrap_or_default();
        let exam = ReportedExam {
            accession: "not saved".to_owned(),
            examined_at: content.examined_at,
            slice: content.slice.clone(),
            study: None,
            reading: content.reading.clone(),
            key_image: picture(&pictures, AttachmentKind::KeyImage),
            heat_map: picture(&pictures, AttachmentKind::HeatMap),
            status: ReportStatus::NOT_STORED,
            addenda: Vec::new(),
            signed_text: None,
        };
        let report = RecordReport {
            hospital: content.hospital.clone(),
            made_by: content.examiner.clone(),
            made_at: Timestamp::now(),
            patient: Patient {
                number: String::new(),
                full_name: String::new(),
                date_of_birth: None,
                sex: None,
                notes: String::new(),
                details: Details::default(),
            },
            record_since: content.examined_at,
            changed_by: String::new(),
            changed_at: content.examined_at,
            photo: None,
            exams: Vec::new(),
            planned: Vec::new(),
            deidentified: None,
        };
        let moment = content.examined_at.strftime("%Y%m%d-%H%M%S");
        Content {
            document: document::unsaved(&report, &exam, &self.whose()),
            exams: Vec::new(),
            stem: format!("result-{moment}"),
        }
    }
}

fn picture(pictures: &[NewAttachment], kind: AttachmentKind) -> Option<PictureFile> {
    let picture = pictures.iter().find(|picture| picture.kind == kind)?;
    Some(PictureFile {
        media_type: picture.media_type.as_str(),
        bytes: picture.bytes.clone(),
    })
}
