//! Deleted records: who deleted them, when, and what they contain. Restores them; administrators delete them
//! permanently.

mod purge;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Span, Text};

use self::purge::Purge;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::store::{
    AttachedFileId, DELETED_ROWS, DeletedKind, DeletedRecord, DependentRecords, ExamId, PatientId,
    Role as AccountRole, StoreError,
};
use crate::text::{counted, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::{ListKeys, Pressed, Question, Refusal, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, attachments, exams, records};

/// Widths of a patient's number and of a name in the list, in columns.
const NUMBER: usize = 10;
const NAME: usize = 20;

/// The screen.
pub struct Deleted {
    records: Option<Vec<DeletedRecord>>,
    /// True if the database may have more rows.
    more: bool,
    selection: Selection,
    /// State of the rows, and the key that waits for them.
    keys: ListKeys<RowCommand, Id>,
    is_administrator: bool,
}

/// Command for the selected record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowCommand {
    Restore,
    Purge,
}

/// Identity of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Patient(PatientId),
    Exam(ExamId),
    File(AttachedFileId),
}

impl Id {
    fn of(record: &DeletedRecord) -> Self {
        match record.kind {
            DeletedKind::Patient(patient) => Self::Patient(patient),
            DeletedKind::Exam { exam, .. } => Self::Exam(exam),
            DeletedKind::File { file, .. } => Self::File(file),
        }
    }
}

impl Deleted {
    /// For the signed-in user.
    pub fn new(context: &Context<'_>) -> Self {
        let role = context.account.map(|account| account.role);
        Self {
            records: None,
            more: false,
            selection: Selection::default(),
            keys: ListKeys::default(),
            is_administrator: role == Some(AccountRole::Administrator),
        }
    }

    fn rows(&self) -> &[DeletedRecord] {
        self.records.as_deref().unwrap_or_default()
    }

    fn chosen(&self) -> Option<&DeletedRecord> {
        self.rows().get(self.selection.index)
    }

    fn ask(&self, offset: usize, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let offset = offset as u32;
        vec![Action::Ask(Request::Records(records::Request::Deleted {
            access,
            offset,
        }))]
    }

    /// Reads the rows again from the first.
    fn read(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        self.ask(0, context)
    }

    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        let on = self.chosen().map(Id::of);
        let now = context.moment.since_start;
        match self
            .keys
            .press(row_command, on, self.rows().len() <= 1, now)
        {
            Pressed::Acts(row_command) => self.carry_out(row_command, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        match (row_command, self.chosen()) {
            (_, None) => vec![Action::Tell(Notice::warning(
                "There are no deleted records.",
            ))],
            (RowCommand::Restore, Some(_)) => self.restore(context),
            (RowCommand::Purge, Some(record)) => {
                vec![Action::Open(Box::new(Purge::new(record.clone())))]
            }
        }
    }

    fn restore(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(record), Some(access)) = (self.chosen(), context.access.cloned()) else {
            return Vec::new();
        };
        let record = record.clone();
        // Until the rows are read again, the record is still among them.
        self.keys.asked(Question::Same);
        vec![Action::Ask(match record.kind {
            DeletedKind::Patient(patient) => {
                Request::Records(records::Request::RestorePatient { access, patient })
            }
            DeletedKind::Exam { exam, .. } => exams::Request::Restore { access, exam }.into(),
            DeletedKind::File { file, .. } => attachments::Request::Restore { access, file }.into(),
        })]
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let waited = self.keys.drop_waiting();
        let (count, page) = (self.rows().len(), usize::from(context.size.height / 2));
        if self.selection.handle(command, count, page) {
            self.keys.looked();
            let reads_on = self.more && !self.keys.is_asked();
            return match reads_on && self.selection.index + 1 >= count {
                true => self.ask(count, context),
                false => Vec::new(),
            };
        }
        match command {
            Command::Back if waited => Vec::new(),
            Command::Back => vec![Action::Return],
            Command::Restore => self.press(RowCommand::Restore, context),
            Command::Purge => self.press(RowCommand::Purge, context),
            _ => Vec::new(),
        }
    }

    /// Reads the list again after a change, and shows a message.
    fn changed(
        &mut self,
        outcome: Result<String, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let mut actions = self.read(Question::Same, context);
        actions.push(Action::Tell(match outcome {
            Ok(sentence) => Notice::good(sentence),
            Err(error) => Notice::error(error.to_string()),
        }));
        actions
    }

