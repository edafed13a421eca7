//! Processes that are killed at random moments while they import, change the key, restore, back up and migrate.
//!
//! `LUNNY_KILLS=500 cargo test --test records kills -- --nocapture` kills so many and prints the counts; without the variable a
//! few of each kind.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use lunny::store::{KeySource, Store, Verdict, examine};

use super::processes::assert_sound;
use crate::support::*;

const ADA: &str = "ada@example.org";
/// Number of kills without the variable.
const USUAL: u32 = 12;
/// Longest time before a kill.
const LONGEST: Duration = Duration::from_millis(150);

/// Work during which a process is killed.
const WORK: [&str; 5] = ["import", "rotate", "restore", "back up", "migrate"];

fn lunny(home: &Path, arguments: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("--home")
        .arg(home)
        .args(arguments.split_whitespace())
        .args(["--email", ADA])
        .current_dir(home.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may be killed before it reads.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child
}

/// Numbers without a pattern (SplitMix64), so that a failed run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Patients whose saving was acknowledged, and a backup that has some of them.
struct Kept {
    acknowledged: Vec<String>,
}

fn numbers(home: &Path) -> Vec<String> {
    let store = Store::open(home).unwrap();
    assert_eq!(store.lost_changes(), None);
    let connection = raw(home);
    let mut rows = connection
        .prepare("SELECT number FROM patient ORDER BY number")
        .unwrap();
    let found = rows.query_map([], |row| row.get(0)).unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

/// Saves a patient in this process, which is not killed.
fn acknowledge(home: &Path, kept: &mut Kept, number: String) {
    // A killed process leaves its sign-in pending for half a minute, which would slow down this one.
    raw(home).execute_batch("DELETE FROM throttle").unwrap();
    let store = Store::open(home).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    store
        .create_patient(&access, &patient(&number, "Ana"))
        .unwrap();
    kept.acknowledged.push(number);
}

/// Everything acknowledged is there, the structures and the log are sound, and the doctor says so.
fn assert_nothing_lost(home: &Path, kept: &Kept, case: &str) {
    let found = numbers(home);
    for number in &kept.acknowledged {
        assert!(found.contains(number), "{case}: {number} is lost");
    }
    let store = Store::open(home).unwrap();
    assert_eq!(store.verify_audit(None).unwrap().fault, None, "{case}");
    drop(store);
    let checks = examine(home, &KeySource::default(), Timestamp::now(), true);
    for check in checks {
        assert_ne!(check.verdict, Verdict::Problem, "{case}: {check:?}");
    }
    assert_sound(&raw(home));
}

#[test]
fn processes_that_are_killed_at_random_lose_nothing_acknowledged() {
    let kills: u32 =
        std::env::var("LUNNY_KILLS").map_or(USUAL, |typed| typed.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let store = Store::open(&home).unwrap();
    store.register(&registration("St. Mary", ADA)).unwrap();
    accept_terms_at_once(&home);
    drop(store);
    let mut kept = Kept {
        acknowledged: Vec::new(),
    };
    let mut random = Random(1);
    let mut killed = [0; WORK.len()];
    for round in 0..kills {
        let which = round as usize % WORK.len();
        let work = WORK[which];
        acknowledge(&home, &mut kept, format!("A-{round}"));
        let child = start(work, &home, round);
        let wait = random.below(LONGEST.as_micros() as u64);
        thread::sleep(Duration::from_micros(wait));
        killed[which] += u32::from(end(child));
        let case = format!("{work} {round}, killed after {wait} us");
        assert_nothing_lost(&home, &kept, &case);
    }
    // Leftovers are found, and an owner removes them.
    let store = Store::open(&home).unwrap();
    let owner = owner(&store, ADA);
    let left = store.remove_leftovers(&owner, Some(folder.path())).unwrap();
    let checks = examine(&home, &KeySource::default(), Timestamp::now(), false);
    let leftovers = checks.iter().find(|check| check.name == "leftovers");
    assert_eq!(leftovers.unwrap().verdict, Verdict::Ok);
    assert!(!home.join("lunny.restoring").exists());
    println!(
        "{kills} processes, killed at work {:?} of {WORK:?}: {} writes acknowledged, none lost; {} leftovers removed",
        killed,
        kept.acknowledged.len(),
        left.len()
    );
}

/// Starts the work in a process of its own.
fn start(work: &str, home: &Path, round: u32) -> Child {
    let folder = home.parent().unwrap();
    match work {
        "import" => {
            let rows = (0..400).map(|row| format!("I-{round}-{row},Ana {row},1961-03-05\n"));
            let file = format!("MRN,Name,DOB\n{}", rows.collect::<String>());
            fs::write(folder.join("patients.csv"), file).unwrap();
            lunny(home, "import patients.csv")
        }
        "rotate" => lunny(home, "key rotate"),
        "restore" => {
            // A backup of the present state, so that restoring loses nothing that was acknowledged.
            let store = Store::open(home).unwrap();
            let owner = owner(&store, ADA);
            let backup = folder.join("now.backup");
            store.back_up(&owner, &backup, true).unwrap();
            drop(store);
            lunny(home, "restore now.backup --replace --older")
        }
        "back up" => lunny(home, &format!("backup made-{round}.backup")),
        _ => {
            age(home);
            lunny(home, "account list")
        }
    }
}

/// Makes the database one of the version before, which the next start migrates.
fn age(home: &Path) {
    let connection = raw(home);
    connection
        .execute_batch("ALTER TABLE import DROP COLUMN added; ALTER TABLE import DROP COLUMN changed; PRAGMA user_version = 23")
        .unwrap();
}

/// Kills the process. True if it was still at work.
fn end(mut child: Child) -> bool {
    let working = child.try_wait().unwrap().is_none();
    // It may have ended meanwhile.
    let _ = child.kill();
    child.wait().unwrap();
    let mut said = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    working
}
