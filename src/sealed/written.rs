//! A sealed file that is written, at any place, and takes room of its area.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::cipher::Cipher;
use super::format::{
    BEGINNING, CHUNK, Fault, HEADER, Header, SEALED_LENGTH, content, place, stored,
};
use super::key::FileKey;
use super::room::Room;

/// Bytes that a write may leave out before it. Clients have some requests on their way at once, in order.
const LARGEST_HOLE: u64 = 16 << 20;

/// A sealed file that is written. Until [`Written::complete`] it tells its readers that it is not complete.
#[derive(Debug)]
pub struct Written {
    file: File,
    cipher: Cipher,
    /// Bytes of content.
    length: u64,
    /// True if the header has the length.
    is_complete: bool,
    /// The chunk that is worked on.
    chunk: Option<Chunk>,
    /// Where [`Write`] goes on.
    place: u64,
    room: Arc<Room>,
    /// Bytes that this file took, for a caller that takes it away again.
    taken: u64,
}

#[derive(Debug)]
struct Chunk {
    index: u64,
    bytes: Vec<u8>,
    is_changed: bool,
}

impl Written {
    /// An empty file in the place of what `file` holds.
    pub(super) fn begin(
        file: File,
        header: Header,
        key: &FileKey,
        room: Arc<Room>,
    ) -> io::Result<Self> {
        file.set_len(0)?;
        let mut bytes = header.bytes().to_vec();
        bytes.resize(HEADER as usize, 0);
        file.write_all_at(&bytes, 0)?;
        Ok(Self {
            cipher: Cipher::new(key, &header)?,
            file,
            length: 0,
            is_complete: false,
            chunk: None,
            place: 0,
            room,
            taken: 0,
        })
    }

    /// A file that is there.
    pub(super) fn go_on(
        file: File,
        header: Header,
        key: &FileKey,
        room: Arc<Room>,
    ) -> io::Result<Self> {
        let cipher = Cipher::new(key, &header)?;
        let (length, is_complete) = match cipher.length(&file) {
            Ok(length) => (length, true),
            Err(error) if Fault::of(&error) == Some(Fault::NotComplete) => {
                let length = content(file.metadata()?.len());
                // Of a chunk that was written in part, too little may be there to hold any content.
                file.set_len(stored(length))?;
                (length, false)
            }
            Err(error) => return Err(error),
        };
        let mut written = Self {
            file,
            cipher,
            length,
            is_complete,
            chunk: None,
            place: 0,
            room,
            taken: 0,
        };
        // The last write may have been cut off.
        if let Some(last) = length.checked_sub(1) {
            written.load(last / CHUNK)?;
        }
        Ok(written)
    }

    /// Bytes of the content.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// As it lies on the disk.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Writes all bytes at a place.
    ///
    /// # Errors
    /// Of the system, [`Full`](super::Full), or [`Fault::Hole`] far behind the end.
    pub fn write_at(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let end = place.checked_add(bytes.len() as u64).ok_or(super::Full)?;
        if bytes.is_empty() {
            return Ok(());
        }
        if end > self.length {
            self.take(end - self.length)?;
            let grown = self.grow(place.max(self.length), end);
            if grown.is_err() {
                self.give_back(end - self.length);
            }
            grown?;
        }
        self.begin_changes()?;
        let (mut place, mut bytes) = (place, bytes);
        while !bytes.is_empty() {
            let index = place / CHUNK;
            let from = (place % CHUNK) as usize;
            let count = bytes.len().min(CHUNK as usize - from);
            let (now, later) = bytes.split_at(count);
            let length = self.length;
            let chunk = self.load(index)?;
            let size = length.saturating_sub(index * CHUNK).min(CHUNK) as usize;
            chunk.bytes.resize(size, 0);
            let to = chunk.bytes.get_mut(from..from + count);
            to.ok_or(Fault::Changed)?.copy_from_slice(now);
            chunk.is_changed = true;
            (place, bytes) = (place + count as u64, later);
        }
        Ok(())
    }

