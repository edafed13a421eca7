//! DICOM files: single slices, and files of many frames.
//!
//! A CT slice becomes Hounsfield units: rescaled, then clamped at -1024, which also takes care of the
//! padding (often -2000) outside the scanner's circle. Any other picture becomes grey levels from its
//! darkest to its brightest value, good enough to be looked at; the input gate refuses it. A CT slice
//! that states no rescale is such a picture too, for its values are no Hounsfield units; the gate takes it for
//! one in an unknown window.
//!
//! MONOCHROME1 asks a display to show small values bright. It turns grey levels round, last; Hounsfield
//! units are a measurement, so they stay, and the network's window makes air black in every file.

mod bits;
mod dataset;
mod deflate;
mod encapsulated;
mod functional_groups;
mod jpeg;
mod jpeg_2000;
mod jpeg_ls;
mod pixels;
mod rle;
mod samples;
mod segments;
mod syntax;
pub(super) mod tag_lines;
mod walk;

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::{CT_IMAGE_STORAGE, MEDIA_STORAGE_DIRECTORY_STORAGE};

use self::dataset::{Body, DataSet};
use self::functional_groups::Group;
use self::samples::{Samples, rows_and_columns};
use self::walk::Wanted;
use super::error::Fault;
use super::file::Picture;
use super::header::{Frame, Header, MOST_FRAMES};
use super::raster::luma;
use super::scan::DARKEST_HU;
use super::{Format, Modality, Pixels};

pub(super) use self::dataset::is_dicom;

/// What is said of packed pixels that nobody could have packed.
const NO_CODE: &str = "its packed pixels hold a code that there is not";

/// The header of a file that begins with `bytes`; [`Fault::CutShort`] when that is too little of it.
pub(super) fn header(bytes: &[u8], whole: bool) -> Result<Header, Fault> {
    let (dataset, _) = DataSet::read(bytes, whole, Wanted::Header)?;
    read_header(&dataset)
}

/// A file whose elements are read, its pixels not yet decoded.
pub(super) struct Contents {
    dataset: DataSet,
    body: Body,
    frames: usize,
}

impl Contents {
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (dataset, body) = DataSet::read(bytes, true, Wanted::Pixels)?;
        if dataset.pixels.is_none() {
            return Err(without_pixels(&dataset));
        }
        let frames = frames(&dataset)?;
        Ok(Self {
            dataset,
            body,
            frames,
        })
    }

    pub fn header(&self) -> Result<Header, Fault> {
        read_header(&self.dataset)
    }

    /// Decodes one frame of the file that this was read from.
    pub fn decode(&self, file: &[u8], frame: usize) -> Result<Picture, Fault> {
        let dataset = &self.dataset;
        let (samples, photometric) =
            pixels::unpack(dataset, self.body.of(file), frame, self.frames)?;
        let group = dataset.groups.frame(frame);
        let stated = modality(dataset, &group);
        let (pixels, colourfulness) = match (photometric.as_str(), samples.shape.per_pixel) {
            ("MONOCHROME1" | "MONOCHROME2" | "", 1) => {
                let inverted = photometric == "MONOCHROME1";
                let rescale = rescale(dataset, &group)?;
                (monochrome(rescale, &stated, &samples, inverted)?, 0.0)
            }
            ("RGB", 3) => colour(&samples),
            (other, _) => {
                return Err(Fault::Unsupported {
                    what: format!("DICOM with {other} colours"),
                    advice: "export it in grey",
                });
            }
        };
        Ok(Picture {
            pixels,
            width: samples.shape.columns,
            height: samples.shape.rows,
            spacing_mm: place(dataset, &group).spacing_mm,
            colourfulness,
            dicom: Some(stated),
        })
    }
}

/// How many frames a file says that it holds.
fn frames(dataset: &DataSet) -> Result<usize, Fault> {
    match dataset.number::<i64>(tags::NUMBER_OF_FRAMES)? {
        None => Ok(1),
        Some(frames) if frames < 1 => Err(Fault::damaged("it declares a picture without frames")),
        Some(frames) if frames > MOST_FRAMES as i64 => Err(Fault::too_many_frames(frames)),
        Some(frames) => Ok(frames as usize),
    }
}

fn read_header(dataset: &DataSet) -> Result<Header, Fault> {
    if dataset.text(tags::ROWS).is_none() {
        return Err(without_pixels(dataset));
    }
    let (rows, columns) = rows_and_columns(dataset)?;
    let places = (0..frames(dataset)?).map(|frame| place(dataset, &dataset.groups.frame(frame)));
    let number = |tag| dataset.number(tag).ok().flatten();
    Ok(Header {
        format: Format::Dicom,
        rows,
        columns,
        frames: places.collect(),
        stated: Some(modality(dataset, &dataset.groups.frame(0))),
        transfer_syntax: Some(dataset.layout.uid.clone()),
        study_uid: dataset.text(tags::STUDY_INSTANCE_UID),
        series_uid: dataset.text(tags::SERIES_INSTANCE_UID),
        patient_name: dataset.text(tags::PATIENT_NAME),
        patient_id: dataset.text(tags::PATIENT_ID),
        frame_of_reference: dataset.text(tags::FRAME_OF_REFERENCE_UID),
        acquisition_number: number(tags::ACQUISITION_NUMBER),
        instance_number: number(tags::INSTANCE_NUMBER),
    })
}

