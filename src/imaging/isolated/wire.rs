//! Answers of children, without paths; the parent adds these.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::decode::Ended;
use crate::imaging::file::within_limits;
use crate::imaging::photo::{PageFault, Photo, PhotoError};
use crate::imaging::{Format, ImagingError, Modality, Pixels, Provenance, Scan};

/// Why a file was not read.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum WireError {
    NotFound,
    PermissionDenied,
    NotAFile(String),
    Empty,
    TooLarge {
        what: String,
        limit: String,
    },
    NotAnImage,
    CutShort,
    Damaged(String),
    Unsupported {
        what: String,
        advice: String,
    },
    ManySlices(u64),
    NoPicture(String),
    Cancelled,
    /// The decoder panicked.
    Panicked,
    Read(String),
}

impl From<ImagingError> for WireError {
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::NotFound(_) => Self::NotFound,
            ImagingError::PermissionDenied(_) => Self::PermissionDenied,
            ImagingError::NotAFile { what, .. } => Self::NotAFile(what.into_owned()),
            ImagingError::Empty(_) => Self::Empty,
            ImagingError::TooLarge { what, limit, .. } => Self::TooLarge { what, limit },
            ImagingError::NotAnImage(_) => Self::NotAnImage,
            ImagingError::CutShort(_) => Self::CutShort,
            ImagingError::Damaged { reason, .. } => Self::Damaged(reason),
            ImagingError::Unsupported { what, advice, .. } => Self::Unsupported {
                what,
                advice: advice.into_owned(),
            },
            ImagingError::ManySlices { frames, .. } => Self::ManySlices(frames as u64),
            ImagingError::NoPicture { what, .. } => Self::NoPicture(what),
            ImagingError::Cancelled => Self::Cancelled,
            ImagingError::Stopped { .. } => Self::Panicked,
            ImagingError::Read { source, .. } => Self::Read(source.to_string()),
        }
    }
}

impl WireError {
    pub(super) fn error(self, path: &Path) -> ImagingError {
        let path = path.to_owned();
        match self {
            Self::NotFound => ImagingError::NotFound(path),
            Self::PermissionDenied => ImagingError::PermissionDenied(path),
            Self::NotAFile(what) => ImagingError::NotAFile {
                path,
                what: what.into(),
            },
            Self::Empty => ImagingError::Empty(path),
            Self::TooLarge { what, limit } => ImagingError::TooLarge { path, what, limit },
            Self::NotAnImage => ImagingError::NotAnImage(path),
            Self::CutShort => ImagingError::CutShort(path),
            Self::Damaged(reason) => ImagingError::Damaged { path, reason },
            Self::Unsupported { what, advice } => ImagingError::Unsupported {
                path,
                what,
                advice: Cow::Owned(advice),
            },
            Self::ManySlices(frames) => ImagingError::ManySlices {
                path,
                frames: frames as usize,
            },
            Self::NoPicture(what) => ImagingError::NoPicture { path, what },
            Self::Cancelled => ImagingError::Cancelled,
            Self::Panicked => ImagingError::Stopped {
                path,
                reason: Ended::Crashed,
            },
            Self::Read(reason) => ImagingError::Read {
                path,
                source: Arc::new(io::Error::other(reason)),
            },
        }
    }
}

/// A slice without its pixels, which are the body of the answer: 16-bit numbers in little endian, or grey levels.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireScan {
    width: u32,
    height: u32,
    hounsfield: bool,
    spacing_mm: Option<[f64; 2]>,
    colourfulness: f32,
    format: Format,
    bytes: u64,
    sha256: String,
    dicom: Option<Modality>,
}

impl WireScan {
    /// A slice and its pixels as a message and its body.
    pub(super) fn of(scan: Scan) -> (Self, Vec<u8>) {
        let Provenance {
            format,
            bytes,
            sha256,
            dicom,
            ..
        } = scan.provenance;
        let (hounsfield, body) = match scan.pixels {
            Pixels::Grey(levels) => (false, levels),
            Pixels::Hounsfield(values) => {
                let mut bytes = vec![0; 2 * values.len()];
                let (places, _) = bytes.as_chunks_mut::<2>();
                for (place, value) in places.iter_mut().zip(values) {
                    *place = value.to_le_bytes();
                }
                (true, bytes)
            }
        };
        let message = Self {
            width: scan.width,
            height: scan.height,
            hounsfield,
            spacing_mm: scan.spacing_mm,
            colourfulness: scan.colourfulness,
            format,
            bytes,
            sha256,
            dicom,
        };
        (message, body)
    }

    /// The slice, when its pixels are as many as it says.
    pub(super) fn scan(self, path: &Path, body: Vec<u8>) -> Result<Scan, ImagingError> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let each = if self.hounsfield { 2 } else { 1 };
        if within_limits(self.width, self.height).is_err() || pixels * each != body.len() as u64 {
            return Err(WireError::Panicked.error(path));
        }
        let pixels = match self.hounsfield {
            false => Pixels::Grey(body),
            true => {
                let (values, _) = body.as_chunks::<2>();
                Pixels::Hounsfield(
                    values
                        .iter()
                        .map(|&value| i16::from_le_bytes(value))
                        .collect(),
                )
            }
        };
        Ok(Scan {
            pixels,
            width: self.width,
            height: self.height,
            spacing_mm: self.spacing_mm,
            colourfulness: self.colourfulness,
            provenance: Provenance {
                path: path.to_owned(),
                format: self.format,
                bytes: self.bytes,
                sha256: self.sha256,
                dicom: self.dicom,
            },
        })
    }
}

