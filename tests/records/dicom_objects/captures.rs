//! Secondary Captures.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::SECONDARY_CAPTURE_IMAGE_STORAGE;
use lunny::imaging::{self, ImagingError, Pixels};
use lunny::model::gate;
use lunny::report::dicom::{ObjectError, PictureKind, secondary_capture};
use lunny::report::record::{PictureFile, RecordReport};

use super::reading::{has_all, items, read, text};
use super::record::{SERIES, STUDY, record};

/// Attributes of type 1 of Patient, General Study, General Series, SC Equipment, Image Pixel and SOP Common.
const FILLED: [Tag; 17] = [
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::SPECIFIC_CHARACTER_SET,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::MODALITY,
    tags::CONVERSION_TYPE,
    tags::IMAGE_TYPE,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::ROWS,
    tags::COLUMNS,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::HIGH_BIT,
    tags::PIXEL_REPRESENTATION,
    tags::PIXEL_DATA,
];

/// Attributes of type 2.
const PRESENT: [Tag; 11] = [
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STUDY_ID,
    tags::ACCESSION_NUMBER,
    tags::SERIES_NUMBER,
    tags::INSTANCE_NUMBER,
];

fn picture(record: &RecordReport, kind: PictureKind) -> &PictureFile {
    kind.of(&record.exams[0]).unwrap()
}

fn capture(kind: PictureKind) -> Vec<u8> {
    let record = record();
    let picture = picture(&record, kind);
    secondary_capture(&record, &record.exams[0], picture, kind).unwrap()
}

#[test]
fn a_capture_has_the_required_attributes_and_the_pixels_of_the_picture() {
    for (kind, photometric, samples) in [
        (PictureKind::KeyImage, "MONOCHROME2", 1),
        (PictureKind::HeatMap, "RGB", 3),
    ] {
        let object = read(&capture(kind));
        has_all(&object, &FILLED, &PRESENT);
        let has = |tag, value: &str| assert_eq!(text(&object, tag).as_deref(), Some(value));
        has(tags::SOP_CLASS_UID, SECONDARY_CAPTURE_IMAGE_STORAGE);
        has(tags::CONVERSION_TYPE, "WSD");
        has(tags::BURNED_IN_ANNOTATION, "NO");
        has(tags::PHOTOMETRIC_INTERPRETATION, photometric);
        let pixels = object
            .element(tags::PIXEL_DATA)
            .unwrap()
            .to_bytes()
            .unwrap();
        let bytes = picture(&record(), kind).bytes.clone();
        let wanted = image::load_from_memory(&bytes).unwrap();
        let wanted = match samples {
            1 => wanted.into_luma8().into_raw(),
            _ => wanted.into_rgb8().into_raw(),
        };
        assert_eq!(pixels[..wanted.len()], wanted);
        assert_eq!(pixels.len(), wanted.len().next_multiple_of(2));
    }
}

#[test]
fn a_capture_states_its_patient_and_its_source_series() {
    let object = read(&capture(PictureKind::HeatMap));
    let has = |tag, value: &str| assert_eq!(text(&object, tag).as_deref(), Some(value));
    has(tags::PATIENT_NAME, "Ćwiąkała^Łucja");
    has(tags::PATIENT_ID, "P-0042");
    has(tags::PATIENT_BIRTH_DATE, "19610305");
    has(tags::PATIENT_SEX, "F");
    has(tags::PATIENT_AGE, "065Y");
    has(tags::STUDY_INSTANCE_UID, STUDY);
    has(tags::STUDY_DATE, "20260307");
    // The source assigns the identifiers of its own study.
    has(tags::ACCESSION_NUMBER, "");
    has(
        tags::DERIVATION_DESCRIPTION,
        "model attention, not lesion location",
    );
    let comments = text(&object, tags::IMAGE_COMMENTS).unwrap();
    assert!(comments.contains("not a medical device"), "{comments}");
    let related = &items(&object, tags::RELATED_SERIES_SEQUENCE)[0];
    assert_eq!(
        text(related, tags::STUDY_INSTANCE_UID).as_deref(),
        Some(STUDY)
    );
    assert_eq!(
        text(related, tags::SERIES_INSTANCE_UID).as_deref(),
        Some(SERIES)
    );
    assert!(text(related, tags::PATIENT_NAME).is_none());
}

