//! Codes of the standard: DICOM PS3.16, annex D (DCM), and those of other schemes in its context groups.

use super::{Code, Scheme, code};
use crate::clinical::assessment::Classification;
use crate::clinical::nodule::Lobe;

const fn dcm(value: &'static str, meaning: &'static str) -> Code {
    code(value, Scheme::Dcm, meaning)
}

const fn snomed(value: &'static str, meaning: &'static str) -> Code {
    code(value, Scheme::Snomed, meaning)
}

/// CID 7050.
pub(in crate::report::dicom) const BASIC_PROFILE: Code =
    dcm("113100", "Basic Application Confidentiality Profile");
/// CID 7050: the content tree contains only permitted items, and descriptions only LUNNY's own words.
pub(in crate::report::dicom) const CLEAN_CONTENT: Code =
    dcm("113104", "Clean Structured Content Option");
pub(in crate::report::dicom) const CLEAN_DESCRIPTORS: Code =
    dcm("113105", "Clean Descriptors Option");

// TID 1500, Measurement Report, and what it includes.
/// CID 7021.
pub(in crate::report::dicom) const MEASUREMENT_REPORT: Code =
    dcm("126000", "Imaging Measurement Report");
/// TID 1204.
pub(in crate::report::dicom) const LANGUAGE: Code =
    dcm("121049", "Language of Content Item and Descendants");
/// CID 5000.
pub(in crate::report::dicom) const ENGLISH: Code = code("en", Scheme::Language, "English");
pub(in crate::report::dicom) const PROCEDURE_REPORTED: Code = dcm("121058", "Procedure reported");
pub(in crate::report::dicom) const CT_OF_CHEST: Code = code("24627-2", Scheme::Loinc, "CT Chest");
pub(in crate::report::dicom) const IMAGING_MEASUREMENTS: Code =
    dcm("126010", "Imaging Measurements");
pub(in crate::report::dicom) const QUALITATIVE_EVALUATIONS: Code =
    code("C0034375", Scheme::Umls, "Qualitative Evaluations");
// CID 7001 and 7002, headings and elements of a diagnostic imaging report.
pub(in crate::report::dicom) const FINDINGS_HEADING: Code = dcm("121070", "Findings");
pub(in crate::report::dicom) const FINDING_TEXT: Code = dcm("121071", "Finding");
pub(in crate::report::dicom) const IMPRESSIONS_HEADING: Code = dcm("121072", "Impressions");
pub(in crate::report::dicom) const IMPRESSION_TEXT: Code = dcm("121073", "Impression");
pub(in crate::report::dicom) const RECOMMENDATIONS_HEADING: Code = dcm("121074", "Recommendations");
pub(in crate::report::dicom) const ADDENDUM_HEADING: Code = dcm("121078", "Addendum");

pub(in crate::report::dicom) const COMMENT: Code = dcm("121106", "Comment");
pub(in crate::report::dicom) const RECOMMENDATION: Code = dcm("121075", "Recommendation");

// TID 1002 to 1004, Observer Context.
pub(in crate::report::dicom) const OBSERVER_TYPE: Code = dcm("121005", "Observer Type");
pub(in crate::report::dicom) const PERSON: Code = dcm("121006", "Person");
pub(in crate::report::dicom) const DEVICE: Code = dcm("121007", "Device");
pub(in crate::report::dicom) const PERSON_NAME: Code = dcm("121008", "Person Observer Name");
pub(in crate::report::dicom) const PERSON_ORGANIZATION: Code =
    dcm("121009", "Person Observer's Organization Name");
pub(in crate::report::dicom) const DEVICE_UID: Code = dcm("121012", "Device Observer UID");
pub(in crate::report::dicom) const DEVICE_NAME: Code = dcm("121013", "Device Observer Name");
pub(in crate::report::dicom) const DEVICE_MANUFACTURER: Code =
    dcm("121014", "Device Observer Manufacturer");
pub(in crate::report::dicom) const DEVICE_MODEL: Code = dcm("121015", "Device Observer Model Name");
pub(in crate::report::dicom) const DEVICE_SERIAL: Code =
    dcm("121016", "Device Observer Serial Number");

// TID 1600 to 1602, Image Library.
pub(in crate::report::dicom) const IMAGE_LIBRARY: Code = dcm("111028", "Image Library");
pub(in crate::report::dicom) const IMAGE_LIBRARY_GROUP: Code = dcm("126200", "Image Library Group");
pub(in crate::report::dicom) const MODALITY: Code = dcm("121139", "Modality");
/// CID 29 and 33.
pub(in crate::report::dicom) const OTHER_MODALITY: Code = dcm("OT", "Other");
pub(in crate::report::dicom) const TARGET_REGION: Code = dcm("123014", "Target Region");
/// CID 4031.
pub(in crate::report::dicom) const CHEST: Code = snomed("51185008", "Chest");

