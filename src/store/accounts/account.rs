//! Accounts: who works with LUNNY, and at which hospital.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::hashing;
use super::registration::{CheckedRegistration, Registration};
use super::role::{role, standing};
use super::throttle::{Throttle, What};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{AccountId, Role, Standing, Store, StoreError};

/// An account as its owner may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub hospital: String,
    pub admin_id: String,
    pub full_name: String,
    pub email: String,
    pub role: Role,
    pub standing: Standing,
    pub created_at: Timestamp,
    /// Whether signing in asks for a code too.
    pub second_factor: bool,
    /// When it signed in last; in what signing in gives, the time before.
    pub last_sign_in: Option<Timestamp>,
}

impl Account {
    /// The columns that [`Account::read`] expects, in its order.
    pub(in crate::store) const COLUMNS: &str =
        "account.id, hospital.name, account.admin_id, account.full_name, account.email, account.role,
         account.standing, account.created_at,
         EXISTS (SELECT 1 FROM second_factor
                 WHERE second_factor.account_id = account.id AND confirmed_at IS NOT NULL),
         (SELECT max(started_at) FROM session WHERE session.account_id = account.id)";

    /// Reads [`Account::COLUMNS`], which begin at column `first`.
    pub(in crate::store) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            id: AccountId(row.get(first)?),
            hospital: row.get(first + 1)?,
            admin_id: row.get(first + 2)?,
            full_name: row.get(first + 3)?,
            email: row.get(first + 4)?,
            role: role(row, first + 5)?,
            standing: standing(row, first + 6)?,
            created_at: instant(row, first + 7)?,
            second_factor: row.get(first + 8)?,
            last_sign_in: past(row, first + 9)?,
        })
    }
}

/// Reads an instant, kept in microseconds.
pub(in crate::store) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    from_microseconds(column, row.get(column)?)
}

/// Reads an instant that may not have come.
pub(in crate::store) fn past(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let microseconds: Option<i64> = row.get(column)?;
    microseconds
        .map(|microseconds| from_microseconds(column, microseconds))
        .transpose()
}

fn from_microseconds(column: usize, microseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, microseconds))
}

impl Store {
    /// Makes an account, and its hospital where nobody named it before. Names of hospitals are
    /// the same whatever their case and spacing. Takes some 20 ms for the password's hash.
    ///
    /// The first account of a hospital is its administrator. Every later one is a technician who waits until an
    /// administrator approves it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for the first field that is wrong, [`StoreError::EmailTaken`], and after several of
    /// those [`StoreError::TooManyAttempts`], so that nobody asks through whole lists of emails.
    pub fn register(&self, registration: &Registration) -> Result<Account, StoreError> {
        let checked = registration
            .check()
            .map_err(|(field, message)| StoreError::Invalid { field, message })?;
        let throttle = Throttle::new(What::Register, &checked.email_key);
        let at = self.now();
        self.write(|transaction| throttle.admit(transaction, at))?;
        let password_hash = hashing::hash(checked.password).map_err(StoreError::Hashing)?;
        let at = self.now();
        // A refusal is an answer here: what it counts must stay.
        self.write(|transaction| {
            let taken = transaction
                .prepare_cached("SELECT 1 FROM account WHERE email_key = ?1")?
                .exists([&checked.email_key])?;
            if taken {
                throttle.failed(transaction, at)?;
                let email = checked.email.clone();
                return Ok(Err(StoreError::EmailTaken { email }));
            }
            throttle.succeeded(transaction, at)?;
            let hospital = hospital(transaction, &checked, at)?;
            let is_first = !transaction
                .prepare_cached("SELECT 1 FROM account WHERE hospital_id = ?1")?
                .exists([hospital])?;
            let (role, standing) = match is_first {
                true => (Role::Administrator, Standing::Active),
                false => (Role::Technician, Standing::Pending),
            };
            let account = transaction
                .prepare_cached(
                    "INSERT INTO account (hospital_id, admin_id, full_name, email, email_key,
                                          password_hash, role, standing, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .insert(params![
                    hospital,
                    checked.admin_id,
                    checked.full_name,
                    checked.email,
                    checked.email_key,
                    password_hash,
                    role.as_str(),
                    standing.as_str(),
                    at
                ])?;
            audit::record(
                transaction,
                at,
                Some(account),
                Action::Register,
                Object::Account(account),
                Outcome::Done,
            )?;
            let sql = format!(
                "SELECT {} FROM account JOIN hospital ON hospital.id = account.hospital_id
                 WHERE account.id = ?1",
                Account::COLUMNS
            );
            let read = |row: &Row<'_>| Account::read(row, 0);
            Ok(Ok(transaction.query_row(&sql, [account], read)?))
        })?
    }
}

/// The row of the named hospital, made where there is none.
fn hospital(
    transaction: &Transaction<'_>,
    checked: &CheckedRegistration<'_>,
    at: i64,
) -> rusqlite::Result<i64> {
    let known = transaction
        .prepare_cached("SELECT id FROM hospital WHERE name_key = ?1")?
        .query_row([&checked.hospital_key], |row| row.get(0))
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => transaction
            .prepare_cached(
                "INSERT INTO hospital (name, name_key, created_at) VALUES (?1, ?2, ?3)",
            )?
            .insert(params![checked.hospital, checked.hospital_key, at]),
    }
}
