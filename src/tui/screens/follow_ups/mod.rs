//! The lists of follow-ups: due, overdue, later, without a category, done. Letters search; an entry opens its record, is
//! closed or reopened, gets a letter.

mod close_form;
mod draw;
mod export_form;
mod filter_form;
mod form_dialog;
mod letter_text;
mod letters_form;

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::Input;

use self::close_form::{CloseForm, Closing};
use self::export_form::ExportForm;
use self::filter_form::FilterForm;
use self::letter_text::LetterText;
use self::letters_form::LettersForm;
use super::confirm::Confirm;
use super::record::Record;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::clinical::follow_up::{ClosedBy, List};
use crate::export::MOST_LETTERS;
use crate::store::{
    Count, ExamId, FollowUpCounts, FollowUpFilters, FollowUpPage, FollowUpQuery, FollowUpRow,
    StoreError,
};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys::{ListKeys, Pressed, Question, Refusal, Rows, Settled};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::follow_up::{Answer, Request};
use crate::tui::worker::{self};

/// Rows of a page, as they are read.
const PAGE: usize = 200;

/// The screen.
pub struct FollowUps {
    list: List,
    search: Input,
    wanted: FollowUpFilters,
    /// None until the first page came.
    rows: Option<Vec<FollowUpRow>>,
    total: Count,
    goes_on: bool,
    counts: Option<FollowUpCounts>,
    selection: Selection,
    keys: ListKeys<Wish, ExamId>,
    marked: BTreeSet<ExamId>,
    replies: Inbox<Answered>,
}

/// Answers of the dialogs over the lists.
enum Answered {
    Filters(FollowUpFilters),
    Close(Closing),
    Reopen(ExamId),
}

/// Action of a key on the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Open,
    Close,
    Reopen,
    Mark,
    Letters,
}

impl FollowUps {
    /// With this list in front.
    pub fn on(list: List) -> Self {
        Self {
            list,
            search: Input::default(),
            wanted: FollowUpFilters::default(),
            rows: None,
            total: Count::Exactly(0),
            goes_on: false,
            counts: None,
            selection: Selection::default(),
            keys: ListKeys::default(),
            marked: BTreeSet::new(),
            replies: Inbox::default(),
        }
    }

    fn rows(&self) -> &[FollowUpRow] {
        self.rows.as_deref().unwrap_or_default()
    }

    fn row(&self) -> Option<&FollowUpRow> {
        self.rows().get(self.selection.index)
    }

    fn query(&self, context: &Context<'_>) -> FollowUpQuery {
        FollowUpQuery {
            text: self.search.value().to_owned(),
            filters: self.wanted.clone(),
            limit: PAGE,
            ..FollowUpQuery::of(self.list, context.moment.today())
        }
    }

    fn ask_page(&self, query: FollowUpQuery, context: &Context<'_>) -> Vec<Action> {
        let query = Box::new(query);
        let ask = |access| follow_up(Request::Page { access, query });
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Reads the list from its first row on.
    fn read(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        let mut query = self.query(context);
        if question == Question::Same {
            query.limit = self.rows().len().max(PAGE);
        }
        let mut actions = self.ask_page(query, context);
        let today = context.moment.today();
        let count = |access| follow_up(Request::Counts { access, today });
        actions.extend(context.access.cloned().map(count));
        actions
    }

    /// As [`Self::read`], of another list, text or filter.
    fn searched(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.selection = Selection::default();
        self.read(Question::Other, context)
    }

    /// Reads on when the selection comes near the last row at hand.
    fn follow(&self, context: &Context<'_>) -> Vec<Action> {
        let margin = usize::from(context.size.height);
        let is_near = self.selection.index + margin >= self.rows().len();
        if !is_near || !self.goes_on || self.keys.is_asked() {
            return Vec::new();
        }
        let query = FollowUpQuery {
            after: self.rows().last().map(|row| row.cursor),
            ..self.query(context)
        };
        self.ask_page(query, context)
    }

    fn turn(&mut self, by: usize, context: &Context<'_>) -> Vec<Action> {
        let count = List::ALL.len();
        let at = List::ALL.iter().position(|list| *list == self.list);
        self.list = List::ALL[(at.unwrap_or(0) + by) % count];
        self.marked.clear();
        self.rows = None;
        self.searched(context)
    }

    fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let request = edit_request(key);
        if command.is_none() && request.is_none() {
            return Vec::new();
        }
        let waited = self.keys.drop_waiting();
        let (count, page) = (self.rows().len(), draw::visible_rows(context));
        if command.is_some_and(|command| self.selection.handle(command, count, page)) {
            self.keys.looked();
            return self.follow(context);
        }
        if waited && command == Some(Command::Back) {
            return Vec::new();
        }
        if let Some(command) = command {
            return self.handle(command, context);
        }
        if key.code == KeyCode::Backspace && self.search.value().is_empty() {
            return match self.drop_filter() {
                true => self.searched(context),
                false => Vec::new(),
            };
        }
        let Some(request) = request else {
            return Vec::new();
        };
        let before = self.search.value().to_owned();
        self.search.handle(request);
        match before == self.search.value() {
            true => Vec::new(),
            false => self.searched(context),
        }
    }

