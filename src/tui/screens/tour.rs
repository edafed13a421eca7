//! One screen about the work with LUNNY: after the terms were accepted, and from the dashboard at any time.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

use super::{Action, Screen, ScreenEvent};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Steps of the work: key, and what it does.
const STEPS: &[(&str, &str)] = &[
    (
        "n",
        "choose a scan; Ctrl-G there makes a synthetic one to try",
    ),
    ("Enter", "open it, and Enter again: analyse it"),
    (
        "s",
        "save the result: search the patient, Ctrl-N for a new one",
    ),
    ("m", "measure the nodules; the category follows from them"),
    (
        "p",
        "print, h share; p on the dashboard finds the record again",
    ),
];

/// Keys that work everywhere.
const EVERYWHERE: &[(&str, &str)] = &[
    (
        "F1",
        "every action of a screen, with its key; type to search",
    ),
    ("Esc", "back; nothing typed is lost without a question"),
    (
        "F2",
        "the mouse; F10 messages so far; F12 background analyses",
    ),
    ("Ctrl-L", "lock the screen when you leave"),
];

/// Columns of a key.
const KEY: usize = 8;

/// The dialog.
#[derive(Default)]
pub struct Tour;

impl Screen for Tour {
    fn title(&self) -> &str {
        "Tour"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Message]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let heading = |words: &'static str| Line::styled(words, theme.style(Role::Heading));
        let step = |(key, words): &(&'static str, &'static str)| {
            Line::from(vec![
                Span::styled(format!("{key:<KEY$}"), theme.style(Role::Accent)),
                Span::raw(*words),
            ])
        };
        let mut text = Text::from(heading("From a scan to a record"));
        text.extend(STEPS.iter().map(step));
        text.extend([heading("On every screen")]);
        text.extend(EVERYWHERE.iter().map(step));
        text.extend([Line::styled(
            "Enter closes. On the dashboard, h shows this again.",
            theme.style(Role::Muted),
        )]);
        let height = text.height() as u16 + 2;
        let place = panel::centred(area, area.width.min(70), height);
        let inner = panel::raised(frame, place, "How LUNNY works", theme);
        frame.render_widget(panel::paragraph(text), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}
