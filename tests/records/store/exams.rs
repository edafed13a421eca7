mod hospital;
mod results;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use lunny::clinical::assessment::{
    Assessment, ClassProbabilities, Classification, Lesion, Reader, TrainingRange,
};
use lunny::clinical::examined::{ExaminedSeries, ExaminedSlice};
use lunny::clinical::patient::{Patient, Sex};
use lunny::clinical::reading::Circumstances;
use lunny::store::{
    ExamId, PatientChoice, PatientFilters, PatientId, PatientQuery, RECENT_FOLDERS, StoreError,
};

use self::results::with_lesion;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

#[test]
fn a_saved_exam_is_read_unchanged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let patient = Patient {
        number: "P-000001".into(),
        full_name: "Robert'); DROP TABLE patient;-- 🙂 %_".into(),
        date_of_birth: Some(Date::constant(1961, 3, 5)),
        sex: Some(Sex::Female),
        notes: "first line\nsecond \"line\"".into(),
        details: Default::default(),
    };
    let name = OsStr::from_bytes(b"slice \xff\n.dcm");
    let exam = ExaminedSlice {
        source_path: Path::new("/scans").join(name),
        elapsed_ms: u64::from(u32::MAX) + 1,
        ..exam("file-1", 0.1 + 0.2)
    };
    let choice = PatientChoice::New(patient.clone());
    let saved = installation
        .store
        .save_exam(&access, &choice, &exam)
        .unwrap();
    assert!(!saved.already_saved);

    let record = installation.store.patient(&access, saved.patient).unwrap();
    assert_eq!(record.patient, patient);
    let [kept] = &record.exams[..] else {
        panic!("one exam: {record:?}");
    };
    assert_eq!(kept.id, saved.exam);
    assert_eq!(kept.slice, exam);
    assert_eq!(kept.slice.source_name(), "slice \u{fffd}\n.dcm");
}

#[test]
fn an_exam_out_of_distribution_keeps_its_reason_and_is_never_decided() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let exam = outside("file-1");
    let saved = installation
        .store
        .save_exam(&access, &choice, &exam)
        .unwrap();
    let record = installation.store.patient(&access, saved.patient).unwrap();
    assert_eq!(record.exams[0].slice, exam);
    let row = &find(&installation.store, &access, "").rows[0];
    assert_eq!(row.last_result, Some(Classification::Indeterminate));
    assert_eq!((row.last_probability, &row.last_category), (None, &None));

    let mut decided = outside("file-2");
    decided.assessment.classification = Classification::Positive;
    let mut silent = outside("file-3");
    silent.assessment.training_range = TrainingRange::Outside {
        reason: String::new(),
    };
    for exam in [decided, silent] {
        let choice = PatientChoice::Existing(saved.patient);
        let refused = installation
            .store
            .save_exam(&access, &choice, &exam)
            .unwrap_err();
        assert!(matches!(refused, StoreError::InvalidExam(_)), "{refused}");
    }
    // Another program cannot store such an exam either.
    let forced = installation
        .raw()
        .execute("UPDATE exam SET classification = 'positive'", []);
    assert!(forced.is_err());
}

#[test]
fn the_newest_exam_of_a_patient_comes_first() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let first = save(&installation.store, &access, "P-1", "Ada");
    let choice = PatientChoice::Existing(first.patient);
    let second = installation
        .store
        .save_exam(&access, &choice, &exam("later", 0.1))
        .unwrap();
    let record = installation.store.patient(&access, first.patient).unwrap();
    let ids: Vec<_> = record.exams.iter().map(|exam| exam.id).collect();
    assert_eq!(ids, [second.exam, first.exam]);
    let row = &find(&installation.store, &access, "").rows[0];
    assert_eq!(row.exams, 2);
    assert_eq!(row.last_result, Some(Classification::Negative));
    assert_eq!(row.last_probability, Some(0.1));
    assert_eq!(row.last_exam, Some(record.exams[0].created_at));
}

#[test]
fn saving_the_same_answer_twice_keeps_one_exam() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let first = save(&installation.store, &access, "P-1", "Ada");
    let choice = PatientChoice::Existing(first.patient);
    let again = installation
        .store
        .save_exam(&access, &choice, &exam("P-1", 0.9))
        .unwrap();
    assert_eq!((again.exam, again.already_saved), (first.exam, true));

    let mut other_model = exam("P-1", 0.9);
    other_model.assessment.model.sha256 = "cd".repeat(32);
    let other = installation
        .store
        .save_exam(&access, &choice, &other_model)
        .unwrap();
    assert_ne!(other.exam, first.exam);
    let other_patient = installation
        .store
        .save_exam(
            &access,
            &PatientChoice::New(patient("P-2", "Bo")),
            &exam("P-1", 0.9),
        )
        .unwrap();
    assert!(!other_patient.already_saved);
    assert_eq!(
        installation
            .store
            .patient(&access, first.patient)
            .unwrap()
            .exams
            .len(),
        2
    );
}

