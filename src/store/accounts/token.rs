//! Tokens for scripts to sign in with, made and revoked in the application.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use super::account::{instant, past};
use super::sign_in::{By, Candidate, start_session};
use super::token_scope::TokenScopes;
use super::{history, secret};
use crate::clinical::text;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{Access, AccountStatus, SignIn, Store, StoreError, TokenScope};
use crate::text::hexadecimal;

/// Start of every token, so that scanners for leaked secrets recognise it.
const PREFIX: &str = "lunny_";

/// Maximum number of characters of a token's name.
const NAME_CHARACTERS: usize = 100;

/// Maximum validity of a token, in days.
pub const MAX_TOKEN_DAYS: u32 = 366;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Identifies a token. Grants nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub i64);

/// Facts of a token for its owner. The token itself is shown once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    /// Kinds of work that it allows.
    pub scopes: TokenScopes,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// The token is invalid from this time on.
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes a token with which a script signs in to this account for the next `days` days, without the second factor, for the
    /// kinds of work in `scopes`. It is shown once: only its hash is stored.
    ///
    /// # Errors
    /// [`StoreError::InvalidToken`] for a name that is empty or too long, for no scope and for days outside 1 to
    /// [`MAX_TOKEN_DAYS`], [`StoreError::NotWithAToken`].
    pub fn make_token(
        &self,
        access: &Access,
        name: &str,
        days: u32,
        scopes: TokenScopes,
    ) -> Result<Zeroizing<String>, StoreError> {
        let name = text::line(name, NAME_CHARACTERS)
            .map_err(|fault| StoreError::InvalidToken(fault.sentence("The name of the token")))?;
        if !(1..=MAX_TOKEN_DAYS).contains(&days) {
            return Err(StoreError::InvalidToken(format!(
                "A token is valid for 1 to {MAX_TOKEN_DAYS} days."
            )));
        }
        if scopes.is_empty() {
            return Err(StoreError::InvalidToken(
                "A token needs at least one scope: read, write or export.".to_owned(),
            ));
        }
        let random = secret::random::<32>()?;
        let digits = Zeroizing::new(hexadecimal(random.as_slice()));
        let token = Zeroizing::new(format!("{PREFIX}{}", *digits));
        let hash = secret::sha256(token.as_bytes());
        let at = self.now();
        let expires_at = at + i64::from(days) * DAY;
        self.write(|transaction| {
            access.require_person(transaction)?;
            let id = transaction
                .prepare_cached(
                    "INSERT INTO access_token (account_id, name, token_hash, created_at, expires_at, scopes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .insert(params![
                    access.account,
                    name,
                    hash,
                    at,
                    expires_at,
                    scopes.to_string()
                ])?;
            let object = Object::Token(TokenId(id));
            audit::record_done(transaction, access, at, Action::MakeToken, object)?;
            Ok(())
        })?;
        Ok(token)
    }

    /// The tokens of this account that were not revoked, newest first, including expired ones.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn tokens(&self, access: &Access) -> Result<Vec<Token>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let tokens = transaction
                .prepare_cached(
                    "SELECT id, name, created_at, last_used_at, expires_at, scopes FROM access_token
                     WHERE account_id = ?1 AND revoked_at IS NULL ORDER BY id DESC",
                )?
                .query_map([access.account], |row| {
                    Ok(Token {
                        id: TokenId(row.get(0)?),
                        name: row.get(1)?,
                        scopes: TokenScopes::stored(&row.get::<_, String>(5)?),
                        created_at: instant(row, 2)?,
                        last_used_at: past(row, 3)?,
                        expires_at: instant(row, 4)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(tokens)
        })
    }

    /// Revokes a token of this account: it becomes invalid, and the sessions that were opened with it end.
    ///
    /// # Errors
    /// [`StoreError::NoSuchToken`] for a token of another account or one that was already revoked.
    pub fn revoke_token(&self, access: &Access, id: TokenId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_person(transaction)?;
            let revoked = transaction.execute(
                "UPDATE access_token SET revoked_at = ?3
                 WHERE id = ?1 AND account_id = ?2 AND revoked_at IS NULL",
                params![id.0, access.account, at],
            )?;
            if revoked == 0 {
                return Err(StoreError::NoSuchToken.into());
            }
            transaction.execute(
                "UPDATE session SET ended_at = ?2 WHERE token_id = ?1 AND ended_at IS NULL",
                params![id.0, at],
            )?;
            let object = Object::Token(id);
            audit::record_done(transaction, access, at, Action::RevokeToken, object)?;
            Ok(())
        })
    }

    /// Signs in with a token. White space around it is ignored.
    ///
    /// # Errors
    /// [`StoreError::WrongToken`] for a token that is unknown, expired or revoked, and for one of an account that is not
    /// active.
    pub fn sign_in_with_token(&self, token: &str) -> Result<SignIn, StoreError> {
        let hash = secret::sha256(token.trim().as_bytes());
        let at = self.now();
        // The refusal is returned as a value, so that its audit entry is committed.
        let answer = self.note(|transaction| {
            let found = PresentedToken::with_hash(transaction, &hash)?;
            let owner = match &found {
                Some(found) => Candidate::with_id(transaction, found.account)?,
                None => None,
            };
            if let (Some(found), Some(owner)) = (&found, &owner)
                && found.is_valid(at)
                && owner.account.standing == AccountStatus::Active
            {
                transaction.execute(
                    "UPDATE access_token SET last_used_at = ?2 WHERE id = ?1",
                    params![found.id.0, at],
                )?;
                let by = By::Token(found.id);
                return Ok(Ok(start_session(transaction, owner, by, self.place(), at)?));
            }
            let account = found.as_ref().map(|found| found.account);
            history::record_failure(transaction, account, self.place(), at)?;
            let object = found.map_or(Object::Nothing, |found| Object::Token(found.id));
            audit::record(
                transaction,
                at,
                None,
                Action::SignIn,
                object,
                Outcome::Refused,
            )?;
            Ok(Err(StoreError::WrongToken))
        })?;
        Ok(self.with_warning(answer?))
    }
}

/// A token that was presented.
struct PresentedToken {
    id: TokenId,
    account: i64,
    expires_at: i64,
    revoked: bool,
}

impl PresentedToken {
    fn with_hash(transaction: &Transaction<'_>, hash: &[u8; 32]) -> rusqlite::Result<Option<Self>> {
        transaction
            .prepare_cached(
                "SELECT id, account_id, expires_at, revoked_at IS NOT NULL FROM access_token
                 WHERE token_hash = ?1",
            )?
            .query_row([hash], |row| {
                Ok(Self {
                    id: TokenId(row.get(0)?),
                    account: row.get(1)?,
                    expires_at: row.get(2)?,
                    revoked: row.get(3)?,
                })
            })
            .optional()
    }

    fn is_valid(&self, at: i64) -> bool {
        !self.revoked && at < self.expires_at
    }
}

/// Revokes every token of an account.
pub(in crate::store) fn revoke_all(
    transaction: &Transaction<'_>,
    account: i64,
    at: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE access_token SET revoked_at = ?2 WHERE account_id = ?1 AND revoked_at IS NULL",
        params![account, at],
    )?;
    Ok(())
}
