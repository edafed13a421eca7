//! Patient table: searched while typing, read page by page from the database. The same table selects the patient that a
//! result is saved to.

mod arrangement;
mod column_form;
mod columns;
mod deletion;
mod detail;
mod draw;
mod filter_fields;
mod filter_form;
mod filters;
mod highlight;
mod keys;
mod marks;
mod row_commands;
mod rows;
mod saving;
mod window;

pub use self::filters::Filters;

use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::Input;

use self::arrangement::{Arrangement, PREFERENCE};
use self::deletion::Deletion;
use self::marks::{MOST_MARKED, Marks};
use self::row_commands::RowCommand;
use self::window::{PAGE, PageRequest, Window};
use super::edit_patient::EditPatient;
use super::new_patient::{Saved, ToSave};
use super::save_question::SaveTo;
use super::worklist::scan;
use super::{Action, Screen, ScreenEvent};
use crate::store::{Column, PatientId, PatientQuery, PatientRow, ReportStatus, StoreError};
use crate::text::grouped;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Scope;
use crate::tui::reply::{self, Inbox};
use crate::tui::widgets::list_keys::{ListKeys, Question};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, bulk, exams, preferences, records};

/// Purpose of the table.
enum Purpose {
    Browse,
    Save {
        result: Box<ToSave>,
        reply: reply::Reply<Saved>,
        /// Name of the patient that is being saved to, while it is.
        saving: Option<String>,
    },
}

/// The screen.
pub struct Patients {
    purpose: Purpose,
    search: Input,
    /// True while the search holds a number that was not typed: the first typed letter replaces it.
    is_offered: bool,
    wanted: Filters,
    arrangement: Arrangement,
    /// Loaded rows, once there are any.
    window: Option<Window>,
    /// Newest page that was requested; answers to older requests are dropped.
    asked: PageRequest,
    /// Index in the whole result.
    selection: Selection,
    /// State of the rows, and the key that waits for them.
    keys: ListKeys<RowCommand, PatientId>,
    /// Data being read before a screen about it opens; any other key cancels it.
    opening: Option<RowCommand>,
    marks: Marks,
    deletion: Deletion,
    replies: Inbox<Reply>,
}

/// Answers of the screens over the table.
enum Reply {
    SaveTo(SaveTo),
    Saved(Saved),
    /// A new record was made, without an exam.
    Created(PatientId),
    Filters(Filters),
    Columns(Vec<Column>),
    /// The patients that the question was about are deleted.
    Delete,
}

impl Patients {
    /// Table for looking up patients.
    pub fn browse() -> Self {
        Self::with(Purpose::Browse)
    }

    /// To look up the patients whose newest exam has no signed report.
    pub fn unsigned() -> Self {
        let mut patients = Self::browse();
        patients.wanted.status = Some(ReportStatus::Preliminary);
        patients
    }

    /// Table for choosing the patient that `result` is saved to.
    /// The search begins with the patient that the exam is planned for.
    pub fn save(result: ToSave, reply: reply::Reply<Saved>) -> Self {
        let planned = result.planned.as_ref();
        let number = planned.map_or(String::new(), |row| row.patient.number.clone());
        let mut patients = Self::with(Purpose::Save {
            result: Box::new(result),
            reply,
            saving: None,
        });
        patients.is_offered = !number.is_empty();
        patients.search = Input::new(number);
        patients
    }

    fn with(purpose: Purpose) -> Self {
        Self {
            purpose,
            search: Input::default(),
            is_offered: false,
            wanted: Filters::default(),
            arrangement: Arrangement::default(),
            window: None,
            asked: PageRequest::default(),
            selection: Selection::default(),
            keys: ListKeys::default(),
            opening: None,
            marks: Marks::default(),
            deletion: Deletion::default(),
            replies: Inbox::default(),
        }
    }

    /// Present search, from the start that was requested last.
    fn query(&self, context: &Context<'_>) -> PatientQuery {
        PatientQuery {
            text: self.search.value().to_owned(),
            or_similar: true,
            filters: self.wanted.filters(context.moment.now.time_zone()),
            order: self.arrangement.order,
            start: self.asked.start,
            skip: self.asked.skip,
            limit: PAGE,
        }
    }

    fn ask(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        self.ask_for_page(context)
    }

