//! The lists of follow-ups and what the dashboard says of today.

use std::time::Duration;

use crossterm::event::KeyCode;
use jiff::civil::Date;
use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{MeasuredNodule, NoduleDraft, NoduleType};
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::reading::Circumstances;
use lunny::store::{Access, PatientChoice};

use super::made_up::exam;
use super::stage::{PASSWORD, Stage};

/// The stage is on 2 March 2026.
const TODAY: Date = Date::constant(2026, 3, 2);
/// Longer than it takes to read a row.
const A_LOOK: Duration = Duration::from_millis(600);

fn scanned(stage: &Stage, access: &Access, number: &str, on: Date, tenths: Option<u16>) {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    draft.set(Field::FullName, format!("Patient {number}"));
    draft.set(Field::Phone, "+44 20 7946 0018");
    draft.set(Field::Doctor, "Dr. Noor Haddad");
    let choice = PatientChoice::New(draft.validate(TODAY).unwrap());
    let store = &stage.store;
    let saved = store
        .save_exam(access, &choice, &exam(number, 0.1))
        .unwrap();
    let stated = Circumstances {
        scanned_on: Some(on),
        nodules_seen: Some(0),
        ..Circumstances::default()
    };
    store
        .state_circumstances(access, saved.exam, 0, &stated)
        .unwrap();
    if let Some(tenths) = tenths {
        let length = Millimetres::from_tenths(tenths).unwrap();
        let draft = NoduleDraft::new(NoduleType::Solid, Axes::new(length, length));
        store
            .add_nodule(access, saved.exam, &MeasuredNodule::new(draft))
            .unwrap();
    }
}

/// Dana at the dashboard of a hospital with follow-ups on each list.
fn programme(stage: &mut Stage) {
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let access = dana.access;
    scanned(stage, &access, "P-LATER", Date::constant(2026, 1, 5), None);
    scanned(stage, &access, "P-DUE", Date::constant(2025, 3, 20), None);
    scanned(
        stage,
        &access,
        "P-URGENT",
        Date::constant(2026, 2, 20),
        Some(160),
    );
    scanned(stage, &access, "P-OVER", Date::constant(2024, 9, 1), None);
    // The dashboard reads the waiting work again when a screen above it closes.
    stage.key(KeyCode::F(1)).escape();
}

fn stage(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    programme(&mut stage);
    stage
}

#[test]
fn the_dashboard_says_what_waits_today_and_a_key_leads_to_each() {
    let mut stage = stage(80, 24);
    stage.shows("f 2 due").shows("v 1 overdue");
    stage
        .shows("s 4 unsigned reports")
        .shows("u 0 unsaved drafts");
    stage.letters("v").shows("P-OVER").hides("P-DUE");
    stage
        .escape()
        .letters("f")
        .shows("P-URGENT")
        .hides("P-OVER");
    stage.escape().letters("s").shows("preliminary");
    stage.escape().letters("u").shows("Nothing is unsaved");
}

#[test]
fn a_draft_is_opened_from_the_dashboard() {
    let mut stage = stage(80, 24);
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let kept = (stage.store).save_draft(&dana.access, "new record", None, "{}");
    kept.unwrap();
    stage
        .key(KeyCode::F(1))
        .escape()
        .shows("u 1 unsaved draft")
        .hides("unsaved drafts");
    stage.letters("u").shows("new record").enter();
    stage.shows("New record · Identity");
}

#[test]
fn tab_goes_through_the_lists() {
    let mut stage = stage(80, 24);
    stage.letters("f").shows("P-URGENT").shows("P-DUE");
    stage.key(KeyCode::Tab).shows("P-OVER").hides("P-DUE");
    stage.key(KeyCode::Tab).shows("P-LATER").hides("P-OVER");
    stage
        .key(KeyCode::Tab)
        .shows("Every newest exam has a category");
    stage.key(KeyCode::Tab).shows("No follow-up is closed yet");
    stage.key(KeyCode::BackTab).key(KeyCode::BackTab);
    stage.shows("P-LATER");
}

#[test]
fn a_single_match_that_the_text_does_not_name_is_looked_at_before_a_key_acts_on_it() {
    let mut stage = stage(80, 24);
    stage.letters("f").wait(A_LOOK).hold = true;
    stage.letters("haddad p-due").enter().release();
    stage.shows("Check the selected row").shows("1 of 1");
    stage.wait(A_LOOK).enter().hides("Tab lists");
}

#[test]
fn a_follow_up_is_closed_on_the_day_that_is_stated() {
    let mut stage = stage(80, 24);
    stage.letters("f").key(KeyCode::F(8)).shows("2026-03-02");
    // A remark is missing and the day is in the future: both errors are shown.
    stage
        .key(KeyCode::Left)
        .key(KeyCode::Down)
        .key(KeyCode::Down);
    for _ in 0..10 {
        stage.key(KeyCode::Backspace);
    }
    stage.letters("2026-03-03").key(KeyCode::F(2));
    stage.shows("The remark is missing");
    stage.key(KeyCode::Down).shows("The day is in the future");
    for _ in 0..10 {
        stage.key(KeyCode::Backspace);
    }
    stage
        .letters("2026-02-25")
        .key(KeyCode::Up)
        .letters("moved")
        .key(KeyCode::F(2));
    stage
        .shows("is closed")
        .key(KeyCode::BackTab)
        .shows("2026-02-25");
}

