//! Requirements of restoring besides a sound backup: an owner of the present records, and consent to the loss.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lunny::store::{
    Consent, FILE_NAME, KeySource, Present, Restored, Restoring, Store, StoreError,
};
use tempfile::TempDir;

use crate::support::*;

const ADA: &str = "ada@example.org";

const REPLACE: Consent = Consent {
    replace: true,
    older: false,
    foreign: false,
};

/// A home with one patient that no process has open, a backup of it, and the backup's folder.
fn backed_up() -> (TempDir, PathBuf, TempDir) {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    save(&installation.store, &ada, "P-1", "Ada 1");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("monday.backup");
    installation
        .store
        .back_up(&installation.owner(), &file, false)
        .unwrap();
    let Installation { home, store, .. } = installation;
    drop(store);
    (home, file, folder)
}

fn records(home: &Path) -> Present {
    let store = Store::open(home).unwrap();
    let owner = owner(&store, ADA);
    Present::Records(store, owner)
}

fn restore(
    home: &Path,
    present: Present,
    file: &Path,
    key_file: Option<&Path>,
    consent: Consent,
) -> Result<Restored, StoreError> {
    Restoring::begin(home, &present, file, key_file, &KeySource::default())?
        .finish(present, None, consent)
}

fn add(home: &Path, number: &str, name: &str) {
    let store = Store::open(home).unwrap();
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &ada, number, name);
}

fn patients(home: &Path) -> Vec<String> {
    let store = Store::open(home).unwrap();
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    let mut names = names(&store, &ada, "");
    names.sort();
    names
}

