//! The user's own keys: `keys.toml`, a part of the table with other keys.
//!
//! A section is a scope, an entry an action and its keys:
//!
//! ```toml
//! [dashboard]
//! patients = "b"
//! statistics = ["x", "F6"]
//! ```
//!
//! The named keys take the place of all keys that the action had in that scope; everything else stays.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyModifiers};
use toml::Spanned;

use super::{Binding, Command, KEYMAP, Key, Scope};
use crate::named_file;

/// Maximum size of the file in bytes; one with every key has some 20 kB.
const MAX_BYTES: u64 = 256 << 10;

/// Reason why the file is not used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("{} could not be read: {source}; correct it, or move it away", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}, line {line}: {reason}; correct the line or remove it", path.display())]
    Line {
        path: PathBuf,
        line: usize,
        reason: Box<Reason>,
    },
}

/// Fault of one line.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Reason {
    #[error("{0}")]
    Malformed(String),
    #[error("“{0}” is not a scope; docs/keys.md lists them")]
    UnknownScope(String),
    #[error("[{scope}] has no action “{action}”; docs/keys.md lists them")]
    UnknownAction { scope: String, action: String },
    #[error(
        "“{0}” is not a key; use a letter, Enter, Tab, F5, Ctrl-P, Alt-L, Shift-Up or the like"
    )]
    UnknownKey(String),
    #[error("an action needs at least one key")]
    NoKey,
    #[error(
        "in [{scope}] letters are typed text; use a key with Ctrl or Alt, or a function key, in place of “{key}”"
    )]
    LetterIsText { scope: String, key: String },
    #[error("{key} is the key of “{one}” and of “{other}” in [{scope}]")]
    Conflict {
        scope: String,
        key: String,
        one: String,
        other: String,
    },
}

/// One key, or several.
#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "expected a key, or a list of keys")]
enum Keys {
    One(String),
    Several(Vec<String>),
}

type File = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<Keys>>>;

/// The table with the user's keys from `path`; `None` if there is no such file.
///
/// # Errors
/// [`KeysError`].
pub fn load(path: &Path) -> Result<Option<Vec<Binding>>, KeysError> {
    let text = match named_file::trusted_text(path, MAX_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(KeysError::Unreadable {
                path: path.to_path_buf(),
                source,
            });
        }
    };
    let at = |offset: usize, reason: Reason| KeysError::Line {
        path: path.to_path_buf(),
        line: 1 + text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count(),
        reason: Box::new(reason),
    };
    table(&text)
        .map(Some)
        .map_err(|(offset, reason)| at(offset, reason))
}

/// Name in the file of a scope or an action: its words in small letters with hyphens.
pub fn name(of: impl std::fmt::Debug) -> String {
    let mut name = String::new();
    for letter in format!("{of:?}").chars() {
        match letter {
            '(' => name.push('-'),
            ')' => {}
            letter if letter.is_ascii_uppercase() => {
                if !name.is_empty() {
                    name.push('-');
                }
                name.push(letter.to_ascii_lowercase());
            }
            letter => name.push(letter),
        }
    }
    name
}

/// The table with the keys of this text, or the offset of the fault in it.
fn table(text: &str) -> Result<Vec<Binding>, (usize, Reason)> {
    let file: File = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        (offset, Reason::Malformed(error.message().to_owned()))
    })?;
    let mut table = KEYMAP.to_vec();
    let mut changed: Vec<(Scope, Command, usize)> = Vec::new();
    for (scope, actions) in &file {
        let Some(known) = (KEYMAP.iter()).find(|binding| name(binding.scope) == *scope.as_ref())
        else {
            let unknown = Reason::UnknownScope(scope.as_ref().clone());
            return Err((scope.span().start, unknown));
        };
        for (action, keys) in actions {
            let binding = (KEYMAP.iter()).find(|binding| {
                binding.scope == known.scope && name(binding.command) == *action.as_ref()
            });
            let Some(binding) = binding else {
                let unknown = Reason::UnknownAction {
                    scope: scope.as_ref().clone(),
                    action: action.as_ref().clone(),
                };
                return Err((action.span().start, unknown));
            };
            let at = keys.span().start;
            let keys = chosen(keys.as_ref(), binding.scope).map_err(|reason| (at, reason))?;
            replace(&mut table, binding, &keys);
            changed.push((binding.scope, binding.command, at));
        }
    }
    for (scope, command, at) in changed {
        if let Some(conflict) = conflict(&table, scope, command) {
            return Err((at, conflict));
        }
    }
    Ok(table)
}

