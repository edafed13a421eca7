//! One painted slice for each difficult kind of picture.

use proptest::prelude::*;

use super::painted::{LEFT_LUNG, LUNG_HALF, RIGHT_LUNG, Slice, level};
use super::*;
use crate::imaging::phantom::{Grid, Phantom};

const BOTH: [[f32; 2]; 2] = [RIGHT_LUNG, LEFT_LUNG];

#[test]
fn both_lungs_are_found_with_a_margin_and_neither_air_around_nor_table() {
    let slice = Slice::chest().noise(25.0);
    let found = slice.find().unwrap();
    found.expect_lungs(&BOTH);
    // 8 mm beyond the side of the lung, and 14.
    assert_eq!(found.share([0.0, 138.0], [0.5, 0.5]), 1.0);
    assert_eq!(found.share([0.0, 144.0], [0.5, 0.5]), 0.0);
    for outside in [[-140.0, 0.0], [128.0, 0.0], [0.0, 165.0], [170.0, 170.0]] {
        assert_eq!(found.share(outside, [9.0, 9.0]), 0.0, "{outside:?}");
    }
    let (rows, columns) = found.mask.bounding_box();
    let row = |mm: f32| 256.0 + mm / 0.7;
    assert!(
        (rows.start as f32 - row(-89.0)).abs() < 4.0 && (rows.end as f32 - row(89.0)).abs() < 4.0
    );
    assert!((columns.start as f32 - row(-139.0)).abs() < 4.0);
    assert!((columns.end as f32 - row(139.0)).abs() < 4.0);
    assert_eq!(found.mask.iter().count(), found.mask.pixels());
    assert!(
        found
            .mask
            .iter()
            .all(|(row, column)| found.mask.contains(row, column))
    );
    let area = found.mask.area_mm2();
    assert!((area / (found.mask.pixels() as f32 * 0.49) - 1.0).abs() < 1e-4);
    assert!(!found.mask.contains(usize::MAX, 0) && !found.mask.contains(0, usize::MAX));
}

#[test]
fn the_lungs_of_the_phantom_are_found_from_base_to_tip() {
    let phantom = Phantom::new(5);
    for z in [20.0, 70.0, 150.0, 220.0, 285.0] {
        let mut grid = Grid::chest(256, 1.4, 1, 5.0);
        grid.origin_mm[2] = z;
        let values = phantom.slice(&grid, &Phantom::trunk(&grid), 0);
        let mask = find(&values, 256, 256, Some([1.4; 2])).unwrap();
        let lung = (0..values.len()).filter(|&place| (-900..-780).contains(&values[place]));
        // The foam of the table is darker than lung; noise makes a small part of it as bright.
        let (inside, outside): (Vec<_>, Vec<_>) = lung
            .filter(|place| place / 256 < 200)
            .partition(|place| mask.contains(place / 256, place % 256));
        assert!(
            outside.len() * 30 < inside.len(),
            "{z}: {} {}",
            inside.len(),
            outside.len()
        );
    }
}

#[test]
fn masses_at_the_wall_and_nodules_on_the_pleura_stay_inside() {
    let mut slice = Slice::chest();
    let masses = [
        ([-10.0, -122.0], [30.0, 30.0]),
        ([70.0, 80.0], [22.0, 30.0]),
        ([-30.0, 126.0], [5.0, 5.0]),
    ];
    for (centre, half) in masses {
        slice.ellipse(centre, half, 45);
    }
    let slice = slice.noise(25.0);
    let found = slice.find().unwrap();
    for (centre, half) in masses {
        // Up to the former position of the wall.
        let inside = found.share(
            [centre[0] * 0.9, centre[1] * 0.9],
            half.map(|half| half * 0.8),
        );
        assert!(inside > 0.97, "{inside} of {centre:?}");
    }
}

#[test]
fn a_consolidation_and_an_effusion_behind_one_lung_stay_inside() {
    let (mut consolidation, mut effusion) = (Slice::chest(), Slice::chest());
    let in_lung = |mm| level(mm, LEFT_LUNG, LUNG_HALF) <= 1.0;
    consolidation.paint(|mm| in_lung(mm) && mm[0] > 10.0 && mm[1] < 110.0, -20);
    effusion.paint(|mm| in_lung(mm) && mm[0] > 35.0, 10);
    for slice in [consolidation, effusion] {
        let slice = slice.noise(25.0);
        slice.find().unwrap().expect_lungs(&BOTH);
    }
}

