//! A record as a FHIR R4 bundle (<https://hl7.org/fhir/R4/>), for other systems.
//!
//! One bundle per patient: the patient, and for every exam the study, the results as observations, and the report that refers to
//! them. Each resource has a `urn:uuid` derived from the hospital, the patient's number, the time of the record's creation and
//! its role, so that a second export uses the same identifiers; every reference stays within the bundle. The bundle is a
//! `collection` to be read, or a `transaction` that a server carries out.

mod circumstances;
mod codes;
mod data_types;
mod exam;
mod history;
mod lesion;
mod nodule;
mod options;
mod order;
mod patient;
mod resources;
mod stated;
mod transaction;

use serde::Serialize;
use uuid::Uuid;

use self::data_types::{Identifier, Meta, Reference};
use self::options::System;
pub use self::options::{BundleKind, FhirOptions};
use self::resources::{
    AllergyIntolerance, Appointment, Device, DiagnosticReport, ImagingStudy, Media,
    MedicationStatement, Observation, Organization, Patient, Practitioner, Series, ServiceRequest,
};
use self::transaction::Request;
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
    /// Only in a transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Request>,
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
    AllergyIntolerance(AllergyIntolerance),
    MedicationStatement(MedicationStatement),
    Appointment(Appointment),
    ServiceRequest(ServiceRequest),
    DiagnosticReport(DiagnosticReport),
}

impl Resource {
    /// The type of the resource.
    fn kind(&self) -> &'static str {
        match self {
            Self::Patient(_) => "Patient",
            Self::Organization(_) => "Organization",
            Self::Practitioner(_) => "Practitioner",
            Self::Device(_) => "Device",
            Self::ImagingStudy(_) => "ImagingStudy",
            Self::Observation(_) => "Observation",
            Self::Media(_) => "Media",
            Self::AllergyIntolerance(_) => "AllergyIntolerance",
            Self::MedicationStatement(_) => "MedicationStatement",
            Self::Appointment(_) => "Appointment",
            Self::ServiceRequest(_) => "ServiceRequest",
            Self::DiagnosticReport(_) => "DiagnosticReport",
        }
    }

    /// True if it is not LUNNY's to change on a server: others state it too, or it never changes.
    fn is_shared(&self) -> bool {
        match self {
            Self::Patient(_)
            | Self::Organization(_)
            | Self::Practitioner(_)
            | Self::Device(_)
            | Self::ImagingStudy(_) => true,
            Self::Observation(_)
            | Self::Media(_)
            | Self::AllergyIntolerance(_)
            | Self::MedicationStatement(_)
            | Self::Appointment(_)
            | Self::ServiceRequest(_)
            | Self::DiagnosticReport(_) => false,
        }
    }

    /// Its id and its identifiers.
    fn identity(&mut self) -> (&mut String, &mut Vec<Identifier>) {
        match self {
            Self::Patient(it) => (&mut it.id, &mut it.identifier),
            Self::Organization(it) => (&mut it.id, &mut it.identifier),
            Self::Practitioner(it) => (&mut it.id, &mut it.identifier),
            Self::Device(it) => (&mut it.id, &mut it.identifier),
            Self::ImagingStudy(it) => (&mut it.id, &mut it.identifier),
            Self::Observation(it) => (&mut it.id, &mut it.identifier),
            Self::Media(it) => (&mut it.id, &mut it.identifier),
            Self::AllergyIntolerance(it) => (&mut it.id, &mut it.identifier),
            Self::MedicationStatement(it) => (&mut it.id, &mut it.identifier),
            Self::Appointment(it) => (&mut it.id, &mut it.identifier),
            Self::ServiceRequest(it) => (&mut it.id, &mut it.identifier),
            Self::DiagnosticReport(it) => (&mut it.id, &mut it.identifier),
        }
    }

    /// Prepares it for a server that gives ids itself, and returns the identifier by which the server finds it.
    fn for_server(&mut self, options: &FhirOptions) -> Identifier {
        let is_patient = matches!(self, Self::Patient(_));
        let (id, identifiers) = self.identity();
        let own = transaction::own(std::mem::take(id));
        // Other systems know a study by its UID, and a patient by the number if the hospital states whose numbers these are: other
        // records of a hospital of that name may give the same number to another person.
        let is_known = |first: &Identifier| match is_patient {
            true => options.base.is_some(),
            false => first.system.as_deref() == Some(codes::DICOM_UID),
        };
        match identifiers.first() {
            Some(first) if is_known(first) => first.clone(),
            _ => {
                identifiers.push(own.clone());
                own
            }
        }
    }
}

