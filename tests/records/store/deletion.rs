use std::path::Path;

use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{MeasuredNodule, NoduleDraft, NoduleType};
use lunny::clinical::reading::Circumstances;
use lunny::store::{
    Access, AttachmentKind, DeletedKind, DependentRecords, ExamId, PatientChoice, PatientId, Role,
    SavedExam, Store, StoreError,
};

use super::opening::of_version;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

pub fn nodule() -> MeasuredNodule {
    let length = Millimetres::from_tenths(60).unwrap();
    MeasuredNodule::new(NoduleDraft::new(
        NoduleType::Solid,
        Axes::new(length, length),
    ))
}

/// A patient with rows in every table.
pub fn full(store: &Store, access: &Access, number: &str, full_name: &str) -> SavedExam {
    let choice = PatientChoice::New(patient(number, full_name));
    let pictures = [
        picture(AttachmentKind::KeyImage, &format!("key {number}")),
        picture(AttachmentKind::HeatMap, &format!("heat {number}")),
    ];
    let saved = store
        .save_exam_with(access, &choice, &exam(number, 0.9), &pictures)
        .unwrap();
    let photo = picture(AttachmentKind::Photo, &format!("photo {number}"));
    store.attach_photo(access, saved.patient, &photo).unwrap();
    let kept = store.add_nodule(access, saved.exam, &nodule()).unwrap();
    let circumstances = Circumstances::default();
    store
        .state_circumstances(access, saved.exam, 0, &circumstances)
        .unwrap();
    let changed = patient(number, &format!("{full_name} changed"));
    store
        .change_patient(access, saved.patient, 1, &changed)
        .unwrap();
    let report = format!("report of {full_name}");
    store.write_report(access, saved.exam, &report).unwrap();
    for (form, about) in [
        ("patient edit", saved.patient.0),
        ("exam nodule", saved.exam.0),
        ("nodule", kept.0),
    ] {
        let content = format!("draft of {full_name}");
        store
            .save_draft(access, form, Some(about), &content)
            .unwrap();
    }
    saved
}

#[test]
fn a_deleted_patient_is_hidden_with_all_records_and_restored_unchanged() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = full(store, &access, "P-1", "Ada");
    save(store, &access, "P-2", "Bo");
    let everything = DependentRecords {
        exams: 1,
        nodules: 1,
        reports: 1,
        attachments: 3,
        files: 0,
    };
    assert_eq!(
        store.dependents(&access, saved.patient).unwrap(),
        everything
    );
    let before = store.patient(&access, saved.patient).unwrap();
    let pictures = store.attachments(&access, saved.patient).unwrap();
    let report = store.reports(&access, saved.exam).unwrap().remove(0);
    let nodule_id = before.exams[0].reading.nodules[0].id;

    store.delete_patient(&access, saved.patient).unwrap();
    assert_eq!(names(store, &access, ""), ["Bo"]);
    assert_eq!(find(store, &access, "ada").rows.len(), 0);
    let (patient_id, exam_id) = (saved.patient, saved.exam);
    let existing = PatientChoice::Existing(patient_id);
    for refused in [
        store.patient(&access, patient_id).map(|_| ()),
        store.attachments(&access, patient_id).map(|_| ()),
        store.dependents(&access, patient_id).map(|_| ()),
        store.delete_patient(&access, patient_id),
        store
            .save_exam(&access, &existing, &exam("f", 0.1))
            .map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchPatient)));
    }
    for refused in [
        store.reading(&access, exam_id).map(|_| ()),
        store.reports(&access, exam_id).map(|_| ()),
        store.write_report(&access, exam_id, "text").map(|_| ()),
        store.add_nodule(&access, exam_id, &nodule()).map(|_| ()),
        store.delete_exam(&access, exam_id),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchExam)));
    }
    let picture = store.attachment(&access, pictures[0].id);
    assert!(matches!(picture, Err(StoreError::NoSuchAttachment)));
    let removed = store.delete_nodule(&access, nodule_id);
    assert!(matches!(removed, Err(StoreError::NoSuchNodule)));
    let radiologist = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let signed = store.sign_report(&radiologist, report.id);
    assert!(matches!(signed, Err(StoreError::NoSuchReport)));
    let number = PatientChoice::New(patient("p-1", "Eve"));
    let taken = store.save_exam(&access, &number, &exam("f", 0.1));
    assert!(matches!(taken, Err(StoreError::NumberOfDeleted { .. })));

    store.restore_patient(&access, patient_id).unwrap();
    let after = store.patient(&access, patient_id).unwrap();
    assert_eq!(after, before);
    assert_eq!(store.attachments(&access, patient_id).unwrap(), pictures);
    assert_eq!(store.reports(&access, exam_id).unwrap(), [report]);
    let twice = store.restore_patient(&access, patient_id);
    assert!(matches!(twice, Err(StoreError::NoSuchPatient)));
}

