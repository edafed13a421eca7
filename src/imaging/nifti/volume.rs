//! The values of a volume that is in memory, slice by slice.

use std::io::{ErrorKind, Read};
use std::sync::OnceLock;

use flate2::bufread::MultiGzDecoder;

use super::super::error::Fault;
use super::super::file::Picture;
use super::super::header::Header as FileHeader;
use super::super::opening::Cancellable;
use super::super::scan::DARKEST_HU;
use super::super::{Format, MOST_ALLOCATED, MOST_STREAMED_BYTES, Pixels};
use super::header::{Header, Stored, is_gzipped};
use super::orient::{Axis, Slicing};
use crate::cancel::Cancel;

/// Upper limit of the darkest value of a CT: only air and fat are as dark as this.
const DARK_HU: f64 = -200.0;
/// Upper limit of a scanner's values: 16 bits.
const BRIGHTEST_HU: f64 = 32_767.0;
/// Maximum share of voxels that may exceed it: metal, or artefacts of software.
const MOST_BEYOND: f64 = 0.001;
/// Brightest value of a scanner that does not extend its scale for metal: 12 bits.
const BRIGHT_HU: f64 = 4095.0;
/// Maximum share of voxels that may exceed it. In an MR that was interpolated below zero, most do.
const MOST_BRIGHT: f64 = 0.1;
/// Maximum growth of a deflated byte.
pub(super) const MOST_GROWTH: u64 = 1032;

/// A volume whose slices are decoded one at a time.
pub(crate) struct Volume {
    voxels: Voxels,
    /// The inflated file, if it was gzipped.
    inflated: Option<Vec<u8>>,
    range: OnceLock<Range>,
}

/// The header of a file that begins with `bytes`.
pub(crate) fn header(bytes: &[u8]) -> Result<FileHeader, Fault> {
    let voxels = Voxels::read(bytes)?;
    voxels.check_size()?;
    Ok(voxels.file_header())
}

/// Shape and scale of the voxels of a volume, and its slices.
pub(super) struct Voxels {
    pub header: Header,
    pub slicing: Slicing,
}

impl Voxels {
    /// Reads the header of a file that begins with `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let header = Header::read(bytes)?;
        Ok(Self {
            slicing: Slicing::of(&header),
            header,
        })
    }

    /// Number of bytes of the header and the values.
    pub(super) fn length(&self) -> u64 {
        let values = (self.header.voxels()).saturating_mul(self.header.stored.bytes() as u64);
        values.saturating_add(self.header.from as u64)
    }

    /// True if each slice is contiguous, so that it can be read without the others.
    pub(super) fn in_pieces(&self) -> bool {
        self.slicing.slices.stored == 2
    }

    /// The same voxels, stored slice after slice; the axes within a slice keep their order.
    pub(crate) fn slice_after_slice(&self) -> Self {
        let last = self.slicing.slices.stored;
        let places = [0, 1, 2].map(|axis| match axis {
            axis if axis == last => 2,
            axis if axis > last => axis - 1,
            axis => axis,
        });
        let moved = |axis: Axis| Axis {
            stored: places.get(axis.stored).copied().unwrap_or(axis.stored),
            ..axis
        };
        let mut size = self.header.size;
        for (&length, place) in self.header.size.iter().zip(places) {
            if let Some(slot) = size.get_mut(place) {
                *slot = length;
            }
        }
        Self {
            header: Header {
                size,
                ..self.header.clone()
            },
            slicing: Slicing {
                columns: moved(self.slicing.columns),
                rows: moved(self.slicing.rows),
                slices: moved(self.slicing.slices),
                frames: self.slicing.frames.clone(),
            },
        }
    }

    /// Checks the number of bytes against the limit.
    pub(crate) fn check_size(&self) -> Result<(), Fault> {
        let length = self.length();
        if length <= MOST_STREAMED_BYTES {
            return Ok(());
        }
        Err(Fault::TooMuch {
            what: format!("{} MB of values", length >> 20),
            limit: format!("volumes of up to {} MB", MOST_STREAMED_BYTES >> 20),
        })
    }

    pub(super) fn file_header(&self) -> FileHeader {
        let size = |axis: Axis| self.header.size.get(axis.stored).copied().unwrap_or(1);
        let (columns, rows) = (size(self.slicing.columns), size(self.slicing.rows));
        FileHeader {
            frames: self.slicing.frames.clone(),
            ..FileHeader::of_picture(Format::Nifti, columns, rows)
        }
    }

    /// Index of the first voxel of a slice as stored, and the number of its voxels, if it is contiguous.
    pub(super) fn piece(&self, frame: usize) -> (usize, usize) {
        let slices = Steps::along(self.slicing.slices, self.header.size);
        (slices.place(frame), slices.apart)
    }

    /// One slice of `values`, the first of which is voxel `first` of the volume.
    pub(super) fn picture(
        &self,
        values: &[u8],
        first: usize,
        range: Range,
        frame: usize,
    ) -> Picture {
        let rows = Steps::along(self.slicing.rows, self.header.size);
        let columns = Steps::along(self.slicing.columns, self.header.size);
        let slices = Steps::along(self.slicing.slices, self.header.size);
        let place = slices.place(frame).saturating_sub(first);
        let voxels = (0..rows.count).flat_map(|row| {
            let place = place + rows.place(row);
            (0..columns.count).map(move |column| place + columns.place(column))
        });
        let found = voxels.map(|voxel| self.value(values, voxel).unwrap_or(f64::NAN));
        let pixels = if range.is_hounsfield() {
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
        Picture {
            pixels,
            width: columns.count as u32,
            height: rows.count as u32,
            spacing_mm: place.and_then(|place| place.spacing_mm),
            colourfulness: 0.0,
            dicom: None,
        }
    }

    /// Adds `values` to a range: as many whole voxels as there are.
    pub(super) fn extend_range(&self, range: &mut Range, values: &[u8]) {
        let length = self.header.stored.bytes();
        for voxel in 0..values.len() / length {
            if let Some(value) = self.value(values, voxel) {
                range.add(value);
            }
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

/// The range of the values of a volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    darkest: f64,
    brightest: f64,
    voxels: u64,
    /// Number of voxels brighter than tissue.
    bright: u64,
    /// Number of voxels that no scanner measures.
    beyond: u64,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            darkest: f64::INFINITY,
            brightest: f64::NEG_INFINITY,
            voxels: 0,
            bright: 0,
            beyond: 0,
        }
    }
}

