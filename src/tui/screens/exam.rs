//! What a fresh result and a saved exam share: how the answer is shown, and what can be done with it.

use std::path::Path;

use jiff::Timestamp;
use ratatui::text::{Line, Span, Text};

use super::Action;
use crate::clinical::assessment::{Classification, TrainingRange};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::patient::Patient;
use crate::clinical::reading::{MeasuredCategory, Reading};
use crate::clinical::report::{ReportContent, ReportPatient, ReportStatus};
use crate::clinical::series_assessment;
use crate::report::delivery::Delivery;
use crate::report::text;
use crate::text::{percent, scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::theme::{Role, Theme};
use crate::tui::worker::{Answer, Request};

/// Columns of a printed page.
const PAGE_COLUMNS: usize = 80;

/// Said before where the file is.
const SHARED: &str = "The summary is on the clipboard, if your terminal allows that.";
const NO_PRINTER: &str = "No printer is set up here.";

/// Cells of the bar that shows the probability.
const BAR: usize = 30;

/// The answer in lines: classification with probability and rule, confidence, model, and the category: the
/// measured one where nodules were measured, and else the suggested one.
///
/// Brief, only what decides: no figures of the rule, no classes, no model.
pub fn answer(
    slice: &ExaminedSlice,
    reading: &Reading,
    brief: bool,
    theme: &Theme,
) -> Text<'static> {
    let assessment = &slice.assessment;
    let rule = &assessment.rule;
    let classes = assessment.classes;
    let role = Role::from(assessment.classification);
    let name = |name: &str| Span::styled(format!("{name:<12}"), theme.style(Role::Muted));
    let fact = |label: &str, value: String| Line::from(vec![name(label), Span::raw(value)]);
    let more = |value: String| {
        Line::from(vec![
            name(""),
            Span::styled(value, theme.style(Role::Muted)),
        ])
    };
    let [deciders, by_rule] = match &slice.series {
        Some(series) => [
            Some(fact(
                "Decided by",
                format!("{}; {}", series.deciders(), series.coverage()),
            )),
            Some(more(series.rule.clone())),
        ],
        None => [None, None],
    };
    let filled = (assessment.malignancy_probability() * BAR as f64).round() as usize;
    let filled = filled.min(BAR);
    let [category, category_basis] = match reading.category() {
        Some(measured) => [
            Line::from(vec![
                name("Lung-RADS"),
                Span::styled(measured.label(), theme.style(Role::Heading)),
                Span::raw(match measured.category {
                    Category::NeedsRadiologist => String::new(),
                    _ => format!(" {}", MeasuredCategory::BASIS),
                }),
            ]),
            more(measured.rule),
        ],
        None => {
            let suggested = assessment.suggested_category();
            [
                Line::from(vec![
                    name("Lung-RADS"),
                    Span::styled(suggested.label(), theme.style(Role::Heading)),
                    Span::raw(format!(" {}", SuggestedCategory::BASIS)),
                ]),
                more(format!(
                    "probability {}; no nodule was measured",
                    suggested.band()
                )),
            ]
        }
    };
    let result = vec![
        Line::from(vec![
            name("Result"),
            Span::styled(
                format!("● {}", assessment.classification.label()),
                theme.style(role),
            ),
        ]),
        Line::from(vec![
            name("Malignancy"),
            Span::styled(
                percent(assessment.malignancy_probability()),
                theme.style(role),
            ),
            Span::raw(match assessment.confidence() {
                Some(_) => " calibrated probability",
                None => " probability, not calibrated here",
            }),
        ]),
        Line::from(vec![
            name(""),
            Span::styled("━".repeat(filled), theme.style(role)),
            Span::styled("─".repeat(BAR - filled), theme.style(Role::Border)),
        ]),
    ];
    let threshold = [
        fact(
            "Threshold",
            format!(
                "{}; {} to {} is indeterminate",
                percent(rule.threshold),
                percent(rule.indeterminate_from),
                percent(rule.indeterminate_to)
            ),
        ),
        more(format!(
            "held-out sensitivity {}, specificity {}",
            percent(rule.sensitivity),
            percent(rule.specificity)
        )),
    ];
    let confidence = fact(
        "Confidence",
        match (assessment.confidence(), assessment.classification) {
            (None, _) => format!("none: {}", TrainingRange::OUTSIDE),
            (Some(confidence), Classification::Indeterminate) => {
                format!("{}, too close to decide", percent(confidence))
            }
            (Some(confidence), _) => {
                format!("{} that this answer is right", percent(confidence))
            }
        },
    );
    let origin = [
        fact(
            "Classes",
            format!(
                "normal {}, benign {}, malignant {}",
                percent(classes.normal),
                percent(classes.benign),
                percent(classes.malignant)
            ),
        ),
        fact(
            "Model",
            format!("{}, {} ms", assessment.model.id, slice.elapsed_ms),
        ),
        more(format!(
            "SHA-256 {}…",
            assessment.model.sha256.chars().take(16).collect::<String>()
        )),
    ];
    let series = deciders.into_iter().chain(by_rule);
    let decided = result.into_iter().chain(series);
    if brief {
        return Text::from_iter(decided.chain([category, confidence]));
    }
    let category = [category, category_basis, confidence];
    Text::from_iter(decided.chain(threshold).chain(category).chain(origin))
}

