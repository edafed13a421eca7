use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use super::volumes::{Neighbour, Volume};
use super::*;
use crate::imaging::{Format, Pixels, Provenance, Scan};

fn measured(volume: &Volume, threshold_hu: i16, seed_mm: [f64; 3]) -> Option<Region> {
    let reach = 6.0 + 1.4 * volume.half_axes_mm.iter().fold(0.0_f64, |a, b| a.max(*b));
    region_in(
        &volume.block(reach, seed_mm),
        threshold_hu,
        &Cancel::default(),
    )
    .expect("a seed inside")
}

fn is_near(volume: &Volume, region: &Region) -> bool {
    let truth = volume.mean_diameter_mm();
    (region.mean_diameter_mm() - truth).abs() <= 0.5_f64.max(0.05 * truth)
}

#[test]
fn a_sphere_gets_its_diameter_and_volume() {
    let volume = Volume::sphere(10.0);
    let region = measured(&volume, SOLID_HU, [1.0, 2.0, -1.0]).expect("a region");
    assert!(is_near(&volume, &region), "{region:?}");
    let truth = std::f64::consts::FRAC_PI_6 * 1000.0;
    assert!(
        (region.volume_mm3 / truth - 1.0).abs() < 0.05,
        "{}",
        region.volume_mm3
    );
    let counted = region.voxels as f64 * 0.7 * 0.7;
    assert!((counted / truth - 1.0).abs() < 0.1, "{counted}");
}

#[test]
fn an_ellipsoid_gets_both_axes_at_right_angles() {
    let volume = Volume {
        half_axes_mm: [5.0, 8.0, 5.5],
        turned: 0.5,
        ..Volume::sphere(0.0)
    };
    let region = measured(&volume, SOLID_HU, [0.0; 3]).expect("a region");
    assert!((region.long.mm - 16.0).abs() < 0.5, "{region:?}");
    assert!((region.short.mm - 11.0).abs() < 0.5, "{region:?}");
    let along = |line: Line| [line.to[0] - line.from[0], line.to[1] - line.from[1]];
    let (long, short) = (along(region.long), along(region.short));
    assert!((long[0] * short[0] + long[1] * short[1]).abs() < 1e-6);
}

#[test]
fn the_chest_wall_and_a_vessel_are_excluded() {
    let volume = Volume {
        neighbours: vec![
            Neighbour::Wall([0.0, 3.0, 0.0], [0.0, 1.0, 0.0]),
            Neighbour::Vessel([0.0; 3], [0.6, -0.8, 0.0], 1.5),
        ],
        ..Volume::sphere(10.0)
    };
    let region = measured(&volume, SOLID_HU, [0.0, -2.0, 0.0]).expect("a region");
    assert!(is_near(&volume, &region), "{region:?}");
}

/// A nodule of random size, kind, position and surroundings, its threshold, and a seed inside it.
fn any_nodule(number: u64) -> (Volume, i16, [f64; 3]) {
    let mut random = StdRng::seed_from_u64(number);
    let mut between = |low: f64, high: f64| random.random_range(low..high);
    let (diameter, aspect) = (between(4.0, 12.0), between(0.7, 1.0));
    let long = diameter / (1.0 + aspect);
    let mut volume = Volume {
        half_axes_mm: [between(0.4, 0.6) * diameter, long, long * aspect],
        turned: between(0.0, 3.0),
        middle_mm: [between(-0.5, 0.5), between(-0.4, 0.4), between(-0.4, 0.4)],
        spacing_mm: between(0.5, 0.9),
        step_mm: between(0.6, 2.5),
        noise_hu: between(5.0, 30.0),
        random: number,
        ..Volume::sphere(diameter)
    };
    let threshold_hu = if number.is_multiple_of(3) {
        (volume.nodule_hu, volume.core) = (-600.0, between(0.0, 0.6));
        NON_SOLID_HU
    } else {
        SOLID_HU
    };
    let (sine, cosine) = between(0.0, 6.0).sin_cos();
    let direction = [0.0, sine, cosine];
    let beside = |share: f64| {
        [0, 1, 2].map(|axis| volume.middle_mm[axis] + share * long * aspect * direction[axis])
    };
    match number % 4 {
        1 => (volume.neighbours).push(Neighbour::Wall(beside(between(0.6, 1.0)), direction)),
        2 => (volume.neighbours).push(Neighbour::Vessel(
            beside(0.5),
            direction,
            between(0.6, 0.1 * diameter + 0.3),
        )),
        _ => {}
    }
    let seed = direction.map(|part| part * between(-0.4, 0.0) * long * aspect);
    (volume, threshold_hu, seed)
}

