//! Saving a result to the selected patient, after a question that names both.

use super::{Patients, Purpose, Reply};
use crate::store::PatientChoice;
use crate::tui::context::Context;
use crate::tui::screens::Action;
use crate::tui::screens::new_patient::Saved;
use crate::tui::screens::save_question::{SaveQuestion, SaveTo};

impl Patients {
    /// Waits no longer for a request that ended in a fault of the program.
    pub(super) fn failed(&mut self) {
        if let Purpose::Save { saving, .. } = &mut self.purpose {
            *saving = None;
        }
        self.deletion.busy = None;
        self.keys.failed();
    }

    /// True while a result is being saved: until that is done, no key changes anything.
    pub(super) fn is_saving(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::Save {
                saving: Some(_),
                ..
            }
        )
    }

    /// Tells the result that it is saved.
    pub(super) fn pass_on(&self, saved: Saved) -> Vec<Action> {
        match &self.purpose {
            Purpose::Save { reply, .. } => vec![reply.send(saved)],
            Purpose::Browse => Vec::new(),
        }
    }

    /// Asks for confirmation that the result belongs to the selected patient.
    pub(super) fn ask_to_save(&self, context: &Context<'_>) -> Vec<Action> {
        let (Some(row), Purpose::Save { result, .. }) = (self.row(), &self.purpose) else {
            return Vec::new();
        };
        let hospital = context.account.map_or("", |account| &account.hospital);
        let question = SaveQuestion::new(
            Some(row.id),
            &row.patient,
            hospital,
            result,
            self.replies.reply(Reply::SaveTo),
        );
        vec![Action::Open(Box::new(question))]
    }

    /// Saves the result to the patient that the question named.
    pub(super) fn save_to(&mut self, to: SaveTo, context: &Context<'_>) -> Vec<Action> {
        let (Some(patient), Some(access)) = (to.patient, context.access.cloned()) else {
            return Vec::new();
        };
        let Purpose::Save { result, saving, .. } = &mut self.purpose else {
            return Vec::new();
        };
        *saving = Some(to.name);
        let owner = result.owner(to.accepted);
        vec![Action::Ask(result.request(
            access,
            PatientChoice::Existing(patient),
            owner,
        ))]
    }
}
