//! Deleting from the table: after a question, and undone while the table is open.

use std::collections::BTreeSet;

use super::row_commands::RowCommand;
use super::{Patients, Reply};
use crate::store::{DependentRecords, PatientId, StoreError};
use crate::text::{counted, grouped};
use crate::tui::context::{Context, Notice};
use crate::tui::reply;
use crate::tui::screens::Action;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::deleted::along;
use crate::tui::widgets::list_keys;
use crate::tui::worker::{Request, bulk};

/// State of deletions.
#[derive(Debug, Default)]
pub(super) struct Deletion {
    /// Patients that the question was about.
    asked: Vec<PatientId>,
    /// Patients that were deleted last, for undoing.
    gone: Vec<PatientId>,
    /// Running work, as text.
    pub busy: Option<String>,
}

fn patients(count: usize) -> String {
    match count {
        1 => counted(1, "patient"),
        _ => format!("{} patients", grouped(count as u64)),
    }
}

/// Question before patients are deleted; `name` is that of a single one.
fn question(
    count: usize,
    name: Option<&str>,
    dependents: &DependentRecords,
    reply: reply::Reply<()>,
) -> Confirm {
    let who = match name {
        Some(name) => name.to_owned(),
        None => patients(count),
    };
    let sentence = format!(
        "Delete {who} with {}? Press F9 to undo while the table is open; later restore it from the deleted \
         records. The scan files stay.",
        along(dependents)
    );
    let title = match count {
        1 => "Delete patient".to_owned(),
        _ => format!("Delete {}", patients(count)),
    };
    Confirm::new(&title, &sentence, "Delete", reply)
}

impl Patients {
    /// Asks the database for the contents of the records to be deleted.
    pub(super) fn ask_what_goes(&mut self, context: &Context<'_>) -> Vec<Action> {
        let patients = self.meant();
        let (Some(access), None, false) = (
            context.access.cloned(),
            &self.deletion.busy,
            patients.is_empty(),
        ) else {
            return Vec::new();
        };
        self.opening = Some(RowCommand::Delete);
        let request = bulk::Request::DependentRecords { access, patients };
        vec![Action::Ask(Request::Bulk(request))]
    }

    /// Deletes the patients that the question was about.
    pub(super) fn delete(&mut self, context: &Context<'_>) -> Vec<Action> {
        let asked = std::mem::take(&mut self.deletion.asked);
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.deletion.busy = Some(format!("Deleting {} …", patients(asked.len())));
        let request = bulk::Request::Delete {
            access,
            patients: asked,
        };
        vec![Action::Ask(Request::Bulk(request))]
    }

    /// Restores the patients that were deleted last.
    pub(super) fn undo(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.deletion.busy.is_some() {
            return Vec::new();
        }
        let gone = self.deletion.gone.clone();
        let Some(access) = context.access.cloned().filter(|_| !gone.is_empty()) else {
            return vec![Action::Tell(Notice::warning("Nothing to undo."))];
        };
        self.deletion.busy = Some(format!("Restoring {} …", patients(gone.len())));
        let request = bulk::Request::Restore {
            access,
            patients: gone,
        };
        vec![Action::Ask(Request::Bulk(request))]
    }

    /// Handles the answer to work on several patients.
    pub(super) fn many_answered(
        &mut self,
        answer: bulk::Answer,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match answer {
            bulk::Answer::Found(found) => self.mark_found(found),
            // Another key was pressed meanwhile.
            bulk::Answer::DependentRecords(_)
                if self.opening.take() != Some(RowCommand::Delete) =>
            {
                Vec::new()
            }
            bulk::Answer::DependentRecords(Err(error)) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            bulk::Answer::DependentRecords(Ok(together)) if together.patients.is_empty() => {
                let mut actions = self.ask(list_keys::Question::Same, context);
                let sentence = "Another user already deleted them.";
                actions.push(Action::Tell(Notice::warning(sentence)));
                actions
            }
            bulk::Answer::DependentRecords(Ok(together)) => {
                let only = match *together.patients {
                    [only] => self.row().filter(|row| row.id == only),
                    _ => None,
                };
                let name = only.map(|row| row.patient.full_name.as_str());
                let count = together.patients.len();
                let confirm = question(
                    count,
                    name,
                    &together.dependents,
                    self.replies.reply(|()| Reply::Delete),
                );
                self.deletion.asked = together.patients;
                vec![Action::Open(Box::new(confirm))]
            }
            bulk::Answer::Deleted(done) => {
                self.marks.forget(&done.patients);
                let message = format!(
                    "{} deleted; press F9 to restore {}.",
                    are(done.patients.len()),
                    it(done.patients.len())
                );
                if !done.patients.is_empty() {
                    self.deletion.gone = done.patients;
                }
                self.settled(message, done.error, context)
            }
            bulk::Answer::Restored(done) => {
                let message = format!(
                    "{} restored with the whole record.",
                    are(done.patients.len())
                );
                let back: BTreeSet<PatientId> = done.patients.into_iter().collect();
                match done.error {
                    Some(_) => self.deletion.gone.retain(|gone| !back.contains(gone)),
                    None => self.deletion.gone.clear(),
                }
                self.settled(message, done.error, context)
            }
        }
    }

    /// Reads the table again and shows a message, with any error after it.
    fn settled(
        &mut self,
        message: String,
        error: Option<StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.deletion.busy = None;
        let mut actions = self.ask(list_keys::Question::Same, context);
        actions.push(Action::Tell(match error {
            Some(error) => Notice::error(format!("{message} Then it stopped: {error}")),
            None => Notice::good(message),
        }));
        actions
    }
}

/// "1 patient is", "12 patients are".
fn are(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", patients(count))
}

fn it(count: usize) -> &'static str {
    if count == 1 { "it" } else { "them" }
}
