//! Lesions that the model proposed: accepted, corrected or rejected with one key each.

use super::row::OpenLesion;
use super::worded;
use super::{Nodules, day};
use crate::store::ReadingRecord;
use crate::tui::context::{Context, Notice};
use crate::tui::screens::Action;
use crate::tui::screens::nodule_form::{Measured, NoduleForm};
use crate::tui::worker::lesions;

/// Message about a lesion that cannot be accepted as it is.
const NO_SIZE: &str = "No edge was found around this lesion. Press {measure} to measure it, or {open} to enter its size.";

impl Nodules {
    /// Accepts the lesion as a nodule with its measured size. If an earlier exam has a nodule at the same place, the
    /// form opens with the comparison first, because it decides the category.
    pub(super) fn accept(&self, open: OpenLesion<'_>, context: &Context<'_>) -> Vec<Action> {
        let (Some(record), Some(access)) = (self.record(), context.access.cloned()) else {
            return Vec::new();
        };
        let has_prior = open.prior(record).is_some();
        match open.nodule(record) {
            Some(_) if has_prior => self.correct(open, record, context),
            Some(nodule) => vec![Action::ask(lesions::Request::Accept {
                access,
                exam: self.exam,
                lesion: open.number,
                nodule: Box::new(nodule),
            })],
            None => vec![Action::Tell(Notice::warning(worded(NO_SIZE)))],
        }
    }

    /// Opens the form with the lesion's measurement, to be corrected before it becomes a nodule.
    pub(super) fn correct(
        &self,
        open: OpenLesion<'_>,
        record: &ReadingRecord,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let (day, priors) = (day(record, context), record.priors.clone());
        let nodule = open.nodule(record);
        let measured = nodule.as_ref().map(|nodule| Measured {
            axes: nodule.draft.axes,
            measurement: nodule.measurement.clone(),
            volume_mm3: nodule.volume_mm3,
            scanned_on: None,
        });
        let form = NoduleForm::new(self.exam, day, priors, measured);
        let mut form = form.of_lesion(open.number, nodule.as_ref());
        let message = match open.prior(record).filter(|_| nodule.is_some()) {
            Some(prior) => form.compare(prior, context),
            None => Vec::new(),
        };
        let mut actions = vec![Action::Open(Box::new(form))];
        actions.extend(message);
        actions
    }

    /// Rejects the lesion, or undoes its rejection.
    pub(super) fn reject(&self, open: OpenLesion<'_>, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let (exam, lesion) = (self.exam, open.number);
        vec![Action::ask(match open.is_rejected {
            false => lesions::Request::Reject {
                access,
                exam,
                lesion,
            },
            true => lesions::Request::Reopen {
                access,
                exam,
                lesion,
            },
        })]
    }

    /// Reads the list again after a decision, and shows a message.
    pub(super) fn decided(
        &mut self,
        answer: lesions::Answer,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let (outcome, sentence) = match answer {
            lesions::Answer::NoduleKept(outcome) => {
                (outcome, "The lesion was accepted as a nodule.".to_owned())
            }
            lesions::Answer::Rejected(outcome) => (
                outcome,
                worded("The lesion was rejected. Press {reject-lesion} to undo."),
            ),
            lesions::Answer::Reopened(outcome) => {
                (outcome, "The lesion is no longer rejected.".to_owned())
            }
            _ => return Vec::new(),
        };
        self.changed(outcome.map(|()| sentence), context)
    }
}
