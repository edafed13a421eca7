use super::volumes::{Neighbour, Volume};
use super::*;

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
fn the_chest_wall_and_a_vessel_do_not_count() {
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
