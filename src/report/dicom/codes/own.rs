//! LUNNY's own codes, for concepts without a standard code. They never change their meaning: a new meaning gets a new value.

use dicom_dictionary_std::tags;

use super::{Code, Scheme, code};
use crate::clinical::assessment::Reader;
use crate::clinical::lung_rads::{Category, Incomplete, SuggestedCategory};
use crate::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Margin, Method, NoduleType, Status,
};
use crate::imaging::instance::Elements;

/// Identifies these codes, for (0008,0110) CodingSchemeIdentificationSequence (PS3.3, C.12.1.1.3.1).
pub(in crate::report::dicom) fn scheme() -> Elements {
    let mut elements = Elements::default();
    elements.text(tags::CODING_SCHEME_DESIGNATOR, Scheme::Own.designator());
    let name = "LUNNY: findings and model answers of chest CT exams";
    elements.text(tags::CODING_SCHEME_NAME, name);
    elements.text(tags::CODING_SCHEME_RESPONSIBLE_ORGANIZATION, "LUNNY");
    elements
}

const fn own(value: &'static str, meaning: &'static str) -> Code {
    code(value, Scheme::Own, meaning)
}

pub(in crate::report::dicom) const LINGULA: Code = own("lingula", "Lingula");
pub(in crate::report::dicom) const MODEL_ASSESSMENT: Code =
    own("assessment", "Assessment of the exam by a model");
pub(in crate::report::dicom) const CLASS_NORMAL: Code =
    own("class-normal", "Probability of the class normal");
pub(in crate::report::dicom) const CLASS_BENIGN: Code =
    own("class-benign", "Probability of the class benign");
pub(in crate::report::dicom) const THRESHOLD: Code = own(
    "threshold",
    "Probability of cancer from which an exam is positive",
);
pub(in crate::report::dicom) const INDETERMINATE_FROM: Code = own(
    "band-from",
    "Probability from which the answer is indeterminate",
);
pub(in crate::report::dicom) const INDETERMINATE_TO: Code = own(
    "band-to",
    "Probability from which it is no longer indeterminate",
);
pub(in crate::report::dicom) const SENSITIVITY: Code = own(
    "sensitivity",
    "Sensitivity at the threshold on held-out cases",
);
pub(in crate::report::dicom) const SPECIFICITY: Code = own(
    "specificity",
    "Specificity at the threshold on held-out cases",
);
pub(in crate::report::dicom) const PREVALENCE: Code =
    own("prevalence", "Share of malignant slices in the calibration");
pub(in crate::report::dicom) const PREVALENCE_OF_EXAMS: Code = own(
    "prevalence-exams",
    "Share of malignant exams in the calibration",
);
pub(in crate::report::dicom) const MEASURED_ON: Code = own(
    "measured-on",
    "Data that sensitivity and specificity were measured on",
);
pub(in crate::report::dicom) const READER: Code = own("reader", "Network that answered");
pub(in crate::report::dicom) const PROPOSED_LESION: Code =
    own("proposed-lesion", "Lesion proposed by the model");
pub(in crate::report::dicom) const LESION_PLACE: Code =
    own("lesion-place", "Place of the proposed lesion");
pub(in crate::report::dicom) const BY_MODEL: Code = own("by-model", "Proposed by the model");
pub(in crate::report::dicom) const CLASSIFICATION: Code =
    own("classification", "Classification by the model");
pub(in crate::report::dicom) const TRAINING_RANGE: Code =
    own("range", "Similarity to the slices that the model has seen");
pub(in crate::report::dicom) const INSIDE: Code =
    own("range-inside", "Like those that the model has seen");
pub(in crate::report::dicom) const OUTSIDE: Code =
    own("range-outside", "Outside what the model has seen");
pub(in crate::report::dicom) const OUTSIDE_REASON: Code = own(
    "range-reason",
    "Reason why it lies outside what the model has seen",
);
pub(in crate::report::dicom) const DECIDED_BY: Code =
    own("decided-by", "Slices that decided, and the rule");
pub(in crate::report::dicom) const CATEGORY_MEASURED: Code =
    own("rads-measured", "Lung-RADS v2022 category, measured");
pub(in crate::report::dicom) const CATEGORY_SUGGESTED: Code = own(
    "rads-suggested",
    "Lung-RADS category, suggested by the model",
);
pub(in crate::report::dicom) const CATEGORY_RULE: Code =
    own("rads-rule", "Rule that gave the Lung-RADS category");
pub(in crate::report::dicom) const MODIFIER: Code = own("rads-modifier", "Lung-RADS modifier");
pub(in crate::report::dicom) const MODIFIER_S: Code =
    own("rads-s", "S: a significant finding other than lung cancer");
