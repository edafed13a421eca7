//! A record as a FHIR R4 bundle (<https://hl7.org/fhir/R4/>), for other systems.
//!
//! One bundle of type `collection` per patient: the patient, and for every exam the study, the results as observations, and the
//! report that refers to them. Each resource has a `urn:uuid` derived from the hospital, the patient's number and its role, so
//! that a second export uses the same identifiers; every reference stays within the bundle.

mod circumstances;
mod codes;
mod data_types;
mod exam;
mod lesion;
mod nodule;
mod patient;
mod resources;
mod stated;

use serde::Serialize;
use uuid::Uuid;

use self::data_types::{Meta, Reference};
use self::resources::{
    Device, DiagnosticReport, ImagingStudy, Media, Observation, Organization, Patient, Practitioner,
};
use super::record::RecordReport;

/// Namespace of the UUIDs that LUNNY derives from names.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d0f_38c1_7a52_4d0e_9c1b_52f0_e4a8_6b37);

/// The whole bundle, for serialisation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    resource_type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    entry: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    full_url: String,
    resource: Resource,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "resourceType")]
enum Resource {
    Patient(Patient),
    Organization(Organization),
    Practitioner(Practitioner),
    Device(Device),
    ImagingStudy(ImagingStudy),
    Observation(Observation),
    Media(Media),
    DiagnosticReport(DiagnosticReport),
}

/// The record as a bundle. A de-identified record makes a de-identified bundle.
pub fn bundle(record: &RecordReport) -> Bundle {
    let mut entries = Entries::of(record);
    let organization = patient::organization(&mut entries, record);
    let subject = patient::patient(&mut entries, record, organization.clone());
    stated::add(&mut entries, record, &subject);
    for exam in &record.exams {
        exam::add(&mut entries, record, exam, &subject, organization.clone());
    }
    let is_deidentified = record.deidentified.is_some();
    Bundle {
        resource_type: "Bundle",
        id: entries.id("bundle").to_string(),
        meta: is_deidentified.then(|| Meta {
            security: vec![codes::PSEUDONYMISED],
        }),
        kind: "collection",
        timestamp: (!is_deidentified).then(|| record.made_at.to_string()),
        entry: entries.list,
    }
}

/// A bundle under construction.
struct Entries {
    namespace: Uuid,
    list: Vec<Entry>,
}

impl Entries {
    fn of(record: &RecordReport) -> Self {
        let whose = format!("{}\0{}", record.hospital, record.patient.number);
        Self {
            namespace: Uuid::new_v5(&NAMESPACE, whose.as_bytes()),
            list: Vec::new(),
        }
    }

    /// The id of a resource of the record; `what` distinguishes it from the others.
    fn id(&self, what: &str) -> Uuid {
        Uuid::new_v5(&self.namespace, what.as_bytes())
    }

    /// Adds a resource to the bundle, unless it has one of that name.
    fn add(&mut self, what: &str, resource: impl FnOnce(String) -> Resource) -> Reference {
        let id = self.id(what);
        let url = id.urn().to_string();
        if !self.list.iter().any(|entry| entry.full_url == url) {
            self.list.push(Entry {
                full_url: url.clone(),
                resource: resource(id.to_string()),
            });
        }
        Reference {
            reference: Some(url),
            display: None,
        }
    }

    fn observe(&mut self, what: &str, observation: Observation) -> Reference {
        self.add(what, |id| {
            Resource::Observation(Observation { id, ..observation })
        })
    }
}
