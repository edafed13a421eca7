//! One follow-up scan: date and findings.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::leaving::Leaving;
use super::pick_date::PickDate;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::date;
use crate::clinical::patient::{Days, Field as PatientField};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::theme::Role;
use crate::tui::widgets::calendar;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;

const DAY: usize = 0;
const REMARK: usize = 1;

/// The dialog.
pub struct FollowUp {
    form: Form,
    /// Row of the follow-up that is replaced; `None` adds one.
    row: Option<usize>,
    reply: Reply<FollowUpLine>,
    days: Inbox<Date>,
    leaving: Leaving,
}

/// A follow-up scan as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpLine {
    /// Which of the follow-ups it takes the place of; none for one more.
    pub row: Option<usize>,
    pub line: String,
}

impl FollowUp {
    /// Form for a new one, its date starting with the typed text.
    pub fn another(typed: &str, reply: Reply<FollowUpLine>) -> Self {
        Self::with(None, typed, "", reply)
    }

    /// Form for the one of this row, as it is stored: `2026-03-05 LDCT, no change`.
    pub fn change(row: usize, line: &str, reply: Reply<FollowUpLine>) -> Self {
        let (day, remark) = line.split_once(' ').unwrap_or((line, ""));
        Self::with(Some(row), day, remark, reply)
    }

    fn with(row: Option<usize>, day: &str, remark: &str, reply: Reply<FollowUpLine>) -> Self {
        let mut form = Form::new(vec![
            Field::new("Date", Kind::Text, "YYYY-MM-DD"),
            Field::new("Remark", Kind::Text, "findings; optional"),
        ]);
        form.set(DAY, day.to_owned());
        form.set(REMARK, remark.to_owned());
        Self {
            form,
            row,
            reply,
            days: Inbox::default(),
            leaving: Leaving::default(),
        }
    }

    fn submit(&mut self, today: Date) -> Vec<Action> {
        let day = date::parse(self.form.value(DAY));
        // The remark is checked with any day if its own is wrong.
        let on = day.as_ref().copied().unwrap_or(today);
        let line = format!("{on} {}", self.form.value(REMARK));
        let line = PatientField::FollowUps.check(&line, today);
        let complaints = [
            day.err().map(|error| (DAY, error.to_string())),
            (line.as_ref().err()).map(|error| (REMARK, error.to_string())),
        ];
        match (complaints, line) {
            ([None, None], Ok(line)) => vec![self.reply.send(FollowUpLine {
                row: self.row,
                line,
            })],
            (complaints, _) => {
                self.form.complain_all(complaints.into_iter().flatten());
                Vec::new()
            }
        }
    }
}

impl Screen for FollowUp {
    fn title(&self) -> &str {
        "Follow-up scan"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::FollowUp, Scope::Saving, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let today = context.moment.today();
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return self.leaving.leave(&self.form),
            ScreenEvent::Key(_, Some(Command::Save)) => return self.submit(today),
            ScreenEvent::Key(_, Some(Command::Choose)) => {
                let reply = self.days.reply(|day| day);
                let typed = self.form.value(DAY);
                let calendar = PickDate::new("Date of the follow-up", typed, Days::Any, reply);
                return vec![Action::Open(Box::new(calendar))];
            }
            ScreenEvent::Key(key, command) => {
                let leaves_day = self.form.focus == DAY
                    && matches!(command, Some(Command::Submit | Command::Next));
                if leaves_day && let Err(error) = date::parse(self.form.value(DAY)) {
                    self.form.complain(DAY, error.to_string());
                } else if self.form.take(key, command) == Outcome::Submitted {
                    return self.submit(today);
                }
            }
            ScreenEvent::Paste(text) => self.form.paste(text),
            ScreenEvent::Returned => {
                if let Some(day) = self.days.take() {
                    self.form.forgive();
                    self.form.set(DAY, day.to_string());
                    self.form.focus = REMARK;
                }
                return self.leaving.answered();
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::raised(frame, panel::centred(area, 64, 8), self.title(), theme);
        let [fields, below] = panel::stacked(inner, [Constraint::Length(4), Constraint::Min(0)]);
        let complaint = self.form.view(frame, fields, context);
        if let Some(complaint) = complaint {
            let text = panel::paragraph(scrub(&complaint).into_owned());
            frame.render_widget(text.style(theme.style(Role::Error)), below);
        } else if let Ok(day) = date::parse(self.form.value(DAY)) {
            let words = calendar::in_words(day);
            frame.render_widget(Line::styled(words, theme.style(Role::Muted)), below);
        }
    }
}
