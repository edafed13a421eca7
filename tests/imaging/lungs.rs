//! Lung masks of the shared slices.

use std::collections::HashMap;
use std::path::Path;

use lunny::imaging::lungs::{self, LungMask, NoLungs};
use lunny::imaging::{Scan, load};

use crate::fixtures::hounsfield;
use crate::real::{files, shared};

fn find(scan: &Scan) -> Result<LungMask, NoLungs> {
    let spacing_mm = scan.spacing_mm.map(|spacing| spacing.map(|mm| mm as f32));
    let (width, height) = (scan.width as usize, scan.height as usize);
    lungs::find(hounsfield(scan), width, height, spacing_mm)
}

/// First and last row, first and last column of the lesion on each marked file.
fn marks(folder: &Path) -> HashMap<String, [usize; 4]> {
    let table = std::fs::read_to_string(folder.join("marks.csv")).unwrap();
    let line = |line: &str| {
        let mut fields = line.split(',');
        let file = fields.next().unwrap().to_owned();
        let ends: Vec<usize> = fields.map(|field| field.parse().unwrap()).collect();
        (file, ends.try_into().unwrap())
    };
    table.lines().skip(1).map(line).collect()
}

#[test]
fn the_lungs_of_real_slices_contain_their_lesions() {
    let Some(folder) = shared("ct-lesions") else {
        return;
    };
    let marks = marks(&folder);
    let (mut slices, mut body_share) = (0, 0.0);
    let (mut centres, mut lesion_share) = (0, 0.0);
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
        let scan = load(&path).unwrap();
        let mask = find(&scan).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        let width = scan.width as usize;
        let body = hounsfield(&scan)
            .iter()
            .enumerate()
            .filter(|(place, hu)| **hu > -400 || mask.contains(place / width, place % width))
            .count();
        slices += 1;
        body_share += mask.pixels() as f64 / body as f64;
        let Some(&[top, bottom, left, right]) = marks.get(name) else {
            continue;
        };
        let centre = mask.contains(top.midpoint(bottom), left.midpoint(right));
        assert!(centre, "{name}: the lesion's centre is outside");
        centres += 1;
        let marked = (bottom + 1 - top) * (right + 1 - left);
        let inside = (top..=bottom)
            .flat_map(|row| (left..=right).map(move |column| (row, column)))
            .filter(|&(row, column)| mask.contains(row, column));
        lesion_share += inside.count() as f64 / marked as f64;
    }
    let body_share = body_share / f64::from(slices);
    let lesion_share = lesion_share / f64::from(centres);
    println!(
        "{slices} slices, {centres} centres, {lesion_share:.3} of the lesions, {body_share:.3} of the body"
    );
    assert_eq!(centres as usize, marks.len());
    assert!(lesion_share >= 0.95, "{lesion_share}");
    assert!(body_share <= 0.55, "{body_share}");
}

#[test]
fn of_axial_slices_with_pneumonia_only_those_of_the_abdomen_have_no_lungs() {
    let Some(folder) = shared("dicom/tcia-chest") else {
        return;
    };
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.contains("-axial-") {
            continue;
        }
        let found = find(&load(&path).unwrap());
        let is_abdomen = name.starts_with("A027284");
        assert_eq!(found.is_err(), is_abdomen, "{name}");
        if let Ok(mask) = found {
            assert!(mask.area_mm2() > 10_000.0, "{name}");
        }
    }
}
