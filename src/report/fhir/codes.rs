//! Codes of other systems. A code is listed only if its meaning is exactly LUNNY's; all other concepts are written in words.

use super::data_types::{Coding, Quantity};
use crate::clinical::nodule::Lobe;
use crate::clinical::patient::{Field, Section};

const LOINC: &str = "http://loinc.org";
const SNOMED_CT: &str = "http://snomed.info/sct";
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";
/// DICOM PS3.16, annex D.
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
/// System of UIDs as identifiers.
pub(crate) const DICOM_UID: &str = "urn:dicom:uid";
const RADLEX: &str = "http://radlex.org";
const ALLERGY_STATUS: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
/// HL7 v2 table 0203, types of identifiers.
const IDENTIFIER_TYPES: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// HL7 v2 table 0131, roles of contacts.
const CONTACT_ROLES: &str = "http://terminology.hl7.org/CodeSystem/v2-0131";
/// HL7 v2 table 0074, diagnostic services.
const SERVICES: &str = "http://terminology.hl7.org/CodeSystem/v2-0074";
const OBSERVATION_CATEGORIES: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const ABSENT_REASONS: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const OBSERVATION_VALUES: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

const fn coding(system: &'static str, code: &'static str, display: &'static str) -> Coding {
    Coding {
        system,
        code,
        display,
    }
}

pub(crate) const MEDICAL_RECORD_NUMBER: Coding =
    coding(IDENTIFIER_TYPES, "MR", "Medical record number");
pub(crate) const ACCESSION: Coding = coding(IDENTIFIER_TYPES, "ACSN", "Accession ID");
pub(crate) const EMERGENCY_CONTACT: Coding = coding(CONTACT_ROLES, "C", "Emergency Contact");
pub(crate) const RADIOLOGY: Coding = coding(SERVICES, "RAD", "Radiology");
pub(crate) const IMAGING_STUDY: Coding = coding(LOINC, "18748-4", "Diagnostic imaging study");
/// No value would be right: the model was not validated on such a scan.
pub(crate) const NO_VALUE: Coding = coding(ABSENT_REASONS, "not-applicable", "Not Applicable");
pub(crate) const AGE: Coding = coding(LOINC, "30525-0", "Age");
pub(crate) const CT: Coding = coding(DICOM, "CT", "Computed Tomography");
pub(crate) const ACTIVE_ALLERGY: Coding = coding(ALLERGY_STATUS, "active", "Active");
pub(crate) const NO_KNOWN_ALLERGY: Coding = coding(SNOMED_CT, "716186003", "No known allergy");
pub(crate) const LUNG_RADS: Coding = coding(RADLEX, "RID50134", "Lung-RADS assessment");
pub(crate) const PULMONARY_NODULE: Coding = coding(RADLEX, "RID50149", "pulmonary nodule");
pub(crate) const PROBABILITY_OF_CANCER: Coding = coding(DICOM, "111047", "Probability of cancer");
pub(crate) const DIAMETER: Coding = coding(SNOMED_CT, "81827009", "Diameter");
pub(crate) const ADDENDUM: Coding = coding(LOINC, "55107-7", "Addendum Document");

/// The code of a part of the radiologist's text, by its heading.
pub(crate) fn of_words(heading: &str) -> Option<Coding> {
    Some(match heading {
        "Findings" => coding(LOINC, "59776-5", "Procedure findings Narrative"),
        "Impression" => coding(
            LOINC,
            "19005-8",
            "Radiology Imaging study [Impression] (narrative)",
        ),
        "Recommendation" => coding(
            LOINC,
            "18783-1",
            "Radiology Study recommendation (narrative)",
        ),
        _ => return None,
    })
}

/// Label of a bundle whose patient has a pseudonym.
pub(crate) const PSEUDONYMISED: Coding = coding(OBSERVATION_VALUES, "PSEUDED", "pseudonymized");

/// Axes and volume with the codes of DICOM (PS3.16, CID 7470 and 7474).
pub(crate) const LONG_AXIS: Coding = coding(SNOMED_CT, "103339001", "Long axis");
pub(crate) const SHORT_AXIS: Coding = coding(SNOMED_CT, "103340004", "Short axis");
pub(crate) const VOLUME: Coding = coding(SNOMED_CT, "118565006", "Volume");

