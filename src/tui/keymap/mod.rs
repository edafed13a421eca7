//! All keys in one table, from which footer and help are made. [`own`] changes some of them by the user's file.

mod commands;
pub mod own;
mod scopes;
mod table;

use std::sync::OnceLock;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use self::commands::Command;
pub use self::scopes::Scope;
pub use self::table::{KEYMAP, NOTES};

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    pub scope: Scope,
    pub key: Key,
    pub command: Command,
    /// Description in one to three words, for footer and help.
    pub desc: &'static str,
    /// True if the footer shows it too; help shows all.
    pub in_footer: bool,
}

/// Key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub KeyCode, pub KeyModifiers);

/// The table with the user's own keys, from [`own::load`].
static OWN: OnceLock<Vec<Binding>> = OnceLock::new();

/// Uses the user's own keys from now on, for the whole process. Only the first call has an effect.
pub fn use_own(table: Vec<Binding>) {
    let _ = OWN.set(table);
}

fn table() -> &'static [Binding] {
    OWN.get().map_or(KEYMAP, Vec::as_slice)
}

impl Key {
    /// The event of pressing the key.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.0, self.1)
    }

    /// Name of the key as printed on keyboards.
    pub fn label(self) -> String {
        let name = match self.0 {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) if self.1.is_empty() => letter.to_string(),
            KeyCode::Char(letter) => letter.to_uppercase().to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        if self.1.contains(KeyModifiers::SHIFT) {
            format!("Shift-{name}")
        } else if self.1.contains(KeyModifiers::CONTROL) {
            format!("Ctrl-{name}")
        } else if self.1.contains(KeyModifiers::ALT) {
            format!("Alt-{name}")
        } else {
            name
        }
    }

    fn matches(self, event: KeyEvent) -> bool {
        // A capital letter comes with SHIFT from some terminals and without it from others.
        let modifiers = match event.code {
            KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
            _ => event.modifiers,
        };
        let code = match event.code {
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        self.0 == code && self.1 == modifiers
    }
}

/// Command of `event` in the nearest of `scopes` that has the key, or in the global scope. A capital letter without a meaning of
/// its own means what the small one does: Caps Lock turns no key off.
pub fn command(scopes: &[Scope], event: KeyEvent) -> Option<Command> {
    let of = |event: KeyEvent| {
        bindings(scopes)
            .find(|binding| binding.key.matches(event))
            .map(|binding| binding.command)
    };
    of(event).or_else(|| match event.code {
        KeyCode::Char(letter) if letter.is_ascii_uppercase() => of(KeyEvent {
            code: KeyCode::Char(letter.to_ascii_lowercase()),
            ..event
        }),
        _ => None,
    })
}

/// Bindings that are valid in `scopes`, in their order, then the global ones. A key that a nearer scope has is omitted
/// from the others.
pub fn bindings(scopes: &[Scope]) -> impl Iterator<Item = &'static Binding> {
    let everywhere = [Scope::Global];
    let wanted: Vec<Scope> = scopes.iter().chain(&everywhere).copied().collect();
    let mut taken: Vec<(Scope, Key)> = Vec::new();
    let lines = wanted
        .into_iter()
        .flat_map(|scope| table().iter().filter(move |binding| binding.scope == scope));
    lines.filter(move |binding| {
        let free = !taken
            .iter()
            .any(|(scope, key)| *key == binding.key && *scope != binding.scope);
        taken.push((binding.scope, binding.key));
        free
    })
}

/// The first key of a command in `scopes`, if it has one.
pub fn key_of(scopes: &[Scope], command: Command) -> Option<Key> {
    let binding = bindings(scopes).find(|binding| binding.command == command);
    binding.map(|binding| binding.key)
}

/// Name of that key for a sentence, so that the sentence is true for a user with other keys, too. Empty without a key.
pub fn label(scopes: &[Scope], command: Command) -> String {
    key_of(scopes, command).map(Key::label).unwrap_or_default()
}

