//! Nodules by keys alone: entered, compared with an earlier exam, classified, edited and deleted.

use crossterm::event::KeyCode;

use super::ct_slice::write_ct_slice;
use super::stage::Stage;
use super::waiting_keys::A_LOOK;

/// Snapshots of a screen of nodules at both sizes.
fn look(name: &str, arrange: impl Fn(&mut Stage)) {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = listed(columns, rows);
        arrange(&mut stage);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), stage.screen());
    }
}

/// A saved exam, with its list of nodules open.
fn listed(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("Ana Pérez");
    stage.letters("m");
    stage
}

/// Adds a solid nodule with these axes from the list, and returns to the list.
fn add_solid<'a>(stage: &'a mut Stage, long: &str, short: &str) -> &'a mut Stage {
    stage.letters("n").shows("New nodule").enter();
    stage.letters(long).enter().letters(short);
    stage.key(KeyCode::F(2))
}

#[test]
fn an_unsaved_result_has_no_nodules_yet() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png").letters("m");
    stage.shows("press s to save this one").shows("● Positive");
}

#[test]
fn a_typed_nodule_gives_the_measured_category_everywhere() {
    let mut stage = listed(100, 30);
    stage.shows("Not measured").shows("No nodules yet");
    add_solid(&mut stage, "14.9", "15.0");
    stage
        .shows("4B  measured by nodule 1")
        .shows("15.0 × 14.9  15.0 4B");
    stage.shows("Solid, baseline, 15 mm or more.");
    stage.shows("none: not stated: age, sex, female or male");
    stage.escape().shows("4B measured").hides("suggested");
    stage.letters("h");
    let summary = stage.copied.last().unwrap().clone();
    assert!(summary.contains("Lung-RADS 4B (measured)"), "{summary}");
}

#[test]
fn the_category_follows_the_typed_values_and_names_missing_ones() {
    let mut stage = listed(80, 24);
    stage.letters("n").shows("The long axis in mm is missing.");
    stage.key(KeyCode::Right).shows("part-solid").enter();
    stage.letters("9").enter().letters("8.5").enter();
    stage.shows("The solid part's long axis in mm is missing.");
    stage.letters("6").enter().letters("5.9");
    stage.shows("Lung-RADS 4A").shows("mean 8.8 mm");
    stage.letters("9").key(KeyCode::F(2));
    stage.shows("is finer than calipers measure");
    stage
        .key(KeyCode::Backspace)
        .hides("is finer")
        .key(KeyCode::F(2));
    stage.shows("4A  measured by nodule 1");
}

#[test]
fn a_nodule_can_be_edited_deleted_and_restored() {
    let mut stage = listed(80, 24);
    add_solid(&mut stage, "5", "4").shows("2  measured by nodule 1");
    add_solid(&mut stage, "9", "8").shows("4A  measured by nodule 2");
    stage.key(KeyCode::Down).enter().shows("Edit nodule");
    stage.enter().control('u').letters("7");
    stage.key(KeyCode::F(2)).shows("3  measured by nodule 2");
    stage.letters("d").shows("Delete nodule 2");
    stage
        .shows("Delete the solid nodule of 8.0 × 7.0 mm")
        .letters("n");
    stage.shows("3  measured by nodule 2").letters("d");
    stage.letters("y").shows("The nodule was deleted. Press u");
    stage.shows("2  measured").hides("nodule 2");
    stage
        .letters("u")
        .shows("The nodule was restored")
        .shows("3  measured");
}

#[test]
fn exam_data_give_modifier_and_brock_risk() {
    let mut stage = listed(100, 30);
    stage.letters("s").letters("e").enter().letters("0");
    for _ in 0..4 {
        stage.enter();
    }
    stage.shows("Modifier S").enter().shows("1S  confirmed");
    add_solid(&mut stage, "8", "8").shows("4AS  measured by nodule 1");
    stage.letters("s").shows("4A  measured by nodule 1");
    stage.letters("e").enter().letters("x").enter();
    for _ in 0..4 {
        stage.enter();
    }
    stage.shows("“0x” is not a number from 0 to 1000.");
}

#[test]
fn growth_since_an_earlier_exam_is_proposed_and_kept() {
    let mut stage = listed(100, 30);
    add_solid(&mut stage, "8", "8");
    stage.letters("e").letters("2025-09-10");
    for _ in 0..6 {
        stage.enter();
    }
    stage.shows("Scanned 2025-09-10");
    stage.escape().escape().escape().escape().escape();
    stage.letters("n");
    image::GrayImage::from_fn(200, 256, |x, y| {
        image::Luma([(x % 200) as u8 ^ (y / 2) as u8])
    })
    .save(stage.scans().join("two.png"))
    .unwrap();
    stage.escape().letters("n").letters("two").enter().enter();
    stage.letters("s").letters("ana").enter().wait(A_LOOK);
    stage.letters("y").letters("m");
    stage
        .letters("n")
        .shows("An earlier exam has a nodule; press F3 to compare.");
    stage
        .key(KeyCode::F(3))
        .shows("Choose the same nodule")
        .shows("2025-09-10");
    // Without axes there is nothing to compare.
    stage.enter().shows("The long axis in mm is missing.");
    stage.letters("9.6").enter().letters("9.6");
    stage.key(KeyCode::F(3)).enter();
    stage.shows("2025-09-10 to 2026-03-02, 173 days: mean 8.0 to 9.6 mm (+1.6)");
    stage.shows("growing is proposed").shows("Lung-RADS 4B");
    stage.key(KeyCode::F(2)).shows("4B  measured by nodule 1");
    stage.shows("2025-09-10: mean 8.0 mm");
    // The user chooses another status.
    stage.enter();
    for _ in 0..3 {
        stage.enter();
    }
    stage
        .key(KeyCode::Left)
        .shows("slowly-growing")
        .shows("no row for a solid nodule that grows slowly");
    stage.key(KeyCode::Left).shows("which is not stable");
}

