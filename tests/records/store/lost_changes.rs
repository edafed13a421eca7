//! A write-ahead log that is removed, cut or changed after LUNNY was killed: SQLite takes it for a shorter one, LUNNY does not.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use lunny::store::{
    AuditFault, FILE_NAME, HEAD_FILE_NAME, KeySource, Store, UNMATCHED_FILE_NAME, Verdict, examine,
};

use super::processes::{acknowledged, writer};
use crate::support::*;
use tempfile::TempDir;

const ADA: &str = "ada@example.org";

/// A home whose last process was killed while it wrote, with a write-ahead log.
fn killed() -> TempDir {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let Installation { home, store, .. } = installation;
    // The end of the last process that has the database open folds the log into it.
    drop(store);
    let mut process = writer(home.path(), "w-");
    let mut numbers = acknowledged(&mut process);
    assert_eq!(numbers.by_ref().take(12).count(), 12);
    process.kill().unwrap();
    process.wait().unwrap();
    home
}

fn newest_log(home: &Path) -> Verdict {
    let checks = examine(home, &KeySource::default(), Timestamp::now(), false);
    let check = checks.iter().find(|check| check.name == "newest log");
    check.unwrap().verdict
}

/// Changes the write-ahead log of a killed process and expects that this is noticed.
fn noticed(change: impl FnOnce(&Path)) {
    let killed = killed();
    let home = killed.path();
    let log = home.join(format!("{FILE_NAME}-wal"));
    assert!(log.exists());
    change(&log);
    assert_eq!(newest_log(home), Verdict::Problem);
    for start in 1..=2 {
        let store = Store::open(home).unwrap();
        let lost = store.lost_changes().expect("it is noticed");
        let said = lost.to_string();
        assert!(said.contains("may be missing"), "{said}");
        assert!(said.contains("newest backup"), "{said}");
        let fault = store.verify_audit(None).unwrap().fault.unwrap();
        assert!(
            matches!(fault, AuditFault::Cut { .. } | AuditFault::OtherHead { .. }),
            "start {start}: {fault:?}"
        );
        // Work goes on, and the log grows past the head that it lacks.
        let access = store.sign_in(ADA, PASSWORD).unwrap().access;
        for number in 0..20 {
            save(&store, &access, &format!("{start}-{number}"), "Bo Ek");
        }
    }
    assert_eq!(newest_log(home), Verdict::Problem);
    fs::remove_file(home.join(UNMATCHED_FILE_NAME)).unwrap();
    assert_eq!(newest_log(home), Verdict::Ok);
    let store = Store::open(home).unwrap();
    assert_eq!(store.lost_changes(), None);
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
}

#[test]
fn a_removed_log_is_noticed() {
    noticed(|log| fs::remove_file(log).unwrap());
}

#[test]
fn a_cut_log_is_noticed() {
    noticed(|log| {
        let length = fs::metadata(log).unwrap().len();
        let file = fs::File::options().write(true).open(log).unwrap();
        file.set_len(length / 2).unwrap();
    });
}

#[test]
fn a_log_with_one_changed_byte_is_noticed() {
    noticed(|log| {
        let mut bytes = fs::read(log).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(log, bytes).unwrap();
    });
}

#[test]
fn a_killed_process_an_older_head_and_a_missing_head_are_no_fault() {
    let killed = killed();
    let home = killed.path();
    let head = home.join(HEAD_FILE_NAME);
    let older = fs::read(&head).unwrap();
    assert_eq!(newest_log(home), Verdict::Ok);
    let store = Store::open(home).unwrap();
    assert_eq!(store.lost_changes(), None);
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &access, "later", "Bo Ek");
    drop(store);
    assert_ne!(fs::read(&head).unwrap(), older);
    // As if it had been killed between the commit and the head.
    fs::write(&head, older).unwrap();
    assert_eq!(Store::open(home).unwrap().lost_changes(), None);
    fs::remove_file(&head).unwrap();
    assert_eq!(newest_log(home), Verdict::Ok);
    assert_eq!(Store::open(home).unwrap().lost_changes(), None);
    fs::write(&head, "not a head").unwrap();
    assert_eq!(newest_log(home), Verdict::Warning);
    assert_eq!(Store::open(home).unwrap().lost_changes(), None);
    assert_eq!(newest_log(home), Verdict::Ok);
}

#[test]
fn an_older_database_in_place_of_the_records_is_noticed() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let owner = installation.owner();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday.backup");
    installation.store.back_up(&owner, &backup, false).unwrap();
    save(&installation.store, &access, "P-1", "Bo Ek");
    let Installation { home, store, .. } = installation;
    drop(store);
    let file = home.path().join(FILE_NAME);
    let newest = fs::read(&file).unwrap();
    fs::copy(&backup, &file).unwrap();
    assert!(Store::open(home.path()).unwrap().lost_changes().is_some());
    // The newest records come back: nothing is missing any more.
    fs::write(&file, newest).unwrap();
    fs::remove_file(home.path().join(HEAD_FILE_NAME)).unwrap();
    assert_eq!(Store::open(home.path()).unwrap().lost_changes(), None);
}
