//! Maintenance of the database: backup, restoring, and checks of an installation.

pub(super) mod backup;
pub(super) mod comparison;
pub(super) mod examination;
mod kept_records;
pub(super) mod leftovers;
pub(super) mod restoring;

use super::audit::{self, Action, Object, Outcome};
use super::{Owner, Store, StoreError};

impl Store {
    /// Records in the audit log that an owner does maintenance on the whole database.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] when the right was withdrawn meanwhile.
    fn log_maintenance(&self, owner: &Owner, action: Action) -> Result<(), StoreError> {
        let at = self.now();
        self.note(|transaction| {
            owner.require(transaction)?;
            let (who, object) = (Some(owner.account()), Object::Nothing);
            audit::record(transaction, at, who, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}
