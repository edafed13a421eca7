//! `lunny report` as run by a script.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::terms;
use lunny::store::{AuditQuery, PatientChoice, Registration, Store};
use tempfile::TempDir;
use zeroize::Zeroizing;

const PASSWORD: &str = "seven quiet herons wade";

/// A home with one patient who has two exams.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path()).unwrap();
    let registration = Registration {
        hospital: "St Anne's Hospital".into(),
        admin_id: "RT-1".into(),
        full_name: "Ada Byron".into(),
        email: "ada@example.org".into(),
        password: Zeroizing::new(PASSWORD.into()),
    };
    store.register(&registration).unwrap();
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    store.accept_terms(&access, terms::VERSION).unwrap();
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, "P-0042");
    draft.set(Field::FullName, "Miriam Łukasz");
    draft.set(Field::Allergies, "penicillin");
    let patient = draft.validate(jiff::civil::date(2026, 3, 9)).unwrap();
    let choice = PatientChoice::New(patient);
    let saved = store
        .save_exam(&access, &choice, &crate::made_up::exam("first", 0.9))
        .unwrap();
    let choice = PatientChoice::Existing(saved.patient);
    store
        .save_exam(&access, &choice, &crate::made_up::exam("second", 0.1))
        .unwrap();
    home
}

fn report(home: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("--home")
        .arg(home)
        .arg("report")
        .args(arguments)
        .args(["--email", "ada@example.org"])
        .env_remove("LUNNY_TOKEN")
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses at once does not read its input.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

fn done(home: &Path, arguments: &[&str]) -> String {
    let output = report(home, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one sentence of a failed run.
fn complaint(home: &Path, arguments: &[&str]) -> String {
    let output = report(home, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    complaint
}

#[test]
fn a_record_becomes_a_pdf_and_a_text_that_only_the_owner_can_read() {
    let home = home();
    let told = done(
        home.path(),
        &[
            "p-0042",
            "--pdf",
            "out/a.pdf",
            "--text",
            "a.txt",
            "--paper",
            "letter",
        ],
    );
    assert!(
        told.contains("out/a.pdf: ") && told.contains("of Letter paper"),
        "{told}"
    );
    let (pdf, text) = (home.path().join("out/a.pdf"), home.path().join("a.txt"));
    assert!(fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
    let text_of = fs::read_to_string(&text).unwrap();
    for said in [
        "Miriam Łukasz",
        "penicillin",
        "first.dcm",
        "second.dcm",
        "Over time",
        "St Anne's Hospital",
        "not a medical device",
    ] {
        assert!(text_of.contains(said), "{said} in\n{text_of}");
    }
    assert!(text_of.lines().all(|line| line.chars().count() <= 80));
    for file in [pdf, text] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn a_report_can_contain_only_one_exam() {
    let home = home();
    for (number, exam, other) in [
        ("newest", "second.dcm", "first.dcm"),
        ("e-1", "first.dcm", "second.dcm"),
    ] {
        done(
            home.path(),
            &["P-0042", "--text", "a.txt", "--exam", number, "--force"],
        );
        let text = fs::read_to_string(home.path().join("a.txt")).unwrap();
        assert!(
            text.contains(exam) && !text.contains(other),
            "{number}: {text}"
        );
        assert!(!text.contains("Over time"));
    }
    let refused = complaint(home.path(), &["P-0042", "--pdf", "b.pdf", "--exam", "E-77"]);
    assert!(refused.contains("no exam E-77"), "{refused}");
    assert!(!home.path().join("b.pdf").exists());
}

#[test]
fn no_file_is_overwritten_and_an_unknown_patient_is_refused() {
    let home = home();
    let taken = home.path().join("taken.pdf");
    fs::write(&taken, "mine").unwrap();
    let refused = complaint(home.path(), &["P-0042", "--pdf", "taken.pdf"]);
    assert!(refused.contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
    done(home.path(), &["P-0042", "--pdf", "taken.pdf", "--force"]);
    assert!(fs::read(&taken).unwrap().starts_with(b"%PDF-"));
    let unknown = complaint(home.path(), &["P-004", "--pdf", "b.pdf"]);
    assert!(unknown.contains("P-004"), "{unknown}");
    let output = report(home.path(), &["P-0042"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let refused = String::from_utf8(output.stderr).unwrap();
    assert!(refused.contains("--pdf <FILE>"), "{refused}");
}

#[test]
fn a_copy_is_logged() {
    let home = home();
    done(home.path(), &["P-0042", "--pdf", "a.pdf"]);
    let store = Store::open(home.path()).unwrap();
    let access = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
    let query = AuditQuery {
        action: "export record".into(),
        limit: 50,
        ..AuditQuery::default()
    };
    let entries = store.audit_entries(&access, &query).unwrap().entries;
    assert_eq!(entries.len(), 1, "{entries:?}");
}

#[test]
fn a_record_becomes_a_fhir_bundle_of_the_wanted_kind() {
    let home = home();
    let path = home.path();
    let printed = done(path, &["P-0042", "--fhir", "record.json"]);
    assert!(
        printed.contains("record.json: FHIR bundle, collection"),
        "{printed}"
    );
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(path.join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("record.json")["type"], "collection");
    let wanted = [
        "P-0042",
        "--fhir",
        "sent.json",
        "--bundle",
        "transaction",
        "--exam",
        "newest",
        "--fhir-base",
        "https://hospital.example/fhir",
    ];
    done(path, &wanted);
    let bundle = read("sent.json");
    assert_eq!(bundle["type"], "transaction");
    let entries = bundle["entry"].as_array().unwrap();
    let reports = entries
        .iter()
        .filter(|entry| entry["resource"]["resourceType"] == "DiagnosticReport");
    assert_eq!(reports.count(), 1);
    let system = &entries
        .iter()
        .find(|entry| entry["resource"]["resourceType"] == "Patient")
        .unwrap();
    let system = &system["resource"]["identifier"][0]["system"];
    assert_eq!(system, "https://hospital.example/fhir/identifier/patient");
}
