//! The worklist: exams that are planned for today and the next days, missed, done. Letters search; an entry opens its record, is
//! changed, cancelled or planned again.

mod draw;
mod plan_form;
pub mod scan;

pub use self::plan_form::PlanForm;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::confirm::Confirm;
use super::import::Import;
use super::list_dialogs::close_form::{CloseForm, Closing};
use super::list_dialogs::export_form::ExportForm;
use super::list_dialogs::filter_form::FilterForm;
use super::record::Record;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::clinical::worklist::PlannedList;
use crate::store::{
    FollowUpFilters, PlannedCounts, PlannedFilters, PlannedId, PlannedPage, PlannedQuery,
    PlannedRow, PlannedState, StoreError,
};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::list_keys::{Pressed, Question, Refusal, Settled};
use crate::tui::widgets::paged_list::{ListRow, PageOf, PagedList, Taken};
use crate::tui::worker::worklist::{Answer, Request};
use crate::tui::worker::{self};

/// Rows of a page, as they are read.
const PAGE: usize = 200;
const FILTERED_DAYS: &str =
    "From and to: the day planned; on the list Done, the day of the scan or of cancelling.";
const CANCELLING: &str = "The record keeps who cancelled the exam and why. F9 plans it again.";

/// The screen.
pub struct Worklist {
    list: PlannedList,
    wanted: PlannedFilters,
    rows: PagedList<PlannedRow, RowCommand>,
    counts: Option<PlannedCounts>,
    replies: Inbox<Answered>,
}

impl ListRow for PlannedRow {
    type Id = PlannedId;

    fn id(&self) -> PlannedId {
        self.id
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.patient.number, &self.plan.accession]
    }
}

/// Answers of the dialogs over the lists.
enum Answered {
    Filters(FollowUpFilters),
    Cancel(PlannedId, Closing),
    Reopen(PlannedId),
}

/// Action of a key on the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowCommand {
    Open,
    Change,
    Cancel,
    Reopen,
}

impl Worklist {
    /// With this list in front.
    pub fn on(list: PlannedList) -> Self {
        Self {
            list,
            wanted: PlannedFilters::default(),
            rows: PagedList::default(),
            counts: None,
            replies: Inbox::default(),
        }
    }

    fn query(&self, context: &Context<'_>) -> PlannedQuery {
        PlannedQuery {
            text: self.rows.text().to_owned(),
            filters: self.wanted.clone(),
            limit: PAGE,
            ..PlannedQuery::of(self.list, context.moment.today())
        }
    }

