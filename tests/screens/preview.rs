//! Preview of a record's pages before printing.

use crossterm::event::KeyCode;
use lunny::tui::widgets::picture::Graphics;

use super::stage::{Stage, logged};

/// Preview of the record of Ana Pérez, who has one exam.
fn preview(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("n").escape();
    stage.letters("p").enter().shows("slice.png");
    stage.letters("p");
    stage
}

#[test]
fn the_pages_are_drawn_and_turned() {
    let mut stage = preview(80, 24);
    stage.letters("t");
    stage.shows("Page 1 of 2, A4, all exams");
    let first = stage.screen();
    assert!(first.contains('█'), "nothing is drawn:\n{first}");
    stage.key(KeyCode::Right).shows("Page 2 of 2");
    assert_ne!(stage.screen(), first);
    stage.key(KeyCode::Right).shows("Page 2 of 2");
    stage.key(KeyCode::Home).shows("Page 1 of 2");
    assert_eq!(stage.screen(), first);
    stage.letters("a").shows("Page 1 of 2, Letter");
    stage.letters("e").shows("no other exams");
}

#[test]
fn a_page_is_enlarged_and_scrolled_into_the_next() {
    let mut stage = preview(80, 24);
    stage.letters("t");
    let whole = stage.screen();
    stage.letters("+");
    let top = stage.screen();
    assert_ne!(top, whole);
    stage.key(KeyCode::Down);
    assert_ne!(stage.screen(), top);
    stage.key(KeyCode::Up);
    assert_eq!(stage.screen(), top);
    for _ in 0..8 {
        stage.key(KeyCode::PageDown);
    }
    stage.shows("Page 2 of 2");
    for _ in 0..16 {
        stage.key(KeyCode::PageUp);
    }
    stage.shows("Page 1 of 2").letters("w");
    assert_eq!(stage.screen(), whole);
}

#[test]
fn the_text_of_the_pages_is_shown_if_letters_cannot_be_drawn() {
    let mut stage = preview(80, 24);
    // At first, as no letter could be read in so small a picture.
    stage.shows("Ana Pérez").shows("Page 1 of 2");
    insta::assert_snapshot!("preview_text_80x24", stage.screen());
    stage
        .key(KeyCode::End)
        .shows("not a medical device")
        .shows("Page 2 of 2");
    stage.key(KeyCode::Home).shows("Page 1 of 2").letters("t");
    stage.hides("Patient record: chest CT");
}

#[test]
fn pixels_show_the_page_at_first() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage.draws_with(Graphics::Kitty).letters("p");
    stage.shows("Page 1 of").hides("not saved to a record");
    stage.letters("t").shows("not saved to a record");
}

#[test]
fn a_wide_terminal_has_the_text_beside_the_page() {
    let mut stage = preview(160, 45);
    stage
        .shows("Text of the page")
        .shows("Patient record: chest CT");
    stage.shows("Page 1 of 2, A4, all exams").shows("█");
    stage.draws_with(Graphics::None);
    stage.letters("t").shows("Patient record: chest CT");
}

#[test]
fn the_record_is_saved_as_a_pdf_and_logged() {
    let mut stage = preview(80, 24);
    stage.letters("s").shows("The record was written to");
    let folder = stage.folder.path().join("home/reports");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let name = file.file_name().into_string().unwrap();
    assert_eq!(name, "record-P-000001.pdf");
    let bytes = std::fs::read(file.path()).unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
}

#[test]
fn a_result_is_printed_as_pages_and_logged_before_it_is_saved_and_after() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage
        .letters("p")
        .shows("Page 1 of")
        .shows("A4, unsaved result");
    stage.shows("not saved to a record");
    stage
        .letters("s")
        .shows("The result was written to")
        .escape();
    stage.save_to_new_patient("Ana Pérez");
    stage.letters("p").shows("A4, exam E-1");
    stage
        .letters("s")
        .shows("The record was written to")
        .escape();
    assert_eq!(logged(&stage, "export record"), 2);
    // The summary and the file are each an entry.
    stage.letters("h").shows("report was written to");
    assert_eq!(logged(&stage, "export record"), 3);
    assert_eq!(logged(&stage, "copy summary"), 1);
}

#[test]
fn the_old_page_stays_until_the_new_one_is_ready() {
    let mut stage = preview(80, 24);
    stage.letters("t");
    let first = stage.screen();
    stage.hold = true;
    stage.key(KeyCode::Right);
    let meanwhile = stage.screen();
    assert_eq!(meanwhile.replace("Page 2", "Page 1"), first);
    // Requests made meanwhile are not queued.
    stage.key(KeyCode::Left).key(KeyCode::Right);
    assert_eq!(stage.held(), 1);
    stage.release();
    assert_ne!(stage.screen(), meanwhile);
}

#[test]
fn the_smallest_terminals_are_survived() {
    for (columns, rows) in [(60, 15), (20, 5), (1, 1)] {
        let mut stage = preview(80, 24);
        stage.resize(columns, rows).letters("t").letters("+-wae");
        stage.key(KeyCode::PageDown);
        stage.resize(80, 24).shows("Page");
    }
}
