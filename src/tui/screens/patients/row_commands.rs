//! Keys that act on a row and may wait for the rows: see [`ListKeys`](crate::tui::widgets::list_keys::ListKeys).

use super::marks::MOST_MARKED;
use super::window::Window;
use super::{Patients, Purpose};
use crate::clinical::text;
use crate::store::{PatientId, PatientPage, PatientRow, StoreError};
use crate::text::grouped;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::screens::Action;
use crate::tui::screens::record::Record;
use crate::tui::screens::share::Share;
use crate::tui::screens::sheets_form::SheetsForm;
use crate::tui::widgets::list_keys::{Pressed, Question, Refusal, Rows, Settled};
use crate::tui::worker::records;

/// Command for the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowCommand {
    /// Open its record; while saving a result, ask to save it there.
    Open,
    Edit,
    Mark,
    Share,
    Labels,
    Delete,
}

impl RowCommand {
    /// Message while it waits for the rows.
    pub(super) fn waits(self) -> &'static str {
        match self {
            Self::Open => "Searching; then the match opens …",
            Self::Edit => "Searching; then the record opens for editing …",
            Self::Mark => "Searching; then the match is selected …",
            Self::Share => "Searching; then the match is shared …",
            Self::Labels => "Searching; then the label is made …",
            Self::Delete => "Searching; then a question about deleting …",
        }
    }
}

impl Patients {
    /// Performs a command on the selected row, now or once the rows belong to the present search.
    pub(super) fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        let row = self.row();
        let is_sure = match self.known() {
            0 => true,
            1 => self.is_sure(row),
            _ => row.is_some_and(|row| self.is_named(row)),
        };
        let on = row.map(|row| row.id);
        let now = context.moment.since_start;
        match self.keys.press(row_command, on, is_sure, now) {
            Pressed::Acts(row_command) => self.carry_out(row_command, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(Question::Same, context),
            Pressed::Unseen => vec![self.refused(Refusal::Several)],
        }
    }

    /// Cancels a command that waits for rows or for a record; false if there was none.
    pub(super) fn drop_waiting(&mut self) -> bool {
        let waited = self.keys.drop_waiting();
        self.opening.take().is_some() || waited
    }

    /// True if the typed text is the row's patient number.
    fn is_named(&self, row: &PatientRow) -> bool {
        let typed = text::key(self.search.value());
        !typed.is_empty() && text::key(&row.patient.number) == typed
    }

    /// True if a single row is certainly meant: nothing is typed, or the text is of the patient's name or number. A birth date, a
    /// word of the notes or a similar name can be those of another person.
    fn is_sure(&self, only: Option<&PatientRow>) -> bool {
        self.search.value().trim().is_empty() || only.is_some_and(|row| row.is_named)
    }

    /// Stores the rows that arrived, and performs the command that waited for them.
    pub(super) fn arrived(&mut self, page: PatientPage, context: &Context<'_>) -> Vec<Action> {
        let selected = self.row().map(|row| row.id);
        let window = Window::new(self.asked, page);
        if !self.keys.is_asked() {
            // Page of the same rows, for a moving selection.
            self.selection.keep_within(window.known());
            self.window = Some(window);
            return self.follow(context);
        }
        let rows = Rows {
            selected,
            count: window.known(),
            is_sure: self.is_sure(window.row(0)),
            // If the user moved on meanwhile, the row under the selection is the target.
            exact: match self.selection.index {
                0 => window.place(|row| self.is_named(row)),
                _ => None,
            },
            place: &|id: PatientId| window.place(|row| row.id == id),
        };
        let now = context.moment.since_start;
        let settled = self.keys.settle(&mut self.selection, rows, now);
        self.window = Some(window);
        let mut actions = match settled {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command, context),
            Settled::Refused(refusal) => vec![self.refused(refusal)],
        };
        actions.extend(self.follow(context));
        actions
    }

    /// The rows could not be read: the loaded ones belong to an older search and are removed.
    pub(super) fn not_read(&mut self, error: &StoreError) -> Vec<Action> {
        self.window = None;
        let message = match self.keys.failed() {
            true => format!("{error}. Nothing was opened or changed"),
            false => error.to_string(),
        };
        vec![Action::Tell(Notice::error(message))]
    }

    /// Message for a command without a target.
    fn refused(&self, refusal: Refusal) -> Action {
        let message = match (refusal, &self.purpose) {
            (Refusal::Several, _) if self.is_similar() => {
                "No patient matches exactly: check the selected one, then press the key again."
            }
            (Refusal::Several, _) if self.known() > 1 && !self.search.value().is_empty() => {
                "Several patients match: check the selected one, then press the key again."
            }
            (Refusal::Several, _) => "Check the selected patient, then press the key again.",
            (Refusal::Gone, _) => "That patient is no longer in the table; nothing was done.",
            (Refusal::Nothing, Purpose::Browse) => "No patient matches; nothing was opened.",
            (Refusal::Nothing, Purpose::Save { .. }) => {
                "No patient matches; nothing was saved. Press Ctrl-N for a new patient."
            }
        };
        Action::Tell(Notice::warning(message))
    }

    /// Performs a command on the selected row.
    fn carry_out(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        match row_command {
            RowCommand::Open => self.open(context),
            RowCommand::Edit => self.edit(context),
            RowCommand::Mark => self.mark(context),
            RowCommand::Share => self.share(),
            RowCommand::Labels => self.labels(),
            RowCommand::Delete => self.ask_what_goes(context),
        }
    }

    fn open(&mut self, context: &Context<'_>) -> Vec<Action> {
        match (self.row(), &self.purpose) {
            (Some(row), Purpose::Browse) => vec![Action::Open(Box::new(Record::new(row.id)))],
            (None, Purpose::Browse) => Vec::new(),
            (Some(_), Purpose::Save { .. }) => self.ask_to_save(context),
            (None, Purpose::Save { .. }) => self.new_patient(),
        }
    }

    /// Reads the record of the row, to edit it.
    fn edit(&mut self, context: &Context<'_>) -> Vec<Action> {
        match (self.row().map(|row| row.id), context.access.cloned()) {
            (Some(patient), Some(access)) => {
                self.opening = Some(RowCommand::Edit);
                vec![Action::ask(records::Request::Open { access, patient })]
            }
            _ => Vec::new(),
        }
    }

    /// Selects the row or removes its mark, and moves to the next.
    fn mark(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(patient) = self.row().map(|row| row.id) else {
            return Vec::new();
        };
        if !self.marks.toggle(patient) {
            let most = grouped(MOST_MARKED as u64);
            let message = format!("{most} are selected; this is the limit.");
            return vec![Action::Tell(Notice::warning(message))];
        }
        self.selection.handle(Command::Down, self.known(), 1);
        self.keys.looked();
        self.follow(context)
    }

    pub(super) fn share(&self) -> Vec<Action> {
        match self.meant() {
            none if none.is_empty() => Vec::new(),
            patients => vec![Action::Open(Box::new(Share::of(patients)))],
        }
    }

    pub(super) fn labels(&self) -> Vec<Action> {
        match self.meant() {
            none if none.is_empty() => Vec::new(),
            patients => vec![Action::Open(Box::new(SheetsForm::labels(patients)))],
        }
    }

    /// The marked patients, or the selected one if none are marked.
    pub(super) fn meant(&self) -> Vec<PatientId> {
        match self.marks.is_empty() {
            false => self.marks.patients(),
            true => self.row().map(|row| row.id).into_iter().collect(),
        }
    }
}
