//! The training range of the lesion reader: the slices that its figures apply to.

use std::ops::RangeInclusive;

use crate::clinical::assessment::TrainingRange;
use crate::imaging::Scan;

/// Row and column spacing of the training data, in mm, extended by the random scaling of training pictures.
const SPACING_MM: RangeInclusive<f64> = 0.37..=1.22;
/// Maximum ratio of the sides of a pixel.
const SQUARE: f64 = 1.1;
/// Maximum slice thickness of the training data, in mm, with a tolerance: 5 mm is the usual setting, stored in
/// many ways.
const THICKEST_MM: f64 = 6.0;

/// The training range for `scan`, by the statements of its file.
pub fn of(scan: &Scan) -> TrainingRange {
    let outside = |reason: String| TrainingRange::Outside { reason };
    let Some([rows, columns]) = scan.spacing_mm else {
        return outside("the file states no pixel spacing, so sizes in mm are unknown".into());
    };
    let (small, large) = (rows.min(columns), rows.max(columns));
    if !SPACING_MM.contains(&small) || !SPACING_MM.contains(&large) {
        let (least, most) = (SPACING_MM.start(), SPACING_MM.end());
        return outside(format!(
            "its pixels measure {rows:.2} × {columns:.2} mm; the model was trained on {least} to {most} mm"
        ));
    }
    if large > SQUARE * small {
        return outside(format!(
            "its pixels are not square: {rows:.2} × {columns:.2} mm"
        ));
    }
    let dicom = scan.provenance.dicom.as_ref();
    match dicom.and_then(|dicom| dicom.slice_thickness_mm) {
        Some(thickness) if thickness > THICKEST_MM => outside(format!(
            "its slices are {thickness:.1} mm thick; the model was trained on slices up to 5 mm"
        )),
        _ => TrainingRange::Inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Modality, Pixels, Provenance};

    fn reason(spacing_mm: Option<[f64; 2]>, thickness_mm: Option<f64>) -> Option<String> {
        let scan = Scan {
            pixels: Pixels::Hounsfield(vec![0]),
            width: 1,
            height: 1,
            spacing_mm,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "slice.dcm".into(),
                format: Format::Dicom,
                bytes: 1,
                sha256: String::new(),
                dicom: Some(Modality {
                    slice_thickness_mm: thickness_mm,
                    ..Modality::default()
                }),
            },
        };
        of(&scan).outside_reason().map(str::to_owned)
    }

    #[test]
    fn usual_chest_scans_are_inside() {
        for spacing in [0.46, 0.7, 0.98] {
            for thickness in [None, Some(0.6), Some(5.0), Some(5.000_001)] {
                assert_eq!(reason(Some([spacing; 2]), thickness), None);
            }
        }
    }

    #[test]
    fn a_scan_outside_the_training_range_gets_the_reason() {
        for (spacing, thickness, said) in [
            (None, None, "no pixel spacing"),
            (Some([0.2; 2]), None, "0.20 × 0.20 mm"),
            (Some([0.7, 2.0]), None, "0.70 × 2.00 mm"),
            (Some([0.7, 0.9]), None, "not square"),
            (Some([0.7; 2]), Some(10.0), "10.0 mm thick"),
            (Some([f64::NAN; 2]), None, "NaN"),
        ] {
            let reason = reason(spacing, thickness).unwrap();
            assert!(reason.contains(said), "{reason}");
        }
    }
}
