//! From files and folders to series.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use image::GrayImage;
use jiff::civil::Date;
use lunny::cancel::Cancel;
use lunny::clinical::identity::Identity;
use lunny::clinical::patient::Sex;
use lunny::imaging::series::{self, Plane, Progress};
use lunny::imaging::{Format, ImagingError, Series};
use tempfile::TempDir;

use crate::dicom_series::{CORONAL, CtSlice, write_series};
use crate::fixtures::{Ct, hounsfield};

pub fn open(path: &Path) -> Result<Vec<Series>, ImagingError> {
    series::open(path, &Cancel::default(), &|_| {})
}

pub fn only(path: &Path) -> Series {
    let mut all = open(path).unwrap();
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// The values that the slices were written with, in order.
pub fn values(series: &Series) -> Vec<i16> {
    (0..series.len())
        .map(|index| hounsfield(&series.slice(index).unwrap())[1])
        .collect()
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Remarks with the folder as `…`.
pub fn remarks(series: &Series, folder: &TempDir) -> String {
    let remarks = series.remarks.join("\n");
    remarks.replace(&folder.path().display().to_string(), "…")
}

#[test]
fn a_series_and_each_of_its_slices_have_the_identity() {
    let folder = folder();
    let patient = [
        (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        (tags::PATIENT_NAME, VR::PN, "Nguyễn^Thị Ánh"),
        (tags::PATIENT_ID, VR::LO, " MRN-9 "),
        (tags::ISSUER_OF_PATIENT_ID, VR::LO, "St. Mary"),
        (tags::PATIENT_BIRTH_DATE, VR::DA, "19610305"),
        (tags::PATIENT_SEX, VR::CS, "F"),
    ];
    for number in 1..=2 {
        let mut slice = CtSlice::new("1.5", number, 8);
        slice.patient = (patient.iter())
            .map(|(tag, vr, value)| (*tag, *vr, (*value).to_owned()))
            .collect();
        slice.write(folder.path().join(number.to_string()));
    }
    let series = only(folder.path());
    let expected = Identity {
        name: Some("Nguyễn^Thị Ánh".into()),
        number: Some("MRN-9".into()),
        issuer: Some("St. Mary".into()),
        birth_date: Some(Date::constant(1961, 3, 5)),
        sex: Some(Sex::Female),
    };
    assert_eq!(series.identity.patient, expected);
    let slice = series.slice(0).unwrap();
    assert_eq!(slice.provenance.dicom.as_ref().unwrap().patient, expected);
}

#[test]
fn a_birth_date_or_sex_that_cannot_be_read_is_missing() {
    let folder = folder();
    for (date, sex) in [("1961", "X"), ("19611399", ""), ("unknown", "female")] {
        let mut slice = CtSlice::new("1.5", 1, 8);
        slice.patient = vec![
            (tags::PATIENT_BIRTH_DATE, VR::DA, date.into()),
            (tags::PATIENT_SEX, VR::CS, sex.into()),
        ];
        slice.write(folder.path().join("slice"));
        let patient = only(folder.path()).identity.patient;
        assert_eq!((patient.birth_date, patient.sex), (None, None), "{date}");
        assert_eq!(patient.number.as_deref(), Some("T-1"));
    }
}

#[test]
fn a_folder_of_files_without_names_is_one_series_in_order() {
    let folder = folder();
    write_series(folder.path(), "1.5", 20, 8);
    let series = only(folder.path());
    assert_eq!(values(&series), (1..=20).rev().collect::<Vec<i16>>());
    assert!(series.remarks.is_empty(), "{:?}", series.remarks);
    let geometry = &series.geometry;
    assert_eq!((geometry.rows, geometry.columns), (8, 8));
    assert_eq!(geometry.spacing_mm, Some([0.7, 0.8]));
    assert_eq!(geometry.step_mm, Some(2.0));
    assert_eq!(geometry.plane(), Some(Plane::Axial));
    let identity = &series.identity;
    assert_eq!(identity.format, Format::Dicom);
    assert_eq!(identity.modality.as_deref(), Some("CT"));
    assert_eq!(identity.series_uid.as_deref(), Some("1.5"));
    assert_eq!(identity.study_uid.as_deref(), Some("1.2"));
    assert_eq!(identity.patient_id.as_deref(), Some("T-1"));
    assert_eq!(identity.date.as_deref(), Some("20200131"));
}

#[test]
fn nested_folders_hostile_names_and_other_files_are_handled() {
    let folder = folder();
    let deep = folder.path().join("DICOM/PA0/ST0");
    CtSlice::new("1.5", 1, 8).write(deep.join("\u{1b}[2J\u{202e}.exe"));
    CtSlice::new("1.5", 2, 8).write(folder.path().join("IM2.txt"));
    CtSlice::new("1.5", 3, 8).write(folder.path().join(".hidden.dcm"));
    CtSlice::new("1.5", 3, 8).write(folder.path().join(".trash/IM3"));
    std::fs::write(folder.path().join("notes.dcm"), "no picture").unwrap();
    let whole = CtSlice::new("1.5", 4, 8).bytes();
    std::fs::write(deep.join("cut"), &whole[..200]).unwrap();
    let series = only(folder.path());
    assert_eq!(values(&series), [2, 1]);
    insta::assert_snapshot!(remarks(&series, &folder), @r"
    1 file that is no picture was passed over
    1 file could not be read: …/DICOM/PA0/ST0/cut is cut short: its end is missing; copy or export it again
    ");
}

#[test]
fn links_in_circles_end_and_linked_folders_count_once() {
    let folder = folder();
    write_series(&folder.path().join("a"), "1.5", 3, 8);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink("a", folder.path().join("again")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
    let series = only(folder.path());
    assert_eq!(series.len(), 3);
    assert!(series.remarks.is_empty(), "{:?}", series.remarks);
}

#[test]
fn localizers_other_planes_and_other_series_are_separated() {
    let folder = folder();
    write_series(folder.path(), "1.5", 9, 8);
    write_series(&folder.path().join("other"), "1.6", 4, 8);
    let mut overview = CtSlice::new("1.7", 1, 8);
    overview.image_type = "ORIGINAL\\PRIMARY\\LOCALIZER";
    overview.write(folder.path().join("scout"));
    for number in 21..24 {
        let mut slice = CtSlice::new("1.5", number, 8);
        slice.orientation = CORONAL;
        slice.position = [0.0, f64::from(number), 0.0];
        slice.write(folder.path().join(format!("coronal {number}")));
    }
    let mut elsewhere = CtSlice::new("1.5", 30, 8);
    elsewhere.frame_of_reference = "1.10";
    elsewhere.write(folder.path().join("elsewhere"));
    let all = open(folder.path()).unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|series| (series.len(), series.geometry.plane().unwrap().as_str()))
        .collect();
    assert_eq!(
        told,
        [(9, "axial"), (4, "axial"), (3, "coronal"), (1, "axial")]
    );
    insta::assert_snapshot!(remarks(&all[0], &folder), @r"
    these are 9 of 13 slices of the series; the others differ in orientation and frame of reference
    1 localizer was left out: scout
    ");
}

#[test]
fn pictures_are_a_series_by_name_and_a_file_stands_alone() {
    let folder = folder();
    for name in ["2.png", "10.png", "1.png"] {
        let level = name.len() as u8;
        let picture = GrayImage::from_pixel(6, 4, image::Luma([level]));
        picture.save(folder.path().join(name)).unwrap();
    }
    let series = only(folder.path());
    let names: Vec<PathBuf> = series
        .slices()
        .iter()
        .map(|slice| slice.path.clone())
        .collect();
    assert_eq!(
        names,
        ["1.png", "2.png", "10.png"].map(|name| folder.path().join(name))
    );
    assert_eq!(series.geometry.plane(), None);
    let alone = only(&folder.path().join("10.png"));
    assert_eq!(alone.len(), 1);
    assert_eq!(alone.slice(0).unwrap().width, 6);
    assert!(
        alone
            .slice(1)
            .unwrap_err()
            .to_string()
            .contains("without a slice 2")
    );
}

#[test]
fn a_path_without_pictures_is_refused() {
    let folder = folder();
    let sentence = || {
        let sentence = open(folder.path()).unwrap_err().to_string();
        sentence.replace(&folder.path().display().to_string(), "…")
    };
    let empty = sentence();
    std::fs::write(folder.path().join("a.txt"), "a").unwrap();
    let text = sentence();
    std::fs::write(folder.path().join("b.txt"), "").unwrap();
    insta::assert_snapshot!([empty, text, sentence()].join("\n"), @r"
    … holds no picture: it is an empty folder
    … holds no picture: it is a folder with 1 file, which is no picture
    …/b.txt is empty; copy or export it again
    ");
    assert!(matches!(
        open(&folder.path().join("absent")),
        Err(ImagingError::NotFound(_))
    ));
}

#[test]
fn opening_reports_progress_and_can_be_cancelled_at_any_time() {
    let folder = folder();
    write_series(folder.path(), "1.5", 40, 8);
    for stop_at in [0, 1, 20] {
        let cancel = Cancel::default();
        let stop = |progress: Progress| {
            if progress.done >= stop_at {
                cancel.cancel();
            }
        };
        let opened = series::open(folder.path(), &cancel, &stop);
        assert!(matches!(opened, Err(ImagingError::Cancelled)), "{stop_at}");
    }
    let told = Mutex::new(Vec::new());
    let tell = |progress: Progress| told.lock().unwrap().push(progress);
    let series = series::open(folder.path(), &Cancel::default(), &tell)
        .unwrap()
        .remove(0);
    assert!(
        told.lock()
            .unwrap()
            .contains(&Progress { done: 40, of: 40 })
    );
    let cancel = Cancel::default();
    let decoded = series.visit(&cancel, &|_| cancel.cancel(), |_, _| {});
    assert!(matches!(decoded, Err(ImagingError::Cancelled)));
}

#[test]
fn a_file_that_vanishes_or_changes_after_opening_is_named_and_the_others_decode() {
    let folder = folder();
    let files = write_series(folder.path(), "1.5", 5, 8);
    let series = only(folder.path());
    std::fs::remove_file(&files[1]).unwrap();
    CtSlice::new("1.5", 4, 4).write(&files[3]);
    let summary = series.summary(&Cancel::default(), &|_| {}).unwrap();
    assert_eq!((summary.hu_range, summary.sha256), (Some([-1024, 5]), None));
    let failed: Vec<usize> = summary.failed.iter().map(|(index, _)| *index).collect();
    assert_eq!(failed, [1, 3]);
    // Slice 4 is lower than slice 2.
    let sentence = series.not_read(&summary.failed).unwrap();
    assert!(
        sentence.starts_with("2 slices could not be read, number 2, 4, the first: ")
            && sentence.contains("it holds 4 × 4 pixels where 8 × 8 were stated"),
        "{sentence}"
    );
    let good: Vec<bool> = (0..5).map(|index| series.slice(index).is_ok()).collect();
    assert_eq!(good, [true, false, true, false, true]);
    assert!(matches!(series.slice(3), Err(ImagingError::NotFound(_))));
}

#[test]
fn the_hash_is_that_of_the_units_for_any_file_names() {
    use sha2::{Digest, Sha256};

    let one = folder();
    write_series(one.path(), "1.5", 3, 4);
    let other = folder();
    for number in 1..=3 {
        CtSlice::new("1.5", number, 4).write(other.path().join(format!("{number}.dcm")));
    }
    let mut expected = Sha256::new();
    for number in [3i16, 2, 1] {
        expected.update((-1024i16).to_le_bytes());
        for _ in 1..16 {
            expected.update(number.to_le_bytes());
        }
    }
    let expected: String = expected
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for folder in [one, other] {
        let summary = only(folder.path())
            .summary(&Cancel::default(), &|_| {})
            .unwrap();
        assert_eq!(summary.sha256.as_ref(), Some(&expected));
        assert_eq!(summary.hu_range, Some([-1024, 3]));
    }
}

#[test]
fn the_frames_of_a_file_are_its_slices_in_their_order() {
    let folder = folder();
    let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
    let ct = Ct {
        rows: 1,
        columns: 2,
        stored: vec![0, 1025, 0, 1026, 0, 1027],
        more: vec![
            text(tags::NUMBER_OF_FRAMES, VR::IS, "3"),
            // Stated once for all frames, so it is not the position of any of them.
            text(tags::IMAGE_POSITION_PATIENT, VR::DS, "0\\0\\5"),
        ],
        ..Ct::default()
    };
    let path = folder.path().join("many");
    std::fs::write(&path, ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN)).unwrap();
    let series = only(&path);
    assert_eq!(values(&series), [1, 2, 3]);
    let frames: Vec<usize> = series.slices().iter().map(|slice| slice.frame).collect();
    assert_eq!(frames, [0, 1, 2]);
    assert_eq!(series.geometry.step_mm, None);
    let order =
        "3 frames state no positions of their own, so the frames are in the order of the file";
    assert_eq!(series.remarks, [order]);
}

#[test]
fn pixels_beyond_the_stated_frames_are_named() {
    let folder = folder();
    let ct = |frames: &str| Ct {
        rows: 1,
        columns: 2,
        stored: vec![0, 1025, 0, 1026, 0, 1027],
        more: vec![DataElement::new(
            tags::NUMBER_OF_FRAMES,
            VR::IS,
            PrimitiveValue::from(frames),
        )],
        ..Ct::default()
    };
    let path = folder.path().join("many");
    for (frames, said) in [("1", true), ("2", true), ("3", false)] {
        let file = ct(frames).file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
        std::fs::write(&path, &file).unwrap();
        let remarks = only(&path).remarks.join("\n");
        let remark = "1 file has pixels for more frames than stated; those are left out: many";
        assert_eq!(remarks.contains(remark), said, "{remarks}");
        // A length that is too large is no sign of frames.
        let at = file
            .windows(6)
            .position(|bytes| bytes == b"\xe0\x7f\x10\0OW")
            .unwrap()
            + 8;
        let mut long = file.clone();
        long[at..at + 4].copy_from_slice(&4000u32.to_le_bytes());
        std::fs::write(&path, &long).unwrap();
        let remarks = only(&path).remarks.join("\n");
        assert!(!remarks.contains("more frames"), "{remarks}");
    }
}

#[test]
fn prefetched_slices_are_available_without_their_files() {
    let folder = folder();
    write_series(folder.path(), "1.5", 6, 8);
    let series = only(folder.path());
    series.prefetch(&[2, 3, 4, 5, 99], &Cancel::default());
    let path = folder.path().to_owned();
    drop(folder);
    assert!(!path.exists());
    let there: Vec<bool> = (0..6).map(|index| series.slice(index).is_ok()).collect();
    assert_eq!(there, [false, false, true, true, true, true]);
}
