//! Running a subcommand whose answer is one object, as a script does.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs `lunny SUBCOMMAND` with arguments separated by spaces, in a temporary home.
pub fn lunny(subcommand: &str, arguments: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .arg(subcommand)
        .args(arguments.split_whitespace())
        .env("LUNNY_HOME", home.path())
        .output()
        .unwrap()
}

/// The object printed with `--json`.
pub fn object(subcommand: &str, arguments: &str) -> Value {
    let output = lunny(subcommand, &format!("{arguments} --json"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The error output for refused arguments: only an error, with exit code 1.
pub fn complaint(subcommand: &str, arguments: &str) -> String {
    let output = lunny(subcommand, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    assert!(output.stdout.is_empty(), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}
