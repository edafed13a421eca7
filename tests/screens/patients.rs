//! Patient table with more rows than one page, and its filters.

use std::time::Duration;

use crossterm::event::KeyCode;
use lunny::clinical::patient::{Details, Field, Patient};
use lunny::store::PatientChoice;

use super::made_up::exam;
use super::stage::{PASSWORD, Stage};

/// Saves patients `1..=count` directly, every tenth with a suspicious exam.
fn fill(stage: &Stage, count: u32) {
    let store = &stage.store;
    let access = store
        .sign_in("dana@example.org", PASSWORD)
        .expect("signed in")
        .access;
    for n in 1..=count {
        let malignant = if n % 10 == 0 { 0.9 } else { 0.1 };
        let patient = Patient {
            number: format!("N-{n:04}"),
            full_name: format!("Name {n}"),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        store
            .save_exam(
                &access,
                &PatientChoice::New(patient),
                &exam(&n.to_string(), malignant),
            )
            .expect("saved");
    }
}

#[test]
fn more_rows_than_are_read_at_once_are_walked_through_both_ways() {
    let mut stage = Stage::new(100, 24, 0.9);
    stage.register();
    fill(&stage, 430);
    stage.letters("p").shows("1 of 430").shows("N-0430");
    stage.key(KeyCode::End).shows("430 of 430").shows("N-0001");
    for _ in 0..430 / 14 {
        stage.key(KeyCode::PageUp);
    }
    stage.shows("N-0430").shows("N-0425");
    for index in 1..=300 {
        stage.key(KeyCode::Down);
        if index % 50 == 0 {
            let number = format!("N-{:04}", 430 - index);
            stage.shows(&format!("selected: {number}"));
        }
    }
    stage.key(KeyCode::Home).shows("1 of 430");
    // A jump before the answer to the previous one.
    stage.hold = true;
    stage.key(KeyCode::End).key(KeyCode::Home).key(KeyCode::End);
    stage.release_backwards();
    stage.shows("430 of 430").shows("selected: N-0001");
    // The same in the order of a search.
    stage.letters("name").shows("1 of 430").shows("N-0430");
    stage.key(KeyCode::End).shows("selected: N-0001");
    stage.key(KeyCode::PageUp).shows("N-0015");
}

#[test]
fn filters_are_shown_above_the_table_and_removed_one_by_one() {
    let mut stage = Stage::new(100, 24, 0.9);
    stage.register();
    fill(&stage, 30);
    stage.letters("p").control('f').shows("Newest exam from");
    stage.key(KeyCode::Right);
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.letters("2026-13-01").key(KeyCode::F(2));
    // Refused: the form stays, and leaving it changes nothing.
    stage.shows("2026-13-01").escape().shows("1 of 30");

    stage.control('f').key(KeyCode::Right);
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.letters("2026-03-02").key(KeyCode::F(2));
    stage.shows("Positive").shows("from 2026-03-02");
    stage.shows("1 of 3").hides("N-0029");
    // With a search text, and without it again.
    stage.letters("name 2").shows("1 of 1").shows("N-0020");
    stage.escape().shows("1 of 3");
    stage
        .key(KeyCode::Backspace)
        .hides("from 2026")
        .shows("1 of 3");
    stage
        .key(KeyCode::Backspace)
        .shows("1 of 30")
        .hides("removes the last");
}

/// Records without an exam: number, birth, doctor, smoking.
const CARED_FOR: [[&str; 4]; 4] = [
    ["C-1", "1950-01-01", "Dr. Ana Pérez", "former"],
    ["C-2", "1960-06-15", "Dr. Noor Haddad", "former"],
    ["C-3", "1970-12-31", "Dr. Noor Haddad", "never"],
    ["C-4", "1980-03-05", "", ""],
];

/// The table of [`CARED_FOR`], with the filters open.
fn filters(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.9);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for [number, born, doctor, smoking] in CARED_FOR {
        let stated = [(Field::Doctor, doctor), (Field::SmokingStatus, smoking)];
        let stated = stated.iter().filter(|(_, value)| !value.is_empty());
        let stated: Vec<String> = stated
            .map(|(field, value)| format!("{:?}:{value:?}", field.key()))
            .collect();
        let patient = Patient {
            number: number.to_owned(),
            full_name: format!("Name {number}"),
            date_of_birth: born.parse().ok(),
            sex: None,
            notes: String::new(),
            details: Details::from_json(&format!("{{{}}}", stated.join(","))).unwrap(),
        };
        stage.store.create_patient(&dana.access, &patient).unwrap();
    }
    stage.letters("p").control('f').shows("Newest exam from");
    stage
}

