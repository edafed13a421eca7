//! Secrets made by LUNNY, written so that they can be read aloud, and the hashes stored of them.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::store::StoreError;

/// Bytes of a code that the user types: 80 bits, more than any number of tries exhausts.
const CODE_BYTES: usize = 10;

/// Maximum number of bytes that are read of a typed code.
const MAX_TYPED: usize = 256;

/// Random bytes of the operating system.
pub(in crate::store) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StoreError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(StoreError::NoRandomness)?;
    Ok(bytes)
}

/// Base32 of RFC 4648 without padding: without 0, 1, 8 and 9, which look like O, I and B.
pub(in crate::store) fn base32(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(BASE32_NOPAD.encode(bytes))
}

/// A code of 80 random bits in four groups of four, and the hash to store of it.
pub(in crate::store) fn code() -> Result<(Zeroizing<String>, [u8; 32]), StoreError> {
    let letters = base32(random::<CODE_BYTES>()?.as_slice());
    let mut grouped = Zeroizing::new(String::with_capacity(20));
    for (place, letter) in letters.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            grouped.push('-');
        }
        grouped.push(letter);
    }
    let hash = sha256(letters.as_bytes());
    Ok((grouped, hash))
}

/// The hash of a typed code: in any case, with or without separators between its groups, and with digits that a code cannot
/// contain replaced by the letters that they look like.
pub(in crate::store) fn typed_code_hash(typed: &str) -> [u8; 32] {
    let mut letters = Zeroizing::new(String::with_capacity(MAX_TYPED));
    letters.extend(
        typed
            .bytes()
            .take(MAX_TYPED)
            .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'-')
            .map(|byte| match byte.to_ascii_uppercase() {
                b'0' => 'O',
                b'1' => 'I',
                b'8' => 'B',
                other => char::from(other),
            }),
    );
    sha256(letters.as_bytes())
}

/// SHA-256. A slow hash is not needed for random input, which cannot be guessed.
pub(in crate::store) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_four_groups_of_four_and_is_found_however_it_is_typed() {
        let (code, hash) = code().unwrap();
        assert_eq!(code.len(), 19);
        assert!(code.split('-').all(|group| group.len() == 4));
        let spoken = code
            .to_lowercase()
            .replace('-', " ")
            .replace('o', "0")
            .replace('i', "1")
            .replace('b', "8");
        assert_eq!(typed_code_hash(&spoken), hash);
        assert_eq!(typed_code_hash(&format!(" {}\n", *code)), hash);
        assert_ne!(typed_code_hash(&code[1..]), hash);
    }

    #[test]
    fn two_codes_differ() {
        assert_ne!(code().unwrap().1, code().unwrap().1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_hash(typed in proptest::prelude::any::<String>()) {
            let _ = typed_code_hash(&typed);
        }
    }
}
