use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lunny::clinical::assessment::{Classification, Reader};
use lunny::clinical::patient::Field;
use lunny::store::{Column, FILE_NAME, Order, PatientChoice, PatientQuery, Store, StoreError};
use rusqlite::Connection;

use crate::support::*;

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Opening fails, the message names the path, and the file is unchanged.
fn refusal(home: &Path) -> StoreError {
    let file = home.join(FILE_NAME);
    let before = fs::read(&file).ok();
    let refused = Store::open(home).unwrap_err();
    assert_eq!(
        fs::read(&file).ok(),
        before,
        "a refused file stays as it was"
    );
    let sentence = refused.to_string();
    assert!(sentence.contains(&home.display().to_string()), "{sentence}");
    assert!(!sentence.contains('\n'));
    refused
}

#[test]
fn a_new_home_is_created_with_its_parents_for_its_owner_only() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("share/lunny");
    let store = Store::open(&home).unwrap();
    store
        .register(&registration("St. Mary", "ada@example.org"))
        .unwrap();
    assert_eq!(mode(&home), 0o700);
    for name in ["lunny.db", "lunny.db-wal", "lunny.db-shm"] {
        assert_eq!(mode(home.join(name)), 0o600, "{name}");
    }
}

#[test]
fn an_empty_home_that_others_could_read_is_closed() {
    let root = tempfile::tempdir().unwrap();
    set_mode(root.path(), 0o755);
    Store::open(root.path()).unwrap();
    assert_eq!(mode(root.path()), 0o700);
}

#[test]
fn a_folder_with_other_files_keeps_its_mode_but_the_database_is_closed() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("letter.txt"), "").unwrap();
    set_mode(root.path(), 0o755);
    Store::open(root.path()).unwrap();
    assert_eq!(mode(root.path()), 0o755);
    assert_eq!(mode(root.path().join(FILE_NAME)), 0o600);
}

#[test]
fn a_database_that_others_could_read_is_closed_when_it_is_opened() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join(FILE_NAME);
    drop(Store::open(root.path()).unwrap());
    set_mode(&file, 0o644);
    let store = Store::open(root.path()).unwrap();
    store
        .register(&registration("St. Mary", "ada@example.org"))
        .unwrap();
    for name in ["lunny.db", "lunny.db-wal", "lunny.db-shm"] {
        assert_eq!(mode(root.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn saved_records_are_there_after_reopening() {
    let installation = installation();
    let access = installation.enter("St. Mary", "ada@example.org");
    save(&installation.store, &access, "P-1", "Ada");
    let Installation { home, store, .. } = installation;
    drop(store);
    let store = Store::open(home.path()).unwrap();
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    assert_eq!(names(&store, &access, ""), ["Ada"]);
}

#[test]
fn the_file_states_its_application_and_version() {
    let installation = installation();
    let raw = installation.raw();
    let pragma = |name: &str| -> i64 {
        raw.pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    assert_eq!(
        pragma("application_id"),
        i64::from(u32::from_be_bytes(*b"LUNY"))
    );
    assert_eq!(pragma("user_version"), 24);
    let journal: String = raw
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(journal, "wal");
    let lax: i64 = raw
        .query_row(
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0
             AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_gram%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(lax, 0, "every table is strict but those that FTS5 makes");
}

#[test]
fn a_newer_database_is_refused_with_its_version() {
    let root = tempfile::tempdir().unwrap();
    drop(Store::open(root.path()).unwrap());
    let raw = raw(root.path());
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let refused = refusal(root.path());
    assert!(matches!(
        refused,
        StoreError::NewerDatabase {
            found: 99,
            known: 24,
            ..
        }
    ));
    assert!(refused.to_string().contains("99"));
}

#[test]
fn the_database_of_another_program_is_refused() {
    for sql in [
        "CREATE TABLE song (title TEXT)",
        "PRAGMA application_id = 1196444487",
        "PRAGMA user_version = 5",
    ] {
        let root = tempfile::tempdir().unwrap();
        raw(root.path()).execute_batch(sql).unwrap();
        let refused = refusal(root.path());
        assert!(
            matches!(refused, StoreError::ForeignDatabase { .. }),
            "{sql}: {refused:?}"
        );
    }
}

#[test]
fn a_file_that_is_not_a_database_is_refused() {
    for bytes in [&b"dear diary, "[..], &[0; 4096], &[0xff; 5]] {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(FILE_NAME), bytes.repeat(100)).unwrap();
        let refused = refusal(root.path());
        assert!(
            matches!(refused, StoreError::NotADatabase { .. }),
            "{refused:?}"
        );
    }
}

#[test]
fn an_empty_file_becomes_a_database() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(FILE_NAME), "").unwrap();
    assert!(Store::open(root.path()).is_ok());
}

#[test]
fn a_folder_in_place_of_the_database_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(FILE_NAME)).unwrap();
    assert!(matches!(
        refusal(root.path()),
        StoreError::NotADatabase { .. }
    ));
}

