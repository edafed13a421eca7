//! Encryption: content of the files, the key that opens them, and encrypting plain files.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lunny::store::{
    AttachmentKind, DatabaseKey, FILE_NAME, KeyKind, KeySource, MediaType, NewAttachment, NewKey,
    Passphrase, PatientChoice, Store, StoreError,
};

use crate::support::*;

const KEY_FILE: &str = "lunny.key";
const ADA: &str = "ada@example.org";

/// Texts that must not be found in any file: a patient's number, name, notes and path.
const SECRETS: [&str; 4] = [
    "Q-7731-XK",
    "Zsófia Wrzeszcz",
    "haemoptysis since Candlemas",
    "/scans/Q-7731-XK.dcm",
];

fn passphrase(text: &str) -> KeySource {
    KeySource {
        passphrase: Passphrase::new(text.to_owned()),
        new_database: KeyKind::Passphrase,
        ..KeySource::default()
    }
}

fn given(digits: &str) -> KeySource {
    KeySource {
        given: DatabaseKey::from_hexadecimal(digits),
        ..KeySource::default()
    }
}

/// A home with one account and one patient whose every field is one of the secrets.
fn with_records() -> Installation {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let mut patient = patient(SECRETS[0], SECRETS[1]);
    patient.notes = SECRETS[2].into();
    let choice = PatientChoice::New(patient);
    let exam = exam(SECRETS[0], 0.9);
    installation
        .store
        .save_exam(&access, &choice, &exam)
        .unwrap();
    installation
}

fn patients(store: &Store) -> Vec<String> {
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    names(store, &access, "")
}

/// Every encoding in which a secret may be in a file.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let texts = [
        secret.to_owned(),
        secret.to_lowercase(),
        secret.to_uppercase(),
    ];
    let words = secret.split_whitespace().map(str::to_owned);
    let mut spellings = Vec::new();
    for text in texts.into_iter().chain(words) {
        spellings.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        spellings.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        spellings.push(text.into_bytes());
    }
    // Shorter ones occur by chance in a megabyte of cipher text: "St." in one file of sixteen.
    spellings.retain(|spelling| spelling.len() >= 6);
    spellings
}

fn assert_nothing_plain_in(folder: &Path) {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        files += usize::from(bytes.len() > 1000);
        for secret in SECRETS.iter().chain(&[ADA, "St. Mary", "CREATE TABLE"]) {
            for spelling in spellings(secret) {
                let found = bytes.windows(spelling.len()).any(|part| part == spelling);
                assert!(!found, "{secret} in {}", path.display());
            }
        }
        if path
            .extension()
            .is_none_or(|extension| extension != "db-shm")
        {
            assert!(!bytes.starts_with(b"SQLite format 3"), "{}", path.display());
        }
    }
    assert!(files >= 1);
}

/// The plain database of an earlier version, in a home without a key.
fn plain_home(installation: &Installation) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(FILE_NAME);
    let source = installation.raw();
    source
        .execute(
            "ATTACH DATABASE ?1 AS plain KEY ''",
            [file.to_str().unwrap()],
        )
        .unwrap();
    source
        .query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))
        .unwrap();
    for name in ["application_id", "user_version"] {
        let value: i64 = source
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap();
        source.pragma_update(Some("plain"), name, value).unwrap();
    }
    source.execute_batch("DETACH DATABASE plain").unwrap();
    assert!(fs::read(&file).unwrap().starts_with(b"SQLite format 3"));
    home
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_files_contain_no_plain_text_of_a_patient_open_or_closed() {
    let installation = with_records();
    assert!(
        fs::metadata(installation.home.path().join("lunny.db-wal"))
            .unwrap()
            .len()
            > 1000
    );
    assert_nothing_plain_in(installation.home.path());
    let Installation { home, store, .. } = installation;
    drop(store);
    assert_nothing_plain_in(home.path());
    let key = home.path().join(KEY_FILE);
    assert_eq!(mode(&key), 0o600);
    let digits = fs::read_to_string(&key).unwrap();
    assert_eq!(digits.len(), 65);
    assert!(
        digits
            .trim_end()
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
    );
}

