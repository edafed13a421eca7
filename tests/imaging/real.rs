//! Slices of the shared data.

use std::path::{Path, PathBuf};

use lunny::clinical::assessment::TrainingRange;
use lunny::imaging::{Header, Pixels, Scan, Window, load};
use lunny::model::gate;

use crate::fixtures::hounsfield;
/// Path in the shared data, if it is available beside the project.
pub fn shared(below: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).join(below);
    if !path.is_dir() {
        println!("skipped: no data");
        return None;
    }
    Some(path)
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension != "csv") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn real_raster_slices_are_read_and_pass_the_gate() {
    for folder in ["iq-oth-nccd", "chest-ct-external"] {
        let Some(folder) = shared(folder) else { return };
        let slices = files(&folder);
        let (mut seen, mut marked, mut refused) = (0, 0, Vec::new());
        for path in slices.iter().step_by(8) {
            seen += 1;
            match gate::check(&load(path).unwrap()) {
                Ok(range) => marked += usize::from(range.outside_reason().is_some()),
                Err(reason) => refused.push((path, reason)),
            }
        }
        println!("{seen} slices, {marked} marked, refused: {refused:#?}");
        assert!(refused.len() * 50 <= seen, "{refused:#?}");
    }
}

/// The slice as a grey picture without tags, through a window.
fn saved_as_picture(scan: &Scan, window: Window) -> Scan {
    let mut picture = scan.clone();
    picture.pixels = Pixels::Grey(scan.grey(window).into_owned());
    picture.provenance.dicom = None;
    picture.spacing_mm = None;
    picture
}

#[test]
fn coronal_and_sagittal_slices_saved_as_pictures_are_refused_in_every_window() {
    let Some(folder) = shared("dicom/tcia-chest") else {
        return;
    };
    let windows = [(-600, 1500), (50, 1200), (40, 400), (400, 1800), (300, 800)];
    for path in files(&folder) {
        let scan = load(&path).unwrap();
        if path.to_string_lossy().contains("-axial-") {
            continue;
        }
        for (centre_hu, width_hu) in windows {
            let window = Window {
                centre_hu,
                width_hu,
            };
            let sentence = gate::check(&saved_as_picture(&scan, window))
                .unwrap_err()
                .to_string();
            assert!(
                sentence.contains("lungs") || sentence.contains("white"),
                "{sentence}"
            );
        }
    }
}

#[test]
fn real_slices_saved_in_a_lung_window_pass_the_gate_and_are_marked() {
    let Some(folder) = shared("ct-lesions") else {
        return;
    };
    let windows = [(-600, 1500), (-500, 1400), (-650, 1700), (-450, 1250)];
    let (mut seen, mut refused) = (0, Vec::new());
    for (path, number) in files(&folder).into_iter().step_by(5).zip(0..) {
        let (centre_hu, width_hu) = windows[number % windows.len()];
        let window = Window {
            centre_hu,
            width_hu,
        };
        seen += 1;
        match gate::check(&saved_as_picture(&load(&path).unwrap(), window)) {
            Ok(range) => {
                let reason = range.outside_reason().unwrap_or_default();
                assert!(reason.contains("use the DICOM file"), "{reason}");
            }
            Err(reason) => refused.push((path, reason)),
        }
    }
    println!("{seen} slices, refused: {refused:#?}");
    assert!(refused.len() * 50 <= seen, "{refused:#?}");
}

#[test]
fn slices_of_the_abdomen_saved_in_a_lung_window_are_refused() {
    let Some(folder) = shared("dicom/tcia-chest") else {
        return;
    };
    for path in files(&folder) {
        if !path.to_string_lossy().contains("A027284-axial-") {
            continue;
        }
        let scan = load(&path).unwrap();
        for (centre_hu, width_hu) in [(-600, 1500), (-500, 1400), (-650, 1700), (-450, 1250)] {
            let window = Window {
                centre_hu,
                width_hu,
            };
            let sentence = gate::check(&saved_as_picture(&scan, window))
                .unwrap_err()
                .to_string();
            assert!(sentence.contains("lungs"), "{sentence}");
        }
    }
}

#[test]
fn of_real_dicom_slices_only_the_axial_ones_pass_the_gate() {
    let Some(folder) = shared("dicom/tcia-chest") else {
        return;
    };
    for path in files(&folder) {
        let scan = load(&path).unwrap();
        let axial = path.to_string_lossy().contains("-axial-");
        assert_eq!(gate::check(&scan).is_ok(), axial, "{}", path.display());
        let values = hounsfield(&scan);
        assert!(values.iter().all(|&value| value >= -1024));
        // Soft tissue is present: about a quarter of the picture is between fat and contrast medium.
        let tissue = values
            .iter()
            .filter(|&&value| (-100..=200).contains(&value))
            .count();
        assert!(tissue * 10 > values.len(), "{}", path.display());
    }
}

#[test]
fn a_real_slice_reads_the_same_uncompressed_and_compressed() {
    let Some(folder) = shared("dicom") else {
        return;
    };
    let path = folder.join("ct1-uncompressed.dcm");
    let scan = load(&path).unwrap();
    assert_eq!((scan.width, scan.height), (512, 512));
    assert_eq!(gate::check(&scan), Ok(TrainingRange::Inside));
    assert_eq!(scan.grey(Window::MODEL).len(), 512 * 512);
    let plain = Header::read(&path).unwrap();
    assert!(plain.study_uid.is_some() && plain.series_uid.is_some());
    assert!(plain.frames[0].position_mm.is_some());
    for (name, syntax) in [
        ("ct1-rle.dcm", "1.2.840.10008.1.2.5"),
        ("ct1-jpeg-lossless.dcm", "1.2.840.10008.1.2.4.70"),
        ("ct1-jpegls-lossless.dcm", "1.2.840.10008.1.2.4.80"),
        ("ct1-jpeg2000-lossless.dcm", "1.2.840.10008.1.2.4.90"),
    ] {
        let path = folder.join(name);
        let header = Header::read(&path).unwrap();
        assert_eq!(header.transfer_syntax.as_deref(), Some(syntax));
        assert_eq!(header.frames, plain.frames);
        assert!(load(&path).unwrap().pixels == scan.pixels, "{name}");
    }
}
