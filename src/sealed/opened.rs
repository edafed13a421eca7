//! A file that is read: a plain one, or a sealed one chunk by chunk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::cipher::Cipher;
use super::format::{CHUNK, Header};
use super::key::FileKey;

/// An open file.
#[derive(Debug)]
pub struct Opened {
    file: File,
    length: u64,
    /// Of a sealed file.
    sealed: Option<Box<Reader>>,
}

#[derive(Debug)]
struct Reader {
    key: FileKey,
    cipher: Cipher,
    place: u64,
    /// The last chunk that was read.
    chunk: Option<(u64, Vec<u8>)>,
}

impl Opened {
    /// A file that is not sealed.
    ///
    /// # Errors
    /// Of the system.
    pub fn plain(file: File) -> io::Result<Self> {
        Ok(Self {
            length: file.metadata()?.len(),
            file,
            sealed: None,
        })
    }

    /// A sealed file, with its key.
    ///
    /// # Errors
    /// Of the system; a [`Fault`](super::Fault) of a file that is not sealed with the key, not whole or was changed.
    pub fn sealed(file: File, key: FileKey) -> io::Result<Self> {
        let cipher = Cipher::new(&key, &Header::read(&file)?)?;
        let length = cipher.length(&file)?;
        let reader = Reader {
            key,
            cipher,
            place: 0,
            chunk: None,
        };
        Ok(Self {
            file,
            length,
            sealed: Some(Box::new(reader)),
        })
    }

    /// The same file for another process: as it lies on the disk, and the key of a sealed one.
    pub fn parts(&self) -> (&File, Option<FileKey>) {
        let key = self.sealed.as_ref().map(|sealed| sealed.key.clone());
        (&self.file, key)
    }

    /// A file from its parts.
    ///
    /// # Errors
    /// Those of [`Opened::sealed`].
    pub fn of_parts(file: File, key: Option<FileKey>) -> io::Result<Self> {
        match key {
            Some(key) => Self::sealed(file, key),
            None => Self::plain(file),
        }
    }

    /// Number of bytes of the content when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// As it lies on the disk.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Another handle. As of any file, the place of a plain one is shared between them.
    ///
    /// # Errors
    /// Of the system.
    pub fn try_clone(&self) -> io::Result<Self> {
        let (file, key) = self.parts();
        Self::of_parts(file.try_clone()?, key)
    }

    /// Bytes from `place` on, as many as fit and are there; none at the end.
    ///
    /// # Errors
    /// Of the system; a [`Fault`](super::Fault) of a chunk that was changed.
    pub fn read_at(&mut self, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.sealed {
            Some(reader) => reader.read_at(&self.file, self.length, place, buffer),
            None => std::os::unix::fs::FileExt::read_at(&self.file, buffer, place),
        }
    }
}

impl Reader {
    fn read_at(
        &mut self,
        file: &File,
        length: u64,
        place: u64,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        let mut read = 0;
        let mut place = place;
        while place < length
            && let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty())
        {
            let index = place / CHUNK;
            let chunk = match self.chunk.take() {
                Some((at, chunk)) if at == index => chunk,
                _ => self.cipher.read(file, index, length)?,
            };
            let from = (place % CHUNK) as usize;
            let bytes = chunk.get(from..).unwrap_or_default();
            let count = bytes.len().min(rest.len());
            for (to, from) in rest.iter_mut().zip(bytes) {
                *to = *from;
            }
            self.chunk = Some((index, chunk));
            if count == 0 {
                break;
            }
            read += count;
            place += count as u64;
        }
        Ok(read)
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(reader) = &mut self.sealed else {
            return self.file.read(buffer);
        };
        let read = reader.read_at(&self.file, self.length, reader.place, buffer)?;
        reader.place += read as u64;
        Ok(read)
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let Some(reader) = &mut self.sealed else {
            return self.file.seek(to);
        };
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => reader.place.checked_add_signed(by),
        };
        reader.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(reader.place)
    }
}
