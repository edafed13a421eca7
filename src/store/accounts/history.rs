//! Times and places of the sign-ins to an account, and of the failed attempts.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::account::instant;
use crate::store::{Access, Store, StoreError, TokenScope};

/// Number of sign-ins that [`Store::sign_ins`] lists.
const MAX_SIGN_INS: usize = 50;

/// The successful sign-ins to an account: time and place.
const SUCCEEDED: &str = "SELECT started_at AS at,
        CASE WHEN token_id IS NULL THEN place
             ELSE trim(place || ' by the token ' || (SELECT name FROM access_token WHERE id = token_id))
        END AS place, 1 AS succeeded, id
     FROM session WHERE account_id = ?1 ORDER BY id DESC LIMIT ?2";

/// The failed attempts at an account, in the same columns.
const FAILED: &str = "SELECT at, place, 0, id
     FROM failed_sign_in WHERE account_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2";

/// A sign-in or a failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSignIn {
    pub at: Timestamp,
    /// The client's address or the terminal, as given to [`Store::at_place`], and the name of the token if one was used. Empty if
    /// unknown.
    pub place: String,
    pub succeeded: bool,
}

impl Store {
    /// The newest 50 sign-ins and failed attempts of this account, newest first.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn sign_ins(&self, access: &Access) -> Result<Vec<PastSignIn>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let sql = format!(
                "SELECT * FROM ({SUCCEEDED}) UNION ALL SELECT * FROM ({FAILED})
                 ORDER BY at DESC, succeeded DESC, id DESC LIMIT ?2"
            );
            let past = transaction
                .prepare_cached(&sql)?
                .query_map(params![access.account, MAX_SIGN_INS as i64], read)?
                .collect::<Result<_, _>>()?;
            Ok(past)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<PastSignIn> {
    Ok(PastSignIn {
        at: instant(row, 0)?,
        place: row.get(1)?,
        succeeded: row.get(2)?,
    })
}

/// The newest successful sign-in of an account, and the number of failed attempts since.
pub(in crate::store) fn before(
    transaction: &Transaction<'_>,
    account: i64,
) -> rusqlite::Result<(Option<PastSignIn>, u32)> {
    let last = transaction
        .prepare_cached(SUCCEEDED)?
        .query_row([account, 1], read)
        .optional()?;
    let since = last
        .as_ref()
        .map_or(i64::MIN, |last| last.at.as_microsecond());
    let failed = transaction
        .prepare_cached("SELECT count(*) FROM failed_sign_in WHERE account_id = ?1 AND at >= ?2")?
        .query_row(params![account, since], |row| row.get(0))?;
    Ok((last, failed))
}

/// Records a failed attempt. The text typed for an unknown account is not stored.
pub(in crate::store) fn record_failure(
    transaction: &Transaction<'_>,
    account: Option<i64>,
    place: &str,
    at: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO failed_sign_in (account_id, at, place) VALUES (?1, ?2, ?3)")?
        .execute(params![account, at, place])?;
    Ok(())
}
