//! Common layout of the dialogs of lists: a line on their subject, a form, and a line of help, progress or error.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::screens::ScreenEvent;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel;

/// Rows of a dialog besides its form: borders, subject, and two rows of help.
const ROWS_AROUND: u16 = 7;

/// Contents of a dialog.
pub struct FormDialog<'a> {
    pub title: &'a str,
    pub width: u16,
    /// Line on the subject, scrubbed.
    pub subject: &'a str,
    pub form: &'a Form,
    /// Rows of the form.
    pub form_rows: u16,
    /// Line in place of the help while the work runs.
    pub progress: Option<&'static str>,
    pub help: &'static str,
}

impl FormDialog<'_> {
    /// Draws the dialog in the middle of `area`.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let place = panel::centred(area, self.width, ROWS_AROUND + self.form_rows);
        let inner = panel::raised(frame, place, self.title, theme);
        let [subject, _, fields, below] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(self.form_rows),
                Constraint::Min(0),
            ],
        );
        frame.render_widget(self.subject, subject);
        let error = self.form.view(frame, fields, context);
        let (sentence, role) = match (self.progress, error) {
            (Some(progress), _) => (progress.to_owned(), Role::Accent),
            (None, Some(error)) => (scrub(&error).into_owned(), Role::Error),
            (None, None) => (self.help.to_owned(), Role::Muted),
        };
        frame.render_widget(panel::paragraph(sentence).style(theme.style(role)), below);
    }
}

/// Passes a key or a paste to the form. True if the form is to be submitted.
pub fn submits(form: &mut Form, event: &ScreenEvent<'_>) -> bool {
    match event {
        ScreenEvent::Key(_, Some(Command::Save)) => true,
        ScreenEvent::Key(key, command) => form.take(*key, *command) == Outcome::Submitted,
        ScreenEvent::Paste(text) => {
            form.paste(text);
            false
        }
        _ => false,
    }
}