#[test]
fn a_change_of_one_byte_in_any_page_is_detected() {
    let Installation { home, store, .. } = with_records();
    drop(store);
    let file = home.path().join(FILE_NAME);
    let whole = fs::read(&file).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 20);
    for page in 0..pages {
        let mut bytes = whole.clone();
        bytes[page * 4096 + 97 + page % 3000] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let outcome = Store::open(home.path()).and_then(|store| store.check_every_page());
        match page {
            0 => assert!(
                matches!(outcome, Err(StoreError::WrongKey { .. })),
                "{outcome:?}"
            ),
            _ => assert!(
                matches!(outcome, Err(StoreError::Damaged { .. })),
                "page {page}: {outcome:?}"
            ),
        }
    }
    fs::write(&file, &whole).unwrap();
    assert!(Store::open(home.path()).unwrap().check_every_page().is_ok());
}

#[test]
fn each_problem_with_the_key_has_its_own_message_and_the_file_stays() {
    let Installation { home, store, .. } = with_records();
    drop(store);
    let key = home.path().join(KEY_FILE);
    let right = fs::read(&key).unwrap();
    let before = fs::read(home.path().join(FILE_NAME)).unwrap();
    let refusal = |say: &str| {
        let refused = Store::open(home.path()).unwrap_err();
        let sentence = refused.to_string();
        assert!(sentence.contains(say), "{sentence}");
        assert!(sentence.contains(&home.path().display().to_string()));
        assert_eq!(fs::read(home.path().join(FILE_NAME)).unwrap(), before);
        refused
    };
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        refusal("chmod 600"),
        StoreError::KeyFileExposed { .. }
    ));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, &right[..40]).unwrap();
    assert!(matches!(
        refusal("64 hexadecimal"),
        StoreError::KeyFileDamaged { .. }
    ));
    fs::write(&key, "5a".repeat(32)).unwrap();
    assert!(matches!(refusal("lunny.key"), StoreError::WrongKey { .. }));
    fs::remove_file(&key).unwrap();
    assert!(matches!(
        refusal("is missing"),
        StoreError::KeyFileMissing { .. }
    ));
    assert!(!key.exists(), "no new key for a database that has one");

    let digits = String::from_utf8(right).unwrap();
    assert_eq!(
        patients(&Store::open_with_key(home.path(), &given(digits.trim())).unwrap()),
        [SECRETS[1]]
    );
}

#[test]
fn a_given_key_needs_no_file_and_creates_none() {
    let home = tempfile::tempdir().unwrap();
    let digits = "c3".repeat(32);
    let store = Store::open_with_key(home.path(), &given(&digits)).unwrap();
    store.register(&registration("St. Mary", ADA)).unwrap();
    drop(store);
    assert!(!home.path().join(KEY_FILE).exists());
    assert!(matches!(
        Store::open(home.path()),
        Err(StoreError::KeyFileMissing { .. })
    ));
    assert!(matches!(
        Store::open_with_key(home.path(), &given(&"c4".repeat(32))),
        Err(StoreError::WrongKey { .. })
    ));
    assert!(Store::open_with_key(home.path(), &given(&digits)).is_ok());
}

#[test]
fn a_passphrase_opens_its_database_and_the_key_file_contains_no_key() {
    let home = tempfile::tempdir().unwrap();
    let right = passphrase("seven quiet herons wade");
    let asked = KeySource {
        new_database: KeyKind::Passphrase,
        ..KeySource::default()
    };
    assert!(Store::asks_for_passphrase(home.path(), &asked));
    assert!(matches!(
        Store::open_with_key(home.path(), &asked),
        Err(StoreError::PassphraseNeeded { new: true, .. })
    ));
    drop(Store::open_with_key(home.path(), &right).unwrap());
    let key = home.path().join(KEY_FILE);
    assert_eq!(fs::read_to_string(&key).unwrap(), "passphrase\n");
    assert_eq!(mode(&key), 0o600);
    assert!(Store::asks_for_passphrase(
        home.path(),
        &KeySource::default()
    ));
    assert!(matches!(
        Store::open(home.path()),
        Err(StoreError::PassphraseNeeded { new: false, .. })
    ));
    assert!(matches!(
        Store::open_with_key(home.path(), &passphrase("seven quiet herons walk")),
        Err(StoreError::WrongKey { .. })
    ));
    assert!(Store::open_with_key(home.path(), &right).is_ok());
    assert_eq!(Passphrase::new("too short".to_owned()), None);
}

