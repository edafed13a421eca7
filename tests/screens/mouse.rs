//! The mouse: rows, tabs, buttons and keys of the footer are clicked, the wheel moves through lists.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::stage::Stage;
use super::support::write_chest_slice;

/// Clicks on the first place that shows a text.
#[track_caller]
fn click(stage: &mut Stage, text: &str) {
    let screen = stage.screen();
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let at = line.find(text)?;
        Some((line[..at].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("no {text:?} on\n{screen}"));
    let button = MouseEventKind::Down(MouseButton::Left);
    stage.mouse(button, column as u16, row as u16);
}

#[test]
fn a_click_selects_a_row_and_a_second_one_opens_it() {
    let mut stage = Stage::new(120, 30, 0.87);
    stage.register();
    click(&mut stage, "Statistics");
    stage.shows("selected: New analysis");
    stage.key(KeyCode::F(2)).shows("The mouse is on");
    click(&mut stage, "Statistics");
    stage.shows("selected: Statistics");
    click(&mut stage, "Statistics");
    stage.hides("Welcome").shows("CSV");
    // Keys of the footer are buttons.
    click(&mut stage, "back");
    stage.shows("Welcome");
    click(&mut stage, "Sign out");
    click(&mut stage, "Sign out");
    stage.shows("return to the first screen?");
    click(&mut stage, "  No  ");
    stage.hides("return to the first screen?").shows("Welcome");
}

#[test]
fn the_wheel_moves_through_lists_and_a_dialog_covers_what_is_below() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    for name in ["a.png", "b.png", "c.png"] {
        write_chest_slice(&stage.scans(), name);
    }
    stage
        .key(KeyCode::F(2))
        .letters("n")
        .shows("selected: a.png");
    stage.mouse(MouseEventKind::ScrollDown, 10, 10);
    stage.mouse(MouseEventKind::ScrollDown, 10, 10);
    stage.shows("selected: c.png");
    click(&mut stage, "a.png");
    stage
        .shows("selected: a.png")
        .control('r')
        .shows("Recent folders");
    click(&mut stage, "c.png");
    stage.escape().shows("selected: a.png");
}

#[test]
fn tabs_are_clicked_and_the_choice_is_kept_for_the_account() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage
        .register()
        .key(KeyCode::F(2))
        .letters("o")
        .letters("y");
    stage.shows("chest CT in your terminal").sign_in();
    stage.letters("w").shows("Missed");
    click(&mut stage, "Missed");
    stage.shows("No planned exam is missed");
    // Turned off it stays off.
    stage
        .key(KeyCode::F(2))
        .escape()
        .letters("o")
        .letters("y")
        .sign_in();
    click(&mut stage, "Statistics");
    stage.shows("selected: New analysis");
}

#[test]
fn a_click_focuses_a_field_and_chooses_a_name() {
    let mut stage = Stage::new(120, 40, 0.87);
    stage.key(KeyCode::F(2)).letters("r");
    click(&mut stage, "Your name");
    stage.letters("Ana Pérez");
    click(&mut stage, "full name of the hospital");
    stage.letters("St. Example");
    let line = |stage: &Stage, label: &str| -> String {
        let screen = stage.screen();
        let found = screen.lines().find(|line| line.contains(label));
        found.unwrap_or_default().to_owned()
    };
    assert!(line(&stage, "Your name").contains("Ana Pérez"));
    assert!(line(&stage, "Hospital").contains("St. Example"));

    let mut stage = Stage::new(120, 40, 0.87);
    stage.register().key(KeyCode::F(2)).analyse("slice.png");
    stage
        .save_to_new_patient("Ana Pérez")
        .letters("m")
        .letters("n");
    stage.shows("selected: solid baseline");
    click(&mut stage, "non-solid");
    stage.shows("selected: non-solid baseline");
    click(&mut stage, "Long axis");
    stage.letters("9");
    // From another field the click focuses the choice as well.
    click(&mut stage, "spiculated");
    stage.shows("not stated spiculated none");
    // A click beside the names turns the focused choice.
    click(&mut stage, "Fat inside");
    stage.shows("none no no");
    click(&mut stage, "Fat inside");
    stage.shows("none yes no");
}

#[test]
fn fields_and_sections_of_the_record_form_are_clicked() {
    let mut stage = Stage::new(160, 45, 0.87);
    stage.register().key(KeyCode::F(2)).letters("r");
    click(&mut stage, "Full name");
    stage.letters("Ana Pérez").shows("Ana Pérez");
    click(&mut stage, "Female");
    stage.shows("Female");
    click(&mut stage, "Contact and care");
    stage.shows("New record · Contact and care");
    click(&mut stage, "1 Identity");
    stage.shows("New record · Identity").shows("Ana Pérez");
    stage.shows("selected: 1 Identity 3/5 · Female");
}
