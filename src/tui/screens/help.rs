//! All actions of the screen below and of the program, with their keys: help and command palette in one. Typed letters
//! search, Enter does the selected action as its key would.

use nucleo_matcher::Config;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::{Action, Screen, ScreenEvent};
use crate::text::{scrub, wrap};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Binding, Command, Key, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{fuzzy, panel};

/// Largest width of the dialog in cells.
const WIDTH: u16 = 64;
/// Cells of the frame, down and across.
const FRAME: [u16; 2] = [2, 4];
/// Largest width of the keys of an action, in cells.
const KEYS_WIDTH: usize = 22;
/// Rows that a page moves by.
const PAGE: usize = 10;

/// Actions of the dashboard from which other screens are reached.
const PROGRAM: &[Scope] = &[Scope::Dashboard];

/// The dialog.
pub struct Help {
    entries: Vec<Entry>,
    notes: Vec<&'static str>,
    filter: Input,
    selection: Selection,
}

/// An action, with all its keys.
#[derive(Debug, PartialEq)]
struct Entry {
    desc: &'static str,
    keys: String,
    /// The key that does it.
    press: Key,
    /// True if the dashboard does it.
    at_dashboard: bool,
}

/// A line of the list.
enum Row<'a> {
    Entry(&'a Entry),
    /// Part of a note; nothing to do.
    Note(String),
}

impl Help {
    /// Help for a screen with these scopes. With `program`, the actions of the dashboard follow; those for administrators only
    /// if the user is one.
    pub fn new(scopes: &'static [Scope], program: bool, administrator: bool) -> Self {
        let mut entries = Vec::new();
        for binding in keymap::bindings(scopes) {
            add(&mut entries, binding, false);
        }
        if program {
            let dashboard = keymap::bindings(PROGRAM).filter(|binding| {
                binding.scope == Scope::Dashboard
                    && !matches!(
                        binding.command,
                        Command::Open | Command::Up | Command::Down | Command::Analyses
                    )
                    && (administrator || !binding.command.is_for_administrators())
            });
            for binding in dashboard {
                add(&mut entries, binding, true);
            }
        }
        Self {
            entries,
            notes: keymap::notes(scopes).collect(),
            filter: Input::default(),
            selection: Selection::default(),
        }
    }

    /// The lines to show: the actions that match what is typed; without that all, and the notes in lines of `columns`.
    fn rows(&self, columns: usize) -> Vec<Row<'_>> {
        let typed = self.filter.value().trim();
        let texts = self.entries.iter().map(|entry| entry.desc);
        let matches = fuzzy::ranked(texts, typed, Config::DEFAULT);
        let entries = matches.into_iter().filter_map(|at| self.entries.get(at));
        let notes = match typed.is_empty() {
            true => self.notes.as_slice(),
            false => &[],
        };
        let paragraph = |note: &&str| std::iter::once(String::new()).chain(wrap(note, columns));
        entries
            .map(Row::Entry)
            .chain(notes.iter().flat_map(paragraph).map(Row::Note))
            .collect()
    }

    fn edit(&mut self, change: impl FnOnce(&mut Input)) {
        let before = self.filter.value().to_owned();
        change(&mut self.filter);
        if self.filter.value() != before {
            self.selection = Selection::default();
        }
    }
}

/// Adds a binding: as a further key if the action is there already.
fn add(entries: &mut Vec<Entry>, binding: &'static Binding, at_dashboard: bool) {
    // The dialog itself.
    if binding.command == Command::Help {
        return;
    }
    let key = binding.key.label();
    let known = entries
        .iter_mut()
        .find(|entry| entry.desc == binding.desc && entry.at_dashboard == at_dashboard);
    match known {
        Some(entry) => entry.keys = format!("{}, {key}", entry.keys),
        None => entries.push(Entry {
            desc: binding.desc,
            keys: key,
            press: binding.key,
            at_dashboard,
        }),
    }
}

/// Columns of text in the dialog.
fn columns(area: Rect) -> usize {
    usize::from(area.width.min(WIDTH).saturating_sub(FRAME[1]))
}

