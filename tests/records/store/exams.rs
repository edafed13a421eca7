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

fn lesion() -> Lesion {
    Lesion {
        slice: 1,
        row: 210.25,
        column: 145.5,
        position_mm: Some([-12.5, 30.0, -140.75]),
        diameter_mm: Some(8.25),
        size: None,
        malignancy_probability: 0.91,
    }
}

/// An exam by the lesion reader, with one lesion modified by `change`.
fn with_lesion(change: fn(&mut Lesion)) -> ExaminedSlice {
    let mut exam = exam("f", 0.5);
    let mut lesion = lesion();
    change(&mut lesion);
    let Assessment { rule, model, .. } = exam.assessment;
    exam.assessment = Assessment::of_lesions(0.5, vec![lesion], rule, model);
    exam
}

#[test]
fn the_lesion_readers_result_is_read_with_its_lesions() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let inside = with_lesion(|lesion| lesion.position_mm = None);
    let saved = installation
        .store
        .save_exam(&access, &choice, &inside)
        .unwrap();
    let newest = || {
        installation
            .store
            .patient(&access, saved.patient)
            .unwrap()
            .exams[0]
            .slice
            .clone()
    };
    assert_eq!(newest(), inside);
    let row = &find(&installation.store, &access, "").rows[0];
    assert_eq!(row.last_probability, Some(0.5));
    // No measurement supports a category yet.
    assert_eq!(row.last_category, None);

    let mut marked = with_lesion(|_| ());
    marked.source_sha256 = "g".into();
    let reason = "its lungs are grey".to_owned();
    marked.assessment = (marked.assessment).within(TrainingRange::Outside { reason });
    let existing = PatientChoice::Existing(saved.patient);
    installation
        .store
        .save_exam(&access, &existing, &marked)
        .unwrap();
    assert_eq!(newest(), marked);
    assert_eq!(newest().assessment.lesions, [lesion()]);
    let absent = PatientId(saved.patient.0 + 1);
    let newest = (installation.store)
        .newest_lesions(&access, &[absent, saved.patient])
        .unwrap();
    let [None, Some(newest)] = &newest[..] else {
        panic!("one patient: {newest:?}");
    };
    assert_eq!((newest.is_outside, newest.of_series), (true, false));
    assert_eq!(newest.lesions, [lesion()]);
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
    let anew = installation
        .store
        .save_exam(&access, &choice, &exam("P-1", 0.9))
        .unwrap();
    assert!(!anew.already_saved);
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
fn records_are_closed_to_another_hospital() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let saved = save(store, &owner, "P-1", "Ada");
    let deleted = {
        let choice = PatientChoice::Existing(saved.patient);
        let exam = store
            .save_exam(&owner, &choice, &exam("f", 0.2))
            .unwrap()
            .exam;
        store.delete_exam(&owner, exam).unwrap();
        exam
    };
    let before = store.patient(&owner, saved.patient).unwrap();

    assert_eq!(find(store, &stranger, "").total.known(), 0);
    assert!(names(store, &stranger, "ada").is_empty());
    let unknown = store.patient(&stranger, PatientId(i64::MAX)).unwrap_err();
    let foreign = store.patient(&stranger, saved.patient).unwrap_err();
    assert!(matches!(foreign, StoreError::NoSuchPatient));
    assert_eq!(foreign.to_string(), unknown.to_string());
    let choice = PatientChoice::Existing(saved.patient);
    assert!(matches!(
        store.save_exam(&stranger, &choice, &exam("g", 0.1)),
        Err(StoreError::NoSuchPatient)
    ));
    assert!(matches!(
        store.delete_exam(&stranger, saved.exam),
        Err(StoreError::NoSuchExam)
    ));
    assert!(matches!(
        store.restore_exam(&stranger, deleted),
        Err(StoreError::NoSuchExam)
    ));
    store
        .add_recent_folder(&owner, Path::new("/secret"))
        .unwrap();
    assert!(store.recent_folders(&stranger).unwrap().is_empty());
    // The stranger's patient may have the same number: a refusal would reveal that it exists.
    save(store, &stranger, "P-1", "Bo");

    assert_eq!(store.patient(&owner, saved.patient).unwrap(), before);
    assert_eq!(names(store, &owner, ""), ["Ada"]);
    assert_eq!(names(store, &stranger, ""), ["Bo"]);
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
fn the_log_states_who_did_what_without_patient_data_and_cannot_be_changed() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-777", "Zenobia");
    installation.store.patient(&access, saved.patient).unwrap();
    installation.store.delete_exam(&access, saved.exam).unwrap();
    installation
        .store
        .restore_exam(&access, saved.exam)
        .unwrap();
    let _ = installation
        .store
        .delete_exam(&access, lunny::store::ExamId(99));
    installation.store.accept_terms(&access, "1").unwrap();
    installation.store.sign_out(&access).unwrap();
    let raw = installation.raw();
    type Logged = (String, Option<String>, Option<i64>, Option<i64>);
    let rows: Vec<Logged> = raw
        .prepare("SELECT action, object_kind, object_id, account_id FROM audit ORDER BY seq")
        .unwrap()
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let actions: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(
        actions,
        [
            "register",
            "sign in",
            "create patient",
            "save exam",
            "view patient",
            "delete exam",
            "restore exam",
            "accept terms",
            "sign out"
        ]
    );
    assert!(rows.iter().all(|row| row.3 == Some(1)));
    assert_eq!(rows[3].1.as_deref(), Some("exam"));
    assert_eq!(rows[3].2, Some(saved.exam.0));
    assert!(!format!("{rows:?}").contains("Zenobia") && !format!("{rows:?}").contains("P-777"));
    for change in [
        "UPDATE audit SET outcome = 'refused'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 3",
    ] {
        assert!(raw.execute_batch(change).is_err(), "{change}");
    }
}

