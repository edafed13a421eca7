//! Sources of sign-in attempts: the address of a client, or this computer.
//!
//! Guesses from one source must not lock out a user at another. A source from which an account signed in during the last 90 days
//! is known for it and has a counter of its own; all others share one, because an attacker may have many addresses.

use std::net::IpAddr;

use rusqlite::{Transaction, params};

/// Time for which a source stays known after a sign-in.
const KNOWN_FOR: i64 = 90 * 24 * 60 * 60 * 1_000_000;

/// Maximum number of places that are looked at.
const MAX_PLACES: i64 = 1_000;

/// Source of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Source {
    /// A terminal or script of this computer.
    Local,
    /// The address of a client; for IPv6 its network of 64 bits, of which one computer has all addresses.
    Address(IpAddr),
}

impl Source {
    /// The source in a place such as `192.0.2.7 (SSH)` or `/dev/pts/3`.
    pub(in crate::store) fn of(place: &str) -> Self {
        let first = place.split([' ', ',']).next().unwrap_or_default();
        match first
            .parse::<IpAddr>()
            .map(|address| address.to_canonical())
        {
            Ok(IpAddr::V6(address)) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self::Address(IpAddr::V6(network.into()))
            }
            Ok(address) => Self::Address(address),
            Err(_) => Self::Local,
        }
    }

    /// The words that the counter of a known source is named by.
    pub(in crate::store) fn name(&self) -> String {
        match self {
            Self::Local => "local".to_owned(),
            Self::Address(address) => address.to_string(),
        }
    }

    /// True if the account with this folded email signed in from here lately, with its password.
    pub(in crate::store) fn is_known(
        &self,
        transaction: &Transaction<'_>,
        email_key: &str,
        now: i64,
    ) -> rusqlite::Result<bool> {
        let mut places = transaction.prepare_cached(
            "SELECT DISTINCT place FROM session
             WHERE account_id = (SELECT id FROM account WHERE email_key = ?1)
               AND token_id IS NULL AND started_at > ?2
             LIMIT ?3",
        )?;
        let since = now.saturating_sub(KNOWN_FOR);
        let mut rows = places.query(params![email_key, since, MAX_PLACES])?;
        while let Some(row) = rows.next()? {
            if Self::of(&row.get::<_, String>(0)?) == *self {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_in_a_place_is_the_source() {
        let name = |place| Source::of(place).name();
        assert_eq!(name("192.0.2.7 (SSH)"), "192.0.2.7");
        assert_eq!(name("192.0.2.7, command line"), "192.0.2.7");
        assert_eq!(name("::ffff:192.0.2.7 (SSH)"), "192.0.2.7");
        assert_eq!(name("2001:db8::7 (SSH)"), name("2001:db8::8, command line"));
        assert_ne!(name("2001:db8::7"), name("2001:db8:0:1::7"));
        for local in ["", "/dev/pts/3", "command line", "tty1", "192.0.2"] {
            assert_eq!(name(local), "local", "{local}");
        }
    }
}