/// Where a frame lies: what its group says, else what the file says of all.
fn place(dataset: &DataSet, group: &Group) -> Frame {
    let spacing = (group.spacing_mm).or_else(|| dataset.finite_numbers(tags::PIXEL_SPACING));
    let positive = |spacing: &[f64; 2]| spacing.iter().all(|&mm| mm > 0.0);
    Frame {
        spacing_mm: spacing.filter(positive),
        orientation: (group.orientation)
            .or_else(|| dataset.finite_numbers(tags::IMAGE_ORIENTATION_PATIENT)),
        position_mm: (group.position_mm)
            .or_else(|| dataset.finite_numbers(tags::IMAGE_POSITION_PATIENT)),
        thickness_mm: (group.thickness_mm)
            .or_else(|| (dataset.finite_numbers(tags::SLICE_THICKNESS)).map(|[mm]| mm)),
    }
}

/// Slope and intercept, where both are stated.
fn rescale(dataset: &DataSet, group: &Group) -> Result<Option<[f64; 2]>, Fault> {
    let slope = match group.slope {
        None => dataset.number(tags::RESCALE_SLOPE)?,
        slope => slope,
    };
    let intercept = match group.intercept {
        None => dataset.number(tags::RESCALE_INTERCEPT)?,
        intercept => intercept,
    };
    Ok(slope
        .zip(intercept)
        .map(|(slope, intercept)| [slope, intercept]))
}

fn modality(dataset: &DataSet, group: &Group) -> Modality {
    let place = place(dataset, group);
    let image_type = dataset.texts(tags::IMAGE_TYPE);
    Modality {
        modality: dataset.text(tags::MODALITY).unwrap_or_default(),
        orientation: place.orientation,
        body_part: dataset.text(tags::BODY_PART_EXAMINED),
        series_description: dataset.text(tags::SERIES_DESCRIPTION),
        sop_instance_uid: dataset.text(tags::SOP_INSTANCE_UID),
        slice_thickness_mm: place.thickness_mm,
        date: (dataset.text(tags::ACQUISITION_DATE)).or_else(|| dataset.text(tags::STUDY_DATE)),
        localizer: image_type.iter().any(|part| part == "LOCALIZER"),
    }
}

/// A file without pixels is a picture that ends too early, or something else that was never one.
fn without_pixels(dataset: &DataSet) -> Fault {
    let class = dataset.text(tags::SOP_CLASS_UID);
    let class = class.or_else(|| dataset.text(tags::MEDIA_STORAGE_SOP_CLASS_UID));
    let class = class.unwrap_or_default();
    let pictured =
        class.is_empty() || class == CT_IMAGE_STORAGE || dataset.text(tags::ROWS).is_some();
    if pictured {
        return Fault::CutShort;
    }
    let modality = dataset.text(tags::MODALITY).unwrap_or_default();
    Fault::NoPicture(match modality.as_str() {
        "RTSTRUCT" => "a DICOM structure set".into(),
        "RTPLAN" => "a DICOM treatment plan".into(),
        "SR" => "a DICOM structured report".into(),
        "PR" => "a DICOM presentation state".into(),
        _ if class == MEDIA_STORAGE_DIRECTORY_STORAGE => "a DICOM directory".into(),
        "" => "a DICOM object without pixels".into(),
        other => format!("a DICOM object of modality {other} without pixels"),
    })
}

fn monochrome(
    rescale: Option<[f64; 2]>,
    stated: &Modality,
    samples: &Samples,
    inverted: bool,
) -> Result<Pixels, Fault> {
    if let ("CT", Some([slope, intercept])) = (stated.modality.as_str(), rescale) {
        if !(slope.is_finite() && intercept.is_finite() && slope != 0.0) {
            return Err(Fault::damaged(
                "its rescale slope and intercept are no usable numbers",
            ));
        }
        let hounsfield = samples.values().map(|value| {
            let hounsfield = (f64::from(value) * slope + intercept).round();
            hounsfield.clamp(DARKEST_HU, f64::from(i16::MAX)) as i16
        });
        return Ok(Pixels::Hounsfield(hounsfield.collect()));
    }
    let (darkest, brightest) = (samples.values())
        .fold((i32::MAX, i32::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let range = (brightest - darkest).max(1);
    let levels = samples.values().map(|value| {
        let level = ((value - darkest) * 255 / range) as u8;
        if inverted { 255 - level } else { level }
    });
    Ok(Pixels::Grey(levels.collect()))
}

/// Grey levels and colourfulness of a coloured picture.
fn colour(samples: &Samples) -> (Pixels, f32) {
    let mut spread = 0;
    let levels = samples.colours().map(|[red, green, blue]| {
        spread += u64::from(red.max(green).max(blue) - red.min(green).min(blue));
        luma(red, green, blue)
    });
    let levels: Vec<u8> = levels.collect();
    let colourfulness = spread as f64 / levels.len().max(1) as f64;
    (Pixels::Grey(levels), colourfulness as f32)
}
