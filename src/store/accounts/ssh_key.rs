//! Public keys with which an account signs in over SSH.
//!
//! A key is kept in the form in which SSH sends it; that it is one was checked before. A new password ends all keys of the
//! account: the database does that by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::account::{instant, past};
use super::sign_in::{By, Candidate, email_key, start_session};
use super::{history, second_factor, secret};
use crate::clinical::text;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{Access, AccountStatus, SignIn, Store, StoreError};

/// Maximum number of characters of a key's name.
const NAME_CHARACTERS: usize = 100;

/// Maximum number of keys of an account.
const MOST: i64 = 20;

/// Maximum number of bytes of a key.
const KEY_BYTES: usize = 4096;

/// Identifies a public key. Grants nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshKeyId(pub i64);

/// A public key, for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKey {
    pub id: SshKeyId,
    pub name: String,
    /// As `ssh-keygen -l` shows it, such as `SHA256:…`.
    pub fingerprint: String,
    pub added_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// Adds a public key, in the bytes in which SSH sends it, to the account.
    ///
    /// # Errors
    /// [`StoreError::InvalidSshKey`] for a name that is empty or too long, for a key that is too long or already there, and
    /// above 20 keys; [`StoreError::NotWithAToken`].
    pub fn add_ssh_key(
        &self,
        access: &Access,
        name: &str,
        key: &[u8],
    ) -> Result<SshKeyId, StoreError> {
        let name = text::line(name, NAME_CHARACTERS)
            .map_err(|fault| StoreError::InvalidSshKey(fault.sentence("The name of the key")))?;
        let refused = |sentence: &str| Err(StoreError::InvalidSshKey(sentence.to_owned()));
        if !(1..=KEY_BYTES).contains(&key.len()) {
            return refused(
                "This is no public key that LUNNY keeps: give one of Ed25519 or ECDSA.",
            );
        }
        let at = self.now();
        // The refusal is returned as a value, so that it is one of the form and not of the database.
        self.write(|transaction| {
            access.require_person(transaction)?;
            let (count, known): (i64, bool) = transaction
                .prepare_cached(
                    "SELECT count(*), coalesce(max(key = ?2), 0) FROM ssh_key WHERE account_id = ?1",
                )?
                .query_row(params![access.account, key], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if known {
                return Ok(refused("Your account has this key already."));
            }
            if count >= MOST {
                return Ok(refused("Your account has 20 keys: remove one first."));
            }
            let id = transaction
                .prepare_cached(
                    "INSERT INTO ssh_key (account_id, name, key, added_at) VALUES (?1, ?2, ?3, ?4)",
                )?
                .insert(params![access.account, name, key, at])?;
            let object = Object::SshKey(SshKeyId(id));
            audit::record_done(transaction, access, at, Action::AddSshKey, object)?;
            Ok(Ok(SshKeyId(id)))
        })?
    }

    /// The public keys of the account, newest first.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotWithAToken`], or an error of the database.
    pub fn ssh_keys(&self, access: &Access) -> Result<Vec<SshKey>, StoreError> {
        self.read(|transaction| {
            access.require_person(transaction)?;
            let keys = transaction
                .prepare_cached(
                    "SELECT id, name, key, added_at, last_used_at FROM ssh_key
                     WHERE account_id = ?1 ORDER BY id DESC",
                )?
                .query_map([access.account], |row| {
                    let key: Vec<u8> = row.get(2)?;
                    Ok(SshKey {
                        id: SshKeyId(row.get(0)?),
                        name: row.get(1)?,
                        fingerprint: fingerprint(&key),
                        added_at: instant(row, 3)?,
                        last_used_at: past(row, 4)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(keys)
        })
    }

    /// Removes a public key of the account.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSshKey`] for a key of another account or one that was removed, [`StoreError::NotWithAToken`].
    pub fn remove_ssh_key(&self, access: &Access, id: SshKeyId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_person(transaction)?;
            let removed = transaction.execute(
                "DELETE FROM ssh_key WHERE id = ?1 AND account_id = ?2",
                params![id.0, access.account],
            )?;
            if removed == 0 {
                return Err(StoreError::NoSuchSshKey.into());
            }
            let object = Object::SshKey(id);
            audit::record_done(transaction, access, at, Action::RemoveSshKey, object)?;
            Ok(())
        })
    }

    /// True if the account with this email is active and has the key. Says nothing about the owner of its private half.
    ///
    /// # Errors
    /// An error of the database.
    pub fn has_ssh_key(&self, email: &str, key: &[u8]) -> Result<bool, StoreError> {
        let email = email_key(email);
        self.read(|transaction| {
            let found = find(transaction, &email, key)?;
            Ok(found.is_some_and(|(_, owner)| owner.account.standing == AccountStatus::Active))
        })
    }

    /// Signs in with a key whose owner has proved to have its private half, and with the code of the second factor where the
    /// account has one.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`] if the account has no such key or is not active; [`StoreError::SecondFactorNeeded`]
    /// without a code that is needed, and [`StoreError::WrongCode`].
    pub fn sign_in_with_ssh_key(
        &self,
        email: &str,
        key: &[u8],
        code: Option<&str>,
    ) -> Result<SignIn, StoreError> {
        let email = email_key(email);
        let at = self.now();
        // The refusal is returned as a value, so that its audit entry is committed.
        self.write(|transaction| {
            let found = find(transaction, &email, key)?;
            let active = found.filter(|(_, owner)| owner.account.standing == AccountStatus::Active);
            let Some((id, owner)) = active else {
                return Ok(Err(StoreError::WrongCredentials));
            };
            let refusal = second_factor::check_code(transaction, owner.id, code, at)?;
            match refusal {
                None => {}
                // The next call brings the code; this one is not a failure.
                Some(refusal @ StoreError::SecondFactorNeeded) => return Ok(Err(refusal)),
                Some(refusal) => {
                    let known = Some(owner.id);
                    history::record_failure(transaction, known, self.place(), at)?;
                    let (action, object) = (Action::SignIn, Object::SshKey(id));
                    let refused = Outcome::Refused;
                    audit::record(transaction, at, known, action, object, refused)?;
                    return Ok(Err(refusal));
                }
            }
            transaction.execute(
                "UPDATE ssh_key SET last_used_at = ?2 WHERE id = ?1",
                params![id.0, at],
            )?;
            let place = format!("{} by a key", self.place());
            let entered = start_session(transaction, &owner, By::Password, &place, at)?;
            Ok(Ok(entered))
        })?
    }

    /// Records in the audit log that the account sent files to its area of the server, or fetched some from it.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn record_transfer(&self, access: &Access, to_server: bool) -> Result<(), StoreError> {
        let at = self.now();
        let action = match to_server {
            true => Action::SendFiles,
            false => Action::FetchFiles,
        };
        self.write(|transaction| {
            access.require_person(transaction)?;
            audit::record_done(transaction, access, at, action, Object::Nothing)?;
            Ok(())
        })
    }
}

fn find(
    transaction: &Transaction<'_>,
    email: &str,
    key: &[u8],
) -> rusqlite::Result<Option<(SshKeyId, Candidate)>> {
    let Some(owner) = Candidate::with_email(transaction, email)? else {
        return Ok(None);
    };
    let id = transaction
        .prepare_cached("SELECT id FROM ssh_key WHERE account_id = ?1 AND key = ?2")?
        .query_row(params![owner.id, key], |row| row.get(0))
        .optional()?;
    Ok(id.map(|id| (SshKeyId(id), owner)))
}

/// Fingerprint of a key in the form of OpenSSH.
fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(secret::sha256(key)))
}
