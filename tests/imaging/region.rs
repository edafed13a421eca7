//! Regions grown from a seed, compared with phantom nodules of known size.

use lunny::cancel::Cancel;
use lunny::imaging::phantom::{Grid, Kind, Lobe, Nodule, Phantom};
use lunny::imaging::region::{NON_SOLID_HU, SOLID_HU, Seed, grow};

/// Each kind with the threshold for its whole extent.
const KINDS: [(Kind, i16); 5] = [
    (Kind::Solid, SOLID_HU),
    (Kind::PartSolid, NON_SOLID_HU),
    (Kind::NonSolid, NON_SOLID_HU),
    (Kind::Juxtapleural, SOLID_HU),
    (Kind::Calcified, SOLID_HU),
];

/// Error of the proposed mean diameter of a nodule, in mm; infinite if nothing is proposed.
fn error_mm(number: u64, kind: Kind, threshold_hu: i16, diameter_mm: f64) -> f64 {
    let spread =
        |from: f64, to: f64, step: f64| from + (to - from) * (number as f64 * step).fract();
    let (spacing_mm, step_mm) = (spread(0.5, 0.9, 0.618), spread(0.6, 2.5, 0.414));
    let whole = Grid::chest(512, 0.7, 300, 1.0);
    let mut phantom = Phantom::new(number);
    let lobe = Lobe::ALL[number as usize % Lobe::ALL.len()];
    let asked = Nodule::ball(kind, [0.0; 3], diameter_mm);
    let nodule = phantom.put_into(lobe, asked, &whole).unwrap();
    // Not at the centre of a pixel or of a slice.
    let [x, y, z] = nodule.centre_mm;
    let shifted = [
        x + spread(0.0, spacing_mm, 0.37),
        y + spread(0.0, spacing_mm, 0.73),
        z + spread(0.0, step_mm, 0.53),
    ];
    let grid = Grid::around(shifted, diameter_mm + 45.0, spacing_mm, step_mm);
    let [slice, row, column] = grid.place(nodule.centre_mm);
    let seed = Seed {
        slice: slice.round() as usize,
        row: row.round() as u32,
        column: column.round() as u32,
    };
    match grow(
        &phantom.series(&grid),
        seed,
        threshold_hu,
        &Cancel::default(),
    ) {
        Ok(region) => (region.mean_diameter_mm() - diameter_mm).abs(),
        Err(_) => f64::INFINITY,
    }
}

#[test]
fn proposed_diameters_are_within_half_a_millimetre_or_a_twentieth() {
    let wanted: u64 = std::env::var("LUNNY_NODULES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let mut missed = Vec::new();
    for number in 0..wanted {
        let (kind, threshold_hu) = KINDS[number as usize % KINDS.len()];
        let diameter_mm = 4.0 + 26.0 * ((number as f64 + 0.5) * 0.754_877).fract();
        let error = error_mm(number, kind, threshold_hu, diameter_mm);
        if error > f64::max(0.5, 0.05 * diameter_mm) {
            missed.push(format!(
                "{number}: {kind:?} of {diameter_mm:.1} mm, {error:.2} mm off"
            ));
        }
    }
    eprintln!("{} of {wanted} missed\n{}", missed.len(), missed.join("\n"));
    assert!(missed.len() as u64 * 20 <= wanted, "{}", missed.join("\n"));
}
