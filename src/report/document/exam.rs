//! One exam: its status, its pictures beside the result, its nodules, how it was made.

use super::{Figure, Part, Side, Table};
use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::report::{ReportContent, ReportStatus};
use crate::imaging::overlay::CAPTION;
use crate::report::facts::{self, Fact};
use crate::report::nodules;
use crate::report::record::{RecordReport, ReportedExam};

/// How far the exam's report has come.
pub(super) fn status(exam: &ReportedExam) -> Part {
    Part::Status {
        line: exam.status.line(),
        is_final: matches!(exam.status, ReportStatus::Final { .. }),
    }
}

/// All that is told of an exam.
pub(super) fn parts(report: &RecordReport, exam: &ReportedExam) -> Vec<Part> {
    let content = report.exam(exam);
    let heading = format!(
        "Exam {}, {}",
        exam.accession,
        facts::moment(exam.examined_at)
    );
    let mut parts = vec![Part::Heading(heading), status(exam)];
    parts.push(match figures(exam) {
        figures if figures.is_empty() => Part::Facts(facts::result(&content)),
        figures => Part::Beside {
            figures,
            side: Side::Left,
            facts: facts::result(&content),
        },
    });
    parts.extend(reading(&content));
    // Whoever made the copy need not have made the exam.
    let made = (facts::exam(&content).into_iter()).filter(|(label, _)| *label != "By");
    let model = &content.slice.assessment.model;
    let model = [
        ("Model", model.id.clone()),
        ("Model's SHA-256", model.sha256.clone()),
    ];
    parts.push(Part::Subheading("How it was examined".into()));
    parts.push(Part::Facts(made.chain(model).collect()));
    parts
}

fn figures(exam: &ReportedExam) -> Vec<Figure> {
    let name = exam.slice.source_name();
    let slice = exam.key_image.as_ref().map(|picture| Figure {
        picture: picture.clone(),
        caption: format!("The slice as it was looked at: {name}"),
    });
    let map = exam.heat_map.as_ref().map(|picture| Figure {
        picture: picture.clone(),
        caption: CAPTION.to_owned(),
    });
    slice.into_iter().chain(map).collect()
}

/// What was measured; nothing where nobody did.
fn reading(content: &ReportContent) -> Vec<Part> {
    let reading = &content.reading;
    let Some(measured) = reading.category() else {
        return Vec::new();
    };
    let mut parts = vec![
        Part::Subheading("Nodules".into()),
        Part::Facts(facts::category(content, &measured)),
    ];
    if reading.nodules.is_empty() {
        return parts;
    }
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
    let person = facts::person(content);
    for (index, nodule) in reading.nodules.iter().enumerate() {
        parts.push(Part::Subheading(format!("Nodule {}", index + 1)));
        let told = nodules::facts(reading, nodule, person).into_iter();
        let told: Vec<Fact> = told.filter(|(label, _)| *label != "Rule").collect();
        parts.push(Part::Facts(told));
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
