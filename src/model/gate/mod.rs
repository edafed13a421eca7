//! The input gate: what is no axial chest CT slice is refused before the network runs.
//!
//! It looks at what the file says of itself, at plain figures of the pixels, and at the anatomy: in
//! Hounsfield units ([`hounsfield`]) where there are such, else at dark regions enclosed by bright tissue
//! ([`measures`]) and how much they are like lungs in a body ([`likeness`]). Limits were set on 1,598
//! chest slices of several scanners and windows (IQ-OTH/NCCD and "Chest CT-Scan images"), on DICOM slices
//! of the chest, and on pictures of other things.
//!
//! What is a CT slice of a trunk, but unlike what the network learnt from, passes and is marked.

mod grid;
pub mod hounsfield;
mod levels;
pub mod likeness;
pub mod measures;
mod statement;

use crate::clinical::assessment::TrainingRange;
use crate::imaging::{Pixels, Scan, Window};

/// Shorter sides hold too little: the network works on 224 × 224. Measured: 110 and more.
const SHORTEST_SIDE: u32 = 64;
/// Width over height. Measured: 0.996 to 2.60, the wide ones cropped to the body.
const SHAPES: std::ops::RangeInclusive<f64> = 0.8..=2.8;
/// Mean spread of red, green and blue. Measured: 0; the rest is room for a coloured scale at the edge.
const MOST_COLOUR: f32 = 4.0;

/// Enclosed air from which a slice in Hounsfield units has lungs, in cm². Measured: 34 and more in the
/// chest, up to 13 in bowel, up to 6 in a head.
const LEAST_LUNG_CM2: f64 = 20.0;
/// The same as a share of the picture, where the spacing is unknown.
const LEAST_LUNG_SHARE: f64 = 0.03;
/// The longer side of a trunk without lungs, in mm. Measured: 292 and more; a head up to 220.
const LEAST_TRUNK_MM: f64 = 250.0;
/// Share of the picture that a body takes at least. Measured: 0.36 and more.
const LEAST_BODY: f64 = 0.08;

/// What the gate sees of Hounsfield units: wide enough to tell lungs, fat and soft tissue apart. Its limits were
/// measured through it.
const WINDOW: Window = Window {
    centre_hu: 50,
    width_hu: 1200,
};
/// Mean level of the lungs (0 to 255) in a picture whose window is like those of the training slices.
/// Measured: up to 21.2 on IQ-OTH/NCCD, up to 14 through [`WINDOW`]; lung windows: 70 and more.
const MOST_LUNG_LEVEL: f32 = 25.0;
/// Share of white pixels in such a picture. Measured: up to 0.015; lung windows: 0.4.
const MOST_PURE_WHITE: f32 = 0.05;

/// Width over height of the two lungs together under which they are taller than in an axial slice.
const LEAST_LUNG_SHAPE: f32 = 1.1;

/// Lets an axial chest CT slice through and says whether it is like the training slices, as far as pixels
/// tell; the error is one sentence that says why it is none.
pub fn check(scan: &Scan) -> Result<TrainingRange, String> {
    if let Some(stated) = &scan.provenance.dicom {
        statement::check(stated, &scan.pixels)?;
    }
    check_shape(scan.width, scan.height)?;
    if scan.colourfulness > MOST_COLOUR {
        return Err(
            "the picture is coloured, as photographs and screenshots are; a CT slice is grey"
                .into(),
        );
    }
    let (width, height) = (scan.width as usize, scan.height as usize);
    let grey = scan.grey(WINDOW);
    if Some(grey.len()) != width.checked_mul(height) {
        return Err(format!(
            "{} pixels are not {width} × {height}, so the picture is broken",
            grey.len()
        ));
    }
    levels::check(&grey, width)?;
    let stated_plane = (scan.provenance.dicom.as_ref()).and_then(|stated| stated.orientation);
    match &scan.pixels {
        Pixels::Hounsfield(values) if stated_plane.is_some() => {
            check_anatomy(hounsfield::anatomy(values, width, height), scan)
        }
        pixels => {
            let measured = measures::measure(&grey, width, height);
            check_likeness(&measured)?;
            Ok(match pixels {
                Pixels::Grey(_) => window(&measured),
                Pixels::Hounsfield(_) => TrainingRange::Inside,
            })
        }
    }
}

fn check_shape(width: u32, height: u32) -> Result<(), String> {
    if width.min(height) < SHORTEST_SIDE {
        return Err(format!(
            "the picture is {width} × {height} pixels; at least {SHORTEST_SIDE} a side are needed"
        ));
    }
    if !SHAPES.contains(&(f64::from(width) / f64::from(height))) {
        return Err(format!(
            "the picture is {width} × {height} pixels, which is no shape of an axial chest slice"
        ));
    }
    Ok(())
}

/// Judges a slice whose file states that it is axial CT.
fn check_anatomy(seen: hounsfield::Anatomy, scan: &Scan) -> Result<TrainingRange, String> {
    if seen.body < LEAST_BODY {
        return Err(
            "no body was found in the slice; only axial chest CT slices are analysed".into(),
        );
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
        Some(side) => Err(format!(
            "no lungs were found, and what is there is {side:.0} mm long, as a head or a limb is; only \
             axial chest CT slices are analysed"
        )),
        None => Err("no lungs were found; only axial chest CT slices are analysed".into()),
    }
}

/// Judges a picture by its layout alone.
fn check_likeness(measured: &measures::Measures) -> Result<(), String> {
    if !measured.has_regions {
        return Err(
            "no lungs were found: nothing dark in the picture is enclosed by tissue; only axial chest CT \
             slices are analysed"
                .into(),
        );
    }
    if likeness::log_odds(&measured.values) >= likeness::LEAST {
        return Ok(());
    }
    Err(match measured.region_shape < LEAST_LUNG_SHAPE {
        true => "no lungs were found as they lie in an axial slice: what is dark inside is as tall as it is \
                 wide, as in radiographs, coronal and sagittal slices; only axial chest CT slices are analysed"
            .into(),
        false => "no two lungs within a chest were found: the picture is not laid out as an axial chest CT \
                  slice is; choose another file"
            .into(),
    })
}

/// Holds the grey levels of a raster picture against the windows of the training slices.
fn window(measured: &measures::Measures) -> TrainingRange {
    let (lungs, white) = (measured.region_level, measured.white);
    let reason = if lungs > MOST_LUNG_LEVEL {
        format!("unknown window, the lungs are grey (level {lungs:.0} of 255) and not black")
    } else if white > MOST_PURE_WHITE {
        format!(
            "unknown window, {:.0} % of the picture is white",
            white * 100.0
        )
    } else {
        return TrainingRange::Inside;
    };
    TrainingRange::Outside { reason }
}

#[cfg(test)]
mod tests;
