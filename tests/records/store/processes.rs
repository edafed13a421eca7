//! Several threads and processes on one file, and one of them killed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use lunny::store::{PatientChoice, Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
pub const HOME: &str = "LUNNY_TEST_CHILD_HOME";
const REGISTER_HOME: &str = "LUNNY_TEST_CHILD_REGISTER_HOME";
const PREFIX: &str = "LUNNY_TEST_CHILD_PREFIX";

/// Not a test: the body of the process that [`writer`] starts. It saves patients without end and prints the number of each after
/// it is acknowledged.
#[test]
fn child_that_saves_patients() {
    let (Ok(home), Ok(prefix)) = (std::env::var(HOME), std::env::var(PREFIX)) else {
        return;
    };
    let store = Store::open(Path::new(&home)).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    for n in 0.. {
        let number = format!("{prefix}{n}");
        save(&store, &access, &number, "Ada");
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {number}").unwrap();
        out.flush().unwrap();
    }
}

/// Not a test: the body of the processes of the test on umasks.
#[test]
fn child_that_registers() {
    let Ok(home) = std::env::var(REGISTER_HOME) else {
        return;
    };
    let store = Store::open(Path::new(&home)).unwrap();
    store.register(&registration("St. Mary", ADA)).unwrap();
    // Left open, so that the write-ahead log and its index stay for inspection.
    std::process::exit(0);
}

#[test]
fn files_are_accessible_only_to_their_owner_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        let status = Command::new("sh")
            .args(["-c", "umask $0 && exec \"$@\"", umask])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "store::processes::child_that_registers"])
            .env(REGISTER_HOME, &home)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "umask {umask}");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&home), 0o700, "umask {umask}");
        for name in [
            "lunny.db",
            "lunny.db-wal",
            "lunny.db-shm",
            "lunny.key",
            "lunny.lock",
            "lunny.head",
        ] {
            assert_eq!(mode(&home.join(name)), 0o600, "{name}, umask {umask}");
        }
    }
}

/// Checks that the file is intact and no row has a dangling reference.
pub fn assert_sound(raw: &rusqlite::Connection) {
    let integrity: String = raw
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");
    let astray: i64 = raw
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(astray, 0);
}

/// A separate process that saves patients under numbers that begin with `prefix`.
pub fn writer(home: &Path, prefix: &str) -> Child {
    child("store::processes::child_that_saves_patients", home, prefix)
}

/// A separate process that runs the body of `test` for a home.
pub fn child(test: &str, home: &Path, prefix: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(HOME, home)
        .env(PREFIX, prefix)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The numbers that the process acknowledges, as they arrive.
pub fn acknowledged(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            line.split_once("saved ")
                .map(|(_, number)| number.to_owned())
        })
}

#[test]
fn a_killed_process_loses_no_acknowledged_write() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (round, enough) in [3, 17, 40].into_iter().enumerate() {
        let mut children: Vec<Child> = ["a", "b"]
            .iter()
            .map(|name| writer(installation.home.path(), &format!("{name}{round}-")))
            .collect();
        let mut numbers = Vec::new();
        let mut lines: Vec<_> = children.iter_mut().map(acknowledged).collect();
        for lines in &mut lines {
            numbers.extend(lines.by_ref().take(enough));
        }
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        for lines in &mut lines {
            numbers.extend(lines);
        }
        assert!(numbers.len() >= 2 * enough, "{}", numbers.len());
        for number in numbers {
            assert_eq!(find(&installation.store, &access, &number).rows[0].exams, 1);
        }
    }
    let raw = installation.raw();
    assert_sound(&raw);
    let (patients, logged): (i64, i64) = raw
        .query_row(
            "SELECT (SELECT count(*) FROM patient),
                    (SELECT count(*) FROM audit WHERE action = 'create patient')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(patients, logged, "a change and its log entry come together");
}

#[test]
fn stores_that_open_a_new_home_at_once_all_succeed() {
    for _ in 0..10 {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        let start = Barrier::new(8);
        thread::scope(|scope| {
            let opening: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        Store::open(&home).map(|_| ())
                    })
                })
                .collect();
            for outcome in opening {
                outcome.join().unwrap().unwrap();
            }
        });
    }
}

#[test]
fn opening_an_empty_file_waits_for_another_process_that_reads_it() {
    for held in [
        "BEGIN; SELECT count(*) FROM sqlite_schema",
        "BEGIN IMMEDIATE",
        "BEGIN EXCLUSIVE",
    ] {
        let root = tempfile::tempdir().unwrap();
        let other = raw(root.path());
        other.execute_batch(held).unwrap();
        thread::scope(|scope| {
            let opening = scope.spawn(|| Store::open(root.path()).map(|_| ()));
            thread::sleep(Duration::from_millis(300));
            other.execute_batch("ROLLBACK").unwrap();
            opening.join().unwrap().unwrap();
        });
    }
}

#[test]
fn two_stores_that_write_at_once_lose_nothing() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let other = Store::open(installation.home.path()).unwrap();
    let bo = installation.enter("St. Mary", "bo@example.org");
    thread::scope(|scope| {
        for (store, access) in [(&installation.store, &ada), (&other, &bo), (&other, &ada)] {
            scope.spawn(move || {
                for _ in 0..25 {
                    // The others may save a patient with the same suggestion first.
                    let number = loop {
                        let number = store.next_patient_number(access).unwrap();
                        match store.create_patient(access, &patient(&number, "Ada")) {
                            Ok(_) => break number,
                            Err(StoreError::NumberTaken { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    };
                    assert!(find(store, access, &number).total.known() == 1);
                }
            });
        }
    });
    assert_eq!(find(&installation.store, &ada, "").total.known(), 75);
    assert_eq!(find(&other, &bo, "").total.known(), 75);
}

#[test]
fn one_number_saved_by_two_at_once_is_saved_once() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = Store::open(installation.home.path()).unwrap();
    let start = Barrier::new(2);
    let outcomes: Vec<_> = thread::scope(|scope| {
        let saving: Vec<_> = [&installation.store, &other]
            .into_iter()
            .map(|store| {
                let (start, access) = (&start, &access);
                scope.spawn(move || {
                    start.wait();
                    let choice = PatientChoice::New(patient("P-1", "Ada"));
                    store.save_exam(access, &choice, &exam("f", 0.1))
                })
            })
            .collect();
        saving
            .into_iter()
            .map(|saved| saved.join().unwrap())
            .collect()
    });
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::NumberTaken { .. })));
    assert_eq!(refused.count(), 1);
    assert_eq!(find(&installation.store, &access, "").total.known(), 1);
}

#[test]
fn a_search_does_not_wait_for_a_writer() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-1", "Ada");
    let other = installation.raw();
    other
        .execute_batch("BEGIN IMMEDIATE; UPDATE patient SET full_name = 'Eve'")
        .unwrap();
    assert_eq!(names(&installation.store, &access, ""), ["Ada"]);
}
