//! Imports that are killed, cancelled, or run at the same time as another.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lunny::cancel::Cancel;
use lunny::import::{Mode, Progress, run};
use lunny::store::{OnDuplicate, Store, StoreError};

use super::{ADA, importer, job, tally};
use crate::support::{PASSWORD, patient};

const HOME: &str = "LUNNY_TEST_IMPORT_HOME";
const FILE: &str = "LUNNY_TEST_IMPORT_FILE";
const ROWS: u64 = 9000;

fn rows() -> String {
    let rows = (1..=ROWS).map(|n| format!("H-{n},Ana {n},1961-03-05\n"));
    format!("MRN,Name,DOB\n{}", rows.collect::<String>())
}

/// Not a test: the body of the process that [`an_import_that_is_killed_leaves_whole_batches_and_goes_on`] starts.
#[test]
fn child_that_imports() {
    let (Ok(home), Ok(file)) = (std::env::var(HOME), std::env::var(FILE)) else {
        return;
    };
    let store = Store::open(Path::new(&home)).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    let job = job(Path::new(&file), OnDuplicate::Merge).unwrap();
    let heard = |Progress { done, .. }| println!("done {done}");
    run(
        &store,
        &access,
        &job,
        Mode::Import,
        &heard,
        &Cancel::default(),
        None,
    )
    .unwrap();
}

#[test]
fn an_import_that_is_killed_leaves_whole_batches_and_goes_on() {
    let importer = importer();
    let file = importer.file(rows());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "import::interrupted::child_that_imports",
            "--nocapture",
        ])
        .env(HOME, importer.installation.home.path())
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let done = lines
        .map_while(Result::ok)
        .filter_map(|line| line.split_once("done ")?.1.parse::<u64>().ok())
        .find(|done| *done > 0)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = importer.patients() as u64;
    assert!(kept >= done && kept < ROWS, "{done} told, {kept} kept");
    assert_eq!(kept % done, 0, "whole batches");
    assert_eq!(
        importer.installation.logged("create patient", "done") as u64,
        kept
    );
    let summary = importer.run(&job(&file, OnDuplicate::Merge).unwrap(), Mode::Import);
    assert_eq!(summary.tally, tally(ROWS - kept, 0, kept, 0, 0));
    assert_eq!(importer.patients() as u64, ROWS);
    assert_eq!(importer.store().verify_audit(None).unwrap().fault, None);
    let index: i64 = (importer.installation.raw())
        .query_row("SELECT patients FROM hospital", [], |row| row.get(0))
        .unwrap();
    assert_eq!(index as u64, ROWS, "the search finds all of them");
}

#[test]
fn a_cancelled_import_keeps_whole_batches_and_reports_it() {
    let importer = importer();
    let job = job(&importer.file(rows()), OnDuplicate::Merge).unwrap();
    let cancel = Cancel::default();
    let stop = |Progress { done, .. }| {
        if done > 0 {
            cancel.cancel();
        }
    };
    let summary = run(
        importer.store(),
        &importer.access,
        &job,
        Mode::Import,
        &stop,
        &cancel,
        None,
    )
    .unwrap();
    assert!(summary.cancelled);
    assert_eq!(summary.tally.new, importer.patients() as u64);
    assert!(summary.tally.new > 0 && summary.tally.new < ROWS);
}

#[test]
fn an_import_waits_for_another_program_that_writes_for_long() {
    let importer = importer();
    let job = job(&importer.file(rows()), OnDuplicate::Merge).unwrap();
    let other = importer.installation.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waits = AtomicU64::new(0);
    let heard = |progress: Progress| {
        if progress.is_waiting {
            assert_eq!(progress.done, 0);
            waits.fetch_add(1, Ordering::Relaxed);
            other.execute_batch("ROLLBACK").unwrap();
        }
    };
    let cancel = Cancel::default();
    let summary = run(
        importer.store(),
        &importer.access,
        &job,
        Mode::Import,
        &heard,
        &cancel,
        None,
    );
    assert_eq!(summary.unwrap().tally, tally(ROWS, 0, 0, 0, 0));
    assert_eq!(waits.into_inner(), 1);
}

#[test]
fn a_waiting_import_can_be_cancelled() {
    let importer = importer();
    let job = job(&importer.file(rows()), OnDuplicate::Merge).unwrap();
    let other = importer.installation.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let cancel = Cancel::default();
    let heard = |progress: Progress| {
        if progress.is_waiting {
            cancel.cancel();
        }
    };
    let summary = run(
        importer.store(),
        &importer.access,
        &job,
        Mode::Import,
        &heard,
        &cancel,
        None,
    );
    let summary = summary.unwrap();
    assert!(summary.cancelled);
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 0));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(importer.patients(), 0);
}

/// Does `work` until no other writer is in its way: on a busy machine these imports hold the records for seconds.
fn patiently<T>(work: impl Fn() -> Result<T, StoreError>) -> T {
    loop {
        match work() {
            Err(StoreError::Busy { .. }) => {}
            other => return other.unwrap(),
        }
    }
}

#[test]
fn two_imports_of_one_file_and_a_technician_at_once_lose_and_duplicate_nothing() {
    let importer = importer();
    let file = importer.file(rows());
    let new = AtomicU64::new(0);
    thread::scope(|scope| {
        let importing: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let store = patiently(|| Store::open(importer.installation.home.path()));
                    let access = patiently(|| store.sign_in(ADA, PASSWORD)).access;
                    let job = job(&file, OnDuplicate::Merge).unwrap();
                    let quiet = |_| {};
                    let all = run(
                        &store,
                        &access,
                        &job,
                        Mode::Import,
                        &quiet,
                        &Cancel::default(),
                        None,
                    );
                    let all = all.unwrap().tally;
                    assert_eq!(all, tally(all.new, 0, ROWS - all.new, 0, 0));
                    new.fetch_add(all.new, Ordering::Relaxed);
                })
            })
            .collect();
        let mut saved = 0;
        while !importing.iter().all(|thread| thread.is_finished()) {
            let other = patient(&format!("X-{saved}"), "Bo");
            patiently(|| importer.store().create_patient(&importer.access, &other));
            saved += 1;
        }
        assert!(saved > 0, "a technician had {saved} turns");
        new.fetch_add(saved, Ordering::Relaxed);
    });
    assert_eq!(new.into_inner(), importer.patients() as u64);
    assert!(importer.patients() as u64 > ROWS);
    assert_eq!(importer.store().verify_audit(None).unwrap().fault, None);
}
