use super::*;
use crate::imaging::{Format, Modality, Provenance};

mod windows;

/// True if a point is in an ellipse about `(cx, cy)` with the half axes `rx` and `ry`.
fn inside(x: f64, y: f64, [cx, cy, rx, ry]: [f64; 4]) -> bool {
    ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
}

/// A picture with the grey level `level(x, y)`, x and y from -1 to 1.
fn draw(width: u32, height: u32, level: impl Fn(f64, f64) -> u8) -> Scan {
    let mut levels = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let x = (f64::from(column) + 0.5) / f64::from(width) * 2.0 - 1.0;
            let y = (f64::from(row) + 0.5) / f64::from(height) * 2.0 - 1.0;
            levels.push(level(x, y));
        }
    }
    scan(Pixels::Grey(levels), width, height)
}

/// Two lungs of level `air` and a vertebra in a body of 120, on black.
fn chest(x: f64, y: f64, air: u8) -> u8 {
    let lung = inside(x, y, [-0.4, 0.0, 0.27, 0.42]) || inside(x, y, [0.4, 0.0, 0.27, 0.42]);
    match inside(x, y, [0.0, 0.0, 0.85, 0.62]) {
        false => 0,
        true if lung => air,
        true if inside(x, y, [0.0, 0.38, 0.12, 0.14]) => 240,
        true => 120,
    }
}

fn phantom(width: u32, height: u32) -> Scan {
    draw(width, height, |x, y| chest(x, y, 4))
}

/// A sum of waves of many lengths and directions: the longer, the higher when `tilt` is positive.
fn waves(x: f64, y: f64, seed: f64, tilt: f64) -> f64 {
    let wave = |number: i32| {
        let turn = seed * 1.7 + f64::from(number) * 2.4;
        let fast = 2.0 * 1.22_f64.powi(number);
        fast.powf(-tilt)
            * (fast * (x * turn.cos() + y * turn.sin()) + seed * f64::from(number)).sin()
    };
    (0..24).map(wave).sum()
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
        let hounsfield = levels.iter().map(|&level| i16::from(level) * 8 - 1000);
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
    check(scan).unwrap_err().to_string()
}

#[test]
fn a_chest_like_slice_passes_in_either_form() {
    assert_eq!(check(&phantom(256, 256)), Ok(TrainingRange::Inside));
    assert_eq!(check(&phantom(512, 200)), Ok(TrainingRange::Inside));
    assert_eq!(check(&stating(axial())), Ok(TrainingRange::Inside));
    let unsaid = Modality {
        orientation: None,
        ..axial()
    };
    assert_eq!(check(&stating(unsaid)), Ok(TrainingRange::Inside));
}

