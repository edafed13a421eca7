//! The audit log of one record, for users who may see that record.

use lunny::store::{AuditOutcome, PatientChoice, PatientId, Role, StoreError};

use crate::support::*;

#[test]
fn the_log_of_a_record_covers_all_its_objects_and_no_others() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", "ada@example.org");
    let ray = installation.enter_as("St. Mary", "ray@example.org", Role::Radiologist);
    let saved = save(store, &ada, "P-1", "Zoë");
    let other = save(store, &ada, "P-2", "Bo");
    store.patient(&ada, saved.patient).unwrap();
    store.reading(&ada, saved.exam).unwrap();
    let written = store.write_report(&ada, saved.exam, "one").unwrap();
    store.sign_report(&ray, written.id).unwrap();
    store.patient(&ada, other.patient).unwrap();
    store.delete_exam(&ada, saved.exam).unwrap();

    let log = store.patient_log(&ray, saved.patient, 100).unwrap();
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "delete exam",
            "sign report",
            "write report",
            "view reading",
            "view patient",
            "save exam",
            "create patient",
        ]
    );
    assert!(log.is_sorted_by(|newer, older| newer.at >= older.at));
    assert!(log.iter().all(|entry| entry.outcome == AuditOutcome::Done));
    assert_eq!(log[0].full_name.as_deref(), Some("Ada Byron"));
    // Viewing it writes no entry, and it has at most the requested number of entries.
    let newest = store.patient_log(&ada, saved.patient, 2).unwrap();
    assert_eq!(newest, log[..2]);
    assert_eq!(store.patient_log(&ada, saved.patient, 0).unwrap(), []);
}

#[test]
fn the_log_of_a_record_is_closed_to_users_who_may_not_see_the_record() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", "ada@example.org");
    let stranger = installation.enter("General Infirmary", "bo@example.org");
    let saved = save(store, &ada, "P-1", "Zoë");
    for (access, id) in [(&stranger, saved.patient), (&ada, PatientId(i64::MAX))] {
        let refused = store.patient_log(access, id, 10);
        assert!(matches!(refused, Err(StoreError::NoSuchPatient)));
    }
    let choice = PatientChoice::Existing(saved.patient);
    store.save_exam(&ada, &choice, &exam("b", 0.1)).unwrap();
    store.delete_patient(&ada, saved.patient).unwrap();
    let hidden = store.patient_log(&ada, saved.patient, 10);
    assert!(matches!(hidden, Err(StoreError::NoSuchPatient)));
    store.restore_patient(&ada, saved.patient).unwrap();
    let log = store.patient_log(&ada, saved.patient, 2).unwrap();
    assert_eq!(log[0].action, "restore patient");
    store.sign_out(&ada).unwrap();
    let late = store.patient_log(&ada, saved.patient, 10);
    assert!(matches!(late, Err(StoreError::SignedOut)));
}
