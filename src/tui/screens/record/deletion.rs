//! Deleting an exam or the whole patient from a record: after a question, and undone until the record is left.

use super::{Record, Reply};
use crate::store::{Access, DependentRecords, ExamId, PatientId, StoreError};
use crate::text::{counted, enumerated, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::screens::Action;
use crate::tui::screens::confirm::Confirm;
use crate::tui::widgets::list_keys;
use crate::tui::worker::{Answer, Request, exams, record_view, records};

/// Deleted part that can be restored here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    Exam(ExamId),
    /// The whole patient.
    Patient,
}

/// Deletes the exam that the question was about.
pub(super) fn delete_exam(exam: ExamId, context: &Context<'_>) -> Vec<Action> {
    let delete = |access| Action::ask(exams::Request::Delete { access, exam });
    context.access.cloned().map(delete).into_iter().collect()
}

impl Record {
    /// Asks the database for the contents of the selected exam.
    pub(super) fn ask_what_goes(&self, context: &Context<'_>) -> Vec<Action> {
        let (Some(exam), Some(access)) = (self.exam(), context.access.cloned()) else {
            return Vec::new();
        };
        let exam = exam.id;
        vec![Action::Ask(Request::RecordView(
            record_view::Request::ExamBelongings { access, exam },
        ))]
    }

    /// Question before an exam is deleted, with its contents and how to undo it.
    pub(super) fn confirm_exam(
        &mut self,
        id: ExamId,
        dependents: Result<DependentRecords, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let along = match dependents {
            Ok(along) => along,
            Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
        };
        let Some(exam) = self.exam().filter(|exam| exam.id == id) else {
            return Vec::new();
        };
        let at = context.moment.local(exam.created_at);
        let along = [
            (along.nodules, "nodule"),
            (along.reports, "report version"),
            (along.attachments, "picture"),
        ];
        let along: Vec<String> = (along.into_iter())
            .filter(|(number, _)| *number > 0)
            .map(|(number, thing)| counted(number as usize, thing))
            .collect();
        let along = match along.is_empty() {
            true => String::new(),
            false => format!(", with {}", enumerated(&along)),
        };
        let undo = keymap::label(&[Scope::Record], Command::Undo);
        let sentence = format!(
            "Delete the exam of {}, saved {}{along}? Press {undo} to undo until you leave this record; later \
             restore it from the deleted records. The patient and the scan file stay.",
            scrub(&exam.slice.source_name()),
            at.strftime("%Y-%m-%d %H:%M"),
        );
        let reply = self.replies.reply(move |()| Reply::DeleteExam(id));
        let confirm = Confirm::new("Delete exam", &sentence, "Delete", reply);
        vec![Action::Open(Box::new(confirm))]
    }

    pub(super) fn undo(&self, context: &Context<'_>) -> Vec<Action> {
        match (self.deleted, context.access.cloned()) {
            (Some(Deleted::Exam(exam)), Some(access)) => {
                vec![Action::ask(exams::Request::Restore { access, exam })]
            }
            (Some(Deleted::Patient), _) => self.about_patient(context, |access, patient| {
                records::Request::RestorePatient { access, patient }
            }),
            _ => vec![Action::Tell(Notice::warning("Nothing to undo."))],
        }
    }

    /// Actions on the whole patient.
    pub(super) fn about_patient(
        &self,
        context: &Context<'_>,
        request: impl Fn(Access, PatientId) -> records::Request,
    ) -> Vec<Action> {
        let access = context.access.cloned();
        let ask = |access| Action::Ask(Request::Records(request(access, self.patient)));
        access.map(ask).into_iter().collect()
    }

    /// Reads the record again after a change, and shows a message.
    fn changed(&mut self, sentence: &str, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.ask(list_keys::Question::Same, context);
        actions.push(Action::Tell(Notice::good(sentence)));
        actions
    }

    /// Handles the answer to a deletion or a restoration.
    pub(super) fn deletion_answered(
        &mut self,
        answer: Answer,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let error = match answer {
            Answer::Exams(exams::Answer::Deleted(Ok(exam))) => {
                self.deleted = Some(Deleted::Exam(exam));
                let sentence = keymap::worded(
                    &[Scope::Record],
                    "The exam was deleted. Press {undo} to undo.",
                );
                return self.changed(&sentence, context);
            }
            Answer::Exams(exams::Answer::Restored(Ok(_))) => {
                self.deleted = None;
                return self.changed("The exam was restored.", context);
            }
            Answer::Records(records::Answer::DependentRecords(Ok(dependents))) => {
                let files = Some((dependents.files, "attachment")).filter(|(count, _)| *count > 0);
                let along: Vec<String> = [
                    (dependents.exams, "exam"),
                    (dependents.nodules, "nodule"),
                    (dependents.reports, "report"),
                ]
                .into_iter()
                .chain(files)
                .map(|(count, thing)| counted(count as usize, thing))
                .collect();
                let undo = keymap::label(&[Scope::Record], Command::Undo);
                let sentence = format!(
                    "Delete this patient with {}? Press {undo} to undo right after; later restore it \
                     from the deleted records. The scan files stay.",
                    enumerated(&along),
                );
                let reply = self.replies.reply(|()| Reply::DeletePatient);
                let confirm = Confirm::new("Delete patient", &sentence, "Delete", reply);
                return vec![Action::Open(Box::new(confirm))];
            }
            Answer::Records(records::Answer::PatientDeleted(Ok(_))) => {
                self.deleted = Some(Deleted::Patient);
                return Vec::new();
            }
            Answer::Records(records::Answer::PatientRestored(Ok(_))) => {
                self.deleted = None;
                return self.changed("The patient was restored with the whole record.", context);
            }
            Answer::Exams(exams::Answer::Deleted(Err(error)))
            | Answer::Exams(exams::Answer::Restored(Err(error)))
            | Answer::Records(
                records::Answer::DependentRecords(Err(error))
                | records::Answer::PatientDeleted(Err(error))
                | records::Answer::PatientRestored(Err(error)),
            ) => error,
            _ => return Vec::new(),
        };
        vec![Action::Tell(Notice::error(error.to_string()))]
    }
}
