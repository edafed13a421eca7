//! A record with all fields and some exams, for the tests of reports.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use jiff::civil::Date;

use super::record::{PictureFile, RecordReport, ReportedExam};
use crate::clinical::assessment::{Assessment, ClassProbabilities, DecisionRule, ModelIdentity};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::{Lobe, MeasuredNodule, NoduleDraft, NoduleType};
use crate::clinical::patient::{Field, Kind, Patient, PatientDraft};
use crate::clinical::reading::Reading;
use crate::clinical::report::ReportStatus;

pub(crate) const TODAY: Date = Date::constant(2026, 3, 9);

/// A value that no other text field has.
pub(crate) fn typed(field: Field) -> String {
    match field.kind() {
        Kind::Line(_) | Kind::Paragraphs(_) => format!("stated for {}", field.key()),
        Kind::Date(_) => "1961-04-30".into(),
        Kind::Choice(choices) => choices[0].label.into(),
        Kind::Quantity(_) => "12.5".into(),
        Kind::Phone => "+44 20 7946 0018".into(),
        Kind::Email => "ada@example.org".into(),
        Kind::FollowUps => "2025-09-01 LDCT, no change\n2026-03-05 LDCT, smaller".into(),
        Kind::Photo | Kind::Computed => String::new(),
    }
}

/// With every field stated.
pub(crate) fn patient() -> Patient {
    let mut draft = PatientDraft::default();
    for field in Field::entered() {
        draft.set(field, typed(field));
    }
    draft.set(Field::Number, "P-0042");
    draft.set(Field::FullName, "Ada Ćwiąkała Byron");
    draft.validate(TODAY).expect("a patient")
}

pub(crate) fn picture(side: u32) -> PictureFile {
    let level = |x: u32, y: u32| Luma([((x * 7 + y * 3) % 256) as u8]);
    let picture = DynamicImage::ImageLuma8(GrayImage::from_fn(side, side, level));
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("a picture");
    PictureFile {
        media_type: "image/png",
        bytes: bytes.into_inner(),
    }
}

pub(crate) fn exam(number: i64) -> ReportedExam {
    let classes = ClassProbabilities {
        normal: 0.012,
        benign: 0.061,
        malignant: 0.927,
    };
    let rule = DecisionRule {
        threshold: 0.42,
        indeterminate_from: 0.35,
        indeterminate_to: 0.5,
        sensitivity: 0.951,
        specificity: 0.902,
        prevalence: 0.51,
    };
    let model = ModelIdentity {
        id: "lunny-resnet50-1".into(),
        sha256: "ab".repeat(32),
    };
    let length = |typed: &str| typed.parse().expect("a length");
    let mut nodule = MeasuredNodule::new(NoduleDraft::new(
        NoduleType::Solid,
        Axes::new(length("8.4"), length("7.9")),
    ));
    nodule.lobe = Some(Lobe::LeftUpper);
    nodule.note = "beside the fissure".into();
    let mut reading = Reading {
        nodules: vec![nodule],
        ..Reading::default()
    };
    reading.circumstances.family_history = Some(false);
    reading.circumstances.emphysema = Some(true);
    let examined_at: jiff::Timestamp = "2026-03-09T14:05:59Z".parse().expect("a moment");
    ReportedExam {
        accession: format!("E-{number}"),
        examined_at: examined_at - jiff::SignedDuration::from_hours(24 * (100 - number)),
        slice: ExaminedSlice {
            source_path: "/scans/slice-17.dcm".into(),
            source_sha256: "0123456789abcdef".repeat(4),
            format: "DICOM".into(),
            width: 512,
            height: 512,
            assessment: Assessment::of_classes(classes, rule, model),
            elapsed_ms: 412,
            series: None,
        },
        study: None,
        reading,
        key_image: Some(picture(64)),
        heat_map: Some(picture(48)),
        status: ReportStatus::NOT_STORED,
        addenda: Vec::new(),
        signed_text: None,
    }
}

/// With so many exams, newest first.
pub(crate) fn record(exams: i64) -> RecordReport {
    RecordReport {
        hospital: "St Anne's Hospital".into(),
        made_by: "Miriam Okafor".into(),
        made_at: "2026-03-10T08:00:00Z".parse().expect("a moment"),
        patient: patient(),
        record_since: "2025-01-02T10:00:00Z".parse().expect("a moment"),
        changed_by: "Rosa Lind".into(),
        changed_at: "2026-03-09T16:00:00Z".parse().expect("a moment"),
        photo: Some(picture(32)),
        exams: (1..=exams).rev().map(exam).collect(),
        planned: Vec::new(),
        deidentified: None,
    }
}
