//! The lists of follow-ups: due, overdue, later, without a category, done. Letters search; an entry opens its record, is
//! closed or reopened, gets a letter.

mod draw;
mod letter_text;
mod letters_form;

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use self::letter_text::LetterText;
use self::letters_form::LettersForm;
use super::confirm::Confirm;
use super::dated_lists::{DatedLists, turned};
use super::list_dialogs::close_form::{CloseForm, Closing};
use super::list_dialogs::export_form::ExportForm;
use super::list_dialogs::filter_form::FilterForm;
use super::record::Record;
use super::sheets_form::SheetsForm;
use super::{Action, READING, Screen, ScreenEvent};
use crate::clinical::follow_up::{ClosedBy, List};
use crate::export::MOST_LETTERS;
use crate::store::{
    Access, ExamId, FollowUpCounts, FollowUpFilters, FollowUpQuery, FollowUpRow, ListCursor,
};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::list_keys::Question;
use crate::tui::widgets::paged_list::{ListRow, PagedList};
use crate::tui::worker::follow_up::{Answer, Request};
use crate::tui::worker::{self};

const FILTERED_DAYS: &str = "From and to: the date due; the day of closing on the list Done, of the scan without a category.";
const CLOSING: &str = "The record keeps who closed it and why. A newer exam or a date of diagnosis closes it by itself.";

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

    fn cursor(&self) -> ListCursor {
        self.cursor
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.patient.number]
    }

    fn full_name(&self) -> &str {
        &self.patient.full_name
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
pub(super) enum RowCommand {
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
            ..FollowUpQuery::of(self.list, context.moment.today())
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
                    "The {} rows that were read are selected; End reads more.",
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
}

impl DatedLists for FollowUps {
    type Row = FollowUpRow;
    type RowCommand = RowCommand;

    fn rows(&mut self) -> &mut PagedList<FollowUpRow, RowCommand> {
        &mut self.rows
    }

    fn ask_page(
        &self,
        access: Access,
        after: Option<ListCursor>,
        limit: usize,
        context: &Context<'_>,
    ) -> Action {
        let query = FollowUpQuery {
            after,
            limit,
            ..self.query(context)
        };
        let query = Box::new(query);
        follow_up(Request::Page { access, query })
    }

    fn ask_counts(&self, access: Access, context: &Context<'_>) -> Action {
        let today = context.moment.today();
        follow_up(Request::Counts { access, today })
    }

    fn turn_to(&mut self, by: isize) {
        self.list = turned(&List::ALL, self.list, by);
        self.marked.clear();
    }

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

    fn carry_out(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
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
                let today = context.moment.today();
                let form = CloseForm::new("Close the follow-up", &about, CLOSING, today, reply);
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
}

impl FollowUps {
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
                let Closing { reason, remark, on } = closing;
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
            ScreenEvent::Answer(worker::Answer::FollowUp(answer)) => self.answered(answer, context),
            ScreenEvent::Returned => self.returned(context),
            event => self.on_event(event, context),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.rows.is_waiting().then_some(READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
