//! The resources of FHIR R4 as far as LUNNY writes them, each with the elements that it uses.

use serde::Serialize;

use super::data_types::{
    Annotation, Attachment, CodeableConcept, Coding, ContactPoint, HumanName, Identifier, Period,
    Reference, Text, Value,
};

/// <https://hl7.org/fhir/R4/patient.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patient {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<HumanName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<ContactPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photo: Vec<Attachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact: Vec<Contact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub general_practitioner: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managing_organization: Option<Reference>,
}

/// A contact person of the patient.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Contact {
    pub relationship: Vec<CodeableConcept>,
    pub name: HumanName,
}

/// <https://hl7.org/fhir/R4/organization.html>
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Organization {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub name: String,
}

/// <https://hl7.org/fhir/R4/practitioner.html>
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Practitioner {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub name: Vec<HumanName>,
}

/// <https://hl7.org/fhir/R4/device.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub device_name: Vec<DeviceName>,
    #[serde(rename = "type")]
    pub kind: CodeableConcept,
    pub version: Vec<DeviceVersion>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeviceName {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeviceVersion {
    #[serde(rename = "type")]
    pub kind: CodeableConcept,
    pub value: String,
}

/// <https://hl7.org/fhir/R4/imagingstudy.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImagingStudy {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    pub modality: Vec<Coding>,
    pub subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// The order that the exam carried out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub based_on: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
}

/// Part of [`ImagingStudy`].
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Series {
    pub uid: String,
    pub modality: Coding,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_instances: Option<usize>,
}

/// <https://hl7.org/fhir/R4/observation.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Observation {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<CodeableConcept>,
    pub code: CodeableConcept,
    pub subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date_time: Option<String>,
    /// Time at which this statement was entered in the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    #[serde(flatten)]
    pub value: Option<Value>,
    /// Reason why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_absent_reason: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_site: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub derived_from: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub component: Vec<Component>,
}

/// A part of an observation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Component {
    pub code: CodeableConcept,
    #[serde(flatten)]
    pub value: Value,
}

/// <https://hl7.org/fhir/R4/media.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Media {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    pub subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<String>,
    pub content: Attachment,
    pub note: Vec<Annotation>,
}

/// <https://hl7.org/fhir/R4/allergyintolerance.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllergyIntolerance {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub clinical_status: CodeableConcept,
    pub code: CodeableConcept,
    pub patient: Reference,
}

/// <https://hl7.org/fhir/R4/medicationstatement.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MedicationStatement {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    pub medication_codeable_concept: CodeableConcept,
    pub subject: Reference,
}

/// <https://hl7.org/fhir/R4/appointment.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appointment {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    pub description: String,
    pub participant: Vec<Participant>,
    pub requested_period: Vec<Period>,
}

/// A person of an appointment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Participant {
    pub actor: Reference,
    pub status: &'static str,
}

/// <https://hl7.org/fhir/R4/servicerequest.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    pub status: &'static str,
    pub intent: &'static str,
    pub category: Vec<CodeableConcept>,
    pub code: CodeableConcept,
    pub subject: Reference,
    pub occurrence_date_time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reason_code: Vec<CodeableConcept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation>,
}

/// <https://hl7.org/fhir/R4/diagnosticreport.html>
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiagnosticReport {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub based_on: Vec<Reference>,
    pub status: &'static str,
    pub category: Vec<CodeableConcept>,
    pub code: CodeableConcept,
    pub subject: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub performer: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results_interpreter: Vec<Reference>,
    pub result: Vec<Reference>,
    pub imaging_study: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<ReportMedia>,
    pub conclusion: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presented_form: Vec<Attachment>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReportMedia {
    pub comment: String,
    pub link: Reference,
}

impl Observation {
    /// An observation on a patient with only the common elements.
    pub(crate) fn new(status: &'static str, code: CodeableConcept, subject: Reference) -> Self {
        Self {
            id: String::new(),
            identifier: Vec::new(),
            status,
            category: Vec::new(),
            code,
            subject,
            effective_date_time: None,
            issued: None,
            value: None,
            data_absent_reason: None,
            note: Vec::new(),
            body_site: None,
            method: None,
            device: None,
            derived_from: Vec::new(),
            component: Vec::new(),
        }
    }
}

impl Component {
    pub(crate) fn new(code: CodeableConcept, value: Value) -> Self {
        Self { code, value }
    }
}
