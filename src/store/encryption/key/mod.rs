//! The key of the database: its sources and the keys derived from it.

pub(in crate::store) mod file;
mod state;

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

pub(in crate::store) use crate::config::SALT_BYTES;
use crate::config::SecretBytes;
pub use crate::config::{
    DatabaseKey, KEY_BYTES, KeyKind, KeySource, MIN_PASSPHRASE_CHARACTERS, Passphrase,
};
use crate::store::error::StoreError;
pub use file::KEY_FILE_NAME;
pub use state::KeyState;

/// Cost of Argon2id for a passphrase: memory in KiB, passes and lanes (RFC 9106, section 4, second choice, with one lane). Part
/// of the format: other values would not open existing databases.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// Separates the key of the audit log from any other key that may be derived later.
const AUDIT_LABEL: &[u8] = b"lunny audit 1";

impl DatabaseKey {
    /// A new key from the system's random numbers.
    pub(in crate::store) fn fresh() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill(&mut bytes[..])?;
        Ok(Self {
            bytes: SecretBytes::new(bytes),
            salt: None,
        })
    }

    /// The key derived from `passphrase` for the database with `salt`. Takes some 0.2 s on purpose.
    pub(in crate::store) fn from_passphrase(
        passphrase: &Passphrase,
        salt: [u8; SALT_BYTES],
    ) -> Result<Self, StoreError> {
        // One keyboard sends `é` as one character and another as two; both are the same passphrase. Capacity for the longest
        // composed form, so that growing leaves no unwiped copy behind.
        let mut normalised = Zeroizing::new(String::with_capacity(3 * passphrase.text().len()));
        normalised.extend(passphrase.text().nfc());
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        Params::new(MEMORY_KIB, PASSES, LANES, Some(KEY_BYTES))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .and_then(|argon2| {
                argon2.hash_password_into(normalised.as_bytes(), &salt, &mut bytes[..])
            })
            .map_err(|error| StoreError::KeyDerivation(error.to_string()))?;
        Ok(Self {
            bytes: SecretBytes::new(bytes),
            salt: Some(salt),
        })
    }

    /// A key derived from `passphrase` under a new salt, for a new database.
    pub(in crate::store) fn fresh_from_passphrase(
        passphrase: &Passphrase,
    ) -> Result<Self, StoreError> {
        let mut salt = [0; SALT_BYTES];
        fill(&mut salt)?;
        Self::from_passphrase(passphrase, salt)
    }

    /// The key of the audit log's seals: HKDF-SHA-256 (RFC 5869) of this key. It does not allow reading records.
    pub fn audit_key(&self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // Refused only from 255 hashes' length on.
        let expanded = Hkdf::<Sha256>::new(None, &self.bytes[..]).expand(AUDIT_LABEL, &mut key[..]);
        debug_assert!(expanded.is_ok());
        key
    }

    /// The key as 64 hexadecimal digits.
    pub(in crate::store) fn hexadecimal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        append_digits(&mut text, &self.bytes[..]);
        text
    }

    /// The key in the form that SQLCipher uses without further derivation: `x'…'`, followed by the salt if there is one.
    pub(in crate::store) fn literal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(3 + 2 * (KEY_BYTES + SALT_BYTES)));
        text.push_str("x'");
        append_digits(&mut text, &self.bytes[..]);
        append_digits(&mut text, self.salt.as_ref().map_or(&[], |salt| &salt[..]));
        text.push('\'');
        text
    }
}

fn append_digits(text: &mut String, bytes: &[u8]) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| {
        bytes.zeroize();
        StoreError::NoRandomness(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hidden_and_its_digits_are_read_back() {
        let key = DatabaseKey::fresh().unwrap();
        let digits = key.hexadecimal();
        assert_eq!(digits.len(), 64);
        assert!(DatabaseKey::from_hexadecimal(&digits).as_ref() == Some(&key));
        let shown = format!("{key:?}");
        assert_eq!(shown, "DatabaseKey(hidden)");
        assert_eq!(*key.literal(), format!("x'{}'", *digits));
        assert_ne!(key, DatabaseKey::fresh().unwrap());
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
            assert!(DatabaseKey::from_hexadecimal(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_audit_key_is_the_same_every_time_and_is_not_the_key() {
        let key = DatabaseKey::from_hexadecimal(&"0b".repeat(32)).unwrap();
        assert_eq!(key.audit_key(), key.clone().audit_key());
        assert_ne!(key.audit_key()[..], *key.bytes);
        // HMAC-SHA-256 by Python's hmac: extract with 32 zero bytes, expand with the label and 0x01.
        assert_eq!(
            crate::text::hexadecimal(&key.audit_key()[..]),
            "39bd621a81c507fd8a52d559831f034f824b75275f2d5c45f8fe62c62a01ba7f"
        );
    }

    #[test]
    fn a_passphrase_gives_one_key_for_one_salt_however_the_keyboard_composes_it() {
        let [composed, apart] = ["caf\u{e9} by the canal", "cafe\u{301} by the canal"]
            .map(|text| Passphrase::new(text.to_owned()).unwrap());
        let key = DatabaseKey::from_passphrase(&composed, [7; SALT_BYTES]).unwrap();
        let same = DatabaseKey::from_passphrase(&apart, [7; SALT_BYTES]).unwrap();
        let other = DatabaseKey::from_passphrase(&composed, [8; SALT_BYTES]).unwrap();
        assert_eq!(key, same);
        assert_ne!(key.hexadecimal(), other.hexadecimal());
        assert!(key.literal().ends_with(&format!("{}'", "07".repeat(16))));
    }
}