    /// Takes the last filter away; says whether there was one.
    fn drop_filter(&mut self) -> bool {
        let FollowUpFilters {
            category,
            doctor,
            from,
            until,
        } = &mut self.wanted;
        until.take().is_some()
            || from.take().is_some()
            || doctor.take().is_some()
            || category.take().is_some()
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back if !self.search.value().is_empty() => {
                self.search.reset();
                self.searched(context)
            }
            Command::Back => vec![Action::Return],
            Command::Next => self.turn(1, context),
            Command::Previous => self.turn(List::ALL.len() - 1, context),
            Command::Open => self.press(Wish::Open, context),
            Command::CloseFollowUp => self.press(Wish::Close, context),
            Command::Undo => self.press(Wish::Reopen, context),
            Command::Mark => self.press(Wish::Mark, context),
            Command::MarkAll => self.mark_all(),
            // Those that are marked are known without the rows.
            Command::Letters if !self.marked.is_empty() => self.letters(),
            Command::Letters => self.press(Wish::Letters, context),
            Command::LetterTexts => vec![Action::Open(Box::new(LetterText::new(context)))],
            Command::Filters => vec![Action::Open(Box::new(FilterForm::new(
                &self.wanted,
                self.replies.reply(Answered::Filters),
            )))],
            Command::Share => {
                let query = self.query(context);
                vec![Action::Open(Box::new(ExportForm::new(query, context)))]
            }
            _ => Vec::new(),
        }
    }

    fn mark_all(&mut self) -> Vec<Action> {
        if !self.marked.is_empty() {
            self.marked.clear();
            return Vec::new();
        }
        let exams: Vec<ExamId> = self.rows().iter().map(|row| row.exam).collect();
        self.marked.extend(exams.into_iter().take(MOST_LETTERS));
        match self.goes_on {
            true => {
                let told = format!(
                    "The {} that were read are selected; End reads on.",
                    self.marked.len()
                );
                vec![Action::Tell(Notice::warning(told))]
            }
            false => Vec::new(),
        }
    }

    fn letters(&self) -> Vec<Action> {
        let exams: Vec<ExamId> = match (self.marked.is_empty(), self.row()) {
            (false, _) => self.marked.iter().copied().collect(),
            (true, Some(row)) => vec![row.exam],
            (true, None) => return Vec::new(),
        };
        vec![Action::Open(Box::new(LettersForm::new(exams, self.list)))]
    }

    fn press(&mut self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        let (on, exact) = (self.row().map(|row| row.exam), self.exact());
        let is_sure = self.rows().len() <= 1 || exact == Some(self.selection.index);
        let now = context.moment.since_start;
        match self.keys.press(wish, on, is_sure, now) {
            Pressed::Acts(wish) => self.carry_out(wish),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    /// The row of the patient whose ID is typed whole.
    fn exact(&self) -> Option<usize> {
        let typed = crate::clinical::text::key(self.search.value());
        let is_it = |row: &FollowUpRow| crate::clinical::text::key(&row.patient.number) == typed;
        let mut found = (self.rows().iter().enumerate()).filter(|(_, row)| is_it(row));
        match (found.next(), found.next()) {
            (Some((place, _)), None) if !typed.is_empty() => Some(place),
            _ => None,
        }
    }

    fn carry_out(&mut self, wish: Wish) -> Vec<Action> {
        let Some(row) = self.row() else {
            return vec![Action::Tell(Notice::warning("The list is empty."))];
        };
        match wish {
            Wish::Open => vec![Action::Open(Box::new(Record::new(row.patient_id)))],
            Wish::Mark => {
                let exam = row.exam;
                if !self.marked.remove(&exam) {
                    self.marked.insert(exam);
                }
                let (count, page) = (self.rows().len(), 1);
                self.selection.handle(Command::Down, count, page);
                Vec::new()
            }
            Wish::Letters => self.letters(),
            Wish::Close if row.closed.is_some() => {
                vec![Action::Tell(Notice::warning(
                    "This follow-up is closed already; F9 reopens it.",
                ))]
            }
            Wish::Close => vec![Action::Open(Box::new(CloseForm::new(
                row,
                self.replies.reply(Answered::Close),
            )))],
            Wish::Reopen => match row.closed {
                Some((_, ClosedBy::Reason(_))) => {
                    let exam = row.exam;
                    let reply = self.replies.reply(move |()| Answered::Reopen(exam));
                    let name = &row.patient.full_name;
                    let sentence = format!("Open the follow-up of {name} again?");
                    let confirm = Confirm::new("Reopen the follow-up", &sentence, "Reopen", reply);
                    vec![Action::Open(Box::new(confirm))]
                }
                Some(_) => vec![Action::Tell(Notice::warning(
                    "An exam or a diagnosis closed this follow-up; only what a person closed is reopened.",
                ))],
                None => vec![Action::Tell(Notice::warning("This follow-up is open."))],
            },
        }
    }

    fn took(
        &mut self,
        is_first: bool,
        page: Result<FollowUpPage, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.rows.get_or_insert_default();
                self.keys.failed();
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
        };
        let selected = self.row().map(|row| row.exam);
        self.goes_on = page.goes_on;
        if !is_first {
            self.rows.get_or_insert_default().extend(page.rows);
            return Vec::new();
        }
        self.total = page.total;
        self.rows = Some(page.rows);
        let ids: Vec<ExamId> = self.rows().iter().map(|row| row.exam).collect();
        let rows = Rows {
            selected,
            count: ids.len(),
            exact: self.exact(),
            place: &|id| ids.iter().position(|other| *other == id),
        };
        let now = context.moment.since_start;
        let settled = self.keys.settle(&mut self.selection, rows, now);
        if self.search.value().is_empty() {
            // Nothing was typed that a first row could be mistaken for the answer to.
            self.keys.looked();
        }
        match settled {
            Settled::Rests => Vec::new(),
            Settled::Acts(wish) => self.carry_out(wish),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Reads the list again after a change, and reports the change.
    fn changed(
        &mut self,
        outcome: Result<(), StoreError>,
        done: &str,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let mut actions = self.read(Question::Same, context);
        actions.push(Action::Tell(match outcome {
            Ok(()) => Notice::good(done),
            Err(error) => Notice::error(error.to_string()),
        }));
        actions
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Page { is_first, page } => self.took(is_first, page, context),
            Answer::Counts(Ok(counts)) => {
                self.counts = Some(counts);
                Vec::new()
            }
            Answer::Counts(Err(error)) => vec![Action::Tell(Notice::error(error.to_string()))],
            Answer::Closed(outcome) => self.changed(
                outcome,
                "The follow-up is closed; F9 on the list Done reopens it.",
                context,
            ),
            Answer::Reopened(outcome) => {
                self.changed(outcome, "The follow-up is open again.", context)
            }
            _ => Vec::new(),
        }
    }

    fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        match self.replies.take() {
            None => self.read(Question::Same, context),
            Some(Answered::Filters(wanted)) => {
                self.wanted = wanted;
                self.searched(context)
            }
            Some(Answered::Close(closing)) => {
                let today = context.moment.today();
                let Closing {
                    exam,
                    reason,
                    remark,
                } = closing;
                let close = |access| {
                    follow_up(Request::Close {
                        access,
                        exam,
                        reason,
                        remark,
                        today,
                    })
                };
                self.keys.asked(Question::Same);
                context.access.cloned().map(close).into_iter().collect()
            }
            Some(Answered::Reopen(exam)) => {
                let reopen = |access| follow_up(Request::Reopen { access, exam });
                self.keys.asked(Question::Same);
                context.access.cloned().map(reopen).into_iter().collect()
            }
        }
    }
}

/// A request to the worker.
fn follow_up(request: Request) -> Action {
    Action::Ask(worker::Request::FollowUp(request))
}

impl Screen for FollowUps {
    fn title(&self) -> &str {
        "Follow-up"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::FollowUps]
    }

    fn update(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            ScreenEvent::Opened => self.searched(context),
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Failed => {
                self.keys.failed();
                Vec::new()
            }
            ScreenEvent::Answer(worker::Answer::FollowUp(answer)) => self.answered(answer, context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Key(key, command) => self.take(key, command, context),
            ScreenEvent::Paste(text) => {
                self.keys.drop_waiting();
                self.search = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.searched(context)
            }
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.keys.waiting().map(|_| READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