#[test]
fn without_earlier_nodules_there_is_nothing_to_compare_with() {
    let mut stage = listed(80, 24);
    stage.letters("n").key(KeyCode::F(3));
    stage.shows("No other exam of this patient has a measured nodule.");
}

#[test]
fn the_list_matches_its_snapshot() {
    look("nodules", |stage| {
        add_solid(stage, "5", "4");
        add_solid(stage, "14.9", "15");
        stage.key(KeyCode::Down).letters("s");
    });
}

#[test]
fn the_empty_list_matches_its_snapshot() {
    look("nodules_none", |_| {});
}

#[test]
fn the_form_matches_its_snapshot() {
    look("nodule_form", |stage| {
        stage.letters("n").key(KeyCode::Right).enter();
        for length in ["12.3", "9.8", "6.1", "five"] {
            stage.letters(length).enter();
        }
        stage.key(KeyCode::F(2));
    });
}

#[test]
fn the_exam_data_match_their_snapshot() {
    look("circumstances", |stage| {
        stage.letters("e").letters("2025-09-10").enter();
        stage.letters("3").enter().key(KeyCode::Right);
    });
}

/// A saved exam of a CT slice, with the calipers on.
fn measuring(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    write_ct_slice(&stage.register().scans(), "ct.dcm");
    stage.letters("n").letters("ct").enter().enter();
    stage.save_to_new_patient("Ana Pérez").letters("m");
    stage.letters("m").shows("Arrows move to one end");
    stage
}

/// From the middle of the picture to both ends of the nodule's long axis.
fn mark_long_axis(stage: &mut Stage) -> &mut Stage {
    stage.letters("KKHHHH");
    for _ in 0..3 {
        stage.key(KeyCode::Left);
    }
    stage
        .letters(" ")
        .shows("Arrows move to the other end")
        .letters("L");
    stage.shows("Long      5.0 mm");
    for _ in 0..5 {
        stage.key(KeyCode::Right);
    }
    stage.shows("Long      7.5 mm").letters(" ")
}

#[test]
fn a_nodule_is_measured_by_keys_alone_and_kept_with_its_place() {
    let mut stage = measuring(100, 30);
    mark_long_axis(&mut stage).shows("Short  ").shows("Mean");
    stage.shows("Enter accepts").enter();
    stage
        .shows("New nodule")
        .shows("(calipers, slice 1)")
        .shows("Lung-RADS 3");
    stage.key(KeyCode::F(2)).shows("3  measured by nodule 1");
    // The scan date comes from the file.
    stage.shows("Scanned 2020-01-31").shows("calipers, slice 1");
}

#[test]
fn an_end_can_be_moved_and_an_oblique_axis_is_reported() {
    let mut stage = measuring(100, 30);
    mark_long_axis(&mut stage)
        .letters("LL")
        .shows("not a right angle");
    stage.letters(" ").shows("move end 4");
    stage
        .letters("m")
        .shows("Arrows move to one end")
        .hides("Short  ");
    stage.escape().hides("Arrows move to one end").escape();
    stage.shows("No nodules yet");
}

#[test]
fn axes_that_were_typed_over_belong_to_no_picture() {
    let mut stage = measuring(100, 30);
    mark_long_axis(&mut stage).enter().enter().control('u');
    stage.letters("9").hides("calipers").shows("typed in");
}

#[test]
fn without_a_scale_millimetres_are_not_offered() {
    let mut stage = listed(80, 24);
    stage.letters("m").shows("nothing can be measured in mm");
    stage
        .hides("Arrows move to one end")
        .escape()
        .shows("No nodules yet");
}

#[test]
fn a_measurement_without_an_exam_says_how_to_keep_it() {
    let mut stage = Stage::new(100, 30, 0.87);
    write_ct_slice(&stage.register().scans(), "ct.dcm");
    stage.letters("n").letters("ct").enter().letters("m");
    mark_long_axis(&mut stage).enter();
    stage.shows("Nodules belong to a saved exam");
}

#[test]
fn calipers_match_their_snapshot() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = measuring(columns, rows);
        stage.letters("KKHHHH").key(KeyCode::Left);
        for _ in 0..3 {
            stage.letters("+");
        }
        stage.key(KeyCode::Left).key(KeyCode::Left);
        stage.letters(" ").letters("L");
        for _ in 0..5 {
            stage.key(KeyCode::Right);
        }
        stage.letters(" ");
        insta::assert_snapshot!(format!("calipers_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn a_region_is_grown_from_a_seed_and_accepted() {
    let mut stage = measuring(100, 30);
    stage.letters("KKHH").letters("g");
    stage.shows("below the threshold of -400 HU");
    stage.letters("H");
    for _ in 0..6 {
        stage.key(KeyCode::Left);
    }
    stage.letters("<<").shows("-440 HU").letters("g");
    stage.shows("Volume").shows("Enter accepts").enter();
    stage.shows("region from -440 HU").shows("mm³ measured");
    stage.key(KeyCode::F(2)).shows("3  measured by nodule 1");
}
