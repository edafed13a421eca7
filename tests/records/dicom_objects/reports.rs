//! Structured Reports.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::COMPREHENSIVE_SR_STORAGE;
use dicom_object::InMemDicomObject;
use lunny::clinical::assessment::{Assessment, Lesion, TrainingRange};
use lunny::clinical::lung_rads::Incomplete;
use lunny::clinical::report::ReportStatus;
use lunny::imaging::{self, ImagingError};
use lunny::report::dicom::{PictureKind, secondary_capture, structured_report};
use lunny::report::record::RecordReport;

use super::reading::{has_all, items, read, text};
use super::record::{STUDY, record};

/// Attributes of type 1 of Patient, General Study, SR Document Series, SR Document General, SR Document Content and SOP Common.
const FILLED: [Tag; 18] = [
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::SPECIFIC_CHARACTER_SET,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::MODALITY,
    tags::SERIES_NUMBER,
    tags::INSTANCE_NUMBER,
    tags::COMPLETION_FLAG,
    tags::VERIFICATION_FLAG,
    tags::CONTENT_DATE,
    tags::CONTENT_TIME,
    tags::VALUE_TYPE,
    tags::CONCEPT_NAME_CODE_SEQUENCE,
    tags::CONTENT_SEQUENCE,
    tags::CONTINUITY_OF_CONTENT,
    tags::CONTENT_TEMPLATE_SEQUENCE,
    tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE,
];

/// Attributes of type 2.
const PRESENT: [Tag; 12] = [
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STUDY_ID,
    tags::ACCESSION_NUMBER,
    tags::MANUFACTURER,
    tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE,
    tags::PERFORMED_PROCEDURE_CODE_SEQUENCE,
];

fn report(record: &RecordReport, exam: usize) -> InMemDicomObject {
    let file = structured_report(record, &record.exams[exam], &PictureKind::ALL).unwrap();
    read(&file).into_inner()
}

/// A code as `meaning (value, scheme)`.
fn code(object: &InMemDicomObject, tag: Tag) -> String {
    let Some(code) = items(object, tag).first() else {
        return "-".into();
    };
    let part = |tag| text(code, tag).unwrap();
    format!(
        "{} ({}, {})",
        part(tags::CODE_MEANING),
        part(tags::CODE_VALUE),
        part(tags::CODING_SCHEME_DESIGNATOR)
    )
}

/// The content tree, one item per line.
fn tree(object: &InMemDicomObject) -> String {
    let mut lines = Vec::new();
    list(object, 0, &mut lines);
    lines.join("\n")
}

fn list(item: &InMemDicomObject, depth: usize, lines: &mut Vec<String>) {
    let kind = text(item, tags::VALUE_TYPE).unwrap();
    let value = match kind.as_str() {
        "CODE" => code(item, tags::CONCEPT_CODE_SEQUENCE),
        "TEXT" => {
            let version = concat!("LUNNY ", env!("CARGO_PKG_VERSION"));
            let said = text(item, tags::TEXT_VALUE).unwrap();
            format!("{:?}", said.replace(version, "LUNNY of this version"))
        }
        "UIDREF" => text(item, tags::UID).unwrap(),
        "PNAME" => text(item, tags::PERSON_NAME).unwrap(),
        "NUM" => {
            let measured = &items(item, tags::MEASURED_VALUE_SEQUENCE)[0];
            let exact = measured.get(tags::FLOATING_POINT_VALUE);
            let exact = exact.map(|exact| exact.to_float64().unwrap());
            format!(
                "{}{} {}",
                text(measured, tags::NUMERIC_VALUE).unwrap(),
                exact.map_or(String::new(), |exact| format!(" [{exact:.8}]")),
                code(measured, tags::MEASUREMENT_UNITS_CODE_SEQUENCE)
            )
        }
        "IMAGE" => {
            let reference = &items(item, tags::REFERENCED_SOP_SEQUENCE)[0];
            text(reference, tags::REFERENCED_SOP_INSTANCE_UID).unwrap()
        }
        "CONTAINER" => items(item, tags::CONTENT_TEMPLATE_SEQUENCE)
            .first()
            .and_then(|template| text(template, tags::TEMPLATE_IDENTIFIER))
            .map_or(String::new(), |template| format!("TID {template}")),
        other => panic!("a {other} in the tree"),
    };
    let relationship = text(item, tags::RELATIONSHIP_TYPE).unwrap_or_default();
    let name = code(item, tags::CONCEPT_NAME_CODE_SEQUENCE);
    let line = format!("{:1$}{relationship} {kind} {name}: {value}", "", 2 * depth);
    lines.push(line.trim_end().to_owned());
    for child in items(item, tags::CONTENT_SEQUENCE) {
        list(child, depth + 1, lines);
    }
}