/// Moves to the filter field with this label.
fn go_to<'a>(stage: &'a mut Stage, label: &str) -> &'a mut Stage {
    let labels = ["Result", "Category", "Status", "Newest exam from"];
    let more = [
        "Newest exam to",
        "Assigned doctor",
        "Born from",
        "Born to",
        "Gender",
        "Smoking",
    ];
    let at = labels.iter().chain(&more).position(|each| *each == label);
    for _ in 0..at.expect("a field of the filters") {
        stage.key(KeyCode::Tab);
    }
    stage
}

#[test]
fn the_doctor_is_chosen_from_those_in_the_records() {
    let mut stage = filters(80, 24);
    go_to(&mut stage, "Assigned doctor").key(KeyCode::F(4));
    stage.shows("Dr. Ana Pérez").shows("Dr. Noor Haddad");
    stage.letters("haddad").hides("Dr. Ana Pérez");
    stage.key(KeyCode::Down).key(KeyCode::Up).enter();
    stage.shows("Newest exam from").shows("Dr. Noor Haddad");
    stage
        .key(KeyCode::F(2))
        .shows("doctor Dr. Noor Haddad")
        .shows("1 of 2");
    stage.shows("C-2").shows("C-3").hides("C-1");
    stage.key(KeyCode::Backspace).shows("1 of 4");
    // Part of the name is enough, and one that two doctors have is refused with a message.
    stage.control('f');
    go_to(&mut stage, "Assigned doctor").letters("dr");
    stage.key(KeyCode::F(2)).shows("“dr” matches 2 doctors");
    stage.control('u').letters("PEREZ").key(KeyCode::F(2));
    stage.shows("doctor Dr. Ana Pérez").shows("1 of 1");
}

#[test]
fn births_and_choices_of_the_record_narrow_the_table_together() {
    let mut stage = filters(80, 24);
    go_to(&mut stage, "Born from").letters("1960-06-15");
    stage.key(KeyCode::Tab).letters("1970-12-31");
    stage.key(KeyCode::F(2)).shows("1 of 2");
    stage.shows("born from 1960-06-15").shows("to 1970-12-31");
    stage.control('f');
    go_to(&mut stage, "Smoking").key(KeyCode::F(4));
    stage.letters("former").enter().shows("Former smoker");
    stage.key(KeyCode::F(2)).shows("1 of 1").shows("C-2");
    // The chip that Backspace removes is visible even if not all of them fit.
    stage.shows("+2").shows("Smoking: Former smoker");
    stage.shows("Backspace removes the last");
    stage.key(KeyCode::Backspace).shows("1 of 2").hides("+2");
    stage.key(KeyCode::Backspace).shows("1 of 3").shows("C-4");
    stage.key(KeyCode::Backspace).shows("1 of 4");
}

#[test]
fn the_dates_of_the_filters_are_chosen_from_a_calendar() {
    let mut stage = filters(80, 24);
    go_to(&mut stage, "Born to").letters("1960-06-14");
    stage.key(KeyCode::F(4)).key(KeyCode::Right).enter();
    stage.shows("1960-06-15").key(KeyCode::F(2)).shows("1 of 2");
}