    /// Asks for the present page of the search.
    fn ask_for_page(&self, context: &Context<'_>) -> Vec<Action> {
        let query = self.query(context);
        let query = Box::new(query);
        let ask = |access| Action::ask(records::Request::Search { access, query });
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Reads the account's arrangement of the table, then the table.
    fn begin(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let name = PREFERENCE;
        let request = preferences::Request::Read { access, name };
        let mut actions = vec![Action::Ask(Request::Preferences(request))];
        if let Purpose::Save { result, .. } = &self.purpose
            && let Some(planned) = &result.planned
        {
            let planned = scan::sentence(planned);
            let told = format!("{planned} That record is listed; Esc lists all.");
            actions.push(Action::Tell(Notice::good(told)));
        }
        actions
    }

    /// Saves the present arrangement of the table.
    fn remember(&self, context: &Context<'_>) -> Option<Action> {
        let request = preferences::Request::Keep {
            access: context.access.cloned()?,
            name: PREFERENCE,
            content: self.arrangement.to_json(),
        };
        Some(Action::Ask(Request::Preferences(request)))
    }

    /// Number of rows that are known.
    fn known(&self) -> usize {
        self.window.as_ref().map_or(0, Window::known)
    }

    /// True if no patient matches the typed text and the rows are similar names.
    fn is_similar(&self) -> bool {
        self.window.as_ref().is_some_and(Window::is_similar)
    }

    /// Selected row.
    fn row(&self) -> Option<&PatientRow> {
        self.window.as_ref()?.row(self.selection.index)
    }

    /// Asks for other rows when the selection comes near the end of the loaded ones.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        // Rows of an older search are no start for a page of the newest.
        if self.keys.is_asked() {
            return Vec::new();
        }
        let margin = usize::from(context.size.height);
        let window = self.window.as_ref();
        match window.and_then(|window| window.around(self.selection.index, margin)) {
            Some(asked) if asked != self.asked => {
                self.asked = asked;
                match self.row() {
                    Some(_) => self.ask_for_page(context),
                    // A jump: the selected row is not loaded yet.
                    None => self.ask(Question::Other, context),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Starts at the top of a new search.
    fn searched(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.asked = PageRequest::default();
        self.selection = Selection::default();
        self.ask(Question::Other, context)
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        let error = match answer {
            Answer::Records(records::Answer::Found(Ok(page))) => {
                return self.arrived(page, context);
            }
            Answer::Records(records::Answer::Found(Err(error))) => {
                self.asked = PageRequest::default();
                return self.not_read(&error);
            }
            Answer::Preferences(preferences::Answer::Read(Ok(kept))) => {
                if let Some(kept) = kept {
                    self.arrangement = Arrangement::from_json(&kept);
                }
                return self.searched(context);
            }
            Answer::Preferences(preferences::Answer::Read(Err(error))) => {
                let mut actions = self.searched(context);
                actions.push(Action::Tell(Notice::error(error.to_string())));
                return actions;
            }
            Answer::Preferences(preferences::Answer::Kept(Err(error))) => error,
            Answer::Records(records::Answer::Opened(_))
                if self.opening != Some(RowCommand::Edit) =>
            {
                return Vec::new();
            }
            Answer::Records(records::Answer::Opened(record)) => {
                self.opening = None;
                match record {
                    Ok(record) => {
                        return vec![Action::Open(Box::new(EditPatient::new(&record)))];
                    }
                    Err(error) => error,
                }
            }
            Answer::Bulk(answer) => return self.many_answered(answer, context),
            Answer::Exams(exams::Answer::Saved(saved)) => {
                let Purpose::Save { saving, .. } = &mut self.purpose else {
                    return Vec::new();
                };
                let patient = saving.take().unwrap_or_default();
                match saved {
                    Ok(exam) => return self.pass_on(Saved { exam, patient }),
                    Err(error) => error,
                }
            }
            _ => return Vec::new(),
        };
        vec![Action::Tell(Notice::error(error.to_string()))]
    }

    fn mark_found(&mut self, found: Result<bulk::Found, StoreError>) -> Vec<Action> {
        let found = match found {
            Ok(found) => found,
            Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
        };
        self.marks.add_all(found.patients);
        match found.more {
            true => {
                let most = grouped(MOST_MARKED as u64);
                let message = format!("The first {most} are selected; this is the limit.");
                vec![Action::Tell(Notice::warning(message))]
            }
            false => Vec::new(),
        }
    }
}

impl Screen for Patients {
    fn title(&self) -> &str {
        match self.purpose {
            Purpose::Browse => "Patients",
            Purpose::Save { .. } => "Save result",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.purpose {
            Purpose::Browse => &[Scope::Patients, Scope::Browse, Scope::List],
            Purpose::Save { .. } => &[Scope::SaveTo, Scope::Patients, Scope::List],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.begin(context),
            ScreenEvent::Answer(answer) => self.answered(answer, context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Covered => {
                self.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Failed => {
                self.failed();
                Vec::new()
            }
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.is_saving() => Vec::new(),
            ScreenEvent::Key(key, command) => self.take(key, command, context),
            ScreenEvent::Paste(text) => {
                self.drop_waiting();
                self.search = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.searched(context)
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
