//! `lunny import` as a script runs it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use lunny::clinical::patient::Field;
use serde_json::Value;

use crate::support::{PASSWORD, find, names};
use crate::{ADA, Desk, desk};

fn lunny(desk: &Desk, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("import")
        .args(arguments)
        .args(["--email", ADA])
        .env("LUNNY_HOME", desk.house.home.path())
        .current_dir(desk.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let typed = format!("{PASSWORD}\n");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn answer(output: &Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaint}"))
}

#[test]
fn a_dry_run_says_what_the_import_does_and_broken_rows_are_mended() {
    let desk = desk();
    desk.file("MRN,Name,DOB,Phone\n1,Ana,1961-03-05,+1 555\n2,Bo,soon,+1 556\n");
    let dry = lunny(&desk, &["patients.csv", "--dry-run", "--json"]);
    assert_eq!(dry.status.code(), Some(2));
    let dry = answer(&dry);
    assert_eq!(desk.patients(), 0);
    let real = lunny(&desk, &["patients.csv", "--json", "--broken", "broken.csv"]);
    assert_eq!(real.status.code(), Some(2));
    let real = answer(&real);
    assert_eq!(
        (&real["tally"], &real["broken"]),
        (&dry["tally"], &dry["broken"])
    );
    assert_eq!(real["broken"][0]["line"], 3);
    let broken = desk.folder.path().join("broken.csv");
    assert_eq!(
        fs::metadata(&broken).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mended = fs::read_to_string(&broken)
        .unwrap()
        .replacen("soon", "1980-01-01", 1);
    assert!(mended.contains("'+1 556"), "{mended}");
    fs::write(&broken, mended).unwrap();
    let again = lunny(&desk, &["broken.csv"]);
    let told = String::from_utf8(again.stdout).unwrap();
    assert!(
        again.status.success() && told.contains("new        1"),
        "{told}"
    );
    let bo = &find(desk.store(), &desk.access, "Bo").rows[0].patient;
    assert_eq!(bo.value(Field::Phone), "+1 556");
}

#[test]
fn broken_rows_never_take_the_place_of_the_file_itself() {
    let desk = desk();
    let content = "MRN,Name\n1,Ana\n2,\n";
    let file = desk.file(content);
    let output = lunny(&desk, &["patients.csv", "--broken", "./patients.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(file).unwrap(), content);
    assert_eq!(desk.patients(), 0);
}

#[test]
fn a_mapping_is_given_once_and_remembered() {
    let desk = desk();
    desk.file("Wer,Wann\nAna,1961-03-05\n");
    let unmapped = lunny(&desk, &["patients.csv"]);
    assert_eq!(unmapped.status.code(), Some(1));
    let complaint = String::from_utf8(unmapped.stderr).unwrap();
    assert!(
        complaint.contains("No column is the full name"),
        "{complaint}"
    );
    let mapped = lunny(
        &desk,
        &[
            "patients.csv",
            "--map",
            "wer=full_name",
            "--map",
            "2=date_of_birth",
        ],
    );
    assert!(mapped.status.success());
    desk.file("Wer,Wann\nBo,1980-01-01\n");
    assert!(lunny(&desk, &["patients.csv"]).status.success());
    let mut all = names(desk.store(), &desk.access, "");
    all.sort();
    assert_eq!(all, ["Ana", "Bo"]);
    for wrong in ["wer=shoe_size", "was=full_name", "full_name"] {
        assert_eq!(
            lunny(&desk, &["patients.csv", "--map", wrong])
                .status
                .code(),
            Some(1)
        );
    }
}

#[test]
fn a_file_without_headings_is_mapped_by_numbers() {
    let desk = desk();
    desk.file("7,Ana\n8,Bo\n");
    let output = lunny(
        &desk,
        &[
            "patients.csv",
            "--map",
            "1=number",
            "--map",
            "2=full_name",
            "--json",
        ],
    );
    assert_eq!(answer(&output)["tally"]["new"], 2);
}
