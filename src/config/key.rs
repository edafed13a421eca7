//! The key of the database and its passphrase, as the configuration passes them to the store.
//!
//! The key file and the derivation of keys belong to the store.

use std::fmt;

use zeroize::Zeroizing;

use super::secret_bytes::SecretBytes;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Bytes of the salt that SQLCipher stores at the start of the database.
pub(crate) const SALT_BYTES: usize = 16;

/// Minimum number of characters of a passphrase.
pub const MIN_PASSPHRASE_CHARACTERS: usize = 12;

/// The kind of lock of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum KeyKind {
    /// A random key in the file `lunny.key`.
    #[default]
    File,
    /// A passphrase that is asked for at every start.
    Passphrase,
}

/// Sources of the key, as the configuration settled them. The default is the home's key file only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySource {
    /// The key itself; other sources are then not used.
    pub given: Option<DatabaseKey>,
    /// The passphrase, for a database that was made with one.
    pub passphrase: Option<Passphrase>,
    /// The lock of a database that is to be created.
    pub new_database: KeyKind,
}

/// The 32 bytes that SQLCipher encrypts the database with. In memory that is not written to the swap, wiped when dropped; never part of an error or the log.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseKey {
    pub(crate) bytes: SecretBytes,
    /// The salt of a key that was derived from a passphrase. The database stores it, so that the passphrase alone opens it.
    pub(crate) salt: Option<[u8; SALT_BYTES]>,
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseKey(hidden)")
    }
}

impl DatabaseKey {
    /// Parses a key of 64 hexadecimal digits; none for any other text.
    pub fn from_hexadecimal(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return None;
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
            *byte = (high? << 4 | low?) as u8;
        }
        Some(Self {
            bytes: SecretBytes::new(bytes),
            salt: None,
        })
    }
}

/// A passphrase of a database, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// None if the text has fewer than [`MIN_PASSPHRASE_CHARACTERS`] characters.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Option<Self> {
        let text = text.into();
        (text.chars().count() >= MIN_PASSPHRASE_CHARACTERS).then_some(Self(text))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(hidden)")
    }
}