impl Range {
    fn add(&mut self, value: f64) {
        self.darkest = self.darkest.min(value);
        self.brightest = self.brightest.max(value);
        self.bright += u64::from(value > BRIGHT_HU);
        self.beyond += u64::from(value > BRIGHTEST_HU);
        self.voxels += 1;
    }

    /// True if the values are Hounsfield units.
    fn is_hounsfield(&self) -> bool {
        let within = |count: u64, most: f64| count as f64 <= most * self.voxels as f64;
        self.darkest <= DARK_HU
            && within(self.bright, MOST_BRIGHT)
            && within(self.beyond, MOST_BEYOND)
    }
}

impl Volume {
    /// Reads the header and, for a gzipped file, the values.
    pub(crate) fn read(bytes: &[u8], cancel: &Cancel) -> Result<Self, Fault> {
        let voxels = Voxels::read(bytes)?;
        voxels.check_size()?;
        let length = voxels.length();
        let inflated = if is_gzipped(bytes) {
            if length > MOST_GROWTH * bytes.len() as u64 {
                return Err(Fault::CutShort);
            }
            if length > MOST_ALLOCATED {
                return Err(Fault::TooMuch {
                    what: format!("{} MB once inflated", length >> 20),
                    limit: format!("volumes of up to {} MB in an archive", MOST_ALLOCATED >> 20),
                });
            }
            Some(inflate(bytes, length as usize, cancel)?)
        } else if length > bytes.len() as u64 {
            return Err(Fault::CutShort);
        } else {
            None
        };
        Ok(Self {
            voxels,
            inflated,
            range: OnceLock::new(),
        })
    }

    pub(crate) fn header(&self) -> FileHeader {
        self.voxels.file_header()
    }

    /// Decodes one slice of the file that the volume was read from.
    pub(crate) fn decode(&self, file: &[u8], frame: usize) -> Result<Picture, Fault> {
        let bytes = self.inflated.as_deref().unwrap_or(file);
        let from = self.voxels.header.from;
        let to = usize::try_from(self.voxels.length()).unwrap_or(usize::MAX);
        let values = bytes.get(from..to).ok_or(Fault::CutShort)?;
        let range = *self.range.get_or_init(|| {
            let mut range = Range::default();
            self.voxels.extend_range(&mut range, values);
            range
        });
        Ok(self.voxels.picture(values, 0, range, frame))
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
