//! Objects that may not tell whose they are.

use std::collections::BTreeSet;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use lunny::report::dicom::{ObjectOptions, PictureKind, secondary_capture, structured_report};
use lunny::report::record::RecordReport;

use crate::reading::{items, read, text};
use crate::record::{SERIES, STUDY, record};

/// A record as a de-identified export has it, but for what the objects themselves may not tell.
fn pseudonymous() -> RecordReport {
    let mut record = record();
    record.patient.number = "pseudonym".into();
    record
}

/// Both captures and the report of the newer exam.
fn objects(record: &RecordReport, options: &ObjectOptions) -> Vec<Vec<u8>> {
    let exam = &record.exams[0];
    let pictures = [&exam.key_image, &exam.heat_map];
    let mut files: Vec<Vec<u8>> = (PictureKind::ALL.into_iter().zip(pictures))
        .map(|(kind, picture)| {
            let picture = picture.as_ref().unwrap();
            secondary_capture(record, exam, picture, kind, options).unwrap()
        })
        .collect();
    files.push(structured_report(record, exam, options).unwrap());
    files
}

/// Every UID below 2.25 that an object holds, in sequences too.
fn made_uids(object: &InMemDicomObject, into: &mut BTreeSet<String>) {
    for element in object {
        for item in element.items().unwrap_or_default() {
            made_uids(item, into);
        }
        if let Ok(text) = element.to_str()
            && text.starts_with("2.25.")
        {
            into.insert(text.trim_end_matches('\0').to_owned());
        }
    }
}

#[test]
fn no_object_holds_a_name_a_date_a_note_or_a_uid_of_the_source() {
    let record = pseudonymous();
    for file in objects(&record, &ObjectOptions::deidentified(b"seed")) {
        let held = String::from_utf8_lossy(&file);
        for planted in [
            "Ćwiąkała",
            "Łucja",
            "P-0042",
            "Szpital",
            "Rosa",
            "Lind",
            "Nowak",
            "Zofia",
            "Planted",
            "E-12",
            "1961",
            "065Y",
            "20260307",
            "20260308",
            "65 years",
            "2025-09-01",
            "female",
            "20260309",
            STUDY,
            SERIES,
        ] {
            assert!(!held.contains(planted), "{planted}");
        }
        let object = read(&file);
        let has = |tag, value: &str| assert_eq!(text(&object, tag).as_deref(), Some(value));
        has(tags::PATIENT_ID, "pseudonym");
        has(tags::PATIENT_NAME, "");
        has(tags::PATIENT_BIRTH_DATE, "");
        has(tags::PATIENT_SEX, "");
        has(tags::STUDY_DATE, "");
        has(tags::PATIENT_IDENTITY_REMOVED, "YES");
        has(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, "REMOVED");
        let method = text(&object, tags::DEIDENTIFICATION_METHOD).unwrap();
        assert!(method.contains("Basic Profile"), "{method}");
        let methods = items(&object, tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE);
        let codes = methods
            .iter()
            .map(|method| text(method, tags::CODE_VALUE).unwrap());
        assert_eq!(codes.collect::<Vec<_>>(), ["113100", "113104", "113105"]);
    }
}

#[test]
fn a_signed_report_without_its_signature_is_final_and_not_verified() {
    let record = pseudonymous();
    let files = objects(&record, &ObjectOptions::deidentified(b"seed"));
    let report = read(&files[2]);
    let has = |tag, value: &str| assert_eq!(text(&report, tag).as_deref(), Some(value));
    has(tags::VERIFICATION_FLAG, "UNVERIFIED");
    has(tags::PRELIMINARY_FLAG, "FINAL");
    assert!(items(&report, tags::VERIFYING_OBSERVER_SEQUENCE).is_empty());
}

#[test]
fn uids_are_mapped_alike_within_an_export_and_otherwise_in_the_next() {
    let record = pseudonymous();
    let uids = |seed: &[u8]| {
        let options = ObjectOptions::deidentified(seed);
        let objects: Vec<_> = (objects(&record, &options).iter())
            .map(|file| read(file).into_inner())
            .collect();
        let studies: BTreeSet<_> = objects
            .iter()
            .map(|object| text(object, tags::STUDY_INSTANCE_UID))
            .collect();
        assert_eq!(studies.len(), 1);
        // The capture names the series that the report names too.
        let related = &items(&objects[0], tags::RELATED_SERIES_SEQUENCE)[0];
        let source = text(related, tags::SERIES_INSTANCE_UID).unwrap();
        let mut all = [BTreeSet::new(), BTreeSet::new()];
        made_uids(&objects[0], &mut all[0]);
        made_uids(&objects[2], &mut all[1]);
        assert!(all.iter().all(|uids| uids.contains(&source)));
        let [mut uids, more] = all;
        uids.extend(more);
        uids
    };
    let first = uids(b"first");
    assert_eq!(first, uids(b"first"));
    // A model has the same UID everywhere.
    assert_eq!(first.intersection(&uids(b"second")).count(), 1);
}

#[test]
fn two_exams_of_a_record_without_numbers_stay_two() {
    let mut record = pseudonymous();
    for exam in &mut record.exams {
        exam.accession = String::new();
        exam.slice.series = None;
    }
    let options = ObjectOptions::deidentified(b"seed");
    let studies: Vec<_> = (record.exams.iter())
        .map(|exam| {
            let report = structured_report(&record, exam, &options).unwrap();
            text(&read(&report), tags::STUDY_INSTANCE_UID).unwrap()
        })
        .collect();
    assert_ne!(studies[0], studies[1]);
}
