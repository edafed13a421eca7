//! Objects of an exam whose scan states patient and study.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::CT_IMAGE_STORAGE;
use dicom_object::InMemDicomObject;
use lunny::clinical::assessment::{Assessment, Lesion, LesionSize};
use lunny::clinical::scanned_study::ScannedStudy;
use lunny::report::deidentified::{Pseudonyms, deidentified};
use lunny::report::dicom::{PictureKind, secondary_capture, structured_report};
use lunny::report::record::RecordReport;

use super::reading::{items, read, text};
use super::record::{SERIES, STUDY, record};

/// SOPInstanceUID of a slice, from 0.
fn instance(slice: usize) -> String {
    format!("{SERIES}.{}", slice + 1)
}

/// As the files of the newer exam's scan state it, with a number of the hospital's information system.
fn study() -> ScannedStudy {
    let stated = |value: &str| Some(value.to_owned());
    let instances: Vec<String> = (0..120).map(instance).collect();
    let study = ScannedStudy {
        patient_name: stated("ĆWIĄKAŁA^ŁUCJA"),
        patient_id: stated("MRN-999"),
        issuer: stated("HIS"),
        birth_date: stated("19610305"),
        sex: stated("F"),
        study_uid: stated(STUDY),
        date: stated("20260307"),
        time: stated("101112.25"),
        study_id: stated("CT-17"),
        accession: stated("ACC-4711"),
        referrer: stated("WOMBAT^REF"),
        series_uid: stated(SERIES),
        class_uid: stated(CT_IMAGE_STORAGE),
        images: Vec::new(),
    };
    study.with_images(instances.iter().map(|uid| (Some(uid.as_str()), 0)))
}

fn joined() -> RecordReport {
    let mut record = record();
    record.exams[0].study = Some(Box::new(study()));
    record
}

/// The report and both captures of the newer exam.
fn objects(record: &RecordReport) -> Vec<InMemDicomObject> {
    let exam = &record.exams[0];
    let mut files = vec![structured_report(record, exam, &PictureKind::ALL).unwrap()];
    for kind in PictureKind::ALL {
        let picture = kind.of(exam).unwrap();
        files.push(secondary_capture(record, exam, picture, kind).unwrap());
    }
    let read = |file: &Vec<u8>| read(file).into_inner();
    files.iter().map(read).collect()
}

fn has(object: &InMemDicomObject, tag: Tag, value: &str) {
    assert_eq!(text(object, tag).as_deref(), Some(value), "{tag}");
}

/// The items of a value type in a content tree, at any depth, with a name.
fn all_of<'a>(item: &'a InMemDicomObject, kind: &str, into: &mut Vec<&'a InMemDicomObject>) {
    for child in items(item, tags::CONTENT_SEQUENCE) {
        if text(child, tags::VALUE_TYPE).as_deref() == Some(kind) {
            into.push(child);
        }
        all_of(child, kind, into);
    }
}

fn regions(object: &InMemDicomObject) -> Vec<(String, String, Vec<f32>, String)> {
    let mut regions = Vec::new();
    all_of(object, "SCOORD", &mut regions);
    let described = regions.into_iter().map(|region| {
        let name = &items(region, tags::CONCEPT_NAME_CODE_SEQUENCE)[0];
        let image = &items(region, tags::CONTENT_SEQUENCE)[0];
        has(image, tags::RELATIONSHIP_TYPE, "SELECTED FROM");
        let reference = &items(image, tags::REFERENCED_SOP_SEQUENCE)[0];
        has(reference, tags::REFERENCED_SOP_CLASS_UID, CT_IMAGE_STORAGE);
        let points = region.get(tags::GRAPHIC_DATA).unwrap();
        (
            text(name, tags::CODE_MEANING).unwrap(),
            text(region, tags::GRAPHIC_TYPE).unwrap(),
            points.to_multi_float32().unwrap(),
            text(reference, tags::REFERENCED_SOP_INSTANCE_UID).unwrap(),
        )
    });
    described.collect()
}

#[test]
fn every_object_repeats_patient_and_study_of_the_scan() {
    for object in objects(&joined()) {
        for (tag, value) in [
            (tags::PATIENT_ID, "MRN-999"),
            (tags::ISSUER_OF_PATIENT_ID, "HIS"),
            (tags::PATIENT_NAME, "ĆWIĄKAŁA^ŁUCJA"),
            (tags::PATIENT_BIRTH_DATE, "19610305"),
            (tags::PATIENT_SEX, "F"),
            (tags::STUDY_INSTANCE_UID, STUDY),
            (tags::STUDY_DATE, "20260307"),
            (tags::STUDY_TIME, "101112.25"),
            (tags::STUDY_ID, "CT-17"),
            (tags::ACCESSION_NUMBER, "ACC-4711"),
            (tags::REFERRING_PHYSICIAN_NAME, "WOMBAT^REF"),
        ] {
            has(&object, tag, value);
        }
        let other = &items(&object, tags::OTHER_PATIENT_I_DS_SEQUENCE)[0];
        has(other, tags::PATIENT_ID, "P-0042");
        has(other, tags::ISSUER_OF_PATIENT_ID, "Szpital Miejski");
        assert!(object.get(tags::TIMEZONE_OFFSET_FROM_UTC).is_none());
    }
}

