//! Pieces of a gzipped file (RFC 1952) that is too large to be inflated into memory: copies of the decoder's state are kept
//! every few megabytes, and a piece is inflated from the one before it.

use std::sync::{Mutex, PoisonError};

use flate2::Crc;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::super::error::Fault;
use super::super::shared_file::SharedFile;
use crate::cancel::Cancel;

/// Distance of kept states, in inflated bytes. A state takes 43 kB.
const APART: u64 = 8 << 20;
/// Number of packed bytes that are read at a time. The header of a member fits into as many.
const INPUT: usize = 64 << 10;
/// Number of bytes behind a member: checksum and length.
const TRAILER: u64 = 8;

/// Part of a gzipped file that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Deflated,
    Trailer,
    End,
}

/// A position within a gzipped file, from which inflating goes on.
#[derive(Clone)]
struct Position {
    state: Box<InflateState>,
    part: Part,
    /// Number of packed and of inflated bytes before it.
    packed: u64,
    inflated: u64,
}

/// A gzipped file that was inflated once from beginning to end.
pub(super) struct Gzip {
    positions: Vec<Position>,
    /// The position behind the piece that was read last: mostly the next piece is wanted next.
    last: Mutex<Option<Position>>,
}

impl Gzip {
    /// Inflates the first `length` bytes of `file`, gives them to `take` piece by piece, and keeps positions.
    ///
    /// Errors: [`Fault::CutShort`] if there are fewer bytes; damaged; cancelled.
    pub(super) fn index(
        file: &SharedFile,
        length: u64,
        cancel: &Cancel,
        mut take: impl FnMut(&[u8]),
    ) -> Result<Self, Fault> {
        let mut position = Position {
            state: InflateState::new_boxed(DataFormat::Raw),
            part: Part::Header,
            packed: 0,
            inflated: 0,
        };
        let mut positions = vec![position.clone()];
        let mut buffer = vec![0; 1 << 20];
        let mut checksum = Crc::new();
        while position.inflated < length {
            if cancel.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            let wanted = (length - position.inflated).min(buffer.len() as u64) as usize;
            let piece = buffer.get_mut(..wanted).unwrap_or_default();
            let read = position.read(file, piece, Some(&mut checksum))?;
            if read == 0 {
                return Err(Fault::CutShort);
            }
            take(piece.get(..read).unwrap_or_default());
            let kept = positions.last().map_or(0, |kept| kept.inflated);
            if position.inflated - kept >= APART {
                positions.push(position.clone());
            }
        }
        // The checksum of the last member follows its last byte.
        position.read(file, &mut [0], Some(&mut checksum))?;
        Ok(Self {
            positions,
            last: Mutex::new(None),
        })
    }

    /// Inflates `buffer` from `place` on.
    pub(super) fn read(
        &self,
        file: &SharedFile,
        place: u64,
        buffer: &mut [u8],
    ) -> Result<(), Fault> {
        let last = (self.last.lock().unwrap_or_else(PoisonError::into_inner)).take();
        let before = |position: &&Position| position.inflated <= place;
        let kept = self.positions.iter().rev().find(before);
        let last = last.filter(|last| last.inflated <= place);
        let nearer = last.filter(|last| kept.is_none_or(|kept| kept.inflated <= last.inflated));
        let mut position = match nearer {
            Some(last) => last,
            None => kept.cloned().ok_or(Fault::CutShort)?,
        };
        let mut skipped = vec![0; 256 << 10];
        while position.inflated < place {
            let wanted = (place - position.inflated).min(skipped.len() as u64) as usize;
            let piece = skipped.get_mut(..wanted).unwrap_or_default();
            if position.read(file, piece, None)? == 0 {
                return Err(Fault::CutShort);
            }
        }
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match position.read(file, rest, None)? {
                0 => return Err(Fault::CutShort),
                read => filled += read,
            }
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(position);
        Ok(())
    }
}

