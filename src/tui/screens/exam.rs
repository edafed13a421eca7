//! Parts that a new result and a saved exam share: display of the answer, printing, sharing.

mod answer;

pub use self::answer::{Detail, answer, caution};

use std::path::Path;

use jiff::Timestamp;

use super::Action;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;
use crate::clinical::reading::Reading;
use crate::clinical::report::{ReportContent, ReportPatient, ReportStatus};
use crate::report::delivery::Delivery;
use crate::report::text;
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::worker::{Answer, Request};

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
    let (hospital, examiner) = match context.account {
        Some(account) => (account.hospital.as_str(), account.full_name.as_str()),
        None => ("", ""),
    };
    report_by([hospital, examiner], patient, examined_at, slice, reading)
}

/// Report on a slice by an account of this hospital.
pub fn report_by(
    [hospital, examiner]: [&str; 2],
    patient: Option<&Patient>,
    examined_at: Timestamp,
    slice: &ExaminedSlice,
    reading: Reading,
) -> ReportContent {
    let (hospital, examiner) = (hospital.to_owned(), examiner.to_owned());
    ReportContent {
        hospital,
        examiner,
        patient: patient.map(|patient| ReportPatient {
            number: patient.number.clone(),
            full_name: patient.full_name.clone(),
            date_of_birth: patient.date_of_birth,
            sex: patient.sex,
        }),
        examined_at,
        slice: slice.clone(),
        reading,
    }
}

/// Sends the report to the printer.
pub fn print(report: &ReportContent) -> Vec<Action> {
    vec![Action::Ask(Request::Print { text: page(report) })]
}

/// Report on the present findings: it is not kept as a version, and it is not signed.
fn page(report: &ReportContent) -> String {
    text::render(report, &ReportStatus::NOT_STORED, PAGE_COLUMNS)
}

/// Copies the summary to the clipboard and writes the whole report to a file.
pub fn share(report: &ReportContent, home: &Path) -> Vec<Action> {
    vec![
        Action::Copy(text::summary(report)),
        Action::Ask(save_as_file(report, home, SHARED)),
    ]
}

fn save_as_file(report: &ReportContent, home: &Path, preface: &str) -> Request {
    save_page(page(report), report.examined_at, home, preface)
}

/// Writes a page about an exam of that moment to a file.
pub fn save_page(page: String, examined_at: Timestamp, home: &Path, preface: &str) -> Request {
    Request::SaveText {
        folder: home.join("reports"),
        stem: format!("report-{}", examined_at.strftime("%Y%m%d-%H%M%S")),
        text: page,
        preface: preface.to_owned(),
    }
}

/// Messages after printing or sharing; without a printer the report is written to a file.
pub fn delivered(answer: Answer, report: &ReportContent, home: &Path) -> Vec<Action> {
    page_delivered(answer, || page(report), report.examined_at, home)
}

/// The same for any page about an exam of that moment.
pub fn page_delivered(
    answer: Answer,
    page: impl Fn() -> String,
    examined_at: Timestamp,
    home: &Path,
) -> Vec<Action> {
    let save = |preface: &str| Action::Ask(save_page(page(), examined_at, home, preface));
    match answer {
        Answer::Printed(Ok(Delivery::Printed { printer })) => {
            vec![Action::Tell(Notice::good(format!(
                "The report was sent to {printer}."
            )))]
        }
        Answer::Printed(Ok(Delivery::NoPrinter)) => {
            vec![save(NO_PRINTER)]
        }
        Answer::Printed(Err(error)) => {
            vec![save(&sentence(&error))]
        }
        Answer::TextSaved(preface, Ok(path)) => {
            let message = format!("{preface} The report was written to {}.", path.display());
            vec![Action::Tell(Notice::good(message))]
        }
        Answer::TextSaved(preface, Err(error)) => {
            let message = format!("{preface} {}", sentence(&error));
            vec![Action::Tell(Notice::error(message))]
        }
        _ => Vec::new(),
    }
}
