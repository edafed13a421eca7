use std::sync::Barrier;
use std::thread;

use jiff::civil::Date;
use lunny::clinical::patient::{Patient, Sex};
use lunny::clinical::reading::Circumstances;
use lunny::store::{PatientId, Role, Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

fn described() -> Patient {
    Patient {
        number: "P-2".into(),
        full_name: "Robert'); DROP TABLE patient;-- 🙂 %_ محمد".into(),
        date_of_birth: Some(Date::constant(1961, 3, 5)),
        sex: Some(Sex::Female),
        notes: "first line\nsecond \"line\"".into(),
        details: Default::default(),
    }
}

#[test]
fn a_changed_patient_is_found_by_its_present_values_and_keeps_the_earlier_version() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let id = save(store, &ada, "P-1", "Ada").patient;
    let before = store.patient(&ada, id).unwrap();
    assert_eq!((before.revision, &*before.changed_by), (1, "Ada Byron"));
    assert_eq!(before.changed_at, before.created_at);
    assert!(store.patient_history(&ada, id).unwrap().is_empty());

    assert_eq!(store.change_patient(&bo, id, 1, &described()).unwrap(), 2);
    let now = store.patient(&ada, id).unwrap();
    assert_eq!((now.revision, &now.patient), (2, &described()));
    assert!(now.changed_at > before.changed_at);
    assert_eq!(now.created_at, before.created_at);
    assert_eq!(now.exams.len(), 1);
    assert!(names(store, &ada, "ada").is_empty());
    assert_eq!(names(store, &ada, "robert"), [described().full_name]);

    let third = patient("P-2", "Ada B.");
    assert_eq!(store.change_patient(&ada, id, 2, &third).unwrap(), 3);
    let history = store.patient_history(&ada, id).unwrap();
    let said: Vec<_> = history.iter().map(|v| (v.revision, &v.patient)).collect();
    assert_eq!(said, [(2, &described()), (1, &patient("P-1", "Ada"))]);
    assert_eq!(history[0].changed_at, now.changed_at);
    assert_eq!(history[1].changed_at, before.changed_at);
    // The old number is free again.
    save(store, &ada, "p-1", "Eve");
}

#[test]
fn an_empty_change_adds_no_revision_and_no_history() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    let same = patient("P-1", "Ada");
    let kept = installation
        .store
        .change_patient(&access, id, 1, &same)
        .unwrap();
    assert_eq!(kept, 1);
    let history = installation.store.patient_history(&access, id).unwrap();
    assert!(history.is_empty());
}

#[test]
fn a_change_on_an_old_revision_is_refused_and_changes_nothing() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    let change =
        |revision, to: &Patient| installation.store.change_patient(&access, id, revision, to);
    change(1, &described()).unwrap();
    let before = installation.store.patient(&access, id).unwrap();
    for revision in [0, 1, 3, u32::MAX] {
        let late = change(revision, &patient("P-1", "Eve"));
        assert!(matches!(late, Err(StoreError::PatientChanged)), "{late:?}");
    }
    assert_eq!(installation.store.patient(&access, id).unwrap(), before);
}

#[test]
fn of_two_stores_that_change_one_revision_at_once_one_wins() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    let other = Store::open(installation.home.path()).unwrap();
    let saved = save(&installation.store, &ada, "P-1", "Ada");
    let circumstances = Circumstances::default();
    for round in 1..=10 {
        let start = Barrier::new(2);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let changing: Vec<_> = [(&installation.store, &ada, "x"), (&other, &bo, "y")]
                .into_iter()
                .map(|(store, access, name)| {
                    let start = &start;
                    scope.spawn(move || {
                        let to = patient("P-1", &format!("{name}{round}"));
                        start.wait();
                        let changed = store.change_patient(access, saved.patient, round, &to);
                        let stated = store.state_circumstances(
                            access,
                            saved.exam,
                            round - 1,
                            &circumstances,
                        );
                        (changed, stated)
                    })
                })
                .collect();
            changing
                .into_iter()
                .map(|one| one.join().unwrap())
                .collect()
        });
        let changed = outcomes.iter().filter(|(changed, _)| changed.is_ok());
        assert_eq!(changed.count(), 1, "{outcomes:?}");
        let stated = outcomes.iter().filter(|(_, stated)| stated.is_ok());
        assert_eq!(stated.count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|(changed, stated)| {
            matches!(changed, Ok(_) | Err(StoreError::PatientChanged))
                && matches!(stated, Ok(_) | Err(StoreError::CircumstancesChanged))
        }));
    }
    let history = other.patient_history(&bo, saved.patient).unwrap();
    let revisions: Vec<_> = history.iter().map(|version| version.revision).collect();
    assert_eq!(revisions, (1..=10).rev().collect::<Vec<_>>());
}

