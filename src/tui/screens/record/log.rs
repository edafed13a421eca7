//! Audit log of one record: who viewed, changed or exported it, newest first.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use crate::store::{AuditOutcome, PatientId, RecordEntry, StoreError};
use crate::text::{clipped, scrub};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, record_view};

/// Number of entries requested; the store returns no more at once.
const MOST: u32 = 500;
/// Width of an action.
const ACTION: usize = 24;

/// The dialog.
pub(super) struct RecordLog {
    patient: PatientId,
    number: String,
    entries: Option<Result<Vec<RecordEntry>, StoreError>>,
    selection: Selection,
}

impl RecordLog {
    /// Log of this patient; `number` is the patient ID.
    pub(super) fn new(patient: PatientId, number: &str) -> Self {
        Self {
            patient,
            number: scrub(number).into_owned(),
            entries: None,
            selection: Selection::default(),
        }
    }

    fn entries(&self) -> &[RecordEntry] {
        match &self.entries {
            Some(Ok(entries)) => entries,
            _ => &[],
        }
    }
}

/// One entry as a line.
fn line(entry: &RecordEntry, context: &Context<'_>) -> String {
    let at = context.moment.local(entry.at);
    let at = at.strftime("%Y-%m-%d %H:%M");
    let action = scrub(&entry.action);
    let action = clipped(&action, ACTION);
    let who = match &entry.full_name {
        Some(name) => scrub(name).into_owned(),
        None => "not signed in".to_owned(),
    };
    let outcome = match entry.outcome {
        AuditOutcome::Done => "",
        AuditOutcome::Refused => "  refused",
    };
    format!("{at}  {action:<ACTION$}  {who}{outcome}")
}

impl Screen for RecordLog {
    fn title(&self) -> &str {
        "Log of this record"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::RecordLog]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let patient = self.patient;
                let ask = |access| {
                    Action::Ask(Request::RecordView(record_view::Request::Log {
                        access,
                        patient,
                        limit: MOST,
                    }))
                };
                context.access.cloned().map(ask).into_iter().collect()
            }
            ScreenEvent::Answer(Answer::RecordView(record_view::Answer::Log(entries))) => {
                self.entries = Some(entries);
                Vec::new()
            }
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            ScreenEvent::Key(_, Some(command)) => {
                let page = usize::from(context.size.height.saturating_sub(8));
                self.selection.handle(command, self.entries().len(), page);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 84, area.height.saturating_sub(2));
        let title = format!("Log of {}", clipped(&self.number, 40));
        let inner = panel::raised(frame, area, &title, theme);
        frame.set_cursor_position((inner.x, inner.y));
        let [list, foot] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        match &self.entries {
            None => return panel::remark(frame, list, "Reading the log …", Role::Muted, theme),
            Some(Err(error)) => {
                return panel::failure(frame, list, error, Role::Error, context);
            }
            Some(Ok(_)) => {}
        }
        let count = self.entries().len();
        let first = self.selection.first_in(count, list, context.areas);
        let shown = self.entries().iter().enumerate().skip(first);
        for ((index, entry), row) in shown.zip(list.rows()) {
            let role = match (index == self.selection.index, entry.outcome) {
                (true, _) => Role::Selection,
                (false, AuditOutcome::Refused) => Role::Warning,
                (false, AuditOutcome::Done) => Role::Text,
            };
            let text = line(entry, context);
            let text = clipped(&text, usize::from(row.width)).into_owned();
            frame.render_widget(Line::styled(text, theme.style(role)), row);
            if role == Role::Selection {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if count > 0 {
            let or_more = if count >= MOST as usize {
                " or more"
            } else {
                ""
            };
            let of = format!("{} of {count}{or_more}", self.selection.index + 1);
            let of = Line::styled(of, theme.style(Role::Muted));
            frame.render_widget(of.alignment(Alignment::Right), foot);
        }
    }
}
