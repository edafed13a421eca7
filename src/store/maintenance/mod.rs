//! Looking after the database: copies of it, bringing one back, and what is wrong with an installation.

pub(super) mod backup;
pub(super) mod comparison;
pub(super) mod examination;
pub(super) mod restoring;

use super::audit::{self, Action, Object, Outcome};
use super::{Owner, Store, StoreError};

impl Store {
    /// Enters in the log that an owner looks after the whole database.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] when the right was withdrawn meanwhile.
    fn enter_care(&self, owner: &Owner, action: Action) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            owner.require(transaction)?;
            let (who, object) = (Some(owner.account()), Object::Nothing);
            audit::record(transaction, at, who, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}