#[test]
fn a_separately_deleted_exam_stays_deleted_when_its_patient_is_restored() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = save(store, &access, "P-1", "Ada");
    store.delete_exam(&access, saved.exam).unwrap();
    store.delete_patient(&access, saved.patient).unwrap();
    let early = store.restore_exam(&access, saved.exam);
    assert!(matches!(early, Err(StoreError::NoSuchExam)), "{early:?}");
    store.restore_patient(&access, saved.patient).unwrap();
    assert!(
        store
            .patient(&access, saved.patient)
            .unwrap()
            .exams
            .is_empty()
    );
    store.restore_exam(&access, saved.exam).unwrap();
    assert_eq!(
        store.patient(&access, saved.patient).unwrap().exams.len(),
        1
    );
}

#[test]
fn deleted_records_are_listed_newest_first_for_the_whole_hospital_and_no_other() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    let stranger = installation.enter("General Infirmary", "eve@example.org");
    let first = full(store, &ada, "P-1", "Ada");
    let second = full(store, &ada, "P-2", "Bo");
    let third = full(store, &stranger, "P-3", "Cy");
    store.delete_exam(&bo, first.exam).unwrap();
    store.delete_patient(&ada, second.patient).unwrap();
    store.delete_patient(&stranger, third.patient).unwrap();

    let listed = store.deleted_records(&bo, 0).unwrap();
    let [patient, exam] = &listed[..] else {
        panic!("two records: {listed:?}");
    };
    assert_eq!(patient.kind, DeletedKind::Patient(second.patient));
    assert_eq!(
        (&*patient.number, &*patient.full_name),
        ("P-2", "Bo changed")
    );
    assert_eq!(patient.deleted_by.as_deref(), Some("Ada Byron"));
    assert!(patient.deleted_at > exam.deleted_at);
    assert_eq!(patient.dependents.attachments, 3);
    let DeletedKind::Exam {
        exam: id,
        patient: of,
        source_path,
        ..
    } = &exam.kind
    else {
        panic!("an exam: {exam:?}");
    };
    assert_eq!((*id, *of), (first.exam, first.patient));
    assert_eq!(source_path, Path::new("/scans/P-1.dcm"));
    let of_exam = DependentRecords {
        exams: 1,
        nodules: 1,
        reports: 1,
        attachments: 2,
        files: 0,
    };
    assert_eq!(exam.dependents, of_exam);
    assert_eq!(store.deleted_records(&bo, 1).unwrap(), listed[1..]);
    assert!(store.deleted_records(&bo, u32::MAX).unwrap().is_empty());
    let theirs = store.deleted_records(&stranger, 0).unwrap();
    assert_eq!(theirs.len(), 1);
    // A deleted patient's exams are restored with the patient, not one by one.
    store.delete_patient(&ada, first.patient).unwrap();
    let kinds: Vec<_> = (store.deleted_records(&bo, 0).unwrap().into_iter())
        .map(|record| record.kind)
        .collect();
    let patients = [first.patient, second.patient].map(DeletedKind::Patient);
    assert_eq!(kinds, patients);
}

