//! One screen about the work with LUNNY: after the terms were accepted, and from the dashboard at any time.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

use super::{Action, Screen, ScreenEvent};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Steps of the work: key, and what it does.
const STEPS: &[(Scope, &str, &str)] = &[
    (
        Scope::Dashboard,
        "{analyse}",
        "choose a scan; {sample} there makes a synthetic one to try",
    ),
    (
        Scope::Picker,
        "{open}",
        "open it, and {open} again: analyse it",
    ),
    (
        Scope::Result,
        "{save}",
        "save the result: search the patient, {new-patient} for a new one",
    ),
    (
        Scope::Result,
        "{nodules}",
        "measure the nodules; the category follows from them",
    ),
    (
        Scope::Result,
        "{print}",
        "print, {share} share; {patients} on the dashboard finds the record again",
    ),
];

/// Scopes of the keys that the steps name besides their own.
const NAMED: [Scope; 3] = [Scope::PickScan, Scope::SaveTo, Scope::Dashboard];

/// Keys that work everywhere.
const EVERYWHERE: &[(Scope, &str, &str)] = &[
    (
        Scope::Global,
        "{help}",
        "every action of a screen, with its key; type to search",
    ),
    (
        Scope::Result,
        "{back}",
        "back; nothing typed is lost without a question",
    ),
    (
        Scope::Global,
        "{mouse}",
        "the mouse; {messages} messages so far; {analyses} background analyses",
    ),
    (Scope::Global, "{lock}", "lock the screen when you leave"),
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
        let step = |(scope, key, words): &(Scope, &'static str, &'static str)| {
            let scopes: Vec<Scope> = std::iter::once(*scope).chain(NAMED).collect();
            let [key, words] = [key, words].map(|words| keymap::worded(&scopes, words));
            Line::from(vec![
                Span::styled(format!("{key:<KEY$}"), theme.style(Role::Accent)),
                Span::raw(words),
            ])
        };
        let mut text = Text::from(heading("From a scan to a record"));
        text.extend(STEPS.iter().map(step));
        text.extend([heading("On every screen")]);
        text.extend(EVERYWHERE.iter().map(step));
        text.extend([Line::styled(
            keymap::worded(
                &[Scope::Message, Scope::Dashboard],
                "{back} closes. On the dashboard, {tour} shows this again.",
            ),
            theme.style(Role::Muted),
        )]);
        let height = text.height() as u16 + 2;
        let place = panel::centred(area, area.width.min(70), height);
        let inner = panel::raised(frame, place, "How LUNNY works", theme);
        frame.render_widget(panel::paragraph(text), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}
