//! Parts that a new result and a saved exam share: display of the answer, sharing.

mod answer;

pub use self::answer::{Detail, NAME, answer, caution};

use jiff::Timestamp;

use super::Action;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;
use crate::clinical::reading::Reading;
use crate::clinical::report::{ReportContent, ReportStatus};
use crate::report::text;
use crate::store::PatientId;
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::worker::reports;

/// Width of a printed page in characters.
const PAGE_COLUMNS: usize = 80;

/// Sentence before the file's path.
const SHARED: &str = "The summary was copied to the clipboard, if your terminal allows it. ";

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

/// Report on the present findings: it is not kept as a version, and it is not signed.
fn page(report: &ReportContent) -> String {
    text::render(report, &ReportStatus::NOT_STORED, PAGE_COLUMNS)
}

/// Writes the whole report to a file and copies the summary to the clipboard, both after they are entered in the log. `patient` is
/// the one whose record has the exam.
pub fn share(
    report: &ReportContent,
    patient: Option<PatientId>,
    context: &Context<'_>,
) -> Vec<Action> {
    let summary = Some(text::summary(report));
    save_page(
        page(report),
        summary,
        (patient, report.examined_at),
        context,
    )
}

/// Writes a page about an exam of that patient and moment to a file.
pub fn save_page(
    page: String,
    summary: Option<String>,
    (patient, examined_at): (Option<PatientId>, Timestamp),
    context: &Context<'_>,
) -> Vec<Action> {
    let Some(access) = context.access.cloned() else {
        return Vec::new();
    };
    vec![Action::ask(reports::Request::SaveText {
        access,
        patient,
        folder: context.home.join("reports"),
        stem: format!("report-{}", examined_at.strftime("%Y%m%d-%H%M%S")),
        text: page,
        summary,
    })]
}

/// Messages after a page was written to a file.
pub fn page_saved(answer: reports::Answer) -> Vec<Action> {
    let reports::Answer::TextSaved { summary, saved } = answer else {
        return Vec::new();
    };
    let preface = match &summary {
        Some(_) => SHARED,
        None => "",
    };
    let notice = match saved {
        Ok(path) => Notice::good(format!(
            "{preface}The report was written to {}.",
            path.display()
        )),
        Err(error) => Notice::error(format!("{preface}{}", sentence(&error.to_string()))),
    };
    let copied = summary.map(Action::Copy);
    copied.into_iter().chain([Action::Tell(notice)]).collect()
}
