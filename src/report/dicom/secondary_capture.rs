//! An exam's picture as a Secondary Capture (DICOM PS3.3, A.8.1).

use std::io::Cursor;

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::SECONDARY_CAPTURE_IMAGE_STORAGE;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::ObjectError;
use super::content::ImageReference;
use super::general::{OwnSeries, Subject, instant};
use crate::clinical::report::DISCLAIMER;
use crate::imaging::instance::Elements;
use crate::imaging::overlay::CAPTION;
use crate::imaging::{Format, MOST_ALLOCATED};
use crate::report::record::{PictureFile, RecordReport, ReportedExam};

/// The picture of an exam that an object shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureKind {
    /// The slice as viewed.
    KeyImage,
    /// The heat map: the model's attention over the slice.
    HeatMap,
}

impl PictureKind {
    /// In the order of their series.
    pub const ALL: [Self; 2] = [Self::KeyImage, Self::HeatMap];

    /// The exam's picture of this kind.
    pub fn of(self, exam: &ReportedExam) -> Option<&PictureFile> {
        match self {
            Self::KeyImage => exam.key_image.as_ref(),
            Self::HeatMap => exam.heat_map.as_ref(),
        }
    }
}

/// The file of `picture`, which is the exam's of that kind.
///
/// # Errors
/// If the picture cannot be read, or is larger than DICOM allows.
pub fn secondary_capture(
    record: &RecordReport,
    exam: &ReportedExam,
    picture: &PictureFile,
    kind: PictureKind,
) -> Result<Vec<u8>, ObjectError> {
    let subject = Subject::new(record, exam);
    let decoded = decode(picture).map_err(|source| ObjectError::Picture {
        accession: exam.accession.clone(),
        source,
    })?;
    let sides = [decoded.height(), decoded.width()].map(u16::try_from);
    let [Ok(rows), Ok(columns)] = sides else {
        return Err(ObjectError::PictureTooLarge {
            accession: exam.accession.clone(),
            width: decoded.width(),
            height: decoded.height(),
        });
    };
    let mut elements = subject.elements(SECONDARY_CAPTURE_IMAGE_STORAGE, &series(kind));
    general_image(&mut elements, &subject, kind);
    if has_lost(exam, picture) {
        elements.text(tags::LOSSY_IMAGE_COMPRESSION, "01");
    }
    pixels(&mut elements, decoded, rows, columns);
    Ok(elements.file()?)
}

/// The capture of a kind, as a report of the same export refers to it.
pub(super) fn reference(subject: &Subject, kind: PictureKind) -> ImageReference {
    ImageReference {
        class: SECONDARY_CAPTURE_IMAGE_STORAGE.to_owned(),
        instance: subject.names.instance(series(kind).name),
        frame: None,
    }
}

/// Its series. The modality is not that of a scanner: the picture's values are grey levels of a window and colours, and a reader
/// must not take them for Hounsfield units.
pub(super) fn series(kind: PictureKind) -> OwnSeries<'static> {
    OwnSeries {
        modality: "OT",
        number: match kind {
            PictureKind::KeyImage => 9101,
            PictureKind::HeatMap => 9102,
        },
        name: match kind {
            PictureKind::KeyImage => "key image",
            PictureKind::HeatMap => "heat map",
        },
    }
}

/// General Image (PS3.3, C.7.6.1), SC Equipment (C.8.6.1), SC Image (C.8.6.2) and the series that it was made from.
fn general_image(elements: &mut Elements, subject: &Subject, kind: PictureKind) {
    elements.text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY");
    elements.text(tags::CONVERSION_TYPE, "WSD");
    elements.text(tags::BODY_PART_EXAMINED, "CHEST");
    elements.text(tags::PATIENT_ORIENTATION, "");
    elements.text(tags::BURNED_IN_ANNOTATION, "NO");
    match kind {
        PictureKind::KeyImage => {
            elements.text(
                tags::DERIVATION_DESCRIPTION,
                "the slice in the model's window",
            );
            elements.text(tags::IMAGE_COMMENTS, DISCLAIMER);
        }
        PictureKind::HeatMap => {
            elements.text(tags::DERIVATION_DESCRIPTION, CAPTION);
            let comments = format!("{CAPTION}. {DISCLAIMER}");
            elements.text(tags::IMAGE_COMMENTS, &comments);
        }
    }
    if !subject.is_deidentified() {
        let [date, time] = instant(subject.exam.examined_at);
        elements.text(tags::DATE_OF_SECONDARY_CAPTURE, &date);
        elements.text(tags::TIME_OF_SECONDARY_CAPTURE, &time);
    }
    if let Some(source) = subject.names.source_series() {
        let mut related = Elements::default();
        related.text(tags::STUDY_INSTANCE_UID, &subject.names.study());
        related.text(tags::SERIES_INSTANCE_UID, source);
        related.sequence(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, []);
        elements.sequence(tags::RELATED_SERIES_SEQUENCE, [related]);
    }
}

/// Image Pixel (PS3.3, C.7.6.3): one grey level per pixel if there is no colour, otherwise red, green and blue.
fn pixels(elements: &mut Elements, picture: DynamicImage, rows: u16, columns: u16) {
    let picture = picture.into_rgb8();
    let is_grey = picture.pixels().all(|pixel| pixel.0 == [pixel.0[0]; 3]);
    let values = match is_grey {
        true => picture.pixels().map(|pixel| pixel.0[0]).collect(),
        false => picture.into_raw(),
    };
    if is_grey {
        elements.number(tags::SAMPLES_PER_PIXEL, 1);
        elements.text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2");
    } else {
        elements.number(tags::SAMPLES_PER_PIXEL, 3);
        elements.text(tags::PHOTOMETRIC_INTERPRETATION, "RGB");
        elements.number(tags::PLANAR_CONFIGURATION, 0);
    }
    elements.number(tags::ROWS, rows);
    elements.number(tags::COLUMNS, columns);
    elements.number(tags::BITS_ALLOCATED, 8);
    elements.number(tags::BITS_STORED, 8);
    elements.number(tags::HIGH_BIT, 7);
    elements.number(tags::PIXEL_REPRESENTATION, 0);
    elements.pixels_of_bytes(values);
}

/// True if the picture was compressed with loss, here or in its source.
fn has_lost(exam: &ReportedExam, picture: &PictureFile) -> bool {
    picture.media_type == "image/jpeg" || exam.slice.format == Format::Jpeg.label()
}

fn decode(picture: &PictureFile) -> image::ImageResult<DynamicImage> {
    let format = match picture.media_type {
        "image/jpeg" => ImageFormat::Jpeg,
        _ => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(Cursor::new(&picture.bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_ALLOCATED);
    reader.limits(limits);
    reader.decode()
}
