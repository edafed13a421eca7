//! Pictures in lung windows and windows that are not known.

use super::*;

/// Hounsfield units of a drawn trunk with noise, by position: fat, muscle, ribs, a spine, and lungs with
/// vessels.
fn trunk(x: f64, y: f64, lungs: f64) -> f64 {
    let vessel = inside(x.abs() % 0.11, (y + 2.0) % 0.13, [0.05, 0.06, 0.02, 0.025]);
    let lung = inside(x.abs(), y, [0.4, 0.0, 0.27, 0.42]);
    match inside(x, y, [0.0, 0.0, 0.85, 0.66]) {
        false => -1000.0,
        true if inside(x, y, [0.0, 0.4, 0.1, 0.12]) => 350.0,
        true if lung && vessel && lungs < -500.0 => 20.0,
        true if lung => lungs + 70.0 * (x * 9.0).sin() * (y * 7.0).cos(),
        true if !inside(x, y, [0.0, 0.0, 0.8, 0.61]) => -100.0,
        true => 45.0,
    }
}

/// The picture that `hounsfield` draws, with noise, through a window from `least` to `most`.
fn through(least: f64, most: f64, hounsfield: impl Fn(f64, f64) -> f64) -> Scan {
    draw(256, 256, |x, y| {
        let noise = 30.0 * (x * 5121.7 + y * 3917.3).sin();
        ((hounsfield(x, y) + noise - least) / (most - least) * 255.0).clamp(0.0, 255.0) as u8
    })
}

/// Lowest and highest Hounsfield unit of the windows in which hospitals export lungs.
const LUNG_WINDOWS: [[f64; 2]; 5] = [
    [-1350.0, 150.0],
    [-1200.0, 0.0],
    [-1600.0, 200.0],
    [-1000.0, 400.0],
    [-1150.0, 350.0],
];

fn outside_reason(scan: &Scan) -> String {
    let range = check(scan).unwrap();
    range.outside_reason().unwrap().to_owned()
}

#[test]
fn a_slice_in_a_lung_window_passes_and_is_marked() {
    for [least, most] in LUNG_WINDOWS {
        let reason = outside_reason(&through(least, most, |x, y| trunk(x, y, -850.0)));
        assert!(reason.contains("lungs are grey (level "), "{reason}");
        assert!(reason.contains("no result is given"), "{reason}");
        assert!(reason.contains("use the DICOM file"), "{reason}");
    }
}

#[test]
fn a_slice_with_lungs_full_of_pneumonia_passes_and_is_marked() {
    let dense = |x: f64, y: f64| {
        let shade = 260.0 * (x * 9.0).sin() * (y * 7.0).cos();
        trunk(x, y, -480.0 + shade)
    };
    outside_reason(&through(-1350.0, 150.0, dense));
}

#[test]
fn a_lung_window_with_black_and_white_exchanged_passes_and_is_marked() {
    for [least, most] in LUNG_WINDOWS {
        let reason = outside_reason(&through(most, least, |x, y| trunk(x, y, -850.0)));
        assert!(reason.contains("black and white exchanged"), "{reason}");
    }
}

#[test]
fn a_white_frame_around_a_slice_does_not_matter() {
    let [least, most] = LUNG_WINDOWS[0];
    outside_reason(&through(least, most, |x, y| {
        match x.abs().max(y.abs()) > 0.93 {
            true => 3000.0,
            false => trunk(x / 0.93, y / 0.93, -850.0),
        }
    }));
}

/// Hounsfield units by position.
type Drawing = dyn Fn(f64, f64) -> f64;

#[test]
fn other_parts_of_the_body_are_refused_in_every_window() {
    let turned = |x: f64, y: f64| trunk(y, x, -850.0);
    let abdomen = |x: f64, y: f64| match inside(x, y, [0.2, -0.35, 0.12, 0.06]) {
        true => -990.0,
        false => trunk(x, y, 60.0),
    };
    let head = |x: f64, y: f64| match (
        inside(x, y, [0.0, 0.0, 0.62, 0.8]),
        inside(x, y, [0.0, 0.0, 0.55, 0.73]),
    ) {
        (false, _) => -1000.0,
        (true, false) => 900.0,
        (true, true) => 35.0,
    };
    let coronal = |x: f64, y: f64| {
        let side = x.abs() - 0.4;
        let lung = inside(side, y, [0.0, 0.0, 0.28, 0.85]) && y < 0.5 + 0.9 * side * side;
        match x.abs() < 0.85 {
            false => -1000.0,
            true if lung => -850.0,
            true => 45.0,
        }
    };
    let windows = LUNG_WINDOWS
        .into_iter()
        .chain([[-160.0, 240.0], [-550.0, 650.0]]);
    for [least, most] in windows {
        let parts: [(&str, &Drawing); 4] = [
            ("turned", &turned),
            ("abdomen", &abdomen),
            ("head", &head),
            ("coronal", &coronal),
        ];
        for (name, part) in parts {
            for [black, white] in [[least, most], [most, least]] {
                let range = check(&through(black, white, part));
                assert!(range.is_err(), "{name} {black} {white}: {range:?}");
            }
        }
    }
}

#[test]
fn dark_chambers_in_the_field_of_an_ultrasound_probe_are_refused() {
    let fan = draw(320, 256, |x, y| {
        let (away, across) = (y + 1.15, x * 1.25);
        let field = (0.25..2.0).contains(&away.hypot(across)) && across.abs() < 0.7 * away;
        let chamber = inside(x.abs(), y, [0.24, -0.05, 0.15, 0.2])
            || inside(x.abs(), y, [0.24, 0.45, 0.15, 0.2]);
        let speckle = 40.0 * (x * 5121.7 + y * 3917.3).sin();
        match (field, chamber) {
            (false, _) => 0,
            (true, true) => 3,
            (true, false) => (100.0 + speckle) as u8,
        }
    });
    assert!(reason(&fan).contains("lungs"));
}

#[test]
fn a_ct_slice_without_rescale_is_taken_for_a_picture_and_marked() {
    let mut raw = through(-1350.0, 150.0, |x, y| trunk(x, y, -850.0));
    raw.provenance.dicom = Some(axial());
    let reason = outside_reason(&raw);
    assert!(reason.contains("states no rescale"), "{reason}");
    let mut black = phantom(256, 256);
    black.provenance.dicom = Some(axial());
    assert!(outside_reason(&black).contains("states no rescale"));
    raw.provenance.dicom = Some(Modality {
        modality: "MR".into(),
        ..axial()
    });
    assert!(super::reason(&raw).contains("modality is MR"));
}
