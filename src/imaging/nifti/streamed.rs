//! Volumes that are too large for memory: their slices are read from the file, one at a time where each is contiguous.

use super::super::error::Fault;
use super::super::file::Picture;
use super::super::header::Header as FileHeader;
use super::super::shared_file::SharedFile;
use super::super::{MOST_BYTES, MOST_STREAMED_BYTES};
use super::gzip::Gzip;
use super::header::is_gzipped;
use super::slabs::Slabs;
use super::volume::{MOST_GROWTH, Range, Voxels};
use crate::cancel::Cancel;
use crate::decode;

/// Maximum number of bytes of a gzipped volume that is inflated into memory.
const MOST_IN_MEMORY: u64 = MOST_BYTES;
/// Number of bytes of values that are read at a time: whole voxels of every size.
const PIECE: usize = 1 << 20;
/// Number of bytes of values that are looked through in a second, at the least.
const BYTES_PER_SECOND: u64 = 128 << 20;

/// A volume in a file that stays open.
pub(crate) struct StreamedVolume {
    voxels: Voxels,
    file: SharedFile,
    /// `None` if the file is not gzipped.
    gzip: Option<Gzip>,
    /// `None` if the slices lie one after the other.
    slabs: Option<Slabs>,
    range: Range,
}

/// True if a file that begins with `bytes` is a volume that is read slice by slice.
pub(crate) fn is_streamed(bytes: &[u8], length: u64) -> bool {
    Voxels::read(bytes).is_ok_and(|voxels| match is_gzipped(bytes) {
        true => voxels.length() > MOST_IN_MEMORY,
        false => length > MOST_BYTES,
    })
}

/// The header of such a file of `length` bytes that begins with `bytes`.
pub(crate) fn streamed_header(bytes: &[u8], length: u64) -> Result<FileHeader, Fault> {
    Ok(checked(bytes, length)?.file_header())
}

/// The voxels, within the limits and not more than the file can hold.
fn checked(bytes: &[u8], length: u64) -> Result<Voxels, Fault> {
    let voxels = Voxels::read(bytes)?;
    let gzipped = is_gzipped(bytes);
    voxels.check_size()?;
    if length > MOST_STREAMED_BYTES {
        return Err(Fault::TooMuch {
            what: format!("{} MB", length >> 20),
            limit: format!("files of up to {} MB", MOST_STREAMED_BYTES >> 20),
        });
    }
    let growth = if gzipped { MOST_GROWTH } else { 1 };
    match voxels.length() > length.saturating_mul(growth) {
        true => Err(Fault::CutShort),
        false => Ok(voxels),
    }
}

impl StreamedVolume {
    /// Reads every value once, for their range, in pieces. `bytes` are the beginning of the file, which has `length` bytes.
    pub(crate) fn open(
        bytes: &[u8],
        file: SharedFile,
        length: u64,
        cancel: &Cancel,
    ) -> Result<Self, Fault> {
        let voxels = checked(bytes, length)?;
        decode::allow_more((voxels.length() / BYTES_PER_SECOND) as u32);
        let mut range = Range::default();
        let gzip = match is_gzipped(bytes) {
            true => Some(index(&voxels, &file, cancel, &mut range)?),
            false => {
                look_through(&voxels, &file, cancel, &mut range)?;
                None
            }
        };
        Ok(Self {
            slabs: Slabs::of(&voxels),
            voxels,
            file,
            gzip,
            range,
        })
    }

    pub(crate) fn header(&self) -> FileHeader {
        self.voxels.file_header()
    }

    /// Reads and decodes one slice.
    pub(crate) fn decode(&self, frame: usize) -> Result<Picture, Fault> {
        if let Some(slabs) = &self.slabs {
            // All values may have to be read.
            decode::allow_more((self.voxels.length() / BYTES_PER_SECOND) as u32);
            let read = |place, buffer: &mut [u8]| self.read(place, buffer);
            return slabs.decode(frame, self.range, read);
        }
        let (first, count) = self.voxels.piece(frame);
        let each = self.voxels.header.stored.bytes();
        let mut values = vec![0; count * each];
        let place = self.voxels.header.from as u64 + first as u64 * each as u64;
        self.read(place, &mut values)?;
        Ok(self.voxels.picture(&values, first, self.range, frame))
    }

    /// Fills `buffer` from `place` on, in bytes of the file or of what it inflates to.
    fn read(&self, place: u64, buffer: &mut [u8]) -> Result<(), Fault> {
        match &self.gzip {
            Some(gzip) => gzip.read(&self.file, place, buffer),
            None => {
                let read = self.file.read_exact_at(place, buffer);
                read.map_err(|_| Fault::CutShort)
            }
        }
    }

    pub(crate) fn file(&self) -> &SharedFile {
        &self.file
    }
}

/// Adds all values of a file that is not gzipped to `range`.
fn look_through(
    voxels: &Voxels,
    file: &SharedFile,
    cancel: &Cancel,
    range: &mut Range,
) -> Result<(), Fault> {
    let (mut place, end) = (voxels.header.from as u64, voxels.length());
    let mut piece = vec![0; PIECE];
    while place < end {
        if cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        let wanted = (end - place).min(piece.len() as u64) as usize;
        let values = piece.get_mut(..wanted).unwrap_or_default();
        let read = file.read_exact_at(place, values);
        read.map_err(|_| Fault::CutShort)?;
        voxels.extend_range(range, values);
        place += wanted as u64;
    }
    Ok(())
}

/// The same for a gzipped file.
fn index(
    voxels: &Voxels,
    file: &SharedFile,
    cancel: &Cancel,
    range: &mut Range,
) -> Result<Gzip, Fault> {
    let each = voxels.header.stored.bytes();
    let mut before = voxels.header.from as u64;
    // Values of which the last voxel may not be whole yet.
    let mut values = Vec::new();
    Gzip::index(file, voxels.length(), cancel, |piece| {
        let skipped = before.min(piece.len() as u64);
        before -= skipped;
        values.extend_from_slice(piece.get(skipped as usize..).unwrap_or_default());
        let whole = values.len() / each * each;
        voxels.extend_range(range, values.get(..whole).unwrap_or_default());
        values.drain(..whole);
    })
}
