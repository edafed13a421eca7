//! Labels and lists on paper, from the screens.

use std::fs;

use crossterm::event::KeyCode;

use super::stage::Stage;

/// The table of patients, with Ana Pérez.
fn table() -> Stage {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez");
    stage.letters("n").escape().letters("p");
    stage
}

fn written(stage: &Stage, name: &str) -> Vec<u8> {
    fs::read(stage.folder.path().join("home/exports").join(name)).unwrap()
}

#[test]
fn a_label_of_a_record_is_written_and_entered_in_its_log() {
    let mut stage = table();
    stage.enter().letters("l").shows("1 label with name");
    insta::assert_snapshot!("label_80x24", stage.screen());
    stage.key(KeyCode::F(2)).shows("1 label written to");
    assert!(written(&stage, "labels.pdf").starts_with(b"%PDF-"));
    stage.letters("a").shows("make label");
}

#[test]
fn the_table_is_written_as_pages_and_every_row_is_entered_in_the_log() {
    let mut stage = table();
    stage.alt('p').shows("All patients of the table");
    stage.key(KeyCode::F(2)).shows("1 page written to");
    assert!(written(&stage, "patients.pdf").starts_with(b"%PDF-"));
    stage
        .enter()
        .letters("a")
        .shows("print patient list")
        .escape();
    // Without a match there is nothing to print.
    stage.escape().letters("zzzz").alt('p');
    stage.key(KeyCode::F(2)).shows("No patient was chosen");
}

#[test]
fn a_list_of_follow_ups_is_written_as_pages() {
    let mut stage = table();
    stage.escape().letters("f").key(KeyCode::F(7));
    stage.shows("All rows of the list").key(KeyCode::F(2));
    stage.shows("o patient was chosen");
}
