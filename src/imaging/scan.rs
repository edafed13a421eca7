//! One decoded slice, independent of the file format.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::isolated::identity;
use crate::clinical::identity::Identity;
use crate::clinical::scanned_study::ScannedStudy;

/// Lower limit of Hounsfield units: air; darker values are not a measurement.
pub(super) const DARKEST_HU: f64 = -1024.0;

/// The values of a slice, row by row from the top left; `width * height` of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// Grey levels of a raster picture, already windowed by the program that saved it, or of a DICOM picture or
    /// volume without Hounsfield units.
    Grey(Vec<u8>),
    /// Hounsfield units of a CT slice: rescaled, rounded, and clamped to -1024 from below.
    Hounsfield(Vec<i16>),
}

/// Format of the file that a slice was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    Png,
    Jpeg,
    Tiff,
    Bmp,
    Dicom,
    Nifti,
}

impl Format {
    /// Name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Dicom => "DICOM",
            Self::Nifti => "NIfTI",
        }
    }
}

/// Attributes of a DICOM file about its acquisition. Text as stored: scrub it before display.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Modality {
    /// (0008,0060), such as `CT`.
    pub modality: String,
    /// (0020,0037), the row's direction cosines and then the column's.
    pub orientation: Option<[f64; 6]>,
    /// (0020,0032): centre of the first pixel in the patient, in mm (x to the left, y to the back, z to the head).
    pub position_mm: Option<[f64; 3]>,
    /// (0018,0015) BodyPartExamined.
    pub body_part: Option<String>,
    /// (0008,103E) SeriesDescription.
    pub series_description: Option<String>,
    /// (0008,0018) SOPInstanceUID.
    pub sop_instance_uid: Option<String>,
    /// (0018,0050) SliceThickness in mm.
    pub slice_thickness_mm: Option<f64>,
    /// Day of the scan as YYYYMMDD: of the acquisition, else of study, series or content.
    pub date: Option<String>,
    /// Identity of the patient: (0010,0010) PatientName, (0010,0020) PatientID, (0010,0021) IssuerOfPatientID,
    /// (0010,0030) PatientBirthDate, (0010,0040) PatientSex.
    #[serde(with = "identity")]
    pub patient: Identity,
    /// Patient and study, without images.
    pub study: ScannedStudy,
    /// True if (0008,0008) ImageType contains LOCALIZER.
    pub localizer: bool,
}

/// Origin of a slice, stored with all results that are computed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    pub path: PathBuf,
    pub format: Format,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Present if the file is DICOM.
    pub dicom: Option<Modality>,
}

/// One slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    pub pixels: Pixels,
    pub width: u32,
    pub height: u32,
    /// Distance between the centres of neighbouring rows and columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
    /// Mean difference between a pixel's red, green and blue, in grey levels 0 to 255.
    pub colourfulness: f32,
    pub provenance: Provenance,
}

impl Scan {
    /// Grey levels 0 to 255, `width * height` of them: as stored for a raster picture, through `window` for
    /// Hounsfield units.
    pub fn grey(&self, window: super::Window) -> std::borrow::Cow<'_, [u8]> {
        match &self.pixels {
            Pixels::Grey(levels) => levels.into(),
            Pixels::Hounsfield(values) => window.apply(values).into(),
        }
    }
}

impl Scan {
    /// The position in the patient, in mm (DICOM PS3.3, C.7.6.2.1.1), of a position on the slice, in pixels
    /// from the centre of the first one; `None` if the file does not state the position of the slice.
    pub fn position_of(&self, row: f64, column: f64) -> Option<[f64; 3]> {
        let stated = self.provenance.dicom.as_ref()?;
        let (position, [row_mm, column_mm]) = (stated.position_mm?, self.spacing_mm?);
        let [ax, ay, az, bx, by, bz] = stated.orientation?;
        let along = [[ax, bx], [ay, by], [az, bz]];
        let mut place = position;
        for (place, [of_column, of_row]) in place.iter_mut().zip(along) {
            *place += of_column * column * column_mm + of_row * row * row_mm;
        }
        place.iter().all(|value| value.is_finite()).then_some(place)
    }

    /// The part of `extent` rows and columns from `first` on, with the same provenance; `None` if it is not
    /// within the slice.
    pub fn part(&self, first: [u32; 2], extent: [u32; 2]) -> Option<Self> {
        let [height, width] = extent;
        let fits = |first: u32, extent: u32, of: u32| {
            first.checked_add(extent).is_some_and(|end| end <= of)
        };
        if !fits(first[0], height, self.height) || !fits(first[1], width, self.width) {
            return None;
        }
        let whole = first == [0, 0] && [self.height, self.width] == extent;
        let pixels = match &self.pixels {
            pixels if whole => pixels.clone(),
            Pixels::Grey(levels) => Pixels::Grey(self.cut(levels, first, extent)?),
            Pixels::Hounsfield(values) => Pixels::Hounsfield(self.cut(values, first, extent)?),
        };
        Some(Self {
            pixels,
            width,
            height,
            spacing_mm: self.spacing_mm,
            colourfulness: self.colourfulness,
            provenance: self.provenance.clone(),
        })
    }

    fn cut<T: Copy>(&self, values: &[T], first: [u32; 2], extent: [u32; 2]) -> Option<Vec<T>> {
        let [row, column, rows, columns] =
            [first[0], first[1], extent[0], extent[1]].map(|count| count as usize);
        let mut part = Vec::with_capacity(rows * columns);
        for row in row..row + rows {
            let start = row * self.width as usize + column;
            part.extend_from_slice(values.get(start..start + columns)?);
        }
        Some(part)
    }
}
