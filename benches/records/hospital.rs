//! A hospital with a given number of patients, created once and stored in the build folder.

use std::path::{Path, PathBuf};
use std::time::Instant;

use lunny::clinical::terms;
use lunny::store::{Access, FILE_NAME, Registration, Store};
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use crate::people::{People, Person};

const EMAIL: &str = "bench@example.org";
const PASSWORD: &str = "seven quiet herons wade";

/// The home with `patients` patients of one hospital, one exam each.
pub fn home(patients: usize) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let home = target.join(format!("worklist-{patients}"));
    let done = home.join("generated");
    if done.exists() {
        return home;
    }
    if home.exists() {
        std::fs::remove_dir_all(&home).expect("an unfinished home is removed");
    }
    let store = Store::open(&home).expect("a store");
    for (hospital, email) in [("St. Example", EMAIL), ("Elsewhere", "other@example.org")] {
        let form = Registration {
            hospital: hospital.into(),
            admin_id: "B-1".into(),
            full_name: "Bench".into(),
            email: email.into(),
            password: Zeroizing::new(PASSWORD.into()),
        };
        store.register(&form).expect("an account");
    }
    let start = Instant::now();
    fill(&raw(&home), patients).expect("the patients are written");
    println!("written in {:.0?}", start.elapsed());
    let start = Instant::now();
    let indexed = store.rebuild_search().expect("the index is built");
    println!("{indexed} patients indexed in {:.0?}", start.elapsed());
    drop(store);
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    raw(&home)
        .query_row(checkpoint, [], |_| Ok(()))
        .expect("one file");
    std::fs::write(&done, "").expect("a mark");
    home
}

pub fn enter(home: &Path) -> (Store, Access) {
    let store = Store::open(home).expect("a store");
    let access = store.sign_in(EMAIL, PASSWORD).expect("signed in").access;
    let accepted = store.accept_terms(&access, terms::VERSION);
    accepted.expect("the terms are accepted");
    (store, access)
}

/// The database beside the store.
pub fn raw(home: &Path) -> Connection {
    let raw = Connection::open(home.join(FILE_NAME)).expect("the file");
    let key = std::fs::read_to_string(home.join("lunny.key")).expect("the key");
    raw.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA cache_size = -65536",
        key.trim()
    ))
    .expect("the key is right");
    raw
}

fn fill(raw: &Connection, patients: usize) -> rusqlite::Result<()> {
    raw.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN")?;
    let mut people = People::new(1);
    for id in 1..=patients as i64 {
        // Every hundredth patient belongs to another hospital.
        let hospital = if id % 100 == 0 { 2 } else { 1 };
        write(raw, &people.next(), id, hospital)?;
        if id % 50_000 == 0 {
            raw.execute_batch("COMMIT; BEGIN")?;
        }
    }
    raw.execute(
        "UPDATE hospital SET next_patient = ?1",
        [patients as i64 + 1],
    )?;
    raw.execute_batch("COMMIT")
}

/// A doctor for every patient, and a marker for one in two hundred.
fn details(id: i64) -> String {
    let doctor = id * 7919 % 50;
    match id % 200 {
        7 => format!(r#"{{"doctor":"Dr {doctor}","cea":"{}.5"}}"#, id / 200 % 90),
        _ => format!(r#"{{"doctor":"Dr {doctor}"}}"#),
    }
}

fn write(raw: &Connection, person: &Person, id: i64, hospital: i64) -> rusqlite::Result<()> {
    let number = format!("P-{id:06}");
    raw.prepare_cached(
        "INSERT INTO patient (id, hospital_id, created_by, number, number_key, full_name, date_of_birth, sex,
                              notes, created_at, last_activity_at, details)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
    )?
    .execute(params![
        id,
        hospital,
        number,
        number.to_lowercase(),
        person.full_name,
        person.born,
        if person.female { "female" } else { "male" },
        person.notes,
        person.saved_at,
        details(id),
    ])?;
    let result = match person.malignant {
        p if p < 0.3 => "negative",
        p if p < 0.55 => "indeterminate",
        _ => "positive",
    };
    raw.prepare_cached(
        "INSERT INTO exam (id, patient_id, hospital_id, created_by, created_at, source_path, source_sha256, format,
                           width, height, elapsed_ms, model_id, model_sha256, classification, normal, benign,
                           malignant, threshold, indeterminate_from, indeterminate_to, sensitivity, specificity,
                           prevalence)
         VALUES (?1, ?1, ?2, ?2, ?3, ?4, ?5, 'DICOM', 512, 512, 300, 'lunny-resnet50', ?6, ?7, ?8, 0, ?9,
                 0.4, 0.3, 0.55, 0.95, 0.9, 0.5)",
    )?
    .execute(params![
        id,
        hospital,
        person.saved_at,
        format!("/scans/{id}/slice.dcm").into_bytes(),
        format!("{id:064x}"),
        "ab".repeat(32),
        result,
        1.0 - person.malignant,
        person.malignant,
    ])?;
    // One in four has an exam planned for one of 2000 days around the newest scan.
    if id % 4 == 0 {
        raw.prepare_cached(
            "INSERT INTO planned_exam (hospital_id, patient_id, planned_on, accession, accession_key, reason, created_by,
                                       created_at, changed_by, changed_at, state, sort_on, doctor_key)
             VALUES (?1, ?2, date('2023-06-01', ?3), ?4, ?4, 'screening', ?1, 0, ?1, 0, 'planned',
                     date('2023-06-01', ?3), ?5)",
        )?
        .execute(params![
            hospital,
            id,
            format!("{} days", id / 4 % 2000 - 1000),
            format!("acc{id}"),
            format!("dr {}", id * 7919 % 50),
        ])?;
    }
    // One in three was seen to have no nodules: category 1, due a year after the scan.
    if id % 3 == 0 && id % 20 != 0 {
        raw.prepare_cached(
            "INSERT INTO exam_circumstances (exam_id, hospital_id, changed_by, changed_at, modifier_s, nodules_seen)
             VALUES (?1, ?2, ?2, ?3, 0, 0)",
        )?
        .execute(params![id, hospital, person.saved_at])?;
    }
    if id % 20 == 0 {
        raw.prepare_cached(
            "INSERT INTO nodule (exam_id, hospital_id, created_by, created_at, changed_at, nodule_type, long_tenths,
                                 short_tenths, status, multilocular, calcification, fat, suspicious, note, method)
             VALUES (?1, ?2, ?2, ?3, ?3, 'solid', ?4, 40, 'baseline', 0, 'none', 0, 0, '', 'typed in')",
        )?
        .execute(params![id, hospital, person.saved_at, 40 + id / 20 % 150])?;
    }
    Ok(())
}

/// Day of the newest scan of the hospital.
pub fn newest_scan(home: &Path) -> jiff::civil::Date {
    let day: String = raw(home)
        .query_row("SELECT max(scanned_on) FROM follow_up", [], |row| {
            row.get(0)
        })
        .expect("a scan");
    day.parse().expect("a day")
}
