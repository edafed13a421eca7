//! Dialog for closing or cancelling a row of a list for a reason.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::form_dialog::{FormDialog, submits};
use crate::clinical::date;
use crate::clinical::follow_up::{ClosingReason, check_remark};
use crate::clinical::patient::Days;
use crate::text::{scrub, sentence};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::screens::pick_date::PickDate;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::widgets::form::{Complaints, Field, Form, Kind, noted};

const REASON: usize = 0;
const REMARK: usize = 1;
const ON: usize = 2;
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
    /// The day of the calendar above.
    chosen: Inbox<Date>,
}

/// The answer of the dialog.
#[derive(Debug, PartialEq, Eq)]
pub struct Closing {
    pub reason: ClosingReason,
    pub remark: String,
    pub on: Date,
}

impl CloseForm {
    /// `about` names the row. The day is `today` unless the user states another.
    pub fn new(
        title: &'static str,
        about: &str,
        help: &'static str,
        today: Date,
        reply: Reply<Closing>,
    ) -> Self {
        let mut form = Form::new(vec![
            Field::new("Reason", Kind::Choice(REASONS), ""),
            Field::new("Remark", Kind::Text, "needed for another reason"),
            Field::new("On", Kind::Text, "YYYY-MM-DD; F4 opens a calendar"),
        ]);
        form.set(ON, today.to_string());
        Self {
            title,
            help,
            form,
            about: scrub(about).into_owned(),
            reply,
            chosen: Inbox::default(),
        }
    }

    /// Contents of the form; otherwise each field that is wrong, and the reason.
    fn read(&self, today: Date) -> Result<Closing, Complaints> {
        let reason = ClosingReason::ALL.get(self.form.chosen(REASON)).copied();
        let reason = reason.unwrap_or(ClosingReason::Other);
        let remark = check_remark(reason, self.form.value(REMARK));
        let on = match date::parse(self.form.value(ON)) {
            Ok(on) if on > today => Err("The day is in the future.".to_owned()),
            Ok(on) => Ok(Some(on)),
            Err(error) => Err(error.to_string()),
        };
        let mut wrong = Vec::new();
        let remark = remark.map(Some).map_err(|error| error.to_string());
        match (noted(remark, REMARK, &mut wrong), noted(on, ON, &mut wrong)) {
            (Some(remark), Some(on)) => Ok(Closing { reason, remark, on }),
            _ => Err(Complaints(wrong)),
        }
    }

    fn submit(&mut self, today: Date) -> Vec<Action> {
        self.form.forgive();
        match self.read(today) {
            Ok(closing) => vec![self.reply.send(closing)],
            Err(Complaints(wrong)) => {
                let complaints = wrong.into_iter();
                let complaints = complaints.map(|(field, wrong)| (field, sentence(&wrong)));
                self.form.complain_all(complaints);
                Vec::new()
            }
        }
    }

    fn pick_day(&mut self) -> Action {
        self.form.focus = ON;
        let reply = self.chosen.reply(|day| day);
        let calendar = PickDate::new("On", self.form.value(ON), Days::Past, reply);
        Action::Open(Box::new(calendar))
    }
}

impl Screen for CloseForm {
    fn title(&self) -> &str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Saving, Scope::FollowUp, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Returned => {
                if let Some(day) = self.chosen.take() {
                    self.form.set(ON, day.to_string());
                }
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::Choose)) => return vec![self.pick_day()],
            event if submits(&mut self.form, &event) => {
                return self.submit(context.moment.today());
            }
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
            form_rows: 2 * self.form.len() as u16,
            progress: None,
            help: self.help,
        };
        dialog.draw(frame, area, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 2);

    fn form() -> CloseForm {
        CloseForm::new("", "", "", TODAY, Reply::ignored())
    }

    #[test]
    fn a_row_is_closed_today_unless_another_day_is_stated() {
        let mut close = form();
        assert_eq!(close.read(TODAY).unwrap().on, TODAY);
        close.form.set(ON, "2026-02-20".to_owned());
        let closing = close.read(TODAY).unwrap();
        assert_eq!(closing.on, Date::constant(2026, 2, 20));
    }

    #[test]
    fn a_missing_remark_and_a_day_in_the_future_are_told_together() {
        let mut close = form();
        close.form.choose(REASON, REASONS.len() - 1);
        close.form.set(ON, "2026-03-03".to_owned());
        let Complaints(wrong) = close.read(TODAY).unwrap_err();
        let fields: Vec<usize> = wrong.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, [REMARK, ON]);
    }

    #[test]
    fn the_reasons_are_offered_by_their_labels_in_their_order() {
        assert_eq!(REASONS, ClosingReason::ALL.map(ClosingReason::label));
    }
}
