//! Keys of sealed files: one of the server, from it one for each file of an area.

use std::fmt;
use std::io;

use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::format::{Fault, Header};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Separates the keys of files from any other key that may be derived later.
const LABEL: &[u8] = b"lunny area file 1";

/// The keys from which those of files are derived, with their numbers. New files are sealed with the newest.
pub struct AreaKeys(Vec<(u32, Zeroizing<[u8; KEY_BYTES]>)>);

impl AreaKeys {
    /// The only key.
    pub fn first(number: u32, key: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(vec![(number, key)])
    }

    /// Keys with their numbers, in any order; none without a key.
    pub fn new(mut keys: Vec<(u32, Zeroizing<[u8; KEY_BYTES]>)>) -> Option<Self> {
        keys.sort_unstable_by_key(|(number, _)| *number);
        (!keys.is_empty()).then_some(Self(keys))
    }

    pub(super) fn newest(&self) -> u32 {
        self.0.last().map_or(0, |(number, _)| *number)
    }

    /// The key of a file of an area: HKDF-SHA-256 (RFC 5869) with the file's salt and the area's name.
    pub(super) fn of_file(&self, area: &str, header: &Header) -> io::Result<FileKey> {
        let found = self
            .0
            .iter()
            .find(|(number, _)| *number == header.key_number);
        let (_, key) = found.ok_or(Fault::NotSealed)?;
        let mut bytes = [0; KEY_BYTES];
        let expanded = Hkdf::<Sha256>::new(Some(&header.salt), &key[..])
            .expand_multi_info(&[LABEL, b" ", area.as_bytes()], &mut bytes);
        // Refused only from 255 hashes' length on.
        expanded.map_err(|_| Fault::NotSealed)?;
        Ok(FileKey(bytes))
    }
}

impl fmt::Debug for AreaKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AreaKeys(hidden)")
    }
}

/// The key of one file. It opens no other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKey([u8; KEY_BYTES]);

impl FileKey {
    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl Drop for FileKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FileKey(hidden)")
    }
}
