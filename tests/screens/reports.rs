//! Reports in versions, and the key image of an exam.

use crossterm::event::KeyCode;
use lunny::store::{PatientChoice, PatientId, Role};
use lunny::terminal::Symbols;
use lunny::tui::widgets::picture::Graphics;

use super::stage::{Stage, logged};

/// The open record of Ana Pérez.
fn record(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("n").escape();
    stage.letters("p").enter().shows("slice.png");
    stage
}

#[test]
fn a_report_is_written_read_and_saved_as_preliminary() {
    let mut stage = record(80, 24);
    stage.letters("r").shows("No versions yet: press w");
    stage.letters("w").shows("Version 1 saved");
    stage.shows("PRELIMINARY, version 1, not signed by a radiologist");
    stage.shows("preliminary").hides("changed since");
    stage.key(KeyCode::End).shows("not a medical device");
    stage
        .hides("PRELIMINARY")
        .key(KeyCode::Home)
        .shows("PRELIMINARY");
    stage.letters("h").shows("The report was written to");
    let folder = stage.folder.path().join("home/reports");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.starts_with("PRELIMINARY, version 1"), "{text}");
    assert!(text.contains("Name            Ana Pérez"), "{text}");
}

#[test]
fn a_version_is_printed_as_pages_with_its_status_and_logged() {
    let mut stage = record(80, 24);
    stage
        .letters("r")
        .letters("p")
        .shows("There is no report yet");
    stage.letters("ww").key(KeyCode::Down).letters("p");
    stage.shows("Page 1 of").shows("report on exam E-");
    stage.shows("PRELIMINARY, version 1").shows("Ana Pérez");
    stage.letters("e").shows("These pages are about one exam");
    stage.letters("s").shows("The report was written to");
    let folder = stage.folder.path().join("home/reports");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let name = file.file_name().into_string().unwrap();
    assert!(
        name.starts_with("report-P-000001-E-") && name.ends_with("-v1.pdf"),
        "{name}"
    );
    assert_eq!(logged(&stage, "export record"), 1);
    stage
        .escape()
        .letters("h")
        .shows("The report was written to");
    assert_eq!(logged(&stage, "export record"), 2);
}