#[test]
fn a_plain_database_is_encrypted_once_and_keeps_everything() {
    let installation = with_records();
    let home = plain_home(&installation);
    let store = Store::open(home.path()).unwrap();
    assert_eq!(patients(&store), [SECRETS[1]]);
    let raw = raw(home.path());
    for name in ["application_id", "user_version"] {
        let value = |connection: &rusqlite::Connection| -> i64 {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .unwrap()
        };
        assert_eq!(value(&raw), value(&installation.raw()));
    }
    drop((raw, store));
    assert_nothing_plain_in(home.path());
    assert_eq!(mode(&home.path().join(FILE_NAME)), 0o600);
    let key = fs::read(home.path().join(KEY_FILE)).unwrap();
    assert_eq!(patients(&Store::open(home.path()).unwrap()), [SECRETS[1]]);
    assert_eq!(fs::read(home.path().join(KEY_FILE)).unwrap(), key);
}

#[test]
fn remains_of_a_killed_encryption_are_cleaned_up() {
    let installation = with_records();
    // Killed before the encrypted copy was renamed: half a copy, a key, a part of a key file.
    let home = plain_home(&installation);
    let lay = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    };
    let digits = "d1".repeat(32);
    lay("lunny.db.next", &[0x5a; 5000]);
    lay("lunny.db.next-journal", &[0x5a; 600]);
    lay(KEY_FILE, digits.as_bytes());
    let store = Store::open(home.path()).unwrap();
    assert_eq!(patients(&store), [SECRETS[1]]);
    drop(store);
    assert_nothing_plain_in(home.path());
    assert!(!home.path().join("lunny.db.next").exists());
    assert!(!home.path().join("lunny.db.next-journal").exists());
    assert!(Store::open_with_key(home.path(), &given(&digits)).is_ok());
    // Killed afterwards: any file beside the database is to be removed.
    lay("lunny.db.next", &[0x5a; 5000]);
    drop(Store::open(home.path()).unwrap());
    assert!(!home.path().join("lunny.db.next").exists());
}

#[test]
fn a_plain_database_in_use_is_not_encrypted() {
    let installation = with_records();
    let home = plain_home(&installation);
    let file = home.path().join(FILE_NAME);
    // As an earlier version has it open: in WAL mode, with a read transaction.
    let earlier = rusqlite::Connection::open(&file).unwrap();
    let _: String = earlier
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .unwrap();
    earlier
        .execute("INSERT INTO failed_sign_in (at) VALUES (1)", [])
        .unwrap();
    let refused = Store::open(home.path()).unwrap_err();
    assert!(
        matches!(refused, StoreError::NotAlone { .. }),
        "{refused:?}"
    );
    earlier
        .execute("INSERT INTO failed_sign_in (at) VALUES (2)", [])
        .unwrap();
    drop(earlier);
    drop(Store::open(home.path()).unwrap());
    let rows: i64 = raw(home.path())
        .query_row("SELECT count(*) FROM failed_sign_in", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);
    assert_nothing_plain_in(home.path());
}

#[test]
fn after_a_rotation_only_the_new_key_opens() {
    let installation = with_records();
    let owner = installation.owner();
    let Installation { home, store, .. } = installation;
    let old = fs::read_to_string(home.path().join(KEY_FILE)).unwrap();

    let second = Store::open(home.path()).unwrap();
    let refused = store.rotate_key(&owner, &NewKey::File).unwrap_err();
    assert!(
        matches!(refused, StoreError::NotAlone { .. }),
        "{refused:?}"
    );
    assert_eq!(fs::read_to_string(home.path().join(KEY_FILE)).unwrap(), old);

    second.rotate_key(&owner, &NewKey::File).unwrap();
    let new = fs::read_to_string(home.path().join(KEY_FILE)).unwrap();
    assert_ne!(new, old);
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(matches!(
        Store::open_with_key(home.path(), &given(old.trim())),
        Err(StoreError::WrongKey { .. })
    ));
    let store = Store::open(home.path()).unwrap();
    assert_eq!(patients(&store), [SECRETS[1]]);
    let rotations: i64 = installation_log(home.path(), "rotate key");
    assert_eq!(rotations, 1);

    let phrase = passphrase("a canal below the hill");
    let new = NewKey::Passphrase(phrase.passphrase.clone().unwrap());
    store.rotate_key(&owner, &new).unwrap();
    assert!(matches!(
        Store::open(home.path()),
        Err(StoreError::PassphraseNeeded { new: false, .. })
    ));
    let store = Store::open_with_key(home.path(), &phrase).unwrap();
    assert_eq!(patients(&store), [SECRETS[1]]);
    store.rotate_key(&owner, &NewKey::File).unwrap();
    assert_eq!(patients(&Store::open(home.path()).unwrap()), [SECRETS[1]]);
}

