//! Follow-up: lists, closing, letters, the work of today, figures of the programme.

use std::path::PathBuf;

use jiff::civil::Date;

use super::list_file::{self, ListFileError};
use crate::cancel::Cancel;
use crate::clinical::follow_up::ClosingReason;
use crate::clinical::follow_up::letter::LetterKind;
use crate::clinical::programme::Figures;
use crate::export::{self, Requester};
use crate::report::list::ListFormat;
use crate::report::pdf::Paper;
use crate::report::printing::Delivery;
use crate::report::saving::{self, SaveError};
use crate::report::statistics;
use crate::store::{
    Access, Account, ExamId, FollowUpCounts, FollowUpPage, FollowUpQuery, Overview, Store,
    StoreError, StoredDraft,
};
use crate::text::{counted, sentence};
use crate::tui::folder;
use crate::tui::worker::pages;

/// Work on follow-ups for a background thread.
pub enum Request {
    Page {
        access: Access,
        query: Box<FollowUpQuery>,
    },
    Counts {
        access: Access,
        today: Date,
    },
    Close {
        access: Access,
        exam: ExamId,
        reason: ClosingReason,
        remark: String,
        on: Date,
    },
    Reopen {
        access: Access,
        exam: ExamId,
    },
    Letters {
        access: Access,
        account: Box<Account>,
        exams: Vec<ExamId>,
        kind: LetterKind,
        paper: Paper,
        today: Date,
        /// As it was typed: `~` is the user's own.
        folder: PathBuf,
        /// Printer that the file is sent to as well.
        printer: Option<String>,
    },
    /// The list as a file.
    Export {
        access: Access,
        account: Box<Account>,
        query: Box<FollowUpQuery>,
        format: ListFormat,
        folder: PathBuf,
    },
    LetterText {
        access: Access,
        kind: LetterKind,
    },
    SetLetterText {
        access: Access,
        kind: LetterKind,
        text: String,
    },
    Overview {
        access: Access,
        today: Date,
    },
    Drafts(Access),
    /// Figures of the programme from one day to another.
    Figures {
        access: Access,
        span: (Date, Date),
        today: Date,
    },
    SaveFigures {
        figures: Box<Figures>,
        format: ListFormat,
        folder: PathBuf,
    },
}

/// Outcome of the work.
pub enum Answer {
    Page {
        is_first: bool,
        page: Result<FollowUpPage, StoreError>,
    },
    Counts(Result<FollowUpCounts, StoreError>),
    Closed(Result<(), StoreError>),
    Reopened(Result<(), StoreError>),
    /// Letters written and printed, in sentences.
    Letters(Result<String, ListFileError>),
    /// Rows written, in a sentence.
    Exported(Result<String, ListFileError>),
    LetterText {
        kind: LetterKind,
        text: Result<String, StoreError>,
    },
    LetterTextSet(Result<(), StoreError>),
    Overview(Result<Overview, StoreError>),
    Drafts(Result<Vec<StoredDraft>, StoreError>),
    Figures(Result<Box<Figures>, StoreError>),
    FiguresSaved(Result<PathBuf, SaveError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        match self {
            Self::Page { .. }
            | Self::Counts { .. }
            | Self::LetterText { .. }
            | Self::Overview { .. }
            | Self::Drafts(_)
            | Self::Figures { .. } => true,
            Self::Close { .. }
            | Self::Reopen { .. }
            | Self::Letters { .. }
            | Self::Export { .. }
            | Self::SetLetterText { .. }
            | Self::SaveFigures { .. } => false,
        }
    }
}

/// Does it. `store` is an error where the database cannot be used.
pub(super) fn perform(
    store: Result<Store, StoreError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::Page { access, query } => Answer::Page {
            is_first: query.after.is_none(),
            page: store.and_then(|store| store.follow_ups(&access, &query)),
        },
        Request::Counts { access, today } => {
            Answer::Counts(store.and_then(|store| store.follow_up_counts(&access, today)))
        }
        Request::Close {
            access,
            exam,
            reason,
            remark,
            on,
        } => Answer::Closed(
            store.and_then(|store| store.close_follow_up(&access, exam, reason, &remark, on)),
        ),
        Request::Reopen { access, exam } => {
            Answer::Reopened(store.and_then(|store| store.reopen_follow_up(&access, exam)))
        }
        Request::Letters {
            access,
            account,
            exams,
            kind,
            paper,
            today,
            folder,
            printer,
        } => Answer::Letters(store.map_err(Into::into).and_then(|store| {
            let asker = Requester {
                store: &store,
                access: &access,
                account: &account,
            };
            let made = export::letters(asker, &exams, kind, paper, today)?;
            let stem = format!("letters-{}-{today}", kind.as_str());
            let folder = folder::expanded(&folder);
            let path = saving::save(&folder, &stem, "pdf", &made.pdf.bytes)?;
            let mut outcome = format!(
                "{} in {}.",
                counted(made.patients.len(), "letter"),
                path.display()
            );
            if let Some((number, reason)) = made.left_out.first() {
                let count = made.left_out.len();
                outcome.push_str(&format!(" {count} left out: {number}, {reason}."));
            }
            if !made.pdf.lacking.is_empty() {
                outcome.push_str(" Some letters have no font on this computer; look at the file.");
            }
            if let Some(printer) = printer {
                let file = (made.pdf.bytes.as_slice(), paper);
                // The letters are written and in the log: that they were not printed is one more sentence.
                outcome.push_str(&match pages::print(&store, &access, file, &printer) {
                    Ok(Delivery::Printed { printer }) => format!(" Sent to {printer}."),
                    Ok(Delivery::NoPrinter) => " No printer is set up.".to_owned(),
                    Err(error) => format!(" {}", sentence(&error.to_string())),
                });
            }
            Ok(outcome)
        })),
        Request::Export {
            access,
            account,
            query,
            format,
            folder,
        } => Answer::Exported(list_file::written(
            store,
            (&access, &account),
            &folder,
            |asker, folder| export::write_follow_ups(asker, &query, format, folder, cancel),
        )),
        Request::LetterText { access, kind } => Answer::LetterText {
            kind,
            text: store.and_then(|store| store.letter_text(&access, kind)),
        },
        Request::SetLetterText { access, kind, text } => Answer::LetterTextSet(
            store.and_then(|store| store.set_letter_text(&access, kind, &text)),
        ),
        Request::Overview { access, today } => {
            Answer::Overview(store.and_then(|store| store.overview(&access, today)))
        }
        Request::Figures {
            access,
            span,
            today,
        } => Answer::Figures(
            store
                .and_then(|store| store.programme_figures(&access, span, today))
                .map(Box::new),
        ),
        Request::SaveFigures {
            figures,
            format,
            folder,
        } => {
            let text = match format {
                ListFormat::Csv | ListFormat::Excel => statistics::to_csv(&figures),
                ListFormat::Json => format!("{:#}\n", statistics::to_json(&figures)),
            };
            let stem = format!("statistics-{}-{}", figures.from, figures.until);
            let saved = saving::save(&folder, &stem, format.ending(), text.as_bytes());
            Answer::FiguresSaved(saved)
        }
        Request::Drafts(access) => Answer::Drafts(store.and_then(|store| store.drafts(&access))),
    }
}
