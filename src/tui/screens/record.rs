//! One patient's whole record: identity, all stated fields, the exams with their pictures, and the exams over time. It
//! opens at once; pictures are loaded when they become visible.

mod deletion;
mod exams;
mod keys;
mod log;
mod page;
mod panes;
mod pictures;
mod summary;
mod timeline;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use self::deletion::{Deleted, delete_exam};
use self::page::Reader;
use self::panes::{Pane, Places};
use self::pictures::Pictures;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::store::{Exam, ExamId, PatientId, PatientRecord, StoreError};
use crate::tui::areas::Click;
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::{self, ListKeys, Refusal, Settled};
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{chrome, panel};
use crate::tui::worker::{Answer, record_view, records};

/// The screen.
pub struct Record {
    patient: PatientId,
    record: Option<Result<Box<PatientRecord>, StoreError>>,
    /// Shown part of the record.
    pane: Pane,
    /// Selected exam.
    selection: Selection,
    /// State of the exams, and the key that waits for them.
    keys: ListKeys<Command, ExamId>,
    reader: Reader,
    pictures: Pictures,
    /// Last deletion, for undoing.
    deleted: Option<Deleted>,
    replies: Inbox<Reply>,
}

impl Record {
    /// Record of a patient, read as the screen opens.
    pub fn new(patient: PatientId) -> Self {
        Self {
            patient,
            record: None,
            pane: Pane::default(),
            selection: Selection::default(),
            keys: ListKeys::default(),
            reader: Reader::default(),
            pictures: Pictures::default(),
            deleted: None,
            replies: Inbox::default(),
        }
    }

    fn ask(&mut self, question: list_keys::Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        vec![Action::ask(records::Request::Open {
            access,
            patient: self.patient,
        })]
    }

    fn exams(&self) -> &[Exam] {
        match &self.record {
            Some(Ok(record)) => &record.exams,
            _ => &[],
        }
    }

    fn exam(&self) -> Option<&Exam> {
        self.exams().get(self.selection.index)
    }

    fn places(&self, context: &Context<'_>) -> Places {
        Places::of(chrome::body(context.size), self.exams().len(), self.pane)
    }

    /// Asks for the pictures if they are visible now, and encodes those that have arrived.
    fn show_pictures(&mut self, context: &Context<'_>) -> Vec<Action> {
        let places = self.places(context);
        let are_seen = places.pictures.area() > 0 || places.page.area() > 0;
        if !are_seen || !matches!(self.record, Some(Ok(_))) {
            return Vec::new();
        }
        let exam = self.exam().map(|exam| exam.id);
        let wanted = self.pictures.want(context.access, self.patient, exam);
        wanted
            .or_else(|| self.pictures.fit(&places, context))
            .into_iter()
            .collect()
    }

    /// Stores the record that arrived, and performs the command that waited for its exams.
    fn arrived(
        &mut self,
        record: Result<Box<PatientRecord>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let (is_first, is_read) = (self.record.is_none(), record.is_ok());
        let selected = self.exam().map(|exam| exam.id);
        self.record = Some(record);
        if is_first && self.exams().is_empty() {
            self.pane = Pane::Page;
        }
        let ids: Vec<ExamId> = self.exams().iter().map(|exam| exam.id).collect();
        let now = context.moment.since_start;
        let settled = match is_read {
            true => (self.keys).settle_all(&mut self.selection, selected, &ids, now),
            false => {
                self.keys.failed();
                Settled::Rests
            }
        };
        self.pictures.forget();
        let mut actions = self.show_pictures(context);
        actions.extend(match settled {
            Settled::Rests => Vec::new(),
            Settled::Acts(command) => self.carry_out(command, context),
            Settled::Refused(Refusal::Nothing) => self.carry_out(Command::Nodules, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        });
        actions
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Records(records::Answer::Opened(record)) => self.arrived(record, context),
            Answer::RecordView(record_view::Answer::Pictures(exam, kept)) => {
                self.pictures.arrived(exam, kept);
                self.show_pictures(context)
            }
            Answer::RecordView(record_view::Answer::Drawn(drawn)) => {
                self.pictures.encoded(drawn);
                Vec::new()
            }
            Answer::RecordView(record_view::Answer::ExamBelongings(exam, dependents)) => {
                self.confirm_exam(exam, dependents, context)
            }
            answer @ (Answer::Records(_) | Answer::Exams(_)) => {
                self.deletion_answered(answer, context)
            }
            _ => Vec::new(),
        }
    }

    /// Names of the panes, the shown one marked.
    fn draw_tabs(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let front = Pane::ALL.iter().position(|pane| *pane == self.pane);
        let mut x = area.x;
        for (index, pane) in Pane::ALL.into_iter().enumerate() {
            let width = pane.label().width() as u16 + 2;
            let steps = (index + Pane::ALL.len() - front.unwrap_or_default()) % Pane::ALL.len();
            let place = Rect { x, width, ..area }.intersection(area);
            (context.areas).note(place, Click::Command(Command::Next, steps));
            x = x.saturating_add(width + 1);
        }
        let names = Pane::ALL.into_iter().flat_map(|pane| {
            let role = match pane == self.pane {
                true => Role::FieldFocus,
                false => Role::Muted,
            };
            let name = match pane == self.pane {
                true => format!("[{}]", pane.label()),
                false => format!(" {} ", pane.label()),
            };
            [Span::styled(name, theme.style(role)), Span::raw(" ")]
        });
        frame.render_widget(Line::from_iter(names), area);
    }
}

/// Answers of the questions over the record.
enum Reply {
    DeleteExam(ExamId),
    DeletePatient,
}

impl Screen for Record {
    fn title(&self) -> &str {
        "Patient"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Record, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(list_keys::Question::Other, context),
            ScreenEvent::Returned => match self.replies.take() {
                None => self.ask(list_keys::Question::Same, context),
                Some(Reply::DeleteExam(exam)) => delete_exam(exam, context),
                Some(Reply::DeletePatient) => self.about_patient(context, |access, patient| {
                    records::Request::DeletePatient { access, patient }
                }),
            },
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Reshaped => self.show_pictures(context),
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
            None => return panel::remark(frame, area, "Reading the record …", Role::Muted, theme),
            Some(Err(error)) => {
                return panel::failure(frame, area, error, Role::Error, context);
            }
            Some(Ok(_)) if self.deleted == Some(Deleted::Patient) => {
                let words = "This patient was deleted with all exams. Press {undo} to undo; later restore it from \
                             the deleted records.";
                let words = keymap::worded(&[Scope::Record], words);
                return panel::remark(frame, area, &words, Role::Warning, theme);
            }
            Some(Ok(record)) => record,
        };
        let places = Places::of(area, record.exams.len(), self.pane);
        let is_focused = |pane| self.pane == pane;
        let chosen = self.exam().map(|exam| exam.id);
        summary::draw_patient(frame, places.who, record, context);
        self.draw_tabs(frame, places.tabs, context);
        exams::draw_list(
            frame,
            places.exams,
            &record.exams,
            self.selection,
            is_focused(Pane::Exams),
            context,
        );
        if let Some(exam) = self.exam() {
            exams::draw_answer(frame, places.answer, exam, places.is_wide, context);
        }
        let is_read = is_focused(Pane::Page);
        (self.reader).draw(frame, places.page, record, &self.pictures, is_read, context);
        let are_seen = is_focused(Pane::Pictures);
        (self.pictures).draw(frame, places.pictures, chosen, are_seen, context);
        timeline::draw(
            frame,
            places.timeline,
            &record.exams,
            chosen,
            is_focused(Pane::Timeline),
            context,
        );
    }
}
