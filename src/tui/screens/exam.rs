//! Parts that a new result and a saved exam share: display of the answer, printing, sharing.

mod answer;

pub use self::answer::{Detail, answer, caution};

use std::path::Path;

use jiff::Timestamp;

use super::Action;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;
use crate::clinical::reading::Reading;
use crate::clinical::report::{ReportContent, ReportStatus};
use crate::report::printing::Delivery;
use crate::report::text;
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::worker::reports;

/// Width of a printed page in characters.
const PAGE_COLUMNS: usize = 80;

/// Sentence before the file's path.
const SHARED: &str = "The summary was copied to the clipboard, if your terminal allows it.";
const NO_PRINTER: &str = "No printer is set up here.";

/// Report on a slice, with the patient if it was saved to one, by the signed-in user.
pub fn report(
    context: &Context<'_>,
    patient: Option<&Patient>,
    examined_at: Timestamp,
    slice: &ExaminedSlice,
    reading: Reading,
) -> ReportContent {
    let by = match context.account {
        Some(account) => [account.hospital.clone(), account.full_name.clone()],
        None => Default::default(),
    };
    ReportContent::new(by, patient, examined_at, slice, reading)
}

/// Sends the report to the printer.
pub fn print(report: &ReportContent) -> Vec<Action> {
    vec![Action::ask(reports::Request::Print { text: page(report) })]
}

/// Report on the present findings: it is not kept as a version, and it is not signed.
fn page(report: &ReportContent) -> String {
    text::render(report, &ReportStatus::NOT_STORED, PAGE_COLUMNS)
}

/// Copies the summary to the clipboard and writes the whole report to a file.
pub fn share(report: &ReportContent, home: &Path) -> Vec<Action> {
    vec![
        Action::Copy(text::summary(report)),
        Action::ask(save_as_file(report, home, SHARED)),
    ]
}

fn save_as_file(report: &ReportContent, home: &Path, preface: &str) -> reports::Request {
    save_page(page(report), report.examined_at, home, preface)
}

/// Writes a page about an exam of that moment to a file.
pub fn save_page(
    page: String,
    examined_at: Timestamp,
    home: &Path,
    preface: &str,
) -> reports::Request {
    reports::Request::SaveText {
        folder: home.join("reports"),
        stem: format!("report-{}", examined_at.strftime("%Y%m%d-%H%M%S")),
        text: page,
        preface: preface.to_owned(),
    }
}

/// Messages after printing or sharing; without a printer the report is written to a file.
pub fn delivered(answer: reports::Answer, report: &ReportContent, home: &Path) -> Vec<Action> {
    page_delivered(answer, || page(report), report.examined_at, home)
}

/// The same for any page about an exam of that moment.
pub fn page_delivered(
    answer: reports::Answer,
    page: impl Fn() -> String,
    examined_at: Timestamp,
    home: &Path,
) -> Vec<Action> {
    let save = |preface: &str| Action::ask(save_page(page(), examined_at, home, preface));
    match answer {
        reports::Answer::Printed(Ok(Delivery::Printed { printer })) => {
            vec![Action::Tell(Notice::good(format!(
                "The report was sent to {printer}."
            )))]
        }
        reports::Answer::Printed(Ok(Delivery::NoPrinter)) => {
            vec![save(NO_PRINTER)]
        }
        reports::Answer::Printed(Err(error)) => {
            vec![save(&sentence(&error))]
        }
        reports::Answer::TextSaved(preface, Ok(path)) => {
            let message = format!("{preface} The report was written to {}.", path.display());
            vec![Action::Tell(Notice::good(message))]
        }
        reports::Answer::TextSaved(preface, Err(error)) => {
            let message = format!("{preface} {}", sentence(&error));
            vec![Action::Tell(Notice::error(message))]
        }
        _ => Vec::new(),
    }
}