impl Position {
    /// Inflates into `output`; number of bytes, 0 at the end of the last member only.
    fn read(
        &mut self,
        file: &SharedFile,
        output: &mut [u8],
        mut checksum: Option<&mut Crc>,
    ) -> Result<usize, Fault> {
        let mut input = vec![0; INPUT];
        loop {
            let read = file.read_at(self.packed, &mut input);
            let read =
                read.map_err(|error| Fault::damaged(format_args!("it cannot be read: {error}")))?;
            let input = input.get(..read).unwrap_or_default();
            match self.part {
                Part::End => return Ok(0),
                Part::Header => match member_header(input)? {
                    Some(length) => {
                        self.packed += length;
                        self.state = InflateState::new_boxed(DataFormat::Raw);
                        self.part = Part::Deflated;
                        if let Some(checksum) = &mut checksum {
                            checksum.reset();
                        }
                    }
                    // Bytes after the last member are not another member: some programs pad files.
                    None if self.inflated > 0 => self.part = Part::End,
                    None => return Err(Fault::damaged("it cannot be inflated")),
                },
                Part::Deflated => {
                    let done = inflate(&mut self.state, input, output, MZFlush::None);
                    self.packed += done.bytes_consumed as u64;
                    self.inflated += done.bytes_written as u64;
                    if let Some(checksum) = &mut checksum {
                        checksum.update(output.get(..done.bytes_written).unwrap_or_default());
                    }
                    match done.status {
                        Ok(MZStatus::StreamEnd) => self.part = Part::Trailer,
                        Ok(_) | Err(MZError::Buf)
                            if !input.is_empty() || done.bytes_written > 0 => {}
                        Ok(_) | Err(MZError::Buf) => return Err(Fault::CutShort),
                        Err(_) => return Err(Fault::damaged("it cannot be inflated")),
                    }
                    if done.bytes_written > 0 {
                        return Ok(done.bytes_written);
                    }
                }
                Part::Trailer => {
                    let stated = *input.first_chunk::<4>().ok_or(Fault::CutShort)?;
                    if let Some(checksum) = &mut checksum
                        && checksum.sum() != u32::from_le_bytes(stated)
                    {
                        return Err(Fault::damaged("it cannot be inflated"));
                    }
                    self.packed += TRAILER;
                    self.part = Part::Header;
                }
            }
        }
    }
}

/// Length of the header that a member begins with; `None` if no member begins.
fn member_header(input: &[u8]) -> Result<Option<u64>, Fault> {
    const CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    if !input.starts_with(b"\x1f\x8b\x08") {
        return Ok(None);
    }
    let cut = || Fault::damaged("it cannot be inflated");
    let flags = *input.get(3).ok_or(Fault::CutShort)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        let length = input.get(at..).and_then(<[u8]>::first_chunk::<2>);
        at += 2 + usize::from(u16::from_le_bytes(*length.ok_or_else(cut)?));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let rest = input.get(at..).ok_or_else(cut)?;
            at += rest.iter().position(|&byte| byte == 0).ok_or_else(cut)? + 1;
        }
    }
    if flags & CHECKSUM != 0 {
        at += 2;
    }
    Ok(Some(at as u64))
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use flate2::write::GzEncoder;
    use flate2::{Compression, GzBuilder};

    use super::*;

    fn file(bytes: &[u8]) -> SharedFile {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        SharedFile::new(crate::sealed::Opened::plain(file).unwrap())
    }

    /// Bytes that deflate has work with.
    fn bytes(length: usize) -> Vec<u8> {
        let mut state = 7u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 28) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    fn packed(parts: &[&[u8]]) -> Vec<u8> {
        let part = |part: &&[u8]| {
            let encoder = GzBuilder::new()
                .filename("volume.nii")
                .comment("made")
                .extra([1, 2, 3]);
            let mut encoder: GzEncoder<Vec<u8>> = encoder.write(Vec::new(), Compression::fast());
            encoder.write_all(part).unwrap();
            encoder.finish().unwrap()
        };
        parts.iter().flat_map(part).collect()
    }

    fn index(file: &SharedFile, length: usize) -> Result<(Gzip, Vec<u8>), Fault> {
        let mut taken = Vec::new();
        let gzip = Gzip::index(file, length as u64, &Cancel::default(), |piece| {
            taken.extend(piece);
        })?;
        Ok((gzip, taken))
    }

    #[test]
    fn pieces_are_read_in_any_order() {
        let whole = bytes(2 * APART as usize + 2_012_345);
        let (first, second) = whole.split_at(APART as usize - 5);
        let file = file(&[packed(&[first, second]), vec![0; 700]].concat());
        let (gzip, taken) = index(&file, whole.len()).unwrap();
        assert!(taken == whole);
        assert_eq!(gzip.positions.len(), 3);
        let end = whole.len() - 1000;
        for place in [
            0,
            500_000,
            501_000,
            APART as usize - 100,
            end,
            3,
            2 * APART as usize,
        ] {
            let mut piece = vec![0; 1000];
            gzip.read(&file, place as u64, &mut piece).unwrap();
            assert!(piece == whole[place..place + 1000], "{place}");
        }
        let mut beyond = vec![0; 1001];
        assert_eq!(
            gzip.read(&file, end as u64, &mut beyond),
            Err(Fault::CutShort)
        );
    }

    #[test]
    fn a_file_that_is_cut_or_damaged_is_refused() {
        let whole = bytes(300_000);
        let good = packed(&[&whole]);
        assert!(index(&file(&good), whole.len()).is_ok());
        for length in [5, 20, good.len() / 2, good.len() - 9] {
            assert!(
                index(&file(&good[..length]), whole.len()).is_err(),
                "{length}"
            );
        }
        assert!(matches!(
            index(&file(&good), whole.len() + 1),
            Err(Fault::CutShort)
        ));
        for at in [good.len() - 8, good.len() / 2] {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert!(index(&file(&changed), whole.len()).is_err(), "{at}");
        }
    }
}