pub(in crate::report::dicom) const INCOMPLETE: Code =
    own("incomplete", "Reason why the exam cannot be assessed yet");
pub(in crate::report::dicom) const NODULES_SEEN: Code =
    own("nodules-seen", "Number of nodules seen");
pub(in crate::report::dicom) const REPORT_STATUS: Code =
    own("report-status", "Status of the written report");
pub(in crate::report::dicom) const BROCK_WITH: Code = own(
    "brock-with",
    "Brock risk of cancer, full model with spiculation",
);
pub(in crate::report::dicom) const BROCK_WITHOUT: Code = own(
    "brock-without",
    "Brock risk of cancer, full model without spiculation",
);
pub(in crate::report::dicom) const BROCK_INPUTS: Code =
    own("brock-inputs", "Inputs of the Brock models");
pub(in crate::report::dicom) const NO_BROCK: Code =
    own("brock-none", "Reason why there is no Brock risk");
pub(in crate::report::dicom) const MEAN_OF_AXES: Code = own(
    "mean-of-axes",
    "Half the sum of the long and the short axis",
);
pub(in crate::report::dicom) const SPHERE_OF_MEAN: Code =
    own("sphere-of-mean", "Sphere of the mean diameter");
pub(in crate::report::dicom) const SOLID_LONG: Code =
    own("solid-long", "Long axis of the solid part");
pub(in crate::report::dicom) const SOLID_SHORT: Code =
    own("solid-short", "Short axis of the solid part");
pub(in crate::report::dicom) const SOLID_MEAN: Code =
    own("solid-mean", "Mean diameter of the solid part");
pub(in crate::report::dicom) const EARLIER_MEAN: Code =
    own("earlier-mean", "Mean diameter at the earlier exam");
pub(in crate::report::dicom) const EARLIER_SOLID: Code = own(
    "earlier-solid",
    "Mean diameter of the solid part at the earlier exam",
);
pub(in crate::report::dicom) const EARLIER_CATEGORY: Code =
    own("earlier-rads", "Lung-RADS category at the earlier exam");
pub(in crate::report::dicom) const HOW_MEASURED: Code =
    own("how-measured", "Method and place of the measurement");
pub(in crate::report::dicom) const TYPE: Code = own("type", "Type of the nodule");
pub(in crate::report::dicom) const STATUS: Code =
    own("status", "Change of the nodule since the previous exam");
pub(in crate::report::dicom) const MARGIN: Code = own("margin", "Margin of the nodule");
pub(in crate::report::dicom) const CALCIFICATION: Code =
    own("calcification", "Calcification of the nodule");
pub(in crate::report::dicom) const AIRWAY: Code = own("airway", "Airway that contains the nodule");
pub(in crate::report::dicom) const CYST_WALL: Code = own("cyst-wall", "Wall of the cyst");
pub(in crate::report::dicom) const FEATURE: Code = own("feature", "Further feature of the nodule");
pub(in crate::report::dicom) const FAT: Code = own("feature-fat", "Contains fat");
pub(in crate::report::dicom) const MULTILOCULAR: Code =
    own("feature-chambers", "More than one chamber");
pub(in crate::report::dicom) const SUSPICIOUS: Code =
    own("feature-suspect", "A further suspicious feature");

pub(in crate::report::dicom) fn reader(reader: Reader) -> Code {
    match reader {
        Reader::Lesions => own("reader-lesions", "Lesion reader"),
        Reader::Slice => own("reader-slice", "Slice classifier"),
    }
}

pub(in crate::report::dicom) fn category(category: Category) -> Code {
    match category {
        Category::Zero => own("rads-0", "Lung-RADS 0"),
        Category::One => own("rads-1", "Lung-RADS 1"),
        Category::Two => own("rads-2", "Lung-RADS 2"),
        Category::Three => own("rads-3", "Lung-RADS 3"),
        Category::FourA => own("rads-4A", "Lung-RADS 4A"),
        Category::FourB => own("rads-4B", "Lung-RADS 4B"),
        Category::FourX => own("rads-4X", "Lung-RADS 4X"),
        Category::NeedsRadiologist => own("rads-open", "No category: needs a radiologist"),
    }
}

pub(in crate::report::dicom) fn suggested(category: SuggestedCategory) -> Code {
    match category {
        SuggestedCategory::OneOrTwo => own("band-1-2", "Lung-RADS 1-2 (suggested by the model)"),
        SuggestedCategory::Three => own("band-3", "Lung-RADS 3 (suggested by the model)"),
        SuggestedCategory::FourA => own("band-4A", "Lung-RADS 4A (suggested by the model)"),
        SuggestedCategory::FourBOrX => {
            own("band-4B-4X", "Lung-RADS 4B/4X (suggested by the model)")
        }
    }
}

