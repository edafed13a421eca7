//! A radiologist's words in text areas: those on an exam, an addendum to a signed report, a template of the hospital.

mod draw;
mod saving;
mod templates;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tui_input::{Input, InputRequest};

use super::confirm::Confirm;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::lung_rads::Category;
use crate::clinical::reading::Reading;
use crate::clinical::report::ReportWords;
use crate::store::{ExamId, ReadingRecord, ReportId, Role as AccountRole};
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::text_area;
use crate::tui::worker::{Answer, Request, lesions, reports};

/// The texts.
enum Purpose {
    /// The words on an exam, with what their template is filled with once it was read.
    Exam {
        exam: ExamId,
        revision: u32,
        about: Option<Box<(Reading, jiff::civil::Date)>>,
        draft: Box<DraftKeeper>,
    },
    Addendum(ReportId),
    Template(Category),
}

/// The screen.
pub struct WordsForm {
    purpose: Purpose,
    areas: Vec<Input>,
    focus: usize,
    /// The areas as they are kept; none until they were read.
    kept: Option<Vec<String>>,
    is_saving: bool,
    may_change: bool,
    /// The change is to be dropped.
    discarded: Inbox<()>,
}

/// Contents of a draft.
#[derive(Serialize, Deserialize)]
struct Draft(Vec<String>);

fn ask_for(request: reports::Request) -> Action {
    Action::Ask(Request::Reports(request))
}

impl WordsForm {
    /// The words on an exam, for a radiologist.
    pub fn of_exam(exam: ExamId) -> Self {
        let purpose = Purpose::Exam {
            exam,
            revision: 0,
            about: None,
            draft: Box::new(DraftKeeper::new("exam findings", Some(exam.0))),
        };
        Self::with(purpose, 3, true)
    }

    /// An addendum to a signed version, for a radiologist.
    pub fn addendum(report: ReportId) -> Self {
        let mut form = Self::with(Purpose::Addendum(report), 1, true);
        form.kept = Some(vec![String::new()]);
        form
    }

    /// The hospital's templates, the first category first.
    pub fn template(context: &Context<'_>) -> Self {
        let role = context.account.map(|account| account.role);
        let may_change = matches!(
            role,
            Some(AccountRole::Radiologist | AccountRole::Administrator)
        );
        Self::with(Purpose::Template(Category::One), 3, may_change)
    }

    fn with(purpose: Purpose, areas: usize, may_change: bool) -> Self {
        Self {
            purpose,
            areas: vec![Input::default(); areas],
            focus: 0,
            kept: None,
            is_saving: false,
            may_change,
            discarded: Inbox::default(),
        }
    }

    fn texts(&self) -> Vec<String> {
        self.areas
            .iter()
            .map(|area| area.value().to_owned())
            .collect()
    }

    fn words(&self) -> ReportWords {
        let text = |index: usize| {
            let area = self.areas.get(index);
            area.map_or_else(String::new, |area| area.value().to_owned())
        };
        ReportWords {
            findings: text(0),
            impression: text(1),
            recommendation: text(2),
        }
    }

    fn set(&mut self, words: &ReportWords) {
        let texts = words.parts().map(|(_, text)| text.to_owned());
        self.areas = texts.map(Input::new).collect();
        self.kept = Some(self.texts());
    }

    fn is_touched(&self) -> bool {
        (self.kept.as_ref()).is_some_and(|kept| *kept != self.texts())
    }

    /// The areas as one text, for a draft.
    fn content(&self) -> String {
        serde_json::to_string(&Draft(self.texts())).unwrap_or_default()
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        match &self.purpose {
            Purpose::Exam { exam, .. } => {
                let exam = *exam;
                vec![Action::Ask(Request::Lesions(lesions::Request::Read {
                    access,
                    exam,
                }))]
            }
            Purpose::Template(category) => {
                let category = *category;
                vec![ask_for(reports::Request::Template { access, category })]
            }
            Purpose::Addendum(_) => Vec::new(),
        }
    }

