//! First screen: what the program is, signing in, and registering.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Text};

use super::register;
use super::sign_in::SignInScreen;
use super::{Action, Screen, ScreenEvent};
use crate::tui::context::{Context, ModelStatus};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};

const LOGO: [&str; 5] = [
    "█    █   █ █▄  █ █▄  █ █   █",
    "█    █   █ █▀▄ █ █▀▄ █ ▀▄ ▄▀",
    "█    █   █ █ ▀▄█ █ ▀▄█   █  ",
    "█    █   █ █   █ █   █   █  ",
    "▀▀▀▀  ▀▀▀  ▀   ▀ ▀   ▀   ▀  ",
];

const ENTRIES: [(&str, &str); 2] = [
    ("Sign in", "with your email and password"),
    ("Register", "a new account for your hospital"),
];

/// The screen.
#[derive(Debug, Default)]
pub struct Landing {
    selection: Selection,
}

impl Screen for Landing {
    fn title(&self) -> &str {
        "Welcome"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Landing]
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        if self.selection.handle(command, ENTRIES.len(), 1) {
            return Vec::new();
        }
        match (command, self.selection.index) {
            (Command::Open, 0) | (Command::SignIn, _) => {
                vec![Action::Open(Box::new(SignInScreen::default()))]
            }
            (Command::Open, _) | (Command::Register, _) => {
                vec![Action::Open(Box::new(register::form()))]
            }
            (Command::Quit, _) => vec![Action::Leave],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let roomy = area.height >= 20;
        let gap = if roomy { 2 } else { 1 };
        let height = LOGO.len() as u16 + 1 + gap + 3 + gap + 4;
        let block = panel::centred(area, 72, height);
        let [logo, tagline, _, menu, _, small] = panel::stacked(
            block,
            [
                Constraint::Length(LOGO.len() as u16),
                Constraint::Length(1),
                Constraint::Length(gap),
                Constraint::Length(3),
                Constraint::Length(gap),
                Constraint::Min(0),
            ],
        );
        let letters = Text::from_iter(LOGO.map(Line::raw))
            .style(theme.style(Role::Accent))
            .alignment(Alignment::Center);
        frame.render_widget(letters, logo);
        let words = Line::styled("chest CT in your terminal", theme.style(Role::Muted));
        frame.render_widget(words.alignment(Alignment::Center), tagline);
        let menu = panel::centred(menu, 46, 3);
        choice::menu(frame, menu, &ENTRIES, 0, self.selection.index, context);
        let (sentence, role) = match context.model {
            ModelStatus::Unavailable(sentence) => (sentence.as_str(), Role::Warning),
            _ => (
                "Research and teaching software. Not a medical device: it makes no diagnosis and replaces no \
                 radiologist.",
                Role::Muted,
            ),
        };
        panel::remark(frame, small, sentence, role, theme);
    }
}
