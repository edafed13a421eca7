//! Looking after the database: copies of it, bringing one back, and what is wrong with an installation.

pub(super) mod backup;
pub(super) mod examination;
pub(super) mod restoring;

use super::audit::{self, Action, Object, Outcome};
use super::{Access, Role, Store, StoreError};

impl Store {
    /// Enters in the log that an administrator looks after the whole database.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's.
    fn enter_care(&self, access: &Access, action: Action) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Administrator)?;
            let (who, object) = (Some(access.account), Object::Nothing);
            audit::record(transaction, at, who, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}
