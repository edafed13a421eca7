//! The input gate: what is plainly no axial chest CT slice is refused before the network runs.
//!
//! It looks at what the file says of itself and at a few figures of the pixels. Each limit stands well
//! outside what was measured on 1,598 chest slices of several scanners and windows (IQ-OTH/NCCD and
//! "Chest CT-Scan images"), which all pass. A grey photograph of a usual shape passes too: the gate
//! knows no anatomy.

use crate::imaging::{Modality, Pixels, Scan, Window};

/// Shorter sides hold too little: the network works on 224 × 224. Measured: 110 and more.
const SHORTEST_SIDE: u32 = 64;
/// Width over height. Measured: 0.996 to 2.60, the wide ones cropped to the body.
const SHAPES: std::ops::RangeInclusive<f64> = 0.8..=2.8;
/// Mean spread of red, green and blue. Measured: 0; the rest is room for a coloured scale at the edge.
const MOST_COLOUR: f32 = 4.0;
/// Standard deviation of the grey levels. Measured: 37.9 and more.
const LEAST_CONTRAST: f64 = 16.0;
/// A level from which a pixel counts as white …
const WHITE: u8 = 231;
/// … and the share of such pixels. Measured: up to 0.664; pages of text and figures: 0.84 to 0.97.
const MOST_WHITE: f64 = 0.75;
/// Mean step between neighbours in a row over the standard deviation. Measured: up to 0.556; pure
/// noise has 1.13 (normal) or 1.15 (uniform).
const MOST_ROUGHNESS: f64 = 0.8;
/// Angle between the slice's normal and the body's long axis, in degrees.
const MOST_TILT: f64 = 20.0;

/// (0018,0015) BodyPartExamined of slices that show no chest.
const OTHER_PARTS: [&str; 12] = [
    "HEAD", "BRAIN", "SKULL", "PELVIS", "HIP", "LEG", "KNEE", "ANKLE", "FOOT", "ARM", "ELBOW",
    "HAND",
];

/// Lets an axial chest CT slice through; the error is one sentence that says why not.
pub fn check(scan: &Scan) -> Result<(), String> {
    if let Some(stated) = &scan.provenance.dicom {
        check_statement(stated, &scan.pixels)?;
    }
    check_shape(scan.width, scan.height)?;
    if scan.colourfulness > MOST_COLOUR {
        return Err(
            "the picture is coloured, as photographs and screenshots are; a CT slice is grey"
                .into(),
        );
    }
    check_levels(&scan.grey(Window::MODEL), scan.width as usize)
}

fn check_statement(stated: &Modality, pixels: &Pixels) -> Result<(), String> {
    match stated.modality.as_str() {
        "CT" => {}
        "" => {
            return Err("the file does not say which modality made it; only CT is analysed".into());
        }
        other => {
            return Err(format!(
                "the file's modality is {other}; only CT is analysed"
            ));
        }
    }
    if stated.localizer {
        return Err("the file is a localizer, an overview for planning, and no slice".into());
    }
    if matches!(pixels, Pixels::Grey(_)) {
        return Err("the file states no rescale, so its values are not Hounsfield units".into());
    }
    if let Some(part) = &stated.body_part
        && OTHER_PARTS
            .iter()
            .any(|other| part.eq_ignore_ascii_case(other))
    {
        return Err(format!(
            "the file shows the body part {part}; only the chest is analysed"
        ));
    }
    match stated.orientation.and_then(tilt) {
        Some(degrees) if degrees > MOST_TILT => Err(format!(
            "the slice is tilted by {degrees:.0}° from the axial plane; only axial slices are analysed"
        )),
        _ => Ok(()),
    }
}

