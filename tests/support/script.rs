//! Running a subcommand whose answer is one object, as a script does.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs `lunny SUBCOMMAND` with arguments that spaces part, at a home of its own.
pub fn lunny(subcommand: &str, arguments: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg(subcommand)
        .args(arguments.split_whitespace())
        .env("LUNNY_HOME", home.path())
        .output()
        .unwrap()
}

/// The object that `--json` gives.
pub fn object(subcommand: &str, arguments: &str) -> Value {
    let output = lunny(subcommand, &format!("{arguments} --json"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is said of arguments that are refused: nothing but an error, with exit code 1.
pub fn complaint(subcommand: &str, arguments: &str) -> String {
    let output = lunny(subcommand, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    assert!(output.stdout.is_empty(), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}
