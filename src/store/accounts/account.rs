//! Accounts: the people who work with LUNNY, each at one hospital.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::registration::Registration;
use super::role::{account_status, role};
use super::throttle::{AttemptKind, Throttle};
use super::{hashing, hospital};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{AccountId, AccountStatus, Role, Store, StoreError};

/// An account as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub hospital: String,
    pub admin_id: String,
    pub full_name: String,
    pub email: String,
    pub role: Role,
    /// True if the account has the rights of an owner of the installation.
    pub owner: bool,
    pub standing: AccountStatus,
    /// True if the hospital waits for approval by an owner; until then none of its accounts can sign in.
    pub hospital_waits: bool,
    pub created_at: Timestamp,
    /// True if signing in also asks for a code.
    pub second_factor: bool,
    /// Time of the last sign-in. In the answer to a sign-in: the one before it.
    pub last_sign_in: Option<Timestamp>,
}

impl Account {
    /// Columns that [`Account::read`] expects, in its order.
    pub(in crate::store) const COLUMNS: &str =
        "account.id, hospital.name, account.admin_id, account.full_name, account.email, account.role,
         account.standing, account.created_at,
         EXISTS (SELECT 1 FROM second_factor
                 WHERE second_factor.account_id = account.id AND confirmed_at IS NOT NULL),
         (SELECT max(started_at) FROM session WHERE session.account_id = account.id),
         account.owner, hospital.standing = 'pending'";

    /// Reads [`Account::COLUMNS`], starting at column `first`.
    pub(in crate::store) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            id: AccountId(row.get(first)?),
            hospital: row.get(first + 1)?,
            admin_id: row.get(first + 2)?,
            full_name: row.get(first + 3)?,
            email: row.get(first + 4)?,
            role: role(row, first + 5)?,
            standing: account_status(row, first + 6)?,
            created_at: instant(row, first + 7)?,
            second_factor: row.get(first + 8)?,
            last_sign_in: past(row, first + 9)?,
            owner: row.get(first + 10)?,
            hospital_waits: row.get(first + 11)?,
        })
    }
}

/// Reads an instant, stored in microseconds.
pub(in crate::store) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    from_microseconds(column, row.get(column)?)
}

/// Reads an instant that may be null.
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
    /// Creates an account, and its hospital if no existing one has that name. Two names are the same hospital if they look the
    /// same, regardless of case, accents and spacing. Takes some 20 ms for the password's hash.
    ///
    /// The first account of an installation is its owner and the administrator of its hospital. Later a new hospital
    /// waits until an owner approves it and makes the account its administrator; with [`Store::with_open_registration`]
    /// the first account of a new hospital is its administrator at once. Every later account of a hospital is a
    /// technician who waits until an administrator approves it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for the first field that is wrong, [`StoreError::EmailTaken`], and after several of
    /// those [`StoreError::TooManyAttempts`], so that lists of emails cannot be tried out.
    pub fn register(&self, registration: &Registration) -> Result<Account, StoreError> {
        let checked = registration
            .check()
            .map_err(|(field, fault)| StoreError::Invalid {
                field,
                message: fault.to_string(),
            })?;
        let throttle = Throttle::new(AttemptKind::Register, &checked.email_key);
        let at = self.now();
        self.write(|transaction| throttle.admit(transaction, at))?;
        let password_hash = hashing::hash(checked.password).map_err(StoreError::Hashing)?;
        let at = self.now();
        // The refusal is returned as a value, so that the failure count is committed.
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
            let is_owner = !transaction
                .prepare_cached("SELECT 1 FROM account")?
                .exists([])?;
            let approved = is_owner || self.has_open_registration();
            let hospital = hospital::named(transaction, &checked, approved, at)?;
            let is_first = !transaction
                .prepare_cached("SELECT 1 FROM account WHERE hospital_id = ?1")?
                .exists([hospital.id])?;
            let (role, standing) = match is_first && !hospital.waits {
                true => (Role::Administrator, AccountStatus::Active),
                false => (Role::Technician, AccountStatus::Pending),
            };
            let account = transaction
                .prepare_cached(
                    "INSERT INTO account (hospital_id, admin_id, full_name, email, email_key,
                                          password_hash, role, standing, created_at, owner)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .insert(params![
                    hospital.id,
                    checked.admin_id,
                    checked.full_name,
                    checked.email,
                    checked.email_key,
                    password_hash,
                    role.as_str(),
                    standing.as_str(),
                    at,
                    is_owner
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
