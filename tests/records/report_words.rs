//! `lunny report words` and `lunny report addendum` as run by a script.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use lunny::store::{Access, ExamId, Role};
use serde_json::Value;

use crate::support::*;

const ADA: &str = "ada@example.org";
const ROSA: &str = "rosa@example.org";

/// A hospital whose patient P-1 has an exam, with its radiologist Rosa.
fn reading_room() -> (Installation, Access, ExamId) {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let rosa = installation.enter_as("St. Mary", ROSA, Role::Radiologist);
    let saved = save(&installation.store, &ada, "P-1", "Ada");
    (installation, rosa, saved.exam)
}

fn lunny(installation: &Installation, email: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("--home")
        .arg(installation.home.path())
        .arg("report")
        .args(arguments)
        .args(["--email", email])
        .env_remove("LUNNY_TOKEN")
        .current_dir(installation.home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses at once does not read its input.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

fn done(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn parts_are_set_from_files_and_the_others_stay() {
    let (installation, _, exam) = reading_room();
    let text = |name: &str, text: &str| {
        fs::write(installation.home.path().join(name), text).unwrap();
    };
    text("findings", "A nodule.\r\nNo effusion.\n");
    text("impression", "Suspicious.");
    text("empty", "");
    let words = |more: &[&str]| {
        let about = ["words", "p-1", "--json"];
        lunny(&installation, ROSA, &[&about[..], more].concat())
    };
    let told = json(&words(&[
        "--findings",
        "findings",
        "--impression",
        "impression",
    ]));
    assert_eq!(told["exam"], format!("E-{}", exam.0));
    assert_eq!(told["findings"], "A nodule.\nNo effusion.");
    let told = json(&words(&["--findings", "empty"]));
    assert_eq!(told["findings"], "");
    assert_eq!(told["impression"], "Suspicious.");
    let shown = done(&lunny(&installation, ROSA, &["words", "P-1"]));
    assert_eq!(shown, "Impression\n----------\nSuspicious.\n");
    assert_eq!(installation.logged("write findings", "done"), 2);
}

#[test]
fn a_template_fills_the_parts_that_are_empty() {
    let (installation, _, exam) = reading_room();
    fs::write(installation.home.path().join("impression"), "Mine.").unwrap();
    let number = format!("e-{}", exam.0);
    let filled = [
        "words",
        "P-1",
        "--exam",
        &number,
        "--impression",
        "impression",
        "--template",
        "--json",
    ];
    let told = json(&lunny(&installation, ROSA, &filled));
    assert_eq!(told["impression"], "Mine.");
}

#[test]
fn an_addendum_needs_a_signed_version() {
    let (installation, rosa, exam) = reading_room();
    fs::write(installation.home.path().join("text"), "Seen again.").unwrap();
    let add = || {
        lunny(
            &installation,
            ROSA,
            &["addendum", "P-1", "--text", "text", "--json"],
        )
    };
    assert!(complaint(&add()).contains("no version of the report on E-"));
    let written = installation
        .store
        .write_report(&rosa, exam, "The report.")
        .unwrap();
    installation.store.sign_report(&rosa, written.id).unwrap();
    let told = json(&add());
    assert_eq!((&told["version"], &told["addenda"]), (&1.into(), &1.into()));
    assert_eq!(json(&add())["addenda"], 2);
    let versions = installation.store.reports(&rosa, exam).unwrap();
    let texts: Vec<_> = versions[0].addenda.iter().map(|kept| &kept.text).collect();
    assert_eq!(texts, ["Seen again.", "Seen again."]);
    assert_eq!(versions[0].text, "The report.");
}

#[test]
fn mistakes_are_reported_in_one_sentence() {
    let (installation, ..) = reading_room();
    fs::write(installation.home.path().join("text"), "Text.").unwrap();
    fs::write(installation.home.path().join("hostile"), "a\u{1b}[31mb").unwrap();
    fs::write(installation.home.path().join("binary"), [0xff, 0xfe, 0]).unwrap();
    for (email, arguments, said) in [
        (
            ADA,
            vec!["words", "P-1", "--findings", "text"],
            "radiologist",
        ),
        (ROSA, vec!["words", "P-404"], "no patient of your hospital"),
        (
            ROSA,
            vec!["words", "P-1", "--exam", "E-404"],
            "has no exam E-404",
        ),
        (
            ROSA,
            vec!["words", "P-1", "--findings", "missing"],
            "missing cannot be read",
        ),
        (
            ROSA,
            vec!["words", "P-1", "--findings", "binary"],
            "binary cannot be read",
        ),
        (
            ROSA,
            vec!["words", "P-1", "--findings", "hostile"],
            "cannot be shown",
        ),
        (ROSA, vec!["addendum", "P-1"], "--text"),
    ] {
        let output = lunny(&installation, email, &arguments);
        let complaint = complaint(&output);
        assert!(complaint.contains(said), "{arguments:?}: {complaint}");
        assert!(output.stdout.is_empty());
    }
    // Without a command it is the whole record, as before.
    let record = lunny(&installation, ADA, &["P-1", "--text", "record.txt"]);
    assert!(done(&record).contains("record.txt"));
}