/// The record as a bundle. A de-identified record makes a de-identified bundle.
pub fn bundle(record: &RecordReport, options: &FhirOptions) -> Bundle {
    let mut entries = Entries::of(record, options);
    let organization = patient::organization(&mut entries, record);
    let subject = patient::patient(&mut entries, record, organization.clone());
    stated::add(&mut entries, record, &subject);
    history::add(&mut entries, record, &subject);
    order::add(&mut entries, record, &subject);
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
        kind: options.kind.as_str(),
        timestamp: (!is_deidentified).then(|| record.made_at.to_string()),
        entry: match options.kind {
            BundleKind::Collection => entries.list,
            BundleKind::Transaction => {
                let list = entries.list.into_iter();
                list.map(|entry| requested(entry, options)).collect()
            }
        },
    }
}

/// The entry as a request to a server.
fn requested(mut entry: Entry, options: &FhirOptions) -> Entry {
    let identifier = entry.resource.for_server(options);
    entry.request = Some(Request::of(&entry.resource, &identifier));
    entry
}

/// A bundle under construction.
struct Entries<'a> {
    hospital: &'a str,
    /// Namespace of what belongs to the patient.
    namespace: Uuid,
    options: &'a FhirOptions,
    list: Vec<Entry>,
}

impl<'a> Entries<'a> {
    fn of(record: &'a RecordReport, options: &'a FhirOptions) -> Self {
        // Other records of a hospital of that name may give the same number to another person, at another time.
        let (hospital, since) = (&record.hospital, record.record_since);
        let whose = format!("{hospital}\0{since}\0{}", record.patient.number);
        Self {
            hospital: &record.hospital,
            namespace: Uuid::new_v5(&NAMESPACE, whose.as_bytes()),
            options,
            list: Vec::new(),
        }
    }

    /// The id of a resource of the record; `what` distinguishes it from the others.
    fn id(&self, what: &str) -> Uuid {
        Uuid::new_v5(&self.namespace, what.as_bytes())
    }

    /// The system of a kind of identifiers.
    fn system(&self, system: System) -> Option<String> {
        Some(self.options.system(self.hospital, system))
    }

    /// Adds a resource of the patient to the bundle, unless it has one of that name.
    fn add(&mut self, what: &str, resource: impl FnOnce(String) -> Resource) -> Reference {
        let id = self.id(what);
        self.put(id, resource)
    }

    /// Adds a resource that the bundles of other patients of the hospital have, too.
    fn add_common(&mut self, what: &str, resource: impl FnOnce(String) -> Resource) -> Reference {
        let whose = Uuid::new_v5(&NAMESPACE, format!("{}\0common", self.hospital).as_bytes());
        self.put(Uuid::new_v5(&whose, what.as_bytes()), resource)
    }

    fn put(&mut self, id: Uuid, resource: impl FnOnce(String) -> Resource) -> Reference {
        let url = id.urn().to_string();
        if !self.list.iter().any(|entry| entry.full_url == url) {
            self.list.push(Entry {
                full_url: url.clone(),
                resource: resource(id.to_string()),
                request: None,
            });
        }
        Reference {
            reference: Some(url),
            display: None,
        }
    }

    /// Lists a series in a study of the bundle, unless it does so already.
    fn list_series(&mut self, study: &Reference, series: Option<Series>) {
        let is_it = |entry: &&mut Entry| study.reference.as_ref() == Some(&entry.full_url);
        if let Some(series) = series
            && let Some(entry) = self.list.iter_mut().find(is_it)
            && let Resource::ImagingStudy(study) = &mut entry.resource
            && !study.series.iter().any(|listed| listed.uid == series.uid)
        {
            study.series.push(series);
        }
    }

    fn observe(&mut self, what: &str, observation: Observation) -> Reference {
        self.add(what, |id| {
            Resource::Observation(Observation { id, ..observation })
        })
    }
}
