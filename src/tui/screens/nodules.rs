//! Nodules of an exam: the category of the exam, the risk of each nodule, and the lesions that the model proposed.

mod lines;
mod proposals;
mod row;

use std::path::PathBuf;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use self::row::{Row, RowId};
use super::circumstances::CircumstancesForm;
use super::confirm::Confirm;
use super::nodule_form::{Measured, NoduleForm};
use super::viewer::opening::Opening;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::clinical::assessment::Lesion;
use crate::clinical::reading::{Circumstances, Person};
use crate::store::{ExamId, NoduleId, ReadingRecord, StoreError, StoredNodule};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::{self, ListKeys, Pressed, Refusal, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, lesions};

/// Largest number of rows before the list scrolls.
const ROWS: u16 = 6;

/// The screen.
pub struct Nodules {
    exam: ExamId,
    /// File or folder of the exam.
    source: PathBuf,
    record: Option<Result<Box<ReadingRecord>, StoreError>>,
    selection: Selection,
    /// State of the rows, and the key that waits for them.
    keys: ListKeys<RowCommand, RowId>,
    /// Nodule that was deleted last, for undoing.
    deleted: Option<NoduleId>,
    replies: Inbox<Reply>,
}

/// Command for the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowCommand {
    Change,
    Delete,
    Accept,
    Reject,
}

impl Nodules {
    /// Nodules of an exam of the file or folder `source`.
    pub fn new(exam: ExamId, source: PathBuf) -> Self {
        Self {
            exam,
            source,
            record: None,
            selection: Selection::default(),
            keys: ListKeys::default(),
            deleted: None,
            replies: Inbox::default(),
        }
    }

    fn ask(&mut self, question: list_keys::Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let exam = self.exam;
        vec![Action::ask(lesions::Request::Read { access, exam })]
    }

    fn record(&self) -> Option<&ReadingRecord> {
        match &self.record {
            Some(Ok(record)) => Some(record),
            _ => None,
        }
    }