#[test]
fn deletion_is_closed_to_another_hospital_and_final_deletion_to_all_but_administrators() {
    let installation = installation();
    let store = &installation.store;
    let administrator = installation.enter("St. Mary", ADA);
    let technician = installation.enter("St. Mary", BO);
    let radiologist = installation.enter_as("St. Mary", "cy@example.org", Role::Radiologist);
    let stranger = installation.enter("General Infirmary", "eve@example.org");
    let kept = full(store, &technician, "P-1", "Ada");
    let gone = full(store, &technician, "P-2", "Bo");
    store.delete_patient(&technician, gone.patient).unwrap();
    let lost = full(store, &technician, "P-3", "Cy").exam;
    store.delete_exam(&radiologist, lost).unwrap();

    for id in [
        kept.patient,
        gone.patient,
        PatientId(i64::MAX),
        PatientId(0),
    ] {
        for refused in [
            store.delete_patient(&stranger, id),
            store.restore_patient(&stranger, id),
            store.purge_patient(&stranger, id),
            store.dependents(&stranger, id).map(|_| ()),
        ] {
            assert!(matches!(refused, Err(StoreError::NoSuchPatient)));
        }
    }
    for id in [kept.exam, lost, ExamId(i64::MIN)] {
        let purged = store.purge_exam(&stranger, id);
        assert!(matches!(purged, Err(StoreError::NoSuchExam)));
    }
    for access in [&technician, &radiologist] {
        for refused in [
            store.purge_patient(access, gone.patient),
            store.purge_exam(access, lost),
        ] {
            assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
        }
    }
    let there = store.purge_patient(&administrator, kept.patient);
    assert!(matches!(there, Err(StoreError::NotDeleted)), "{there:?}");
    let there = store.purge_exam(&administrator, kept.exam);
    assert!(matches!(there, Err(StoreError::NotDeleted)), "{there:?}");
    assert_eq!(store.deleted_records(&administrator, 0).unwrap().len(), 2);
    store.purge_exam(&administrator, lost).unwrap();
    store.purge_patient(&administrator, gone.patient).unwrap();
    assert!(store.deleted_records(&administrator, 0).unwrap().is_empty());
}

#[test]
fn records_deleted_by_an_earlier_version_are_listed_with_the_user_from_the_log() {
    let root = tempfile::tempdir().unwrap();
    of_version(root.path(), 4)
        .execute_batch(
            "UPDATE exam SET deleted_at = 5;
             INSERT INTO audit (at, account_id, action, object_kind, object_id, outcome)
             VALUES (5, 1, 'delete exam', 'exam', 1, 'done');",
        )
        .unwrap();
    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    let listed = store.deleted_records(&access, 0).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].deleted_by.as_deref(), Some("Ada Byron"));
    store.restore_exam(&access, ExamId(1)).unwrap();
    let record = store.patient(&access, PatientId(1)).unwrap();
    assert_eq!((record.revision, &*record.changed_by), (1, "Ada Byron"));
    assert_eq!(record.exams.len(), 1);
    let renamed = patient("P-1", "Ada B.");
    store
        .change_patient(&access, record.id, 1, &renamed)
        .unwrap();
    let history = store.patient_history(&access, record.id).unwrap();
    assert_eq!(history[0].patient, patient("P-1", "Ada"));
}

#[test]
fn several_patients_are_deleted_and_restored_and_already_deleted_ones_are_skipped() {
    let installation = installation();
    let access = installation.enter("St. Example", ADA);
    let ids: Vec<PatientId> = ["Lee One", "Lee Two", "Lee Three"]
        .iter()
        .zip(1..)
        .map(|(name, n)| {
            let new = patient(&format!("M-{n}"), name);
            installation.store.create_patient(&access, &new).unwrap()
        })
        .collect();
    installation.store.delete_patient(&access, ids[1]).unwrap();
    let gone = installation.store.delete_patients(&access, &ids).unwrap();
    assert_eq!(gone, [ids[0], ids[2]]);
    assert!(names(&installation.store, &access, "lee").is_empty());
    assert_eq!(installation.logged("delete patient", "done"), 3);
    assert_eq!(
        installation.store.delete_patients(&access, &ids).unwrap(),
        []
    );
    assert_eq!(
        installation.store.restore_patients(&access, &gone).unwrap(),
        gone
    );
    assert_eq!(names(&installation.store, &access, "lee").len(), 2);
    let elsewhere = installation.enter("Another House", BO);
    assert_eq!(
        installation
            .store
            .delete_patients(&elsewhere, &ids)
            .unwrap(),
        []
    );
    assert_eq!(names(&installation.store, &access, "lee").len(), 2);
}

#[test]
fn the_dependent_records_of_an_exam_are_counted_before_deletion() {
    let installation = installation();
    let access = installation.enter("St. Example", ADA);
    let saved = full(&installation.store, &access, "P-1", "Ana Pérez");
    let dependents = installation
        .store
        .exam_dependents(&access, saved.exam)
        .unwrap();
    let of_patient = installation
        .store
        .dependents(&access, saved.patient)
        .unwrap();
    assert_eq!(dependents.exams, 1);
    assert_eq!(dependents.nodules, of_patient.nodules);
    assert!(dependents.attachments >= 2);
    installation.store.delete_exam(&access, saved.exam).unwrap();
    let refused = installation.store.exam_dependents(&access, saved.exam);
    assert!(
        matches!(refused, Err(StoreError::NoSuchExam)),
        "{refused:?}"
    );
}
