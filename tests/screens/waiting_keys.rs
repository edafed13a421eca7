//! Keys that refer to a list wait until the list belongs to the newest request.

use std::time::Duration;

use crossterm::event::KeyCode;
use lunny::clinical::patient::Patient;
use lunny::store::{PatientChoice, PatientId, Role, TokenScope, TokenScopes};

use super::made_up::exam;
use super::stage::{PASSWORD, Stage};

/// Longer than it takes to read a row.
pub const A_LOOK: Duration = Duration::from_millis(600);

/// Patient table with these numbers, the last one on top; the name of each is "Name" and its number.
fn table<'a>(numbers: impl IntoIterator<Item = &'a str>) -> Stage {
    let mut stage = Stage::new(100, 24, 0.87);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for number in numbers {
        let patient = Patient {
            number: number.to_owned(),
            full_name: format!("Name {number}"),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        let choice = PatientChoice::New(patient);
        let kept = stage
            .store
            .save_exam(&dana.access, &choice, &exam(number, 0.1));
        kept.expect("saved");
    }
    stage.letters("p").wait(A_LOOK);
    stage
}

const SEVEN: [&str; 7] = [
    "M-101", "M-102", "M-103", "M-104", "M-201", "M-202", "M-203",
];

/// Types while answers are pending.
fn typed_ahead(text: &str) -> Stage {
    let mut stage = table(SEVEN);
    stage.shows("selected: M-203").hold = true;
    stage.letters(text);
    stage
}

#[test]
fn enter_opens_the_patient_whose_number_was_typed_and_not_the_row_before_the_search() {
    let mut stage = typed_ahead("M-102");
    stage.enter().hides("No exams").shows("Patients");
    stage.shows("Searching; then the match opens");
    stage.release();
    stage.shows("Name M-102").hides("M-203").hides("of 7");
}

#[test]
fn the_answer_to_an_older_text_does_not_release_the_key() {
    let mut stage = typed_ahead("M-10");
    // The answers come newest first: all but one are for older texts.
    stage.letters("3").enter().release_backwards();
    stage.shows("Name M-103").hides("of 7");
}

#[test]
fn a_whole_number_selects_its_patient_even_if_others_begin_with_it() {
    let mut stage = table(["P-1", "P-10", "P-11", "P-12"]);
    stage.key(KeyCode::F(3)).key(KeyCode::F(4)).wait(A_LOOK);
    stage.shows("Patient ID ▼").hold = true;
    stage.letters("p-1").enter().release();
    stage.shows("Name P-1").hides("P-10").hides("of 4");
    // Once it was seen, the selected row is the target.
    stage.escape().shows("4 of 4").wait(A_LOOK).escape();
    stage.shows("1 of 4").letters("P-1").shows("selected: P-1 ");
}

#[test]
fn of_several_matches_none_is_opened_before_it_was_seen() {
    let mut stage = typed_ahead("M-10");
    stage.enter().release();
    stage.shows("Several patients match").shows("of 4");
    // Another Enter of the same burst does not count as reading.
    stage.enter().shows("Several patients match");
    stage.wait(A_LOOK).enter().shows("Name M-104").hides("of 4");
}

#[test]
fn an_answer_a_moment_before_enter_is_like_one_a_moment_after_it() {
    let mut stage = table(SEVEN);
    stage
        .letters("M-10")
        .enter()
        .shows("Several patients match");
    stage.escape().wait(A_LOOK);
    stage.letters("M-10").wait(A_LOOK).enter();
    stage.shows("Name M-104").hides("of 4");
    stage.escape().wait(A_LOOK).escape();
    // A user who moves has read the rows.
    stage.letters("M-10").key(KeyCode::Down).enter();
    stage.shows("Name M-103").hides("of 4");
}

#[test]
fn without_a_match_nothing_is_opened_and_a_message_says_so() {
    let mut stage = typed_ahead("M-999");
    stage.enter().release();
    stage.shows("No patient matches; nothing was opened.");
    stage.shows("No patient matches");
}

#[test]
fn esc_and_further_typing_drop_the_key_that_waits() {
    let mut stage = typed_ahead("M-102");
    stage.enter().escape().hides("Searching").release();
    stage.shows("1 of 1").shows("› M-102");
    let mut stage = typed_ahead("M-10");
    stage.enter().letters("2").release();
    stage.shows("1 of 1").shows("› M-102");
    let mut stage = typed_ahead("M-102");
    stage.enter().paste("M-20").release();
    stage.shows("1 of 3");
    // A help that was opened meanwhile stays on top.
    let mut stage = typed_ahead("M-102");
    stage.enter().key(KeyCode::F(1)).release();
    stage.shows("Keys on this screen").escape().shows("1 of 1");
}

#[test]
fn the_line_feed_after_a_scanners_enter_is_not_typing() {
    let mut stage = typed_ahead("M-102");
    stage.enter().control('j').release();
    stage.shows("Name M-102").hides("of 7");
}

#[test]
fn every_key_for_a_row_waits_for_it() {
    let mut stage = typed_ahead("M-102");
    stage.key(KeyCode::F(8)).release();
    stage.shows("Delete Name M-102 with 1 exam");

    let mut stage = typed_ahead("M-102");
    stage.control('e').release();
    stage.shows("Edit Name M-102");

    let mut stage = typed_ahead("M-102");
    stage.key(KeyCode::Insert).release();
    stage.shows("✓ M-102").shows("1 selected");

    let mut stage = typed_ahead("M-102");
    stage.control('x').release();
    stage.shows("Copy the summary").escape();
    stage.shows("1 of 1").hides("selected ·");
}

#[test]
fn another_order_is_waited_for_like_another_text() {
    let mut stage = table(SEVEN);
    stage.hold = true;
    stage.key(KeyCode::F(3)).enter().release();
    stage.shows("Check the selected patient").shows("1 of 7");
    stage.shows("selected: M-101").wait(A_LOOK).enter();
    stage.shows("Name M-101").hides("of 7");
}

#[test]
fn a_search_that_fails_opens_nothing_and_the_next_enter_asks_again() {
    let mut stage = typed_ahead("M-102");
    stage.enter();
    // The signed-in user is signed out meanwhile.
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let another = "another quiet word for lungs";
    let changed = stage.store.change_password(&dana.access, PASSWORD, another);
    changed.expect("the password is changed");
    stage.release();
    stage.shows("Nothing was opened or changed");
    stage.shows("could not be read. Press Enter");
    stage.hold = true;
    stage.enter();
    assert_eq!(stage.held(), 1);
}

#[test]
fn a_requested_record_does_not_open_over_newer_typing() {
    let mut stage = table(SEVEN);
    stage.hold = true;
    stage.control('e').letters("M-1").release();
    stage.hides("Edit Name").shows("1 of 4");
    let mut stage = table(SEVEN);
    stage.hold = true;
    stage.key(KeyCode::F(8)).letters("M-1").release();
    stage.hides("Delete Name").shows("1 of 4");
}

#[test]
fn moving_during_a_search_requests_no_page_of_the_earlier_rows() {
    let numbers: Vec<String> = (1..=450).map(|n| format!("N-{n:04}")).collect();
    let mut stage = table(numbers.iter().map(String::as_str));
    stage.hold = true;
    stage.letters("N-04").key(KeyCode::End).key(KeyCode::PageUp);
    stage.release_backwards();
    stage.shows("of 51").hides("N-0399");
}

#[test]
fn the_selection_stays_with_its_patient_while_the_table_is_read_again() {
    let mut stage = table(SEVEN);
    stage.key(KeyCode::Down).key(KeyCode::Down);
    stage.shows("selected: M-201").enter().shows("Name M-201");
    // Another user's change brings another patient to the top meanwhile.
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let choice = PatientChoice::Existing(PatientId(1));
    let kept = stage
        .store
        .save_exam(&dana.access, &choice, &exam("other", 0.1));
    kept.expect("saved");
    stage.hold = true;
    stage.escape().key(KeyCode::F(8)).release();
    stage.shows("Delete Name M-201 with 1 exam");
    stage.letters("n").shows("selected: M-201").shows("4 of 7");
}

#[test]
fn a_row_in_place_of_a_deleted_patient_has_to_be_seen_first() {
    let mut stage = table(SEVEN);
    stage.key(KeyCode::F(8)).letters("y").shows("of 6");
    stage.key(KeyCode::F(8)).shows("Check the selected patient");
    stage
        .wait(A_LOOK)
        .key(KeyCode::F(8))
        .shows("Delete Name M-202");
}

#[test]
fn the_picker_waits_for_the_folder_before_it_opens_what_was_typed() {
    let mut stage = Stage::new(100, 30, 0.87);
    super::support::write_chest_slice(&stage.register().scans(), "beta.png");
    super::support::write_chest_slice(&stage.scans(), "alpha.png");
    stage.hold = true;
    stage.letters("n").letters("beta").enter().release();
    stage.shows("256 × 256").shows("beta.png");
    stage.escape();
    // A folder, and the name of a file in it, typed at once.
    std::fs::create_dir(stage.scans().join("more")).unwrap();
    super::support::write_chest_slice(&stage.scans().join("more"), "gamma.png");
    super::support::write_chest_slice(&stage.scans().join("more"), "delta.png");
    stage.escape().escape().letters("n").letters("more");
    stage.hold = true;
    stage.enter().letters("gam").enter().release();
    stage.shows("256 × 256").shows("gamma.png");
    // Esc drops the key, and several matches have to be checked.
    stage.escape().key(KeyCode::Left).shows("more/");
    stage.hold = true;
    stage.enter().enter().release();
    stage.shows("Check the selected row").shows("2 of 2");
    stage.key(KeyCode::Left).hold = true;
    stage.enter().letters("gam").enter().escape().release();
    stage.shows("1 of 2").hides("256 × 256");
}

#[test]
fn a_whole_path_leads_to_its_file_unless_it_is_typed_on() {
    let mut stage = Stage::new(100, 30, 0.87);
    super::support::write_chest_slice(&stage.register().scans(), "beta.png");
    super::support::write_chest_slice(&stage.scans(), "alpha.png");
    let path = stage.scans().join("beta.png").display().to_string();
    stage.letters("n").paste(&path).enter();
    stage.shows("256 × 256").shows("beta.png").escape();
    stage.paste(&path).hold = true;
    stage.enter().letters("x").release();
    stage.hides("256 × 256").shows("Choose a scan");
}

#[test]
fn a_missing_folder_opens_nothing_of_the_listed_one() {
    let mut stage = Stage::new(100, 30, 0.87);
    super::support::write_chest_slice(&stage.register().scans(), "alpha.png");
    stage.letters("n").paste("/nowhere/at/all").hold = true;
    stage.enter().control('u').enter().release();
    stage.shows("/nowhere/at/all cannot be opened");
    stage.shows("alpha.png").hides("256 × 256");
}

#[test]
fn accounts_wait_for_the_list_and_the_selection_stays() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    stage.colleague("Mia Tech", "mia@example.org", Role::Technician);
    stage.colleague("Noor Rad", "noor@example.org", Role::Radiologist);
    stage.hold = true;
    stage.letters("a").letters("noor").enter().release();
    stage.shows("noor@example.org").shows("Registered");
    stage.escape().escape().escape();
    stage.hold = true;
    stage.letters("a").enter().release();
    stage.shows("Check the selected row");
}

