//! Final deletion: no row, no byte and no id is left, and the log stays.

use std::fs;

use lunny::store::{AttachmentKind, PatientChoice, Store};
use rusqlite::{Connection, ffi};

use super::deletion::{full, nodule};
use super::processes::assert_sound;
use crate::support::*;

const ADA: &str = "ada@example.org";

/// Number of rows of every table except those of accounts and the audit log.
fn rows(installation: &Installation) -> Vec<(String, i64)> {
    let raw = installation.raw();
    [
        "patient",
        "patient_version",
        "exam",
        "exam_circumstances",
        "nodule",
        "lesion_rejection",
        "attachment",
        "attached_file",
        "report",
        "draft",
    ]
    .map(|table| {
        let sql = format!("SELECT count(*) FROM {table}");
        let count = raw.query_row(&sql, [], |row| row.get(0)).unwrap();
        (table.to_owned(), count)
    })
    .to_vec()
}

#[test]
fn final_deletion_removes_all_rows_of_the_record_and_no_other() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    full(store, &access, "P-1", "Ada");
    let before = rows(&installation);
    let gone = full(store, &access, "P-2", "Bo");
    store.delete_patient(&access, gone.patient).unwrap();
    store.purge_patient(&access, gone.patient).unwrap();
    assert_eq!(rows(&installation), before);
    let exams = PatientChoice::New(patient("P-2", "Cy"));
    let another = store.save_exam(&access, &exams, &exam("P-2", 0.1)).unwrap();
    assert!(!another.already_saved, "the number is free again");

    let choice = PatientChoice::Existing(another.patient);
    let second = store.save_exam(&access, &choice, &exam("f", 0.1)).unwrap();
    store.add_nodule(&access, second.exam, &nodule()).unwrap();
    store.write_report(&access, second.exam, "text").unwrap();
    store.delete_exam(&access, second.exam).unwrap();
    store.purge_exam(&access, second.exam).unwrap();
    let record = store.patient(&access, another.patient).unwrap();
    assert_eq!(record.exams.len(), 1);
    assert_sound(&installation.raw());
}

#[test]
fn no_id_is_reused_and_the_log_of_finally_deleted_records_stays() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let gone = full(store, &access, "P-1", "Ada");
    let nodules = |exam| store.reading(&access, exam).unwrap().reading.nodules;
    let nodule_id = nodules(gone.exam)[0].id;
    let picture = store.attachments(&access, gone.patient).unwrap()[0].id;
    let report = store.reports(&access, gone.exam).unwrap()[0].id;
    let logged = "SELECT count(*) FROM audit";
    let count = || -> i64 {
        installation
            .raw()
            .query_row(logged, [], |row| row.get(0))
            .unwrap()
    };
    store.delete_patient(&access, gone.patient).unwrap();
    let before = count();
    store.purge_patient(&access, gone.patient).unwrap();
    assert_eq!(count(), before + 1);
    let last: (String, String, i64) = installation
        .raw()
        .query_row(
            "SELECT action, object_kind, object_id FROM audit ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let purged = (
        "purge patient".to_owned(),
        "patient".to_owned(),
        gone.patient.0,
    );
    assert_eq!(last, purged);

    let next = full(store, &access, "P-1", "Bo");
    assert!(next.patient > gone.patient && next.exam > gone.exam);
    assert!(nodules(next.exam)[0].id > nodule_id);
    assert!(store.attachments(&access, next.patient).unwrap()[2].id > picture);
    assert!(store.reports(&access, next.exam).unwrap()[0].id > report);
}

/// Every page of the database as read with the key, including deleted data that was not overwritten.
#[expect(
    unsafe_code,
    reason = "rusqlite gives no copy of an encrypted database's pages"
)]
fn pages(raw: &Connection) -> Vec<u8> {
    let mut bytes = 0;
    // SAFETY: the connection is open, and the returned memory belongs to this function until it is freed below.
    unsafe {
        let first = ffi::sqlite3_serialize(raw.handle(), c"main".as_ptr(), &raw mut bytes, 0);
        assert!(!first.is_null());
        let length = usize::try_from(bytes).unwrap();
        let pages = std::slice::from_raw_parts(first, length).to_vec();
        ffi::sqlite3_free(first.cast());
        pages
    }
}

#[test]
fn no_byte_of_finally_deleted_records_is_left_in_the_file_or_its_log() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    full(store, &access, "P-1", "Keeper");
    let gone = full(store, &access, "P-2", "Leaver");
    // Large enough to fill whole pages.
    let large = picture(AttachmentKind::Photo, &"leaving picture ".repeat(9_000));
    store.attach_photo(&access, gone.patient, &large).unwrap();
    let report = "leaving report ".repeat(3_000);
    store.write_report(&access, gone.exam, &report).unwrap();
    full(store, &access, "P-3", "Stayer");
    let words: [&[u8]; 7] = [
        b"Leaver",
        // In the folded form of the search.
        b"leaver",
        b"leaving picture",
        b"leaving report",
        b"photo P-2",
        b"report of Leaver",
        b"draft of Leaver",
    ];
    let holds = |word: &[u8]| {
        let pages = pages(&installation.raw());
        pages.windows(word.len()).any(|bytes| bytes == word)
    };
    store.delete_patient(&access, gone.patient).unwrap();
    for word in words {
        assert!(holds(word), "{}", String::from_utf8_lossy(word));
    }
    store.purge_patient(&access, gone.patient).unwrap();
    let log = fs::metadata(installation.home.path().join("lunny.db-wal")).unwrap();
    assert_eq!(log.len(), 0, "the log is emptied");
    for word in words {
        assert!(!holds(word), "{}", String::from_utf8_lossy(word));
    }
    for word in [&b"Keeper"[..], b"photo P-3", b"report of Stayer"] {
        assert!(holds(word), "{}", String::from_utf8_lossy(word));
    }
    assert_sound(&installation.raw());
    let other = Store::open(installation.home.path()).unwrap();
    assert_eq!(names(&other, &access, "").len(), 2);
}

#[test]
fn final_deletion_succeeds_beside_a_long_running_reader() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let gone = full(&installation.store, &access, "P-1", "Ada");
    installation
        .store
        .delete_patient(&access, gone.patient)
        .unwrap();
    let reader = installation.raw();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM patient")
        .unwrap();
    installation
        .store
        .purge_patient(&access, gone.patient)
        .unwrap();
    let seen: i64 = reader
        .query_row("SELECT count(*) FROM patient", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, 1, "the reader's view stays consistent");
    reader.execute_batch("COMMIT").unwrap();
    assert!(
        installation
            .store
            .deleted_records(&access, 0)
            .unwrap()
            .is_empty()
    );
}
