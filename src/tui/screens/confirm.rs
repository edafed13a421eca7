//! A question with yes and no. No is chosen until the user says otherwise.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Key, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Consequence of yes.
enum Yes {
    /// Sends the answer to the screen that asked.
    Reply(Reply<()>),
    Leave,
    SignOut,
}

/// The dialog.
pub struct Confirm {
    title: String,
    sentence: String,
    /// Label of the button that says yes.
    label: &'static str,
    does: Yes,
    yes: bool,
}

impl Confirm {
    /// Asks in this sentence; `label` is the text of the button that says yes.
    pub fn new(title: &str, sentence: &str, label: &'static str, reply: Reply<()>) -> Self {
        Self::with(title, sentence, label, Yes::Reply(reply))
    }

    /// Asks whether to quit. `loss` follows the question: what ends with the session.
    pub fn to_leave(loss: &str) -> Self {
        let sentence = format!("Sign out and quit LUNNY? Saved data stays.{loss}");
        Self::with("Quit", &sentence, "Quit", Yes::Leave)
    }

    /// Asks whether to sign out. `loss` follows the question: what ends with the session.
    pub fn to_sign_out(loss: &str) -> Self {
        let sentence = format!("Sign out and return to the first screen?{loss}");
        Self::with("Sign out", &sentence, "Sign out", Yes::SignOut)
    }

    fn with(title: &str, sentence: &str, label: &'static str, does: Yes) -> Self {
        Self {
            title: scrub(title).into_owned(),
            sentence: scrub(sentence).into_owned(),
            label,
            does,
            yes: false,
        }
    }

    fn decide(&self, yes: bool) -> Vec<Action> {
        vec![match &self.does {
            _ if !yes => Action::Close,
            Yes::Reply(reply) => reply.send(()),
            Yes::Leave => Action::Leave,
            Yes::SignOut => Action::SignOut,
        }]
    }
}

impl Screen for Confirm {
    fn title(&self) -> &str {
        &self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Confirm]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn asks_to_leave(&self) -> bool {
        matches!(self.does, Yes::Leave)
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        match command {
            Command::Yes => self.decide(true),
            Command::No => self.decide(false),
            Command::Open => self.decide(self.yes),
            Command::Toggle => {
                self.yes = !self.yes;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let width = area.width.min(56);
        let text = panel::paragraph(self.sentence.as_str());
        let height = text.line_count(width.saturating_sub(4)) as u16 + 4;
        let inner = panel::raised(
            frame,
            panel::centred(area, width, height),
            &self.title,
            theme,
        );
        let [question, _, buttons] = panel::stacked(
            inner,
            [
                Constraint::Min(0),
                Constraint::Length(1),
                Constraint::Length(1),
            ],
        );
        frame.render_widget(text, question);
        draw_buttons(frame, buttons, self.label, self.yes, context);
    }
}

/// Draws No and `yes` in a row, with the cursor on the one that is chosen.
pub(super) fn draw_buttons(
    frame: &mut Frame<'_>,
    area: Rect,
    yes: &str,
    yes_is_chosen: bool,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let style = |chosen: bool| theme.style(if chosen { Role::Selection } else { Role::Field });
    let no = "  No  ";
    let line = Line::from(vec![
        Span::styled(no, style(!yes_is_chosen)),
        Span::raw("  "),
        Span::styled(format!("  {yes}  "), style(yes_is_chosen)),
    ]);
    let [no_width, gap, yes_width] =
        [0, 1, 2].map(|index| line.spans.get(index).map_or(0, |span| span.width() as u16));
    for (offset, width, key) in [(0, no_width, 'n'), (no_width + gap, yes_width, 'y')] {
        let place = Rect {
            x: area.x.saturating_add(offset),
            width,
            ..area
        };
        let key = Key(KeyCode::Char(key), KeyModifiers::NONE);
        (context.areas).note(place.intersection(area), Click::Key(key));
    }
    frame.render_widget(line, area);
    let column = if yes_is_chosen {
        no.len() as u16 + 2
    } else {
        0
    };
    frame.set_cursor_position((area.x + column, area.y));
}