#[test]
fn a_report_has_the_required_attributes() {
    let object = report(&record(), 0);
    has_all(&object, &FILLED, &PRESENT);
    let has = |tag, value: &str| assert_eq!(text(&object, tag).as_deref(), Some(value));
    has(tags::SOP_CLASS_UID, COMPREHENSIVE_SR_STORAGE);
    has(tags::MODALITY, "SR");
    has(tags::STUDY_INSTANCE_UID, STUDY);
    has(tags::CONTENT_DATE, "20260309");
    has(tags::CONTENT_TIME, "143015");
    let template = &items(&object, tags::CONTENT_TEMPLATE_SEQUENCE)[0];
    let number = text(template, tags::TEMPLATE_IDENTIFIER);
    assert_eq!(number.as_deref(), Some("1500"));
}

#[test]
fn the_tree_of_a_signed_exam_with_two_nodules() {
    insta::assert_snapshot!(tree(&report(&record(), 0)));
}

#[test]
fn the_tree_of_an_exam_with_only_a_model_result() {
    let mut record = record();
    let slice = &mut record.exams[1].slice;
    let reason = "its lungs\u{202e} are white".to_owned();
    slice.assessment = slice
        .assessment
        .clone()
        .within(TrainingRange::Outside { reason });
    insta::assert_snapshot!(tree(&report(&record, 1)));
}

#[test]
fn out_of_distribution_a_report_has_no_number_and_states_why() {
    let mut record = record();
    let slice = &mut record.exams[1].slice;
    let reason = "its lungs are white".to_owned();
    slice.assessment = (slice.assessment.clone()).within(TrainingRange::Outside { reason });
    let tree = tree(&report(&record, 1));
    assert!(!tree.contains("NUM"), "{tree}");
    assert!(!tree.contains("Lung-RADS category"), "{tree}");
    assert!(tree.contains("its lungs are white"), "{tree}");
}

#[test]
fn proposed_lesions_are_groups_of_their_own() {
    let mut record = record();
    let lesion = |malignancy_probability, diameter_mm| Lesion {
        slice: 1,
        row: 210.4,
        column: 144.6,
        position_mm: None,
        diameter_mm,
        size: None,
        malignancy_probability,
    };
    let lesions = vec![lesion(0.91, Some(8.25)), lesion(0.31, None)];
    let slice = &mut record.exams[1].slice;
    let Assessment { rule, model, .. } = slice.assessment.clone();
    slice.assessment = Assessment::of_lesions(0.91, lesions, rule, model);
    let inside = tree(&report(&record, 1));
    insta::assert_snapshot!(inside);

    let reason = "its lungs are white".to_owned();
    let slice = &mut record.exams[1].slice;
    slice.assessment = (slice.assessment.clone()).within(TrainingRange::Outside { reason });
    let outside = tree(&report(&record, 1));
    assert!(outside.contains("Proposed lesion 2"), "{outside}");
    assert!(!outside.contains("Probability"), "{outside}");
    // Only lengths are left.
    assert_eq!(outside.matches("NUM").count(), 1, "{outside}");
}

