//! The lists of follow-ups: due, overdue, later, without a category, done. Letters search; an entry opens its record, is
//! closed or reopened, gets a letter.

mod draw;
mod letter_text;
mod letters_form;

use std::collections::BTreeSet;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use self::letter_text::LetterText;
use self::letters_form::LettersForm;
use super::confirm::Confirm;
use super::list_dialogs::close_form::{CloseForm, Closing};
use super::list_dialogs::export_form::ExportForm;
use super::list_dialogs::filter_form::FilterForm;
use super::record::Record;
use super::sheets_form::SheetsForm;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::clinical::follow_up::{ClosedBy, List};
use crate::export::MOST_LETTERS;
use crate::store::{
    ExamId, FollowUpCounts, FollowUpFilters, FollowUpPage, FollowUpQuery, FollowUpRow, StoreError,
};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::list_keys::{Pressed, Question, Refusal, Settled};
use crate::tui::widgets::paged_list::{ListRow, PageOf, PagedList, Taken};
use crate::tui::worker::follow_up::{Answer, Request};
use crate::tui::worker::{self};

const FILTERED_DAYS: &str = "From and to: the date due; the day of closing on the list Done, of the scan without a category.";
const CLOSING: &str = "The record keeps who closed it and why. A newer exam or a date of diagnosis closes it by itself.";
/// Rows of a page, as they are read.
const PAGE: usize = 200;

/// The screen.
pub struct FollowUps {
    list: List,
    wanted: FollowUpFilters,
    rows: PagedList<FollowUpRow, RowCommand>,
    counts: Option<FollowUpCounts>,
    marked: BTreeSet<ExamId>,
    replies: Inbox<Answered>,
}

impl ListRow for FollowUpRow {
    type Id = ExamId;

    fn id(&self) -> ExamId {
        self.exam
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.patient.number]
    }
}

/// Answers of the dialogs over the lists.
enum Answered {
    Filters(FollowUpFilters),
    Close(ExamId, Closing),
    Reopen(ExamId),
}