#[test]
fn a_number_in_use_is_refused_in_any_case_and_nothing_is_saved() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-000001", "Ada");
    let choice = PatientChoice::New(patient("p-000001", "Somebody Else"));
    let refused = installation
        .store
        .save_exam(&access, &choice, &exam("f", 0.1));
    assert!(matches!(refused, Err(StoreError::NumberTaken { number }) if number == "p-000001"));
    assert_eq!(names(&installation.store, &access, ""), ["Ada"]);
}

#[test]
fn an_exam_that_cannot_be_saved_leaves_no_patient_behind() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let unsound = |spoil: &dyn Fn(&mut ExaminedSlice)| {
        let mut exam = exam("f", 0.5);
        spoil(&mut exam);
        let choice = PatientChoice::New(patient("P-1", "Ada"));
        installation.store.save_exam(&access, &choice, &exam)
    };
    let classes = |exam: &mut ExaminedSlice, spoil: fn(&mut ClassProbabilities)| {
        let mut classes = exam.assessment.classes.unwrap();
        spoil(&mut classes);
        exam.assessment.malignancy = Some(classes.malignant);
        exam.assessment.classes = Some(classes);
    };
    let spoils: [&dyn Fn(&mut ExaminedSlice); 16] = [
        &|exam| classes(exam, |classes| classes.malignant = f64::NAN),
        &|exam| classes(exam, |classes| classes.malignant = 1.5),
        &|exam| classes(exam, |classes| classes.benign = 0.9),
        &|exam| exam.assessment.malignancy = None,
        &|exam| exam.assessment.malignancy = Some(0.4),
        &|exam| exam.assessment.classes = None,
        &|exam| exam.assessment.reader = Reader::Lesions,
        &|exam| *exam = with_lesion(|lesion| lesion.malignancy_probability = f64::NAN),
        &|exam| *exam = with_lesion(|lesion| lesion.row = f64::INFINITY),
        // There is only one slice.
        &|exam| *exam = with_lesion(|lesion| lesion.slice = 2),
        &|exam| *exam = with_lesion(|lesion| lesion.diameter_mm = Some(-1.0)),
        &|exam| {
            let probability = exam.assessment.malignancy;
            *exam = outside("f");
            exam.assessment.malignancy = probability;
        },
        &|exam| exam.assessment.rule.threshold = f64::INFINITY,
        &|exam| exam.width = 0,
        &|exam| exam.source_sha256 = String::new(),
        &|exam| exam.assessment.model.id = "x".repeat(10_000),
    ];
    for spoil in spoils {
        assert!(matches!(unsound(spoil), Err(StoreError::InvalidExam(_))));
    }
    assert_eq!(find(&installation.store, &access, "").total.known(), 0);
}

