//! Work of a technician, key by key.

mod help;
mod signing_in;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use lunny::model::fake::FakeEngine;
use lunny::tui::widgets::picture::Graphics;

use super::stage::{PASSWORD, Stage};
use super::support::write_chest_slice;

#[test]
fn a_new_user_registers_analyses_saves_finds_and_signs_out() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register().analyse("slice.png");
    stage
        .shows("● Positive")
        .shows("87.0 %")
        .shows("suggested by the model");
    stage.save_to_new_patient("Ana Pérez");
    stage.shows("Saved to Ana Pérez, P-000001.");
    stage.letters("n").escape();
    stage.shows("Welcome, Dana Ruiz");
    stage.letters("p").letters("perez");
    stage
        .shows("Ana Pérez")
        .shows("Positive 87.0 %")
        .shows("1 of 1");
    stage.enter().shows("slice.png").shows("● Positive");
    stage.escape().escape().escape();
    stage.letters("o").shows("Sign out and return").letters("y");
    stage.shows("Sign in").hides("Dana Ruiz");
}

#[test]
fn signing_out_asks_and_no_is_selected_first() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("o").enter();
    stage.shows("Welcome, Dana Ruiz");
    stage.letters("o").key(KeyCode::Tab).enter();
    stage.hides("Welcome, Dana");
}

#[test]
fn an_analysis_can_be_cancelled_and_its_late_answer_is_dropped() {
    let mut stage = Stage::with_engine(80, 24, Some(Arc::new(FakeEngine::new(0.9))));
    write_chest_slice(&stage.register().scans(), "slice.png");
    stage.letters("n").enter();
    stage.hold = true;
    stage.enter().shows("Analysing scan");
    stage.escape().shows("Press Enter to analyse");
    stage.release();
    stage.shows("Press Enter to analyse").hides("● Positive");
}

#[test]
fn quotes_with_their_source_change_every_five_seconds_while_the_network_works() {
    let mut stage = Stage::new(80, 24, 0.9);
    write_chest_slice(&stage.register().scans(), "slice.png");
    stage.letters("n").enter();
    stage.hold = true;
    stage.enter();
    assert!(stage.moves());
    let quote = |stage: &Stage| stage.screen().lines().skip(9).take(6).collect::<String>();
    let first = quote(&stage);
    stage.wait(Duration::from_millis(4800));
    assert_eq!(quote(&stage), first);
    stage.wait(Duration::from_millis(400));
    assert_ne!(quote(&stage), first);
    stage.release();
    stage.shows("● Positive");
    assert!(!stage.moves());
}

#[test]
fn nothing_is_drawn_without_an_event() {
    let mut stage = Stage::new(80, 24, 0.9);
    assert!(!stage.moves());
    stage.register();
    assert!(!stage.moves());
    stage.letters("n");
    assert!(!stage.moves());
}

#[test]
fn an_analysis_asked_for_early_starts_when_the_model_is_ready() {
    let mut stage = Stage::with_slow_model(80, 24, 0.87);
    stage.shows("○ model is loading");
    stage.register().analyse("slice.png");
    stage.shows("The model is loading;");
    stage.model_arrives();
    stage.shows("● Positive").shows("● model ready");
}

#[test]
fn a_refused_scan_says_why_and_gives_no_result() {
    let engine = FakeEngine::refusing("the picture is blank");
    let mut stage = Stage::with_engine(80, 24, Some(Arc::new(engine)));
    stage.register().analyse("blank.png");
    stage
        .shows("Not analysed: the picture is")
        .hides("Malignancy");
}

const ATTENTION: &str = "model attention, not lesion location";

#[test]
fn a_key_shows_and_hides_the_heat_map_always_with_its_caption() {
    let mut stage = Stage::new(120, 40, 0.87);
    stage.register().analyse("slice.png");
    stage.hides(ATTENTION).letters("a");
    stage.shows(ATTENTION).shows("o rims").shows("● Positive");
    stage.shows("low-resolution preview");
    stage.letters("a").hides(ATTENTION).shows("● Positive");
}

#[test]
fn on_a_narrow_screen_the_heat_map_replaces_the_answer() {
    for (columns, rows) in [(60, 15), (70, 30)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register().analyse("slice.png").letters("a");
        stage
            .shows(ATTENTION)
            .shows("slice.png")
            .hides("Malignancy");
        stage.resize(130, 40).shows(ATTENTION).shows("Malignancy");
        stage.resize(columns, rows).letters("a");
        stage.hides(ATTENTION).shows("Malignancy");
        stage.letters("a").letters("s").shows("Save");
    }
}

