//! De-identified objects.

use std::collections::BTreeSet;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use lunny::report::deidentified::{Pseudonyms, deidentified};
use lunny::report::dicom::{PictureKind, secondary_capture, structured_report};
use lunny::report::record::RecordReport;

use super::reading::{items, read, text};
use super::record::{SERIES, STUDY, record};

/// The record as de-identified in an export with that key.
fn pseudonymous(key: u8) -> RecordReport {
    let pseudonyms = Pseudonyms::with_key([key; 64]);
    deidentified(record(), &pseudonyms, |_| Ok(()))
}

/// Both captures and the report of the newer exam.
fn objects(record: &RecordReport) -> Vec<Vec<u8>> {
    let exam = &record.exams[0];
    let mut files: Vec<Vec<u8>> = (PictureKind::ALL.into_iter())
        .map(|kind| secondary_capture(record, exam, kind.of(exam).unwrap(), kind).unwrap())
        .collect();
    files.push(structured_report(record, exam, &PictureKind::ALL).unwrap());
    files
}

/// Every UID below 2.25 in an object, including its sequences.
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
fn no_object_contains_a_name_a_date_a_note_or_a_uid_of_the_source() {
    let record = pseudonymous(1);
    for file in objects(&record) {
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
        has(tags::PATIENT_ID, &record.patient.number);
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
    let files = objects(&pseudonymous(1));
    let report = read(&files[2]);
    let has = |tag, value: &str| assert_eq!(text(&report, tag).as_deref(), Some(value));
    has(tags::VERIFICATION_FLAG, "UNVERIFIED");
    has(tags::PRELIMINARY_FLAG, "FINAL");
    assert!(items(&report, tags::VERIFYING_OBSERVER_SEQUENCE).is_empty());
}

#[test]
fn uids_are_mapped_equally_within_an_export_and_differently_in_the_next() {
    let uids = |key| {
        let record = pseudonymous(key);
        let objects: Vec<_> = (objects(&record).iter())
            .map(|file| read(file).into_inner())
            .collect();
        let studies: BTreeSet<_> = objects
            .iter()
            .map(|object| text(object, tags::STUDY_INSTANCE_UID))
            .collect();
        assert_eq!(studies.len(), 1);
        // The capture names the same series as the report.
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
    let first = uids(1);
    assert_eq!(first, uids(1));
    // A model has the same UID everywhere.
    assert_eq!(first.intersection(&uids(2)).count(), 1);
}
