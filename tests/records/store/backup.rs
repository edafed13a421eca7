//! Backups: made while others write, verified, and restored.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lunny::store::{
    Consent, Contents, FILE_NAME, KeySource, Present, Restored, Restoring, Store, StoreError,
};

use crate::support::*;

const ADA: &str = "ada@example.org";
const KEY_FILE: &str = "lunny.key";

/// A home with an administrator and `patients` patients, and a folder for its backups.
fn with_patients(patients: usize) -> (Installation, tempfile::TempDir) {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for n in 0..patients {
        save(
            &installation.store,
            &access,
            &format!("P-{n}"),
            &format!("Ada {n}"),
        );
    }
    (installation, tempfile::tempdir().unwrap())
}

fn back_up(installation: &Installation, file: &Path) -> Contents {
    let owner = owner(&installation.store, ADA);
    installation.store.back_up(&owner, file, false).unwrap()
}

/// Signs in to the existing records, or else to the backup, and restores the backup with every consent.
fn restore(
    home: &Path,
    backup: &Path,
    key_file: Option<&Path>,
    replace: bool,
) -> Result<Restored, StoreError> {
    let consent = Consent {
        replace,
        older: true,
        foreign: true,
    };
    restore_over(present(home), home, backup, key_file, consent)
}

/// The records of `home` with their owner, if there are any.
fn present(home: &Path) -> Present {
    match fs::metadata(home.join(FILE_NAME)) {
        Ok(found) if found.len() > 0 => {
            let store = Store::open(home).unwrap();
            let owner = owner(&store, ADA);
            Present::Records(store, owner)
        }
        _ => Present::Nothing,
    }
}

fn restore_over(
    present: Present,
    home: &Path,
    backup: &Path,
    key_file: Option<&Path>,
    consent: Consent,
) -> Result<Restored, StoreError> {
    let restoring = Restoring::begin(home, &present, backup, key_file, &KeySource::default())?;
    let of_the_backup = match &present {
        Present::Records(..) => None,
        Present::Nothing | Present::Unreadable => Some(owner(restoring.store(), ADA)),
    };
    restoring.finish(present, of_the_backup.as_ref(), consent)
}

fn patients(home: &Path) -> Vec<String> {
    let store = Store::open(home).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    let mut names = names(&store, &access, "");
    names.sort();
    names
}

#[test]
fn a_backup_is_private_reports_its_content_and_replaces_nothing_without_consent() {
    let (installation, folder) = with_patients(3);
    let file = folder.path().join("monday.backup");
    let contents = back_up(&installation, &file);
    assert_eq!(
        (contents.patients, contents.exams, contents.accounts),
        (3, 3, 1)
    );
    assert_eq!(contents.bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing aside"
    );

    let access = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    let owner = owner(&installation.store, ADA);
    let before = fs::read(&file).unwrap();
    let refused = installation
        .store
        .back_up(&owner, &file, false)
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::BackupExists { .. }),
        "{refused:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    installation.store.back_up(&owner, &file, true).unwrap();
    assert_ne!(fs::read(&file).unwrap(), before);

    for ours in [FILE_NAME, KEY_FILE, "lunny.db-wal"] {
        let target = installation.home.path().join(ours);
        let refused = installation
            .store
            .back_up(&owner, &target, true)
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::BackupUnusable { .. }),
            "{ours}"
        );
    }
    let nowhere = folder.path().join("no/such/folder");
    let refused = installation
        .store
        .back_up(&owner, &nowhere, false)
        .unwrap_err();
    assert!(refused.to_string().contains("no/such/folder"), "{refused}");
    assert_eq!(names(&installation.store, &access, "").len(), 3);
}

#[test]
fn a_backup_made_while_others_write_is_consistent_and_blocks_no_writer() {
    let (installation, folder) = with_patients(5);
    let stop = AtomicBool::new(false);
    let access = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                save(&installation.store, &access, &format!("W-{n}"), "Wren");
                n += 1;
            }
            n
        });
        for n in 0..4 {
            let file = folder.path().join(format!("{n}.backup"));
            let contents = back_up(&installation, &file);
            assert_eq!(
                contents.patients, contents.exams,
                "no half of a transaction"
            );
            assert!(contents.patients >= 5);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0);
    });
}