/// Action of a key on the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowCommand {
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
            wanted: FollowUpFilters::default(),
            rows: PagedList::default(),
            counts: None,
            marked: BTreeSet::new(),
            replies: Inbox::default(),
        }
    }

    fn query(&self, context: &Context<'_>) -> FollowUpQuery {
        FollowUpQuery {
            text: self.rows.text().to_owned(),
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
        self.rows.asked(question);
        let query = FollowUpQuery {
            limit: self.rows.limit(question, PAGE),
            ..self.query(context)
        };
        let mut actions = self.ask_page(query, context);
        let today = context.moment.today();
        let count = |access| follow_up(Request::Counts { access, today });
        actions.extend(context.access.cloned().map(count));
        actions
    }

    /// As [`Self::read`], of another list, text or filter.
    fn searched(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.read(Question::Other, context)
    }

    /// Reads on when the selection comes near the last row at hand.
    fn follow(&self, context: &Context<'_>) -> Vec<Action> {
        if !self.rows.wants_more(usize::from(context.size.height)) {
            return Vec::new();
        }
        let query = FollowUpQuery {
            after: self.rows.rows().last().map(|row| row.cursor),
            ..self.query(context)
        };
        self.ask_page(query, context)
    }

    fn turn(&mut self, by: usize, context: &Context<'_>) -> Vec<Action> {
        let count = List::ALL.len();
        let at = List::ALL.iter().position(|list| *list == self.list);
        self.list = List::ALL[(at.unwrap_or(0) + by) % count];
        self.marked.clear();
        self.rows.forget();
        self.searched(context)
    }

    fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match self.rows.take(key, command, draw::visible_rows(context)) {
            Taken::Nothing => Vec::new(),
            Taken::Moved => self.follow(context),
            Taken::Searched => self.searched(context),
            Taken::Emptied => match self.drop_filter() {
                true => self.searched(context),
                false => Vec::new(),
            },
            Taken::Command(command) => self.handle(command, context),
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
            Command::Back if self.rows.clear() => self.searched(context),
            Command::Back => vec![Action::Return],
            Command::Next => self.turn(1, context),
            Command::Previous => self.turn(List::ALL.len() - 1, context),
            Command::Open => self.press(RowCommand::Open, context),
            Command::CloseFollowUp => self.press(RowCommand::Close, context),
            Command::Undo => self.press(RowCommand::Reopen, context),
            Command::Mark => self.press(RowCommand::Mark, context),
            Command::MarkAll => self.mark_all(),
            // Those that are marked are known without the rows.
            Command::Letters if !self.marked.is_empty() => self.letters(),
            Command::Letters => self.press(RowCommand::Letters, context),
            Command::LetterTexts => vec![Action::Open(Box::new(LetterText::new(context)))],
            Command::Filters => vec![Action::Open(Box::new(FilterForm::new(
                &self.wanted,
                FILTERED_DAYS,
                self.replies.reply(Answered::Filters),
            )))],
            Command::Print => {
                let query = self.query(context);
                vec![Action::Open(Box::new(SheetsForm::follow_ups(query)))]
            }
            Command::Share => {
                let query = self.query(context);
                let write = move |access, account, format, folder| {
                    worker::Request::FollowUp(Request::Export {
                        access,
                        account,
                        query: Box::new(query.clone()),
                        format,
                        folder,
                    })
                };
                let form = ExportForm::new(self.list.label(), write, context);
                vec![Action::Open(Box::new(form))]
            }
            _ => Vec::new(),
        }
    }

    fn mark_all(&mut self) -> Vec<Action> {
        if !self.marked.is_empty() {
            self.marked.clear();
            return Vec::new();
        }
        let exams = self.rows.rows().iter().map(|row| row.exam);
        self.marked.extend(exams.take(MOST_LETTERS));
        match self.rows.goes_on() {
            true => {
                let message = format!(
                    "The {} that were read are selected; End reads on.",
                    self.marked.len()
                );
                vec![Action::Tell(Notice::warning(message))]
            }
            false => Vec::new(),
        }
    }

    fn letters(&self) -> Vec<Action> {
        let exams: Vec<ExamId> = match (self.marked.is_empty(), self.rows.row()) {
            (false, _) => self.marked.iter().copied().collect(),
            (true, Some(row)) => vec![row.exam],
            (true, None) => return Vec::new(),
        };
        vec![Action::Open(Box::new(LettersForm::new(exams, self.list)))]
    }

    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        match self.rows.press(row_command, context.moment.since_start) {
            Pressed::Acts(row_command) => self.carry_out(row_command),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&mut self, row_command: RowCommand) -> Vec<Action> {
        let Some(row) = self.rows.row() else {
            return vec![Action::Tell(Notice::warning("The list is empty."))];
        };
        match row_command {
            RowCommand::Open => vec![Action::Open(Box::new(Record::new(row.patient_id)))],
            RowCommand::Mark => {
                let exam = row.exam;
                if !self.marked.remove(&exam) {
                    self.marked.insert(exam);
                }
                self.rows.step();
                Vec::new()
            }
            RowCommand::Letters => self.letters(),
            RowCommand::Close if row.closed.is_some() => {
                vec![Action::Tell(Notice::warning(
                    "This follow-up is closed already; F9 reopens it.",
                ))]
            }
            RowCommand::Close => {
                let exam = row.exam;
                let reply = (self.replies).reply(move |closing| Answered::Close(exam, closing));
                let due = row.due.map_or(String::new(), |due| format!(", due {due}"));
                let about = format!("{} {}{due}", row.patient.number, row.patient.full_name);
                let form = CloseForm::new("Close the follow-up", &about, CLOSING, reply);
                vec![Action::Open(Box::new(form))]
            }
            RowCommand::Reopen => match row.closed {
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
                self.rows.failed();
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
        };
        let page = PageOf {
            rows: page.rows,
            total: page.total,
            goes_on: page.goes_on,
        };
        match (self.rows).arrived(is_first, page, context.moment.since_start) {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command),
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
            Some(Answered::Close(exam, closing)) => {
                let on = context.moment.today();
                let Closing { reason, remark } = closing;
                let close = |access| {
                    follow_up(Request::Close {
                        access,
                        exam,
                        reason,
                        remark,
                        on,
                    })
                };
                self.rows.asked(Question::Same);
                context.access.cloned().map(close).into_iter().collect()
            }
            Some(Answered::Reopen(exam)) => {
                let reopen = |access| follow_up(Request::Reopen { access, exam });
                self.rows.asked(Question::Same);
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

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.searched(context),
            ScreenEvent::Covered => {
                self.rows.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Failed => {
                self.rows.failed();
                Vec::new()
            }
            ScreenEvent::Answer(worker::Answer::FollowUp(answer)) => self.answered(answer, context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Key(key, command) => self.take(key, command, context),
            ScreenEvent::Paste(text) => {
                self.rows.paste(text);
                self.searched(context)
            }
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.rows.is_waiting().then_some(READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
