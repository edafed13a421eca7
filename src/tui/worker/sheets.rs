//! Labels and lists on paper: made, written to a file, and printed.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::export::{self, ExportError, Requester};
use crate::report::pdf::{LabelSize, Paper, Pdf};
use crate::report::printing::{self, Delivery, Job, PrintError};
use crate::report::saving::{self, SaveError};
use crate::store::{Access, Account, FollowUpQuery, PatientId, PatientQuery, Store, StoreError};
use crate::text::counted;
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
    /// Writes them to a new file, and prints it on request.
    Write {
        access: Access,
        account: Box<Account>,
        sheets: Sheets,
        folder: PathBuf,
        print: bool,
    },
}

/// Sheets in a file: their number in words, and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSheets {
    count: String,
    path: PathBuf,
}

impl Display for WrittenSheets {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} written to {}",
            self.count,
            self.path.display()
        )
    }
}

/// Reasons why sheets were not written, or were written and not printed.
#[derive(Debug, thiserror::Error)]
pub enum SheetsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Make(#[from] ExportError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error("{0}, but no printer is set up; print that file elsewhere")]
    NoPrinter(WrittenSheets),
    #[error("{written}, but {error}")]
    Print {
        written: WrittenSheets,
        error: PrintError,
    },
}

/// Outcome of the work.
pub enum Answer {
    /// With the printer that the sheets were sent to, if any.
    Written(Result<(WrittenSheets, Option<String>), SheetsError>),
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
    Answer::Written(store.map_err(SheetsError::from).and_then(|store| {
        let asker = Requester {
            store: &store,
            access: &access,
            account: &account,
        };
        deliver(asker, &sheets, &folder, print)
    }))
}

fn deliver(
    asker: Requester<'_>,
    sheets: &Sheets,
    folder: &Path,
    print: bool,
) -> Result<(WrittenSheets, Option<String>), SheetsError> {
    let (pdf, stem, thing, media): (Pdf, String, &str, &str) = match sheets {
        Sheets::Labels { patients, size } => {
            let pdf = export::labels(asker, patients, *size)?;
            (pdf, "labels".to_owned(), "label", size.media())
        }
        Sheets::Patients { query, paper } => {
            let pdf = export::patient_list(asker, query, *paper)?;
            (pdf, "patients".to_owned(), "page", paper.label())
        }
        Sheets::FollowUps { query, paper } => {
            let pdf = export::follow_up_list(asker, query, *paper)?;
            let stem = format!("follow-up-{}-{}", query.list.as_str(), query.today);
            (pdf, stem, "page", paper.label())
        }
    };
    let folder = folder::expanded(folder);
    let written = WrittenSheets {
        count: counted(pdf.pages.len(), thing),
        path: saving::save(&folder, &stem, "pdf", &pdf.bytes)?,
    };
    if !print {
        return Ok((written, None));
    }
    let job = Job {
        bytes: &pdf.bytes,
        printer: None,
        media: Some(media),
    };
    match printing::print(job) {
        Ok(Delivery::Printed { printer }) => Ok((written, Some(printer))),
        Ok(Delivery::NoPrinter) => Err(SheetsError::NoPrinter(written)),
        Err(error) => Err(SheetsError::Print { written, error }),
    }
}
