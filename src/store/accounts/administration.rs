//! Changes by an administrator to the accounts of the hospital.
//!
//! Only owners, of any hospital, change an owner's account: with a reset code for it an administrator would own the installation.

use rusqlite::{OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use super::account::Account;
use super::password_change::RESET_CODE_HOLDS;
use super::role::account_status;
use super::session::end_sessions;
use super::{owner, secret, token};
use crate::store::audit::{self, Action, Object};
use crate::store::error::Stop;
use crate::store::{Access, AccountId, AccountStatus, Role, Store, StoreError};

impl Store {
    /// The accounts of the administrator's hospital, each group by name: first the pending ones, then the active ones, then the
    /// disabled ones.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's.
    pub fn accounts(&self, access: &Access) -> Result<Vec<Account>, StoreError> {
        self.read(|transaction| {
            access.require_administrator(transaction)?;
            let sql = format!(
                "SELECT {} FROM account JOIN hospital ON hospital.id = account.hospital_id
                 WHERE account.hospital_id = ?1
                 ORDER BY CASE account.standing WHEN 'pending' THEN 0 WHEN 'active' THEN 1 ELSE 2 END,
                          account.full_name COLLATE NOCASE, account.id",
                Account::COLUMNS
            );
            let accounts = transaction
                .prepare_cached(&sql)?
                .query_map([access.hospital], |row| Account::read(row, 0))?
                .collect::<Result<_, _>>()?;
            Ok(accounts)
        })
    }

    /// Approves a pending account of the administrator's hospital, with `role`.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchAccount`] when no
    /// pending account of this hospital has that id.
    pub fn approve_account(
        &self,
        access: &Access,
        id: AccountId,
        role: Role,
    ) -> Result<(), StoreError> {
        let action = Action::ApproveAccount;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Pending,
            |transaction, _| {
                set_status(transaction, id, AccountStatus::Active)?;
                set_role(transaction, id, role)
            },
        )
    }

    /// Refuses a pending account of the administrator's hospital. It becomes disabled: its email stays taken, and
    /// [`Store::enable_account`] can enable it later.
    ///
    /// # Errors
    /// As [`Store::approve_account`].
    pub fn refuse_account(&self, access: &Access, id: AccountId) -> Result<(), StoreError> {
        let action = Action::RefuseAccount;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Pending,
            |transaction, _| set_status(transaction, id, AccountStatus::Disabled),
        )
    }

    /// Disables an active account of the administrator's hospital: its sessions end at once, its tokens and its reset code become
    /// invalid. Its records stay.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NotOwner`] for an owner's account
    /// unless `access` is an owner's, [`StoreError::NoSuchAccount`] when no active account of this hospital has that id,
    /// [`StoreError::LastAdministrator`], [`StoreError::LastOwner`].
    pub fn disable_account(&self, access: &Access, id: AccountId) -> Result<(), StoreError> {
        let action = Action::DisableAccount;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Active,
            |transaction, at| {
                set_status(transaction, id, AccountStatus::Disabled)?;
                token::revoke_all(transaction, id.0, at)?;
                transaction.execute("DELETE FROM reset_code WHERE account_id = ?1", [id.0])?;
                end_sessions(transaction, id.0, None, at)
            },
        )
    }

    /// Enables a disabled account of the administrator's hospital, with the role and the password that it had.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchAccount`] when no
    /// disabled account of this hospital has that id.
    pub fn enable_account(&self, access: &Access, id: AccountId) -> Result<(), StoreError> {
        let action = Action::EnableAccount;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Disabled,
            |transaction, _| set_status(transaction, id, AccountStatus::Active),
        )
    }

    /// Changes the role of an active account of the administrator's hospital, valid from its next call on.
    ///
    /// # Errors
    /// As [`Store::disable_account`].
    pub fn change_role(
        &self,
        access: &Access,
        id: AccountId,
        role: Role,
    ) -> Result<(), StoreError> {
        let action = Action::ChangeRole;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Active,
            |transaction, _| set_role(transaction, id, role),
        )
    }

    /// Creates a code with which the user of an active account of the administrator's hospital chooses a new password: shown
    /// once, valid for 24 hours and one use. An earlier code becomes invalid.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchAccount`] when no
    /// active account of this hospital has that id, [`StoreError::NotOwner`] for an owner's account.
    pub fn issue_reset_code(
        &self,
        access: &Access,
        id: AccountId,
    ) -> Result<Zeroizing<String>, StoreError> {
        let (code, hash) = secret::code()?;
        let action = Action::IssueResetCode;
        self.administer(
            access,
            id,
            action,
            AccountStatus::Active,
            |transaction, at| {
                transaction.execute(
                "INSERT OR REPLACE INTO reset_code (account_id, code_hash, issued_by, expires_at)
                 VALUES (?1, ?2, ?3, ?4)",
                params![id.0, hash, access.account, at + RESET_CODE_HOLDS],
            )?;
                Ok(())
            },
        )?;
        Ok(code)
    }

    /// Runs `work` on an account that `access` may administer and whose status is `expected`.
    fn administer(
        &self,
        access: &Access,
        id: AccountId,
        action: Action,
        expected: AccountStatus,
        work: impl FnOnce(&Transaction<'_>, i64) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            let target = administered(transaction, access, id, action)?;
            if target.standing != expected {
                return Err(StoreError::NoSuchAccount.into());
            }
            work(transaction, at)?;
            let administered = transaction
                .prepare_cached(
                    "SELECT 1 FROM account
                     WHERE hospital_id = ?1 AND role = 'administrator' AND standing = 'active'",
                )?
                .exists([target.hospital])?;
            if !administered {
                return Err(StoreError::LastAdministrator.into());
            }
            if target.owner {
                owner::require_one(transaction)?;
            }
            let object = Object::Account(id.0);
            audit::record_done(transaction, access, at, action, object)?;
            Ok(())
        })
    }
}