    fn rows(&self) -> Vec<Row<'_>> {
        self.record().map(row::of).unwrap_or_default()
    }

    fn chosen(&self) -> Option<Row<'_>> {
        self.rows().get(self.selection.index).copied()
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let waited = self.keys.drop_waiting();
        let rows = self.rows().len();
        if self.selection.handle(command, rows, 1) {
            self.keys.looked();
            return Vec::new();
        }
        match command {
            Command::Back if waited => return Vec::new(),
            Command::Open => return self.press(RowCommand::Change, context),
            Command::Delete => return self.press(RowCommand::Delete, context),
            Command::AcceptLesion => return self.press(RowCommand::Accept, context),
            Command::RejectLesion => return self.press(RowCommand::Reject, context),
            _ => {}
        }
        let (Some(record), Some(access)) = (self.record(), context.access.cloned()) else {
            return match command {
                Command::Back => vec![Action::Close],
                _ => Vec::new(),
            };
        };
        let (exam, day) = (self.exam, day(record, context));
        match command {
            Command::Back => vec![Action::Return],
            Command::Measure => {
                let mut opening =
                    Opening::to_measure(self.source.clone(), self.replies.reply(Reply::Measured));
                if let Some(Row::Lesion(open)) = self.chosen() {
                    opening = opening.at_lesion(*open.lesion);
                }
                vec![Action::Open(Box::new(opening))]
            }
            Command::NewNodule => {
                let form = NoduleForm::new(exam, day, record.priors.clone(), None);
                vec![Action::Open(Box::new(form))]
            }
            Command::Undo => match self.deleted {
                Some(nodule) => vec![Action::ask(lesions::Request::RestoreNodule {
                    access,
                    nodule,
                })],
                None => vec![Action::Tell(Notice::warning("Nothing to undo."))],
            },
            Command::Circumstances => {
                let reading = &record.reading;
                let revision = reading.circumstances_revision;
                let form = CircumstancesForm::new(exam, revision, &reading.circumstances);
                vec![Action::Open(Box::new(form))]
            }
            Command::ModifierS => {
                let circumstances = record.reading.circumstances;
                vec![Action::ask(lesions::Request::StateCircumstances {
                    access,
                    exam,
                    revision: record.reading.circumstances_revision,
                    circumstances: Circumstances {
                        modifier_s: !circumstances.modifier_s,
                        ..circumstances
                    },
                })]
            }
            _ => Vec::new(),
        }
    }

    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        let on = self.chosen().map(|row| row.id());
        let is_one = self.rows().len() <= 1;
        let now = context.moment.since_start;
        match self.keys.press(row_command, on, is_one, now) {
            Pressed::Acts(row_command) => self.carry_out(row_command, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(list_keys::Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        let Some(record) = self.record() else {
            return Vec::new();
        };
        match (row_command, self.chosen()) {
            (_, None) => {
                let sentence = "The list is empty; press {measure} to measure a nodule.";
                vec![Action::Tell(Notice::warning(worded(sentence)))]
            }
            (RowCommand::Change, Some(Row::Nodule(kept))) => {
                let (day, priors) = (day(record, context), record.priors.clone());
                let form = NoduleForm::change(self.exam, day, priors, kept);
                vec![Action::Open(Box::new(form))]
            }
            (RowCommand::Change, Some(Row::Lesion(open))) => self.correct(open, record, context),
            (RowCommand::Delete, Some(Row::Nodule(kept))) => vec![self.ask_to_delete(kept)],
            (RowCommand::Reject, Some(Row::Lesion(open))) => self.reject(open, context),
            (RowCommand::Delete, Some(Row::Lesion(_))) => {
                let sentence =
                    "A proposed lesion cannot be deleted; press {reject-lesion} to reject it.";
                vec![Action::Tell(Notice::warning(worded(sentence)))]
            }
            (RowCommand::Accept, Some(Row::Lesion(open))) => self.accept(open, context),
            (RowCommand::Accept | RowCommand::Reject, Some(Row::Nodule(_))) => {
                let sentence =
                    "This nodule is already part of the exam; press {delete} to delete it.";
                vec![Action::Tell(Notice::warning(worded(sentence)))]
            }
        }
    }

    fn arrived(
        &mut self,
        record: Result<Box<ReadingRecord>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let selected = self.chosen().map(|row| row.id());
        let is_read = record.is_ok();
        self.record = Some(record);
        if !is_read {
            self.keys.failed();
            return Vec::new();
        }
        let ids: Vec<RowId> = self.rows().iter().map(Row::id).collect();
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Question before a nodule is deleted, with the consequences and how to undo it.
    fn ask_to_delete(&self, kept: &StoredNodule) -> Action {
        let title = format!("Delete nodule {}", self.selection.index + 1);
        let undo = keymap::label(&[Scope::Nodules], Command::Undo);
        let sentence = format!(
            "Delete the {} nodule of {} × {} mm? Its measurements are deleted, and the category is that of the remaining \
             nodules. Press {undo} to undo until you delete another or leave this list.",
            kept.nodule.draft.nodule_type.as_str(),
            kept.nodule.draft.axes.long(),
            kept.nodule.draft.axes.short(),
        );
        let id = kept.id;
        let reply = self.replies.reply(move |()| Reply::Delete(id));
        Action::Open(Box::new(Confirm::new(&title, &sentence, "Delete", reply)))
    }

    fn delete(&self, nodule: NoduleId, context: &Context<'_>) -> Vec<Action> {
        let delete = |access| Action::ask(lesions::Request::DeleteNodule { access, nodule });
        context.access.cloned().map(delete).into_iter().collect()
    }

    /// Opens the form for a measurement on the picture. The scan date is taken from the file unless a user stated
    /// another one.
    fn measured(&self, measured: Measured, context: &Context<'_>) -> Vec<Action> {
        let (Some(record), Some(access)) = (self.record(), context.access.cloned()) else {
            return Vec::new();
        };
        let (exam, circumstances) = (self.exam, record.reading.circumstances);
        let scanned_on = circumstances.scanned_on.or(measured.scanned_on);
        let day = scanned_on.unwrap_or_else(|| day(record, context));
        let mut actions = Vec::new();
        if scanned_on != circumstances.scanned_on {
            actions.push(Action::ask(lesions::Request::StateCircumstances {
                access,
                exam,
                revision: record.reading.circumstances_revision,
                circumstances: Circumstances {
                    scanned_on,
                    ..circumstances
                },
            }));
        }
        let place = measured.measurement.place.as_ref();
        let lesion = place.and_then(|place| row::lesion_at(record, place.slice, &place.ends));
        let mut form = NoduleForm::new(exam, day, record.priors.clone(), Some(measured));
        if let Some(lesion) = lesion {
            form = form.of_lesion(lesion, None);
        }
        actions.push(Action::Open(Box::new(form)));
        actions
    }

    /// Reads the list again after a change, and shows a message.
    fn changed(
        &mut self,
        outcome: Result<String, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match outcome {
            Ok(sentence) => {
                let mut actions = self.ask(list_keys::Question::Same, context);
                actions.push(Action::Tell(Notice::good(sentence)));
                actions
            }
            // The list may be older than another user's decision.
            Err(error) => {
                let mut actions = self.ask(list_keys::Question::Same, context);
                actions.push(Action::Tell(Notice::error(error.to_string())));
                actions
            }
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Lesions(lesions::Answer::Read(record)) => self.arrived(record, context),
            Answer::Lesions(lesions::Answer::NoduleDeleted(outcome)) => {
                if let Ok(nodule) = &outcome {
                    self.deleted = Some(*nodule);
                }
                let message =
                    outcome.map(|_| worded("The nodule was deleted. Press {undo} to undo."));
                self.changed(message, context)
            }
            Answer::Lesions(lesions::Answer::NoduleRestored(outcome)) => {
                if outcome.is_ok() {
                    self.deleted = None;
                }
                self.changed(
                    outcome.map(|_| "The nodule was restored.".to_owned()),
                    context,
                )
            }
            Answer::Lesions(
                answer @ (lesions::Answer::NoduleKept(_)
                | lesions::Answer::Rejected(_)
                | lesions::Answer::Reopened(_)),
            ) => self.decided(answer, context),
            Answer::Lesions(lesions::Answer::CircumstancesStated(Ok(()))) => {
                self.ask(list_keys::Question::Same, context)
            }
            Answer::Lesions(lesions::Answer::CircumstancesStated(Err(error))) => {
                self.changed(Err(error), context)
            }
            _ => Vec::new(),
        }
    }
}

/// Scan date, or the date of saving if it is not known.
fn day(record: &ReadingRecord, context: &Context<'_>) -> Date {
    let saved_on = context.moment.local(record.created_at).date();
    record.reading.circumstances.day(saved_on)
}

/// Answers of the screens over the list.
enum Reply {
    Delete(NoduleId),
    Measured(Measured),
}

/// A sentence with the keys of this screen.
fn worded(sentence: &str) -> String {
    keymap::worded(&[Scope::OpenLesion, Scope::Nodules], sentence)
}

impl Screen for Nodules {
    fn title(&self) -> &str {
        "Nodules"
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.chosen() {
            Some(Row::Lesion(_)) => &[Scope::OpenLesion, Scope::Nodules, Scope::List],
            Some(Row::Nodule(_)) | None => &[Scope::Nodules, Scope::List],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(list_keys::Question::Other, context),
            ScreenEvent::Returned => match self.replies.take() {
                None => self.ask(list_keys::Question::Same, context),
                Some(Reply::Delete(nodule)) => self.delete(nodule, context),
                Some(Reply::Measured(measured)) => self.measured(measured, context),
            },
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
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
        let record = match &self.record {
            None => return panel::remark(frame, area, "Reading the nodules …", Role::Muted, theme),
            Some(Err(error)) => {
                return panel::failure(frame, area, error, Role::Error, context);
            }
            Some(Ok(record)) => record,
        };
        let reading = record.reading.reading();
        let rows = row::of(record);
        let count = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let day = day(record, context);
        let verdict = panel::paragraph(lines::exam(record, &reading, day, theme));
        let height = verdict.line_count(area.width.saturating_sub(4)) as u16 + 2;
        let [exam, list, detail] = panel::stacked(
            area,
            [
                Constraint::Max(height),
                Constraint::Max(count.clamp(1, ROWS) + 2),
                Constraint::Min(0),
            ],
        );
        let inner = panel::framed(frame, exam, "Lung-RADS v2022 of this exam", theme, false);
        frame.render_widget(verdict, inner);

        let inner = panel::framed(frame, list, lines::COLUMNS, theme, true);
        if rows.is_empty() {
            frame.set_cursor_position((inner.x, inner.y));
            panel::remark(
                frame,
                inner,
                "No nodules yet: m measure, n enter by hand, e confirm none.",
                Role::Muted,
                theme,
            );
        }
        let first = self.selection.first_in(rows.len(), inner, context.areas);
        let visible = rows.iter().enumerate().skip(first);
        for ((index, row), area) in visible.zip(inner.rows()) {
            let chosen = index == self.selection.index;
            let role = match row {
                _ if chosen => Role::Selection,
                Row::Lesion(open) if open.is_rejected => Role::Muted,
                _ => Role::Text,
            };
            frame.buffer_mut().set_style(area, theme.style(role));
            let line = match row {
                Row::Nodule(kept) => lines::row(index, &kept.nodule),
                Row::Lesion(open) => lines::lesion_row(*open, record),
            };
            frame.render_widget(Line::from(Span::raw(line)), area);
            if chosen {
                frame.set_cursor_position((area.x, area.y));
            }
        }
        let person = Person::new(record.date_of_birth, record.sex, day);
        let width = detail.width.saturating_sub(4);
        let chosen = rows.get(self.selection.index).map(|row| match row {
            Row::Nodule(kept) => (
                format!("Nodule {}", self.selection.index + 1),
                lines::detail(&reading, &kept.nodule, person, width, theme),
            ),
            Row::Lesion(open) => (
                format!("Lesion {}, {}", open.number, Lesion::BASIS),
                lines::lesion_detail(&reading, *open, record, person, width, theme),
            ),
        });
        if let Some((title, text)) = chosen {
            let inner = panel::framed(frame, detail, &title, theme, false);
            frame.render_widget(panel::paragraph(text), inner);
        }
    }
}
