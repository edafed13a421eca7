//! `docs/keys.md` lists the actions that `keys.toml` may give other keys. `UPDATE_DOCS=1` renews it.

use std::fmt::Write as _;

use lunny::tui::keymap::{KEYMAP, own};

use super::{files_below, read, root};

/// Ends the part of `docs/keys.md` that people write; the rest is made here.
const MARK: &str =
    "<!-- Made from the key table: renew it with UPDATE_DOCS=1 cargo test --test repository -->\n";

/// Every scope of the table with its actions.
fn reference() -> String {
    let mut text = String::new();
    let mut scopes = Vec::new();
    for binding in KEYMAP {
        if !scopes.contains(&binding.scope) {
            scopes.push(binding.scope);
        }
    }
    for scope in scopes {
        let _ = write!(
            text,
            "\n## [{}]\n\n| action | keys | what it does |\n|---|---|---|\n",
            own::name(scope)
        );
        let mut listed = Vec::new();
        for binding in KEYMAP.iter().filter(|binding| binding.scope == scope) {
            if listed.contains(&binding.command) {
                continue;
            }
            listed.push(binding.command);
            let same = KEYMAP
                .iter()
                .filter(|other| other.scope == scope && other.command == binding.command);
            let keys: Vec<String> = same
                .map(|other| format!("`{}`", other.key.label()))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                own::name(binding.command),
                keys.join(" "),
                binding.desc
            );
        }
    }
    text
}

#[test]
fn the_list_of_actions_is_that_of_the_key_table() {
    let path = root().join("docs/keys.md");
    let text = read(&path);
    let (written, made) = text
        .split_once(MARK)
        .expect("docs/keys.md has the mark under which the list begins");
    let reference = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{written}{MARK}{reference}")).expect("it is written");
        return;
    }
    assert!(
        made == reference,
        "docs/keys.md is out of date; renew it with UPDATE_DOCS=1 cargo test --test repository"
    );
}

/// The letter of a sentence such as `press u to undo`, if a line has one.
fn named_letter(line: &str) -> Option<char> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("ress ").skip(1).find_map(|behind| {
        let mut letters = behind.chars();
        let letter = letters.next().filter(char::is_ascii_alphabetic)?;
        (letters.next()? == ' ').then_some(letter)
    })
}

#[test]
fn sentences_ask_the_key_table_for_letters() {
    assert_eq!(named_letter("\"Press u to undo.\""), Some('u'));
    assert_eq!(named_letter("\"Press {undo} to undo, an address a\""), None);
    assert_eq!(named_letter("/// Press u to undo."), None);
    let mut found = Vec::new();
    for path in files_below(&root().join("src/tui/screens"), "rs") {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in (1..).zip(code.lines()) {
            if named_letter(line).is_some() {
                found.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "keymap::worded makes these true:\n{}",
        found.join("\n")
    );
}