#[test]
fn one_lung_alone_is_found() {
    let mut slice = Slice::usual().trunk();
    slice.lung(LEFT_LUNG, -850);
    let found = slice.find().unwrap();
    found.expect_lungs(&[LEFT_LUNG]);
    assert!(
        found.share([-40.0, -75.0], [20.0, 20.0]) < 0.1,
        "in front of the other lung"
    );
}

#[test]
fn an_airway_alone_and_bowel_gas_alone_are_refused() {
    let mut bowel = Slice::usual().trunk();
    bowel.ellipse([-60.0, 40.0], [20.0, 28.0], -1000);
    bowel.ellipse([-50.0, -50.0], [12.0, 20.0], -990);
    bowel.ellipse([30.0, 110.0], [14.0, 11.0], -1000);
    for slice in [Slice::usual().trunk(), bowel] {
        for deviation in [0.0, 25.0] {
            let slice = slice.clone().noise(deviation);
            assert_eq!(slice.find().err(), Some(NoLungs::OtherAir));
        }
    }
}

#[test]
fn lung_bases_above_bowel_gas_are_kept_without_the_gas() {
    let mut slice = Slice::usual().trunk();
    slice.ellipse([-60.0, 40.0], [20.0, 28.0], -1000);
    let bases = |mm: [f32; 2]| level(mm, [0.0, 0.0], [96.0, 136.0]) <= 1.0 && mm[0] > 25.0;
    let liver = |mm: [f32; 2]| level(mm, [0.0, 0.0], [80.0, 118.0]) <= 1.0 || mm[1].abs() < 40.0;
    slice.paint(|mm| bases(mm) && !liver(mm), -820);
    let slice = slice.noise(25.0);
    let found = slice.find().unwrap();
    for base in [[50.0, -108.0], [50.0, 108.0], [75.0, -60.0], [75.0, 60.0]] {
        assert!(found.share(base, [3.0, 3.0]) > 0.97, "{base:?}");
    }
    assert_eq!(found.share([-60.0, 40.0], [18.0, 25.0]), 0.0, "gas");
    assert!(found.share([-10.0, -60.0], [20.0, 20.0]) < 0.05, "liver");
}

#[test]
fn slices_without_air_or_without_body_are_refused() {
    let mut solid = Slice::usual();
    solid.ellipse([0.0, 0.0], [108.0, 150.0], 40);
    assert_eq!(solid.find().err(), Some(NoLungs::TooLittleAir));
    assert_eq!(Slice::usual().find().err(), Some(NoLungs::NoBody));
}

#[test]
fn a_patient_who_lies_prone_has_both_lungs() {
    let mut slice = Slice::chest().noise(25.0);
    let rows: Vec<&[i16]> = slice.hounsfield.chunks_exact(512).rev().collect();
    slice.hounsfield = rows.concat();
    let found = slice.find().unwrap();
    for centre in BOTH {
        assert!(found.share(centre, LUNG_HALF) > 0.97);
    }
}

#[test]
fn air_between_arms_and_chest_and_in_folds_of_a_blanket_is_no_lung() {
    let mut slice = Slice::of_air(512, 512, [0.95; 2]).trunk().lungs();
    for side in [-1.0, 1.0] {
        slice.ellipse([20.0, side * 190.0], [45.0, 35.0], 40);
        slice.ellipse([20.0, side * 190.0], [10.0, 10.0], 700);
    }
    // A blanket over the body, with air below that is no longer clear.
    slice.paint(
        |mm| (1.05..1.07).contains(&level(mm, [0.0, 0.0], [118.0, 225.0])),
        -200,
    );
    slice.paint(
        |mm| mm[0] < -60.0 && (0.98..1.0).contains(&level(mm, [0.0, 0.0], [118.0, 225.0])),
        -850,
    );
    let slice = slice.noise(25.0);
    let found = slice.find().unwrap();
    found.expect_lungs(&BOTH);
    let gap = found.share([20.0, 152.5], [3.0, 2.0]);
    assert_eq!(gap, 0.0, "between arm and chest");
    assert_eq!(found.share([20.0, 190.0], [40.0, 30.0]), 0.0, "arm");
    let above = found
        .mask
        .iter()
        .filter(|&(row, _)| (row as f32) < 256.0 - 110.0 / 0.95);
    assert_eq!(above.count(), 0, "blanket");
}