#[test]
fn hostile_text_is_refused_and_changes_nothing() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    let megabyte = "x".repeat(1 << 20);
    for text in ["", "a\0b", "\u{1b}[2J", "a\u{202e}b", &megabyte] {
        let mut unfit = [described(), described(), described()];
        unfit[0].number = text.into();
        unfit[1].full_name = text.into();
        unfit[2].notes = format!("x{text}\u{7}");
        for unfit in unfit {
            let refused = installation.store.change_patient(&access, id, 1, &unfit);
            assert!(matches!(refused, Err(StoreError::InvalidPatient(_))));
        }
    }
    let record = installation.store.patient(&access, id).unwrap();
    assert_eq!(
        (record.revision, record.patient),
        (1, patient("P-1", "Ada"))
    );
}

#[test]
fn a_number_in_use_is_refused_and_that_of_a_deleted_patient_with_another_error() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let id = save(store, &access, "P-1", "Ada").patient;
    let gone = save(store, &access, "P-2", "Bo").patient;
    let taken = store.change_patient(&access, id, 1, &patient("p-2", "Ada"));
    assert!(matches!(taken, Err(StoreError::NumberTaken { number }) if number == "p-2"));
    store.delete_patient(&access, gone).unwrap();
    let taken = store.change_patient(&access, id, 1, &patient("p-2", "Ada"));
    assert!(matches!(taken, Err(StoreError::NumberOfDeleted { number }) if number == "p-2"));
    assert_eq!(store.patient(&access, id).unwrap().revision, 1);
    // Another spelling of the patient's present number is allowed.
    store
        .change_patient(&access, id, 1, &patient("p-1", "Ada"))
        .unwrap();
}

#[test]
fn changes_and_history_are_closed_to_another_hospital_and_to_deleted_patients() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let saved = save(store, &owner, "P-1", "Ada");
    let id = saved.patient;
    let circumstances = Circumstances::default();
    let closed = |access, id| {
        let change = store.change_patient(access, id, 1, &described());
        assert!(matches!(change, Err(StoreError::NoSuchPatient)));
        let history = store.patient_history(access, id);
        assert!(matches!(history, Err(StoreError::NoSuchPatient)));
        let stated = store.state_circumstances(access, saved.exam, 0, &circumstances);
        assert!(matches!(stated, Err(StoreError::NoSuchExam)));
    };
    closed(&stranger, id);
    closed(&stranger, PatientId(i64::MAX));
    store.delete_patient(&owner, id).unwrap();
    closed(&owner, id);
    store.restore_patient(&owner, id).unwrap();
    let record = store.patient(&owner, id).unwrap();
    assert_eq!(
        (record.revision, record.patient),
        (1, patient("P-1", "Ada"))
    );
    store.sign_out(&owner).unwrap();
    let late = store.change_patient(&owner, id, 1, &described());
    assert!(matches!(late, Err(StoreError::SignedOut)));
}

#[test]
fn no_program_can_change_earlier_versions() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    installation
        .store
        .change_patient(&access, id, 1, &described())
        .unwrap();
    let forced = installation
        .raw()
        .execute("UPDATE patient_version SET full_name = 'Eve'", []);
    assert!(forced.is_err());
}
