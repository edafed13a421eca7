use lunny::record_report;
use lunny::store::{
    ATTACHMENT_BYTES, Access, AttachmentId, AttachmentKind, MediaType, NewAttachment,
    PatientChoice, PatientId, Store, StoreError,
};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

const KEY: AttachmentKind = AttachmentKind::KeyImage;
const HEAT: AttachmentKind = AttachmentKind::HeatMap;
const PHOTO: AttachmentKind = AttachmentKind::Photo;

fn photo(store: &Store, access: &Access, id: PatientId, content: &str) -> AttachmentId {
    let photo = picture(PHOTO, content);
    store.attach_photo(access, id, &photo).unwrap()
}

#[test]
fn pictures_of_an_exam_are_read_byte_for_byte() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let jpeg = NewAttachment {
        kind: HEAT,
        media_type: MediaType::Jpeg,
        bytes: [&b"\xff\xd8\xff"[..], &[0; 5000], b"\xff\xd9"].concat(),
    };
    let given = [
        picture(KEY, "\0 any bytes '); DROP TABLE attachment;--"),
        jpeg,
    ];
    let saved = store
        .save_exam_with(&access, &choice, &exam("f", 0.9), &given)
        .unwrap();
    let mut kept = store.attachments(&access, saved.patient).unwrap();
    kept.reverse();
    assert_eq!(kept.len(), 2);
    for (kept, given) in kept.iter().zip(&given) {
        assert_eq!(kept.exam, Some(saved.exam));
        assert_eq!((kept.kind, kept.media_type), (given.kind, given.media_type));
        assert_eq!(kept.bytes_len, given.bytes.len() as u64);
        assert_eq!(store.attachment(&access, kept.id).unwrap(), given.bytes);
    }
    // Output of `sha256sum` for 5000 zero bytes between the marks of a JPEG file.
    let hash = "a64bc2ae48266819b2a3636ee4f8b6538e8f59feb2a996ed983dc727335747c6";
    assert_eq!(kept[1].sha256, hash);
}

#[test]
fn a_picture_is_stored_once_per_exam_and_kind() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let twice = [picture(KEY, "a"), picture(KEY, "a"), picture(HEAT, "a")];
    let first = store
        .save_exam_with(&access, &choice, &exam("f", 0.9), &twice)
        .unwrap();
    let kinds = || -> Vec<AttachmentKind> {
        let kept = store.attachments(&access, first.patient).unwrap();
        kept.into_iter().map(|kept| kept.kind).collect()
    };
    assert_eq!(kinds(), [HEAT, KEY]);
    // Saving the same exam again adds the pictures that it lacks.
    let choice = PatientChoice::Existing(first.patient);
    let more = [picture(KEY, "a"), picture(KEY, "b")];
    let again = store
        .save_exam_with(&access, &choice, &exam("f", 0.9), &more)
        .unwrap();
    assert!(again.already_saved);
    assert_eq!(kinds(), [KEY, HEAT, KEY]);
    // Another exam has separate pictures.
    store
        .save_exam_with(&access, &choice, &exam("g", 0.9), &more)
        .unwrap();
    assert_eq!(kinds().len(), 5);
    let one = photo(store, &access, first.patient, "a");
    assert_eq!(photo(store, &access, first.patient, "a"), one);
    assert_ne!(photo(store, &access, first.patient, "b"), one);
    assert_eq!(kinds().len(), 7);
}

#[test]
fn an_incomplete_picture_is_refused_and_nothing_is_saved() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let id = save(store, &access, "P-1", "Ada").patient;
    let whole = picture(KEY, "content").bytes;
    let png = |bytes: &[u8]| NewAttachment {
        kind: KEY,
        media_type: MediaType::Png,
        bytes: bytes.to_vec(),
    };
    let mut as_jpeg = png(&whole);
    as_jpeg.media_type = MediaType::Jpeg;
    let mut short_jpeg = png(b"\xff\xd8\xff\xd9");
    short_jpeg.media_type = MediaType::Jpeg;
    let huge = picture(KEY, &"x".repeat(ATTACHMENT_BYTES - 19));
    let mut unfit = vec![as_jpeg, short_jpeg, huge, picture(PHOTO, "a"), png(b"BM12")];
    unfit.extend((0..whole.len()).map(|end| png(&whole[..end])));
    let choice = PatientChoice::New(patient("P-2", "Bo"));
    for new in unfit {
        let refused = store.save_exam_with(&access, &choice, &exam("f", 0.1), &[new]);
        assert!(
            matches!(refused, Err(StoreError::InvalidAttachment(_))),
            "{refused:?}"
        );
    }
    for new in [picture(KEY, "a"), picture(HEAT, "a")] {
        let refused = store.attach_photo(&access, id, &new);
        assert!(matches!(refused, Err(StoreError::InvalidAttachment(_))));
    }
    assert_eq!(find(store, &access, "").rows.len(), 1);
    assert!(store.attachments(&access, id).unwrap().is_empty());
}

#[test]
fn the_largest_picture_is_stored_completely() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    let largest = picture(PHOTO, &"x".repeat(ATTACHMENT_BYTES - 20));
    assert_eq!(largest.bytes.len(), ATTACHMENT_BYTES);
    let kept = installation
        .store
        .attach_photo(&access, id, &largest)
        .unwrap();
    assert!(installation.store.attachment(&access, kept).unwrap() == largest.bytes);
}