/// A category of observations, one of the nine that FHIR has.
pub(crate) fn category(code: &'static str) -> Coding {
    let display = match code {
        "imaging" => "Imaging",
        "laboratory" => "Laboratory",
        "social-history" => "Social History",
        "therapy" => "Therapy",
        other => other,
    };
    coding(OBSERVATION_CATEGORIES, code, display)
}

/// The category that an entered field's observation belongs to, if FHIR has one.
pub(crate) fn category_of(field: Field) -> Option<Coding> {
    let code = match (field.section(), field) {
        (
            _,
            Field::SmokingStatus
            | Field::PackYears
            | Field::SmokingStopped
            | Field::OccupationalExposure,
        ) => "social-history",
        (Section::Imaging, _) => "imaging",
        (Section::Pathology, _) => "laboratory",
        (Section::Treatment, _) => "therapy",
        _ => return None,
    };
    Some(category(code))
}

/// The code of an entered field.
pub(crate) fn of_field(field: Field) -> Option<Coding> {
    Some(match field {
        Field::SmokingStatus => coding(LOINC, "72166-2", "Tobacco smoking status"),
        Field::PackYears => coding(SNOMED_CT, "401201003", "Cigarette pack-years"),
        Field::FamilyHistory => coding(
            LOINC,
            "10157-6",
            "History of family member diseases Narrative",
        ),
        Field::PreviousConditions => coding(LOINC, "11348-0", "History of Past illness Narrative"),
        Field::PastSurgeries => {
            coding(LOINC, "10167-5", "History of Surgical procedures Narrative")
        }
        Field::RadiologistNotes => {
            coding(LOINC, "18782-3", "Radiology Study observation (narrative)")
        }
        Field::Cea => coding(
            LOINC,
            "2039-6",
            "Carcinoembryonic Ag [Mass/volume] in Serum or Plasma",
        ),
        _ => return None,
    })
}

/// The code of a field's choice.
pub(crate) fn of_choice(field: Field, word: &str) -> Option<Coding> {
    Some(match (field, word) {
        (Field::SmokingStatus, "never") => coding(SNOMED_CT, "266919005", "Never smoked tobacco"),
        (Field::SmokingStatus, "former") => coding(SNOMED_CT, "8517006", "Ex-smoker"),
        (Field::SmokingStatus, "current") => coding(SNOMED_CT, "77176002", "Smoker"),
        (Field::SmokingStatus, "passive") => coding(SNOMED_CT, "43381005", "Passive smoker"),
        _ => return None,
    })
}

/// The code of a nodule's lobe. The lingula has no code here and is written in words.
pub(crate) fn of_lobe(lobe: Lobe) -> Option<Coding> {
    Some(match lobe {
        Lobe::RightUpper => coding(
            SNOMED_CT,
            "42400003",
            "Structure of right upper lobe of lung",
        ),
        Lobe::RightMiddle => coding(
            SNOMED_CT,
            "72481006",
            "Structure of right middle lobe of lung",
        ),
        Lobe::RightLower => coding(SNOMED_CT, "266005", "Structure of right lower lobe of lung"),
        Lobe::LeftUpper => coding(
            SNOMED_CT,
            "44714003",
            "Structure of left upper lobe of lung",
        ),
        Lobe::LeftLower => coding(
            SNOMED_CT,
            "41224006",
            "Structure of left lower lobe of lung",
        ),
        Lobe::Lingula => return None,
    })
}

const fn quantity(value: f64, unit: &'static str, code: &'static str) -> Quantity {
    Quantity {
        value,
        comparator: None,
        unit,
        system: UCUM,
        code,
    }
}

pub(crate) fn millimetres(value: f64) -> Quantity {
    quantity(value, "mm", "mm")
}

pub(crate) fn cubic_millimetres(value: f64) -> Quantity {
    quantity((value * 10.0).round() / 10.0, "mm³", "mm3")
}

/// A probability in [0, 1], to six decimals.
pub(crate) fn probability(value: f64) -> Quantity {
    quantity((value * 1e6).round() / 1e6, "probability", "1")
}

pub(crate) fn years(value: f64) -> Quantity {
    quantity(value, "years", "a")
}

/// An amount in the unit of its field; none for a unit without a known UCUM code.
pub(crate) fn in_unit_of_field(value: f64, unit: &'static str) -> Option<Quantity> {
    let code = match unit {
        "ng/mL" => "ng/mL",
        "pack-years" => "{pack-years}",
        _ => return None,
    };
    Some(quantity(value, unit, code))
}
