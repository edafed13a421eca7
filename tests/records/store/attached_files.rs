//! Files attached to a record: stored, listed, copied, deleted, restored, finally deleted, and closed to other hospitals.

use std::fs;

use lunny::store::{
    Access, AttachedFileId, Consent, DeletedKind, FileFault, FileLimits, FileType, KeySource,
    MergePlan, PatientId, Present, Restoring, Role, Store, StoreError,
};

use super::processes::assert_sound;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

fn pdf(content: &str) -> Vec<u8> {
    format!("%PDF-1.7\n{content}\n%%EOF\n").into_bytes()
}

fn attach(store: &Store, access: &Access, patient: PatientId, name: &str) -> AttachedFileId {
    (store.attach_file(access, patient, name, &pdf(name))).unwrap()
}

fn record(installation: &Installation, access: &Access, number: &str) -> PatientId {
    let patient = patient(number, "Ada");
    installation.store.create_patient(access, &patient).unwrap()
}

fn names(store: &Store, access: &Access, patient: PatientId) -> Vec<String> {
    let files = store.attached_files(access, patient).unwrap();
    files.into_iter().map(|file| file.name).collect()
}

#[test]
fn a_file_is_returned_byte_for_byte_and_listed_with_user_and_type() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = record(&installation, &access, "P-1");
    let jpeg = [&b"\xff\xd8\xff"[..], &[7; 3_000_000]].concat();
    let store = &installation.store;
    let first = attach(store, &access, id, "/scans/letter.pdf");
    // The content decides the type, and the name keeps its wrong ending.
    let second = store.attach_file(&access, id, "photo.pdf", &jpeg).unwrap();
    let files = store.attached_files(&access, id).unwrap();
    let told = |at: usize| (&*files[at].name, files[at].file_type, files[at].bytes_len);
    assert_eq!(told(0), ("photo.pdf", FileType::Jpeg, 3_000_003));
    assert_eq!(told(1).0, "letter.pdf");
    assert_eq!(files[0].created_by, "Ada Byron");
    assert_eq!(store.attached_file(&access, second).unwrap(), jpeg);
    assert_eq!(
        store.copy_attached_file(&access, first).unwrap(),
        pdf("/scans/letter.pdf")
    );
    assert_eq!(store.patient(&access, id).unwrap().files, 2);
    for (action, count) in [
        ("add attachment", 2),
        ("list attachments", 1),
        ("view attachment", 1),
        ("copy attachment", 1),
    ] {
        assert_eq!(installation.logged(action, "done"), count, "{action}");
    }
    let log = store.patient_log(&access, id, 50).unwrap();
    assert!(log.iter().any(|entry| entry.action == "copy attachment"));
    assert!(store.verify_audit(None).unwrap().fault.is_none());
}

#[test]
fn the_same_file_is_attached_once() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = record(&installation, &access, "P-1");
    let other = record(&installation, &access, "P-2");
    let store = &installation.store;
    let first = attach(store, &access, id, "a.pdf");
    let again = store.attach_file(&access, id, "b.pdf", &pdf("a.pdf"));
    assert_eq!(again.unwrap(), first);
    assert_ne!(attach(store, &access, other, "a.pdf"), first);
    assert_eq!(installation.logged("add attachment", "done"), 2);
}