#[test]
fn lungs_that_the_picture_cuts_off_are_found() {
    let slice = Slice::chest().noise(25.0);
    for (from, to) in [(0.18, 0.82), (0.22, 1.0), (0.0, 0.8)] {
        let cut = slice.clone().columns(from, to);
        let found = cut.find().unwrap();
        // Lung within the picture, whichever part of it is left.
        let values = cut.hounsfield.iter().enumerate();
        let lung = values.filter(|(place, hu)| {
            let row = place / cut.width;
            (-950..-700).contains(*hu) && (150..360).contains(&row)
        });
        let (mut all, mut inside) = (0, 0);
        for (place, _) in lung {
            all += 1;
            inside += usize::from(found.mask.contains(place / cut.width, place % cut.width));
        }
        assert!(
            inside as f32 > 0.97 * all as f32,
            "{from} {to}: {inside} of {all}"
        );
    }
}

#[test]
fn a_round_field_of_view_with_padding_that_cuts_the_lungs_is_accepted() {
    for padding in [-2000, -1024, i16::MIN] {
        let mut slice = Slice::chest().noise(25.0);
        slice.paint(|mm| mm[0].hypot(mm[1]) > 122.0, padding);
        let found = slice.find().unwrap();
        for centre in [[0.0, -65.0], [0.0, 65.0]] {
            let share = found.share(centre, [70.0, 42.0]);
            assert!(share > 0.97, "{padding}: {share}");
        }
        let corner = found.share([-130.0, -130.0], [20.0, 20.0]);
        assert_eq!(corner, 0.0);
    }
}

#[test]
fn emphysema_is_lung() {
    let mut slice = Slice::usual().trunk();
    for centre in BOTH {
        slice.lung(centre, -915);
        for bulla in [[-40.0, 5.0], [20.0, -10.0], [45.0, 20.0]] {
            slice.ellipse(
                [centre[0] + bulla[0], centre[1] + bulla[1]],
                [14.0, 14.0],
                -985,
            );
        }
    }
    let slice = slice.noise(30.0);
    slice.find().unwrap().expect_lungs(&BOTH);
}

#[test]
fn streaks_of_metal_do_not_hide_the_lungs() {
    let mut slice = Slice::chest().noise(25.0);
    for place in 0..slice.hounsfield.len() {
        let mm = [(place / 512) as f32 - 256.0, (place % 512) as f32 - 256.0];
        let streak = (mm[0].atan2(mm[1]) * 40.0).sin();
        let value = i32::from(slice.hounsfield[place]) + (streak.powi(5) * 350.0) as i32;
        slice.hounsfield[place] = value.clamp(-1024, 3071) as i16;
    }
    slice.ellipse([0.0, 0.0], [4.0, 4.0], 3071);
    let found = slice.find().unwrap();
    for centre in BOTH {
        let share = found.share(centre, LUNG_HALF);
        assert!(share > 0.97, "{share}");
    }
}

#[test]
fn fine_coarse_and_oblong_pixels_give_the_same_lungs() {
    let mut areas = Vec::new();
    for (width, height, spacing_mm) in [
        (800, 700, [0.4, 0.4]),
        (512, 512, [0.7, 0.7]),
        (360, 300, [1.0, 1.0]),
        (700, 300, [1.0, 0.5]),
        (180, 150, [2.0, 2.0]),
    ] {
        let slice = Slice::of_air(width, height, spacing_mm).trunk().lungs();
        let found = slice
            .find()
            .unwrap_or_else(|error| panic!("{spacing_mm:?}: {error}"));
        found.expect_lungs(&BOTH);
        areas.push(found.mask.area_mm2());
    }
    let largest = areas.iter().copied().fold(0.0, f32::max);
    assert!(areas.iter().all(|area| *area > 0.94 * largest), "{areas:?}");
}

