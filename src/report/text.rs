//! A report as plain text: for the printer, a file and the clipboard.

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::nodules;

use crate::clinical::assessment::TrainingRange;
use crate::clinical::examined::ExaminedSeries;
use crate::clinical::reading::Person;
use crate::clinical::report::{DISCLAIMER, ReportContent, ReportStatus};
use crate::clinical::series_assessment::CAUTION;
use crate::text::{percent, scrub, wrap};

/// Narrower than this no label and value stand side by side.
const NARROWEST: usize = 40;
/// Where values begin.
const INDENT: usize = 16;

/// The whole report in lines of at most `columns` terminal columns (40 or more), with its status at the top.
pub fn render(content: &ReportContent, status: &ReportStatus, columns: usize) -> String {
    stamped(&body(content, columns), status, columns)
}

/// A report's text under its status.
pub fn stamped(text: &str, status: &ReportStatus, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.paragraph(&status.line());
    page.line("");
    page.text.push_str(text);
    if !page.text.ends_with('\n') {
        page.text.push('\n');
    }
    page.text
}

/// The report without a status: what is kept as a version, whose status is another one once it is signed.
pub fn body(content: &ReportContent, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.paragraph(match content.slice.series {
        Some(_) => "Chest CT series: computer-assisted analysis",
        None => "Chest CT slice: computer-assisted analysis",
    });
    page.paragraph(&content.hospital);
    patient(&mut page, content);
    exam(&mut page, content);
    result(&mut page, content);
    reading(&mut page, content);
    page.heading("Model");
    page.row("Name", &content.slice.assessment.model.id);
    page.row("SHA-256", &content.slice.assessment.model.sha256);
    page.text.push('\n');
    page.paragraph(DISCLAIMER);
    page.text
}

fn patient(page: &mut Page, content: &ReportContent) {
    page.heading("Patient");
    let Some(patient) = &content.patient else {
        page.row("Number", "none: this exam was not saved to a patient");
        return;
    };
    page.row("Number", &patient.number);
    page.row("Name", &patient.full_name);
    if let Some(birth) = patient.date_of_birth {
        page.row("Date of birth", &birth.to_string());
    }
}

fn exam(page: &mut Page, content: &ReportContent) {
    page.heading("Exam");
    page.row(
        "Examined",
        &content
            .examined_at
            .strftime("%Y-%m-%d %H:%M UTC")
            .to_string(),
    );
    page.row("By", &content.examiner);
    let slice = &content.slice;
    page.row(
        "Source",
        &format!(
            "{} ({}, {} × {} pixels)",
            slice.source_name(),
            slice.format,
            slice.width,
            slice.height
        ),
    );
    page.row("SHA-256", &content.slice.source_sha256);
    page.row(
        "Time taken",
        &format!("{:.1} s", content.slice.elapsed_ms as f64 / 1000.0),
    );
    if let Some(of) = &slice.series {
        series(page, of);
    }
}

fn series(page: &mut Page, series: &ExaminedSeries) {
    if let Some(uid) = &series.series_uid {
        page.row("Series", uid);
    }
    page.row("Slices", &series.coverage());
    page.row(
        "Decided by",
        &format!("{}, {}", series.deciders(), series.rule),
    );
    let suspects = series.suspects();
    let suspects =
        suspects.map(|(slice, probability)| format!("{slice} ({})", percent(probability)));
    page.row("Suspicious", &suspects.collect::<Vec<_>>().join(", "));
    page.row(
        "Run by",
        &format!("{}, LUNNY {}", series.runs_on, series.version),
    );
    page.row("Note", CAUTION);
}

