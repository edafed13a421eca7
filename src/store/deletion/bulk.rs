//! Deleting several patients at once, and bringing them back.

use super::super::audit::Action;
use super::super::{Access, PatientId, Store, StoreError};
use super::{hide, show};

impl Store {
    /// Hides these patients in one transaction, each as [`Store::delete_patient`] does. Gives those that were deleted
    /// now: somebody else may have deleted one meanwhile, and one of another hospital is passed over.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or what the database answers; none of them is deleted then.
    pub fn delete_patients(
        &self,
        access: &Access,
        patients: &[PatientId],
    ) -> Result<Vec<PatientId>, StoreError> {
        self.each(access, patients, Action::DeletePatient)
    }

    /// Brings these deleted patients back in one transaction, each as [`Store::restore_patient`] does. Gives those that
    /// are back now.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or what the database answers; none of them is back then.
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
            access.require(transaction)?;
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
