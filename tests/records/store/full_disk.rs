//! A disk that really becomes full: a small file system in memory, visible to one process and its children.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::thread;

use lunny::store::{Disclosure, Store, StoreError};

use super::processes::{acknowledged, assert_sound, writer};
use crate::support::*;

const ADA: &str = "ada@example.org";
const FOLDER: &str = "LUNNY_TEST_CHILD_SMALL_DISK";
const READ_ONLY: &str = "LUNNY_TEST_CHILD_READ_ONLY";
const STOCKED: &str = "LUNNY_TEST_CHILD_STOCKED";

/// Not a test: runs if `FOLDER` names a file system of a few megabytes.
#[test]
fn child_on_a_small_disk() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let home = folder.join("home");
    let store = Store::open(&home).unwrap();
    store.register(&registration("St. Mary", ADA)).unwrap();
    accept_terms_at_once(&home);
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &access, "before", "Ada");
    let ballast = folder.join("ballast");
    // Leaves some space, so that some writes succeed before one fails.
    let room = 300_000;
    let free = rustix::fs::statvfs(folder).unwrap();
    let size = (free.f_bavail * free.f_frsize).saturating_sub(room);
    fs::write(&ballast, vec![1; usize::try_from(size).unwrap()]).unwrap();

    let mut saved = fill_with_eight_writers(&home);
    let refused = loop {
        let number = format!("N{}", saved.len());
        let choice = lunny::store::PatientChoice::New(patient(&number, "Ada"));
        match store.save_exam(&access, &choice, &exam(&number, 0.9)) {
            Ok(_) => saved.push(number),
            Err(error) => break error,
        }
        assert!(saved.len() < 100_000, "the disk never fills");
    };
    assert!(
        matches!(refused, StoreError::DiskFull { .. }),
        "{refused:?}"
    );
    let sentence = refused.to_string();
    assert!(
        sentence.contains("full") && sentence.contains("lunny.db"),
        "{sentence}"
    );
    // Reading works without writing to the disk, and a second process reads the same.
    for number in &saved {
        assert_eq!(find(&store, &access, number).rows.len(), 1, "{number}");
    }

    drop(store);
    fill_up(folder);
    assert_read_only_work(&home, &saved, "full");

    fs::remove_file(folder.join("rest")).unwrap();
    fs::remove_file(&ballast).unwrap();
    let store = Store::open(&home).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &access, "after", "Ada");
    drop(store);
    let store = Store::open(&home).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    for number in saved.iter().map(String::as_str).chain(["before", "after"]) {
        assert_eq!(find(&store, &access, number).rows.len(), 1, "{number}");
    }
    assert_sound(&raw(&home));
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
    println!("{} saved before the disk was full", saved.len());
}

/// Takes every free byte of a file system.
fn fill_up(folder: &Path) {
    let mut rest = fs::File::create(folder.join("rest")).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        match rest.write_all(&vec![1; size]) {
            Ok(()) => {}
            Err(_) => size /= 2,
        }
    }
    assert_eq!(rustix::fs::statvfs(folder).unwrap().f_bavail, 0);
}

/// Opens records that cannot be written, reads and backs them up, and is refused everything else.
fn assert_read_only_work(home: &Path, saved: &[String], word: &str) {
    let before = fs::read(home.join("lunny.db")).unwrap();
    let store = Store::open(home).unwrap();
    let warning = store.warning().unwrap();
    assert!(warning.contains(word), "{warning}");
    let entered = store.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!(entered.warning, Some(warning));
    let access = entered.access;
    for number in saved {
        let row = &find(&store, &access, number).rows[0];
        assert_eq!(store.patient(&access, row.id).unwrap().exams.len(), 1);
    }
    store.confirm_identity(&access, PASSWORD).unwrap();
    let id = find(&store, &access, "before").rows[0].id;
    let refused = [
        store.create_patient(&access, &patient("new", "Bo")).err(),
        store.delete_patient(&access, id).err(),
        store.disclose(&access, &[id], Disclosure::Exported).err(),
        store
            .change_password(&access, PASSWORD, "nine loud crows sit")
            .err(),
        store
            .register(&registration("St. Mary", "bo@example.org"))
            .err(),
        store.make_token(&access, "nightly", 9, every_scope()).err(),
    ];
    for refusal in refused {
        let refusal = refusal.expect("a change is refused");
        assert!(
            matches!(refusal, StoreError::OnlyReading { .. }),
            "{refusal:?}"
        );
        assert!(refusal.to_string().contains(word), "{refusal}");
    }
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    let backup = elsewhere.path().join("rescue.backup");
    let owner = store.as_owner(&access).unwrap();
    let contents = store.back_up(&owner, &backup, false).unwrap();
    assert!(contents.patients > saved.len() as i64);
    store.sign_out(&access).unwrap();
    let copy = store.file().parent().unwrap().to_path_buf();
    assert!(copy.exists() && copy != home);
    drop(store);
    assert!(!copy.exists());
    assert_eq!(fs::read(home.join("lunny.db")).unwrap(), before);
}

