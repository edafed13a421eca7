//! From a record to its document: whom it is about, every stated field by section, the course over time, the exams.

use jiff::tz::TimeZone;

use super::{Document, Figure, Part, Side, Standing, Table, exam};
use crate::clinical::patient::{Field, Kind, Section, age_years};
use crate::clinical::report::ReportStatus;
use crate::report::facts::{self, Fact};
use crate::report::record::{RecordReport, ReportedExam};
use crate::text::percent;

/// The document of a record with the exams that it has.
pub fn document(report: &RecordReport) -> Document {
    let mut parts = Vec::new();
    if let [only] = report.exams.as_slice() {
        parts.push(exam::status(only));
    }
    for section in Section::ALL {
        parts.extend(self::section(report, section));
    }
    if report.exams.len() > 1 {
        parts.push(Part::Heading("Course over time".into()));
        parts.push(Part::Table(course(report)));
    }
    for exam in &report.exams {
        parts.extend(exam::parts(report, exam));
    }
    parts.push(Part::Heading("This record".into()));
    parts.push(Part::Facts(vec![
        ("Kept since", facts::moment(report.record_since)),
        (
            "Last changed",
            format!(
                "{} by {}",
                facts::moment(report.changed_at),
                report.changed_by
            ),
        ),
    ]));
    Document {
        title: "Patient record: chest CT",
        hospital: report.hospital.clone(),
        subject: subject(report),
        standing: standing(report),
        made: format!(
            "Made by {} on {}",
            report.made_by,
            facts::moment(report.made_at)
        ),
        made_at: report.made_at,
        parts,
    }
}

/// Whom a record is about: `P-0042, Ada Example, born 1961-04-30`.
pub fn subject(report: &RecordReport) -> String {
    let patient = &report.patient;
    let born = (patient.date_of_birth).map_or(String::new(), |born| format!(", born {born}"));
    format!("{}, {}{born}", patient.number, patient.full_name)
}

fn standing(report: &RecordReport) -> Standing {
    let is_final = |exam: &ReportedExam| matches!(exam.status, ReportStatus::Final { .. });
    match report.exams.as_slice() {
        [] => Standing::NoExam,
        exams if exams.iter().all(is_final) => Standing::Final,
        _ => Standing::Preliminary,
    }
}

/// What is stated in a section; nothing where nothing is.
fn section(report: &RecordReport, section: Section) -> Vec<Part> {
    let stated = section.fields().filter_map(|field| fact(report, field));
    let stated: Vec<Fact> = stated.collect();
    let photo = section.fields().any(|field| field == Field::Photo);
    let photo = report.photo.as_ref().filter(|_| photo);
    let heading = Part::Heading(section.label().into());
    match photo {
        None if stated.is_empty() => Vec::new(),
        None => vec![heading, Part::Facts(stated)],
        Some(picture) => {
            let figure = Figure {
                picture: picture.clone(),
                caption: Field::Photo.label().into(),
            };
            let beside = Part::Beside {
                figures: vec![figure],
                side: Side::Right,
                facts: stated,
            };
            vec![heading, beside]
        }
    }
}

/// A field as it is read; nothing where nothing is stated.
fn fact(report: &RecordReport, field: Field) -> Option<Fact> {
    let value = match (field, field.kind()) {
        (_, Kind::Photo) => return None,
        (_, Kind::Computed) => {
            let newest = report.exams.first()?;
            let answer = facts::answer(&report.exam(newest));
            format!("{answer} ({})", newest.accession)
        }
        (Field::DateOfBirth, _) => {
            let born = report.patient.date_of_birth?;
            let made_on = report.made_at.to_zoned(TimeZone::UTC).date();
            format!("{born} ({} years)", age_years(born, made_on))
        }
        _ => field.shown(&report.patient.value(field)),
    };
    (!value.is_empty()).then(|| (field.label(), value))
}

/// An exam a row, newest first.
fn course(report: &RecordReport) -> Table {
    let rows = report.exams.iter().map(|exam| {
        let assessment = &exam.slice.assessment;
        let nodules = exam.reading.nodules.iter();
        let largest = nodules.map(|nodule| nodule.draft.axes.mean()).max();
        let category = match exam.reading.category() {
            Some(measured) => measured.with_basis(),
            None => assessment.suggested_category().to_string(),
        };
        vec![
            exam.accession.clone(),
            facts::moment(exam.examined_at),
            assessment.classification.label().to_owned(),
            percent(assessment.malignancy_probability()),
            category,
            largest.map_or("not measured".to_owned(), |mean| format!("{mean} mm")),
        ]
    });
    let columns = [
        ("Exam", 1.1),
        ("Examined", 2.0),
        ("Classification", 1.6),
        ("Malignancy", 1.2),
        ("Lung-RADS", 2.2),
        ("Largest mean diameter", 1.9),
    ];
    Table::new(&columns, rows.collect())
}