    fn read(&mut self, record: ReadingRecord, context: &Context<'_>) -> Vec<Action> {
        let reading = record.reading.reading();
        let scanned_on = reading.scanned_on(record.created_at);
        let words = reading.words.clone();
        if let Purpose::Exam {
            revision, about, ..
        } = &mut self.purpose
        {
            *revision = record.reading.words_revision;
            *about = Some(Box::new((reading, scanned_on)));
        }
        self.set(&words);
        let content = self.content();
        match &mut self.purpose {
            Purpose::Exam { draft, .. } => draft.begin(content, context),
            _ => Vec::new(),
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let count = self.areas.len();
        match command {
            Command::Save => return self.save(context),
            Command::FillIn => {
                let actions = self.fill_in(context);
                self.typed(context);
                return actions;
            }
            Command::Next => self.focus = (self.focus + 1) % count,
            Command::Previous => self.focus = (self.focus + count - 1) % count,
            Command::Back => {
                let content = self.content();
                return match &self.purpose {
                    Purpose::Exam { draft, .. } if self.kept.is_some() => draft.leave(&content),
                    _ if self.is_touched() => {
                        let confirm = Confirm::new(
                            "Discard changes",
                            "Your changes are not saved. Leave without saving?",
                            "Discard",
                            self.discarded.reply(|()| ()),
                        );
                        vec![Action::Open(Box::new(confirm))]
                    }
                    _ => vec![Action::Close],
                };
            }
            _ => {}
        }
        Vec::new()
    }

    /// The areas hold something else now.
    fn typed(&mut self, context: &Context<'_>) {
        let content = self.content();
        if let Purpose::Exam { draft, .. } = &mut self.purpose {
            draft.typed(&content, context);
        }
    }

    fn edit(&mut self, key: KeyEvent, context: &Context<'_>) {
        let columns = usize::from(context.size.width.saturating_sub(6)).max(1);
        let may = self.may_change && !self.is_saving && self.kept.is_some();
        if let Some(area) = self.areas.get_mut(self.focus).filter(|_| may) {
            text_area::edit(area, key, columns);
            self.typed(context);
        }
    }

    /// Handles an event after the draft keeper.
    fn take(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        use reports::Answer as Done;
        match event {
            ScreenEvent::Opened => self.ask(context),
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::Read(Ok(record)))) => {
                self.read(*record, context)
            }
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::Read(Err(error)))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            ScreenEvent::Answer(Answer::Reports(Done::Template(read))) => {
                let actions = match read {
                    Ok(words) => self.on_template(&words),
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
                self.typed(context);
                actions
            }
            ScreenEvent::Answer(Answer::Reports(Done::WordsWritten(outcome))) => {
                let done =
                    "The findings are saved; {write} writes a version of the report with them.";
                let done = keymap::worded(&[Scope::Reports], done);
                self.saved(outcome, &done, context)
            }
            ScreenEvent::Answer(Answer::Reports(Done::AddendumAdded(outcome))) => {
                self.saved(outcome, "The addendum is added.", context)
            }
            ScreenEvent::Answer(Answer::Reports(Done::TemplateSet(outcome))) => {
                self.saved(outcome, "The template is saved.", context)
            }
            ScreenEvent::Returned => match self.discarded.take() {
                Some(()) => vec![Action::Close],
                None => Vec::new(),
            },
            ScreenEvent::Failed => {
                self.is_saving = false;
                Vec::new()
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            ScreenEvent::Key(key, None) => {
                self.edit(key, context);
                Vec::new()
            }
            ScreenEvent::Paste(pasted) => {
                let may = self.may_change && !self.is_saving && self.kept.is_some();
                if let Some(area) = self.areas.get_mut(self.focus).filter(|_| may) {
                    for letter in pasted.replace("\r\n", "\n").replace('\r', "\n").chars() {
                        area.handle(InputRequest::InsertChar(letter));
                    }
                    self.typed(context);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl Screen for WordsForm {
    fn title(&self) -> &str {
        match self.purpose {
            Purpose::Exam { .. } => "Findings",
            Purpose::Addendum(_) => "Addendum",
            Purpose::Template(_) => "Templates",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.purpose {
            Purpose::Template(_) => &[Scope::Templates],
            Purpose::Exam { .. } => &[Scope::Words],
            Purpose::Addendum(_) => &[Scope::Saving, Scope::Form],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        // Enter and the arrows belong to the text of an addendum.
        if let (Purpose::Addendum(_), ScreenEvent::Key(key, command)) = (&self.purpose, &event)
            && !matches!(command, Some(Command::Save | Command::Back))
        {
            self.edit(*key, context);
            return Vec::new();
        }
        let content = self.content();
        let mut actions = Vec::new();
        if let Purpose::Exam { draft, .. } = &mut self.purpose {
            let (taken, asked) = draft.on_answer(&event, &content, context);
            actions = asked;
            if let Some(Draft(texts)) = taken.and_then(|taken| serde_json::from_str(&taken).ok()) {
                self.areas = texts.into_iter().map(Input::new).collect();
                self.areas.resize(3, Input::default());
            }
        }
        actions.extend(self.take(event, context));
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        match &self.purpose {
            Purpose::Exam { draft, .. } => draft.next_frame(),
            _ => None,
        }
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        match &self.purpose {
            Purpose::Exam { draft, .. } => draft.last_words(&self.content(), context.access),
            _ => None,
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
