//! Deleting several patients at once, and restoring them.

use super::super::audit::Action;
use super::super::{Access, PatientId, Store, StoreError, TokenScope};
use super::{hide, show};

impl Store {
    /// Deletes these patients in one transaction, each as [`Store::delete_patient`] does. Returns those that were deleted by this
    /// call: one that is already deleted or belongs to another hospital is skipped.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database; none of them is then deleted.
    pub fn delete_patients(
        &self,
        access: &Access,
        patients: &[PatientId],
    ) -> Result<Vec<PatientId>, StoreError> {
        self.each(access, patients, Action::DeletePatient)
    }

    /// Restores these deleted patients in one transaction, each as [`Store::restore_patient`] does. Returns those that were
    /// restored by this call.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database; none of them is then restored.
    pub fn restore_patients(
        &self,
        access: &Access,
        patients: &[PatientId],
    ) -> Result<Vec<PatientId>, StoreError> {
        self.each(access, patients, Action::RestorePatient)
    }

    fn each(
        &self,
        access: &Access,
        patients: &[PatientId],
        action: Action,
    ) -> Result<Vec<PatientId>, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let mut done = Vec::with_capacity(patients.len());
            for &patient in patients {
                let was_done = match action {
                    Action::RestorePatient => show(transaction, access, patient, at)?,
                    _ => hide(transaction, access, patient, at)?,
                };
                if was_done {
                    done.push(patient);
                }
            }
            Ok(done)
        })
    }
}
