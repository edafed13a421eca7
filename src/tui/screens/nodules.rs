//! The nodules of an exam, the category that they come to, and the risk of each.

mod lines;

use std::path::PathBuf;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::circumstances::CircumstancesForm;
use super::confirm::{Confirm, Question};
use super::nodule_form::{Measured, NoduleForm};
use super::viewer::opening::Opening;
use super::{Action, Happening, READING, Returned, Screen, refused};
use crate::clinical::reading::{Circumstances, Person};
use crate::store::{ExamId, KeptNodule, NoduleId, ReadingRecord, StoreError};
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::{self, ListKeys, Pressed, Refusal, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request};

/// Most rows of the list before it scrolls.
const ROWS: u16 = 6;

/// The screen.
pub struct Nodules {
    exam: ExamId,
    /// The file or folder that the exam is of.
    source: PathBuf,
    record: Option<Result<Box<ReadingRecord>, String>>,
    selection: Selection,
    /// Whether the rows are those of now, and the key that waits for them.
    keys: ListKeys<Wish, NoduleId>,
    /// The nodule that was deleted last, for undoing.
    deleted: Option<NoduleId>,
}

/// What a key wants of the selected nodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Change,
    Delete,
}

impl Nodules {
    /// The nodules of an exam of the file or folder `source`.
    pub fn new(exam: ExamId, source: PathBuf) -> Self {
        Self {
            exam,
            source,
            record: None,
            selection: Selection::default(),
            keys: ListKeys::default(),
            deleted: None,
        }
    }

    fn ask(&mut self, question: list_keys::Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let exam = self.exam;
        vec![Action::Ask(Request::Reading { access, exam })]
    }

    fn record(&self) -> Option<&ReadingRecord> {
        match &self.record {
            Some(Ok(record)) => Some(record),
            _ => None,
        }
    }

    fn nodules(&self) -> &[KeptNodule] {
        self.record().map_or(&[], |record| &record.reading.nodules)
    }

    fn chosen(&self) -> Option<&KeptNodule> {
        self.nodules().get(self.selection.index)
    }