#[test]
fn the_filters_match_their_snapshot_and_scroll_if_they_do_not_fit() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut stage = filters(columns, rows);
        go_to(&mut stage, "Smoking").key(KeyCode::Right);
        insta::assert_snapshot!(format!("filters_{columns}x{rows}"), stage.screen());
    }
    let mut stage = filters(60, 15);
    stage.shows("field 1 of 18").hides("Response");
    stage.key(KeyCode::BackTab).shows("field 18 of 18");
    stage.shows("Response").hides("Newest exam");
}

#[test]
fn an_empty_table_says_how_to_add_patients() {
    let mut stage = Stage::new(80, 24, 0.9);
    stage.register().letters("p").shows("No patients yet");
    stage.shows("Press Ctrl-N for a new record").shows("F7");
    stage.control('n').shows("New record").escape();
    stage.key(KeyCode::F(7)).shows("Choose a table of patients");
}

/// A table of this many patients, open.
fn table(columns: u16, rows: u16, count: u32) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.9);
    stage.register();
    fill(&stage, count);
    // Long enough to read the rows.
    stage.letters("p").wait(Duration::from_secs(1));
    stage
}

#[test]
fn a_selection_survives_scrolling_and_other_searches() {
    let mut stage = table(100, 24, 30);
    stage.key(KeyCode::Insert).control('t');
    stage
        .shows("2 selected")
        .shows("✓ N-0030")
        .shows("✓ N-0029");
    stage.shows("selected: N-0028").key(KeyCode::End).hides("✓");
    stage.letters("name 1").shows("2 selected").hides("✓");
    stage.escape().key(KeyCode::Home).shows("✓ N-0030");
    // A second press removes the mark.
    stage
        .key(KeyCode::Insert)
        .shows("1 selected")
        .hides("✓ N-0030");
}

#[test]
fn one_key_selects_all_matches_and_a_second_press_none() {
    let mut stage = table(100, 24, 600);
    stage.key(KeyCode::F(6)).shows("600 selected");
    stage
        .key(KeyCode::F(6))
        .hides("selected ·")
        .hides("600 selected");
    stage
        .letters("name 59")
        .key(KeyCode::F(6))
        .shows("16 selected");
}

#[test]
fn several_patients_are_deleted_after_a_question_and_restored() {
    let mut stage = table(100, 24, 12);
    for _ in 0..3 {
        stage.key(KeyCode::Insert);
    }
    stage.key(KeyCode::F(8)).shows("Delete 3 patients");
    stage.shows("3 exams, 0 nodules, 0");
    stage.letters("n").shows("of 12").shows("3 selected");
    stage.key(KeyCode::F(8)).letters("y");
    stage.shows("3 patients are deleted; press F9 to restore them");
    stage.shows("of 9").hides("3 selected").hides("N-0012");
    stage.key(KeyCode::F(9)).shows("3 patients are restored");
    stage.shows("of 12").shows("N-0012");
    stage.key(KeyCode::F(9)).shows("Nothing to undo");
}

#[test]
fn without_a_selection_the_current_row_is_deleted_by_name() {
    let mut stage = table(80, 24, 3);
    stage.key(KeyCode::Down).key(KeyCode::F(8));
    stage.shows("Delete Name 2 with 1 exam").letters("y");
    stage
        .shows("1 patient is deleted; press F9 to restore it")
        .shows("of 2");
    stage.hides("N-0002");
}

#[test]
fn a_patient_that_another_user_deleted_is_not_asked_about() {
    let mut stage = table(100, 24, 3);
    stage.key(KeyCode::Insert);
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let gone = lunny::store::PatientId(3);
    stage.store.delete_patient(&dana.access, gone).unwrap();
    stage
        .key(KeyCode::F(8))
        .shows("already deleted")
        .shows("of 2");
}

