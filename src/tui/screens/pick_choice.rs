//! Dialog with all choices of a field, or with names, filtered while typing.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::{Action, Screen, ScreenEvent};
use crate::clinical::patient::Choice;
use crate::clinical::text::fold;
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Rows that a page of a long list moves by.
const PAGE: usize = 10;

/// Name of an empty value.
pub const NOT_STATED: &str = "not stated";

/// The dialog.
pub struct PickChoice {
    title: &'static str,
    /// Stored word and label of each choice.
    choices: Vec<(String, String)>,
    /// Name of the empty choice.
    none: &'static str,
    filter: Input,
    selection: Selection,
    /// Gets the word that is kept; "" for nothing.
    reply: Reply<String>,
}

impl PickChoice {
    /// Dialog for a field of this name, with the choice of the word `kept` selected.
    pub fn new(
        title: &'static str,
        choices: &'static [Choice],
        kept: &str,
        reply: Reply<String>,
    ) -> Self {
        let choices = choices.iter();
        let choices = choices.map(|choice| (choice.word.to_owned(), choice.label.to_owned()));
        Self::with(title, choices.collect(), kept, reply)
    }

    /// Dialog for names that are stored as they are, with `kept` selected.
    pub fn among(
        title: &'static str,
        names: &[impl AsRef<str>],
        kept: &str,
        reply: Reply<String>,
    ) -> Self {
        let names = names.iter().map(AsRef::as_ref);
        let choices = names.map(|name| (name.to_owned(), scrub(name).into_owned()));
        Self::with(title, choices.collect(), kept, reply)
    }

    fn with(
        title: &'static str,
        choices: Vec<(String, String)>,
        kept: &str,
        reply: Reply<String>,
    ) -> Self {
        let at = choices.iter().position(|(word, _)| word == kept);
        Self {
            title,
            choices,
            none: NOT_STATED,
            filter: Input::default(),
            selection: Selection {
                index: at.map_or(0, |at| at + 1),
            },
            reply,
        }
    }

    /// The same with another name for the empty choice.
    pub fn or(self, none: &'static str) -> Self {
        Self { none, ..self }
    }

    /// Words and labels that contain the typed text, first those that begin with it: "male" does not select female. The
    /// first of all is the empty choice.
    fn matches(&self) -> Vec<(&str, &str)> {
        let typed = fold(self.filter.value());
        let all = self.choices.iter();
        let all = all.map(|(word, label)| (word.as_str(), label.as_str()));
        let all = std::iter::once(("", self.none)).chain(all);
        let mut found: Vec<_> = all
            .map(|choice| (fold(choice.1), choice))
            .filter(|(label, _)| label.contains(&typed))
            .collect();
        found.sort_by_key(|(label, _)| !label.starts_with(&typed));
        found.into_iter().map(|(_, choice)| choice).collect()
    }
}

impl Screen for PickChoice {
    fn title(&self) -> &str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(key, command) = event else {
            return Vec::new();
        };
        let matches = self.matches();
        let count = matches.len();
        match command {
            Some(Command::Back) => return vec![Action::Close],
            Some(Command::Open) => {
                let chosen = matches.get(self.selection.index);
                return match chosen {
                    Some((word, _)) => vec![self.reply.send((*word).to_owned())],
                    None => Vec::new(),
                };
            }
            Some(command) if self.selection.handle(command, count, PAGE) => {}
            _ => {
                let changed = edit_request(key).and_then(|request| self.filter.handle(request));
                if changed.is_some_and(|changed| changed.value) {
                    self.selection = Selection::default();
                }
            }
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let matches = self.matches();
        let height = self.choices.len() as u16 + 4;
        let inner = panel::raised(frame, panel::centred(area, 46, height), self.title, theme);
        let [filter, list] = panel::stacked(inner, [Constraint::Length(1), Constraint::Min(0)]);
        let typed = scrub(self.filter.value()).into_owned();
        let typed = match typed.is_empty() {
            true => Span::styled("type to filter", theme.style(Role::Muted)),
            false => Span::styled(typed, theme.style(Role::Match)),
        };
        let line = Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), typed]);
        frame.render_widget(line, filter);
        if matches.is_empty() {
            let sentence = "No choice matches.";
            frame.render_widget(Line::styled(sentence, theme.style(Role::Muted)), list);
            frame.set_cursor_position((filter.x, filter.y));
        }
        let first = self.selection.first_in(matches.len(), list, context.areas);
        let rows = matches.iter().enumerate().skip(first).zip(list.rows());
        for ((index, (_, label)), row) in rows {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::raw(format!(" {label}")), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}