fn chosen(keys: &Keys, scope: Scope) -> Result<Vec<Key>, Reason> {
    let names = match keys {
        Keys::One(name) => std::slice::from_ref(name),
        Keys::Several(names) => names,
    };
    if names.is_empty() {
        return Err(Reason::NoKey);
    }
    let is_letter = |key: Key| matches!(key.0, KeyCode::Char(_)) && key.1.is_empty();
    let letters_are_keys = (KEYMAP.iter())
        .any(|binding| binding.scope == scope && is_letter(binding.key) && scope != Scope::Global);
    names
        .iter()
        .map(|name| {
            let key = key(name).ok_or_else(|| Reason::UnknownKey(name.clone()))?;
            match is_letter(key) && !letters_are_keys {
                true => Err(Reason::LetterIsText {
                    scope: self::name(scope),
                    key: name.clone(),
                }),
                false => Ok(key),
            }
        })
        .collect()
}

/// Puts `keys` in the place of the first key of the action, and removes its others.
fn replace(table: &mut Vec<Binding>, binding: &Binding, keys: &[Key]) {
    let is_same =
        |other: &Binding| other.scope == binding.scope && other.command == binding.command;
    let Some(first) = table.iter().position(is_same) else {
        return;
    };
    table.retain(|other| !is_same(other));
    let bindings = (0..).zip(keys).map(|(index, key)| Binding {
        key: *key,
        // The footer shows one key of an action.
        in_footer: binding.in_footer && index == 0,
        ..*binding
    });
    table.splice(first..first, bindings);
}

/// Another action of the scope with a key of `command`.
fn conflict(table: &[Binding], scope: Scope, command: Command) -> Option<Reason> {
    let mine = |binding: &&Binding| binding.scope == scope && binding.command == command;
    table.iter().filter(mine).find_map(|binding| {
        let other = table.iter().find(|other| {
            other.scope == scope && other.command != command && other.key == binding.key
        })?;
        Some(Reason::Conflict {
            scope: name(scope),
            key: binding.key.label(),
            one: name(command),
            other: name(other.command),
        })
    })
}

