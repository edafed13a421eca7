//! A disk that really becomes full: a small file system in memory, visible to one process and its children.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::thread;

use lunny::store::{Store, StoreError};

use super::processes::{acknowledged, assert_sound, writer};
use crate::support::*;

const ADA: &str = "ada@example.org";
const FOLDER: &str = "LUNNY_TEST_CHILD_SMALL_DISK";

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

    fs::remove_file(&ballast).unwrap();
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
