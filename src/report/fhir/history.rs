//! Fields of the record that have resources of their own: allergies, medications and planned exams.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::data_types::{CodeableConcept, Period, Reference};
use super::resources::{AllergyIntolerance, Appointment, MedicationStatement, Participant};
use super::{Entries, Resource, codes};
use crate::clinical::patient::Field;
use crate::clinical::patient::follow_up::{self, FollowUp};
use crate::clinical::text::fold;
use crate::report::record::RecordReport;

/// Folded lines that state that no allergy is known.
const NO_ALLERGY: [&str; 11] = [
    "none",
    "no",
    "nil",
    "nka",
    "nkda",
    "no allergies",
    "no allergy",
    "no known allergies",
    "no known allergy",
    "none known",
    "no known drug allergies",
];

/// True if the resources here state the field.
pub(super) fn tells(field: Field) -> bool {
    matches!(
        field,
        Field::Allergies | Field::Medications | Field::NextAppointment
    )
}

/// Adds what the record states of them.
pub(super) fn add(entries: &mut Entries, record: &RecordReport, subject: &Reference) {
    let stated = |field| record.patient.value(field).into_owned();
    for (number, line) in lines(&stated(Field::Allergies)) {
        let is_none = NO_ALLERGY.contains(&fold(line).trim_end_matches('.'));
        let code = CodeableConcept::both(line, is_none.then_some(codes::NO_KNOWN_ALLERGY));
        let patient = subject.clone();
        entries.add(&format!("allergy {number}"), |id| {
            Resource::AllergyIntolerance(AllergyIntolerance {
                id,
                identifier: Vec::new(),
                clinical_status: CodeableConcept::coded(codes::ACTIVE_ALLERGY),
                code,
                patient,
            })
        });
    }
    for (number, line) in lines(&stated(Field::Medications)) {
        let medication = CodeableConcept::text(line);
        let subject = subject.clone();
        entries.add(&format!("medication {number}"), |id| {
            Resource::MedicationStatement(MedicationStatement {
                id,
                identifier: Vec::new(),
                // The record does not state until when it is taken.
                status: "unknown",
                medication_codeable_concept: medication,
                subject,
            })
        });
    }
    let next = stated(Field::NextAppointment);
    if !next.is_empty() {
        let description = Field::NextAppointment.label().to_owned();
        appointment(entries, "next appointment", &next, description, subject);
    }
    for planned in follow_ups(record).1 {
        let day = planned.on.to_string();
        let description = match planned.remark.is_empty() {
            true => "Follow-up scan".to_owned(),
            false => planned.remark.clone(),
        };
        let name = format!("follow-up scan\0{}", planned.line());
        appointment(entries, &name, &day, description, subject);
    }
}

/// The follow-up scans until the day of the copy, and those planned after it.
pub(super) fn follow_ups(record: &RecordReport) -> (Vec<FollowUp>, Vec<FollowUp>) {
    let today: Date = record.made_at.to_zoned(TimeZone::UTC).date();
    let all = follow_up::list(&record.patient.value(Field::FollowUps));
    all.into_iter().partition(|follow_up| follow_up.on <= today)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    (1..).zip(lines)
}

/// An appointment on a day without a time, which FHIR calls proposed.
fn appointment(
    entries: &mut Entries,
    name: &str,
    day: &str,
    description: String,
    subject: &Reference,
) {
    let participant = vec![Participant {
        actor: subject.clone(),
        status: "needs-action",
    }];
    let requested_period = vec![Period::day(day)];
    entries.add(name, |id| {
        Resource::Appointment(Appointment {
            id,
            identifier: Vec::new(),
            status: "proposed",
            description,
            participant,
            requested_period,
        })
    });
}
