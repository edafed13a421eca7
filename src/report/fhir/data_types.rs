//! The data types of FHIR R4 (<https://hl7.org/fhir/R4/datatypes.html>) as far as LUNNY writes them. Values that are not stated
//! are left out, because FHIR allows no empty elements.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::clinical::patient::NameParts;

/// A code with its system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Coding {
    pub system: &'static str,
    pub code: &'static str,
    pub display: &'static str,
}

/// A concept in codes, in words, or in both.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct CodeableConcept {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A measured amount.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Quantity {
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparator: Option<&'static str>,
    /// The unit as shown to a person.
    pub unit: &'static str,
    pub system: &'static str,
    /// The unit in UCUM.
    pub code: &'static str,
}

/// Another resource of the bundle, or a person by name only.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Reference {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Identifier {
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<&'static str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    pub value: String,
}

/// An address as one text, as the record stores it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Text {
    pub text: String,
}

/// A person's name as the record stores it, with its parts if they can be told apart.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HumanName {
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

/// Days from `start` to `end`, both included.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Period {
    pub start: String,
    pub end: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ContactPoint {
    /// `phone` or `email`.
    pub system: &'static str,
    pub value: String,
}

/// A remark.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Annotation {
    pub text: String,
}

/// A picture or a text with its bytes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub content_type: &'static str,
    /// The bytes in Base64.
    pub data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Metadata of the resource itself.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Meta {
    pub security: Vec<Coding>,
}

/// The value of an observation, in one of its forms.
#[derive(Debug, Clone, Serialize)]
pub(super) enum Value {
    #[serde(rename = "valueQuantity")]
    Quantity(Quantity),
    #[serde(rename = "valueCodeableConcept")]
    Concept(CodeableConcept),
    #[serde(rename = "valueString")]
    String(String),
    #[serde(rename = "valueDateTime")]
    DateTime(String),
    #[serde(rename = "valueBoolean")]
    Boolean(bool),
    #[serde(rename = "valueInteger")]
    Integer(u16),
}

impl CodeableConcept {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            coding: Vec::new(),
            text: Some(text.into()),
        }
    }

    pub(super) fn coded(coding: Coding) -> Self {
        Self {
            coding: vec![coding],
            text: None,
        }
    }

    /// A concept in words, with a code if one has the same meaning.
    pub(super) fn both(text: impl Into<String>, coding: Option<Coding>) -> Self {
        Self {
            coding: coding.into_iter().collect(),
            text: Some(text.into()),
        }
    }
}

impl HumanName {
    /// The name; `stated` is that of the scan in DICOM notation, if it is the same person's.
    pub(crate) fn of(text: String, stated: Option<&str>) -> Self {
        match NameParts::of(&text, stated) {
            Some(NameParts { family, given }) => Self {
                text,
                family: Some(family),
                given,
            },
            None => Self::text(text),
        }
    }

    /// A line that is not only a name.
    pub(crate) fn text(text: String) -> Self {
        Self {
            text,
            family: None,
            given: Vec::new(),
        }
    }
}

impl Period {
    pub(crate) fn day(day: &str) -> Self {
        Self {
            start: day.to_owned(),
            end: day.to_owned(),
        }
    }
}

impl Attachment {
    pub(crate) fn new(content_type: &'static str, bytes: &[u8]) -> Self {
        Self {
            content_type,
            data: STANDARD.encode(bytes),
            title: None,
        }
    }
}

impl Reference {
    /// A person who is not a resource of the bundle.
    pub(super) fn named(display: impl Into<String>) -> Self {
        Self {
            reference: None,
            display: Some(display.into()),
        }
    }
}
