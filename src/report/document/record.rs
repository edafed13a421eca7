//! From a record to its document: the patient, every stated field by section, the timeline, the exams.

use jiff::tz::TimeZone;

use super::{Document, Figure, Part, Side, SignatureStatus, Table, exam};
use crate::clinical::eligibility::EligibilityInputs;
use crate::clinical::patient::{Field, Kind, Section, age_years};
use crate::clinical::report::ReportStatus;
use crate::report::facts::{self, Fact};
use crate::report::record::{RecordReport, ReportedExam};
use crate::text::percent;

/// The document of a record with its exams.
pub fn document(report: &RecordReport) -> Document {
    let mut parts = Vec::new();
    if let [only] = report.exams.as_slice() {
        parts.push(exam::status(report, only));
    }
    for section in Section::ALL {
        parts.extend(self::section(report, section));
    }
    if report.exams.len() > 1 {
        parts.push(Part::Heading("Over time".into()));
        parts.push(Part::Table(timeline(report)));
    }
    if !report.planned.is_empty() {
        parts.push(Part::Heading("Planned exams".into()));
        parts.push(Part::Table(planned(report)));
    }
    for exam in &report.exams {
        parts.extend(exam::parts(report, exam));
    }
    parts.extend(history(report));
    Document {
        title: "Patient record: chest CT",
        hospital: report.hospital.clone(),
        subject: subject(report),
        standing: signature_status(report),
        made: match &report.deidentified {
            None => {
                let at = facts::moment(report.made_at);
                format!("Made by {} on {at}", report.made_by)
            }
            Some(_) => "De-identified copy: names, dates and free text are left out.".into(),
        },
        made_at: report.made_at,
        parts,
    }
}

/// Age of the record and author of its last change; empty in a de-identified copy.
fn history(report: &RecordReport) -> Vec<Part> {
    if report.deidentified.is_some() {
        return Vec::new();
    }
    let changed_at = facts::moment(report.changed_at);
    vec![
        Part::Heading("This record".into()),
        Part::Facts(vec![
            ("Recorded since", facts::moment(report.record_since)),
            (
                "Last changed",
                format!("{changed_at} by {}", report.changed_by),
            ),
        ]),
    ]
}

/// The patient of a record: `P-0042, Ada Example, born 1961-04-30`; by number alone in a de-identified copy.
pub fn subject(report: &RecordReport) -> String {
    let patient = &report.patient;
    let name = Some(patient.full_name.clone()).filter(|name| !name.is_empty());
    let born = patient.date_of_birth.map(|born| format!("born {born}"));
    let parts = [Some(patient.number.clone()), name, born];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn signature_status(report: &RecordReport) -> SignatureStatus {
    let is_final = |exam: &ReportedExam| matches!(exam.status, ReportStatus::Final { .. });
    match report.exams.as_slice() {
        [] => SignatureStatus::NoExam,
        exams if exams.iter().all(is_final) => SignatureStatus::Final,
        _ => SignatureStatus::Preliminary,
    }
}

/// The stated fields of a section; empty if there are none.
fn section(report: &RecordReport, section: Section) -> Vec<Part> {
    let stated = section.fields().filter_map(|field| fact(report, field));
    let mut stated: Vec<Fact> = stated.collect();
    if section == Section::History {
        stated.extend(eligibility(report));
    }
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

/// Eligibility for screening with its inputs; nothing where nothing is stated of smoking, and in a de-identified copy, whose
/// days it would tell.
fn eligibility(report: &RecordReport) -> Option<Fact> {
    if report.deidentified.is_some() {
        return None;
    }
    let made_on = report.made_at.to_zoned(TimeZone::UTC).date();
    let inputs = EligibilityInputs::of(&report.patient, made_on);
    let words = inputs.is_about_smoking().then(|| inputs.words(made_on));
    words.map(|words| ("Screening", words))
}

/// A field in words; none if it is not stated.
fn fact(report: &RecordReport, field: Field) -> Option<Fact> {
    let value = match (field, field.kind()) {
        (_, Kind::Photo) => return None,
        (_, Kind::Computed) => {
            let newest = report.exams.first()?;
            let answer = facts::answer(&report.exam(newest));
            format!("{answer} ({})", newest.accession)
        }
        (Field::DateOfBirth, _) => return age(report),
        _ => field.shown(&report.patient.value(field)),
    };
    (!value.is_empty()).then(|| (field.label(), value))
}

/// The date of birth with the age, or only the age in a de-identified copy.
fn age(report: &RecordReport) -> Option<Fact> {
    if let Some(copy) = &report.deidentified {
        return copy.age.map(|age| ("Age", format!("{age} years")));
    }
    let born = report.patient.date_of_birth?;
    let made_on = report.made_at.to_zoned(TimeZone::UTC).date();
    let value = format!("{born} ({} years)", age_years(born, made_on));
    Some((Field::DateOfBirth.label(), value))
}

/// The planned exams, one per row, the newest day first.
fn planned(report: &RecordReport) -> Table {
    let rows = report.planned.iter().map(|planned| {
        vec![
            planned.plan.on.to_string(),
            planned.plan.accession.clone(),
            planned.plan.reason.clone(),
            planned.state.words(),
        ]
    });
    let columns = [
        ("Planned for", 1.2),
        ("Accession", 1.6),
        ("Reason", 2.6),
        ("State", 2.6),
    ];
    Table::new(&columns, rows.collect())
}

/// The exams, one per row, newest first.
fn timeline(report: &RecordReport) -> Table {
    let rows = report.exams.iter().map(|exam| {
        let assessment = &exam.slice.assessment;
        let nodules = exam.reading.nodules.iter();
        let largest = nodules.map(|nodule| nodule.draft.axes.mean()).max();
        let category = facts::category_with_basis(&exam.slice, &exam.reading);
        let malignancy = match assessment.malignancy_probability() {
            Some(probability) => percent(probability),
            None => "outside".to_owned(),
        };
        vec![
            exam.accession.clone(),
            exam::date(report, exam),
            assessment.classification.label().to_owned(),
            malignancy,
            category.unwrap_or_else(|| "none".to_owned()),
            largest.map_or("not measured".to_owned(), |mean| format!("{mean} mm")),
        ]
    });
    let columns = [
        ("Exam", 1.1),
        ("Date", 2.0),
        ("Classification", 1.6),
        ("Malignancy", 1.2),
        ("Lung-RADS", 2.2),
        ("Largest mean diameter", 1.9),
    ];
    Table::new(&columns, rows.collect())
}
