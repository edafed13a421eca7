//! Delays guessing of passwords and codes: longer with every failure in a row, for known and unknown emails alike.
//!
//! After NIST SP 800-63B-4, section 3.2.2, with delays instead of locking: knowing an email is not enough to lock its owner out
//! permanently. The counts are in the database, so they survive a restart and apply to every process. An attempt is admitted
//! before its password is checked, and its outcome is recorded afterwards; pending attempts are limited too, so that a hundred
//! guesses at once do not avoid the delay.
//!
//! A source from which the account signed in lately is counted apart (`source.rs`), so that an attacker who knows an email slows
//! down attempts from elsewhere and not its owner.

use std::time::Duration;

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::source::Source;
use crate::store::StoreError;
use crate::store::error::Stop;

/// Number of failures in a row without a delay.
const FREE_FAILURES: i64 = 3;
/// The longest delay after a failure.
const MAX_DELAY: Duration = Duration::from_secs(15 * 60);
/// Maximum number of pending attempts for one email. When failures are no longer free, the maximum is one.
const MAX_PENDING: i64 = 16;
/// Time after which a pending attempt counts as lost: its process has ended.
const PENDING_TIMEOUT: Duration = Duration::from_secs(30);
/// Time without an attempt after which the failures of one email are reset.
const RESET_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Failures of all emails together that may come at once, and the time in which one more becomes free.
const SHARED_FAILURES: i64 = 60;
const SHARED_REFILL: Duration = Duration::from_secs(2);

/// Kinds of attempts, counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum AttemptKind {
    /// Passwords and codes when signing in.
    SignIn,
    /// Reset codes for a new password.
    Reset,
    /// Registrations of an email that is taken.
    Register,
    /// Passwords that an open session asks for.
    Confirm,
}

/// One counter, of one email and one kind of attempt.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Throttle {
    key: [u8; 32],
    /// True if the attempt also counts among those of all emails. False inside a session: guesses from outside must not lock out
    /// users at work.
    with_shared: bool,
}

impl Throttle {
    /// The counter of the folded email `email_key`.
    pub(in crate::store) fn new(kind: AttemptKind, email_key: &str) -> Self {
        let label: &[u8] = match kind {
            AttemptKind::SignIn => b"sign in\0",
            AttemptKind::Reset => b"reset\0",
            AttemptKind::Register => b"register\0",
            AttemptKind::Confirm => b"confirm\0",
        };
        Self {
            key: hash(label, email_key.as_bytes()),
            with_shared: kind != AttemptKind::Confirm,
        }
    }

    /// The counter for an attempt at the account with the folded email `email_key` from `place`. A source that is known for the
    /// account has a counter of its own and does not count among all emails: guesses from elsewhere do not lock out its owner.
    /// All other sources share the counter of the email.
    pub(in crate::store) fn at_place(
        transaction: &Transaction<'_>,
        kind: AttemptKind,
        email_key: &str,
        place: &str,
        now: i64,
    ) -> rusqlite::Result<Self> {
        let source = Source::of(place);
        match source.is_known(transaction, email_key, now)? {
            false => Ok(Self::new(kind, email_key)),
            true => Ok(Self {
                with_shared: false,
                ..Self::new(kind, &format!("{email_key}\0{}", source.name()))
            }),
        }
    }

    /// Admits an attempt and counts it as pending, or refuses it with the time to wait.
    pub(in crate::store) fn admit(
        &self,
        transaction: &Transaction<'_>,
        now: i64,
    ) -> Result<(), Stop> {
        if self.with_shared {
            admit_shared(transaction, now)?;
        }
        let count = Count::read(transaction, &self.key)?.at(now);
        let wait = count.not_before.saturating_sub(now);
        // A remaining wait longer than the delay means that the clock was set back; waiting for it to catch up could take years.
        if (1..=delay(count.failures)).contains(&wait) {
            return refuse(wait);
        }
        let most = if count.failures < FREE_FAILURES {
            MAX_PENDING
        } else {
            1
        };
        if count.under_way >= most {
            return refuse(micros(Duration::from_secs(1)));
        }
        let under_way = count.under_way + 1;
        Count { under_way, ..count }.write(transaction, &self.key, now)?;
        Ok(())
    }

    /// Records that the attempt was wrong.
    pub(in crate::store) fn failed(
        &self,
        transaction: &Transaction<'_>,
        now: i64,
    ) -> rusqlite::Result<()> {
        let count = Count::read(transaction, &self.key)?;
        let failures = count.failures + 1;
        let after = Count {
            failures,
            not_before: now.saturating_add(delay(failures)),
            under_way: (count.under_way - 1).max(0),
            changed_at: now,
        };
        after.write(transaction, &self.key, now)?;
        transaction
            .prepare_cached("DELETE FROM throttle WHERE changed_at < ?1")?
            .execute([now.saturating_sub(micros(RESET_AFTER))])?;
        Ok(())
    }

    /// Records that the attempt was right: the next failure is the first again.
    pub(in crate::store) fn succeeded(
        &self,
        transaction: &Transaction<'_>,
        now: i64,
    ) -> rusqlite::Result<()> {
        self.finish(transaction, now, true)
    }

