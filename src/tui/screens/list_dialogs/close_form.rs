//! The dialog in which a row of a list is closed or cancelled for a reason.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::form_dialog::{FormDialog, submits};
use crate::clinical::follow_up::{ClosingReason, check_remark};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::widgets::form::{Field, Form, Kind};

const REASON: usize = 0;
const REMARK: usize = 1;
/// The labels of [`ClosingReason::ALL`].
const REASONS: &[&str] = &[
    "moved away",
    "declined",
    "died",
    "treated elsewhere",
    "other reason",
];

/// The dialog.
pub struct CloseForm {
    title: &'static str,
    help: &'static str,
    form: Form,
    about: String,
    reply: Reply<Closing>,
}

/// The answer of the dialog.
pub struct Closing {
    pub reason: ClosingReason,
    pub remark: String,
}

impl CloseForm {
    /// `about` names the row.
    pub fn new(
        title: &'static str,
        about: &str,
        help: &'static str,
        reply: Reply<Closing>,
    ) -> Self {
        let form = Form::new(vec![
            Field::new("Reason", Kind::Choice(REASONS), ""),
            Field::new("Remark", Kind::Text, "needed for another reason"),
        ]);
        Self {
            title,
            help,
            form,
            about: scrub(about).into_owned(),
            reply,
        }
    }

    fn submit(&mut self) -> Vec<Action> {
        let chosen = ClosingReason::ALL.get(self.form.chosen(REASON)).copied();
        let reason = chosen.unwrap_or(ClosingReason::Other);
        match check_remark(reason, self.form.value(REMARK)) {
            Ok(remark) => vec![self.reply.send(Closing { reason, remark })],
            Err(complaint) => {
                self.form.complain(REMARK, complaint.to_string());
                Vec::new()
            }
        }
    }
}

impl Screen for CloseForm {
    fn title(&self) -> &str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Saving, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            event if submits(&mut self.form, &event) => return self.submit(),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let dialog = FormDialog {
            title: self.title(),
            width: 68,
            subject: &self.about,
            form: &self.form,
            form_rows: 4,
            progress: None,
            help: self.help,
        };
        dialog.draw(frame, area, context.theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_are_offered_by_their_labels_in_their_order() {
        assert_eq!(REASONS, ClosingReason::ALL.map(ClosingReason::label));
    }
}
