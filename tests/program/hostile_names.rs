//! File names that would control the terminal, in everything that subcommands print.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::write_chest_slice;

/// The clipboard (OSC 52), a colour in one byte (C1), and a change of direction.
const NAME: &str = "a\u{1b}]52;c;aGk=\u{7}\u{9b}31m\u{202e}b.png";

fn lunny(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(arguments)
        .current_dir(folder)
        .env("LUNNY_HOME", folder.join("home"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn no_subcommand_sends_a_file_name_to_the_terminal_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write_chest_slice(folder.path(), NAME);
    let absent = format!("{NAME}.absent");
    let flag = format!("--{NAME}");
    let folder_name = format!("{NAME}.folder");
    std::fs::create_dir(folder.path().join(&folder_name)).unwrap();
    let commands: [&[&str]; 24] = [
        &["analyze", NAME],
        &["analyze", "--json", NAME],
        &["analyze", &absent],
        &["analyze", "--json", &absent],
        &["analyze", &folder_name],
        &["analyze", &flag],
        &["scan", "info", NAME],
        &["scan", "info", "--json", NAME],
        &["scan", "info", &absent],
        &["scan", "info", &folder_name],
        &["model", "info", "--model", NAME],
        &["model", "info", "--lesion-model", &absent],
        &["model", "card", "--card", &absent, "--out", "out"],
        &["model", "gate", &absent],
        &["evaluate", &absent],
        &["bench", "inference", "--model", &absent],
        &["train", "--data", &absent, "--init", NAME, "--out", "out"],
        &["doctor", "--home", &folder_name],
        &["doctor", "--json", "--home", NAME],
        &["import", NAME, "--home", &folder_name],
        &["backup", NAME, "--home", NAME],
        &["lung-rads", "--type", NAME],
        &["--theme", NAME, "key", "status", "--home", &folder_name],
        &[NAME],
    ];
    for arguments in commands {
        let output = lunny(folder.path(), arguments);
        for bytes in [&output.stdout, &output.stderr] {
            let told = std::str::from_utf8(bytes).expect("text");
            let harms = |letter: char| {
                (letter.is_control() && letter != '\n' && letter != '\t') || letter == '\u{202e}'
            };
            assert!(!told.contains(harms), "{arguments:?}: {told:?}");
        }
    }
}

#[test]
fn json_states_the_name_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let output = lunny(folder.path(), &["analyze", "--json", NAME]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["path"], NAME);
}
