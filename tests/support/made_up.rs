//! Exams without a scan, for tests and benches.

use lunny::clinical::assessment::{Assessment, ClassProbabilities, DecisionRule, ModelIdentity};
use lunny::clinical::examined::ExaminedSlice;

pub fn assessment(malignant: f64) -> Assessment {
    let rule = DecisionRule {
        threshold: 0.4,
        indeterminate_from: 0.3,
        indeterminate_to: 0.55,
        sensitivity: 0.95,
        specificity: 0.9,
        prevalence: 0.5,
    };
    let classes = ClassProbabilities {
        normal: (1.0 - malignant) / 3.0,
        benign: (1.0 - malignant) * 2.0 / 3.0,
        malignant,
    };
    let model = ModelIdentity {
        id: "lunny-resnet50-test".into(),
        sha256: "ab".repeat(32),
    };
    Assessment::of_classes(classes, rule, model)
}

/// An exam of a file that is identified by its hash.
pub fn exam(file: &str, malignant: f64) -> ExaminedSlice {
    ExaminedSlice {
        source_path: format!("/scans/{file}.dcm").into(),
        source_sha256: file.into(),
        format: "DICOM".into(),
        width: 512,
        height: 511,
        assessment: assessment(malignant),
        elapsed_ms: 123,
        series: None,
    }
}
