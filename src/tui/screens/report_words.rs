//! A radiologist's words in text areas: those on an exam, an addendum to a signed report, a template of the hospital.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tui_input::{Input, InputRequest};

use super::confirm::Confirm;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::lung_rads::Category;
use crate::clinical::reading::Reading;
use crate::clinical::report::template::{self, PLACEHOLDERS};
use crate::clinical::report::{Addendum, ReportWords};
use crate::store::{ExamId, ReadingRecord, ReportId, Role as AccountRole, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::{panel, text_area};
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

    fn save(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        if !self.may_change {
            let told = "Radiologists and administrators change the templates.";
            return vec![Action::Tell(Notice::warning(told))];
        }
        if self.kept.is_none() || self.is_saving {
            return Vec::new();
        }
        let checked = match &self.purpose {
            Purpose::Exam { .. } => self.words().check(),
            Purpose::Template(_) => template::check(&self.words()),
            Purpose::Addendum(_) => {
                Addendum::check(&self.words().findings).map(|text| ReportWords {
                    findings: text,
                    ..ReportWords::default()
                })
            }
        };
        let words = match checked {
            Ok(words) => Box::new(words),
            Err(complaint) => return vec![Action::Tell(Notice::error(complaint.to_string()))],
        };
        self.is_saving = true;
        vec![ask_for(match &self.purpose {
            Purpose::Exam { exam, revision, .. } => reports::Request::WriteWords {
                access,
                exam: *exam,
                revision: *revision,
                words,
            },
            Purpose::Template(category) => reports::Request::SetTemplate {
                access,
                category: *category,
                words,
            },
            Purpose::Addendum(report) => reports::Request::AddAddendum {
                access,
                report: *report,
                text: words.findings,
            },
        })]
    }

    /// Asks for the template of the exam's category, or turns to the next category.
    fn fill_in(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let is_touched = self.is_touched();
        match &mut self.purpose {
            Purpose::Addendum(_) => Vec::new(),
            Purpose::Exam { about: None, .. } => Vec::new(),
            Purpose::Exam {
                about: Some(about), ..
            } => {
                let measured = about.0.category();
                let category = measured.map_or(Category::NeedsRadiologist, |it| it.category);
                vec![ask_for(reports::Request::Template { access, category })]
            }
            Purpose::Template(_) if is_touched => {
                let told = "The template was changed: F2 saves it, Esc leaves it.";
                vec![Action::Tell(Notice::warning(told))]
            }
            Purpose::Template(category) => {
                let at = Category::ALL.iter().position(|one| one == category);
                let next = (at.unwrap_or(0) + 1) % Category::ALL.len();
                *category = Category::ALL[next];
                self.kept = None;
                self.ask(context)
            }
        }
    }

    /// Takes a template: as it is where templates are edited, else into the parts that are empty.
    fn took_template(&mut self, words: &ReportWords) -> Vec<Action> {
        let Purpose::Exam { about, .. } = &self.purpose else {
            self.set(words);
            return Vec::new();
        };
        let Some(about) = about else {
            return Vec::new();
        };
        let filled = template::fill(words, &about.0, about.1);
        let parts: Vec<String> = filled.parts().map(|(_, text)| text.to_owned()).collect();
        let mut count = 0;
        for (area, text) in self.areas.iter_mut().zip(parts) {
            if area.value().trim().is_empty() && !text.is_empty() {
                *area = Input::new(text);
                count += 1;
            }
        }
        let told = match count {
            0 => "The template fills empty parts alone; there was nothing to fill.",
            _ => "The template is filled in; read it before you save.",
        };
        vec![Action::Tell(Notice::remark(told))]
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

    fn saved(
        &mut self,
        outcome: Result<(), StoreError>,
        done: &str,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.is_saving = false;
        if let Err(error) = outcome {
            return vec![Action::Tell(Notice::error(error.to_string()))];
        }
        let mut actions = match &mut self.purpose {
            Purpose::Exam { draft, .. } => (**draft).drop(context),
            Purpose::Template(_) => {
                let mut actions = self.ask(context);
                actions.push(Action::Tell(Notice::good(done)));
                return actions;
            }
            Purpose::Addendum(_) => Vec::new(),
        };
        actions.push(Action::Return);
        actions.push(Action::Tell(Notice::good(done)));
        actions
    }

    /// Contents after the form has read them, without its draft.
    fn take(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        use reports::Answer as Told;
        match happening {
            ScreenEvent::Opened => self.ask(context),
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::Read(Ok(record)))) => {
                self.read(*record, context)
            }
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::Read(Err(error)))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            ScreenEvent::Answer(Answer::Reports(Told::Template(read))) => {
                let actions = match read {
                    Ok(words) => self.took_template(&words),
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
                self.typed(context);
                actions
            }
            ScreenEvent::Answer(Answer::Reports(Told::WordsWritten(outcome))) => {
                let done = "The findings are saved; w writes a version of the report with them.";
                self.saved(outcome, done, context)
            }
            ScreenEvent::Answer(Answer::Reports(Told::AddendumAdded(outcome))) => {
                self.saved(outcome, "The addendum is added.", context)
            }
            ScreenEvent::Answer(Answer::Reports(Told::TemplateSet(outcome))) => {
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

    fn update(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        // Enter and the arrows belong to the text of an addendum.
        if let (Purpose::Addendum(_), ScreenEvent::Key(key, command)) = (&self.purpose, &happening)
            && !matches!(command, Some(Command::Save | Command::Back))
        {
            self.edit(*key, context);
            return Vec::new();
        }
        let content = self.content();
        let mut actions = Vec::new();
        if let Purpose::Exam { draft, .. } = &mut self.purpose {
            let (taken, asked) = draft.on_answer(&happening, &content, context);
            actions = asked;
            if let Some(Draft(texts)) = taken.and_then(|taken| serde_json::from_str(&taken).ok()) {
                self.areas = texts.into_iter().map(Input::new).collect();
                self.areas.resize(3, Input::default());
            }
        }
        actions.extend(self.take(happening, context));
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
        let theme = context.theme;
        let [text, below] = panel::stacked(area, [Constraint::Min(6), Constraint::Length(2)]);
        // The findings are the longest part.
        let shares = match self.areas.len() {
            1 => vec![Constraint::Fill(1)],
            _ => vec![
                Constraint::Fill(2),
                Constraint::Fill(1),
                Constraint::Fill(1),
            ],
        };
        let rows = Layout::vertical(shares).split(text);
        let headings: Vec<String> = match &self.purpose {
            Purpose::Addendum(_) => vec!["Addendum to the signed report".to_owned()],
            Purpose::Exam { .. } => ReportWords::HEADINGS.map(str::to_owned).into(),
            Purpose::Template(category) => ReportWords::HEADINGS
                .map(|heading| format!("{heading}, category {}", category.label()))
                .into(),
        };
        for (index, (input, row)) in self.areas.iter().zip(rows.iter()).enumerate() {
            let is_here = index == self.focus;
            let heading = headings.get(index).map_or("", String::as_str);
            let inner = panel::framed(frame, *row, heading, theme, is_here);
            match self.kept {
                None => panel::remark(frame, inner, "Reading …", Role::Muted, theme),
                Some(_) => text_area::view(frame, inner, input, is_here, theme.style(Role::Text)),
            }
        }
        let words = match &self.purpose {
            _ if self.is_saving => "Saving …".to_owned(),
            Purpose::Exam { .. } => {
                "F3 fills empty parts from the template of the measured category. What is saved here stands in the next \
                 version of the report, which w writes and s signs."
                    .to_owned()
            }
            Purpose::Addendum(_) => {
                "It stands below the signed text with your name and the time, and cannot be changed. F2 adds it.".to_owned()
            }
            Purpose::Template(_) => {
                let listed = PLACEHOLDERS.map(|(name, means)| format!("{{{name}}} {means}"));
                format!("{}. Empty parts bring LUNNY's own back.", listed.join(", "))
            }
        };
        let words = panel::paragraph(words).style(theme.style(Role::Muted));
        frame.render_widget(words, below);
    }
}
