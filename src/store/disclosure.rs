//! Audit entries for copies of records that leave the system.

use super::audit::{self, Action, Object};
use super::{Access, PatientId, Store, StoreError, TokenScope, patient};

/// Way in which a copy leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disclosure {
    /// To a printer.
    Printed,
    /// Into a file, complete.
    Exported,
    /// Into a file, de-identified.
    Deidentified,
    /// To the clipboard.
    Copied,
    /// As a letter to the patient.
    Letter,
    /// As a row of a list of follow-ups.
    FollowUpList,
    /// As a row of a list of planned exams.
    Worklist,
    /// As a row of a list of follow-ups that is shown, not copied.
    ShownFollowUps,
    /// As a row of a list of planned exams that is shown, not copied.
    ShownWorklist,
    /// As a row of a printed list of patients.
    PatientList,
    /// As a row of a list of patients that is shown, not copied.
    ShownPatients,
    /// As a label.
    Label,
}

impl Disclosure {
    fn action(self) -> Action {
        match self {
            Self::Printed => Action::PrintRecord,
            Self::Exported => Action::ExportRecord,
            Self::Deidentified => Action::ExportDeidentified,
            Self::Copied => Action::CopySummary,
            Self::Letter => Action::WriteLetter,
            Self::FollowUpList | Self::ShownFollowUps => Action::ExportFollowUps,
            Self::Worklist | Self::ShownWorklist => Action::ExportWorklist,
            Self::PatientList | Self::ShownPatients => Action::PrintList,
            Self::Label => Action::MakeLabel,
        }
    }
}

impl Disclosure {
    /// True if a copy leaves LUNNY. A list that a subcommand prints is entered like one, but reading is enough for it.
    fn leaves(self) -> bool {
        !matches!(
            self,
            Self::ShownFollowUps | Self::ShownWorklist | Self::ShownPatients
        )
    }
}

impl Store {
    /// Records in the audit log that a copy of each of these records leaves: all of them or, on an error, none. To be called
    /// before the copy is made, so that no copy leaves unlogged.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when one does not exist, is deleted or belongs to another hospital.
    pub fn disclose(
        &self,
        access: &Access,
        patients: &[PatientId],
        how: Disclosure,
    ) -> Result<(), StoreError> {
        let at = self.now();
        let scope = match how.leaves() {
            true => {
                self.require_writing()?;
                TokenScope::Export
            }
            false => TokenScope::Read,
        };
        self.note(|transaction| {
            access.require(transaction, scope)?;
            for &id in patients {
                patient::require(transaction, access, id)?;
                let object = Object::Patient(id);
                audit::record_done(transaction, access, at, how.action(), object)?;
            }
            Ok(())
        })
    }

    /// The same for a result that is in no record.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn disclose_unsaved(&self, access: &Access, how: Disclosure) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Export)?;
            let object = Object::Nothing;
            audit::record_done(transaction, access, at, how.action(), object)?;
            Ok(())
        })
    }
}
