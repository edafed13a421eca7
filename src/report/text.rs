//! A report as plain text: for the printer, a file and the clipboard.

mod record;

use unicode_width::UnicodeWidthStr;

use super::facts::{self, Fact};
use super::lesions::Proposed;
use super::nodules;
use crate::clinical::assessment::Lesion;
use crate::clinical::report::{Addendum, DISCLAIMER, ReportContent, ReportStatus};
use crate::text::{percent, scrub, sentence, wrap};

pub use record::{TextPages, record};

/// Below this width, labels and values are not placed side by side.
const NARROWEST: usize = 40;
/// Column at which values begin.
pub(super) const INDENT: usize = 16;

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

/// A page of a report with what was added to it after it was signed, each with its author and time.
pub fn with_addenda(page: String, addenda: &[Addendum], columns: usize) -> String {
    let mut page = Page {
        text: page,
        ..Page::new(columns)
    };
    for addendum in addenda {
        page.heading(&format!("Addendum {}", scrub(&addendum.signature())));
        addendum.text.lines().for_each(|line| page.paragraph(line));
    }
    page.text
}

/// The report without a status: the stored text of a version, whose status changes when it is signed.
pub fn body(content: &ReportContent, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.paragraph(match content.slice.series {
        Some(_) => "Chest CT series: computer-assisted analysis",
        None => "Chest CT slice: computer-assisted analysis",
    });
    page.paragraph(&content.hospital);
    patient(&mut page, content);
    page.heading("Exam");
    page.rows(facts::exam(content));
    page.heading("Result");
    page.rows(facts::result(content));
    words(&mut page, content);
    proposed(&mut page, content);
    reading(&mut page, content);
    let model = &content.slice.assessment.model;
    page.heading("Model");
    page.row("Name", &model.named());
    page.row("SHA-256", &model.sha256);
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

/// The radiologist's text, part by part; empty without one.
fn words(page: &mut Page, content: &ReportContent) {
    for (heading, text) in content.reading.words.stated() {
        page.heading(heading);
        text.lines().for_each(|line| page.paragraph(line));
    }
}

/// The lesions that the model proposes; adds nothing if there are none.
fn proposed(page: &mut Page, content: &ReportContent) {
    let lesions = Proposed::of(&content.slice)
        .decided(&content.reading)
        .lines();
    if lesions.is_empty() {
        return;
    }
    page.heading(&format!("Lesions {}", Lesion::BASIS));
    for lesion in lesions {
        page.row(&format!("Lesion {}", lesion.number), &lesion.words());
    }
}

/// The measured category with its rule and its inputs; adds nothing if nothing was measured.
fn reading(page: &mut Page, content: &ReportContent) {
    let reading = &content.reading;
    let Some(measured) = reading.category() else {
        return;
    };
    page.heading("Nodules");
    page.rows(facts::category(content, &measured));
    let person = facts::person(content);
    for (index, nodule) in reading.nodules.iter().enumerate() {
        page.line("");
        page.line(&format!("Nodule {}", index + 1));
        page.rows(nodules::facts(reading, nodule, person));
    }
}

/// The result in a few lines for the clipboard. It names the patient by number only: any program may read the clipboard, and its
/// content outlives the session.
pub fn summary(content: &ReportContent) -> String {
    let assessment = &content.slice.assessment;
    let patient = match &content.patient {
        Some(patient) => format!("Patient {}", patient.number),
        None => "No patient".into(),
    };
    let result = assessment.classification.label();
    let result = match assessment.malignancy_probability() {
        Some(probability) => format!(
            "{result}: malignancy probability {} (threshold {})",
            percent(probability),
            percent(assessment.rule.threshold)
        ),
        None => format!("{result}: no probability"),
    };
    let outside = facts::outside(&content.slice);
    let lesions = Proposed::of(&content.slice)
        .decided(&content.reading)
        .cell();
    let category = facts::category_with_basis(&content.slice, &content.reading);
    let lines = [
        Some(format!("{patient}, exam of {}", facts::scanned_on(content))),
        Some(result),
        outside.as_deref().map(sentence),
        (!lesions.is_empty()).then(|| format!("Lesions {lesions}")),
        category.map(|category| format!("Lung-RADS {category}")),
        Some(format!("Model {}", assessment.model.named())),
        Some(DISCLAIMER.to_owned()),
    ];
    let lines = lines.into_iter().flatten();
    lines
        .map(|line| scrub(&line).into_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Lines of text under construction. Scrubs all text that is added.
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

    fn rows(&mut self, facts: Vec<Fact>) {
        for (label, value) in facts {
            self.row(label, &value);
        }
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