    fn ask_page(&self, query: PlannedQuery, context: &Context<'_>) -> Vec<Action> {
        let query = Box::new(query);
        let ask = |access| Action::ask(Request::Page { access, query });
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Reads the list from its first row on.
    fn read(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.rows.asked(question);
        let query = PlannedQuery {
            limit: self.rows.limit(question, PAGE),
            ..self.query(context)
        };
        let mut actions = self.ask_page(query, context);
        let today = context.moment.today();
        let count = |access| Action::ask(Request::Counts { access, today });
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
        let query = PlannedQuery {
            after: self.rows.rows().last().map(|row| row.cursor),
            ..self.query(context)
        };
        self.ask_page(query, context)
    }

    fn turn(&mut self, by: usize, context: &Context<'_>) -> Vec<Action> {
        let all = PlannedList::ALL;
        let at = all.iter().position(|list| *list == self.list);
        self.list = all[(at.unwrap_or(0) + by) % all.len()];
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

    /// Removes the last filter; false if there was none.
    fn drop_filter(&mut self) -> bool {
        let PlannedFilters {
            doctor,
            from,
            until,
        } = &mut self.wanted;
        until.take().is_some() || from.take().is_some() || doctor.take().is_some()
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back if self.rows.clear() => self.searched(context),
            Command::Back => vec![Action::Return],
            Command::Next => self.turn(1, context),
            Command::Previous => self.turn(PlannedList::ALL.len() - 1, context),
            Command::Open => self.press(RowCommand::Open, context),
            Command::ChangePlan => self.press(RowCommand::Change, context),
            Command::CancelPlan => self.press(RowCommand::Cancel, context),
            Command::Undo => self.press(RowCommand::Reopen, context),
            Command::PlanExam => vec![Action::Open(Box::new(PlanForm::default()))],
            Command::Import => vec![Action::Open(Box::new(Import::of_worklist()))],
            Command::Filters => {
                let wanted = FollowUpFilters {
                    category: None,
                    doctor: self.wanted.doctor.clone(),
                    from: self.wanted.from,
                    until: self.wanted.until,
                };
                let reply = self.replies.reply(Answered::Filters);
                let form = FilterForm::new(&wanted, FILTERED_DAYS, reply).without_category();
                vec![Action::Open(Box::new(form))]
            }
            Command::Share => {
                let query = self.query(context);
                let write = move |access, account, format, folder| {
                    worker::Request::Worklist(Request::Export {
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

    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        match self.rows.press(row_command, context.moment.since_start) {
            Pressed::Acts(row_command) => self.carry_out(row_command),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&mut self, row_command: RowCommand) -> Vec<Action> {
        let warn = |sentence| vec![Action::Tell(Notice::warning(sentence))];
        let Some(row) = self.rows.row() else {
            return warn("The list is empty.");
        };
        let id = row.id;
        match (row_command, &row.state) {
            (RowCommand::Open, _) => vec![Action::Open(Box::new(Record::new(row.patient_id)))],
            (RowCommand::Change, PlannedState::Planned) => {
                vec![Action::Open(Box::new(PlanForm::change(row)))]
            }
            (RowCommand::Cancel, PlannedState::Planned) => {
                let reply = (self.replies).reply(move |closing| Answered::Cancel(id, closing));
                let about = format!(
                    "{} {}, planned for {}",
                    row.patient.number, row.patient.full_name, row.plan.on
                );
                let form = CloseForm::new("Cancel the exam", &about, CANCELLING, reply);
                vec![Action::Open(Box::new(form))]
            }
            (RowCommand::Change | RowCommand::Cancel, PlannedState::Done { .. }) => {
                warn("This exam is done.")
            }
            (RowCommand::Change | RowCommand::Cancel, PlannedState::Cancelled { .. }) => {
                warn("This exam is cancelled; F9 plans it again.")
            }
            (RowCommand::Reopen, PlannedState::Cancelled { .. }) => {
                let reply = self.replies.reply(move |()| Answered::Reopen(id));
                let sentence = format!(
                    "Plan the exam of {} for {} again?",
                    row.patient.full_name, row.plan.on
                );
                let confirm = Confirm::new("Plan the exam again", &sentence, "Plan", reply);
                vec![Action::Open(Box::new(confirm))]
            }
            (RowCommand::Reopen, PlannedState::Planned) => warn("This exam is planned."),
            (RowCommand::Reopen, PlannedState::Done { .. }) => {
                warn("This exam is done; only a cancelled one is planned again.")
            }
        }
    }

    fn took(
        &mut self,
        is_first: bool,
        page: Result<PlannedPage, StoreError>,
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
            Answer::Cancelled(outcome) => self.changed(
                outcome,
                "The exam is cancelled; F9 on the list Done plans it again.",
                context,
            ),
            Answer::Reopened(outcome) => {
                self.changed(outcome, "The exam is planned again.", context)
            }
            _ => Vec::new(),
        }
    }

    fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        let request = match self.replies.take() {
            None => return self.read(Question::Same, context),
            Some(Answered::Filters(wanted)) => {
                let FollowUpFilters {
                    doctor,
                    from,
                    until,
                    ..
                } = wanted;
                self.wanted = PlannedFilters {
                    doctor,
                    from,
                    until,
                };
                return self.searched(context);
            }
            Some(Answered::Cancel(planned, Closing { reason, remark })) => {
                let today = context.moment.today();
                context.access.cloned().map(|access| Request::Cancel {
                    access,
                    planned,
                    reason,
                    remark,
                    today,
                })
            }
            Some(Answered::Reopen(planned)) => {
                let access = context.access.cloned();
                access.map(|access| Request::Reopen { access, planned })
            }
        };
        self.rows.asked(Question::Same);
        request.map(Action::ask).into_iter().collect()
    }
}

impl Screen for Worklist {
    fn title(&self) -> &str {
        "Worklist"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Worklist]
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
            ScreenEvent::Answer(worker::Answer::Worklist(answer)) => self.answered(answer, context),
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
