//! Last question before a record is deleted permanently: the user types the patient's number, so that no single key
//! does it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::{along, what};
use crate::clinical::text;
use crate::store::{DeletedKind, DeletedRecord};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, attachments, records};

/// The dialog.
pub(super) struct Purge {
    record: DeletedRecord,
    form: Form,
    is_under_way: bool,
}

impl Purge {
    /// Asks about this record.
    pub(super) fn new(record: DeletedRecord) -> Self {
        Self {
            record,
            form: Form::new(vec![Field::new(
                "Patient ID",
                Kind::Text,
                "type to confirm",
            )]),
            is_under_way: false,
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        if text::key(self.form.value(0).trim()) != text::key(&self.record.number) {
            let complaint = "This is not the patient's ID. Nothing was deleted.";
            self.form.complain(0, complaint.to_owned());
            return Vec::new();
        }
        self.is_under_way = true;
        let request: Request = match self.record.kind {
            DeletedKind::Patient(patient) => {
                records::Request::PurgePatient { access, patient }.into()
            }
            DeletedKind::Exam { exam, .. } => records::Request::PurgeExam { access, exam }.into(),
            DeletedKind::File { file, .. } => attachments::Request::Purge { access, file }.into(),
        };
        vec![Action::Ask(request)]
    }

    fn question(&self) -> String {
        let record = &self.record;
        let (number, name) = (scrub(&record.number), scrub(&record.full_name));
        let what = match &record.kind {
            DeletedKind::Patient(_) => format!("the patient {name}"),
            DeletedKind::Exam { .. } | DeletedKind::File { .. } => {
                format!("the {} of {name}", what(record))
            }
        };
        let along = match record.kind {
            DeletedKind::File { .. } => String::new(),
            _ => format!(", with {}", along(&record.dependents)),
        };
        format!(
            "Delete {what} permanently{along}? Only a backup can bring it back. The deletion stays in the audit \
             log. To continue, type {number} and press Enter."
        )
    }
}

impl Screen for Purge {
    fn title(&self) -> &str {
        "Delete permanently"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Answer(
                Answer::Records(records::Answer::Purged(Ok(())))
                | Answer::Attachments(attachments::Answer::Purged(Ok(()))),
            ) => {
                vec![Action::Return]
            }
            ScreenEvent::Answer(
                Answer::Records(records::Answer::Purged(Err(error)))
                | Answer::Attachments(attachments::Answer::Purged(Err(error))),
            ) => {
                self.is_under_way = false;
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            _ if self.is_under_way => Vec::new(),
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            ScreenEvent::Key(key, command) => match self.form.take(key, command) {
                Outcome::Submitted => self.submit(context),
                Outcome::Changed | Outcome::Ignored => Vec::new(),
            },
            ScreenEvent::Paste(text) => {
                self.form.paste(text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let width = area.width.min(64);
        let question = panel::paragraph(self.question());
        let height = question.line_count(width.saturating_sub(4)) as u16 + 5;
        let place = panel::centred(area, width, height);
        let inner = panel::raised(frame, place, "Delete permanently", theme);
        let [asked, _, field, wrong] = panel::stacked(
            inner,
            [
                Constraint::Min(0),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
            ],
        );
        frame.render_widget(question, asked);
        let complaint = self.form.view(frame, field, context);
        if self.is_under_way {
            panel::remark(frame, wrong, "Deleting …", Role::Muted, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, wrong, &complaint, Role::Error, theme);
        }
    }
}
