//! The patient, and the hospital of the record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::data_types::{Attachment, CodeableConcept, ContactPoint, Identifier, Reference, Text};
use super::resources::{Contact, Organization, Patient};
use super::{Entries, Resource, codes};
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
        entries.add("organization", |id| {
            Resource::Organization(Organization { id, name })
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
                system: None,
                value: who.number.clone(),
            }],
            // In a de-identified copy this is the pseudonym.
            name: text(Field::FullName)
                .filter(|_| !is_deidentified)
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
            contact: text(Field::EmergencyContact)
                .map(|name| Contact {
                    relationship: vec![CodeableConcept::coded(codes::EMERGENCY_CONTACT)],
                    name,
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

pub(super) fn attachment(picture: &PictureFile) -> Attachment {
    Attachment {
        content_type: picture.media_type,
        data: STANDARD.encode(&picture.bytes),
    }
}
