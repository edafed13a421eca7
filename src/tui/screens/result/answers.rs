//! Answers of the worker, and of the screens over the result.

use std::sync::atomic::Ordering;

use super::{Keeping, Reply, ResultScreen};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::screens::new_patient::Saved;
use crate::tui::screens::{Action, exam};
use crate::tui::worker::{Answer, analysis, exams, pictures, records, worklist};

impl ResultScreen {
    pub(super) fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Pictures(pictures::Answer::Encoded(picture)) => {
                self.view.arrived(picture);
                Vec::new()
            }
            Answer::Analysis(analysis::Answer::Slice(slice)) => self.take_slice(*slice, context),
            Answer::Records(records::Answer::Opened(Ok(patient))) => {
                if let Keeping::Saved { record, .. } = &mut self.keeping {
                    *record = Some(patient);
                }
                Vec::new()
            }
            Answer::Exams(exams::Answer::Deleted(Ok(exam))) => {
                if let Some(patient) = self.keeping.patient() {
                    self.keeping = Keeping::Deleted(exam, patient);
                }
                let sentence = "The exam was deleted from the record. Press {undo} to undo.";
                vec![Action::Tell(Notice::good(super::worded(sentence)))]
            }
            Answer::Exams(exams::Answer::Restored(Ok(exam))) => {
                let Keeping::Deleted(_, patient) = self.keeping else {
                    return Vec::new();
                };
                self.keeping = Keeping::Saved {
                    exam,
                    patient,
                    record: None,
                };
                let mut actions = vec![Action::Tell(Notice::good(
                    "The exam was restored to the record.",
                ))];
                let access = context.access.cloned();
                let open = |access| Action::ask(records::Request::Open { access, patient });
                actions.extend(access.map(open));
                actions
            }
            Answer::Records(records::Answer::Opened(Err(error))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Answer::Exams(exams::Answer::Deleted(Err(error)))
            | Answer::Exams(exams::Answer::Restored(Err(error))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Answer::Worklist(worklist::Answer::ForScan(Ok(found))) => {
                self.planned = found;
                Vec::new()
            }
            Answer::Worklist(worklist::Answer::ForScan(Err(error))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Answer::Reports(answer) => exam::page_saved(answer),
            _ => Vec::new(),
        }
    }

    /// A screen above closed: takes its answer, where there is one.
    pub(super) fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        match self.replies.take() {
            None => {
                let mut actions = self.read_again(context);
                actions.extend(self.ask_plan(context));
                actions
            }
            Some(Reply::Saved(Saved { exam, patient })) => {
                if let Some(flag) = &self.is_saved {
                    flag.store(true, Ordering::Relaxed);
                }
                self.keeping = Keeping::Saved {
                    exam: exam.exam,
                    patient: exam.patient,
                    record: None,
                };
                let done = match exam.planned {
                    Some(_) => " The planned exam is done.",
                    None => "",
                };
                let told = format!("Saved to {patient}.{done}");
                let mut actions = vec![Action::Tell(Notice::good(told))];
                actions.extend(self.ask_plan(context));
                if let Some(access) = context.access {
                    let (access, patient) = (access.clone(), exam.patient);
                    actions.push(Action::ask(records::Request::Open { access, patient }));
                }
                actions
            }
            Some(Reply::Discard) => {
                self.keeping = Keeping::Unsaved;
                Self::gone(self.after_discarding.take().unwrap_or(Command::Back))
            }
            Some(Reply::Delete) => match (&self.keeping, context.access) {
                (Keeping::Saved { exam, .. }, Some(access)) => {
                    vec![Action::ask(exams::Request::Delete {
                        access: access.clone(),
                        exam: *exam,
                    })]
                }
                _ => Vec::new(),
            },
        }
    }
}