#[test]
fn a_result_shows_scan_and_numbers_together() {
    for (columns, rows) in [(80, 24), (95, 30), (120, 40)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register().analyse("slice.png");
        for keys in ["", "a"] {
            stage.letters(keys).shows("Malignancy  87.0 %");
            stage.shows("Press s to save").shows("slice.png").shows("█");
        }
        stage.shows("model attention");
    }
}

#[test]
fn the_picture_keeps_its_caption_until_the_new_one_arrives() {
    let mut stage = Stage::new(120, 40, 0.87);
    stage.register().analyse("slice.png");
    let plain = stage.screen();
    stage.hold = true;
    stage.letters("a");
    assert_eq!(stage.screen(), plain);
    stage.release();
    let explained = stage.shows(ATTENTION).screen();
    stage.hold = true;
    stage.letters("a");
    assert_eq!(stage.screen(), explained);
    // Pressed again before the answer arrives, the newest request counts.
    stage.letters("a").release_backwards();
    assert_eq!(stage.screen(), explained);
}

#[test]
fn a_weak_heat_map_says_so() {
    let mut stage = Stage::new(120, 40, 0.01);
    stage.register().analyse("slice.png").letters("a");
    stage
        .shows(ATTENTION)
        .shows("weak everywhere on this slice");
}

#[test]
fn with_pictures_turned_off_the_heat_map_key_says_so() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage
        .draws_with(Graphics::None)
        .register()
        .analyse("slice.png");
    stage.letters("a").hides(ATTENTION).shows("Malignancy");
    stage.shows("Pictures are turned off, so the heat map cannot be drawn.");
}

#[test]
fn without_weights_nothing_is_invented() {
    let mut stage = Stage::with_engine(80, 24, None);
    stage
        .shows("The weight file lesions.safetensors is missing in /a/b")
        .shows("✕ no model");
    stage.register().analyse("slice.png");
    stage
        .shows("The weight file lesions.safetensors is missing")
        .hides("Malignancy")
        .hides("Positive");
}

#[test]
fn a_file_that_is_not_a_picture_gets_one_sentence() {
    let mut stage = Stage::new(80, 24, 0.9);
    stage.register();
    std::fs::write(stage.scans().join("notes.png"), b"not a picture at all").unwrap();
    stage
        .letters("n")
        .enter()
        .shows("notes.png")
        .hides("Malignancy");
    stage.enter().hides("Analysing scan");
    stage.escape().shows("1 of 1");
}

#[test]
fn an_unsaved_result_is_not_discarded_without_a_question() {
    let mut stage = Stage::new(80, 24, 0.2);
    stage.register().analyse("slice.png");
    stage
        .escape()
        .shows("This result is not saved")
        .letters("n")
        .shows("● Negative");
    stage.letters("n").letters("y").shows("type to filter");
}

#[test]
fn a_saved_exam_can_be_deleted_and_restored() {
    let mut stage = Stage::new(80, 24, 0.2);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("Ana Pérez");
    stage
        .letters("d")
        .shows("Delete this exam")
        .letters("y")
        .shows("Press u to undo");
    stage
        .letters("u")
        .shows("The exam was restored to the record.");
    stage
        .escape()
        .escape()
        .escape()
        .escape()
        .letters("p")
        .enter();
    stage
        .shows("● Negative")
        .letters("d")
        .letters("y")
        .shows("No exams yet.");
    stage.letters("u").shows("● Negative");
}

#[test]
fn a_second_result_is_saved_to_the_existing_patient() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage
        .register()
        .analyse("one.png")
        .save_to_new_patient("Ana Pérez");
    stage.letters("n");
    image::GrayImage::from_fn(200, 256, |x, y| {
        image::Luma([(x % 200) as u8 ^ (y / 2) as u8])
    })
    .save(stage.scans().join("two.png"))
    .unwrap();
    stage.escape().letters("n").letters("two").enter().enter();
    stage
        .letters("s")
        .letters("ana")
        .enter()
        .shows("Save to this patient?")
        .wait(Duration::from_secs(1))
        .letters("y")
        .shows("Saved to Ana Pérez");
    stage
        .escape()
        .escape()
        .escape()
        .escape()
        .letters("p")
        .shows("2026-03-02 2 ");
}