#[test]
fn an_unfit_file_is_refused_with_the_reason() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = record(&installation, &access, "P-1");
    let store = (installation.store.clone()).with_file_limits(FileLimits::of_megabytes(1, 2));
    let refused = |bytes: &[u8]| match store.attach_file(&access, id, "x.pdf", bytes) {
        Err(StoreError::InvalidFile(fault)) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b""), FileFault::Empty);
    for other in [&b"MZ\x90"[..], b"PK\x03\x04", b"<html>", b"GIF89a"] {
        assert_eq!(refused(other), FileFault::OtherType, "{other:?}");
    }
    let sized = |letter: &str, bytes: usize| {
        let mut file = pdf(letter);
        file.resize(bytes, b' ');
        file
    };
    let too_large = FileFault::TooLarge { megabytes: 1 };
    assert_eq!(refused(&sized("a", (1 << 20) + 1)), too_large);
    for letter in ["a", "b"] {
        let file = sized(letter, 1 << 20);
        store.attach_file(&access, id, "x.pdf", &file).unwrap();
    }
    assert_eq!(
        refused(&pdf("one more")),
        FileFault::RecordFull { megabytes: 2 }
    );
    // A deleted file makes room.
    let newest = store.attached_files(&access, id).unwrap()[0].id;
    store.delete_attached_file(&access, newest).unwrap();
    attach(&store, &access, id, "one more");
    for name in hostile() {
        let file = pdf(&format!("named {}", name.len()));
        let _ = store.attach_file(&access, id, &name, &file).unwrap();
    }
}

#[test]
fn a_deleted_file_is_listed_restored_and_deleted_for_good_by_an_administrator() {
    let installation = installation();
    let store = &installation.store;
    let administrator = installation.enter("St. Mary", ADA);
    let technician = installation.enter_as("St. Mary", BO, Role::Technician);
    let id = record(&installation, &technician, "P-1");
    let file = attach(store, &technician, id, "secret-planted-words.pdf");
    let purge = |access| store.purge_attached_file(access, file);
    assert!(matches!(purge(&administrator), Err(StoreError::NotDeleted)));
    store.delete_attached_file(&technician, file).unwrap();
    assert!(names(store, &technician, id).is_empty());
    let read = store.attached_file(&technician, file);
    assert!(matches!(read, Err(StoreError::NoSuchFile)));
    let listed = store.deleted_records(&technician, 0).unwrap();
    let DeletedKind::File {
        file: gone, name, ..
    } = &listed[0].kind
    else {
        panic!("a file: {listed:?}");
    };
    assert_eq!((*gone, &**name), (file, "secret-planted-words.pdf"));
    assert_eq!(listed[0].dependents.files, 1);
    store.restore_attached_file(&technician, file).unwrap();
    let again = store.restore_attached_file(&technician, file);
    assert!(matches!(again, Err(StoreError::NoSuchFile)));
    assert_eq!(names(store, &technician, id), ["secret-planted-words.pdf"]);

    store.delete_attached_file(&technician, file).unwrap();
    let twin = attach(store, &technician, id, "secret-planted-words.pdf");
    let twice = store.restore_attached_file(&technician, file);
    assert!(matches!(twice, Err(StoreError::FileAttachedAgain)));
    assert!(matches!(
        purge(&technician),
        Err(StoreError::NotAllowed { .. })
    ));
    purge(&administrator).unwrap();
    assert!(matches!(purge(&administrator), Err(StoreError::NoSuchFile)));
    assert_eq!(names(store, &technician, id).len(), 1);
    assert_ne!(attach(store, &technician, id, "next.pdf"), file);
    // With the patient, everything else goes as well.
    store.delete_patient(&technician, id).unwrap();
    let hidden = store.attached_file(&technician, twin);
    assert!(matches!(hidden, Err(StoreError::NoSuchFile)));
    let hidden = store.delete_attached_file(&technician, twin);
    assert!(matches!(hidden, Err(StoreError::NoSuchFile)));
    store.purge_patient(&administrator, id).unwrap();
    let rows = "SELECT count(*) FROM attached_file";
    let left: i64 = installation
        .raw()
        .query_row(rows, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
    assert_sound(&installation.raw());
}

#[test]
fn attachments_are_closed_to_another_hospital_and_after_signing_out() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let id = record(&installation, &owner, "P-1");
    let file = attach(store, &owner, id, "a.pdf");
    for refused in [
        store.attached_files(&stranger, id).map(|_| ()),
        store
            .attach_file(&stranger, id, "b.pdf", &pdf("b"))
            .map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchPatient)));
    }
    for id in [file, AttachedFileId(0), AttachedFileId(i64::MAX)] {
        for refused in [
            store.attached_file(&stranger, id).map(|_| ()),
            store.copy_attached_file(&stranger, id).map(|_| ()),
            store.delete_attached_file(&stranger, id),
            store.restore_attached_file(&stranger, id),
            store.purge_attached_file(&stranger, id),
        ] {
            assert!(
                matches!(refused, Err(StoreError::NoSuchFile)),
                "{refused:?}"
            );
        }
    }
    store.delete_attached_file(&owner, file).unwrap();
    assert!(store.deleted_records(&stranger, 0).unwrap().is_empty());
    let purged = store.purge_attached_file(&stranger, file);
    assert!(matches!(purged, Err(StoreError::NoSuchFile)));
    store.sign_out(&owner).unwrap();
    let late = store.restore_attached_file(&owner, file);
    assert!(matches!(late, Err(StoreError::SignedOut)));
}