#[test]
fn a_rotation_keeps_attached_files_and_pictures_readable() {
    let installation = with_records();
    let owner = installation.owner();
    let Installation { home, store, .. } = installation;
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    let patient = patient("P-77", "Ada");
    let patient = store.create_patient(&access, &patient).unwrap();
    // More than a page of the database and of the write-ahead log.
    let file = [&b"%PDF-1.7\n"[..], &[7; 3_000_000], b"\n%%EOF\n"].concat();
    let attached = store
        .attach_file(&access, patient, "letter.pdf", &file)
        .unwrap();
    let photo = NewAttachment {
        kind: AttachmentKind::Photo,
        media_type: MediaType::Jpeg,
        bytes: [&b"\xff\xd8\xff"[..], &[9; 200_000], b"\xff\xd9"].concat(),
    };
    let pictured = store.attach_photo(&access, patient, &photo).unwrap();
    store.rotate_key(&owner, &NewKey::File).unwrap();
    let store = Store::open(home.path()).unwrap();
    assert_eq!(store.attached_file(&access, attached).unwrap(), file);
    assert_eq!(store.attachment(&access, pictured).unwrap(), photo.bytes);
    assert_nothing_plain_in(home.path());
}

fn installation_log(home: &Path, action: &str) -> i64 {
    raw(home)
        .query_row(
            "SELECT count(*) FROM audit WHERE action = ?1",
            [action],
            |row| row.get(0),
        )
        .unwrap()
}

#[test]
fn a_rotation_that_was_killed_at_any_step_leaves_a_home_that_opens() {
    let installation = with_records();
    let owner = installation.owner();
    let Installation { home, store, .. } = installation;
    let path = |name: &str| home.path().join(name);
    drop(store);
    let old_key = fs::read(path(KEY_FILE)).unwrap();
    let old_database = fs::read(path(FILE_NAME)).unwrap();
    let store = Store::open(home.path()).unwrap();
    store.rotate_key(&owner, &NewKey::File).unwrap();
    let new_key = fs::read(path(KEY_FILE)).unwrap();
    let new_database = fs::read(path(FILE_NAME)).unwrap();

    // The files after each step: the next key written, the copy half made, the copy made, the database replaced.
    let half = &new_database[..8192];
    type Step<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);
    let steps: [Step<'_>; 4] = [
        (&old_database, None, &old_key),
        (&old_database, Some(half), &old_key),
        (&old_database, Some(&new_database), &old_key),
        (&new_database, None, &new_key),
    ];
    for (database, copy, in_force) in steps {
        for (name, bytes) in [
            (FILE_NAME, Some(database)),
            ("lunny.db.next", copy),
            (KEY_FILE, Some(&old_key[..])),
            ("lunny.key.next", Some(&new_key[..])),
        ] {
            let _ = fs::remove_file(path(name));
            if let Some(bytes) = bytes {
                fs::write(path(name), bytes).unwrap();
                fs::set_permissions(path(name), Permissions::from_mode(0o600)).unwrap();
            }
        }
        assert_eq!(patients(&Store::open(home.path()).unwrap()), [SECRETS[1]]);
        assert_eq!(fs::read(path(KEY_FILE)).unwrap(), in_force);
        assert!(!path("lunny.key.next").exists());
        assert!(!path("lunny.db.next").exists());
    }
}
