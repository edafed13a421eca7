//! The fixed header of a NIfTI file (nifti.nimh.nih.gov: nifti1.h, nifti2.h).

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::super::error::Fault;
use super::super::file::within_limits;
use super::super::header::MOST_FRAMES;

/// Length of the header of version 2; that of version 1 has 348 bytes.
const LONGEST: usize = 540;

/// Data type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Stored {
    /// Number of bytes of one value.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    fn of(code: i64) -> Result<Self, Fault> {
        match code {
            2 => Ok(Self::U8),
            4 => Ok(Self::I16),
            8 => Ok(Self::I32),
            16 => Ok(Self::F32),
            64 => Ok(Self::F64),
            256 => Ok(Self::I8),
            512 => Ok(Self::U16),
            768 => Ok(Self::U32),
            1024 => Ok(Self::I64),
            1280 => Ok(Self::U64),
            other => Err(Fault::Unsupported {
                what: format!("NIfTI with values of type {other}"),
                advice: "save it with 16-bit integers",
            }),
        }
    }
}

/// The fields of the header, with lengths in mm.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub big_endian: bool,
    /// Number of voxels along the three axes as stored, the first one fastest.
    pub size: [u32; 3],
    pub stored: Stored,
    /// Start of the values, in bytes.
    pub from: usize,
    /// A value is `slope * stored + intercept`.
    pub slope: f64,
    pub intercept: f64,
    /// Distance between voxels along the axes, in mm, if stated.
    pub spacing_mm: Option<[f64; 3]>,
    /// From voxel indices to mm: x to the right, y to the front, z to the head. One row for each axis of the
    /// body.
    pub affine: Option<[[f64; 4]; 3]>,
}

/// True if the bytes begin like a NIfTI file, gzipped or not.
pub(crate) fn is_nifti(bytes: &[u8]) -> bool {
    beginning(bytes).is_some_and(|bytes| Fields::of(&bytes).is_some())
}

/// True if the bytes begin like a gzipped file.
pub(super) fn is_gzipped(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

/// The first bytes of a file, inflated if it is gzipped.
fn beginning(bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_gzipped(bytes) {
        return Some(bytes.get(..LONGEST).unwrap_or(bytes).to_vec());
    }
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(bytes)
        .take(LONGEST as u64)
        .read_to_end(&mut inflated);
    // Bytes inflated before the end of a partial file are valid.
    (read.is_ok() || !inflated.is_empty()).then_some(inflated)
}

/// The fields of a header by version and byte order.
struct Fields<'a> {
    bytes: &'a [u8],
    version: u8,
    big_endian: bool,
}

impl<'a> Fields<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let size = *bytes.first_chunk::<4>()?;
        let (big_endian, size) = match (u32::from_le_bytes(size), u32::from_be_bytes(size)) {
            (size @ (348 | 540), _) => (false, size),
            (_, size @ (348 | 540)) => (true, size),
            _ => return None,
        };
        let magic = if size == 348 { 344..348 } else { 4..8 };
        let magic = bytes.get(magic)?;
        let version = match (size, magic) {
            (348, b"n+1\0" | b"ni1\0") => 1,
            (540, b"n+2\0" | b"ni2\0") => 2,
            _ => return None,
        };
        Some(Self {
            bytes,
            version,
            big_endian,
        })
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Fault> {
        let found = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<N>);
        let mut found = *found.ok_or(Fault::CutShort)?;
        if self.big_endian {
            found.reverse();
        }
        Ok(found)
    }

    fn i16(&self, at: usize) -> Result<i64, Fault> {
        self.array(at).map(|bytes| i16::from_le_bytes(bytes).into())
    }

    fn i32(&self, at: usize) -> Result<i64, Fault> {
        self.array(at).map(|bytes| i32::from_le_bytes(bytes).into())
    }

    /// Integer of two bytes in version 1 and of eight in version 2, at the offsets of each.
    fn whole(&self, first: usize, second: usize) -> Result<i64, Fault> {
        match self.version {
            1 => self.i16(first),
            _ => self.array(second).map(i64::from_le_bytes),
        }
    }

    /// Floating-point number of four bytes in version 1 and of eight in version 2, at the offsets of each.
    fn real(&self, first: usize, second: usize) -> Result<f64, Fault> {
        match self.version {
            // By its decimal digits, so that 0.7 mm stay 0.7 mm.
            1 => {
                let single = self.array(first).map(f32::from_le_bytes)?;
                Ok(single.to_string().parse().unwrap_or(single.into()))
            }
            _ => self.array(second).map(f64::from_le_bytes),
        }
    }

    fn reals<const N: usize>(&self, first: usize, second: usize) -> Result<[f64; N], Fault> {
        let mut reals = [0.0; N];
        for (index, real) in reals.iter_mut().enumerate() {
            *real = self.real(first + 4 * index, second + 8 * index)?;
        }
        Ok(reals)
    }
}

