//! Reports on exams: versions, writing, signing; saving them as files.

use std::path::PathBuf;

use crate::clinical::lung_rads::Category;
use crate::clinical::report::{ReportContent, ReportWords};
use crate::report::saving::{self, SaveError};
use crate::report::text;
use crate::store::{
    Access, Disclosure, ExamId, PatientId, ReportId, ReportVersion, Store, StoreError,
};

/// Columns of a kept report: they fit beside the frames of the narrowest common terminal.
pub const REPORT_COLUMNS: usize = 72;

/// Work on reports for a background thread.
pub enum Request {
    /// The versions of an exam's report.
    List {
        access: Access,
        exam: ExamId,
    },
    Write {
        access: Access,
        patient: PatientId,
        exam: ExamId,
        /// Hospital and full name of the examiner.
        by: [String; 2],
    },
    Sign {
        access: Access,
        report: ReportId,
    },
    /// Replaces the radiologist's words of this revision.
    WriteWords {
        access: Access,
        exam: ExamId,
        revision: u32,
        words: Box<ReportWords>,
    },
    AddAddendum {
        access: Access,
        report: ReportId,
        text: String,
    },
    Template {
        access: Access,
        category: Category,
    },
    SetTemplate {
        access: Access,
        category: Category,
        words: Box<ReportWords>,
    },
    /// Writes a page to a file.
    SaveText {
        access: Access,
        /// Patient whose record the page comes from; none for an unsaved result.
        patient: Option<PatientId>,
        folder: PathBuf,
        stem: String,
        text: String,
        /// Text for the clipboard.
        summary: Option<String>,
    },
}

/// Reason why a report was not written to a file.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// Outcome of the work.
pub enum Answer {
    Listed(Result<Vec<ReportVersion>, StoreError>),
    Written(Result<ReportVersion, StoreError>),
    Signed(Result<(), StoreError>),
    WordsWritten(Result<(), StoreError>),
    AddendumAdded(Result<(), StoreError>),
    Template(Result<Box<ReportWords>, StoreError>),
    TemplateSet(Result<(), StoreError>),
    /// With the text that may go to the clipboard now.
    TextSaved {
        summary: Option<String>,
        saved: Result<PathBuf, TextFileError>,
    },
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Template { .. })
    }
}

/// Does the work. `store` opens the database.
pub(super) fn perform(
    store: impl FnOnce() -> Result<Store, StoreError>,
    request: Request,
) -> Answer {
    match request {
        Request::List { access, exam } => {
            Answer::Listed(store().and_then(|store| store.reports(&access, exam)))
        }
        Request::Write {
            access,
            patient,
            exam,
            by,
        } => Answer::Written(store().and_then(|store| write(&store, &access, patient, exam, by))),
        Request::Sign { access, report } => {
            Answer::Signed(store().and_then(|store| store.sign_report(&access, report)))
        }
        Request::WriteWords {
            access,
            exam,
            revision,
            words,
        } => Answer::WordsWritten(
            store()
                .and_then(|store| store.write_words(&access, exam, revision, &words))
                .map(|_| ()),
        ),
        Request::AddAddendum {
            access,
            report,
            text,
        } => Answer::AddendumAdded(
            store().and_then(|store| store.add_addendum(&access, report, &text)),
        ),
        Request::Template { access, category } => Answer::Template(
            store()
                .and_then(|store| store.report_template(&access, category))
                .map(Box::new),
        ),
        Request::SetTemplate {
            access,
            category,
            words,
        } => Answer::TemplateSet(
            store().and_then(|store| store.set_report_template(&access, category, &words)),
        ),
        Request::SaveText {
            access,
            patient,
            folder,
            stem,
            text,
            summary,
        } => {
            let mut copies = vec![Disclosure::Exported];
            copies.extend(summary.is_some().then_some(Disclosure::Copied));
            match store().and_then(|store| disclose(&store, &access, patient, &copies)) {
                Ok(()) => Answer::TextSaved {
                    summary,
                    saved: saving::save(&folder, &stem, "txt", text.as_bytes()).map_err(Into::into),
                },
                Err(error) => Answer::TextSaved {
                    summary: None,
                    saved: Err(error.into()),
                },
            }
        }
    }
}

/// Records in the audit log how a copy leaves LUNNY.
fn disclose(
    store: &Store,
    access: &Access,
    patient: Option<PatientId>,
    copies: &[Disclosure],
) -> Result<(), StoreError> {
    copies.iter().try_for_each(|&how| match patient {
        Some(patient) => store.disclose(access, &[patient], how),
        None => store.disclose_unsaved(access, how),
    })
}

/// Writes the next version of a report from the present content of the record.
fn write(
    store: &Store,
    access: &Access,
    patient: PatientId,
    exam: ExamId,
    by: [String; 2],
) -> Result<ReportVersion, StoreError> {
    let record = store.patient(access, patient)?;
    let exam = (record.exams.iter()).find(|other| other.id == exam);
    let exam = exam.ok_or(StoreError::NoSuchExam)?;
    let content = ReportContent::new(
        by,
        Some(&record.patient),
        exam.created_at,
        &exam.slice,
        exam.reading.reading(),
    );
    let text = text::body(&content, REPORT_COLUMNS);
    store.write_report_of(access, exam.id, exam.state, &text)
}