/// A sentence of the program with keys in place of the actions that it names in braces: `Press {undo} to undo.` becomes `Press u to
/// undo.` for a user with the usual keys. Actions are named as in [`own`]; one without a key in `scopes` stays as its name.
pub fn worded(scopes: &[Scope], sentence: &str) -> String {
    let mut worded = String::new();
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((action, after)) = behind.split_once('}') else {
            break;
        };
        // A key that a nearer scope has still belongs to its action on the screen of its own scope.
        let known = (scopes.iter())
            .find_map(|scope| bindings(&[*scope]).find(|it| own::name(it.command) == action));
        worded.push_str(before);
        match known {
            Some(binding) => worded.push_str(&binding.key.label()),
            None => worded.push_str(action),
        }
        rest = after;
    }
    worded.push_str(rest);
    worded
}

/// Notes on the keys in `scopes` beyond the table, one paragraph each.
pub fn notes(scopes: &[Scope]) -> impl Iterator<Item = &'static str> {
    let notes = NOTES.iter().filter(|(scope, _)| scopes.contains(scope));
    notes.map(|(_, note)| *note)
}

#[cfg(test)]
mod tests {
    use super::table::{control, plain};
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_scope() {
        for (index, one) in KEYMAP.iter().enumerate() {
            let twin = KEYMAP[index + 1..]
                .iter()
                .find(|other| other.scope == one.scope && other.key == one.key);
            assert!(twin.is_none(), "{:?} {}", one.scope, one.key.label());
        }
    }

    #[test]
    fn every_binding_has_a_description_and_no_key_of_a_multiplexer() {
        for binding in KEYMAP {
            assert!(!binding.desc.is_empty());
            for reserved in ['b', 's', 'q', 'h', 'a'] {
                assert_ne!(binding.key, control(reserved), "{:?}", binding.scope);
            }
        }
    }

    #[test]
    fn the_nearest_scope_wins() {
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        let meant = command(&[Scope::Confirm, Scope::Viewer], escape);
        assert_eq!(meant, Some(Command::No));
        assert_eq!(command(&[Scope::Viewer], escape), Some(Command::Back));
        assert_eq!(command(&[], escape), None);
        let both = bindings(&[Scope::Cursor, Scope::Viewer]);
        let arrows = both.filter(|binding| binding.key == plain(KeyCode::Down));
        let meant: Vec<Command> = arrows.map(|binding| binding.command).collect();
        assert_eq!(meant, [Command::CursorDown]);
    }

    #[test]
    fn a_capital_letter_means_the_small_one_unless_it_has_its_own_meaning() {
        let pressed = |scopes: &[Scope], letter: char, modifiers: KeyModifiers| {
            command(scopes, KeyEvent::new(KeyCode::Char(letter), modifiers))
        };
        let (plain, shift) = (KeyModifiers::NONE, KeyModifiers::SHIFT);
        for modifiers in [plain, shift] {
            assert_eq!(
                pressed(&[Scope::Terms], 'A', modifiers),
                Some(Command::Accept)
            );
        }
        let both = [Scope::Cursor, Scope::Viewer];
        assert_eq!(pressed(&both, 'k', plain), Some(Command::PanUp));
        assert_eq!(pressed(&both, 'K', shift), Some(Command::CursorFarUp));
        // Where letters are text they stay text.
        assert_eq!(pressed(&[Scope::Form], 'A', shift), None);
    }

    #[test]
    fn sentences_name_the_keys_of_actions() {
        let scopes = [Scope::Result];
        let sentence = "Press {undo} to undo, {save} to save, {lock} to lock.";
        assert_eq!(
            worded(&scopes, sentence),
            "Press u to undo, s to save, Ctrl-L to lock."
        );
        assert_eq!(worded(&scopes, "{tour} and {"), "tour and {");
        assert_eq!(label(&scopes, Command::Undo), "u");
        assert_eq!(label(&scopes, Command::Tour), "");
    }

    #[test]
    fn control_letters_match_in_either_case() {
        let event = KeyEvent::new(
            KeyCode::Char('C'),
            KeyModifiers::CONTROL | KeyModifiers::SHIFT,
        );
        assert_eq!(command(&[], event), Some(Command::Leave));
    }
}
