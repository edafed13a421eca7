//! The values of a volume, slice by slice.

use std::io::{ErrorKind, Read};
use std::sync::OnceLock;

use flate2::bufread::MultiGzDecoder;

use super::super::error::Fault;
use super::super::file::{Cancellable, Picture};
use super::super::header::Header as FileHeader;
use super::super::scan::DARKEST_HU;
use super::super::{Format, MOST_ALLOCATED, Pixels};
use super::header::{Header, Stored, is_gzipped};
use super::orient::{Axis, Slicing};
use crate::cancel::Cancel;

/// Upper limit of the darkest value of a CT: only air and fat are as dark as this.
const DARK_HU: f64 = -200.0;
/// Upper limit of a scanner's values: 16 bits.
const BRIGHTEST_HU: f64 = 32_767.0;
/// Maximum share of voxels that may exceed it: metal, or artefacts of software.
const MOST_BEYOND: f64 = 0.001;
/// Maximum growth of a deflated byte.
const MOST_GROWTH: u64 = 1032;

/// A volume whose slices are decoded one at a time.
pub struct Volume {
    header: Header,
    slicing: Slicing,
    /// The inflated file, if it was gzipped.
    inflated: Option<Vec<u8>>,
    range: OnceLock<Range>,
}

/// The range of all values of a volume.
#[derive(Debug, Clone, Copy)]
struct Range {
    darkest: f64,
    brightest: f64,
    /// True if they are Hounsfield units.
    hounsfield: bool,
}

/// The header of a file that begins with `bytes`.
pub fn header(bytes: &[u8]) -> Result<FileHeader, Fault> {
    let header = Header::read(bytes)?;
    length(&header, bytes)?;
    let slicing = Slicing::of(&header);
    Ok(file_header(&header, &slicing))
}

/// Number of bytes of the header and the values; for a gzipped file checked against the limit.
fn length(header: &Header, bytes: &[u8]) -> Result<u64, Fault> {
    let values = header.voxels().saturating_mul(header.stored.bytes() as u64);
    let length = values.saturating_add(header.from as u64);
    if is_gzipped(bytes) && length > MOST_ALLOCATED {
        return Err(Fault::TooMuch {
            what: format!("{} MB once inflated", length >> 20),
            limit: format!("volumes of up to {} MB", MOST_ALLOCATED >> 20),
        });
    }
    Ok(length)
}

fn file_header(header: &Header, slicing: &Slicing) -> FileHeader {
    let length = |axis: Axis| header.size.get(axis.stored).copied().unwrap_or(1);
    FileHeader {
        frames: slicing.frames.clone(),
        ..FileHeader::of_picture(Format::Nifti, length(slicing.columns), length(slicing.rows))
    }
}

impl Volume {
    /// Reads the header and, for a gzipped file, the values.
    pub fn read(bytes: &[u8], cancel: &Cancel) -> Result<Self, Fault> {
        let header = Header::read(bytes)?;
        let length = length(&header, bytes)?;
        let inflated = if is_gzipped(bytes) {
            if length > MOST_GROWTH * bytes.len() as u64 {
                return Err(Fault::CutShort);
            }
            Some(inflate(bytes, length as usize, cancel)?)
        } else if length > bytes.len() as u64 {
            return Err(Fault::CutShort);
        } else {
            None
        };
        Ok(Self {
            slicing: Slicing::of(&header),
            header,
            inflated,
            range: OnceLock::new(),
        })
    }

    pub fn header(&self) -> FileHeader {
        file_header(&self.header, &self.slicing)
    }

    /// Decodes one slice of the file that the volume was read from.
    pub fn decode(&self, file: &[u8], frame: usize) -> Result<Picture, Fault> {
        let bytes = self.inflated.as_deref().unwrap_or(file);
        let values = bytes.get(self.header.from..).ok_or(Fault::CutShort)?;
        let range = *self.range.get_or_init(|| self.range(values));
        let rows = Steps::along(self.slicing.rows, self.header.size);
        let columns = Steps::along(self.slicing.columns, self.header.size);
        let slices = Steps::along(self.slicing.slices, self.header.size);
        let place = slices.place(frame);
        let voxels = (0..rows.count).flat_map(|row| {
            let place = place + rows.place(row);
            (0..columns.count).map(move |column| place + columns.place(column))
        });
        let found = voxels.map(|voxel| self.value(values, voxel).unwrap_or(f64::NAN));
        let pixels = if range.hounsfield {
            // A value that is not a number is outside the scan. A value that is too bright is clamped, as in a
            // DICOM file.
            let clamped = found.map(|value| value.max(DARKEST_HU).round() as i16);
            Pixels::Hounsfield(clamped.collect())
        } else {
            let darkest = range.darkest;
            let range = (range.brightest - darkest).max(f64::MIN_POSITIVE);
            let levels = found.map(|value| ((value - darkest) * 255.0 / range).round() as u8);
            Pixels::Grey(levels.collect())
        };
        let place = self.slicing.frames.get(frame);
        Ok(Picture {
            pixels,
            width: columns.count as u32,
            height: rows.count as u32,
            spacing_mm: place.and_then(|place| place.spacing_mm),
            colourfulness: 0.0,
            dicom: None,
        })
    }

