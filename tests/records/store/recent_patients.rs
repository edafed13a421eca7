//! The records that an account opened or saved last.

use lunny::store::{Access, PatientChoice, PatientId, Store};

use crate::support::{exam, installation, patient};

fn recent(store: &Store, access: &Access) -> Vec<String> {
    let recent = store.recent_patients(access, 3).unwrap();
    recent.into_iter().map(|patient| patient.number).collect()
}

fn add(store: &Store, access: &Access, number: &str) -> PatientId {
    let patient = patient(number, "Ana Pérez");
    store.create_patient(access, &patient).unwrap()
}

#[test]
fn the_newest_comes_first_and_each_once() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Example", "dana@example.org");
    assert!(recent(store, &access).is_empty());
    let ids = ["P-1", "P-2", "P-3", "P-4"].map(|number| add(store, &access, number));
    assert_eq!(recent(store, &access), ["P-4", "P-3", "P-2"]);
    store.patient(&access, ids[0]).unwrap();
    assert_eq!(recent(store, &access), ["P-1", "P-4", "P-3"]);
    // An exam that was saved counts as well, also where the record was not opened.
    let choice = PatientChoice::Existing(ids[1]);
    let saved = store.save_exam(&access, &choice, &exam("scan", 0.9));
    saved.unwrap();
    assert_eq!(recent(store, &access)[0], "P-2");
}

#[test]
fn other_accounts_and_deleted_records_are_left_out() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Example", "dana@example.org");
    let elsewhere = installation.enter("Another Hospital", "eve@example.org");
    let ids = ["P-1", "P-2"].map(|number| add(store, &access, number));
    assert!(recent(store, &elsewhere).is_empty());
    store.delete_patient(&access, ids[1]).unwrap();
    assert_eq!(recent(store, &access), ["P-1"]);
    store.restore_patient(&access, ids[1]).unwrap();
    assert_eq!(recent(store, &access), ["P-2", "P-1"]);
}
