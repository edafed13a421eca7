//! The worklist: exams that are planned for today and the next days, missed, done. Letters search; an entry opens its record, is
//! changed, cancelled or planned again.

mod draw;
mod plan_form;
pub mod scan;

pub use self::plan_form::PlanForm;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::confirm::Confirm;
use super::dated_lists::{DatedLists, turned};
use super::import::Import;
use super::list_dialogs::close_form::{CloseForm, Closing};
use super::list_dialogs::export_form::ExportForm;
use super::list_dialogs::filter_form::FilterForm;
use super::record::Record;
use super::{Action, READING, Screen, ScreenEvent};
use crate::clinical::worklist::PlannedList;
use crate::store::{
    Access, FollowUpFilters, ListCursor, PlannedCounts, PlannedFilters, PlannedId, PlannedQuery,
    PlannedRow, PlannedState,
};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::list_keys::Question;
use crate::tui::widgets::paged_list::{ListRow, PagedList};
use crate::tui::worker::worklist::{Answer, Request};
use crate::tui::worker::{self};

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

    fn cursor(&self) -> ListCursor {
        self.cursor
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.patient.number, &self.plan.accession]
    }

    fn full_name(&self) -> &str {
        &self.patient.full_name
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
pub(super) enum RowCommand {
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
            ..PlannedQuery::of(self.list, context.moment.today())
        }
    }
}

impl DatedLists for Worklist {
    type Row = PlannedRow;
    type RowCommand = RowCommand;

    fn rows(&mut self) -> &mut PagedList<PlannedRow, RowCommand> {
        &mut self.rows
    }

    fn ask_page(
        &self,
        access: Access,
        after: Option<ListCursor>,
        limit: usize,
        context: &Context<'_>,
    ) -> Action {
        let query = PlannedQuery {
            after,
            limit,
            ..self.query(context)
        };
        let query = Box::new(query);
        Action::ask(Request::Page { access, query })
    }

    fn ask_counts(&self, access: Access, context: &Context<'_>) -> Action {
        let today = context.moment.today();
        Action::ask(Request::Counts { access, today })
    }

    fn turn_to(&mut self, by: isize) {
        self.list = turned(&PlannedList::ALL, self.list, by);
    }

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

    fn carry_out(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
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
                let today = context.moment.today();
                let form = CloseForm::new("Cancel the exam", &about, CANCELLING, today, reply);
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
}

impl Worklist {
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
            Some(Answered::Cancel(planned, Closing { reason, remark, on })) => {
                context.access.cloned().map(|access| Request::Cancel {
                    access,
                    planned,
                    reason,
                    remark,
                    on,
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
            ScreenEvent::Answer(worker::Answer::Worklist(answer)) => self.answered(answer, context),
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