#[test]
fn a_changed_file_is_not_returned() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = record(&installation, &access, "P-1");
    let file = attach(&installation.store, &access, id, "a.pdf");
    let raw = installation.raw();
    let damage = "UPDATE attached_file SET bytes = zeroblob(length(bytes))";
    assert!(raw.execute(damage, []).is_err(), "it cannot be changed");
    raw.execute_batch("DROP TRIGGER attached_file_stays_as_it_was")
        .unwrap();
    raw.execute(damage, []).unwrap();
    let read = installation.store.attached_file(&access, file);
    assert!(matches!(read, Err(StoreError::FileDamaged { .. })));
}

#[test]
fn attachments_are_encrypted_at_rest_and_part_of_every_backup() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let id = record(&installation, &access, "P-1");
    let planted = "Planted words within the file";
    let file = store
        .attach_file(&access, id, "a.pdf", &pdf(planted))
        .unwrap();
    for entry in fs::read_dir(installation.home.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap_or_default();
        let found = bytes
            .windows(20)
            .any(|part| planted.as_bytes().starts_with(part));
        assert!(!found);
    }
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    store
        .back_up(&installation.owner(), &backup, false)
        .unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let key = installation.home.path().join("lunny.key");
    let source = KeySource::default();
    let restoring =
        Restoring::begin(&home, &Present::Nothing, &backup, Some(&key), &source).unwrap();
    let consent = Consent {
        replace: true,
        older: true,
        foreign: true,
    };
    let of_the_backup = owner(restoring.store(), ADA);
    restoring
        .finish(Present::Nothing, Some(&of_the_backup), consent)
        .unwrap();
    let restored = Store::open(&home).unwrap();
    let access = restored.sign_in(ADA, PASSWORD).unwrap().access;
    assert_eq!(restored.attached_file(&access, file).unwrap(), pdf(planted));
}

#[test]
fn attachments_move_with_a_merge_and_back_with_its_undoing() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let kept = record(&installation, &access, "P-1");
    let merged = record(&installation, &access, "P-2");
    attach(store, &access, kept, "both.pdf");
    attach(store, &access, merged, "both.pdf");
    let file = attach(store, &access, merged, "one.pdf");
    let plan = MergePlan {
        kept,
        merged,
        kept_revision: 1,
        merged_revision: 1,
        result: store.patient(&access, kept).unwrap().patient,
    };
    let merge = store.merge_patients(&access, &plan).unwrap().merge;
    assert_eq!(names(store, &access, kept), ["one.pdf", "both.pdf"]);
    assert!(store.attached_file(&access, file).is_ok());
    store.unmerge_patients(&access, merge).unwrap();
    assert_eq!(names(store, &access, kept), ["both.pdf"]);
    assert_eq!(names(store, &access, merged), ["one.pdf", "both.pdf"]);
    assert_sound(&installation.raw());
}