#[test]
fn a_follow_up_is_closed_with_a_reason_and_reopened() {
    let mut stage = stage(80, 24);
    stage
        .letters("f")
        .key(KeyCode::F(8))
        .shows("P-URGENT Patient P-URGENT");
    // Another reason has to be stated.
    stage
        .key(KeyCode::Left)
        .key(KeyCode::F(2))
        .shows("The remark is missing");
    stage.letters("seen in another town").key(KeyCode::F(2));
    stage.shows("is closed").hides("P-URGENT");
    stage
        .key(KeyCode::BackTab)
        .shows("P-URGENT")
        .shows("other reason");
    stage.shows("seen in another town");
    stage
        .key(KeyCode::F(9))
        .letters("y")
        .shows("open again")
        .hides("P-URGENT");
    stage.key(KeyCode::Tab).shows("P-URGENT");
}

#[test]
fn typing_searches_and_enter_opens_the_record_of_the_only_match() {
    let mut stage = stage(80, 24);
    stage
        .letters("f")
        .letters("p-due")
        .shows("P-DUE")
        .hides("P-URGENT");
    stage.enter().shows("Patient P-DUE").shows("date of birth");
}

#[test]
fn an_enter_that_comes_with_the_typing_opens_nobody_else() {
    let mut stage = stage(80, 24);
    stage.letters("f");
    stage.hold = true;
    stage.letters("p-due").enter();
    stage.release();
    stage.shows("Patient P-DUE").hides("P-URGENT");
}

#[test]
fn filters_narrow_the_list_and_backspace_takes_them_away() {
    let mut stage = stage(80, 24);
    stage
        .letters("f")
        .control('f')
        .key(KeyCode::Left)
        .key(KeyCode::Left);
    stage
        .key(KeyCode::F(2))
        .shows("category 4X")
        .shows("No follow-up of this list matches");
    stage.key(KeyCode::Backspace).shows("P-URGENT");
    stage.control('f').key(KeyCode::Down).key(KeyCode::Down);
    stage.letters("2026-03-10").key(KeyCode::F(2));
    stage
        .shows("from 2026-03-10")
        .shows("P-DUE")
        .hides("P-URGENT");
}

#[test]
fn letters_go_to_all_that_are_selected_as_one_file() {
    let mut stage = stage(80, 24);
    stage.letters("f").key(KeyCode::F(6)).shows("2 selected");
    stage.alt('l').shows("To 2 patients, one PDF file");
    stage.key(KeyCode::F(2)).shows("2 letters in");
    let folder = stage.folder.path().join("home/exports");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[test]
fn a_list_is_written_to_a_file() {
    let mut stage = stage(80, 24);
    stage
        .letters("f")
        .control('x')
        .key(KeyCode::F(2))
        .shows("2 rows in");
    let file = "home/exports/follow-up-due-2026-03-02.csv";
    let csv = std::fs::read_to_string(stage.folder.path().join(file)).unwrap();
    assert!(csv.contains("P-URGENT") && csv.contains("4B"), "{csv}");
}

#[test]
fn an_administrator_sets_the_text_of_a_letter() {
    let mut stage = stage(80, 24);
    stage.letters("f").control('e').shows("Dear {name}");
    stage
        .letters("{nmae} ")
        .key(KeyCode::F(2))
        .shows("no placeholder");
    stage
        .control('u')
        .letters("{name}")
        .key(KeyCode::F(2))
        .shows("The text is saved");
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let kind = lunny::clinical::follow_up::letter::LetterKind::Recall;
    let kept = stage.store.letter_text(&dana.access, kind).unwrap();
    assert!(kept.ends_with("\n{name}"), "{kept}");
    stage.key(KeyCode::F(3)).shows("Overdue letter");
}

#[test]
fn the_lists_look_as_they_did() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = stage(columns, rows);
        stage.letters("f");
        insta::assert_snapshot!(format!("follow_ups_{columns}x{rows}"), stage.screen());
        stage.alt('l');
        insta::assert_snapshot!(format!("letters_{columns}x{rows}"), stage.screen());
        stage.escape().control('e');
        insta::assert_snapshot!(format!("letter_text_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn the_statistics_show_a_year_and_are_written_to_files() {
    let mut stage = stage(80, 24);
    stage
        .letters("t")
        .shows("2025-04 to 2026-03")
        .shows("Positive rate");
    stage
        .key(KeyCode::Tab)
        .shows("Exams by category")
        .shows("4B");
    stage.key(KeyCode::Left).shows("2024-04 to 2025-03");
    stage.letters("x").shows("The figures are in").letters("j");
    let folder = stage.folder.path().join("home/exports");
    let names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.contains(&"statistics-2024-04-01-2025-03-31.csv".to_owned()),
        "{names:?}"
    );
    assert!(names.contains(&"statistics-2024-04-01-2025-03-31.json".to_owned()));
}

#[test]
fn the_statistics_look_as_they_did() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = stage(columns, rows);
        stage.letters("t");
        insta::assert_snapshot!(format!("statistics_{columns}x{rows}"), stage.screen());
    }
}