#[test]
fn the_soft_edges_of_thick_slices_do_not_change_the_lungs() {
    let mut mean = vec![0_i32; 512 * 512];
    for step in 0..5 {
        let mut slice = Slice::usual().trunk();
        let smaller = 1.0 - 0.03 * step as f32;
        for centre in BOTH {
            slice.ellipse(centre, LUNG_HALF.map(|half| half * smaller), -850);
        }
        for (mean, value) in mean.iter_mut().zip(&slice.hounsfield) {
            *mean += i32::from(*value);
        }
    }
    let slice = Slice {
        hounsfield: mean.iter().map(|sum| (sum / 5) as i16).collect(),
        ..Slice::usual()
    };
    slice.find().unwrap().expect_lungs(&BOTH);
}

#[test]
fn without_a_usable_spacing_pixels_are_taken_for_0_7_mm() {
    let slice = Slice::chest();
    let known = slice.find().unwrap().mask;
    let spacings = [
        None,
        Some([0.0, 0.7]),
        Some([f32::NAN; 2]),
        Some([0.7, -1.0]),
        Some([f32::INFINITY; 2]),
    ];
    for spacing in spacings {
        assert_eq!(
            find(&slice.hounsfield, 512, 512, spacing).as_ref(),
            Ok(&known)
        );
    }
}

#[test]
fn every_refusal_is_one_sentence_with_a_remedy() {
    let sentence = |values: &[i16], width, height| {
        let error = find(values, width, height, Some([0.7; 2])).unwrap_err();
        format!("{error}\n")
    };
    let mut solid = Slice::usual();
    solid.ellipse([0.0, 0.0], [108.0, 150.0], 40);
    let sentences = [
        sentence(&[0; 11], 3, 4),
        sentence(&[], usize::MAX, 2),
        sentence(&[], 0, 0),
        sentence(&[0; 60 * 90], 60, 90),
        sentence(&Slice::usual().hounsfield, 512, 512),
        sentence(&solid.hounsfield, 512, 512),
        sentence(&Slice::usual().trunk().hounsfield, 512, 512),
    ];
    let sentences = sentences.concat().replace(&usize::MAX.to_string(), "…");
    insta::assert_snapshot!(sentences, @r"
    the picture has 11 values instead of 3 × 4; export it again
    the picture has 0 values instead of … × 2; export it again
    the picture is too small to find lungs in (0 × 0 pixels, 0 × 0 mm); choose one of the whole chest
    the picture is too small to find lungs in (60 × 90 pixels, 42 × 63 mm); choose one of the whole chest
    the picture shows no body; choose a slice through the chest
    there are no lungs on this slice: too little air is inside the body; choose a slice through the chest
    there are no lungs on this slice: the air inside the body is in an airway or the bowel; choose a slice through the chest
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_pixels_of_any_size_give_a_mask_inside_the_picture_or_a_refusal(
        width in 0_usize..140,
        height in 0_usize..140,
        spacing in proptest::option::of(proptest::array::uniform2(prop_oneof![0.1_f32..5.0, any::<f32>()])),
        tiles in proptest::collection::vec(
            prop_oneof![Just(-1000_i16), Just(40), Just(-850), any::<i16>()], 1..400),
        tile in 1_usize..40,
        wrong in 0_usize..20,
    ) {
        let across = width.div_ceil(tile);
        let mut values: Vec<i16> = (0..width * height)
            .map(|place| tiles[(place / width / tile * across + place % width / tile) % tiles.len()])
            .collect();
        if wrong == 0 {
            values.push(0);
        }
        match find(&values, width, height, spacing) {
            Ok(mask) => {
                let (rows, columns) = mask.bounding_box();
                prop_assert!(rows.end <= height && columns.end <= width);
                prop_assert!(mask.pixels() > 0);
                let in_box = |(row, column)| {
                    rows.contains(&row) && columns.contains(&column) && mask.contains(row, column)
                };
                prop_assert!(mask.iter().all(in_box));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
