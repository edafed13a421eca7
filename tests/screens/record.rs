//! View of a whole record: its pages, its keys, and deleting from it.

use crossterm::event::KeyCode;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::store::PatientId;

use super::stage::{PASSWORD, Stage};

/// The open record of Ana Pérez, with an exam, a nodule of 8.5 mm and values in most sections.
fn record(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("m");
    stage.letters("n").enter().letters("9").enter().letters("8");
    stage.key(KeyCode::F(2)).shows("Solid, baseline");
    stage.escape().letters("n").escape();
    state(&stage);
    stage.resize(columns, rows).letters("p").enter();
    stage
}

/// Writes values into Ana's record directly.
fn state(stage: &Stage) {
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let kept = stage.store.patient(&dana.access, PatientId(1)).unwrap();
    let mut draft = PatientDraft::from(&kept.patient);
    for (field, value) in [
        (Field::DateOfBirth, "1961-03-05"),
        (Field::Gender, "female"),
        (Field::Phone, "+44 20 7946 0018"),
        (Field::Doctor, "Dr Miriam Adeyemi"),
        (Field::SmokingStatus, "former"),
        (Field::PackYears, "32.5"),
        (
            Field::Medications,
            "Salbutamol 100 µg, when needed\nTiotropium 18 µg, mornings",
        ),
        (Field::Cea, "3.2"),
        (
            Field::FollowUps,
            "2026-06-01 low-dose CT\n2026-09-01 low-dose CT",
        ),
        (
            Field::Notes,
            "Walks with a stick. Prefers appointments in the afternoon.",
        ),
    ] {
        draft.set(field, value.to_owned());
    }
    let today = jiff::civil::date(2026, 3, 2);
    let changed = draft.validate(today).unwrap();
    (stage.store)
        .change_patient(&dana.access, PatientId(1), kept.revision, &changed)
        .unwrap();
}

#[test]
fn a_small_terminal_shows_one_page_after_the_other() {
    let mut stage = record(80, 24);
    for name in ["exams", "page", "pictures", "course"] {
        insta::assert_snapshot!(format!("record_{name}_80x24"), stage.screen());
        stage.key(KeyCode::Tab);
    }
    stage
        .shows("[Exams]")
        .key(KeyCode::BackTab)
        .shows("[Over time]");
}

#[test]
fn a_large_terminal_shows_everything_side_by_side() {
    let stage = record(160, 45);
    insta::assert_snapshot!("record_160x45", stage.screen());
}

#[test]
fn the_record_opens_before_any_picture_is_read() {
    let mut stage = record(80, 24);
    stage.escape();
    stage.hold = true;
    stage.enter();
    assert_eq!(stage.held(), 1);
    stage.release();
    stage.hold = true;
    stage.key(KeyCode::Tab).key(KeyCode::Tab);
    stage.shows("Reading …");
    assert_eq!(stage.held(), 1);
    stage.release();
    stage.hides("Reading …").shows("slice as it was shown");
}

#[test]
fn sections_are_jumped_to_by_number_and_empty_ones_are_shown_on_demand() {
    let mut stage = record(80, 24);
    stage
        .letters("8")
        .shows("[Record]")
        .shows("8 Papers and notes");
    stage
        .letters("6")
        .shows("The section Diagnosis and treatment is empty");
    stage
        .letters("v")
        .letters("6")
        .shows("6 Diagnosis and treatment");
    stage.shows("Cancer stage           –");
    stage.letters("v").key(KeyCode::Home).shows("1 Identity");
    stage.shows("1961-03-05, 64 years").shows("Female");
    stage
        .key(KeyCode::End)
        .shows("Revision")
        .key(KeyCode::PageUp);
    stage.letters("3").shows("32.5 pack-years");
}

#[test]
fn deleting_an_exam_lists_its_contents_and_how_to_undo() {
    let mut stage = record(80, 24);
    stage
        .letters("d")
        .shows("Delete the exam of slice.png, saved 2026-03-02");
    stage
        .shows("1 nodule and")
        .shows("2 pictures")
        .hides("report version");
    stage.letters("n").shows("slice.png");
    stage
        .letters("d")
        .letters("y")
        .shows("Press u to undo")
        .shows("No exams yet.");
    stage.letters("d").shows("This patient has no exam");
    stage
        .letters("u")
        .shows("The exam was restored")
        .shows("slice.png");
}

#[test]
fn exams_over_time_are_also_listed_as_text() {
    let mut stage = record(80, 24);
    stage.key(KeyCode::BackTab);
    stage
        .shows("4A measured, largest nodule 8.5 mm")
        .shows("8.5");
}

#[test]
fn the_keys_of_a_record_open_their_screens() {
    let mut stage = record(80, 24);
    stage.letters("n").shows("Solid, baseline").escape();
    stage.letters("m").shows("Solid, baseline").escape();
    stage.letters("r").shows("Reports").escape();
    stage.letters("i").shows("Key image").escape();
    stage
        .letters("a")
        .shows("Log of P-000001")
        .shows("view patient")
        .escape();
    stage.letters("e").shows("Edit Ana Pérez").escape();
    stage.letters("s").shows("Copy the summary").escape();
    stage.letters("h").shows("Copy the summary").escape();
    stage.letters("D").shows("1 exam, 1 nodule and 0").escape();
    stage.shows("[Exams]");
}

#[test]
fn no_size_is_too_small_for_a_record() {
    let mut stage = record(80, 24);
    for (columns, rows) in [
        (1, 1),
        (20, 5),
        (60, 15),
        (61, 16),
        (112, 36),
        (120, 40),
        (250, 90),
    ] {
        for _ in 0..4 {
            stage.resize(columns, rows).key(KeyCode::Tab);
            stage.letters("v").key(KeyCode::End).screen();
        }
    }
}
