//! The input gate: refuses scans that are not axial chest CT slices before the network runs.
//!
//! It checks the file's own statements, simple statistics of the pixels, and the anatomy: in Hounsfield units
//! ([`hounsfield`]) where available, otherwise the dark regions enclosed by bright tissue ([`measures`]), how
//! likely they are lungs in a body ([`chest_ct_classifier`]), and whether a closed trunk encloses them beside a
//! spine (`layout`, `chest`). Limits were set on 1,598 chest slices of several scanners and windows
//! (IQ-OTH/NCCD and "Chest CT-Scan images"), on DICOM slices of the chest in many windows, and on pictures of
//! other things.
//!
//! A CT slice of a trunk that is unlike the training slices passes and is marked as outside the training range:
//! among them every picture in a lung window, for which no result is given.

mod chest;
pub mod chest_ct_classifier;
mod grid;
pub mod hounsfield;
mod layout;
mod levels;
pub mod measures;
mod picture;
mod refusal;
mod statement;

pub use refusal::Refusal;

use crate::clinical::assessment::TrainingRange;
use crate::imaging::{Pixels, Scan, Window};

/// Minimum side in pixels: the network works on 224 × 224. Measured: 110 and more.
const SHORTEST_SIDE: u32 = 64;
/// Width divided by height. Measured: 0.996 to 2.60, the wide ones cropped to the body.
const SHAPES: std::ops::RangeInclusive<f64> = 0.8..=2.8;
/// Maximum mean difference of red, green and blue. Measured: 0; the tolerance allows a coloured scale at the
/// edge.
const MOST_COLOUR: f32 = 4.0;

/// Enclosed air in cm² from which a slice in Hounsfield units has lungs. Measured: 34 and more in the chest, up
/// to 13 in bowel, up to 6 in a head.
const LEAST_LUNG_CM2: f64 = 20.0;
/// The same as a share of the picture, if the spacing is unknown.
const LEAST_LUNG_SHARE: f64 = 0.03;
/// Minimum length of the longer side of a trunk without lungs, in mm. Measured: 292 and more; a head up to 220.
const LEAST_TRUNK_MM: f64 = 250.0;
/// Minimum share of the picture that is body. Measured: 0.36 and more.
const LEAST_BODY: f64 = 0.08;

/// Window that the gate applies to Hounsfield units: wide enough to separate lungs, fat and soft tissue. The
/// limits were measured with it.
const WINDOW: Window = Window {
    centre_hu: 50,
    width_hu: 1200,
};
/// Reason for a CT slice that is treated as a picture.
const NO_RESCALE: &str = "the file states no rescale, so it is a picture in an unknown window and holds no Hounsfield \
    units; no result is given for such pictures, a file with RescaleSlope and RescaleIntercept would help";

/// Accepts an axial chest CT slice and says whether its pixels are within the training range; otherwise the
/// error is one sentence with the reason.
pub fn check(scan: &Scan) -> Result<TrainingRange, Refusal> {
    if let Some(stated) = &scan.provenance.dicom {
        statement::check(stated)?;
    }
    check_shape(scan.width, scan.height)?;
    if scan.colourfulness > MOST_COLOUR {
        return Err(Refusal::Coloured);
    }
    let (width, height) = (scan.width as usize, scan.height as usize);
    let grey = scan.grey(WINDOW);
    if Some(grey.len()) != width.checked_mul(height) {
        return Err(Refusal::Broken {
            count: grey.len(),
            width,
            height,
        });
    }
    let is_raster = matches!(scan.pixels, Pixels::Grey(_));
    if let Err(reason) = levels::check(&grey, width) {
        // An inverted slice is nearly all white too.
        let inverted = is_raster.then(|| picture::inverted(&grey, width, height));
        return inverted.flatten().ok_or(reason);
    }
    let stated_plane = (scan.provenance.dicom.as_ref()).and_then(|stated| stated.orientation);
    match &scan.pixels {
        Pixels::Hounsfield(values) if stated_plane.is_some() => {
            check_anatomy(hounsfield::anatomy(values, width, height), scan)
        }
        Pixels::Hounsfield(_) => {
            picture::check_hounsfield(&grey, width, height)?;
            Ok(TrainingRange::Inside)
        }
        Pixels::Grey(_) => {
            let range = picture::check(&grey, width, height)?;
            Ok(match &scan.provenance.dicom {
                Some(_) => TrainingRange::Outside {
                    reason: NO_RESCALE.into(),
                },
                None => range,
            })
        }
    }
}

fn check_shape(width: u32, height: u32) -> Result<(), Refusal> {
    if width.min(height) < SHORTEST_SIDE {
        return Err(Refusal::Small {
            width,
            height,
            least: SHORTEST_SIDE,
        });
    }
    if !SHAPES.contains(&(f64::from(width) / f64::from(height))) {
        return Err(Refusal::Shape { width, height });
    }
    Ok(())
}

/// Checks a slice whose file states that it is axial CT.
fn check_anatomy(seen: hounsfield::Anatomy, scan: &Scan) -> Result<TrainingRange, Refusal> {
    if seen.body < LEAST_BODY {
        return Err(Refusal::NoBody);
    }
    let (width, height) = (f64::from(scan.width), f64::from(scan.height));
    let lungs = match scan.spacing_mm {
        Some([row, column]) => {
            let picture_cm2 = width * column * height * row / 100.0;
            seen.enclosed_air * picture_cm2 >= LEAST_LUNG_CM2
        }
        None => seen.enclosed_air >= LEAST_LUNG_SHARE,
    };
    if lungs {
        return Ok(TrainingRange::Inside);
    }
    let side_mm = scan
        .spacing_mm
        .map(|[row, column]| seen.body_side * width.max(height) * row.max(column));
    match side_mm {
        Some(side) if side >= LEAST_TRUNK_MM => Ok(TrainingRange::Outside {
            reason: "no lungs were found in the slice".into(),
        }),
        Some(side_mm) => Err(Refusal::ShortBody { side_mm }),
        None => Err(Refusal::NoLungs),
    }
}

#[cfg(test)]
mod tests;