// TID 1501, Measurement and Qualitative Evaluation Group.
pub(in crate::report::dicom) const MEASUREMENT_GROUP: Code = dcm("125007", "Measurement Group");
/// TID 1410 and TID 320.
pub(in crate::report::dicom) const IMAGE_REGION: Code = dcm("111030", "Image Region");
pub(in crate::report::dicom) const SOURCE_OF_MEASUREMENT: Code =
    dcm("121112", "Source of Measurement");
pub(in crate::report::dicom) const TRACKING_IDENTIFIER: Code = dcm("112039", "Tracking Identifier");
pub(in crate::report::dicom) const TRACKING_UID: Code = dcm("112040", "Tracking Unique Identifier");
pub(in crate::report::dicom) const FINDING: Code = dcm("121071", "Finding");
/// CID 6104.
pub(in crate::report::dicom) const NODULE: Code = snomed("27925004", "Nodule");
pub(in crate::report::dicom) const FINDING_SITE: Code = snomed("363698007", "Finding Site");
pub(in crate::report::dicom) const LATERALITY: Code = snomed("272741003", "Laterality");
/// CID 244.
pub(in crate::report::dicom) const RIGHT: Code = snomed("24028007", "Right");
pub(in crate::report::dicom) const LEFT: Code = snomed("7771000", "Left");
pub(in crate::report::dicom) const TOPOGRAPHICAL_MODIFIER: Code =
    snomed("106233006", "Topographical modifier");
pub(in crate::report::dicom) const LUNG: Code = snomed("39607008", "Lung");
/// CID 6170.
const UPPER_LOBE: Code = snomed("45653009", "Upper lobe of lung");
const MIDDLE_LOBE: Code = snomed("72481006", "Middle lobe of right lung");
const LOWER_LOBE: Code = snomed("90572001", "Lower lobe of lung");
pub(in crate::report::dicom) const MEASUREMENT_METHOD: Code =
    snomed("370129005", "Measurement Method");
pub(in crate::report::dicom) const SERIES_UID: Code = dcm("112002", "Series Instance UID");

// TID 300, Measurement, and TID 4019, Algorithm Identification.
/// CID 7470.
pub(in crate::report::dicom) const LONG_AXIS: Code = snomed("103339001", "Long axis");
pub(in crate::report::dicom) const SHORT_AXIS: Code = snomed("103340004", "Short axis");
pub(in crate::report::dicom) const DIAMETER: Code = snomed("81827009", "Diameter");
pub(in crate::report::dicom) const DERIVATION: Code = dcm("121401", "Derivation");
/// CID 7464.
pub(in crate::report::dicom) const MEAN: Code = snomed("373098007", "Mean");
/// CID 7472.
pub(in crate::report::dicom) const VOLUME: Code = snomed("118565006", "Volume");
pub(in crate::report::dicom) const VOLUME_OF_SPHERE: Code = dcm("121222", "Volume of sphere");
/// CID 7474.
pub(in crate::report::dicom) const COUNTED_VOXELS: Code =
    dcm("126030", "Sum of segmented voxel method for volume");
pub(in crate::report::dicom) const PROBABILITY_OF_CANCER: Code =
    dcm("111047", "Probability of cancer");
pub(in crate::report::dicom) const ALGORITHM_NAME: Code = dcm("111001", "Algorithm Name");
pub(in crate::report::dicom) const ALGORITHM_VERSION: Code = dcm("111003", "Algorithm Version");
pub(in crate::report::dicom) const MILLIMETRE: Code = code("mm", Scheme::Ucum, "millimeter");
pub(in crate::report::dicom) const CUBIC_MILLIMETRE: Code =
    code("mm3", Scheme::Ucum, "cubic millimeter");
pub(in crate::report::dicom) const PERCENT: Code = code("%", Scheme::Ucum, "Percent");

/// Codes of a lobe: the structure and its side.
pub(in crate::report::dicom) fn site(lobe: Lobe) -> (Code, Code) {
    match lobe {
        Lobe::RightUpper => (UPPER_LOBE, RIGHT),
        Lobe::RightMiddle => (MIDDLE_LOBE, RIGHT),
        Lobe::RightLower => (LOWER_LOBE, RIGHT),
        Lobe::LeftUpper | Lobe::Lingula => (UPPER_LOBE, LEFT),
        Lobe::LeftLower => (LOWER_LOBE, LEFT),
    }
}

/// The standard's qualifiers: SNOMED CT, the first two as in CID 250.
pub(in crate::report::dicom) fn classification(answer: Classification) -> Code {
    match answer {
        Classification::Positive => snomed("10828004", "Positive"),
        Classification::Negative => snomed("260385009", "Negative"),
        Classification::Indeterminate => snomed("82334004", "Indeterminate"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lobe_has_the_side_in_its_name() {
        for lobe in Lobe::ALL {
            let side = match lobe.as_str().starts_with("right") {
                true => RIGHT,
                false => LEFT,
            };
            assert_eq!(site(lobe).1, side, "{}", lobe.as_str());
        }
    }
}