fn result(page: &mut Page, content: &ReportContent) {
    let assessment = &content.slice.assessment;
    let (rule, classes) = (&assessment.rule, &assessment.classes);
    page.heading("Result");
    page.row("Classification", assessment.classification.label());
    page.row(
        "Malignancy",
        &format!(
            "{}, {}; the threshold is {}",
            percent(assessment.malignancy_probability()),
            match assessment.confidence() {
                Some(_) => "calibrated probability",
                None => "probability, not calibrated for this slice",
            },
            percent(rule.threshold)
        ),
    );
    if rule.indeterminate_from < rule.indeterminate_to {
        page.row(
            "Indeterminate",
            &format!(
                "from {} to below {}",
                percent(rule.indeterminate_from),
                percent(rule.indeterminate_to)
            ),
        );
    }
    match (
        assessment.confidence(),
        assessment.training_range.outside_reason(),
    ) {
        (Some(confidence), _) => page.row("Confidence", &percent(confidence)),
        (None, reason) => page.row(
            "Confidence",
            &format!(
                "none: this slice is {}: {}; the figures of the threshold do not hold for it",
                TrainingRange::OUTSIDE,
                reason.unwrap_or_default()
            ),
        ),
    }
    page.row(
        "Classes",
        &format!(
            "normal {}, benign {}, malignant {}",
            percent(classes.normal),
            percent(classes.benign),
            percent(classes.malignant)
        ),
    );
    page.row(
        "Threshold",
        &format!(
            "sensitivity {}, specificity {}, measured on cases held out from training; calibrated \
             where {} of the slices were malignant",
            percent(rule.sensitivity),
            percent(rule.specificity),
            percent(rule.prevalence)
        ),
    );
    match content.reading.category() {
        Some(measured) => page.row("Lung-RADS", &measured.with_basis()),
        None => {
            let suggested = assessment.suggested_category();
            page.row(
                "Lung-RADS",
                &format!("{suggested}: probability {}", suggested.band()),
            );
        }
    }
}

/// The measured category with its rule and its inputs; nothing where nobody measured.
fn reading(page: &mut Page, content: &ReportContent) {
    let reading = &content.reading;
    let Some(measured) = reading.category() else {
        return;
    };
    page.heading("Nodules");
    let by = match measured.nodule {
        Some(index) => format!(", by nodule {}", index + 1),
        None => String::new(),
    };
    page.row(
        "Lung-RADS",
        &format!("v2022: {}{by}", measured.with_basis()),
    );
    page.row("Rule", &measured.rule);
    page.row("Management", measured.category.management());
    if measured.modifier_s {
        page.row("Modifier S", "a significant finding other than lung cancer");
    }
    let saved_on = content.examined_at.to_zoned(TimeZone::UTC).date();
    let day = reading.circumstances.day(saved_on);
    page.row("Scan of", &day.to_string());
    page.row("Seen", &format!("{}", reading.nodule_count()));
    let patient = content.patient.as_ref();
    let born = patient.and_then(|patient| patient.date_of_birth);
    let person = Person::new(born, patient.and_then(|patient| patient.sex), day);
    for (index, nodule) in reading.nodules.iter().enumerate() {
        page.line("");
        page.line(&format!("Nodule {}", index + 1));
        for (label, value) in nodules::facts(reading, nodule, person) {
            page.row(label, &value);
        }
    }
}

/// The result in a few lines for the clipboard. It names the patient by number alone: any program may
/// read the clipboard, and it outlives the session.
pub fn summary(content: &ReportContent) -> String {
    let assessment = &content.slice.assessment;
    let patient = match &content.patient {
        Some(patient) => format!("Patient {}", patient.number),
        None => "No patient".into(),
    };
    let lines = [
        format!(
            "{patient}, exam of {}",
            content.examined_at.strftime("%Y-%m-%d %H:%M UTC")
        ),
        format!(
            "{}: malignancy probability {} (threshold {})",
            assessment.classification.label(),
            percent(assessment.malignancy_probability()),
            percent(assessment.rule.threshold)
        ),
        match content.reading.category() {
            Some(measured) => format!("Lung-RADS {}", measured.with_basis()),
            None => format!("Lung-RADS {}", assessment.suggested_category()),
        },
        format!("Model {}", assessment.model.id),
        DISCLAIMER.into(),
    ];
    let mark = (assessment.training_range.outside_reason())
        .map(|reason| format!("This slice is {}: {reason}", TrainingRange::OUTSIDE));
    let [whose, result, rest @ ..] = lines;
    let lines: Vec<String> = ([whose, result].into_iter())
        .chain(mark)
        .chain(rest)
        .map(|line| scrub(&line).into_owned())
        .collect();
    lines.join("\n")
}

/// Lines of text in the making. Scrubs all that is put on it.
struct Page {
    columns: usize,
    text: String,
}

impl Page {
    fn new(columns: usize) -> Self {
        Self {
            columns: columns.max(NARROWEST),
            text: String::new(),
        }
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap(&scrub(text), self.columns) {
            self.line(&line);
        }
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
        self.line(&"-".repeat(text.width()));
    }

    fn row(&mut self, label: &str, value: &str) {
        let mut label = label;
        // A number and its sign stay on one line.
        let value = scrub(value).replace(" %", "\u{a0}%");
        for line in wrap(&value, self.columns - INDENT) {
            let line = line.replace('\u{a0}', " ");
            self.line(&format!("{label:INDENT$}{line}"));
            label = "";
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests;
