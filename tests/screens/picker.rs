//! The file picker: order, typed paths, selected scans.

use crossterm::event::KeyCode;
use lunny::tui::widgets::picture::Graphics;

use super::chest_series::write_chest_series_of;
use super::stage::{Stage, changed_at};
use super::support::write_chest_slice;

/// The picker with two files and a folder of different ages and sizes.
fn picker(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    for (name, content, time) in [
        ("a.png", "xx", "2026-02-26T08:00:00Z"),
        ("b.png", "xxx", "2026-02-27T09:15:00Z"),
        ("c.png", "x", "2026-03-01T23:59:00Z"),
    ] {
        let path = stage.scans().join(name);
        std::fs::write(&path, content).expect("a file");
        changed_at(&path, time);
    }
    stage.letters("n");
    stage
}

/// The names in the list, from top to bottom.
fn names(stage: &Stage) -> Vec<String> {
    let screen = stage.screen();
    let entries = screen
        .lines()
        .filter(|line| line.starts_with(" │") && line.contains(" B "));
    let name = |line: &str| {
        line.split_whitespace()
            .find(|word| word.contains(".png"))
            .map(str::to_owned)
    };
    entries.filter_map(name).collect()
}

#[test]
fn entries_show_their_date_and_the_order_is_kept_for_the_account() {
    let mut stage = picker(80, 24);
    stage.shows("2 B  2026-02-26 08:00").shows("by name");
    assert_eq!(names(&stage), ["a.png", "b.png", "c.png"]);
    stage.key(KeyCode::Down).shows("selected: b.png");
    stage.key(KeyCode::F(3)).shows("newest first");
    assert_eq!(names(&stage), ["c.png", "b.png", "a.png"]);
    // The same file stays selected.
    stage.shows("selected: b.png").key(KeyCode::F(3));
    stage.shows("largest first");
    assert_eq!(names(&stage), ["b.png", "a.png", "c.png"]);
    stage.escape().letters("n").shows("largest first");
}

#[test]
fn a_path_is_followed_as_it_is_typed_and_tab_completes_it() {
    let mut stage = picker(100, 30);
    let inner = stage.scans().join("in box");
    std::fs::create_dir(&inner).expect("a folder");
    write_chest_slice(&inner, "slice one.png");
    let scans = stage.scans().display().to_string();
    stage
        .letters(&format!("{scans}/"))
        .shows("a.png")
        .shows("in box/");
    stage.letters("i").hides("a.png").shows("in box/");
    stage.key(KeyCode::Tab).shows("slice one.png");
    stage.key(KeyCode::Tab).enter().shows("256 × 256");
    stage.escape();
    // A part of a name chooses the entry that is shown, and a folder that is missing is said at once.
    stage
        .letters(&format!("{scans}/in box/sl"))
        .enter()
        .shows("256 × 256");
    stage
        .escape()
        .letters("/nowhere/at")
        .shows("There is no folder of this name");
}

#[test]
fn quoted_escaped_and_addressed_paths_open_their_file() {
    let mut stage = picker(100, 30);
    let path = write_chest_slice(&stage.scans(), "späte aufnahme.png");
    let path = path.display().to_string();
    for typed in [
        format!("'{path}'"),
        format!("\"{path}\""),
        path.replace(' ', "\\ "),
        format!("file://{}", path.replace(' ', "%20")),
    ] {
        stage.paste(&typed).enter().shows("256 × 256").escape();
    }
}

#[test]
fn the_path_of_a_folder_is_left_behind_when_it_is_entered() {
    let mut stage = picker(100, 30);
    let scans = stage.scans().display().to_string();
    stage
        .letters(&scans)
        .enter()
        .letters("b")
        .shows("1 of 3")
        .shows("b.png");
}

#[test]
fn a_wide_screen_shows_a_picture_of_the_selected_file() {
    let mut stage = Stage::new(120, 40, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "a.png");
    std::fs::write(stage.scans().join("b.png"), "x").expect("a file");
    stage.letters("n").shows("Preview").hides("no preview");
    stage.key(KeyCode::Down).shows("no preview");
    stage.draws_with(Graphics::None).hides("Preview");
}

#[test]
fn a_folder_names_its_patient_and_its_study() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    let folder = stage.scans().join("series");
    write_chest_series_of(&folder, "1.2.3.1", 3, &[]);
    stage.letters("n").shows("series/").shows("2020-01-31");
}