/// Degrees between a slice's normal and the body's long axis, from the direction cosines of its row
/// and column; nothing when those span no plane.
fn tilt([ax, ay, az, bx, by, bz]: [f64; 6]) -> Option<f64> {
    let normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let length = normal.iter().map(|part| part * part).sum::<f64>().sqrt();
    let [_, _, along] = normal;
    (length > 0.5).then(|| (along.abs() / length).min(1.0).acos().to_degrees())
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

fn check_levels(levels: &[u8], width: usize) -> Result<(), String> {
    let count = levels.len().max(1) as f64;
    let mean = levels.iter().map(|&level| f64::from(level)).sum::<f64>() / count;
    let squares = levels
        .iter()
        .map(|&level| (f64::from(level) - mean).powi(2));
    let contrast = (squares.sum::<f64>() / count).sqrt();
    if contrast < LEAST_CONTRAST {
        return Err("the picture is nearly blank".into());
    }
    let white = levels.iter().filter(|&&level| level >= WHITE).count() as f64 / count;
    if white > MOST_WHITE {
        return Err("the picture is nearly all white, as documents are".into());
    }
    let rows = levels.chunks_exact(width.max(1));
    let neighbours = rows.flat_map(|row| row.iter().zip(row.iter().skip(1)));
    let steps = neighbours.map(|(&left, &right)| u64::from(left.abs_diff(right)));
    let roughness = steps.sum::<u64>() as f64 / count / contrast;
    if roughness > MOST_ROUGHNESS {
        return Err("the picture is noise".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Provenance};

    /// A body of 180 around two lungs of 30, on black.
    fn phantom(width: u32, height: u32) -> Scan {
        let inside = |x: f64, y: f64, cx: f64, rx: f64, ry: f64| {
            ((x - cx) / rx).powi(2) + (y / ry).powi(2) < 1.0
        };
        let mut levels = Vec::new();
        for row in 0..height {
            for column in 0..width {
                let x = f64::from(column) / f64::from(width) * 2.0 - 1.0;
                let y = f64::from(row) / f64::from(height) * 2.0 - 1.0;
                levels.push(match inside(x, y, 0.0, 0.9, 0.7) {
                    false => 0,
                    true if inside(x, y, -0.4, 0.3, 0.5) || inside(x, y, 0.4, 0.3, 0.5) => 30,
                    true => 180,
                });
            }
        }
        scan(Pixels::Grey(levels), width, height)
    }

    fn scan(pixels: Pixels, width: u32, height: u32) -> Scan {
        Scan {
            pixels,
            width,
            height,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "slice".into(),
                format: Format::Png,
                bytes: 1,
                sha256: String::new(),
                dicom: None,
            },
        }
    }

    /// The phantom as a DICOM slice that states `stated`.
    fn stating(stated: Modality) -> Scan {
        let mut scan = phantom(128, 128);
        if let Pixels::Grey(levels) = &scan.pixels {
            let hounsfield = levels.iter().map(|&level| i16::from(level) * 6 - 1000);
            scan.pixels = Pixels::Hounsfield(hounsfield.collect());
        }
        scan.provenance.dicom = Some(stated);
        scan
    }

    fn axial() -> Modality {
        Modality {
            modality: "CT".into(),
            orientation: Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            ..Modality::default()
        }
    }

    fn reason(scan: &Scan) -> String {
        check(scan).unwrap_err()
    }

    #[test]
    fn a_chest_like_slice_passes_in_either_form() {
        assert_eq!(check(&phantom(256, 256)), Ok(()));
        assert_eq!(check(&phantom(512, 200)), Ok(()));
        assert_eq!(check(&stating(axial())), Ok(()));
        let unsaid = Modality {
            orientation: None,
            ..axial()
        };
        assert_eq!(check(&stating(unsaid)), Ok(()));
    }

    #[test]
    fn small_and_oddly_shaped_pictures_are_refused() {
        assert!(reason(&phantom(63, 80)).contains("63 × 80"));
        assert!(reason(&phantom(100, 200)).contains("shape"));
        assert!(reason(&phantom(600, 200)).contains("shape"));
    }

    #[test]
    fn a_coloured_picture_is_refused() {
        let mut photograph = phantom(128, 128);
        photograph.colourfulness = 20.0;
        assert!(reason(&photograph).contains("coloured"));
    }

    #[test]
    fn blank_white_and_noisy_pictures_are_refused() {
        let picture = |levels: Vec<u8>| scan(Pixels::Grey(levels), 128, 128);
        let pixels = 0..128 * 128;
        assert!(reason(&picture(vec![0; 128 * 128])).contains("blank"));
        let faint = pixels.clone().map(|at| (at % 40) as u8).collect();
        assert!(reason(&picture(faint)).contains("blank"));
        let page = pixels.clone().map(|at| if at % 12 == 0 { 0 } else { 255 });
        assert!(reason(&picture(page.collect())).contains("white"));
        let mut random = 1u64;
        let noise = pixels.map(|_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 56) as u8
        });
        assert!(reason(&picture(noise.collect())).contains("noise"));
    }

    #[test]
    fn what_the_file_says_of_itself_is_believed() {
        let magnetic = Modality {
            modality: "MR".into(),
            ..axial()
        };
        assert!(reason(&stating(magnetic)).contains("modality is MR"));
        assert!(reason(&stating(Modality::default())).contains("which modality"));
        let overview = Modality {
            localizer: true,
            ..axial()
        };
        assert!(reason(&stating(overview)).contains("localizer"));
        let head = Modality {
            body_part: Some("Head".into()),
            ..axial()
        };
        assert!(reason(&stating(head)).contains("Head"));
        let mut raw = phantom(128, 128);
        raw.provenance.dicom = Some(axial());
        assert!(reason(&raw).contains("rescale"));
    }

    #[test]
    fn a_slice_may_tilt_by_twenty_degrees() {
        let tilted = |degrees: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            let orientation = Some([1.0, 0.0, 0.0, 0.0, cosine, sine]);
            stating(Modality {
                orientation,
                ..axial()
            })
        };
        assert_eq!(check(&tilted(19.9)), Ok(()));
        assert!(reason(&tilted(20.1)).contains("20°"));
        // Coronal, and an axial slice seen from above instead of below.
        assert!(reason(&tilted(-90.0)).contains("90°"));
        assert_eq!(check(&tilted(180.0)), Ok(()));
    }
}