/// An account that is about to be changed.
pub(in crate::store) struct Administered {
    pub standing: AccountStatus,
    pub hospital: i64,
    pub owner: bool,
}

/// The account `id`, if `access` may administer it: an administrator may administer accounts of the same hospital except owners,
/// and an owner the other owners. Only the administrators of a hospital give roles in it, so that an owner cannot reach records
/// that way.
pub(in crate::store) fn administered(
    transaction: &Transaction<'_>,
    access: &Access,
    id: AccountId,
    action: Action,
) -> Result<Administered, Stop> {
    access.require_person(transaction)?;
    let by_owner = owner::is_owner(transaction, access.account)?;
    let anywhere = by_owner && action != Action::ChangeRole;
    if !anywhere {
        access.require_administrator(transaction)?;
    }
    let found = transaction
        .prepare_cached(
            "SELECT standing, hospital_id, owner FROM account
             WHERE id = ?1 AND (hospital_id = ?2 OR (owner = 1 AND ?3))",
        )?
        .query_row(params![id.0, access.hospital, anywhere], |row| {
            Ok(Administered {
                standing: account_status(row, 0)?,
                hospital: row.get(1)?,
                owner: row.get(2)?,
            })
        })
        .optional()?;
    let found = found.ok_or(StoreError::NoSuchAccount)?;
    match (found.owner, by_owner) {
        (true, false) => Err(StoreError::NotOwner.into()),
        (false, true) => access.require_administrator(transaction).map(|()| found),
        _ => Ok(found),
    }
}

fn set_status(
    transaction: &Transaction<'_>,
    id: AccountId,
    standing: AccountStatus,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE account SET standing = ?2 WHERE id = ?1")?
        .execute(params![id.0, standing.as_str()])?;
    Ok(())
}

fn set_role(transaction: &Transaction<'_>, id: AccountId, role: Role) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE account SET role = ?2 WHERE id = ?1")?
        .execute(params![id.0, role.as_str()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::terms;
    use crate::store::{Registration, TokenScope, TokenScopes};

    #[test]
    fn a_token_of_an_administrator_cannot_administer() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let password = "seven quiet herons wade";
        let form = |email: &str| Registration {
            hospital: "St. Mary".into(),
            admin_id: "RT-4471".into(),
            full_name: "Ada Byron".into(),
            email: email.into(),
            password: Zeroizing::new(password.into()),
        };
        let own = store.register(&form("ada@example.org")).unwrap().id;
        let other = store.register(&form("bo@example.org")).unwrap().id;
        let person = store.sign_in("ada@example.org", password).unwrap().access;
        store.accept_terms(&person, terms::VERSION).unwrap();
        let token = store
            .make_token(&person, "nightly", 9, TokenScopes::of(&TokenScope::ALL))
            .unwrap();
        let script = store.sign_in_with_token(&token).unwrap().access;

        let waiting = [
            store.accounts(&script).err(),
            store
                .approve_account(&script, other, Role::Technician)
                .err(),
            store.refuse_account(&script, other).err(),
            store.as_owner(&script).err(),
        ];
        store
            .approve_account(&person, other, Role::Technician)
            .unwrap();
        let active = [own, other].map(|id| {
            [
                store.issue_reset_code(&script, id).err(),
                store.remove_second_factor_of(&script, id).err(),
                store.change_role(&script, id, Role::Administrator).err(),
                store.disable_account(&script, id).err(),
            ]
        });
        store.disable_account(&person, other).unwrap();
        let disabled = [store.enable_account(&script, other).err()];
        for refusal in (waiting.iter())
            .chain(active.iter().flatten())
            .chain(&disabled)
        {
            assert!(
                matches!(refusal, Some(StoreError::NotWithAToken)),
                "{refusal:?}"
            );
        }
        store.issue_reset_code(&person, own).unwrap();
    }
}
