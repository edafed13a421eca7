//! One exam: its status, its pictures beside the result, its nodules, its origin.

use super::{Figure, Part, Side, Table};
use crate::clinical::assessment::Lesion;
use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::report::{ReportContent, ReportStatus};
use crate::imaging::overlay::CAPTION;
use crate::report::facts::{self, Fact};
use crate::report::lesions::Proposed;
use crate::report::nodules::facts as nodule_facts;
use crate::report::record::{RecordReport, ReportedExam};

/// The status of the exam's report.
pub(super) fn status(report: &RecordReport, exam: &ReportedExam) -> Part {
    Part::Status {
        line: report.status_line(exam),
        is_final: matches!(exam.status, ReportStatus::Final { .. }),
    }
}

/// The date of the scan; in a de-identified copy the age of the patient.
pub(super) fn date(report: &RecordReport, exam: &ReportedExam) -> String {
    match &report.deidentified {
        None => exam.reading.scanned_on(exam.examined_at).to_string(),
        Some(copy) => match copy.age_at(&exam.accession) {
            Some(age) => format!("at {age} years"),
            None => "not stated".to_owned(),
        },
    }
}

/// All parts of an exam.
pub(super) fn parts(report: &RecordReport, exam: &ReportedExam) -> Vec<Part> {
    let content = report.exam(exam);
    let when = date(report, exam);
    let heading = Part::Heading(format!("Exam {}, {when}", exam.accession));
    let mut parts = vec![heading, status(report, exam)];
    let facts = result(report, &content);
    parts.push(match figures(exam) {
        figures if figures.is_empty() => Part::Facts(facts),
        figures => Part::Beside {
            figures,
            side: Side::Left,
            facts,
        },
    });
    parts.extend(withheld(report, exam));
    parts.extend(words(exam));
    parts.extend(lesions(exam));
    parts.extend(nodules(report, exam));
    parts.push(Part::Subheading("Examination".into()));
    parts.push(Part::Facts(made(report, &content)));
    parts
}

/// The result, and the measured category with its management.
fn result(report: &RecordReport, content: &ReportContent) -> Vec<Fact> {
    let mut result = facts::result(content);
    if let Some(measured) = content.reading.category() {
        result.retain(|(label, _)| *label != "Lung-RADS");
        let day = report.deidentified.is_none();
        let category = facts::category(content, &measured).into_iter();
        result.extend(category.filter(|(label, _)| day || *label != "Scan of"));
    }
    result
}

/// The scan and the model that analysed it.
fn made(report: &RecordReport, content: &ReportContent) -> Vec<Fact> {
    let is_shown = |label: &str| match label {
        // The copy may be made by another person than the exam. The date of the scan is in the heading.
        "By" | "Scanned" => false,
        "Analysed" | "Source" | "Run by" => report.deidentified.is_none(),
        _ => true,
    };
    let model = &content.slice.assessment.model;
    let model = [
        ("Model", model.named()),
        ("Model's SHA-256", model.sha256.clone()),
    ];
    let made = facts::exam(content).into_iter().chain(model);
    made.filter(|(label, value)| is_shown(label) && !value.is_empty())
        .collect()
}

/// The radiologist's text of the exam and the addenda to its signed report.
fn words(exam: &ReportedExam) -> Vec<Part> {
    let stated: Vec<Fact> = (exam.reading.words.stated())
        .map(|(heading, text)| (heading, text.to_owned()))
        .collect();
    let mut parts = Vec::new();
    if !stated.is_empty() {
        parts.push(Part::Subheading("Radiologist".into()));
        parts.push(Part::Facts(stated));
    }
    for addendum in &exam.addenda {
        parts.push(Part::Subheading(format!(
            "Addendum {}",
            addendum.signature()
        )));
        parts.push(Part::Facts(vec![("Addendum", addendum.text.clone())]));
    }
    parts
}

