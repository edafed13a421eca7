//! Analyses in the background: selected in the picker, run one after another, opened and saved from their list.

use crossterm::event::KeyCode;

use super::chest_series::write_chest_series;
use super::stage::Stage;
use super::support::write_chest_slice;

/// The picker with two slices, and a file that is none.
fn picker() -> Stage {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "a.png");
    write_chest_slice(&stage.scans(), "b.png");
    std::fs::write(stage.scans().join("c.png"), "x").expect("a file");
    stage.letters("n").shows("c.png");
    stage
}

#[test]
fn selected_scans_are_analysed_while_the_user_works_on() {
    let mut stage = picker();
    stage.letters("   ").shows("3 selected");
    stage.hold = true;
    stage
        .enter()
        .shows("3 scans will be analysed")
        .shows("3 to go");
    stage.escape().shows("Welcome").shows("3 to go").release();
    stage.shows("2 analysed").letters("q");
    insta::assert_snapshot!(stage.screen());
    // A result can be left and opened again, and is saved with all questions.
    stage.enter().shows("Not saved").escape().enter();
    stage.save_to_new_patient("Ana Pérez");
    stage.shows("Saved to Ana Pérez").escape();
    stage.shows("done, saved").shows("done, not saved");
    stage.enter().shows("is in the patient's record");
    // Why the file that is no scan has no result.
    stage
        .key(KeyCode::End)
        .shows("c.png is not a supported image");
    stage.escape().letters("o").shows("1 unsaved result.");
}

#[test]
fn one_is_cancelled_and_the_others_go_on() {
    let mut stage = picker();
    stage.letters("  ").hold = true;
    stage
        .enter()
        .key(KeyCode::F(12))
        .shows("opening")
        .shows("waiting");
    stage.letters("d").hides("a.png").release();
    stage
        .shows("b.png")
        .shows("done, not saved")
        .shows("1 analysed");
    stage.letters("r").shows("did not fail");
    // An unsaved result is not thrown away without a question.
    stage.letters("d").shows("Discard it?").letters("y");
    stage.shows("Nothing is analysed in the background");
    for key in ["d", "r"] {
        stage.letters(key).shows("The list is empty");
    }
}

#[test]
fn series_of_a_folder_are_selected_in_their_list() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    write_chest_series(&stage.scans().join("one"), "1.2.3.1", 3);
    write_chest_series(&stage.scans().join("two"), "1.2.3.2", 4);
    stage
        .letters("n")
        .key(KeyCode::Left)
        .letters("scans")
        .control('o');
    stage
        .shows("2 series here")
        .key(KeyCode::F(6))
        .shows("2 selected");
    stage.enter().key(KeyCode::F(12)).shows("done, not saved");
    stage
        .shows("2 analysed")
        .enter()
        .shows("Malignancy along the series");
}

#[test]
fn a_series_that_is_open_goes_on_in_the_background() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "a.png");
    stage.letters("n").enter().shows("256 × 256").letters("q");
    stage.shows("1 analysed");
}