#[test]
fn an_exam_without_a_known_study_gets_a_stable_one() {
    let mut record = record();
    let of = |record: &RecordReport, index: usize| {
        let exam = &record.exams[index];
        let picture = exam.key_image.as_ref().unwrap();
        let file = secondary_capture(record, exam, picture, PictureKind::KeyImage);
        let object = read(&file.unwrap());
        let uids = [
            tags::STUDY_INSTANCE_UID,
            tags::SERIES_INSTANCE_UID,
            tags::SOP_INSTANCE_UID,
        ];
        (uids.map(|tag| text(&object, tag).unwrap()), object)
    };
    let ([study, series, instance], object) = of(&record, 1);
    assert!(study.starts_with("2.25.") && study.len() <= 64, "{study}");
    assert_eq!(
        text(&object, tags::ACCESSION_NUMBER).as_deref(),
        Some("E-7")
    );
    assert_eq!(text(&object, tags::STUDY_DATE).as_deref(), Some("20251102"));
    assert!(items(&object, tags::RELATED_SERIES_SEQUENCE).is_empty());
    // A later export is another instance of the same series.
    record.made_at = "2026-04-01T00:00:00Z".parse().unwrap();
    let ([later_study, later_series, later_instance], _) = of(&record, 1);
    assert_eq!((&later_study, &later_series), (&study, &series));
    assert_ne!(later_instance, instance);
    // An invalid UID is not written as one.
    let source = record.exams[0].slice.series.as_mut().unwrap();
    source.study_uid = Some("1.2\\..03 no uid".into());
    let ([made, ..], object) = of(&record, 0);
    assert!(made.starts_with("2.25.") && made != study, "{made}");
    assert!(items(&object, tags::RELATED_SERIES_SEQUENCE).is_empty());
}

#[test]
fn hostile_and_overlong_texts_stay_within_their_elements() {
    let mut record = record();
    record.patient.full_name = "名".repeat(200);
    record.patient.number = format!("{}\\{}", "é".repeat(60), "x".repeat(60));
    record.hospital = "St. ^\u{1b}[2JMary\\Ward\n".into();
    let exam = &record.exams[0];
    let picture = exam.key_image.as_ref().unwrap();
    let kind = PictureKind::KeyImage;
    let object = read(&secondary_capture(&record, exam, picture, kind).unwrap());
    assert_eq!(text(&object, tags::PATIENT_NAME), Some("名".repeat(64)));
    let number = format!("{}/xxx", "é".repeat(60));
    assert_eq!(text(&object, tags::PATIENT_ID), Some(number));
    let institution = text(&object, tags::INSTITUTION_NAME);
    assert_eq!(institution.as_deref(), Some("St. ^[2JMary/Ward"));
}

#[test]
fn a_jpeg_is_marked_as_lossy_and_a_broken_picture_is_refused() {
    let record = record();
    let exam = &record.exams[1];
    let mut bytes = std::io::Cursor::new(Vec::new());
    let grey = image::GrayImage::from_fn(20, 20, |x, _| image::Luma([x as u8]));
    grey.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    let mut picture = PictureFile {
        media_type: "image/jpeg",
        bytes: bytes.into_inner(),
    };
    let capture =
        |picture: &PictureFile| secondary_capture(&record, exam, picture, PictureKind::KeyImage);
    let object = read(&capture(&picture).unwrap());
    assert_eq!(
        text(&object, tags::LOSSY_IMAGE_COMPRESSION).as_deref(),
        Some("01")
    );
    picture.bytes.truncate(30);
    let error = capture(&picture).unwrap_err();
    assert!(matches!(&error, ObjectError::Picture { .. }));
    assert!(error.to_string().contains("exam E-7"), "{error}");
}

#[test]
fn lunny_shows_a_capture_and_refuses_to_analyse_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.dcm");
    for kind in PictureKind::ALL {
        std::fs::write(&path, capture(kind)).unwrap();
        let scan = imaging::load(&path).unwrap();
        assert!(matches!(scan.pixels, Pixels::Grey(_)));
        assert_eq!((scan.width, scan.height), (31, 17));
        let stated = scan.provenance.dicom.clone().unwrap();
        assert_eq!(stated.modality, "OT");
        let refusal = gate::check(&scan).unwrap_err().to_string();
        assert!(refusal.contains("OT"), "{refusal}");
    }
    // A truncated capture is distinguished from a complete one.
    std::fs::write(&path, &capture(PictureKind::KeyImage)[..900]).unwrap();
    let cut = imaging::load(&path);
    assert!(matches!(cut, Err(ImagingError::CutShort(_))), "{cut:?}");
}