impl Header {
    /// Reads the header of a file that begins with `bytes`, gzipped or not.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let bytes = beginning(bytes).ok_or(Fault::CutShort)?;
        let fields = Fields::of(&bytes).ok_or(Fault::NotAnImage)?;
        let magic = if fields.version == 1 { 344 } else { 4 };
        if fields
            .bytes
            .get(magic..)
            .is_some_and(|magic| magic.starts_with(b"ni"))
        {
            return Err(Fault::Unsupported {
                what: "a NIfTI header without its volume".into(),
                advice: "save header and volume as one .nii file",
            });
        }
        let spatial_unit = match fields.version {
            1 => i64::from(fields.array::<1>(123)?[0]),
            _ => fields.i32(500)?,
        } & 7;
        let mm = match spatial_unit {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        };
        let datatype = match fields.version {
            1 => fields.i16(70)?,
            _ => fields.i16(12)?,
        };
        let from = match fields.version {
            1 => fields.real(108, 0)?,
            _ => fields.whole(0, 168)? as f64,
        };
        // Some writers state 0. The values never start within the header.
        let header = if fields.version == 1 { 348.0 } else { 540.0 };
        let from = if (0.0..header).contains(&from) {
            header + 4.0
        } else {
            from
        };
        if !(0.0..=1e9).contains(&from) {
            return Err(Fault::damaged("it does not state where its values start"));
        }
        let slope = fields.real(112, 176)?;
        let intercept = fields.real(116, 184)?;
        let scaled = slope.is_finite() && slope != 0.0 && intercept.is_finite();
        let pixdim = fields.reals::<4>(76, 104)?;
        let [_, x, y, z] = pixdim;
        let spacing_mm = [x, y, z].map(|step| step.abs() * mm);
        let affine = affine(&fields, pixdim)?;
        Ok(Self {
            big_endian: fields.big_endian,
            size: size(&fields)?,
            stored: Stored::of(datatype)?,
            from: from as usize,
            slope: if scaled { slope } else { 1.0 },
            intercept: if scaled { intercept } else { 0.0 },
            spacing_mm: spacing_mm
                .iter()
                .all(|&step| usable(step))
                .then_some(spacing_mm),
            affine: affine.map(|rows| rows.map(|row| row.map(|value| value * mm))),
        })
    }

    /// Number of values.
    pub(super) fn voxels(&self) -> u64 {
        self.size.iter().map(|&length| u64::from(length)).product()
    }
}

fn usable(step: f64) -> bool {
    step.is_finite() && step > 0.0
}

/// Number of voxels along the three axes, checked against the limits; time series are refused.
fn size(fields: &Fields) -> Result<[u32; 3], Fault> {
    let dimensions = fields.whole(40, 16)?;
    if !(1..=7).contains(&dimensions) {
        return Err(Fault::damaged("it does not state its size"));
    }
    let mut size = [1; 3];
    for axis in 1..=dimensions as usize {
        let length = fields.whole(40 + 2 * axis, 16 + 8 * axis)?;
        match size.get_mut(axis - 1) {
            Some(place) => {
                *place = u32::try_from(length)
                    .ok()
                    .filter(|&length| length > 0)
                    .ok_or_else(|| Fault::damaged("it declares a volume without voxels"))?;
            }
            None if length <= 1 => {}
            None => {
                return Err(Fault::Unsupported {
                    what: format!("NIfTI with {length} volumes in one file"),
                    advice: "save its volumes one by one",
                });
            }
        }
    }
    // Any axis may become that of the slices.
    let [x, y, z] = size;
    for (width, height) in [(x, y), (y, z), (x, z)] {
        within_limits(width, height)?;
    }
    if let Some(longest) = size.iter().find(|&&length| length as usize > MOST_FRAMES) {
        return Err(Fault::too_many_frames(longest));
    }
    Ok(size)
}

/// From voxel indices to the body, in the file's unit: by the affine matrix, else by the rotation.
fn affine(fields: &Fields, pixdim: [f64; 4]) -> Result<Option<[[f64; 4]; 3]>, Fault> {
    let code = |first, second| match fields.version {
        1 => fields.i16(first),
        _ => fields.i32(second),
    };
    let (qform, sform) = (code(252, 344)?, code(254, 348)?);
    let stated = [
        fields.reals(280, 400)?,
        fields.reals(296, 432)?,
        fields.reals(312, 464)?,
    ];
    let affine = if sform > 0 && maps_to_space(&stated) {
        stated
    } else if qform > 0 {
        rotation(fields, pixdim)?
    } else {
        return Ok(None);
    };
    Ok(maps_to_space(&affine).then_some(affine))
}

/// False for a matrix with a value that is no number, and for one that maps all voxels to a plane, a line or a point, as
/// one of zeros does.
fn maps_to_space(affine: &[[f64; 4]; 3]) -> bool {
    let [[a, b, c, _], [d, e, f, _], [g, h, i, _]] = *affine;
    let determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    affine.iter().flatten().all(|value| value.is_finite()) && determinant != 0.0
}

/// The matrix of the unit quaternion, with the voxel spacing and offset.
fn rotation(fields: &Fields, pixdim: [f64; 4]) -> Result<[[f64; 4]; 3], Fault> {
    let [b, c, d] = fields.reals(256, 352)?;
    let [x, y, z] = fields.reals(268, 376)?;
    let a = (1.0 - (b * b + c * c + d * d)).max(0.0).sqrt();
    let [handedness, i, j, k] = pixdim;
    let k = if handedness < 0.0 { -k } else { k };
    let rows = [
        [
            a * a + b * b - c * c - d * d,
            2.0 * (b * c - a * d),
            2.0 * (b * d + a * c),
        ],
        [
            2.0 * (b * c + a * d),
            a * a + c * c - b * b - d * d,
            2.0 * (c * d - a * b),
        ],
        [
            2.0 * (b * d - a * c),
            2.0 * (c * d + a * b),
            a * a + d * d - c * c - b * b,
        ],
    ];
    let row = |[along_i, along_j, along_k]: [f64; 3], offset| {
        [along_i * i, along_j * j, along_k * k, offset]
    };
    let [first, second, third] = rows;
    Ok([row(first, x), row(second, y), row(third, z)])
}