/// The deleted records, of which there are three.
fn deleted() -> Stage {
    let mut stage = table(["D-1", "D-2", "D-3"]);
    for _ in 0..3 {
        stage.key(KeyCode::F(8)).letters("y").wait(A_LOOK);
    }
    stage.control('d').shows("of 3").wait(A_LOOK);
    stage
}

#[test]
fn a_second_press_does_not_restore_the_record_in_place_of_the_first() {
    let mut stage = deleted();
    stage.shows("selected: 2026-03-02 09:30 D-1").hold = true;
    stage.letters("r").letters("r").release();
    stage
        .shows("That row is no longer in the list")
        .shows("of 2");
    stage.letters("r").shows("Check the selected row");
    stage.wait(A_LOOK).letters("r").shows("of 1");
}

#[test]
fn a_permanent_deletion_waits_for_the_list_and_names_the_record() {
    let mut stage = deleted();
    stage.key(KeyCode::Down).hold = true;
    stage.letters("r").key(KeyCode::Down).letters("x").release();
    stage.shows("Name D-3").shows("permanently");
}

#[test]
fn the_deleted_exam_is_the_one_in_the_question() {
    let mut stage = table(["E-1"]);
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let patient = PatientChoice::Existing(PatientId(1));
    for file in ["second", "third"] {
        stage.wait(A_LOOK);
        let kept = stage
            .store
            .save_exam(&dana.access, &patient, &exam(file, 0.1));
        kept.expect("saved");
    }
    stage.enter().shows("third.dcm").key(KeyCode::Down);
    // A fourth exam comes to the top while the nodules of the second are shown.
    stage.letters("n").wait(A_LOOK);
    let kept = stage
        .store
        .save_exam(&dana.access, &patient, &exam("fourth", 0.1));
    kept.expect("saved");
    stage.hold = true;
    stage.escape().letters("d").release();
    stage.shows("Delete the exam of second.dcm").letters("y");
    stage.hides("second.dcm").shows("fourth.dcm");
}