/// How the probability must not be read.
pub fn caution(slice: &ExaminedSlice, theme: &Theme) -> Line<'static> {
    let assessment = &slice.assessment;
    if let Some(reason) = assessment.training_range.outside_reason() {
        let sentence = format!(
            "{}: {}. Not a medical device, no diagnosis.",
            sentence(TrainingRange::OUTSIDE).trim_end_matches('.'),
            scrub(reason)
        );
        return Line::styled(sentence, theme.style(Role::Warning));
    }
    if slice.series.is_some() {
        let sentence = format!(
            "{} Not a medical device, no diagnosis.",
            series_assessment::CAUTION
        );
        return Line::styled(sentence, theme.style(Role::Muted));
    }
    let sentence = format!(
        "Calibrated where {} of the scans were malignant: it ranks scans, it is not this person's risk. \
         Not a medical device, no diagnosis.",
        percent(assessment.rule.prevalence)
    );
    Line::styled(sentence, theme.style(Role::Muted))
}

/// The report on a slice: of this patient, if it was saved to one, by whoever is signed in.
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

/// The same, by somebody of this hospital.
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

/// The report on what is found now: no version of it is kept, nobody signed it.
fn page(report: &ReportContent) -> String {
    text::render(report, &ReportStatus::UNKEPT, PAGE_COLUMNS)
}

/// Puts the summary on the clipboard and the whole report into a file.
pub fn share(report: &ReportContent, home: &Path) -> Vec<Action> {
    vec![
        Action::Copy(text::summary(report)),
        Action::Ask(save_as_file(report, home, SHARED)),
    ]
}

fn save_as_file(report: &ReportContent, home: &Path, preface: &str) -> Request {
    save_page(page(report), report.examined_at, home, preface)
}

/// Puts a page about an exam of that moment into a file.
pub fn save_page(page: String, examined_at: Timestamp, home: &Path, preface: &str) -> Request {
    Request::SaveText {
        folder: home.join("reports"),
        stem: format!("report-{}", examined_at.strftime("%Y%m%d-%H%M%S")),
        text: page,
        preface: preface.to_owned(),
    }
}

/// What the user is told of a print or a share; where there is no printer, the report becomes a file.
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
                "The report is on its way to {printer}."
            )))]
        }
        Answer::Printed(Ok(Delivery::NoPrinter)) => {
            vec![save(NO_PRINTER)]
        }
        Answer::Printed(Err(error)) => {
            vec![save(&sentence(&error))]
        }
        Answer::TextSaved(preface, Ok(path)) => {
            let told = format!("{preface} The report is in {}.", path.display());
            vec![Action::Tell(Notice::good(told))]
        }
        Answer::TextSaved(preface, Err(error)) => {
            let told = format!("{preface} {}", sentence(&error));
            vec![Action::Tell(Notice::error(told))]
        }
        _ => Vec::new(),
    }
}