#[test]
fn a_directly_built_patient_is_checked_too() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let long = "x".repeat(10_000);
    for (number, name) in [
        ("P-1", long.as_str()),
        ("P-1", ""),
        ("P-1", "Ada\0Byron"),
        ("P-1", "Ada\u{202e}Byron"),
        ("", "Ada"),
        (long.as_str(), "Ada"),
    ] {
        let choice = PatientChoice::New(patient(number, name));
        let refused = installation
            .store
            .save_exam(&access, &choice, &exam("f", 0.1));
        assert!(
            matches!(refused, Err(StoreError::InvalidPatient(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn a_deleted_exam_is_hidden_until_it_is_restored() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-1", "Ada");
    let before = installation.store.patient(&access, saved.patient).unwrap();

    installation.store.delete_exam(&access, saved.exam).unwrap();
    assert!(
        installation
            .store
            .patient(&access, saved.patient)
            .unwrap()
            .exams
            .is_empty()
    );
    let row = find(&installation.store, &access, "").rows.remove(0);
    assert_eq!((row.exams, row.last_exam, row.last_result), (0, None, None));
    assert_eq!(row.last_probability, None);
    let twice = installation.store.delete_exam(&access, saved.exam);
    assert!(matches!(twice, Err(StoreError::NoSuchExam)));

    installation
        .store
        .restore_exam(&access, saved.exam)
        .unwrap();
    assert_eq!(
        installation.store.patient(&access, saved.patient).unwrap(),
        before
    );
    let twice = installation.store.restore_exam(&access, saved.exam);
    assert!(matches!(twice, Err(StoreError::NoSuchExam)));
}

#[test]
fn an_exam_saved_again_after_its_deletion_prevents_restoring() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-1", "Ada");
    installation.store.delete_exam(&access, saved.exam).unwrap();
    let choice = PatientChoice::Existing(saved.patient);
    let again = installation
        .store
        .save_exam(&access, &choice, &exam("P-1", 0.9))
        .unwrap();
    assert!(!again.already_saved);
    assert!(matches!(
        installation.store.restore_exam(&access, saved.exam),
        Err(StoreError::ExamSavedAgain)
    ));
    assert_eq!(
        installation
            .store
            .patient(&access, saved.patient)
            .unwrap()
            .exams
            .len(),
        1
    );
}

#[test]
fn a_number_is_suggested_until_a_patient_has_it_and_never_after() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    let cy = installation.enter("General Infirmary", "cy@example.org");
    save(store, &ada, "p-000002", "typed by hand");
    let next = |access| store.next_patient_number(access).unwrap();
    // A form that is left without saving takes no number.
    assert_eq!(
        (next(&ada), next(&bo)),
        ("P-000001".into(), "P-000001".into())
    );
    let saved = save(store, &bo, "P-000001", "Bo");
    assert_eq!(next(&ada), "P-000003");
    store.delete_patient(&ada, saved.patient).unwrap();
    store.purge_patient(&ada, saved.patient).unwrap();
    assert_eq!(next(&ada), "P-000003");
    assert_eq!(next(&cy), "P-000001");
}

#[test]
fn at_most_eight_recent_folders_are_stored_newest_first() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let odd = PathBuf::from(OsStr::from_bytes(b"/scans/\xfe"));
    let mut folders: Vec<PathBuf> = (0..10).map(|n| format!("/scans/{n}").into()).collect();
    folders.push(odd.clone());
    folders.push("/scans/5".into());
    for folder in &folders {
        installation
            .store
            .add_recent_folder(&access, folder)
            .unwrap();
    }
    let remembered = installation.store.recent_folders(&access).unwrap();
    assert_eq!(remembered.len(), RECENT_FOLDERS);
    assert_eq!(
        remembered[..3],
        [PathBuf::from("/scans/5"), odd, "/scans/9".into()]
    );
    let nothing = installation.store.add_recent_folder(&access, Path::new(""));
    assert!(matches!(nothing, Err(StoreError::InvalidFolder { .. })));
}

#[test]
fn the_newest_exam_is_the_last_that_was_scanned_and_not_the_last_that_was_saved() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let recent = store
        .save_exam(&access, &choice, &exam("recent", 0.1))
        .unwrap();
    let choice = PatientChoice::Existing(recent.patient);
    let prior = store
        .save_exam(&access, &choice, &exam("prior", 0.9))
        .unwrap();
    for (saved, day) in [
        (&recent, jiff::civil::date(2025, 12, 15)),
        (&prior, jiff::civil::date(2024, 11, 30)),
    ] {
        let stated = Circumstances {
            scanned_on: Some(day),
            ..Circumstances::default()
        };
        store
            .state_circumstances(&access, saved.exam, 0, &stated)
            .unwrap();
    }
    let record = store.patient(&access, recent.patient).unwrap();
    let order: Vec<ExamId> = record.exams.iter().map(|exam| exam.id).collect();
    assert_eq!(order, [recent.exam, prior.exam]);
    let row = |filters| {
        let query = PatientQuery {
            filters,
            limit: 10,
            ..PatientQuery::default()
        };
        store.search_patients(&access, &query).unwrap().rows
    };
    let rows = row(PatientFilters::default());
    let at = rows[0].last_exam.unwrap();
    assert_eq!(at.to_string(), "2025-12-15T12:00:00Z");
    assert_eq!(rows[0].last_probability, Some(0.1));
    let since = |text: &str| PatientFilters {
        since: Some(text.parse().unwrap()),
        ..PatientFilters::default()
    };
    assert_eq!(row(since("2025-12-15T00:00:00Z")).len(), 1);
    assert_eq!(row(since("2025-12-16T00:00:00Z")).len(), 0);
}