#[test]
fn a_truncated_or_overwritten_database_is_reported_as_damaged() {
    let root = tempfile::tempdir().unwrap();
    drop(Store::open(root.path()).unwrap());
    let file = root.path().join(FILE_NAME);
    let whole = fs::read(&file).unwrap();
    let mut garbled = whole.clone();
    garbled[4096..].fill(0xa5);
    for bytes in [&whole[..5000], &garbled[..]] {
        fs::write(&file, bytes).unwrap();
        let outcome = Store::open(root.path())
            .and_then(|store| store.register(&registration("St. Mary", "ada@example.org")));
        assert!(
            matches!(outcome, Err(StoreError::Damaged { .. })),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_home_that_is_a_file_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home");
    fs::write(&home, "").unwrap();
    assert!(matches!(refusal(&home), StoreError::HomeIsAFile { .. }));
    let below = home.join("below");
    assert!(matches!(refusal(&below), StoreError::HomeUnusable { .. }));
}

#[test]
fn a_folder_without_the_right_to_write_is_refused() {
    if rustix::process::geteuid().is_root() {
        // The superuser may write everywhere except in a file system that allows no new folders.
        let refused = Store::open(Path::new("/proc/lunny")).unwrap_err();
        assert!(matches!(refused, StoreError::HomeUnusable { .. }));
        return;
    }
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("letter.txt"), "").unwrap();
    set_mode(root.path(), 0o500);
    assert!(matches!(
        refusal(root.path()),
        StoreError::HomeUnusable { .. }
    ));
    set_mode(root.path(), 0o700);
}

#[test]
fn a_home_whose_name_looks_like_a_uri_or_is_not_utf_8_is_just_a_folder() {
    use std::os::unix::ffi::OsStrExt;
    let root = tempfile::tempdir().unwrap();
    for name in [&b"file:x?mode=memory"[..], b"caf\xe9", b"a b\n'c"] {
        let home = root.path().join(std::ffi::OsStr::from_bytes(name));
        Store::open(&home).unwrap();
        assert!(home.join(FILE_NAME).is_file());
    }
}

#[test]
fn a_database_that_is_locked_for_too_long_is_reported_as_busy() {
    let installation = installation();
    let other: Connection = installation.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = installation
        .store
        .register(&registration("St. Mary", "ada@example.org"));
    assert!(
        matches!(refused, Err(StoreError::Busy { .. })),
        "{refused:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert!(
        installation
            .store
            .register(&registration("St. Mary", "ada@example.org"))
            .is_ok()
    );
}

/// A database of an earlier version, with one account, one patient and one exam, open for additions.
pub fn of_version(home: &Path, version: usize) -> Connection {
    let migrations = [
        include_str!("../../../src/store/migrations/0001_initial.sql"),
        include_str!("../../../src/store/migrations/0002_outside_reason.sql"),
        include_str!("../../../src/store/migrations/0003_series.sql"),
        include_str!("../../../src/store/migrations/0004_nodule.sql"),
    ];
    let old = raw(home);
    for sql in &migrations[..version] {
        old.execute_batch(sql).unwrap();
    }
    old.pragma_update(None, "application_id", u32::from_be_bytes(*b"LUNY"))
        .unwrap();
    old.pragma_update(None, "user_version", version as i64)
        .unwrap();
    // The password hash comes from an account in a newer home.
    let lender = installation();
    lender
        .store
        .register(&registration("St. Mary", "ada@example.org"))
        .unwrap();
    let hash: String = lender
        .raw()
        .query_row("SELECT password_hash FROM account", [], |row| row.get(0))
        .unwrap();
    old.execute_batch(&format!(
        "INSERT INTO hospital (id, name, name_key, created_at) VALUES (1, 'St. Mary', 'st. mary', 1);
         INSERT INTO account VALUES
             (1, 1, 'RT-4471', 'Ada Byron', 'ada@example.org', 'ada@example.org', '{hash}', 1);
         INSERT INTO patient (id, hospital_id, created_by, number, number_key, full_name, search_text,
                              notes, created_at, last_activity_at)
         VALUES (1, 1, 1, 'P-1', 'p-1', 'Ada', 'ada p-1', '', 1, 1);
         INSERT INTO exam (id, patient_id, hospital_id, created_by, created_at, source_path, source_sha256,
                           format, width, height, elapsed_ms, model_id, model_sha256, classification, normal,
                           benign, malignant, threshold, indeterminate_from, indeterminate_to, sensitivity,
                           specificity, prevalence)
         VALUES (1, 1, 1, 1, 1, x'2f61', 'file-1', 'PNG', 512, 512, 9, 'net', 'ab', 'positive', 0.05, 0.05,
                 0.9, 0.4, 0.3, 0.55, 0.95, 0.9, 0.5);"
    ))
    .unwrap();
    old
}

#[test]
fn a_database_of_version_1_keeps_its_exams_and_accepts_those_out_of_distribution() {
    let root = tempfile::tempdir().unwrap();
    drop(of_version(root.path(), 1));

    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    let id = find(&store, &access, "").rows[0].id;
    let kept = store.patient(&access, id).unwrap().exams;
    assert_eq!(kept.len(), 1);
    let assessment = &kept[0].slice.assessment;
    assert_eq!(assessment.malignancy_probability(), Some(0.9));
    assert_eq!(
        (assessment.reader, assessment.lesions.len()),
        (Reader::Slice, 0)
    );
    assert_eq!(assessment.training_range.outside_reason(), None);

    store
        .save_exam(&access, &PatientChoice::Existing(id), &outside("file-2"))
        .unwrap();
    let newest = &store.patient(&access, id).unwrap().exams[0];
    assert_eq!(newest.slice, outside("file-2"));
}

#[test]
fn an_older_exam_outside_keeps_its_figures_and_shows_none_of_them() {
    let root = tempfile::tempdir().unwrap();
    let old = of_version(root.path(), 3);
    old.execute_batch(
        "UPDATE exam SET classification = 'indeterminate', outside_reason = 'it is noisy';
         INSERT INTO exam_series (exam_id, decide_from, decide, rule, suspicious, curve, outside, runs_on, version)
         VALUES (1, 0, 2, 'mean', '[1,0]', x'0000003f0000403f', 2, 'the processor', '0.1.0');",
    )
    .unwrap();
    drop(old);
    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    let row = &find(&store, &access, "").rows[0];
    assert_eq!((row.last_probability, &row.last_category), (None, &None));
    assert_eq!(row.last_result, Some(Classification::Indeterminate));
    let slice = store.patient(&access, row.id).unwrap().exams[0]
        .slice
        .clone();
    let assessment = &slice.assessment;
    assert_eq!((assessment.malignancy, assessment.classes), (None, None));
    assert_eq!(
        assessment.training_range.outside_reason(),
        Some("it is noisy")
    );
    assert_eq!(assessment.reader, Reader::Slice);
    let series = slice.series.unwrap();
    assert_eq!((series.analysed, series.outside), (2, 2));
    // The slices out of distribution were not stored, so no slice shows its probability.
    assert_eq!(series.curve, [None, None]);
    assert!(series.suspicious.is_empty());

    // The table itself lost nothing.
    let kept: (f64, f64, f64, Vec<u8>) = raw(root.path())
        .query_row(
            "SELECT normal, benign, malignant, curve FROM exam JOIN exam_series ON exam_id = exam.id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!((kept.0, kept.1, kept.2), (0.05, 0.05, 0.9));
    assert_eq!(kept.3, [0, 0, 0, 0x3f, 0, 0, 0x40, 0x3f]);
}

#[test]
fn an_older_series_inside_keeps_its_curve() {
    let root = tempfile::tempdir().unwrap();
    let old = of_version(root.path(), 3);
    old.execute_batch(
        "INSERT INTO exam_series (exam_id, decide_from, decide, rule, suspicious, curve, outside, runs_on, version)
         VALUES (1, 0, 2, 'mean', '[1]', x'0000003f0000c07f0000403f', 0, 'the processor', '0.1.0');",
    )
    .unwrap();
    drop(old);
    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    let row = &find(&store, &access, "").rows[0];
    assert_eq!(row.last_probability, Some(0.9));
    assert_eq!(
        row.last_category.as_deref(),
        Some("4B/4X (suggested by the model)")
    );
    let record = store.patient(&access, row.id).unwrap();
    let series = record.exams[0].slice.series.clone().unwrap();
    assert_eq!(series.curve, [Some(0.5), None, Some(0.75)]);
    assert_eq!((series.analysed, series.suspicious), (2, vec![1]));
}

#[test]
fn a_database_of_a_version_without_these_columns_is_sorted_and_filtered_by_them() {
    let root = tempfile::tempdir().unwrap();
    let old = of_version(root.path(), 4);
    old.execute_batch(
        "INSERT INTO patient (id, hospital_id, created_by, number, number_key, full_name, search_text,
                              notes, date_of_birth, created_at, last_activity_at)
         VALUES (2, 1, 1, 'P-2', 'p-2', 'Zoë', 'zoe p-2', '', '1961-03-05', 2, 2);",
    )
    .unwrap();
    drop(old);
    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    let by = Column::Field(Field::FullName);
    let order = Some(Order {
        by,
        descending: false,
    });
    let mut query = PatientQuery {
        order,
        limit: 9,
        ..PatientQuery::default()
    };
    let names = |query: &PatientQuery| -> Vec<String> {
        let page = store.search_patients(&access, query).unwrap();
        let rows = page.rows.into_iter();
        rows.map(|row| row.patient.full_name).collect()
    };
    assert_eq!(names(&query), ["Ada", "Zoë"]);
    query.filters.born_from = Some(jiff::civil::date(1961, 3, 5));
    assert_eq!(names(&query), ["Zoë"]);
}
