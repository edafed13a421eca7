//! `lunny import` as run by a script.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use lunny::clinical::patient::Field;
use serde_json::Value;

use super::{ADA, Importer, importer};
use crate::support::{PASSWORD, find, names};

fn lunny(importer: &Importer, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("import")
        .args(arguments)
        .args(["--email", ADA])
        .env("LUNNY_HOME", importer.installation.home.path())
        .current_dir(importer.folder.path())
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
fn a_dry_run_reports_what_the_import_does_and_broken_rows_can_be_corrected() {
    let importer = importer();
    importer.file("MRN,Name,DOB,Phone\n1,Ana,1961-03-05,+1 555\n2,Bo,soon,+1 556\n");
    let dry = lunny(&importer, &["patients.csv", "--dry-run", "--json"]);
    assert_eq!(dry.status.code(), Some(2));
    let dry = answer(&dry);
    assert_eq!(importer.patients(), 0);
    let real = lunny(
        &importer,
        &["patients.csv", "--json", "--broken", "broken.csv"],
    );
    assert_eq!(real.status.code(), Some(2));
    let real = answer(&real);
    assert_eq!(
        (&real["tally"], &real["broken"]),
        (&dry["tally"], &dry["broken"])
    );
    assert_eq!(real["broken"][0]["line"], 3);
    let broken = importer.folder.path().join("broken.csv");
    assert_eq!(
        fs::metadata(&broken).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mended = fs::read_to_string(&broken)
        .unwrap()
        .replacen("soon", "1980-01-01", 1);
    assert!(mended.contains(",+1 556"), "{mended}");
    fs::write(&broken, mended).unwrap();
    let again = lunny(&importer, &["broken.csv"]);
    let told = String::from_utf8(again.stdout).unwrap();
    assert!(
        again.status.success() && told.contains("new        1"),
        "{told}"
    );
    let bo = &find(importer.store(), &importer.access, "Bo").rows[0].patient;
    assert_eq!(bo.value(Field::Phone), "+1 556");
}

#[test]
fn broken_rows_never_overwrite_the_file_itself() {
    let importer = importer();
    let content = "MRN,Name\n1,Ana\n2,\n";
    let file = importer.file(content);
    let output = lunny(&importer, &["patients.csv", "--broken", "./patients.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(file).unwrap(), content);
    assert_eq!(importer.patients(), 0);
}

#[test]
fn a_mapping_is_stored_for_the_next_file() {
    let importer = importer();
    importer.file("Wer,Wann\nAna,1961-03-05\n");
    let unmapped = lunny(&importer, &["patients.csv"]);
    assert_eq!(unmapped.status.code(), Some(1));
    let complaint = String::from_utf8(unmapped.stderr).unwrap();
    assert!(
        complaint.contains("No column is the full name"),
        "{complaint}"
    );
    let mapped = lunny(
        &importer,
        &[
            "patients.csv",
            "--map",
            "wer=full_name",
            "--map",
            "2=date_of_birth",
        ],
    );
    assert!(mapped.status.success());
    importer.file("Wer,Wann\nBo,1980-01-01\n");
    assert!(lunny(&importer, &["patients.csv"]).status.success());
    let mut all = names(importer.store(), &importer.access, "");
    all.sort();
    assert_eq!(all, ["Ana", "Bo"]);
    for wrong in ["wer=shoe_size", "was=full_name", "full_name"] {
        assert_eq!(
            lunny(&importer, &["patients.csv", "--map", wrong])
                .status
                .code(),
            Some(1)
        );
    }
}

#[test]
fn a_file_without_headings_is_mapped_by_numbers() {
    let importer = importer();
    importer.file("7,Ana\n8,Bo\n");
    let output = lunny(
        &importer,
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

#[test]
fn the_answer_names_the_mapping_and_the_unused_values() {
    let importer = importer();
    importer.file(
        "Patient list,,,,,\nMRN,Full name,DOB,Phone,Ward,Mobile\nH-1,Ana,25/12/1961,555 1,3,\nH-1,Ana,25/12/1961,555 2,N/A,7\n",
    );
    let json = answer(&lunny(&importer, &["patients.csv", "--dry-run", "--json"]));
    assert_eq!(json["columns"][0]["field"], "number");
    assert_eq!(json["columns"][2]["dates"]["order"], "dmy");
    assert_eq!(json["left_out"], serde_json::json!(["Ward", "Mobile"]));
    assert_eq!(json["lines_above_headings"][0]["text"], "Patient list");
    let contradiction = &json["contradictions"][0];
    assert_eq!(
        (&contradiction["line"], &contradiction["field"]),
        (&Value::from(4), &Value::from("phone"))
    );
    assert_eq!(
        (&contradiction["record"], &contradiction["file"]),
        (&Value::from("555 1"), &Value::from("555 2"))
    );
    let text = String::from_utf8(lunny(&importer, &["patients.csv"]).stdout).unwrap();
    for told in [
        "MRN = Patient ID",
        "ignored: Ward, because the heading is not known",
        "ignored: Mobile, because another column is “Phone”",
        "line 1 above the headings was ignored: Patient list",
        "DOB: dates were read day first, as line 3 shows.",
        "line 4, H-1: Phone: “555 1” is kept, “555 2” is dropped",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
}

#[test]
fn flags_state_the_encoding_the_order_of_dates_and_the_meaning_of_codes() {
    let importer = importer();
    importer.file(b"MRN;Name;DOB;Sex\n1;\xde\xfckr\xfc I\xfe\xfdk;03/02/1961;K\n");
    let refused = lunny(&importer, &["patients.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(
        complaint.contains("--encoding") && complaint.contains("windows-1254"),
        "{complaint}"
    );
    assert_eq!(
        lunny(&importer, &["patients.csv", "--encoding", "klingon"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        lunny(&importer, &["patients.csv", "--value", "Sex=K"])
            .status
            .code(),
        Some(1)
    );
    let flags = [
        "patients.csv",
        "--encoding",
        "iso-8859-9",
        "--dates",
        "dmy",
        "--value",
        "sex:k=other",
    ];
    let output = lunny(&importer, &flags);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let patient = &find(importer.store(), &importer.access, "1").rows[0].patient;
    assert_eq!(patient.full_name, "Şükrü Işık");
    assert_eq!(patient.value(Field::DateOfBirth), "1961-02-03");
    assert_eq!(patient.value(Field::Gender), "other");
}

#[test]
fn an_import_is_listed_and_undone_and_the_corrected_file_imported() {
    let importer = importer();
    importer.file("MRN,Name\n1,Ana\n2,Bo\n");
    let import = answer(&lunny(&importer, &["patients.csv", "--json"]))["import"].clone();
    let listed = String::from_utf8(lunny(&importer, &["list"]).stdout).unwrap();
    assert!(
        listed.contains("patients.csv  2 added, 0 changed, by Ada Byron"),
        "{listed}"
    );
    let undone = answer(&lunny(&importer, &["undo", "--json"]));
    assert_eq!(
        (&undone["import"], &undone["removed"]),
        (&import, &Value::from(2))
    );
    assert!(names(importer.store(), &importer.access, "").is_empty());
    let twice = lunny(&importer, &["undo", &import.to_string()]);
    assert_eq!(twice.status.code(), Some(1));
    importer.file("MRN,Name\n1,Anna\n2,Bo\n");
    assert_eq!(
        answer(&lunny(&importer, &["patients.csv", "--json"]))["tally"]["new"],
        2
    );
    let listed = lunny(&importer, &["list", "--json"]);
    let newest = String::from_utf8(listed.stdout).unwrap();
    assert!(
        newest
            .lines()
            .next()
            .unwrap()
            .contains("\"undone_at\":null"),
        "{newest}"
    );
}