/// A key by its name: a character, or a name as the footer shows it, with `Ctrl-`, `Alt-` or `Shift-` before it.
fn key(name: &str) -> Option<Key> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        let code = match letter {
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            '←' => KeyCode::Left,
            '→' => KeyCode::Right,
            letter if letter.is_control() || letter == ' ' => return None,
            letter => KeyCode::Char(letter),
        };
        return Some(Key(code, KeyModifiers::NONE));
    }
    let lower = name.to_lowercase();
    let (modifiers, rest) = match lower.split_once('-') {
        Some(("ctrl", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("alt", rest)) => (KeyModifiers::ALT, rest),
        Some(("shift", rest)) => (KeyModifiers::SHIFT, rest),
        _ => (KeyModifiers::NONE, lower.as_str()),
    };
    let code = match rest {
        "enter" => KeyCode::Enter,
        "tab" if modifiers == KeyModifiers::SHIFT => {
            return Some(Key(KeyCode::BackTab, KeyModifiers::NONE));
        }
        "tab" => KeyCode::Tab,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "up" | "↑" => KeyCode::Up,
        "down" | "↓" => KeyCode::Down,
        "left" | "←" => KeyCode::Left,
        "right" | "→" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "insert" => KeyCode::Insert,
        "delete" => KeyCode::Delete,
        "backspace" => KeyCode::Backspace,
        rest => {
            let mut letters = rest.chars();
            match (letters.next(), letters.as_str()) {
                (Some('f'), number) if !number.is_empty() => {
                    let number = number.parse().ok();
                    KeyCode::F(number.filter(|number| (1..=12).contains(number))?)
                }
                (Some(letter), "")
                    if modifiers != KeyModifiers::NONE && modifiers != KeyModifiers::SHIFT =>
                {
                    KeyCode::Char(letter)
                }
                _ => return None,
            }
        }
    };
    Some(Key(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(table: &[Binding], scope: Scope, name: &str) -> Vec<Command> {
        let wanted = key(name).unwrap();
        let found = table.iter();
        let found = found.filter(|binding| binding.scope == scope && binding.key == wanted);
        found.map(|binding| binding.command).collect()
    }

    #[test]
    fn a_partial_file_changes_its_actions_and_nothing_else() {
        let changed = table("[dashboard]\npatients = 'b'\nstatistics = ['x', 'F6']\n").unwrap();
        assert_eq!(
            commands(&changed, Scope::Dashboard, "b"),
            [Command::Patients]
        );
        assert_eq!(commands(&changed, Scope::Dashboard, "p"), []);
        for key in ["x", "F6"] {
            let found = commands(&changed, Scope::Dashboard, key);
            assert_eq!(found, [Command::Statistics]);
        }
        let others = |table: &[Binding]| {
            let moved = [Command::Patients, Command::Statistics];
            let kept = table.iter().filter(|binding| {
                binding.scope != Scope::Dashboard || !moved.contains(&binding.command)
            });
            kept.count()
        };
        assert_eq!(others(&changed), others(KEYMAP));
        // Two actions may exchange their keys.
        let exchanged =
            table("[dashboard]\npatients = 'n'\nanalyse = 'p'\n[global]\nhelp = 'F11'").unwrap();
        assert_eq!(
            commands(&exchanged, Scope::Dashboard, "p"),
            [Command::Analyse]
        );
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let faults = [
            "[dashbord]\npatients = 'b'",
            "[dashboard]\n\npatient = 'b'",
            "[dashboard]\npatients = 'b'\nstatistics = 'Hyper-X'",
            "[dashboard]\npatients = []",
            "[dashboard]\npatients = 3",
            "[dashboard]\npatients = 'n'",
            "[browse]\nprint = 'p'",
            "[global]\nhelp = 'h'",
            "[dashboard\n",
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        let said = faults.map(|text| {
            std::fs::write(&path, text).unwrap();
            let error = load(&path).unwrap_err().to_string();
            error.replace(&folder.path().display().to_string(), "…")
        });
        insta::assert_snapshot!(said.join("\n"), @"
        …/keys.toml, line 1: “dashbord” is not a scope; docs/keys.md lists them; correct the line or remove it
        …/keys.toml, line 3: [dashboard] has no action “patient”; docs/keys.md lists them; correct the line or remove it
        …/keys.toml, line 3: “Hyper-X” is not a key; use a letter, Enter, Tab, F5, Ctrl-P, Alt-L, Shift-Up or the like; correct the line or remove it
        …/keys.toml, line 2: an action needs at least one key; correct the line or remove it
        …/keys.toml, line 2: expected a key, or a list of keys; correct the line or remove it
        …/keys.toml, line 2: n is the key of “patients” and of “analyse” in [dashboard]; correct the line or remove it
        …/keys.toml, line 2: in [browse] letters are typed text; use a key with Ctrl or Alt, or a function key, in place of “p”; correct the line or remove it
        …/keys.toml, line 2: in [global] letters are typed text; use a key with Ctrl or Alt, or a function key, in place of “h”; correct the line or remove it
        …/keys.toml, line 1: unclosed table, expected `]`; correct the line or remove it
        ");
        std::fs::remove_file(&path).unwrap();
        assert!(load(&path).unwrap().is_none());
    }

    #[test]
    fn every_key_of_the_table_has_a_name_that_is_read_back() {
        for binding in KEYMAP {
            let label = binding.key.label();
            assert_eq!(key(&label), Some(binding.key), "{label}");
        }
    }
}