/// Not a test: runs if `READ_ONLY` names a file system that is mounted for reading only.
#[test]
fn child_on_a_read_only_disk() {
    let Ok(folder) = std::env::var(READ_ONLY) else {
        return;
    };
    let home = Path::new(&folder).join("home");
    let saved: Vec<String> = (0..5).map(|number| format!("N{number}")).collect();
    assert_read_only_work(&home, &saved, "read-only");
    println!("read from a read-only disk");
}

/// Not a test: fills the disk of the next one.
#[test]
fn child_that_fills_a_disk() {
    let Ok(folder) = std::env::var(STOCKED) else {
        return;
    };
    let home = Path::new(&folder).join("home");
    let store = Store::open(&home).unwrap();
    store.register(&registration("St. Mary", ADA)).unwrap();
    accept_terms_at_once(&home);
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    save(&store, &access, "before", "Ada");
    for number in 0..5 {
        save(&store, &access, &format!("N{number}"), "Ada");
    }
    // As after a kill: the newest changes are in the write-ahead log.
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
        .unwrap();
}

#[test]
fn records_on_a_read_only_disk_are_read_and_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=16m tmpfs \"$0\" || exit 77
                  LUNNY_TEST_CHILD_STOCKED=\"$0\" \"$1\" --exact store::full_disk::child_that_fills_a_disk
                  mount -o remount,ro \"$0\" || exit 77
                  LUNNY_TEST_CHILD_READ_ONLY=\"$0\" \"$1\" --exact store::full_disk::child_on_a_read_only_disk --nocapture";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .output();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output {
        Ok(output) if output.status.success() => {
            let said = said(&output.stdout);
            assert!(said.contains("read from a read-only disk"), "{said}");
        }
        Ok(output) if matches!(output.status.code(), Some(1 | 77)) => {
            println!(
                "skipped: no separate file system ({})",
                said(&output.stderr)
            );
        }
        Ok(output) => panic!("{}\n{}", said(&output.stdout), said(&output.stderr)),
        Err(error) => println!("skipped: no unshare ({error})"),
    }
}

/// Eight processes write until each has stopped because the disk is full; returns the acknowledged numbers.
fn fill_with_eight_writers(home: &Path) -> Vec<String> {
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let mut process = writer(home, &format!("w{n}-"));
            thread::spawn(move || {
                let numbers: Vec<String> = acknowledged(&mut process).collect();
                let mut said = String::new();
                let mut stderr = process.stderr.take().unwrap();
                stderr.read_to_string(&mut said).unwrap();
                assert!(!process.wait().unwrap().success());
                assert!(said.contains("DiskFull"), "{said}");
                numbers
            })
        })
        .collect();
    let numbers = writers.into_iter().map(|writer| writer.join().unwrap());
    numbers.collect::<Vec<_>>().concat()
}

#[test]
fn a_disk_that_fills_up_is_named_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=8m tmpfs \"$0\" || exit 77; exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::full_disk::child_on_a_small_disk",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .output();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output {
        Ok(output) if output.status.success() => {
            let said = said(&output.stdout);
            assert!(said.contains("saved before the disk was full"), "{said}");
        }
        // unshare exits with 1 if it has no permission, before the program runs.
        Ok(output) if matches!(output.status.code(), Some(1 | 77)) => {
            println!(
                "skipped: no separate file system ({})",
                said(&output.stderr)
            );
        }
        Ok(output) => panic!("{}\n{}", said(&output.stdout), said(&output.stderr)),
        Err(error) => println!("skipped: no unshare ({error})"),
    }
}