impl Screen for Help {
    fn title(&self) -> &str {
        "Help"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Help, Scope::List]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let (key, command) = match event {
            ScreenEvent::Key(key, command) => (key, command),
            ScreenEvent::Paste(text) => {
                let typed = scrub(text).into_owned();
                self.edit(|filter| {
                    let all = format!("{}{typed}", filter.value());
                    *filter = Input::new(all);
                });
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        let rows = self.rows(columns(Rect::from(context.size)));
        let count = rows.len();
        let selected = match rows.get(self.selection.index) {
            Some(Row::Entry(entry)) => Some((entry.press, entry.at_dashboard)),
            Some(Row::Note(_)) | None => None,
        };
        match (command, selected) {
            (Some(Command::Back), _) => return vec![Action::Close],
            (Some(Command::Open), Some((key, at_dashboard))) => {
                return vec![Action::Press { key, at_dashboard }];
            }
            (Some(Command::Open), None) => {}
            (Some(command), _) if self.selection.handle(command, count, PAGE) => {}
            _ => self.edit(|filter| {
                if let Some(request) = edit_request(key) {
                    filter.handle(request);
                }
            }),
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let rows = self.rows(columns(area));
        // The filter has a line of its own.
        let height = self.entries.len().max(rows.len()) as u16 + FRAME[0] + 1;
        let place = panel::centred(area, WIDTH, height);
        let inner = panel::raised(frame, place, "Keys on this screen", theme);
        let [filter, list] = panel::stacked(inner, [Constraint::Length(1), Constraint::Min(0)]);
        let typed = scrub(self.filter.value()).into_owned();
        let typed = match typed.is_empty() {
            true => Span::styled("type to search", theme.style(Role::Muted)),
            false => Span::styled(typed, theme.style(Role::Match)),
        };
        let line = Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), typed]);
        frame.render_widget(line, filter);
        if rows.len() > usize::from(list.height) {
            let at = format!("{} of {}", self.selection.index + 1, rows.len());
            let at = Line::from(Span::styled(at, theme.style(Role::Muted)));
            frame.render_widget(at.right_aligned(), filter);
        }
        frame.set_cursor_position((filter.x, filter.y));
        if rows.is_empty() {
            let sentence = Line::styled("No action matches.", theme.style(Role::Muted));
            frame.render_widget(sentence, list);
        }
        let widest = self.entries.iter().map(|entry| entry.keys.chars().count());
        let widest = widest.max().unwrap_or(0).min(KEYS_WIDTH);
        let first = self.selection.first_in(rows.len(), list, context.areas);
        let shown = rows.iter().enumerate().skip(first).zip(list.rows());
        for ((index, row), place) in shown {
            let chosen = index == self.selection.index;
            if chosen {
                let style = theme.style(Role::Selection);
                frame.buffer_mut().set_style(place, style);
                frame.set_cursor_position((place.x, place.y));
            }
            let line = match row {
                Row::Entry(entry) => {
                    let keys = format!("{:<widest$}  ", entry.keys);
                    let keys = match chosen {
                        true => Span::raw(keys),
                        false => Span::styled(keys, theme.style(Role::Accent)),
                    };
                    let typed = self.filter.value().trim();
                    let mut line = Line::from(keys);
                    line.extend(fuzzy::underlined(entry.desc, typed, Config::DEFAULT));
                    line
                }
                Row::Note(text) => Line::raw(text.as_str()),
            };
            frame.render_widget(line, place);
            if let Row::Entry(entry) = row
                && entry.at_dashboard
            {
                let role = if chosen { Role::Selection } else { Role::Muted };
                let whence = Line::from(Span::styled("dashboard", theme.style(role)));
                frame.render_widget(whence.right_aligned(), place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(help: &Help) -> Vec<&'static str> {
        help.entries.iter().map(|entry| entry.desc).collect()
    }

    #[test]
    fn an_action_with_several_keys_is_one_line() {
        let help = Help::new(&[Scope::Reader], false, false);
        let down: Vec<&Entry> = (help.entries.iter())
            .filter(|entry| entry.desc == "scroll down")
            .collect();
        let [down] = down[..] else {
            panic!("{:?}", help.entries);
        };
        assert_eq!(down.keys, "↓, j");
    }

    #[test]
    fn the_dashboards_actions_follow_where_they_are_allowed() {
        let alone = Help::new(&[Scope::Worklist], false, true);
        assert!(!named(&alone).contains(&"statistics"));
        let technician = Help::new(&[Scope::Worklist], true, false);
        assert!(named(&technician).contains(&"statistics"));
        assert!(!named(&technician).iter().any(|desc| desc.contains("audit")));
        let administrator = Help::new(&[Scope::Worklist], true, true);
        assert!(
            named(&administrator)
                .iter()
                .any(|desc| desc.contains("audit"))
        );
    }
}