#[test]
fn only_a_signed_report_is_verified_and_names_its_signer() {
    let mut record = record();
    let signed = report(&record, 0);
    let flags = |object: &InMemDicomObject| {
        let flag = |tag| text(object, tag).unwrap();
        let verifying = items(object, tags::VERIFYING_OBSERVER_SEQUENCE);
        (
            flag(tags::COMPLETION_FLAG),
            flag(tags::VERIFICATION_FLAG),
            flag(tags::PRELIMINARY_FLAG),
            verifying.len(),
        )
    };
    let expected = |completion: &str, verification: &str, preliminary: &str, observers| {
        (
            completion.into(),
            verification.into(),
            preliminary.into(),
            observers,
        )
    };
    assert_eq!(flags(&signed), expected("COMPLETE", "VERIFIED", "FINAL", 1));
    let observer = &items(&signed, tags::VERIFYING_OBSERVER_SEQUENCE)[0];
    let has = |tag, value: &str| assert_eq!(text(observer, tag).as_deref(), Some(value));
    has(tags::VERIFYING_OBSERVER_NAME, "Nowak^Zofia");
    has(tags::VERIFYING_ORGANIZATION, "Szpital Miejski");
    has(tags::VERIFICATION_DATE_TIME, "20260309110000+0000");

    record.exams[0].status = ReportStatus::Preliminary {
        version: Some(3),
        amends: true,
    };
    let open = report(&record, 0);
    let complete = expected("COMPLETE", "UNVERIFIED", "PRELIMINARY", 0);
    assert_eq!(flags(&open), complete);
    let named = tree(&open).matches("Nowak").count();
    assert_eq!(
        named, 1,
        "this version is not signed: only the addendum names its author"
    );
    record.exams[0].status = ReportStatus::NOT_STORED;
    let unkept = expected("PARTIAL", "UNVERIFIED", "PRELIMINARY", 0);
    assert_eq!(flags(&report(&record, 0)), unkept);
}

#[test]
fn a_report_refers_to_the_captures_of_the_same_export() {
    let record = record();
    let exam = &record.exams[0];
    let object = report(&record, 0);
    let study = &items(&object, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)[0];
    let mut listed = Vec::new();
    for series in items(study, tags::REFERENCED_SERIES_SEQUENCE) {
        for reference in items(series, tags::REFERENCED_SOP_SEQUENCE) {
            let uids = [
                text(study, tags::STUDY_INSTANCE_UID),
                text(series, tags::SERIES_INSTANCE_UID),
                text(reference, tags::REFERENCED_SOP_INSTANCE_UID),
            ];
            listed.push(uids);
        }
    }
    let written: Vec<_> = (PictureKind::ALL.into_iter())
        .map(|kind| {
            let picture = kind.of(exam).unwrap();
            let file = secondary_capture(&record, exam, picture, kind).unwrap();
            let object = read(&file);
            [
                tags::STUDY_INSTANCE_UID,
                tags::SERIES_INSTANCE_UID,
                tags::SOP_INSTANCE_UID,
            ]
            .map(|tag| text(&object, tag))
        })
        .collect();
    assert_eq!(listed, written);
    for [.., instance] in &listed {
        assert!(tree(&object).contains(instance.as_ref().unwrap().as_str()));
    }

    let alone = structured_report(&record, exam, &[]).unwrap();
    let object = read(&alone);
    assert!(
        object
            .get(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)
            .is_none()
    );
    assert!(!tree(&object).contains("IMAGE"));
}

#[test]
fn an_incomplete_exam_states_why() {
    let mut record = record();
    let circumstances = &mut record.exams[1].reading.circumstances;
    circumstances.incomplete = Some(Incomplete::LungsNotEvaluable);
    let tree = tree(&report(&record, 1));
    assert!(
        tree.contains("Lung-RADS v2022 category, measured (rads-measured, 99LUNNY): Lung-RADS 0")
    );
    assert!(tree.contains("The lungs cannot be evaluated"));
    assert!(!tree.contains("suggested"), "{tree}");
}

#[test]
fn lunny_recognises_a_report() {
    let record = record();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.dcm");
    let file = structured_report(&record, &record.exams[0], &[]).unwrap();
    std::fs::write(&path, file).unwrap();
    let refused = imaging::load(&path);
    let Err(ImagingError::NoPicture { what, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(what, "a DICOM structured report");
}