#[test]
fn keys_wait_for_nodules_that_are_read_again() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("m");
    for axes in [["9", "8"], ["6", "5"], ["4", "4"]] {
        stage.letters("n").enter();
        stage.letters(axes[0]).enter().letters(axes[1]);
        stage.key(KeyCode::F(2));
    }
    stage.wait(A_LOOK).hold = true;
    // The first is deleted; a second press would have acted on the one in its place.
    stage.letters("d").letters("y").release();
    stage.shows("The nodule was deleted").letters("d");
    stage.shows("Check the selected row").wait(A_LOOK);
    stage.letters("d").shows("Delete nodule 1");
}

#[test]
fn a_token_that_was_not_seen_is_not_asked_about() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for name in ["nightly backup", "morning export"] {
        stage
            .store
            .make_token(&dana.access, name, 30, TokenScopes::of(&TokenScope::ALL))
            .unwrap();
    }
    stage.letters("m").key(KeyCode::Down).key(KeyCode::Down);
    stage.hold = true;
    stage.enter().letters("d").shows("Reading the list");
    stage.release();
    stage.shows("Check the selected row").letters("d");
    stage.shows("Revoke the token morning export?");
}

/// Patient table with Jan Kowalski, born 1950-03-12, and Anna Weiß.
fn kowalski() -> Stage {
    let mut stage = Stage::new(100, 24, 0.87);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for (number, name) in [("K-17", "Jan Kowalski"), ("W-18", "Anna Weiß")] {
        let patient = Patient {
            number: number.to_owned(),
            full_name: name.to_owned(),
            date_of_birth: Some(jiff::civil::Date::constant(1950, 3, 12)),
            sex: None,
            notes: format!("record of {number}"),
            details: Default::default(),
        };
        stage.store.create_patient(&dana.access, &patient).unwrap();
    }
    stage.letters("p").wait(A_LOOK);
    stage
}

