//! `lunny follow-up` as a script runs it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use jiff::civil::Date;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::reading::Circumstances;
use lunny::store::{Access, PatientChoice};
use serde_json::Value;

use crate::support::{Installation, PASSWORD, exam, installation};

pub(super) const EMAIL: &str = "ada@example.org";

/// An installation with a patient who is overdue on 2 March 2026, and one who is due.
fn programme() -> (Installation, Access) {
    let installation = installation();
    let access = installation.enter("St. Mary", EMAIL);
    for (number, name, on) in [
        ("P-1", "Ada Overdue", Date::constant(2024, 12, 1)),
        ("P-2", "Bo Due", Date::constant(2025, 3, 1)),
    ] {
        let mut draft = PatientDraft::default();
        draft.set(Field::Number, number);
        draft.set(Field::FullName, name);
        draft.set(Field::Address, "1 Long Road\nOldtown");
        let who = draft.validate(on).unwrap();
        let saved = (installation.store)
            .save_exam(&access, &PatientChoice::New(who), &exam(number, 0.1))
            .unwrap();
        let stated = Circumstances {
            scanned_on: Some(on),
            nodules_seen: Some(0),
            ..Circumstances::default()
        };
        (installation.store)
            .state_circumstances(&access, saved.exam, 0, &stated)
            .unwrap();
    }
    (installation, access)
}

fn lunny(installation: &Installation, arguments: &[&str]) -> Output {
    run(installation, "follow-up", arguments)
}

/// Runs a command of the account with [`EMAIL`].
pub(super) fn run(installation: &Installation, command: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg(command)
        .args(arguments)
        .args(["--email", EMAIL])
        .env("LUNNY_HOME", installation.home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read anything.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

pub(super) fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_list_is_text_csv_or_json_and_each_row_is_logged() {
    let (installation, _) = programme();
    let on = ["--on", "2026-03-02"];
    let list = |more: &[&str]| lunny(&installation, &[&["list"], &on[..], more].concat());
    let told = text(&list(&["--list", "overdue"]).stdout);
    assert!(
        told.contains("P-1  Ada Overdue  category 1  due 2025-12-01, 91 days past"),
        "{told}"
    );
    assert!(told.ends_with("1 follow-up, overdue\n"), "{told}");
    let due = json(&list(&["--json"]));
    assert_eq!(due[0]["patient_id"], "P-2");
    assert_eq!(due[0]["due_on"], "2026-03-01");
    assert_eq!(due[0]["days_past_due"], 1);
    let csv = text(&list(&["--csv", "--search", "nobody"]).stdout);
    assert_eq!(csv.lines().count(), 1);
    assert_eq!(installation.logged("export follow-up list", "done"), 2);
}

#[test]
fn a_follow_up_is_closed_with_a_reason_and_reopened() {
    let (installation, _) = programme();
    let missing = lunny(&installation, &["close", "P-1", "--reason", "other"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("The remark is missing"));
    let closed = json(&lunny(
        &installation,
        &["close", "p-1", "--reason", "moved", "--json"],
    ));
    assert_eq!(closed["closed_by"], "moved");
    let again = lunny(&installation, &["close", "P-1", "--reason", "died"]);
    assert!(text(&again.stderr).contains("no open follow-up"));
    let reopened = json(&lunny(&installation, &["reopen", "P-1", "--json"]));
    assert_eq!(reopened["closed_by"], Value::Null);
    let nothing = lunny(&installation, &["reopen", "P-1"]);
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn a_follow_up_is_closed_on_a_day_between_the_scan_and_today() {
    let (installation, _) = programme();
    let close = |on: &str| {
        let arguments = ["close", "P-1", "--reason", "died", "--json", "--on", on];
        lunny(&installation, &arguments)
    };
    let early = close("1999-01-01");
    assert_eq!(early.status.code(), Some(1));
    let complaint = text(&early.stderr);
    assert!(complaint.contains("before the scan of 20"), "{complaint}");
    let late = close("2200-01-01");
    assert!(text(&late.stderr).contains("in the future"));
    let open = json(&lunny(
        &installation,
        &["list", "--json", "--list", "overdue", "--on", "2026-03-02"],
    ));
    let day = open[0]["due_on"].as_str().unwrap().to_owned();
    let closed = json(&close(&day));
    assert_eq!(
        (&closed["closed_on"], &closed["closed_by"]),
        (&day.into(), &"died".into())
    );
}

#[test]
fn letters_are_one_pdf_and_logged_for_each_patient() {
    let (installation, _) = programme();
    let folder = installation.home.path().join("out");
    let to = folder.to_str().unwrap();
    let on = ["--on", "2026-03-02", "--json"];
    let both = lunny(
        &installation,
        &[&["letters", "P-1", "P-2", "--to", to], &on[..]].concat(),
    );
    let told = json(&both);
    assert_eq!((&told["letters"], &told["pages"]), (&2.into(), &2.into()));
    let bytes = std::fs::read(told["file"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    let all = ["letters", "--all", "--kind", "overdue", "--to", to];
    assert_eq!(
        json(&lunny(&installation, &[&all, &on[..]].concat()))["letters"],
        1
    );
    assert_eq!(installation.logged("write letter", "done"), 3);

    lunny(&installation, &["close", "P-1", "--reason", "moved"]);
    let some = lunny(&installation, &["letters", "P-1", "P-2", "--to", to]);
    assert_eq!(some.status.code(), Some(2));
    assert!(text(&some.stderr).contains("P-1 gets no letter: the follow-up is closed"));
    let none = lunny(&installation, &["letters", "P-1", "--to", to]);
    assert_eq!(none.status.code(), Some(1));
}

#[test]
fn a_hospital_sets_the_text_of_its_letters() {
    let (installation, _) = programme();
    let file = installation.home.path().join("text");
    std::fs::write(&file, "Dear {name}, come on {date}.").unwrap();
    let set = ["letter-text", "recall", "--set", file.to_str().unwrap()];
    assert_eq!(
        text(&lunny(&installation, &set).stdout),
        "Dear {name}, come on {date}.\n"
    );
    std::fs::write(&file, "Dear {nmae}").unwrap();
    let refused = lunny(&installation, &set);
    assert!(text(&refused.stderr).contains("There is no placeholder “{nmae}”"));
    let kept = json(&lunny(&installation, &["letter-text", "recall", "--json"]));
    assert_eq!(kept["text"], "Dear {name}, come on {date}.");
}

#[test]
fn the_statistics_are_text_csv_or_json() {
    let (installation, _) = programme();
    let span = ["--from", "2025-01-01", "--until", "2025-12-31"];
    let statistics = |form: &[&str]| run(&installation, "statistics", &[&span, form].concat());
    let told = json(&statistics(&["--json"]));
    assert_eq!(
        (&told["exams"], &told["by_category"]["1"]),
        (&1.into(), &1.into())
    );
    let csv = text(&statistics(&["--csv"]).stdout);
    assert!(csv.contains("2025-03,0,1,0,"), "{csv}");
    assert!(text(&statistics(&[]).stdout).contains("Exams: 1"));
}