#[test]
fn too_many_pictures_are_refused() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let all: Vec<_> = (0..101).map(|n| picture(KEY, &n.to_string())).collect();
    let saving = |pictures| {
        installation
            .store
            .save_exam_with(&access, &choice, &exam("f", 0.1), pictures)
    };
    let refused = saving(&all);
    assert!(matches!(refused, Err(StoreError::InvalidAttachment(_))));
    assert_eq!(find(&installation.store, &access, "").rows.len(), 0);
    saving(&all[..100]).unwrap();
}

#[test]
fn changed_bytes_are_not_returned() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = save(&installation.store, &access, "P-1", "Ada").patient;
    let kept = photo(&installation.store, &access, id, "content");
    let raw = installation.raw();
    let cut = "UPDATE attachment SET bytes = substr(bytes, 1, length(bytes) - 1)";
    assert!(raw.execute(cut, []).is_err(), "a picture cannot be changed");
    raw.execute_batch("DROP TRIGGER attachment_is_never_changed")
        .unwrap();
    for damage in [cut, "UPDATE attachment SET bytes = zeroblob(length(bytes))"] {
        raw.execute(damage, []).unwrap();
        let read = installation.store.attachment(&access, kept);
        assert!(
            matches!(read, Err(StoreError::AttachmentDamaged { id }) if id == kept.0),
            "{damage}"
        );
    }
}

#[test]
fn pictures_are_closed_to_another_hospital_and_deleted_with_their_exam() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let saved = store
        .save_exam_with(&owner, &choice, &exam("f", 0.9), &[picture(KEY, "a")])
        .unwrap();
    let of_exam = store.attachments(&owner, saved.patient).unwrap()[0].id;
    let of_patient = photo(store, &owner, saved.patient, "a");

    for id in [of_exam, of_patient, AttachmentId(0), AttachmentId(i64::MAX)] {
        let read = store.attachment(&stranger, id);
        assert!(matches!(read, Err(StoreError::NoSuchAttachment)));
    }
    let existing = PatientChoice::Existing(saved.patient);
    let pictures = [picture(KEY, "b")];
    for refused in [
        store.attachments(&stranger, saved.patient).map(|_| ()),
        store
            .attach_photo(&stranger, saved.patient, &picture(PHOTO, "b"))
            .map(|_| ()),
        store
            .save_exam_with(&stranger, &existing, &exam("f", 0.9), &pictures)
            .map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchPatient)));
    }
    store.delete_exam(&owner, saved.exam).unwrap();
    let read = store.attachment(&owner, of_exam);
    assert!(matches!(read, Err(StoreError::NoSuchAttachment)));
    let left = store.attachments(&owner, saved.patient).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, of_patient);
    store.restore_exam(&owner, saved.exam).unwrap();
    assert!(store.attachment(&owner, of_exam).is_ok());
    // No program can move a picture of one patient's exam to another patient.
    let other = save(store, &owner, "P-2", "Bo").patient;
    let raw = installation.raw();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    let astray = raw.execute(
        "INSERT INTO attachment (patient_id, hospital_id, exam_id, kind, media_type, sha256,
                                 created_by, created_at, bytes)
         SELECT ?1, hospital_id, exam_id, kind, media_type, sha256, created_by, created_at, bytes
         FROM attachment WHERE id = ?2",
        [other.0, of_exam.0],
    );
    assert!(astray.is_err());
    store.sign_out(&owner).unwrap();
    let late = store.attachment(&owner, of_patient);
    assert!(matches!(late, Err(StoreError::SignedOut)));
}

#[test]
fn a_removed_photo_is_erased_from_the_file_and_an_earlier_one_is_the_newest_again() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let saved = store
        .save_exam_with(&access, &choice, &exam("f", 0.9), &[picture(KEY, "a")])
        .unwrap();
    let of_exam = store.attachments(&access, saved.patient).unwrap()[0].id;
    let first = photo(store, &access, saved.patient, "first");
    let second = photo(store, &access, saved.patient, "second");
    for (who, id) in [(&stranger, second), (&access, of_exam)] {
        let refused = store.remove_photo(who, id);
        assert!(matches!(refused, Err(StoreError::NoSuchAttachment)));
    }
    store.remove_photo(&access, second).unwrap();
    let newest = &store.attachments(&access, saved.patient).unwrap()[0];
    assert_eq!(newest.id, first);
    let read = store.attachment(&access, second);
    assert!(matches!(read, Err(StoreError::NoSuchAttachment)));
    let again = store.remove_photo(&access, second);
    assert!(matches!(again, Err(StoreError::NoSuchAttachment)));
    assert_eq!(installation.logged("remove photo", "done"), 1);
    store.delete_patient(&access, saved.patient).unwrap();
    let hidden = store.remove_photo(&access, first);
    assert!(matches!(hidden, Err(StoreError::NoSuchAttachment)));
}

#[test]
fn a_changed_photo_is_the_last_change_of_the_record() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let id = store.create_patient(&ada, &patient("P-1", "Cy")).unwrap();
    let changed = || store.patient(&ada, id).unwrap().photo_changed;
    assert_eq!(changed(), None);
    let kept = photo(store, &ada, id, "first");
    let first = changed().unwrap();
    assert_eq!(first.1, "Ada Byron");
    // The same photo again changes nothing.
    photo(store, &ada, id, "first");
    assert_eq!(changed().unwrap(), first);
    store.remove_photo(&ada, kept).unwrap();
    assert!(changed().unwrap().0 > first.0);
    let account = store.sign_in(ADA, PASSWORD).unwrap().account;
    let report = record_report::gather(store, &ada, &account, id).unwrap();
    assert_eq!(report.changed_at, changed().unwrap().0);
    assert_eq!(store.patient(&ada, id).unwrap().revision, 1);
}