#[test]
fn small_and_oddly_shaped_pictures_are_refused() {
    assert!(reason(&phantom(63, 80)).contains("63 × 80"));
    assert!(reason(&phantom(100, 200)).contains("too long or too tall"));
    assert!(reason(&phantom(600, 200)).contains("too long or too tall"));
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
fn the_statements_of_the_file_are_believed() {
    let magnetic = Modality {
        modality: "MR".into(),
        ..axial()
    };
    assert!(reason(&stating(magnetic)).contains("modality is MR"));
    assert!(reason(&stating(Modality::default())).contains("states no modality"));
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
    assert_eq!(check(&tilted(19.9)), Ok(TrainingRange::Inside));
    assert!(reason(&tilted(20.1)).contains("20°"));
    // Coronal, and an axial slice seen from above instead of below.
    assert!(reason(&tilted(-90.0)).contains("90°"));
    assert_eq!(check(&tilted(180.0)), Ok(TrainingRange::Inside));
}

/// Named pictures of other things, in grey and without tags.
fn other_things() -> Vec<(&'static str, Scan)> {
    let grey = |level: f64| level.clamp(0.0, 255.0) as u8;
    vec![
        (
            "hills under a sky",
            draw(320, 240, |x, y| match y < 0.3 * waves(x, 0.0, 1.0, 0.8) {
                true => grey(200.0 - 40.0 * y + 6.0 * waves(x, y, 2.0, 1.0)),
                false => grey(90.0 + 30.0 * waves(x, y, 3.0, 0.5)),
            }),
        ),
        (
            "a face before a wall",
            draw(256, 256, |x, y| {
                let eye =
                    inside(x, y, [-0.2, -0.15, 0.1, 0.05]) || inside(x, y, [0.2, -0.15, 0.1, 0.05]);
                match inside(x, y, [0.0, 0.0, 0.5, 0.7]) {
                    true if eye || inside(x, y, [0.0, 0.35, 0.2, 0.06]) => 40,
                    true => grey(190.0 - 60.0 * x),
                    false => grey(110.0 + 8.0 * waves(x, y, 4.0, 0.3)),
                }
            }),
        ),
        (
            "clouds",
            draw(256, 256, |x, y| grey(128.0 + 45.0 * waves(x, y, 5.0, 1.0))),
        ),
        ("a slope", draw(256, 256, |x, _| grey(128.0 + 127.0 * x))),
        (
            "windows on a dark screen",
            draw(400, 300, |x, y| {
                let framed = |left: f64, top: f64| {
                    (left..left + 0.8).contains(&x) && (top..top + 0.7).contains(&y)
                };
                let line = (y * 40.0).sin() > 0.3 && (x * 90.0).sin() > -0.4;
                match (framed(-0.9, -0.8), framed(0.0, 0.0)) {
                    (false, false) => 20,
                    _ if line => 230,
                    _ => 45,
                }
            }),
        ),
        (
            "a radiograph",
            draw(256, 256, |x, y| {
                let lung = inside(x, y, [-0.38, -0.1, 0.28, 0.62])
                    || inside(x, y, [0.38, -0.1, 0.28, 0.62]);
                let spine = (-x.abs() / 0.12).exp() * 60.0;
                let ribs = (y * 28.0 + x * x * 6.0).sin() * 10.0;
                let body = if x.abs() < 0.8 - 0.2 * (y + 0.6).min(0.0).abs() {
                    150.0
                } else {
                    40.0
                };
                grey(body + spine + if lung { ribs - 80.0 } else { 0.0 })
            }),
        ),
        (
            "a head",
            draw(256, 256, |x, y| {
                match (
                    inside(x, y, [0.0, 0.0, 0.62, 0.8]),
                    inside(x, y, [0.0, 0.0, 0.55, 0.73]),
                ) {
                    (false, _) => 0,
                    (true, false) => 250,
                    (true, true) => grey(100.0 + 5.0 * waves(x, y, 6.0, 0.3)),
                }
            }),
        ),
        (
            "a coronal slice",
            draw(256, 300, |x, y| {
                let lung = |side: f64| {
                    inside(x, y, [side * 0.4, 0.0, 0.3, 0.75])
                        && y < 0.35 + 0.3 * (x - side * 0.4).powi(2)
                };
                match x.abs() < 0.82 && y > -0.9 {
                    false => 0,
                    true if lung(-1.0) || lung(1.0) => 4,
                    true if x.abs() < 0.1 => 200,
                    true => 120,
                }
            }),
        ),
        (
            "a sagittal slice",
            draw(256, 300, |x, y| match x.abs() < 0.6 {
                false => 0,
                true if inside(x, y, [-0.1, -0.2, 0.35, 0.6]) && y < 0.2 => 4,
                true if x > 0.4 && (y * 25.0).sin() > -0.5 => 230,
                true => 120,
            }),
        ),
        (
            "a ring",
            draw(256, 256, |x, y| {
                u8::from(inside(x, y, [0.0, 0.0, 0.8, 0.8]) && !inside(x, y, [0.0, 0.0, 0.7, 0.7]))
                    * 220
            }),
        ),
    ]
}

#[test]
fn grey_pictures_of_other_things_are_refused_with_a_reason() {
    for (name, picture) in other_things() {
        let sentence = reason(&picture);
        println!("{name}: {sentence}");
        assert!(
            sentence.contains("lungs") || sentence.contains("blank") || sentence.contains("noise")
        );
    }
}

#[test]
fn a_stated_slice_without_lungs_is_checked_by_its_size() {
    let without_lungs = |spacing_mm: Option<f64>| {
        let mut slice = stating(axial());
        slice.spacing_mm = spacing_mm.map(|spacing| [spacing; 2]);
        if let Pixels::Hounsfield(values) = &mut slice.pixels {
            for (place, value) in values.iter_mut().enumerate() {
                let (x, y) = (place % 128, place / 128);
                let (x, y) = (x as f64 / 64.0 - 1.0, y as f64 / 64.0 - 1.0);
                *value = if inside(x, y, [0.0, 0.0, 0.8, 0.6]) {
                    40
                } else {
                    -1000
                };
            }
        }
        slice
    };
    let trunk = check(&without_lungs(Some(3.5))).unwrap();
    assert_eq!(
        trunk.outside_reason(),
        Some("no lungs were found in the slice")
    );
    let head = reason(&without_lungs(Some(1.6)));
    assert!(
        head.contains("no lungs") && head.contains("mm long"),
        "{head}"
    );
    assert!(reason(&without_lungs(None)).contains("no lungs"));
}