#[test]
fn the_screen_looks_like_this() {
    for (columns, rows) in [(60, 15), (80, 24)] {
        let mut stage = record(columns, rows);
        stage.letters("r").letters("ww");
        insta::assert_snapshot!(format!("reports_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn a_technician_or_administrator_cannot_sign() {
    let mut stage = record(80, 24);
    stage
        .letters("r")
        .letters("s")
        .shows("There is no report yet");
    stage
        .letters("w")
        .letters("s")
        .shows("Only a radiologist can sign");
}

#[test]
fn a_radiologist_signs_the_newest_version_and_amends_it_later() {
    let mut stage = record(80, 24);
    stage.colleague("Rosa Lind", "rosa@example.org", Role::Radiologist);
    stage.letters("r").letters("w").letters("w");
    stage
        .escape()
        .escape()
        .escape()
        .sign_in_as("rosa@example.org");
    stage.letters("p").enter().letters("r");
    stage
        .key(KeyCode::Down)
        .letters("s")
        .shows("only the newest can be signed");
    stage
        .key(KeyCode::Up)
        .letters("s")
        .shows("Sign version 2 as final?");
    stage.enter().hides("FINAL");
    stage
        .letters("s")
        .letters("y")
        .shows("The report was signed.");
    stage.shows("FINAL, version 2, signed by Rosa Lind on 2026-03-02");
    stage.letters("s").shows("already signed");
    stage
        .letters("w")
        .shows("PRELIMINARY, version 3, an amendment");
    // The record changes after the version was written.
    stage
        .escape()
        .letters("e")
        .letters("-López")
        .key(KeyCode::F(2));
    stage.letters("r").shows("changed since");
    stage.letters("s").shows("The record changed since");
}

#[test]
fn the_key_image_is_shown_when_the_scan_is_gone() {
    let mut stage = record(80, 24);
    stage
        .letters("i")
        .shows("Key image, as shown when the exam was saved");
    stage.shows("still exists").shows("█");
    stage
        .letters("a")
        .shows("needs colours, which this terminal does not show")
        .escape();
    std::fs::remove_file(stage.scans().join("slice.png")).unwrap();
    stage.letters("i").shows("was moved or deleted").shows("█");
}

#[test]
fn a_key_image_matches_its_snapshot() {
    let mut stage = record(80, 24);
    stage.letters("i");
    insta::assert_snapshot!("kept_picture_80x24", stage.screen());
}

#[test]
fn the_kept_heat_map_is_shown_in_colours_with_its_caption() {
    let mut stage = record(80, 24);
    stage
        .draws_with(Graphics::Symbols(Symbols::Half))
        .letters("i");
    stage
        .shows("low-resolution preview")
        .hides("not lesion location");
    stage
        .letters("a")
        .shows("model attention, not lesion location");
    stage.letters("a").hides("not lesion location");
}

#[test]
fn an_exam_without_a_picture_says_so() {
    let mut stage = record(80, 24);
    let bo = stage.colleague("Bo Lind", "bo@example.org", Role::Technician);
    let record = stage.store.patient(&bo, PatientId(1)).unwrap();
    let mut slice = record.exams[0].slice.clone();
    slice.source_path = "/scans/other.png".into();
    slice.source_sha256 = "ab".repeat(32);
    let choice = PatientChoice::Existing(record.id);
    stage.store.save_exam(&bo, &choice, &slice).unwrap();
    stage.escape().enter().shows("other.png").letters("i");
    stage.shows("No key image was kept with this exam.");
}

/// The reports of Ana's exam, for a radiologist.
fn as_radiologist(columns: u16, rows: u16) -> Stage {
    let mut stage = record(columns, rows);
    stage.colleague("Rosa Lind", "rosa@example.org", Role::Radiologist);
    stage.escape().escape().escape();
    stage.sign_in_as("rosa@example.org");
    stage.letters("p").enter().shows("slice.png");
    stage.letters("r");
    stage
}

#[test]
fn findings_stand_in_the_next_version_and_an_addendum_below_the_signed_one() {
    let mut stage = as_radiologist(80, 24);
    stage.letters("f").shows("Impression");
    stage.letters("A nodule").enter().letters("of 8 mm.");
    stage.key(KeyCode::Tab).letters("Looks benign.");
    stage.key(KeyCode::F(2)).shows("The findings are saved");
    stage.letters("a").shows("There is no report yet");
    stage.letters("w").letters("a").shows("not signed");
    stage.letters("s").letters("y").shows("signed");
    stage.letters("a").shows("Addendum to the signed report");
    stage.letters("Seen again.").key(KeyCode::F(2));
    stage.shows("The addendum is added");
    stage
        .key(KeyCode::End)
        .shows("Addendum by Rosa Lind")
        .shows("Seen again.");
    stage.letters("h");
    let folder = stage.folder.path().join("home/reports");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    for words in [
        "Findings",
        "of 8 mm.",
        "Looks benign.",
        "Addendum by Rosa Lind",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // Text written after signing needs another version.
    stage
        .letters("f")
        .letters("More: ")
        .key(KeyCode::F(2))
        .shows("changed since");
}

#[test]
fn a_template_fills_empty_parts_alone() {
    let mut stage = as_radiologist(80, 24);
    stage.letters("f").key(KeyCode::Tab).letters("mine");
    stage.key(KeyCode::F(3)).shows("mine");
    stage.escape().letters("y").letters("t").shows("category 1");
    stage
        .shows("No pulmonary nodules")
        .key(KeyCode::F(3))
        .shows("category 2");
    stage
        .letters("Own: ")
        .key(KeyCode::F(2))
        .shows("The template is saved");
}

#[test]
fn what_was_typed_of_findings_outlives_the_program() {
    let mut stage = as_radiologist(80, 24);
    stage.letters("f").letters("half a sentence");
    assert_eq!(stage.hang_up(), 1);
    let mut stage = stage.reopened();
    stage.letters("s").letters("rosa@example.org").enter();
    stage
        .letters(super::stage::PASSWORD)
        .enter()
        .shows("u 1 unsaved");
    stage.letters("u").shows("findings of an exam");
}

#[test]
fn only_a_radiologist_writes_findings() {
    let mut stage = record(80, 24);
    stage.letters("r").letters("f").shows("Only a radiologist");
}

#[test]
fn the_findings_look_like_this() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = as_radiologist(columns, rows);
        stage.letters("f").letters("A nodule of 8 mm.");
        insta::assert_snapshot!(format!("findings_{columns}x{rows}"), stage.screen());
    }
}
