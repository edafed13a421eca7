//! DICOM files with uncompressed pixels.
//!
//! A CT slice becomes Hounsfield units: rescaled, then clamped at -1024, which also takes care of the
//! padding (often -2000) outside the scanner's circle. Any other picture becomes grey levels from its
//! darkest to its brightest value, good enough to be looked at; the input gate refuses it. A CT slice
//! that states no rescale is such a picture too, for its values are no Hounsfield units.
//!
//! MONOCHROME1 asks a display to show small values bright. It turns grey levels round, last; Hounsfield
//! units are a measurement, so they stay, and the network's window makes air black in every file.

mod dataset;
mod samples;
mod syntax;
pub(super) mod tag_lines;

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::{CT_IMAGE_STORAGE, MEDIA_STORAGE_DIRECTORY_STORAGE};

use self::dataset::DataSet;
use self::samples::Samples;
use super::error::Fault;
use super::load::{Picture, within_limits};
use super::raster::luma;
use super::{Modality, Pixels};

pub(super) use self::dataset::is_dicom;

/// Air beyond doubt; nothing darker is a measurement.
const DARKEST_HU: f64 = -1024.0;

/// Reads one slice.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, Fault> {
    let dataset = DataSet::read(bytes)?;
    let stated = modality(&dataset);
    let Some(stored) = dataset.pixels else {
        return Err(without_pixels(&dataset, &stated.modality));
    };
    let frames: u32 = dataset.number(tags::NUMBER_OF_FRAMES)?.unwrap_or(1);
    if frames > 1 {
        return Err(Fault::Unsupported {
            what: format!("DICOM with {frames} frames in one file"),
            advice: "export its slices one by one",
        });
    }
    let missing = || Fault::damaged("it does not state its rows and columns");
    let height = u32::from(dataset.number::<u16>(tags::ROWS)?.ok_or_else(missing)?);
    let width = u32::from(dataset.number::<u16>(tags::COLUMNS)?.ok_or_else(missing)?);
    within_limits(width, height)?;

    let photometric = dataset
        .text(tags::PHOTOMETRIC_INTERPRETATION)
        .unwrap_or_default();
    let samples = Samples::read(&dataset, stored, width as usize * height as usize)?;
    let (pixels, colourfulness) = match (photometric.as_str(), samples.per_pixel) {
        ("MONOCHROME1" | "MONOCHROME2" | "", 1) => (
            monochrome(&dataset, &stated, &samples, photometric == "MONOCHROME1")?,
            0.0,
        ),
        ("RGB", 3) => colour(&samples),
        (other, _) => {
            return Err(Fault::Unsupported {
                what: format!("DICOM with {other} colours"),
                advice: "export it in grey",
            });
        }
    };
    let spacing = dataset.finite_numbers(tags::PIXEL_SPACING);
    Ok(Picture {
        pixels,
        width,
        height,
        spacing_mm: spacing.filter(|spacing| spacing.iter().all(|&mm| mm > 0.0)),
        colourfulness,
        dicom: Some(stated),
    })
}

fn modality(dataset: &DataSet) -> Modality {
    let image_type = dataset.texts(tags::IMAGE_TYPE);
    Modality {
        modality: dataset.text(tags::MODALITY).unwrap_or_default(),
        orientation: dataset.finite_numbers(tags::IMAGE_ORIENTATION_PATIENT),
        body_part: dataset.text(tags::BODY_PART_EXAMINED),
        series_description: dataset.text(tags::SERIES_DESCRIPTION),
        sop_instance_uid: dataset.text(tags::SOP_INSTANCE_UID),
        slice_thickness_mm: dataset.finite_numbers(tags::SLICE_THICKNESS).map(|[mm]| mm),
        date: (dataset.text(tags::ACQUISITION_DATE)).or_else(|| dataset.text(tags::STUDY_DATE)),
        localizer: image_type.iter().any(|part| part == "LOCALIZER"),
    }
}

/// A file without pixels is a picture that ends too early, or something else that was never one.
fn without_pixels(dataset: &DataSet, modality: &str) -> Fault {
    let class = dataset.text(tags::SOP_CLASS_UID);
    let class = class.or_else(|| dataset.text(tags::MEDIA_STORAGE_SOP_CLASS_UID));
    let class = class.unwrap_or_default();
    let pictured =
        class.is_empty() || class == CT_IMAGE_STORAGE || dataset.text(tags::ROWS).is_some();
    if pictured {
        return Fault::CutShort;
    }
    Fault::NoPicture(match modality {
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
    dataset: &DataSet,
    stated: &Modality,
    samples: &Samples,
    inverted: bool,
) -> Result<Pixels, Fault> {
    let slope: Option<f64> = dataset.number(tags::RESCALE_SLOPE)?;
    let intercept: Option<f64> = dataset.number(tags::RESCALE_INTERCEPT)?;
    if let ("CT", Some(slope), Some(intercept)) = (stated.modality.as_str(), slope, intercept) {
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
