use super::*;

fn mean(values: &[i16]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
}

/// Hounsfield units at a position, of a body without noise.
fn unit(phantom: &Phantom, at: [f64; 3]) -> i16 {
    let grid = Grid::around(at, 0.1, 0.7, 1.0);
    let quiet = Phantom {
        noise: 0.0,
        ..phantom.clone()
    };
    let grid = Grid {
        rows: 1,
        columns: 1,
        slices: 1,
        origin_mm: at,
        ..grid
    };
    quiet.slice(&grid, &Phantom::trunk(&grid), 0)[0]
}

#[test]
fn parts_of_the_body_have_their_hounsfield_units() {
    let phantom = Phantom::new(1);
    assert_eq!(unit(&phantom, [170.0, -100.0, 150.0]), -1000);
    assert!(
        (-110..-90).contains(&unit(&phantom, [155.0, 0.0, 150.0])),
        "fat under the skin"
    );
    assert!(unit(&phantom, [0.0, 12.0, 230.0]) < -950, "windpipe");
    assert!(unit(&phantom, [24.0, 40.0, 100.0]) > 150, "aorta");
    assert!(unit(&phantom, [0.0, 59.0, 105.0]) > 150, "vertebra");
    assert!(
        (50..110).contains(&unit(&phantom, [-68.0, -6.0, 30.0])),
        "liver"
    );
}

#[test]
fn a_part_of_the_chest_is_the_same_as_in_the_whole() {
    let mut phantom = Phantom::new(3);
    phantom.noise = 0.0;
    let whole = Grid::chest(512, 0.7, 3, 1.0);
    let part = Grid {
        rows: 40,
        columns: 60,
        origin_mm: [
            whole.origin_mm[0] + 0.7 * 100.0,
            whole.origin_mm[1] + 0.7 * 200.0,
            whole.origin_mm[2],
        ],
        ..whole.clone()
    };
    let large = phantom.slice(&whole, &Phantom::trunk(&whole), 1);
    let small = phantom.slice(&part, &Phantom::trunk(&part), 1);
    for row in 0..40 {
        let start = (200 + row) * 512 + 100;
        let rows = (&large[start..start + 60], &small[row * 60..(row + 1) * 60]);
        let apart = rows.0.iter().zip(rows.1).map(|(a, b)| (a - b).abs()).max();
        assert!(apart <= Some(1), "row {row}: {apart:?}");
    }
}

#[test]
fn every_kind_can_be_placed_in_every_lobe() {
    let grid = Grid::chest(512, 0.7, 300, 1.0);
    let empty = Phantom::new(5);
    for lobe in Lobe::ALL {
        for kind in Kind::ALL {
            let mut phantom = empty.clone();
            let asked = Nodule::ball(kind, [0.0; 3], 10.0);
            let placed = phantom.put_into(lobe, asked, &grid).unwrap();
            let inside = f64::from(unit(&phantom, placed.centre_mm));
            let expected = match kind {
                Kind::PartSolid => Kind::Solid.hounsfield(),
                kind => kind.hounsfield(),
            };
            assert!(
                (inside - expected).abs() < 1.0,
                "{kind:?} in {lobe:?}: {inside}"
            );
        }
    }
}

#[test]
fn a_nodule_outside_all_slices_is_refused() {
    let low = Grid {
        slices: 2,
        ..Grid::chest(64, 5.0, 300, 1.0)
    };
    let asked = Nodule::ball(Kind::Solid, [0.0; 3], 8.0);
    let refused = Phantom::new(1).put_into(Lobe::RightUpper, asked, &low);
    assert!(refused.unwrap_err().to_string().contains("right-upper"));
}

#[test]
fn a_later_exam_has_the_body_other_noise_and_grown_nodules() {
    let mut first = Phantom::new(9);
    let centre = [-80.0, 20.0, 150.0];
    first.put(Nodule::ball(Kind::Solid, centre, 8.0));
    let later = first.later(|_, nodule| nodule.grown(4.0));
    let grid = Grid::around(centre, 20.0, 0.7, 1.0);
    let (before, after) = (first.series(&grid), later.series(&grid));
    let middle = |series: &Series| match &series.slice(grid.slices / 2).unwrap().pixels {
        Pixels::Hounsfield(values) => values.clone(),
        Pixels::Grey(_) => panic!("a phantom is in Hounsfield units"),
    };
    let (before, after) = (middle(&before), middle(&after));
    assert_ne!(before, after);
    assert!(mean(&after) > mean(&before) + 50.0);
    assert_eq!(first.vessels, later.vessels);
}
