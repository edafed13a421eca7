//! A hospital's own texts of letters.

use rusqlite::{OptionalExtension, params};

use crate::clinical::follow_up::letter::{self, LetterKind};
use crate::store::audit::{self, Action, Object};
use crate::store::{Access, Role, Store, StoreError, TokenScope};

impl Store {
    /// The text of a kind of letter: the hospital's own, or LUNNY's.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn letter_text(&self, access: &Access, kind: LetterKind) -> Result<String, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let own = transaction
                .prepare_cached(
                    "SELECT text FROM letter_text WHERE hospital_id = ?1 AND kind = ?2",
                )?
                .query_row(params![access.hospital, kind.as_str()], |row| row.get(0))
                .optional()?;
            Ok(own.unwrap_or_else(|| kind.default_text().to_owned()))
        })
    }

    /// Sets the hospital's own text of a kind of letter; a blank one restores LUNNY's.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::InvalidFollowUp`] for a text that
    /// is too long or has an unknown placeholder.
    pub fn set_letter_text(
        &self,
        access: &Access,
        kind: LetterKind,
        text: &str,
    ) -> Result<(), StoreError> {
        let own = match text.trim() {
            "" => None,
            _ => Some(letter::check(text).map_err(StoreError::InvalidFollowUp)?),
        };
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Write)?;
            match own {
                None => transaction
                    .prepare_cached("DELETE FROM letter_text WHERE hospital_id = ?1 AND kind = ?2")?
                    .execute(params![access.hospital, kind.as_str()])?,
                Some(own) => transaction
                    .prepare_cached(
                        "INSERT INTO letter_text (hospital_id, kind, text, changed_by, changed_at)
                         VALUES (?1, ?2, ?3, ?4, ?5)
                         ON CONFLICT DO UPDATE SET text = excluded.text, changed_by = excluded.changed_by,
                                                   changed_at = excluded.changed_at",
                    )?
                    .execute(params![access.hospital, kind.as_str(), own, access.account, at])?,
            };
            let object = Object::Nothing;
            audit::record_done(transaction, access, at, Action::SetLetterText, object)?;
            Ok(())
        })
    }
}