/// Reason why a de-identified copy has no pictures of the exam.
fn withheld(report: &RecordReport, exam: &ReportedExam) -> Option<Part> {
    let withheld = report.deidentified.as_ref()?.withheld.iter();
    let mut withheld = withheld.filter(|(accession, _)| *accession == exam.accession);
    let (_, reason) = withheld.next()?;
    Some(Part::Facts(vec![(
        "Pictures",
        format!("withheld: {reason}"),
    )]))
}

pub(super) fn figures(exam: &ReportedExam) -> Vec<Figure> {
    let name = exam.slice.source_name();
    let slice = exam.key_image.as_ref().map(|picture| Figure {
        picture: picture.clone(),
        caption: match name.is_empty() {
            true => "The slice as viewed".to_owned(),
            false => format!("The slice as viewed: {name}"),
        },
    });
    let map = exam.heat_map.as_ref().map(|picture| Figure {
        picture: picture.clone(),
        caption: CAPTION.to_owned(),
    });
    slice.into_iter().chain(map).collect()
}

/// The lesions that the model proposes, in a table; empty if there are none.
fn lesions(exam: &ReportedExam) -> Vec<Part> {
    let lines = Proposed::of(&exam.slice).decided(&exam.reading).lines();
    if lines.is_empty() {
        return Vec::new();
    }
    let is_outside = exam.slice.assessment.is_outside();
    let any_decided = lines.iter().any(|line| !line.decision.is_empty());
    let or_unknown = |text: String| match text.is_empty() {
        true => "unknown".to_owned(),
        false => text,
    };
    let rows = lines.into_iter().map(|line| {
        let mut row = vec![
            line.number.to_string(),
            line.place,
            or_unknown(line.diameter),
        ];
        row.extend((!is_outside).then_some(line.probability));
        row.extend(any_decided.then_some(line.decision));
        row
    });
    let mut columns = vec![("Lesion", 0.9), ("Place", 2.2), ("Diameter", 1.2)];
    columns.extend((!is_outside).then_some(("Malignancy", 1.2)));
    columns.extend(any_decided.then_some(("Decision", 1.4)));
    vec![
        Part::Subheading(format!("Lesions {}", Lesion::BASIS)),
        Part::Table(Table::new(&columns, rows.collect())),
    ]
}

/// The nodules, in a table and one by one; empty if none was measured.
fn nodules(report: &RecordReport, exam: &ReportedExam) -> Vec<Part> {
    let reading = &exam.reading;
    if reading.nodules.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![Part::Subheading("Nodules".into())];
    let rows = reading.nodules.iter().enumerate();
    let rows = rows.map(|(index, nodule)| row(index, nodule));
    let columns = [
        ("Nodule", 0.9),
        ("Axes", 1.6),
        ("Mean", 1.0),
        ("Type", 1.3),
        ("Lobe", 1.3),
        ("Category", 1.1),
        ("Rule", 3.0),
    ];
    parts.push(Part::Table(Table::new(&columns, rows.collect())));
    let person = report.person(exam);
    for (index, nodule) in reading.nodules.iter().enumerate() {
        parts.push(Part::Subheading(format!("Nodule {}", index + 1)));
        let facts = nodule_facts(reading, nodule, person).into_iter();
        let facts = facts.filter(|(label, _)| *label != "Rule");
        parts.push(Part::Facts(facts.collect()));
    }
    parts
}

fn row(index: usize, nodule: &MeasuredNodule) -> Vec<String> {
    let draft = &nodule.draft;
    let verdict = nodule.verdict();
    vec![
        (index + 1).to_string(),
        draft.axes.to_string(),
        format!("{} mm", draft.axes.mean()),
        draft.nodule_type.as_str().to_owned(),
        nodule
            .lobe
            .map_or("not stated", |lobe| lobe.as_str())
            .to_owned(),
        verdict.category.label().to_owned(),
        verdict.rule,
    ]
}