#[test]
fn mean_diameters_are_within_half_a_millimetre_or_a_twentieth_of_the_truth() {
    const NODULES: u64 = 40;
    let missed: Vec<_> = (0..NODULES)
        .into_par_iter()
        .map(any_nodule)
        .filter_map(|(volume, threshold_hu, seed)| {
            let region = measured(&volume, threshold_hu, seed);
            let near = (region.as_ref()).is_some_and(|region| is_near(&volume, region));
            (!near).then(|| (volume, region.map(|region| region.mean_diameter_mm())))
        })
        .collect();
    assert!(missed.len() as f64 <= 0.05 * NODULES as f64, "{missed:#?}");
}

/// A disc of 10 mm on one slice.
fn disc(spacing_mm: Option<[f64; 2]>) -> Scan {
    let values = (0..64 * 64).map(|index| {
        let (row, column) = ((index / 64) as f64, (index % 64) as f64);
        let inside = (row - 30.0).hypot(column - 33.0) * 0.5 <= 5.0;
        if inside { 40 } else { -860 }
    });
    Scan {
        pixels: Pixels::Hounsfield(values.collect()),
        width: 64,
        height: 64,
        spacing_mm,
        colourfulness: 0.0,
        provenance: Provenance {
            path: "disc".into(),
            format: Format::Dicom,
            bytes: 0,
            sha256: String::new(),
            dicom: None,
        },
    }
}

fn grown(scan: Scan, row: u32, column: u32) -> Result<Region, RegionError> {
    let seed = Seed {
        slice: 0,
        row,
        column,
    };
    grow(&Series::of_scan(scan), seed, SOLID_HU, &Cancel::default())
}

#[test]
fn one_slice_is_measured_in_two_dimensions() {
    let region = grown(disc(Some([0.5; 2])), 27, 36).expect("a region");
    assert!((region.mean_diameter_mm() - 10.0).abs() < 0.5, "{region:?}");
    assert_eq!((region.slice, region.outlines.len()), (0, 1));
    let middle = [0, 1].map(|axis| (region.long.from[axis] + region.long.to[axis]) / 2.0);
    assert!(
        (middle[0] - 30.0).abs() < 1.0 && (middle[1] - 33.0).abs() < 1.0,
        "{middle:?}"
    );
    let sphere = std::f64::consts::FRAC_PI_6 * region.mean_diameter_mm().powi(3);
    assert!((region.volume_mm3 - sphere).abs() < 1e-6);
}

#[test]
fn a_seed_that_cannot_be_measured_is_refused_with_a_reason() {
    let spaced = || disc(Some([0.5; 2]));
    assert!(matches!(
        grown(disc(None), 30, 33),
        Err(RegionError::NoSpacing)
    ));
    assert!(matches!(
        grown(disc(Some([0.5, f64::NAN])), 30, 33),
        Err(RegionError::NoSpacing)
    ));
    assert!(matches!(
        grown(spaced(), 64, 33),
        Err(RegionError::Outside(_))
    ));
    assert!(matches!(
        grown(spaced(), 5, 5),
        Err(RegionError::BelowThreshold { hu: -860, .. })
    ));
    let mut tissue = spaced();
    tissue.pixels = Pixels::Hounsfield(vec![40; 64 * 64]);
    assert!(matches!(
        grown(tissue, 30, 33),
        Err(RegionError::NoEdge { .. })
    ));
    let mut grey = spaced();
    grey.pixels = Pixels::Grey(vec![40; 64 * 64]);
    assert!(matches!(
        grown(grey, 30, 33),
        Err(RegionError::NoHounsfield)
    ));
}

#[test]
fn a_cancelled_measurement_stops() {
    let cancel = Cancel::default();
    cancel.cancel();
    let seed = Seed {
        slice: 0,
        row: 30,
        column: 33,
    };
    let result = grow(
        &Series::of_scan(disc(Some([0.5; 2]))),
        seed,
        SOLID_HU,
        &cancel,
    );
    assert!(matches!(result, Err(RegionError::Cancelled)));
}

#[test]
fn implausible_distances_end_in_time() {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let block = Block {
            values: vec![40.0; 125],
            shape: [5; 3],
            spacing_mm: [5.0, 1e-12, 1e-12],
            origin: [0; 3],
            seed: [2; 3],
        };
        let region = region_in(&block, SOLID_HU, &Cancel::default());
        let _ = sender.send(region.is_ok_and(|region| region.is_some()));
    });
    let found = receiver.recv_timeout(std::time::Duration::from_secs(60));
    assert_eq!(found, Ok(false));
}