#[test]
fn a_backup_is_restored_into_an_empty_home_with_its_key_file() {
    let (installation, folder) = with_patients(2);
    let file = folder.path().join("monday.backup");
    back_up(&installation, &file);
    let key = folder.path().join("kept.key");
    fs::copy(installation.home.path().join(KEY_FILE), &key).unwrap();

    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("new/home");
    let refused = restore(&home, &file, None, false).unwrap_err();
    assert!(
        matches!(refused, StoreError::BackupKeyMissing { .. }),
        "{refused:?}"
    );
    let restored = restore(&home, &file, Some(&key), false).unwrap();
    assert_eq!((restored.kept, restored.kept_key), (None, None));
    assert_eq!(patients(&home), ["Ada 0", "Ada 1"]);
    assert!(!home.join("lunny.restoring").exists());
    for name in [FILE_NAME, KEY_FILE] {
        let mode = fs::metadata(home.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
    let store = Store::open(&home).unwrap();
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
    let restorations: i64 = raw(&home)
        .query_row(
            "SELECT count(*) FROM audit WHERE action = 'restore backup'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(restorations, 1);
}

#[test]
fn restoring_over_records_needs_consent_keeps_them_and_requires_sole_access() {
    let (installation, folder) = with_patients(1);
    let file = folder.path().join("monday.backup");
    back_up(&installation, &file);
    let access = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&installation.store, &access, "L-1", "Later");
    let home = installation.home.path();

    let refused = restore(home, &file, None, true).unwrap_err();
    assert!(
        matches!(refused, StoreError::NotAlone { .. }),
        "{refused:?}"
    );
    assert_eq!(names(&installation.store, &access, "").len(), 2);
    let Installation { home, store, .. } = installation;
    drop(store);
    let home = home.path();
    let refused = restore(home, &file, None, false).unwrap_err();
    assert!(
        matches!(refused, StoreError::HomeHasRecords { .. }),
        "{refused:?}"
    );
    assert_eq!(patients(home), ["Ada 0", "Later"]);

    let restored = restore(home, &file, None, true).unwrap();
    assert_eq!(patients(home), ["Ada 0"]);
    assert_eq!(restored.kept_key, None, "the key is the same");
    let kept = restored.kept.unwrap();
    let name = kept.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("lunny.db.before-restore-"), "{name}");
    // The stored old database is a backup like any other.
    restore(home, &kept, None, true).unwrap();
    assert_eq!(patients(home), ["Ada 0", "Later"]);
}

#[test]
fn a_backup_under_another_key_brings_its_key_and_the_old_one_is_stored() {
    let (installation, folder) = with_patients(1);
    let file = folder.path().join("monday.backup");
    back_up(&installation, &file);
    let key = installation.home.path().join(KEY_FILE);
    let (other, _other_folder) = with_patients(3);
    let Installation { home, store, .. } = other;
    drop(store);
    let old_key = fs::read(home.path().join(KEY_FILE)).unwrap();
    let refused = restore(home.path(), &file, None, true).unwrap_err();
    assert!(
        matches!(refused, StoreError::WrongKey { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("monday.backup"), "{refused}");

    let restored = restore(home.path(), &file, Some(&key), true).unwrap();
    assert_eq!(patients(home.path()), ["Ada 0"]);
    let kept_key = restored.kept_key.unwrap();
    assert_eq!(fs::read(&kept_key).unwrap(), old_key);
    restore(home.path(), &restored.kept.unwrap(), Some(&kept_key), true).unwrap();
    assert_eq!(patients(home.path()).len(), 3);
}

#[test]
fn a_damaged_database_is_replaced_and_a_damaged_backup_is_refused() {
    let (installation, folder) = with_patients(2);
    let file = folder.path().join("monday.backup");
    back_up(&installation, &file);
    let Installation { home, store, .. } = installation;
    drop(store);
    let whole = fs::read(&file).unwrap();
    for at in [4096 + 700, whole.len() - 50] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        let damaged = folder.path().join("damaged.backup");
        fs::write(&damaged, &bytes).unwrap();
        let refused = restore(home.path(), &damaged, None, true).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
        assert!(refused.to_string().contains("damaged.backup"), "{refused}");
    }
    let refused = restore(home.path(), &folder.path().join("none"), None, true).unwrap_err();
    assert!(
        matches!(refused, StoreError::BackupUnusable { .. }),
        "{refused:?}"
    );
    assert_eq!(patients(home.path()), ["Ada 0", "Ada 1"]);

    let database = home.path().join(FILE_NAME);
    fs::write(&database, vec![0x33; 8192]).unwrap();
    fs::set_permissions(&database, Permissions::from_mode(0o600)).unwrap();
    assert!(Store::open(home.path()).is_err());
    let consent = Consent {
        replace: true,
        ..Consent::default()
    };
    let unreadable = Present::Unreadable;
    let restored = restore_over(unreadable, home.path(), &file, None, consent).unwrap();
    assert_eq!(fs::read(restored.kept.unwrap()).unwrap(), vec![0x33; 8192]);
    assert_eq!(patients(home.path()), ["Ada 0", "Ada 1"]);
}
