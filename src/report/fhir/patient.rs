//! The patient, and the hospital of the record.

use super::data_types::{
    Attachment, CodeableConcept, ContactPoint, HumanName, Identifier, Reference, Text,
};
use super::resources::{Contact, Organization, Patient};
use super::{Entries, Resource, System, codes};
use crate::clinical::identity::{NameMatch, compare_names};
use crate::clinical::patient::{Field, Sex};
use crate::report::record::{PictureFile, RecordReport};

/// True if the patient resource itself has an element for the field.
pub(super) fn tells(field: Field) -> bool {
    matches!(
        field,
        Field::Number
            | Field::FullName
            | Field::DateOfBirth
            | Field::Gender
            | Field::Photo
            | Field::Phone
            | Field::Email
            | Field::Address
            | Field::EmergencyContact
            | Field::Doctor
    )
}

/// The hospital, if the copy names it.
pub(super) fn organization(entries: &mut Entries, record: &RecordReport) -> Option<Reference> {
    let name = record.hospital.clone();
    (!name.is_empty()).then(|| {
        entries.add_common("organization", |id| {
            Resource::Organization(Organization {
                id,
                identifier: Vec::new(),
                name,
            })
        })
    })
}

pub(super) fn patient(
    entries: &mut Entries,
    record: &RecordReport,
    managing_organization: Option<Reference>,
) -> Reference {
    let who = &record.patient;
    let stated = |field| {
        let value = who.value(field);
        (!value.is_empty()).then(|| value.into_owned())
    };
    let text = |field| stated(field).map(|text| Text { text });
    let reached = |system, field| stated(field).map(|value| ContactPoint { system, value });
    let is_deidentified = record.deidentified.is_some();
    let system = entries.system(match is_deidentified {
        true => System::Pseudonym,
        false => System::Patient,
    });
    entries.add("patient", |id| {
        Resource::Patient(Patient {
            id,
            identifier: vec![Identifier {
                usage: Some(if is_deidentified {
                    "secondary"
                } else {
                    "usual"
                }),
                kind: (!is_deidentified)
                    .then(|| CodeableConcept::coded(codes::MEDICAL_RECORD_NUMBER)),
                system,
                value: who.number.clone(),
            }],
            // In a de-identified copy this is the pseudonym.
            name: stated(Field::FullName)
                .filter(|_| !is_deidentified)
                .map(|name| {
                    let on_scan = name_on_scan(record);
                    HumanName::of(name, on_scan)
                })
                .into_iter()
                .collect(),
            telecom: [("phone", Field::Phone), ("email", Field::Email)]
                .into_iter()
                .filter_map(|(system, field)| reached(system, field))
                .collect(),
            // The words are the same in FHIR.
            gender: who.sex.map(Sex::as_str),
            birth_date: stated(Field::DateOfBirth),
            address: text(Field::Address).into_iter().collect(),
            photo: record.photo.iter().map(attachment).collect(),
            contact: stated(Field::EmergencyContact)
                .map(|name| Contact {
                    relationship: vec![CodeableConcept::coded(codes::EMERGENCY_CONTACT)],
                    name: HumanName::text(name),
                })
                .into_iter()
                .collect(),
            general_practitioner: stated(Field::Doctor)
                .map(Reference::named)
                .into_iter()
                .collect(),
            managing_organization,
        })
    })
}

/// The patient's name in DICOM notation, from the newest scan that states this patient's name.
fn name_on_scan(record: &RecordReport) -> Option<&str> {
    let stated = record.exams.iter().filter_map(|exam| {
        let study = exam.study.as_deref()?;
        study.patient_name.as_deref()
    });
    let full_name = &record.patient.full_name;
    let is_same = |stated: &&str| compare_names(stated, full_name) == NameMatch::Same;
    let mut stated = stated.filter(is_same);
    stated.next()
}

pub(super) fn attachment(picture: &PictureFile) -> Attachment {
    Attachment::new(picture.media_type, &picture.bytes)
}
