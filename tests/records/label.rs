//! `lunny label` as run by a script.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::*;

const ADA: &str = "ada@example.org";

fn lunny(home: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg("label")
        .args(arguments)
        .args(["--email", ADA])
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

#[test]
fn labels_are_written_as_a_private_file_and_entered_in_the_log() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name) in [("P-1", "Ada Byron"), ("P-2", "Bo Lind")] {
        installation
            .store
            .create_patient(&access, &patient(number, name))
            .unwrap();
    }
    let stranger = installation.enter("General Infirmary", "bo@example.org");
    installation
        .store
        .create_patient(&stranger, &patient("P-3", "Cy"))
        .unwrap();
    let out = installation.home.path().join("out");
    let to = out.to_str().unwrap();
    let made = lunny(
        installation.home.path(),
        &["P-2", "p-1", "--to", to, "--size", "89x36"],
    );
    let said = String::from_utf8(made.stdout).unwrap();
    assert_eq!(said, format!("{to}/labels.pdf: 2 labels\n"));
    let file = fs::read(out.join("labels.pdf")).unwrap();
    assert!(file.starts_with(b"%PDF-"));
    assert_eq!(installation.logged("make label", "done"), 2);
    let refused = lunny(installation.home.path(), &["P-3", "--to", to]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("P-3"));
    assert_eq!(installation.logged("make label", "done"), 2);
    // Either a file or a printer.
    let neither = lunny(installation.home.path(), &["P-1"]);
    assert_eq!(neither.status.code(), Some(1));
}
