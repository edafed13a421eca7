//! Labels and lists on paper: made, written to a file, and printed.

use std::path::{Path, PathBuf};

use crate::export::{self, Requester};
use crate::report::pdf::{LabelSize, Paper, Pdf};
use crate::report::printing::{self, Delivery, Job};
use crate::report::saving;
use crate::store::{Access, Account, FollowUpQuery, PatientId, PatientQuery, Store, StoreError};
use crate::text::{counted, sentence};
use crate::tui::folder;

/// Contents of the sheets.
#[derive(Debug, Clone)]
pub enum Sheets {
    Labels {
        patients: Vec<PatientId>,
        size: LabelSize,
    },
    Patients {
        query: Box<PatientQuery>,
        paper: Paper,
    },
    FollowUps {
        query: Box<FollowUpQuery>,
        paper: Paper,
    },
}

/// Work on sheets for a background thread.
pub enum Request {
    /// Writes them to a new file, and prints that too where wanted.
    Write {
        access: Access,
        account: Box<Account>,
        sheets: Sheets,
        folder: PathBuf,
        print: bool,
    },
}

/// Outcome of the work.
pub enum Answer {
    /// A whole sentence: the path and the printer, or a complaint.
    Written(Result<String, String>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        false
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    let Request::Write {
        access,
        account,
        sheets,
        folder,
        print,
    } = request;
    Answer::Written(store.map_err(complaint).and_then(|store| {
        let asker = Requester {
            store: &store,
            access: &access,
            account: &account,
        };
        write(asker, &sheets, &folder, print)
    }))
}

fn complaint(error: impl std::fmt::Display) -> String {
    sentence(&error.to_string())
}

fn write(
    asker: Requester<'_>,
    sheets: &Sheets,
    folder: &Path,
    print: bool,
) -> Result<String, String> {
    let (pdf, stem, thing, media): (Pdf, String, &str, &str) = match sheets {
        Sheets::Labels { patients, size } => {
            let pdf = export::labels(asker, patients, *size).map_err(complaint)?;
            (pdf, "labels".to_owned(), "label", size.media())
        }
        Sheets::Patients { query, paper } => {
            let pdf = export::patient_list(asker, query, *paper).map_err(complaint)?;
            (pdf, "patients".to_owned(), "page", paper.label())
        }
        Sheets::FollowUps { query, paper } => {
            let pdf = export::follow_up_list(asker, query, *paper).map_err(complaint)?;
            let stem = format!("follow-up-{}-{}", query.list.as_str(), query.today);
            (pdf, stem, "page", paper.label())
        }
    };
    let folder = folder::expanded(folder);
    let path = saving::save(&folder, &stem, "pdf", &pdf.bytes).map_err(complaint)?;
    let written = format!(
        "{} written to {}",
        counted(pdf.pages.len(), thing),
        path.display()
    );
    if !print {
        return Ok(format!("{written}."));
    }
    let job = Job {
        bytes: &pdf.bytes,
        printer: None,
        media: Some(media),
    };
    match printing::print(job) {
        Ok(Delivery::Printed { printer }) => Ok(format!("{written}, and sent to {printer}.")),
        Ok(Delivery::NoPrinter) => Err(format!("{written}, but no printer is set up.")),
        Err(error) => Err(format!("{written}, but {error}.")),
    }
}
