//! Planned exams as orders.

use super::data_types::{Annotation, CodeableConcept, Identifier, Reference};
use super::resources::ServiceRequest;
use super::{Entries, Resource, System, codes};
use crate::report::record::{PlanState, PlannedExam, RecordReport};

/// Adds an order for every planned exam.
pub(super) fn add(entries: &mut Entries, record: &RecordReport, subject: &Reference) {
    for planned in &record.planned {
        let order = order(entries, planned, subject);
        entries.add(&name(planned), |id| {
            Resource::ServiceRequest(ServiceRequest { id, ..order })
        });
    }
}

/// The order that an exam carried out, by the exam's accession in the database.
pub(super) fn of_exam(entries: &Entries, record: &RecordReport, accession: &str) -> Vec<Reference> {
    let planned = record.planned.iter().filter(
        |planned| matches!(&planned.state, PlanState::Done { exam, .. } if exam == accession),
    );
    planned
        .map(|planned| Reference {
            reference: Some(entries.id(&name(planned)).urn().to_string()),
            display: None,
        })
        .collect()
}

fn name(planned: &PlannedExam) -> String {
    format!("planned exam\0{}", planned.number)
}

fn order(entries: &Entries, planned: &PlannedExam, subject: &Reference) -> ServiceRequest {
    let plan = &planned.plan;
    let accession = (!plan.accession.is_empty()).then(|| Identifier {
        kind: Some(CodeableConcept::coded(codes::ACCESSION)),
        system: entries.system(System::Accession),
        value: plan.accession.clone(),
        ..Identifier::default()
    });
    let reason = (!plan.reason.is_empty()).then(|| CodeableConcept::text(&plan.reason));
    let note = match planned.state {
        PlanState::Cancelled { .. } => vec![Annotation {
            text: planned.state.words(),
        }],
        PlanState::Planned | PlanState::Done { .. } => Vec::new(),
    };
    ServiceRequest {
        id: String::new(),
        identifier: accession.into_iter().collect(),
        status: match planned.state {
            PlanState::Planned => "active",
            PlanState::Done { .. } => "completed",
            PlanState::Cancelled { .. } => "revoked",
        },
        intent: "order",
        category: vec![CodeableConcept::coded(codes::RADIOLOGY)],
        code: CodeableConcept::both("Chest CT", Some(codes::IMAGING_STUDY)),
        subject: subject.clone(),
        occurrence_date_time: plan.on.to_string(),
        reason_code: reason.into_iter().collect(),
        note,
    }
}