#[test]
fn the_sorted_column_is_marked_and_best_matches_return_after_the_last() {
    let mut stage = table(100, 24, 3);
    stage
        .key(KeyCode::F(4))
        .shows("press F3 to sort by a column");
    stage
        .key(KeyCode::F(3))
        .shows("Patient ID ▲")
        .shows("by Patient ID ▲");
    stage.key(KeyCode::F(4)).shows("by Patient ID ▼");
    stage.key(KeyCode::F(3)).shows("Name ▲").hides("▼");
    for _ in 0..5 {
        stage.key(KeyCode::F(3));
    }
    stage.hides("▲").hides("▼");
}

#[test]
fn chosen_columns_are_kept_for_the_account() {
    let mut stage = table(100, 24, 3);
    stage
        .key(KeyCode::F(5))
        .shows("Columns of the table")
        .shows("6 columns shown");
    // The number moves behind the name, the date of birth is hidden.
    stage.shift(KeyCode::Down).key(KeyCode::Down).letters(" ");
    stage.shows("5 columns shown");
    stage
        .key(KeyCode::Up)
        .key(KeyCode::Up)
        .letters(" ")
        .shows("The name column cannot be hidden");
    stage.enter().hides("Born").shows("Name                ");
    stage.escape().letters("p").hides("Born");
    let mut stage = stage.reopened();
    stage.sign_in_as("dana@example.org");
    stage.letters("p").hides("Born").shows("N-0003");
    // Leaving without choosing changes nothing.
    stage.key(KeyCode::F(5)).letters("+").escape().hides("Born");
}

#[test]
fn keys_of_the_table_lead_to_the_form_and_to_sharing() {
    let mut stage = table(80, 24, 2);
    stage.control('e').shows("Edit Name 2").escape();
    stage.control('x').shows("Copy the summary").escape();
    stage.control('n').shows("New").escape().shows("of 2");
}

#[test]
fn a_wide_table_shows_details_of_the_row() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut stage = table(columns, rows, 14);
        stage.key(KeyCode::Insert).key(KeyCode::F(3));
        insta::assert_snapshot!(format!("table_{columns}x{rows}"), stage.screen());
        stage.key(KeyCode::F(5));
        insta::assert_snapshot!(format!("columns_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn no_size_and_no_text_breaks_the_table() {
    let mut stage = Stage::new(80, 24, 0.9);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let patient = Patient {
        number: "N-1".into(),
        full_name: "a\u{202e}bc 王小明王小明".into(),
        date_of_birth: None,
        sex: None,
        notes: "line\n\u{1b}[2J".into(),
        details: Default::default(),
    };
    // Text written by another program is shown but never interpreted.
    let kept = stage.store.create_patient(&dana.access, &patient);
    let patient = Patient {
        full_name: "王小明王小明".into(),
        notes: String::new(),
        ..patient
    };
    if kept.is_err() {
        stage.store.create_patient(&dana.access, &patient).unwrap();
    }
    stage.letters("p").key(KeyCode::Insert);
    for (columns, rows) in [
        (1, 1),
        (20, 5),
        (60, 15),
        (61, 16),
        (118, 20),
        (120, 15),
        (250, 90),
    ] {
        for key in [KeyCode::F(3), KeyCode::F(5)] {
            stage.resize(columns, rows).key(key);
            assert!(!stage.screen().contains(['\u{1b}', '\u{202e}']));
        }
        stage.escape();
    }
}

#[test]
fn fifty_letters_run_one_search_at_a_time_and_the_older_ends_cancelled() {
    let mut stage = Stage::new(100, 30, 0.9);
    stage.register();
    fill(&stage, 430);
    stage.letters("p").shows("1 of 430");
    let before = stage.searches;
    stage.hold = true;
    stage.letters(&"ab".repeat(25));
    assert_eq!(stage.held(), 1, "one search runs, the newest waits");
    stage.release();
    assert_eq!(stage.searches - before, 2, "the first one and the newest");
    assert_eq!(stage.cancelled_searches, 1);
    stage.hides("cancelled").shows("Esc clears the search");
}
