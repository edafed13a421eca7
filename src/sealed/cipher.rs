//! Sealing and opening the chunks of one file, with AES-256-GCM.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::format::{
    ADDED, BEGINNING, CHUNK, Fault, Header, NONCE, SEALED_LENGTH, place, random, stored,
};
use super::key::FileKey;

/// The cipher of one file.
pub(super) struct Cipher {
    key: LessSafeKey,
    /// Of the file, to which its length is bound.
    beginning: [u8; BEGINNING],
}

impl Cipher {
    pub(super) fn new(key: &FileKey, header: &Header) -> io::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| Fault::NotSealed)?;
        Ok(Self {
            key: LessSafeKey::new(key),
            beginning: header.bytes(),
        })
    }

    /// Seals a chunk for its place.
    pub(super) fn seal(&self, chunk: u64, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.seal_as(&chunk.to_le_bytes(), bytes)
    }

    /// Reads the chunk of a file whose content has `length` bytes.
    pub(super) fn read(&self, file: &File, chunk: u64, length: u64) -> io::Result<Vec<u8>> {
        let bytes = length
            .saturating_sub(chunk.saturating_mul(CHUNK))
            .min(CHUNK);
        let mut sealed = vec![0; (bytes + ADDED) as usize];
        file.read_exact_at(&mut sealed, place(chunk)).map_err(cut)?;
        self.open(&chunk.to_le_bytes(), sealed)
    }

    /// The length in the bytes of the header.
    pub(super) fn seal_length(&self, length: u64) -> io::Result<Vec<u8>> {
        self.seal_as(&self.beginning, &length.to_le_bytes())
    }

    /// The length of the content of a file that is complete.
    pub(super) fn length(&self, file: &File) -> io::Result<u64> {
        let mut sealed = [0; SEALED_LENGTH];
        file.read_exact_at(&mut sealed, BEGINNING as u64)
            .map_err(cut)?;
        if sealed == [0; SEALED_LENGTH] {
            return Err(Fault::NotComplete.into());
        }
        let opened = self.open(&self.beginning, sealed.to_vec())?;
        let length = opened.as_slice().try_into().map_err(|_| Fault::Changed)?;
        let length = u64::from_le_bytes(length);
        let there = file.metadata()?.len();
        match there.cmp(&stored(length)) {
            std::cmp::Ordering::Equal => Ok(length),
            std::cmp::Ordering::Less => Err(Fault::Cut.into()),
            std::cmp::Ordering::Greater => Err(Fault::Changed.into()),
        }
    }

    fn seal_as(&self, bound: &[u8], bytes: &[u8]) -> io::Result<Vec<u8>> {
        let nonce: [u8; NONCE] = random()?;
        let mut sealed = Vec::with_capacity(bytes.len() + ADDED as usize);
        sealed.extend(nonce);
        sealed.extend(bytes);
        let rest = sealed.get_mut(NONCE..).unwrap_or_default();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(bound), rest);
        // Refused only above 64 GB.
        sealed.extend(tag.map_err(|_| Fault::Changed)?.as_ref());
        Ok(sealed)
    }

    fn open(&self, bound: &[u8], mut sealed: Vec<u8>) -> io::Result<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_mut_checked(NONCE).ok_or(Fault::Cut)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Fault::Cut)?;
        let opened = self.key.open_in_place(nonce, Aad::from(bound), rest);
        let length = opened.map_err(|_| Fault::Changed)?.len();
        sealed.drain(..NONCE);
        sealed.truncate(length);
        Ok(sealed)
    }
}

/// A file that ends too early is a cut one.
fn cut(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Cut.into(),
        _ => error,
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Cipher(hidden)")
    }
}
