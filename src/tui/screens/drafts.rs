//! Forms that the account began and did not save, to continue them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::new_patient::NewPatient;
use super::record::Record;
use super::{Action, Screen, ScreenEvent};
use crate::store::{PatientId, StoredDraft};
use crate::text::{clipped, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::follow_up::{self as work};
use crate::tui::worker::{Answer, Request};

/// The screen.
#[derive(Default)]
pub struct Drafts {
    drafts: Option<Vec<StoredDraft>>,
    selection: Selection,
    /// The record that was made by the form of a new one.
    created: Inbox<PatientId>,
}

/// Name of a form.
fn name(draft: &StoredDraft) -> &'static str {
    match draft.form.as_str() {
        "new record" => "new record",
        "new patient" => "new record for a result",
        "patient edit" => "change of a record",
        "exam nodule" => "new nodule",
        "nodule change" => "change of a nodule",
        "exam findings" => "findings of an exam",
        _ => "form",
    }
}

impl Drafts {
    fn rows(&self) -> &[StoredDraft] {
        self.drafts.as_deref().unwrap_or_default()
    }

    fn ask(context: &Context<'_>) -> Vec<Action> {
        let ask = |access| Action::Ask(Request::FollowUp(work::Request::Drafts(access)));
        context.access.cloned().map(ask).into_iter().collect()
    }

    fn open(&self) -> Vec<Action> {
        let Some(draft) = self.rows().get(self.selection.index) else {
            return Vec::new();
        };
        match (&draft.patient, draft.form.as_str()) {
            (Some((patient, ..)), _) => vec![Action::Open(Box::new(Record::new(*patient)))],
            (None, "new record") => vec![Action::Open(Box::new(NewPatient::record(
                self.created.reply(|patient| patient),
            )))],
            (None, _) => vec![Action::Tell(Notice::warning(
                "This draft is of a record for a result: analyse the scan again, save it and make a new patient.",
            ))],
        }
    }
}

impl Screen for Drafts {
    fn title(&self) -> &str {
        "Unsaved drafts"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Drafts]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => Self::ask(context),
            ScreenEvent::Returned => match self.created.take() {
                Some(patient) => vec![Action::Replace(Box::new(Record::new(patient)))],
                None => Self::ask(context),
            },
            ScreenEvent::Answer(Answer::FollowUp(work::Answer::Drafts(read))) => match read {
                Ok(drafts) => {
                    self.selection.keep_within(drafts.len());
                    self.drafts = Some(drafts);
                    Vec::new()
                }
                Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
            },
            ScreenEvent::Key(_, Some(command)) => {
                let page = usize::from(context.size.height / 2);
                let count = self.rows().len();
                match command {
                    _ if self.selection.handle(command, count, page) => Vec::new(),
                    Command::Back => vec![Action::Return],
                    Command::Open => self.open(),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::framed(frame, area, self.title(), theme, true);
        let Some(drafts) = &self.drafts else {
            return panel::remark(frame, inner, "Reading the drafts …", Role::Muted, theme);
        };
        if drafts.is_empty() {
            frame.set_cursor_position((inner.x, inner.y));
            let words = "Nothing is unsaved. What you type into a form is kept here until you save or drop it.";
            return panel::remark(frame, inner, words, Role::Muted, theme);
        }
        let first = (self.selection).first_in(drafts.len(), inner, context.areas);
        for ((index, draft), row) in drafts.iter().enumerate().skip(first).zip(inner.rows()) {
            let is_here = index == self.selection.index;
            let role = if is_here { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            if is_here {
                frame.set_cursor_position((row.x, row.y));
            }
            let at = context.moment.local(draft.kept_at);
            let whose = match &draft.patient {
                Some((_, number, name)) => format!("{} {}", scrub(number), scrub(name)),
                None => String::new(),
            };
            let text = format!(
                "{}  {:<24} {whose}",
                at.strftime("%Y-%m-%d %H:%M"),
                name(draft)
            );
            let text = clipped(&text, usize::from(row.width)).into_owned();
            frame.render_widget(Span::raw(text), row);
        }
    }
}
