//! Dialog with the themes: the selected one is shown at once, Enter keeps it for the account, Esc returns to the one before.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::themes::{self, Loaded};
use crate::tui::worker::{Answer, Request};

/// Width of the dialog in cells.
const WIDTH: u16 = 46;
/// Rows that a page moves by.
const PAGE: usize = 10;
/// Words drawn in the selected theme, each in its role.
const SAMPLE: [(Role, &str); 8] = [
    (Role::Text, "text"),
    (Role::Muted, "muted"),
    (Role::Accent, "accent"),
    (Role::Positive, "positive"),
    (Role::Indeterminate, "indeterminate"),
    (Role::Negative, "negative"),
    (Role::Field, " field "),
    (Role::Error, "error"),
];

/// The dialog.
#[derive(Default)]
pub struct PickTheme {
    themes: Option<Vec<Loaded>>,
    selection: Selection,
}

impl PickTheme {
    fn selected(&self) -> Option<&Loaded> {
        self.themes.as_ref()?.get(self.selection.index)
    }

    /// Shows the selected theme, or says why it cannot be used.
    fn show(&self) -> Vec<Action> {
        match self.selected() {
            Some(Ok(theme)) => vec![Action::PreviewTheme(Some(Box::new(theme.clone())))],
            Some(Err(error)) => vec![
                Action::PreviewTheme(None),
                Action::Tell(Notice::warning(error.to_string())),
            ],
            None => Vec::new(),
        }
    }

    fn keep(&self, context: &Context<'_>) -> Vec<Action> {
        match (self.selected(), context.access.cloned()) {
            (Some(Ok(theme)), Some(access)) => vec![Action::ask(themes::Request::Keep {
                access,
                name: theme.name().to_owned(),
            })],
            _ => self.show(),
        }
    }
}

fn back() -> Vec<Action> {
    vec![Action::PreviewTheme(None), Action::Close]
}

impl Screen for PickTheme {
    fn title(&self) -> &str {
        "Colours"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let folder = context.home.join("themes");
                return vec![Action::Ask(Request::Themes(themes::Request::List {
                    folder,
                }))];
            }
            ScreenEvent::Answer(Answer::Themes(answer)) => match answer {
                themes::Answer::List(themes) => {
                    let is_chosen = |loaded: &Loaded| {
                        let theme = loaded.as_ref();
                        theme.is_ok_and(|theme| theme.name() == context.theme.name())
                    };
                    let index = themes.iter().position(is_chosen).unwrap_or(0);
                    self.selection = Selection { index };
                    self.themes = Some(themes);
                }
                themes::Answer::Kept(Ok(())) => return vec![Action::ChooseTheme, Action::Close],
                themes::Answer::Kept(Err(error)) => {
                    let said = Action::Tell(Notice::error(error.to_string()));
                    return back().into_iter().chain([said]).collect();
                }
                themes::Answer::Own(_) => {}
            },
            ScreenEvent::Failed => return back(),
            ScreenEvent::Key(_, Some(Command::Back)) => return back(),
            ScreenEvent::Key(_, Some(Command::Open)) => return self.keep(context),
            ScreenEvent::Key(_, Some(command)) => {
                let count = self.themes.as_ref().map_or(0, Vec::len);
                if self.selection.handle(command, count, PAGE) {
                    return self.show();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let themes = self.themes.as_deref().unwrap_or_default();
        let height = themes.len() as u16 + 6;
        let place = panel::centred(area, WIDTH, height);
        let inner = panel::raised(frame, place, self.title(), theme);
        let [list, _, first, second] = panel::stacked(
            inner,
            [
                Constraint::Min(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
            ],
        );
        if self.themes.is_none() {
            let sentence = Line::styled("Reading the themes …", theme.style(Role::Muted));
            frame.render_widget(sentence, list);
        }
        let start = (self.selection).first_in(themes.len(), list, context.areas);
        let rows = themes.iter().enumerate().skip(start).zip(list.rows());
        for ((index, loaded), row) in rows {
            let chosen = index == self.selection.index;
            let role = match (chosen, loaded) {
                (true, _) => Role::Selection,
                (false, Ok(_)) => Role::Text,
                (false, Err(_)) => Role::Muted,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            let name = match loaded {
                Ok(theme) => theme.name(),
                Err(unusable) => &unusable.name,
            };
            frame.render_widget(Line::raw(format!(" {}", scrub(name))), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        let (upper, lower) = SAMPLE.split_at(SAMPLE.len() / 2);
        for (words, row) in [(upper, first), (lower, second)] {
            let words = words
                .iter()
                .flat_map(|(role, word)| [Span::styled(*word, theme.style(*role)), Span::raw(" ")]);
            frame.render_widget(Line::from_iter(words), row);
        }
    }
}