fn logged(home: &Path, action: &str) -> Vec<Option<i64>> {
    let raw = raw(home);
    let mut entries = raw
        .prepare("SELECT account_id FROM audit WHERE action = ?1 AND outcome = 'done'")
        .unwrap();
    let rows = entries.query_map([action], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_complete_backup_is_restored_without_further_consent() {
    let (home, file, _folder) = backed_up();
    let restored = restore(home.path(), records(home.path()), &file, None, REPLACE).unwrap();
    assert_eq!(
        (restored.comparison.lost, restored.comparison.foreign),
        (0, false)
    );
    assert_eq!(patients(home.path()), ["Ada 1"]);
    assert_eq!(logged(home.path(), "restore backup"), [Some(1)]);
    let store = Store::open(home.path()).unwrap();
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
}

#[test]
fn an_older_backup_needs_consent_and_states_the_loss() {
    let (home, file, _folder) = backed_up();
    add(home.path(), "P-2", "Later");
    let present = records(home.path());
    let source = KeySource::default();
    let restoring = Restoring::begin(home.path(), &present, &file, None, &source).unwrap();
    let comparison = restoring.compare(&present).unwrap();
    let before = comparison.present.as_ref().unwrap();
    assert_eq!(
        (
            before.contents.patients,
            comparison.backup.contents.patients
        ),
        (2, 1)
    );
    assert!(before.newest_change > comparison.backup.newest_change);
    assert!(!comparison.foreign);
    assert_eq!(comparison.lost, 2, "a patient and its exam");
    let refused = restoring.finish(present, None, REPLACE).unwrap_err();
    assert!(
        matches!(refused, StoreError::RollBack { changes: 2 }),
        "{refused:?}"
    );
    assert_eq!(patients(home.path()), ["Ada 1", "Later"]);

    let consent = Consent {
        older: true,
        ..REPLACE
    };
    let restored = restore(home.path(), records(home.path()), &file, None, consent).unwrap();
    assert_eq!(patients(home.path()), ["Ada 1"]);
    // The stored database names the user who restored, and restoring it loses the changes made since.
    let kept = restored.kept.unwrap();
    add(home.path(), "P-3", "In between");
    let refused = restore(home.path(), records(home.path()), &kept, None, REPLACE).unwrap_err();
    assert!(
        matches!(refused, StoreError::RollBack { changes: 2 }),
        "{refused:?}"
    );
    restore(home.path(), records(home.path()), &kept, None, consent).unwrap();
    assert_eq!(patients(home.path()), ["Ada 1", "Later"]);
    assert_eq!(logged(home.path(), "restore backup"), [Some(1), Some(1)]);
}

#[test]
fn a_disabled_account_is_not_enabled_by_restoring_without_consent() {
    let (home, file, _folder) = backed_up();
    let store = Store::open(home.path()).unwrap();
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    let bo = store
        .register(&registration("St. Mary", "bo@example.org"))
        .unwrap();
    store.refuse_account(&ada, bo.id).unwrap();
    drop(store);
    let refused = restore(home.path(), records(home.path()), &file, None, REPLACE).unwrap_err();
    assert!(
        matches!(refused, StoreError::RollBack { changes: 2 }),
        "{refused:?}"
    );
}

#[test]
fn a_backup_of_another_installation_needs_consent() {
    let (home, _, _folder) = backed_up();
    let (other, file, _other_folder) = backed_up();
    let key = other.path().join("lunny.key");
    let older = Consent {
        older: true,
        ..REPLACE
    };
    for consent in [REPLACE, older] {
        let refused = restore(
            home.path(),
            records(home.path()),
            &file,
            Some(&key),
            consent,
        )
        .unwrap_err();
        assert!(
            matches!(refused, StoreError::ForeignBackup { .. }),
            "{refused:?}"
        );
    }
    let consent = Consent {
        foreign: true,
        ..REPLACE
    };
    let restored = restore(
        home.path(),
        records(home.path()),
        &file,
        Some(&key),
        consent,
    )
    .unwrap();
    assert!(restored.comparison.foreign);
    assert_eq!(patients(home.path()), ["Ada 1"]);
}

#[test]
fn unreadable_records_are_replaced_by_an_owner_of_the_backup_and_logged() {
    let (home, file, _folder) = backed_up();
    let database = home.path().join(FILE_NAME);
    let mut bytes = fs::read(&database).unwrap();
    // A page that opening does not read: the records open, but are damaged.
    let end = bytes.len() - 300;
    bytes[end] ^= 4;
    fs::write(&database, &bytes).unwrap();
    fs::set_permissions(&database, Permissions::from_mode(0o600)).unwrap();
    let source = KeySource::default();
    let begin = || {
        let unreadable = Present::Unreadable;
        Restoring::begin(home.path(), &unreadable, &file, None, &source).unwrap()
    };
    let refused = begin()
        .finish(Present::Unreadable, None, REPLACE)
        .unwrap_err();
    assert!(matches!(refused, StoreError::NotOwner), "{refused:?}");
    let restoring = begin();
    let ada = owner(restoring.store(), ADA);
    restoring
        .finish(Present::Unreadable, Some(&ada), REPLACE)
        .unwrap();
    assert_eq!(patients(home.path()), ["Ada 1"]);
    let action = "restore backup over unreadable records";
    assert_eq!(logged(home.path(), action), [Some(1)]);
}

#[test]
fn records_with_a_write_ahead_log_left_by_a_kill_are_stored_completely() {
    let (home, file, _folder) = backed_up();
    // A process that ends without closing leaves its last writes in the write-ahead log.
    let store = Store::open(home.path()).unwrap();
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &ada, "P-2", "In the log");
    let copies: Vec<(PathBuf, Vec<u8>)> = [FILE_NAME, "lunny.db-wal"]
        .map(|name| home.path().join(name))
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .into();
    drop(store);
    let _ = fs::remove_file(home.path().join("lunny.db-shm"));
    for (path, bytes) in copies {
        fs::write(&path, bytes).unwrap();
    }
    let consent = Consent {
        older: true,
        ..REPLACE
    };
    let restored = restore(home.path(), records(home.path()), &file, None, consent).unwrap();
    let kept = restored.kept.unwrap();
    let log = kept.with_file_name(format!(
        "{}-wal",
        kept.file_name().unwrap().to_str().unwrap()
    ));
    assert!(!log.exists(), "everything is in the one file");
    restore(home.path(), records(home.path()), &kept, None, consent).unwrap();
    assert_eq!(patients(home.path()), ["Ada 1", "In the log"]);
}