#[test]
fn print_and_share_leave_a_report_that_only_the_user_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let mut stage = Stage::new(100, 30, 0.87);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("Ana Pérez");
    stage
        .letters("h")
        .shows("The summary was copied to the clipboard")
        .shows("The report was written to");
    let [summary] = stage.copied.as_slice() else {
        panic!("{:?}", stage.copied)
    };
    assert!(
        summary.contains("suggested by the model") && !summary.contains("Pérez"),
        "{summary}"
    );
    let report = std::fs::read_dir(stage.folder.path().join("home/reports")).unwrap();
    let report = report.last().unwrap().unwrap();
    assert_eq!(
        report.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = std::fs::read_to_string(report.path()).unwrap();
    assert!(
        text.contains("Ana Pérez") && text.contains("not a medical device"),
        "{text}"
    );
}

#[test]
fn typing_searches_and_only_the_newest_answer_counts() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("Ana Pérez");
    stage.letters("n").escape().letters("p");
    stage.hold = true;
    stage.letters("an").letters("x");
    stage.release_backwards();
    stage.shows("No patient matches").hides("Ana Pérez");
    stage.escape().shows("Ana Pérez");
}

#[test]
fn ctrl_c_quits_at_once_before_signing_in_and_asks_afterwards() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().control('c').shows("Sign out and quit");
    assert!(!stage.left);
    stage.letters("n").shows("Welcome");
    stage.control('c').control('c');
    assert!(stage.left);
    let mut stage = Stage::new(80, 24, 0.1);
    stage.control('c');
    assert!(stage.left);
}

#[test]
fn the_picker_filters_goes_up_and_shows_hidden_files() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register();
    let scans = stage.scans();
    for name in ["alpha.png", "beta.jpg", ".hidden.dcm", "notes.txt"] {
        std::fs::write(scans.join(name), b"x").unwrap();
    }
    std::fs::create_dir(scans.join("series")).unwrap();
    stage
        .letters("n")
        .shows("series/")
        .shows("alpha.png")
        .hides(".hidden")
        .hides("notes.txt");
    stage.shows("1 unsupported file hidden");
    stage
        .letters("bt")
        .shows("beta.jpg")
        .hides("alpha.png")
        .shows("1 of 3");
    stage.escape().control('t').shows(".hidden.dcm");
    stage
        .key(KeyCode::Left)
        .shows("scans/")
        .shows("selected: scans/");
    stage
        .paste(&format!("{}\n", scans.join("beta.jpg").display()))
        .enter();
    // A file named by its whole path is opened, with a message that it is not supported.
    stage.shows("beta.jpg is not a supported image");
}

#[test]
fn recent_folders_are_remembered() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().analyse("slice.png");
    stage
        .letters("n")
        .letters("y")
        .control('r')
        .shows("Recent folders")
        .shows("~/scans");
    stage.enter().shows("slice.png");
}

#[test]
fn a_missing_folder_is_reported_and_nothing_is_lost() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register();
    stage.letters("n").paste("/nowhere/at/all").enter();
    stage.shows("/nowhere/at/all cannot be opened: it does not exist.");
}

#[test]
fn capital_letters_open_what_small_ones_do() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("P").shows("Patients").escape();
    stage.letters("N").shows("Choose a scan");
}

#[test]
fn the_mouse_works_only_while_it_is_turned_on() {
    let mut stage = Stage::new(80, 24, 0.1);
    write_chest_slice(&stage.register().scans(), "slice.png");
    stage.letters("n").enter();
    let click = MouseEventKind::Down(MouseButton::Left);
    stage.mouse(click, 20, 10).hides("row ");
    stage.key(KeyCode::F(2)).shows("The mouse is on");
    // Beside the picture.
    stage.mouse(click, 60, 10).hides("row ");
    stage.mouse(click, 20, 10).shows("row 115, column 118");
    stage.key(KeyCode::F(2)).shows("The mouse is off");
    stage.mouse(click, 25, 10).shows("row 115, column 118");
}

#[test]
fn a_record_and_an_import_start_at_the_dashboard() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("i").shows("Choose a table");
    stage.shows("No folder or table of patients here").escape();
    stage.escape().shows("Welcome");
    stage.letters("r").shows("New record").letters("Ana Pérez");
    stage.key(KeyCode::F(2));
    stage.shows("The record of Ana Pérez was saved.");
    stage.shows("Ana Pérez").escape().shows("Welcome");
}