#[test]
fn a_similar_name_is_marked_and_never_opened_by_a_quick_enter() {
    let mut stage = kowalski();
    stage.hold = true;
    stage.letters("kowalsky").enter().release();
    stage.shows("No patient matches exactly").shows("1 of 1");
    stage.shows("~").shows("No exact match: similar names");
    stage
        .enter()
        .shows("No patient matches exactly")
        .shows("1 of 1");
    for key in [KeyCode::F(8), KeyCode::Insert] {
        stage.escape().shows("1 of 2").hold = true;
        stage.letters("kowalsky").key(key).release();
        stage
            .shows("No patient matches exactly")
            .hides("selected ·");
        stage.hides("Delete Jan");
    }
    // Once it was seen, the selected row is the target.
    stage.wait(A_LOOK).enter().shows("K-17").hides("of 1");
}

#[test]
fn one_match_that_the_text_does_not_name_is_not_opened_by_a_quick_enter() {
    for (typed, finds) in [
        ("alski", "Kowalski"),
        ("of W-18", "Anna"),
        ("12.3.1950 K-17", "Kowalski"),
    ] {
        let mut stage = kowalski();
        stage.hold = true;
        stage.letters(typed).enter().release();
        stage.shows("Check the selected patient").shows("1 of 1");
        stage.shows(finds).wait(A_LOOK).enter().hides("1 of 1");
    }
    for typed in ["kowal", "K-17", "17", "anna w", "W-18"] {
        let mut stage = kowalski();
        stage.hold = true;
        stage.letters(typed).enter().release();
        stage.hides("1 of 1").hides("Check the selected");
    }
}
