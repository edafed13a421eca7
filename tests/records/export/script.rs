//! `lunny export` as run by a script.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::everything::*;
use crate::support::PASSWORD;

fn lunny(home: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("export")
        .args(arguments)
        .args(["--email", EMAIL])
        .env("LUNNY_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before reading its input.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn each_file_is_named_as_soon_as_it_is_complete() {
    let all = everything();
    let home = all.installation.home.path();
    let out = all.scans.path().join("out");
    let to = out.to_str().unwrap();
    // The number in another case and with more white space.
    let output = lunny(
        home,
        &[" planted0NUMBER", "--to", to, "--format", "fhir,csv,csv"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let expected = format!("{to}/patients.csv\n{to}/Planted0number.fhir.json\n");
    assert_eq!(text(&output.stdout), expected);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);

    let output = lunny(
        home,
        &["--all", "--to", to, "--format", "json", "--deidentified"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), format!("{to}/patients.json\n"));
    let table = fs::read_to_string(out.join("patients.json")).unwrap();
    assert!(
        table.contains("\"age\":\"90+\"") && !table.contains("Planted"),
        "{table}"
    );
}

#[test]
fn a_fhir_bundle_is_a_transaction_by_choice() {
    let all = everything();
    let home = all.installation.home.path();
    let out = all.scans.path().join("out");
    let to = out.to_str().unwrap();
    let export = |more: &[&str]| {
        let arguments = ["Planted0number", "--to", to, "--format", "fhir"];
        lunny(home, &[&arguments[..], more].concat())
    };
    let bundle = |output: &Output| -> serde_json::Value {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let path = text(&output.stdout);
        serde_json::from_slice(&fs::read(path.trim_end()).unwrap()).unwrap()
    };
    let system = |bundle: &serde_json::Value| {
        let entries = bundle["entry"].as_array().unwrap().iter();
        let mut patients = entries.filter(|it| it["resource"]["resourceType"] == "Patient");
        let patient = &patients.next().unwrap()["resource"];
        patient["identifier"][0]["system"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(bundle(&export(&[]))["type"], "collection");
    // The address of the command line takes the place of that in the configuration.
    fs::write(
        home.join("config.toml"),
        "fhir_base = 'https://a.example/fhir/'",
    )
    .unwrap();
    let configured = bundle(&export(&["--fhir", "transaction"]));
    assert_eq!(configured["type"], "transaction");
    assert_eq!(
        system(&configured),
        "https://a.example/fhir/identifier/patient"
    );
    let stated = ["--fhir", "transaction", "--fhir-base", "https://b.example"];
    let stated = bundle(&export(&stated));
    assert_eq!(system(&stated), "https://b.example/identifier/patient");
    let refused = export(&["--fhir-base", "hospital"]);
    assert_eq!(refused.status.code(), Some(1));
    let complaint = text(&refused.stderr);
    assert!(
        complaint.contains("https://hospital.example/fhir"),
        "{complaint}"
    );
}

#[test]
fn withheld_pictures_are_reported_and_change_the_exit_code() {
    let all = everything();
    fs::remove_file(all.scans.path().join("slice_planted.dcm")).unwrap();
    let out = all.scans.path().join("out");
    let arguments = [
        "Planted0number",
        "--to",
        out.to_str().unwrap(),
        "--format",
        "fhir",
    ];
    let output = lunny(
        all.installation.home.path(),
        &[&arguments[..], &["--deidentified"]].concat(),
    );
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("were not exported") && said.contains("file is missing"),
        "{said}"
    );
    assert!(!said.contains("Planted"), "{said}");
}

#[test]
fn mistakes_are_reported_in_one_sentence() {
    let all = everything();
    let home = all.installation.home.path();
    let out = all.scans.path().join("out");
    let to = out.to_str().unwrap();
    for (arguments, said) in [
        (
            vec!["P-404", "--to", to, "--format", "csv"],
            "no patient of your hospital has the ID P-404",
        ),
        (vec!["--to", to, "--format", "csv"], "required"),
        (
            vec!["--all", "P-1", "--to", to, "--format", "csv"],
            "cannot be used with",
        ),
        (vec!["--all", "--to", to, "--format", "docx"], "docx"),
        (
            vec!["--all", "--to", "/dev/null/x", "--format", "csv"],
            "/dev/null/x",
        ),
    ] {
        let output = lunny(home, &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
    }
    assert!(!out.exists());
}

#[test]
fn a_full_disk_is_named_and_leaves_no_incomplete_file() {
    let all = everything();
    let out = all.scans.path().join("small");
    fs::create_dir(&out).unwrap();
    // A file system in memory with space for less than one bundle, visible only to this process.
    let script = "mount -t tmpfs -o size=16k tmpfs \"$0\" || exit 77; \"$@\"; code=$?; \
                  echo \"left: $(ls -A \"$0\" | wc -l)\"; exit $code";
    let mut child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(&out)
        .arg(env!("CARGO_BIN_EXE_lunny"))
        .args(["export", "Planted0number", "--format", "fhir", "--to"])
        .arg(&out)
        .args(["--email", EMAIL])
        .env("LUNNY_HOME", all.installation.home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    let output = child.wait_with_output().unwrap();
    let (answer, said) = (text(&output.stdout), text(&output.stderr));
    // unshare exits with 1 if it has no permission, before the program runs, and no files are counted.
    if output.status.code() == Some(77) || !answer.contains("left: ") {
        println!("skipped: no separate file system ({said})");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{answer}{said}");
    assert!(said.contains("fhir.json could not be written"), "{said}");
    assert!(said.contains("free some space"), "{said}");
    assert_eq!(answer, "left: 0\n");
    assert_eq!(all.installation.logged("export record", "done"), 1);
}