#[test]
fn the_database_enforces_the_hospital_of_records() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    installation.enter("General Infirmary", BO);
    save(&installation.store, &ada, "P-1", "Ada");
    let raw = installation.raw();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    for astray in [
        "UPDATE patient SET hospital_id = 2",
        "UPDATE patient SET created_by = 2",
        "UPDATE exam SET hospital_id = 2",
        "UPDATE exam SET created_by = 2",
        "UPDATE exam SET malignant = 1.1",
        "UPDATE patient SET sex = 'x'",
        "UPDATE patient SET date_of_birth = '1961-02-30'",
        "DELETE FROM patient",
    ] {
        assert!(raw.execute_batch(astray).is_err(), "{astray}");
    }
}

#[test]
fn an_exam_of_a_series_is_read_with_its_curve() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let series = ExaminedSeries {
        study_uid: Some("2.25.1".into()),
        series_uid: None,
        deciding: 1..4,
        rule: "highest mean of three neighbouring slices".into(),
        suspicious: vec![2, 0],
        curve: vec![Some(0.5), Some(0.75), Some(1.0), None, None],
        analysed: 4,
        outside: 1,
        runs_on: "the processor".into(),
        version: "0.1.0".into(),
    };
    let exam = ExaminedSlice {
        series: Some(Box::new(series.clone())),
        ..exam("series-1", 0.5)
    };
    let saved = installation
        .store
        .save_exam(&access, &choice, &exam)
        .unwrap();
    let record = installation.store.patient(&access, saved.patient).unwrap();
    assert_eq!(record.exams[0].slice, exam);
    assert_eq!(series.deciders(), "slices 2 to 4 of 5");
    assert_eq!(series.coverage(), "4 analysed, 1 outside");
    assert_eq!(series.suspects().collect::<Vec<_>>(), [(3, 1.0), (1, 0.5)]);

    let unsound = [
        ExaminedSeries {
            curve: Vec::new(),
            ..series.clone()
        },
        ExaminedSeries {
            curve: vec![Some(1.5); 5],
            ..series.clone()
        },
        ExaminedSeries {
            deciding: 3..6,
            ..series.clone()
        },
        ExaminedSeries {
            deciding: 3..3,
            ..series.clone()
        },
        ExaminedSeries {
            suspicious: vec![5],
            ..series.clone()
        },
        ExaminedSeries {
            analysed: 6,
            ..series.clone()
        },
        ExaminedSeries {
            outside: 5,
            ..series.clone()
        },
        ExaminedSeries {
            series_uid: Some("1".repeat(65)),
            ..series
        },
    ];
    for series in unsound {
        let exam = ExaminedSlice {
            series: Some(Box::new(series)),
            ..exam.clone()
        };
        let existing = PatientChoice::Existing(saved.patient);
        let refused = installation.store.save_exam(&access, &existing, &exam);
        assert!(
            matches!(refused, Err(StoreError::InvalidExam(_))),
            "{refused:?}"
        );
    }
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