#[test]
fn a_name_that_contradicts_the_record_is_not_repeated() {
    let mut record = joined();
    let study = record.exams[0].study.as_mut().unwrap();
    study.patient_name = Some("SMITHSON^JOHNNY".into());
    for object in objects(&record) {
        has(&object, tags::PATIENT_NAME, "Ćwiąkała^Łucja");
    }
}

#[test]
fn a_value_that_the_scan_does_not_state_stays_empty_or_the_records() {
    let mut record = joined();
    record.exams[0].study = Some(Box::new(ScannedStudy {
        study_uid: Some(STUDY.into()),
        ..ScannedStudy::default()
    }));
    for object in objects(&record) {
        has(&object, tags::STUDY_DATE, "");
        has(&object, tags::ACCESSION_NUMBER, "");
        has(&object, tags::PATIENT_ID, "P-0042");
        has(&object, tags::PATIENT_BIRTH_DATE, "19610305");
        assert!(object.get(tags::OTHER_PATIENT_I_DS_SEQUENCE).is_none());
    }
}

#[test]
fn a_measured_nodule_is_outlined_on_the_image_of_its_slice() {
    let objects = objects(&joined());
    let report = &objects[0];
    let outline = vec![12.5, 10.5, 20.5, 11.5, 22.5, 20.5, 14.5, 19.5, 12.5, 10.5];
    let source = "Source of Measurement";
    let line = |points: &[f32]| points.to_vec();
    let found = regions(report);
    let expected = [
        ("Image Region", outline),
        (source, line(&[12.5, 10.5, 22.5, 20.5])),
        (source, line(&[20.5, 11.5, 14.5, 19.5])),
    ];
    let expected = expected
        .map(|(name, points)| (name.to_owned(), "POLYLINE".to_owned(), points, instance(36)));
    assert_eq!(found, expected);
    let evidence = &items(report, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)[0];
    has(evidence, tags::STUDY_INSTANCE_UID, STUDY);
    let series = items(evidence, tags::REFERENCED_SERIES_SEQUENCE);
    let source = series
        .iter()
        .find(|series| text(series, tags::SERIES_INSTANCE_UID).as_deref() == Some(SERIES));
    let listed = items(source.unwrap(), tags::REFERENCED_SOP_SEQUENCE);
    assert_eq!(listed.len(), 1);
    has(&listed[0], tags::REFERENCED_SOP_INSTANCE_UID, &instance(36));
}

#[test]
fn a_proposed_lesion_is_outlined_by_its_axes_or_marked_by_its_centre() {
    let mut record = joined();
    let size = LesionSize {
        long_mm: 8.0,
        short_mm: 6.0,
        volume_mm3: 150.0,
        threshold_hu: -400,
        slice: 4,
        ends: [[1.0, 2.0], [3.0, 4.0], [1.5, 3.5], [2.5, 2.5]],
    };
    let lesion = |size| Lesion {
        slice: 3,
        row: 210.25,
        column: 144.5,
        position_mm: None,
        diameter_mm: Some(7.0),
        size,
        malignancy_probability: 0.9,
    };
    record.exams[0].reading.nodules.clear();
    let slice = &mut record.exams[0].slice;
    let Assessment { rule, model, .. } = slice.assessment.clone();
    slice.assessment =
        Assessment::of_lesions(0.9, vec![lesion(Some(size)), lesion(None)], rule, model);
    let found = regions(&objects(&record)[0]);
    let shown: Vec<_> = found
        .iter()
        .map(|(_, kind, points, image)| (kind.as_str(), points.len() / 2, image.as_str()))
        .collect();
    let (measured, centre) = (instance(3), instance(2));
    let expected = [
        ("POLYLINE", 5, measured.as_str()),
        ("POINT", 1, centre.as_str()),
    ];
    assert_eq!(shown, expected);
    assert_eq!(found[1].2, [145.0, 210.75]);
}

#[test]
fn a_nodule_of_another_series_has_no_image_here() {
    let mut record = joined();
    let study = record.exams[0].study.as_mut().unwrap();
    study.series_uid = Some("1.2.3".into());
    assert_eq!(regions(&objects(&record)[0]), []);
}

#[test]
fn a_deidentified_object_keeps_the_outline_and_nothing_of_the_scans_patient() {
    let pseudonyms = Pseudonyms::with_key([3; 64]);
    let record = deidentified(joined(), &pseudonyms, |_| Ok(()));
    for object in objects(&record) {
        let shown = format!("{object:?}");
        for planted in [
            "MRN-999", "HIS", "ŁUCJA", "1961", "20260307", "101112", "CT-17", "ACC-4711", "WOMBAT",
            STUDY,
        ] {
            assert!(!shown.contains(planted), "{planted}");
        }
        has(&object, tags::STUDY_DATE, "");
    }
    let report = &objects(&record)[0];
    let found = regions(report);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].3, pseudonyms.uid(&instance(36)));
}