    /// The darkest and the brightest value of the whole volume, and the unit that follows from them.
    fn range(&self, values: &[u8]) -> Range {
        let (mut darkest, mut brightest) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut beyond, mut voxels) = (0u64, 0u64);
        for voxel in 0..self.header.voxels() as usize {
            let Some(value) = self.value(values, voxel) else {
                break;
            };
            darkest = darkest.min(value);
            brightest = brightest.max(value);
            beyond += u64::from(value > BRIGHTEST_HU);
            voxels += 1;
        }
        Range {
            darkest,
            brightest,
            hounsfield: darkest <= DARK_HU && beyond as f64 <= MOST_BEYOND * voxels as f64,
        }
    }

    /// One value, scaled.
    fn value(&self, values: &[u8], voxel: usize) -> Option<f64> {
        let length = self.header.stored.bytes();
        let bytes = values.get(voxel * length..(voxel + 1) * length)?;
        let stored = number(bytes, self.header.stored, self.header.big_endian)?;
        Some(stored * self.header.slope + self.header.intercept)
    }
}

/// The voxels along one axis of the slices.
#[derive(Clone, Copy)]
struct Steps {
    count: usize,
    apart: usize,
    backwards: bool,
}

impl Steps {
    fn along(axis: Axis, size: [u32; 3]) -> Self {
        let lengths = size.map(|length| length as usize);
        Self {
            count: lengths.get(axis.stored).copied().unwrap_or(1),
            apart: lengths.iter().take(axis.stored).product(),
            backwards: axis.backwards,
        }
    }

    /// Distance of the voxel at `index` from the first one as stored, in voxels.
    fn place(self, index: usize) -> usize {
        let index = if self.backwards {
            self.count.saturating_sub(index + 1)
        } else {
            index
        };
        index * self.apart
    }
}

fn number(bytes: &[u8], stored: Stored, big_endian: bool) -> Option<f64> {
    fn array<const N: usize>(bytes: &[u8], big_endian: bool) -> Option<[u8; N]> {
        let mut array: [u8; N] = bytes.try_into().ok()?;
        if big_endian {
            array.reverse();
        }
        Some(array)
    }
    Some(match stored {
        Stored::U8 => f64::from(*bytes.first()?),
        Stored::I8 => f64::from(*bytes.first()? as i8),
        Stored::I16 => i16::from_le_bytes(array(bytes, big_endian)?).into(),
        Stored::U16 => u16::from_le_bytes(array(bytes, big_endian)?).into(),
        Stored::I32 => i32::from_le_bytes(array(bytes, big_endian)?).into(),
        Stored::U32 => u32::from_le_bytes(array(bytes, big_endian)?).into(),
        Stored::I64 => i64::from_le_bytes(array(bytes, big_endian)?) as f64,
        Stored::U64 => u64::from_le_bytes(array(bytes, big_endian)?) as f64,
        Stored::F32 => f32::from_le_bytes(array(bytes, big_endian)?).into(),
        Stored::F64 => f64::from_le_bytes(array(bytes, big_endian)?),
    })
}

/// The first `length` bytes of a gzipped file; its checksum is verified if it ends there.
fn inflate(bytes: &[u8], length: usize, cancel: &Cancel) -> Result<Vec<u8>, Fault> {
    let fault = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => Fault::CutShort,
        _ => Fault::damaged("it cannot be inflated"),
    };
    let mut decoder = Cancellable::new(MultiGzDecoder::new(bytes), cancel);
    let mut inflated = Vec::new();
    inflated.reserve_exact(length);
    let read = (&mut decoder)
        .take(length as u64)
        .read_to_end(&mut inflated);
    if cancel.is_cancelled() {
        return Err(Fault::Cancelled);
    }
    if read.map_err(fault)? < length {
        return Err(Fault::CutShort);
    }
    match decoder.read(&mut [0]) {
        // Bytes after the last member are not another member: some programs pad files.
        Err(error) if error.to_string().contains("header") => Ok(inflated),
        read => read.map_err(fault).map(|_| inflated),
    }
}