    /// Makes the content end at `length`.
    ///
    /// # Errors
    /// As [`Written::write_at`].
    pub fn resize(&mut self, length: u64) -> io::Result<()> {
        if length == self.length {
            return Ok(());
        }
        if length > self.length {
            let more = length - self.length;
            self.take(more)?;
            let grown = self.grow(length, length);
            if grown.is_err() {
                self.give_back(more);
            }
            return grown;
        }
        self.begin_changes()?;
        let less = self.length - length;
        let last = length / CHUNK;
        let kept = (length % CHUNK) as usize;
        if kept > 0 {
            let chunk = self.load(last)?;
            chunk.bytes.truncate(kept);
            chunk.is_changed = true;
        } else {
            self.store()?;
            self.chunk = None;
        }
        self.length = length;
        self.give_back(less);
        self.file.set_len(place(last))?;
        self.store()
    }

    /// Bytes from `place` on, as many as fit and are there; none at the end.
    ///
    /// # Errors
    /// Of the system, or of a chunk that was changed.
    pub fn read_at(&mut self, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if place >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let chunk = self.load(place / CHUNK)?;
        let bytes = chunk.bytes.get((place % CHUNK) as usize..);
        let bytes = bytes.unwrap_or_default();
        let count = bytes.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(count)
    }

    /// Writes what is left, and the length: the file is complete.
    ///
    /// # Errors
    /// Of the system.
    pub fn complete(&mut self) -> io::Result<()> {
        self.store()?;
        if !self.is_complete {
            let length = self.cipher.seal_length(self.length)?;
            self.file.write_all_at(&length, BEGINNING as u64)?;
            self.is_complete = true;
        }
        Ok(())
    }

    /// Gives back the room that it took since it was opened: the file does not stay.
    pub fn discard(&mut self) {
        self.room.give_back(std::mem::take(&mut self.taken));
    }

    fn take(&mut self, bytes: u64) -> io::Result<()> {
        self.room.take(bytes)?;
        self.taken += bytes;
        Ok(())
    }

    fn give_back(&mut self, bytes: u64) {
        self.room.give_back(bytes);
        self.taken = self.taken.saturating_sub(bytes);
    }

    /// Readers are told that the file is not complete before it is changed.
    fn begin_changes(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_complete) {
            let zeros = [0; SEALED_LENGTH];
            self.file.write_all_at(&zeros, BEGINNING as u64)?;
        }
        Ok(())
    }

    /// Makes the content end at `end`, with zeros up to `from`.
    fn grow(&mut self, from: u64, end: u64) -> io::Result<()> {
        if from - self.length > LARGEST_HOLE {
            return Err(Fault::Hole.into());
        }
        self.begin_changes()?;
        // Chunks before the last are full.
        while self.length < from {
            let index = self.length / CHUNK;
            let next = ((index + 1) * CHUNK).min(from);
            let size = (next - index * CHUNK) as usize;
            let chunk = self.load(index)?;
            chunk.bytes.resize(size, 0);
            chunk.is_changed = true;
            self.length = next;
        }
        self.length = end;
        Ok(())
    }

    /// The chunk in memory, the one before written. One behind the end of the file is empty.
    fn load(&mut self, index: u64) -> io::Result<&mut Chunk> {
        let is_there = self
            .chunk
            .as_ref()
            .is_some_and(|chunk| chunk.index == index);
        if !is_there {
            self.store()?;
            let stored_bytes = self.file.metadata()?.len();
            let there = content(stored_bytes);
            let bytes = match index * CHUNK < there {
                true => self.cipher.read(&self.file, index, there)?,
                false => Vec::new(),
            };
            self.chunk = Some(Chunk {
                index,
                bytes,
                is_changed: false,
            });
        }
        self.chunk.as_mut().ok_or_else(|| Fault::Changed.into())
    }

    fn store(&mut self) -> io::Result<()> {
        if let Some(chunk) = self.chunk.as_mut().filter(|chunk| chunk.is_changed) {
            let sealed = self.cipher.seal(chunk.index, &chunk.bytes)?;
            self.file.write_all_at(&sealed, place(chunk.index))?;
            chunk.is_changed = false;
        }
        Ok(())
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_at(self.place, bytes)?;
        self.place += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // A client may go on with a file that it did not complete.
        let _ = self.store();
    }
}
