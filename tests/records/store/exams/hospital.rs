//! Exams belong to one hospital, and the audit log states what was done to them.

use super::*;

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