/// A photo without its bytes, which are the body of the answer; or why there is none.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum WirePhoto {
    Photo { width: u32, height: u32 },
    NotAPhoto,
    Page(PageFault),
    Unwritable(String),
}

impl WirePhoto {
    /// A photo and its bytes as a message and its body; the outer error is that of reading the file.
    pub(super) fn of(read: Result<Photo, PhotoError>) -> Result<(Self, Vec<u8>), WireError> {
        let message = match read {
            Ok(Photo {
                bytes,
                width,
                height,
            }) => return Ok((Self::Photo { width, height }, bytes)),
            Err(PhotoError::File(error)) => return Err(error.into()),
            Err(PhotoError::NotAPhoto(_)) => Self::NotAPhoto,
            Err(PhotoError::Page { reason, .. }) => Self::Page(reason),
            Err(PhotoError::Unwritable { reason, .. }) => Self::Unwritable(reason),
        };
        Ok((message, Vec::new()))
    }

    pub(super) fn photo(self, path: &Path, bytes: Vec<u8>) -> Result<Photo, PhotoError> {
        let path = path.to_owned();
        match self {
            Self::Photo { width, height } => Ok(Photo {
                bytes,
                width,
                height,
            }),
            Self::NotAPhoto => Err(PhotoError::NotAPhoto(path)),
            Self::Page(reason) => Err(PhotoError::Page { path, reason }),
            Self::Unwritable(reason) => Err(PhotoError::Unwritable { path, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::identity::Identity;
    use crate::clinical::patient::Sex;

    fn scan(pixels: Pixels) -> Scan {
        Scan {
            pixels,
            width: 3,
            height: 1,
            spacing_mm: Some([0.1 + 0.2, f64::MIN_POSITIVE]),
            colourfulness: 0.3,
            provenance: Provenance {
                path: "a/b".into(),
                format: Format::Dicom,
                bytes: 7,
                sha256: "ab".to_owned(),
                dicom: Some(Modality {
                    patient: Identity {
                        name: Some("Ćwiąkała^Łucja".to_owned()),
                        birth_date: Some(jiff::civil::date(1950, 2, 28)),
                        sex: Some(Sex::Other),
                        ..Identity::default()
                    },
                    position_mm: Some([-0.0, f64::NAN, 1e300]),
                    ..Modality::default()
                }),
            },
        }
    }

    #[test]
    fn a_slice_comes_back_bit_by_bit() {
        for pixels in [
            Pixels::Hounsfield(vec![-1024, 0, i16::MAX]),
            Pixels::Grey(vec![0, 9, 255]),
        ] {
            let before = scan(pixels);
            let (message, body) = WireScan::of(before.clone());
            let message = postcard::to_stdvec(&message).unwrap();
            let message: WireScan = postcard::from_bytes(&message).unwrap();
            let after = message.scan(Path::new("a/b"), body).unwrap();
            // A value that is no number equals nothing, so the texts are compared.
            assert_eq!(format!("{after:?}"), format!("{before:?}"));
        }
    }

    #[test]
    fn a_slice_with_other_pixels_than_it_says_is_none() {
        for (width, height) in [(2, 1), (0, 3), (u32::MAX, u32::MAX), (3, 2)] {
            let (message, body) = WireScan::of(scan(Pixels::Grey(vec![1, 2, 3])));
            let message = WireScan {
                width,
                height,
                ..message
            };
            assert!(message.scan(Path::new("a"), body).is_err());
        }
    }

    #[test]
    fn every_error_comes_back_as_the_same_sentence() {
        let path = Path::new("scan.dcm");
        let at = || path.to_owned();
        let errors = [
            ImagingError::NotFound(at()),
            ImagingError::PermissionDenied(at()),
            ImagingError::NotAFile {
                path: at(),
                what: "a pipe".into(),
            },
            ImagingError::Empty(at()),
            ImagingError::TooLarge {
                path: at(),
                what: "9 MB".into(),
                limit: "8 MB".into(),
            },
            ImagingError::NotAnImage(at()),
            ImagingError::CutShort(at()),
            ImagingError::Damaged {
                path: at(),
                reason: "it is".into(),
            },
            ImagingError::Unsupported {
                path: at(),
                what: "a film".into(),
                advice: "look away".into(),
            },
            ImagingError::ManySlices {
                path: at(),
                frames: 9,
            },
            ImagingError::NoPicture {
                path: at(),
                what: "a report".into(),
            },
            ImagingError::Cancelled,
            ImagingError::Stopped {
                path: at(),
                reason: Ended::Crashed,
            },
            ImagingError::Read {
                path: at(),
                source: Arc::new(io::Error::other("the disk is gone")),
            },
        ];
        for error in errors {
            let sentence = error.to_string();
            let message = postcard::to_stdvec(&WireError::from(error)).unwrap();
            let message: WireError = postcard::from_bytes(&message).unwrap();
            assert_eq!(message.error(path).to_string(), sentence);
        }
    }
}