    fn obey(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let waited = self.keys.drop_waiting();
        if self.selection.obey(command, self.nodules().len(), 1) {
            self.keys.looked();
            return Vec::new();
        }
        match command {
            Command::Back if waited => return Vec::new(),
            Command::Open => return self.press(Wish::Change, context),
            Command::Delete => return self.press(Wish::Delete, context),
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
            Command::Back => vec![Action::Return(Returned::Changed)],
            Command::Measure => {
                let opening = Opening::to_measure(self.source.clone());
                vec![Action::Open(Box::new(opening))]
            }
            Command::NewNodule => {
                let form = NoduleForm::new(exam, day, record.priors.clone(), None);
                vec![Action::Open(Box::new(form))]
            }
            Command::Undo => match self.deleted {
                Some(nodule) => vec![Action::Ask(Request::RestoreNodule { access, nodule })],
                None => vec![Action::Tell(Notice::warning("There is nothing to undo."))],
            },
            Command::Circumstances => {
                let reading = &record.reading;
                let revision = reading.circumstances_revision;
                let form = CircumstancesForm::new(exam, revision, &reading.circumstances);
                vec![Action::Open(Box::new(form))]
            }
            Command::ModifierS => {
                let circumstances = record.reading.circumstances;
                vec![Action::Ask(Request::StateCircumstances {
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

    fn press(&mut self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        let on = self.chosen().map(|kept| kept.id);
        let now = context.moment.since_start;
        match self.keys.press(wish, on, self.nodules().len() <= 1, now) {
            Pressed::Acts(wish) => self.carry_out(wish, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(list_keys::Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        let Some(record) = self.record() else {
            return Vec::new();
        };
        vec![match (wish, self.chosen()) {
            (_, None) => {
                let sentence = "No nodule is measured yet; M measures one.";
                Action::Tell(Notice::warning(sentence))
            }
            (Wish::Change, Some(kept)) => {
                let (day, priors) = (day(record, context), record.priors.clone());
                Action::Open(Box::new(NoduleForm::change(self.exam, day, priors, kept)))
            }
            (Wish::Delete, Some(kept)) => self.ask_to_delete(kept),
        }]
    }

    fn arrived(
        &mut self,
        record: Result<Box<ReadingRecord>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let selected = self.chosen().map(|kept| kept.id);
        let is_read = record.is_ok();
        self.record = Some(record.map_err(|error| error.to_string()));
        if !is_read {
            self.keys.failed();
            return Vec::new();
        }
        let ids: Vec<NoduleId> = self.nodules().iter().map(|kept| kept.id).collect();
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(wish) => self.carry_out(wish, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Asks whether a nodule is to go, with what goes and how it comes back.
    fn ask_to_delete(&self, kept: &KeptNodule) -> Action {
        let title = format!("Delete nodule {}", self.selection.index + 1);
        let sentence = format!(
            "Delete the {} nodule of {} × {} mm? Its measurements go, and the category is that of the nodules that \
             stay. U brings it back until you delete another or leave this list.",
            kept.nodule.draft.nodule_type.as_str(),
            kept.nodule.draft.axes.long(),
            kept.nodule.draft.axes.short(),
        );
        let question = Question::DeleteNodule(kept.id);
        Action::Open(Box::new(Confirm::about(
            question, title, sentence, "Delete",
        )))
    }

    fn delete(&self, nodule: NoduleId, context: &Context<'_>) -> Vec<Action> {
        let delete = |access| Action::Ask(Request::DeleteNodule { access, nodule });
        context.access.cloned().map(delete).into_iter().collect()
    }

    /// Opens the form for what was measured on the picture. The day of the scan is taken from the file where nobody
    /// stated another one.
    fn measured(&self, measured: Measured, context: &Context<'_>) -> Vec<Action> {
        let (Some(record), Some(access)) = (self.record(), context.access.cloned()) else {
            return Vec::new();
        };
        let (exam, circumstances) = (self.exam, record.reading.circumstances);
        let scanned_on = circumstances.scanned_on.or(measured.scanned_on);
        let day = scanned_on.unwrap_or_else(|| day(record, context));
        let mut actions = Vec::new();
        if scanned_on != circumstances.scanned_on {
            actions.push(Action::Ask(Request::StateCircumstances {
                access,
                exam,
                revision: record.reading.circumstances_revision,
                circumstances: Circumstances {
                    scanned_on,
                    ..circumstances
                },
            }));
        }
        let form = NoduleForm::new(exam, day, record.priors.clone(), Some(measured));
        actions.push(Action::Open(Box::new(form)));
        actions
    }

    /// Reads the list anew after a change, and says what was done.
    fn changed(
        &mut self,
        outcome: Result<&'static str, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match outcome {
            Ok(sentence) => {
                let mut actions = self.ask(list_keys::Question::Same, context);
                actions.push(Action::Tell(Notice::good(sentence)));
                actions
            }
            Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Reading(record) => self.arrived(record, context),
            Answer::NoduleDeleted(outcome) => {
                if let Ok(nodule) = &outcome {
                    self.deleted = Some(*nodule);
                }
                let told = outcome.map(|_| "The nodule is deleted. U brings it back.");
                self.changed(told, context)
            }
            Answer::NoduleRestored(outcome) => {
                if outcome.is_ok() {
                    self.deleted = None;
                }
                self.changed(outcome.map(|_| "The nodule is back."), context)
            }
            Answer::CircumstancesStated(Ok(())) => self.ask(list_keys::Question::Same, context),
            Answer::CircumstancesStated(Err(error)) => self.changed(Err(error), context),
            _ => Vec::new(),
        }
    }
}

/// The day of the scan, or that of its saving where the former is not known.
fn day(record: &ReadingRecord, context: &Context<'_>) -> Date {
    let saved_on = context.moment.local(record.created_at).date();
    record.reading.circumstances.day(saved_on)
}

impl Screen for Nodules {
    fn title(&self) -> &str {
        "Nodules"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Nodules]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => self.ask(list_keys::Question::Other, context),
            Happening::Returned(Returned::Changed) => self.ask(list_keys::Question::Same, context),
            Happening::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            Happening::Returned(Returned::Confirmed(Question::DeleteNodule(nodule))) => {
                self.delete(nodule, context)
            }
            Happening::Returned(Returned::Measured(measured)) => self.measured(*measured, context),
            Happening::Key(_, Some(command)) => self.obey(command, context),
            Happening::Answer(answer) => self.answered(answer, context),
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
            Some(Err(complaint)) => {
                return panel::remark(frame, area, &sentence(complaint), Role::Error, theme);
            }
            Some(Ok(record)) => record,
        };
        let reading = record.reading.reading();
        let count = reading.nodules.len() as u16;
        let day = day(record, context);
        let verdict = panel::paragraph(lines::exam(&reading, day, theme));
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
        if reading.nodules.is_empty() {
            frame.set_cursor_position((inner.x, inner.y));
            panel::remark(
                frame,
                inner,
                "None yet: M measures, N types in, E states none.",
                Role::Muted,
                theme,
            );
        }
        let first = self
            .selection
            .first_visible(reading.nodules.len(), usize::from(inner.height));
        let rows = reading.nodules.iter().enumerate().skip(first);
        for ((index, nodule), row) in rows.zip(inner.rows()) {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let line = Line::from(Span::raw(lines::row(index, nodule)));
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if let Some(nodule) = reading.nodules.get(self.selection.index) {
            let title = format!("Nodule {}", self.selection.index + 1);
            let inner = panel::framed(frame, detail, &title, theme, false);
            let person = Person::new(record.date_of_birth, record.sex, day);
            let text = lines::detail(&reading, nodule, person, inner.width, theme);
            frame.render_widget(panel::paragraph(text), inner);
        }
    }
}