    fn took(
        &mut self,
        offset: u32,
        page: Result<Vec<DeletedRecord>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let selected = self.chosen().map(Id::of);
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.records.get_or_insert_default();
                self.keys.failed();
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
        };
        self.more = page.len() >= DELETED_ROWS as usize;
        let records = self.records.get_or_insert_default();
        records.truncate(offset as usize);
        records.extend(page);
        if offset > 0 {
            return Vec::new();
        }
        let ids: Vec<Id> = records.iter().map(Id::of).collect();
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Records(records::Answer::Deleted { offset, page }) => {
                self.took(offset, page, context)
            }
            Answer::Records(records::Answer::PatientRestored(outcome)) => {
                let message =
                    outcome.map(|_| "The patient was restored with the whole record.".into());
                self.changed(message, context)
            }
            Answer::Exams(exams::Answer::Restored(outcome)) => {
                let message =
                    outcome.map(|_| "The exam was restored to the patient's record.".into());
                self.changed(message, context)
            }
            Answer::Attachments(attachments::Answer::Restored(outcome)) => {
                let message =
                    outcome.map(|_| "The attachment was restored to the patient's record.".into());
                self.changed(message, context)
            }
            _ => Vec::new(),
        }
    }
}

/// Kind of a deleted record: a patient, or an exam or an attachment with its file name.
fn what(record: &DeletedRecord) -> String {
    match &record.kind {
        DeletedKind::Patient(_) => "patient".to_owned(),
        DeletedKind::Exam { source_path, .. } => {
            let name = source_path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            format!("exam {}", scrub(&name))
        }
        DeletedKind::File { name, .. } => format!("attachment {}", scrub(name)),
    }
}

/// Contents of a deleted record: "2 exams, 1 nodule, no report, no picture". Attachments are named where there are any.
pub fn along(dependents: &DependentRecords) -> String {
    let parts = [
        (dependents.exams, "exam"),
        (dependents.nodules, "nodule"),
        (dependents.reports, "report"),
        (dependents.attachments, "picture"),
    ];
    let files = Some((dependents.files, "attachment")).filter(|(count, _)| *count > 0);
    let parts = parts.into_iter().chain(files);
    let parts = parts.map(|(count, thing)| counted(count as usize, thing));
    parts.collect::<Vec<_>>().join(", ")
}

fn detail(record: &DeletedRecord, context: &Context<'_>) -> Text<'static> {
    let moment = |at| {
        context
            .moment
            .local(at)
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    };
    let by = match &record.deleted_by {
        Some(by) => scrub(by).into_owned(),
        None => "an unknown user".to_owned(),
    };
    let deleted = Line::raw(format!("Deleted {} by {by}.", moment(record.deleted_at)));
    if let DeletedKind::File { created_at, .. } = &record.kind {
        let attached = format!("Attached {}.", moment(*created_at));
        let attached = Line::styled(attached, context.theme.style(Role::Muted));
        return Text::from(vec![deleted, attached]);
    }
    let mut lines = vec![
        deleted,
        Line::raw(format!("Contains: {}.", along(&record.dependents))),
    ];
    if let DeletedKind::Exam {
        source_path,
        created_at,
        ..
    } = &record.kind
    {
        let name = source_path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let saved = format!("Saved {}, from {}.", moment(*created_at), scrub(&name));
        lines.push(Line::styled(saved, context.theme.style(Role::Muted)));
    }
    Text::from(lines)
}

impl Screen for Deleted {
    fn title(&self) -> &str {
        "Deleted records"
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.is_administrator {
            true => &[Scope::Deleted, Scope::Purge, Scope::List],
            false => &[Scope::Deleted, Scope::List],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.read(Question::Other, context),
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Returned => {
                self.changed(Ok("The record was deleted permanently.".into()), context)
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            ScreenEvent::Answer(answer) => self.answered(answer, context),
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.keys.waiting().map(|_| READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(records) = &self.records else {
            let words = "Reading the deleted records …";
            return panel::remark(frame, area, words, Role::Muted, theme);
        };
        let [list, below] = panel::stacked(area, [Constraint::Min(5), Constraint::Max(6)]);
        let inner = panel::framed(frame, list, "Deleted records", theme, true);
        if records.is_empty() {
            frame.set_cursor_position((inner.x, inner.y));
            let words = "There are no deleted records. Deleted records stay here until an administrator deletes them permanently.";
            return panel::remark(frame, inner, words, Role::Muted, theme);
        }
        let [rows, foot] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        let first = self.selection.first_in(records.len(), rows, context.areas);
        let shown = records.iter().enumerate().skip(first);
        for ((index, record), row) in shown.zip(rows.rows()) {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let at = context.moment.local(record.deleted_at);
            let name: String = scrub(&record.full_name).chars().take(NAME).collect();
            let line = Line::from(vec![
                Span::raw(at.strftime("%Y-%m-%d %H:%M  ").to_string()),
                Span::raw(format!("{:<NUMBER$} ", scrub(&record.number))),
                Span::raw(format!("{name:<NAME$} ")),
                Span::raw(what(record)),
            ]);
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        let of = match self.more {
            true => format!("{} of {} or more", self.selection.index + 1, records.len()),
            false => format!("{} of {}", self.selection.index + 1, records.len()),
        };
        let of = Line::styled(of, theme.style(Role::Muted));
        frame.render_widget(of.alignment(Alignment::Right), foot);
        if let Some(record) = self.chosen() {
            let name = scrub(&record.full_name).into_owned();
            let inner = panel::framed(frame, below, &name, theme, false);
            frame.render_widget(panel::paragraph(detail(record, context)), inner);
        }
    }
}
