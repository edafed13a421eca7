//! An open file from which several threads read pieces.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::sealed::Opened;
use crate::text::hexadecimal;

/// Number of bytes that are hashed at a time.
const HASHED_AT_ONCE: usize = 1 << 20;

pub(super) struct SharedFile(Mutex<Hashed>);

/// The open file, and its hash after the first request for it.
struct Hashed {
    file: Opened,
    sha256: Option<String>,
}

impl SharedFile {
    pub(super) fn new(file: Opened) -> Self {
        Self(Mutex::new(Hashed { file, sha256: None }))
    }

    /// Fills `buffer` from `place` on. Error: the file ends before.
    pub(super) fn read_exact_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut hashed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hashed.file.seek(SeekFrom::Start(place))?;
        hashed.file.read_exact(buffer)
    }

    /// Fills as much of `buffer` as there is from `place` on; number of bytes, 0 at the end of the file.
    pub(super) fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut hashed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hashed.file.seek(SeekFrom::Start(place))?;
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match hashed.file.read(rest) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    /// SHA-256 of the whole file, lower-case hexadecimal. Computed once; other threads that need it wait.
    pub(super) fn sha256(&self) -> io::Result<String> {
        let mut hashed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sha256) = &hashed.sha256 {
            return Ok(sha256.clone());
        }
        hashed.file.seek(SeekFrom::Start(0))?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; HASHED_AT_ONCE];
        loop {
            let read = hashed.file.read(&mut buffer)?;
            match buffer.get(..read) {
                None | Some([]) => break,
                Some(bytes) => hash.update(bytes),
            }
        }
        let sha256 = hexadecimal(&hash.finalize());
        hashed.sha256 = Some(sha256.clone());
        Ok(sha256)
    }
}