    /// Records that the attempt was right but not complete.
    pub(in crate::store) fn undecided(
        &self,
        transaction: &Transaction<'_>,
        now: i64,
    ) -> rusqlite::Result<()> {
        self.finish(transaction, now, false)
    }

    /// Resets the failures, because the password that they were about has been replaced.
    pub(in crate::store) fn forget(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute("DELETE FROM throttle WHERE key = ?1", [self.key])?;
        Ok(())
    }

    fn finish(&self, transaction: &Transaction<'_>, now: i64, right: bool) -> rusqlite::Result<()> {
        let count = Count::read(transaction, &self.key)?;
        let under_way = (count.under_way - 1).max(0);
        let after = match right {
            true => Count {
                under_way,
                ..Count::default()
            },
            false => Count { under_way, ..count },
        };
        if after.failures == 0 && after.under_way == 0 {
            self.forget(transaction)?;
        } else {
            after.write(transaction, &self.key, now)?;
        }
        if self.with_shared {
            release_shared(transaction, now)?;
        }
        Ok(())
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    failures: i64,
    not_before: i64,
    under_way: i64,
    changed_at: i64,
}

impl Count {
    fn read(transaction: &Transaction<'_>, key: &[u8; 32]) -> rusqlite::Result<Self> {
        let found = transaction
            .prepare_cached(
                "SELECT failures, not_before, under_way, changed_at FROM throttle WHERE key = ?1",
            )?
            .query_row([key], |row| {
                Ok(Self {
                    failures: row.get(0)?,
                    not_before: row.get(1)?,
                    under_way: row.get(2)?,
                    changed_at: row.get(3)?,
                })
            })
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// The count as it is at `now`.
    fn at(self, now: i64) -> Self {
        let age = now.saturating_sub(self.changed_at);
        if age > micros(RESET_AFTER) {
            Self::default()
        } else if !(0..=micros(PENDING_TIMEOUT)).contains(&age) {
            Self {
                under_way: 0,
                ..self
            }
        } else {
            self
        }
    }

    fn write(
        &self,
        transaction: &Transaction<'_>,
        key: &[u8; 32],
        now: i64,
    ) -> rusqlite::Result<()> {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO throttle (key, failures, not_before, under_way, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                key,
                self.failures,
                self.not_before,
                self.under_way,
                now
            ])?;
        Ok(())
    }
}

/// The row of all emails: `not_before` is the time at which all failures so far would be free again, one at a time.
fn shared_key() -> [u8; 32] {
    hash(b"shared_key\0", b"")
}

fn admit_shared(transaction: &Transaction<'_>, now: i64) -> Result<(), Stop> {
    let every = micros(SHARED_REFILL);
    let full = SHARED_FAILURES * every;
    let key = shared_key();
    let count = Count::read(transaction, &key)?;
    // Above the limit only if the clock was set back.
    let filled = match count.not_before {
        later if later > now.saturating_add(full) => now,
        other => other.max(now),
    };
    let wait = filled.saturating_add(every) - now.saturating_add(full);
    if wait > 0 {
        return refuse(wait);
    }
    let not_before = filled.saturating_add(every);
    Count {
        not_before,
        ..count
    }
    .write(transaction, &key, now)?;
    Ok(())
}

fn release_shared(transaction: &Transaction<'_>, now: i64) -> rusqlite::Result<()> {
    let key = shared_key();
    let count = Count::read(transaction, &key)?;
    let not_before = count.not_before.saturating_sub(micros(SHARED_REFILL));
    Count {
        not_before,
        ..count
    }
    .write(transaction, &key, now)
}

/// The delay in microseconds after so many failures in a row: none for three, then 1 s, 2 s, 4 s and so on.
fn delay(failures: i64) -> i64 {
    if failures <= FREE_FAILURES {
        return 0;
    }
    // The longest delay is reached long before 30 doublings.
    let doublings = (failures - FREE_FAILURES - 1).min(30);
    micros(MAX_DELAY.min(Duration::from_secs(1 << doublings)))
}

fn refuse(wait: i64) -> Result<(), Stop> {
    let wait = Duration::from_micros(wait.unsigned_abs());
    Err(StoreError::TooManyAttempts { wait }.into())
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn hash(label: &[u8], text: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(label)
        .chain_update(text)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_after_three_failures_and_stops_growing_at_fifteen_minutes() {
        let seconds = |failures| delay(failures) / 1_000_000;
        let first: Vec<i64> = (0..9).map(seconds).collect();
        assert_eq!(first, [0, 0, 0, 0, 1, 2, 4, 8, 16]);
        assert_eq!(seconds(13), 512);
        assert_eq!(seconds(14), 900);
        assert_eq!(seconds(90), 900);
        assert_eq!(seconds(i64::MAX), 900);
    }

    #[test]
    fn kinds_of_attempts_and_emails_are_counted_separately() {
        let keys = [
            Throttle::new(AttemptKind::SignIn, "a@b").key,
            Throttle::new(AttemptKind::Reset, "a@b").key,
            Throttle::new(AttemptKind::Register, "a@b").key,
            Throttle::new(AttemptKind::Confirm, "a@b").key,
            Throttle::new(AttemptKind::SignIn, "a@c").key,
            shared_key(),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }
}
