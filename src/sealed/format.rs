//! The form of a sealed file.
//!
//! A header of 64 bytes: mark, number of the area key (32 bits), salt of the file's key (16 bytes), and the length of the content (64
//! bits) sealed as a chunk is; zeros stand for a length that is not known yet. Then chunks of 64 KiB of content, the last one
//! shorter, each as nonce, encrypted bytes and tag of AES-256-GCM, bound to its place. Numbers are little-endian.
//!
//! It is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015) but for two things: nonces are random and
//! stored, because SFTP clients may write a place twice; and the end is told by the sealed length.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of content in a chunk.
pub(super) const CHUNK: u64 = 64 << 10;
pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;
/// Bytes that sealing adds to a chunk.
pub(super) const ADDED: u64 = (NONCE + TAG) as u64;
pub(super) const SALT: usize = 16;
/// Bytes of the header before the sealed length.
pub(super) const BEGINNING: usize = MARK.len() + 4 + SALT;
/// Bytes of the header.
pub(super) const HEADER: u64 = (BEGINNING + SEALED_LENGTH) as u64;
/// Bytes of the sealed length.
pub(super) const SEALED_LENGTH: usize = NONCE + 8 + TAG;

const MARK: [u8; 8] = *b"LUNNYSF\x01";

/// Reason why a sealed file cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(
        "this server did not seal it, or with a key that it does not have: send or write it again"
    )]
    NotSealed,
    #[error("it is not complete: wait for its end, or send it again")]
    NotComplete,
    #[error("a part of it is missing on the server's disk: send or write it again")]
    Cut,
    #[error("it was changed or damaged on the server's disk: send or write it again")]
    Changed,
    #[error("files are sent from their beginning to their end, without a hole")]
    Hole,
}

impl Fault {
    /// The fault that an error is.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

/// The header but for the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) key_number: u32,
    pub(super) salt: [u8; SALT],
}

impl Header {
    /// That of a new file.
    pub(super) fn fresh(key_number: u32) -> io::Result<Self> {
        Ok(Self {
            key_number,
            salt: random()?,
        })
    }

    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut bytes = [0; BEGINNING];
        match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                // An empty file is one whose writer has not begun.
                let is_empty = file.metadata()?.len() == 0;
                return Err(match is_empty {
                    true => Fault::NotComplete.into(),
                    false => Fault::NotSealed.into(),
                });
            }
            Err(error) => return Err(error),
        }
        let (mark, rest) = bytes.split_at(MARK.len());
        let (number, salt) = rest.split_at(4);
        let parts = (number.try_into(), salt.try_into());
        match (mark == MARK, parts) {
            (true, (Ok(number), Ok(salt))) => Ok(Self {
                key_number: u32::from_le_bytes(number),
                salt,
            }),
            _ => Err(Fault::NotSealed.into()),
        }
    }

    pub(super) fn bytes(&self) -> [u8; BEGINNING] {
        let mut bytes = [0; BEGINNING];
        let number = self.key_number.to_le_bytes();
        let parts = MARK.iter().chain(&number).chain(&self.salt);
        for (place, byte) in bytes.iter_mut().zip(parts) {
            *place = *byte;
        }
        bytes
    }
}

/// Random bytes of the system.
pub(super) fn random<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// Place of a chunk in the file.
pub(super) fn place(chunk: u64) -> u64 {
    HEADER.saturating_add(chunk.saturating_mul(CHUNK + ADDED))
}

/// Size of a file with so much content.
pub(super) fn stored(content: u64) -> u64 {
    let last = match content % CHUNK {
        0 => 0,
        last => last + ADDED,
    };
    place(content / CHUNK).saturating_add(last)
}

/// Bytes of content in a file of this size.
pub(super) fn content(stored: u64) -> u64 {
    let chunks = stored.saturating_sub(HEADER);
    let last = (chunks % (CHUNK + ADDED)).saturating_sub(ADDED);
    chunks / (CHUNK + ADDED) * CHUNK + last
}