pub(in crate::report::dicom) fn incomplete(reason: Incomplete) -> Code {
    match reason {
        Incomplete::PriorAwaited => own("prior-awaited", "A prior exam is awaited"),
        Incomplete::LungsNotEvaluable => own("lungs-unseen", "The lungs cannot be evaluated"),
        Incomplete::SuspectedInfection => own("infection", "Suspected infection or inflammation"),
    }
}

pub(in crate::report::dicom) fn method(method: Method) -> Code {
    match method {
        Method::TypedIn => own("typed-in", "Typed in as read elsewhere"),
        Method::Calipers => own("calipers", "Ends set by hand on one slice"),
        Method::Region { .. } => own("region", "Region from a threshold, accepted by the reader"),
    }
}

pub(in crate::report::dicom) fn nodule_type(nodule_type: NoduleType) -> Code {
    match nodule_type {
        NoduleType::Solid => own("type-solid", "Solid"),
        NoduleType::PartSolid => own("type-part-solid", "Part-solid"),
        NoduleType::NonSolid => own("type-non-solid", "Non-solid"),
        NoduleType::Juxtapleural => own("type-pleural", "Juxtapleural"),
        NoduleType::Airway => own("type-airway", "Airway"),
        NoduleType::Cyst => own("type-cyst", "Cyst"),
    }
}

pub(in crate::report::dicom) fn status(status: Status) -> Code {
    match status {
        Status::Baseline => own("status-baseline", "Seen at the first exam"),
        Status::New => own("status-new", "New"),
        Status::Stable => own("status-stable", "Stable"),
        Status::SlowlyGrowing => own("status-slow", "Slowly growing"),
        Status::Growing => own("status-growing", "Growing"),
        Status::GrowingTotalAlone => own("status-total", "Growing in its total size only"),
        Status::GrowingWall => own("status-wall", "Growing in its wall"),
    }
}

pub(in crate::report::dicom) fn margin(margin: Margin) -> Code {
    match margin {
        Margin::Smooth => own("margin-smooth", "Smooth"),
        Margin::Lobulated => own("margin-lobulate", "Lobulated"),
        Margin::Irregular => own("margin-irregul", "Irregular"),
        Margin::Spiculated => own("margin-spicules", "Spiculated"),
    }
}

pub(in crate::report::dicom) fn calcification(calcification: Calcification) -> Code {
    match calcification {
        Calcification::None => own("calcium-none", "None"),
        Calcification::Complete => own("calcium-complete", "Complete"),
        Calcification::Central => own("calcium-central", "Central"),
        Calcification::Popcorn => own("calcium-popcorn", "Popcorn"),
        Calcification::Concentric => own("calcium-rings", "Concentric"),
        Calcification::Other => own("calcium-other", "Another pattern"),
    }
}

pub(in crate::report::dicom) fn airway(level: AirwayLevel) -> Code {
    match level {
        AirwayLevel::Subsegmental => own("airway-subsegm", "Subsegmental"),
        AirwayLevel::Segmental => own("airway-segment", "Segmental"),
        AirwayLevel::Lobar => own("airway-lobar", "Lobar"),
        AirwayLevel::Main => own("airway-main", "Main"),
    }
}

pub(in crate::report::dicom) fn cyst_wall(wall: CystWall) -> Code {
    match wall {
        CystWall::Thin => own("wall-thin", "Thin"),
        CystWall::Thick => own("wall-thick", "Thick"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that is made of a word of the record.
    fn of_words() -> Vec<Code> {
        let mut codes = Vec::new();
        codes.extend(Category::ALL.map(category));
        codes.extend(Incomplete::ALL.map(incomplete));
        codes.extend(NoduleType::ALL.map(nodule_type));
        codes.extend(Status::ALL.map(status));
        codes.extend(Margin::ALL.map(margin));
        codes.extend(Calcification::ALL.map(calcification));
        codes.extend(AirwayLevel::ALL.map(airway));
        codes.extend(CystWall::ALL.map(cyst_wall));
        let bands = [0.0, 0.015, 0.1, 1.0].map(SuggestedCategory::from_probability);
        codes.extend(bands.map(suggested));
        codes
    }

    #[test]
    fn every_word_has_a_unique_code_within_the_limits() {
        let codes = of_words();
        for (place, code) in codes.iter().enumerate() {
            assert!(code.value.len() <= 16, "{}", code.value);
            assert!(code.meaning.len() <= 64, "{}", code.meaning);
            let mut others = codes.iter().skip(place + 1);
            assert!(
                others.all(|other| other.value != code.value),
                "{}",
                code.value
            );
        }
    }
}
