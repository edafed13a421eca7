//! Likely duplicates, two records side by side, merging them and undoing it.

use std::time::Duration;

use crossterm::event::KeyCode;
use jiff::civil::Date;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::store::{Access, PatientChoice, PatientId};

use super::made_up::exam;
use super::stage::{PASSWORD, Stage};

/// Longer than it takes to read a row or a question.
const A_LOOK: Duration = Duration::from_millis(600);

fn dana(stage: &Stage) -> Access {
    let signed_in = stage.store.sign_in("dana@example.org", PASSWORD);
    signed_in.expect("Dana is signed in").access
}

fn person(stage: &Stage, number: &str, name: &str, phone: &str) -> PatientId {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    draft.set(Field::FullName, name);
    draft.set(Field::DateOfBirth, "1961-03-05");
    draft.set(Field::Phone, phone);
    let patient = draft.validate(Date::constant(2026, 3, 2));
    let choice = PatientChoice::New(patient.expect("a patient"));
    let saved = stage
        .store
        .save_exam(&dana(stage), &choice, &exam(number, 0.1));
    saved.expect("saved").patient
}

/// Dana at the dashboard of a hospital with two pairs of records of one person.
fn stage(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    person(&stage, "P-1", "Jan Kowalski", "");
    person(&stage, "P-2", "Kowalsky, Jan", "020 7946 0018");
    person(&stage, "P-3", "Anna Nowak", "555 123 456");
    person(&stage, "P-4", "Nowak Anna", "555 123 456");
    person(&stage, "P-5", "Bo Li", "");
    stage
}

fn merged(stage: &Stage) -> usize {
    let merges = stage.store.merges(&dana(stage)).expect("the merges");
    merges.iter().filter(|merge| merge.undone.is_none()).count()
}

#[test]
fn two_records_are_compared_merged_field_by_field_and_the_merge_is_undone() {
    let mut stage = stage(100, 30);
    stage.letters("c").shows("Likely 2").shows("Anna Nowak");
    stage.shows("same phone").hides("Bo Li");
    stage.key(KeyCode::Down).enter().shows("Fields that differ");
    stage
        .shows("name differs by one letter")
        .shows("020 7946 0018");
    // The name of the other record is taken.
    stage.key(KeyCode::Right).shows("stays: Kowalsky, Jan");
    stage.key(KeyCode::F(2)).shows("Merge P-2 into P-1");
    assert_eq!(merged(&stage), 0);
    stage.letters("y").shows("The records are merged; 1 exam");
    stage.shows("Likely 1").hides("Kowalski");
    let (_, patient) = (stage.store)
        .patient_with_number(&dana(&stage), "P-2")
        .expect("found by the other number");
    assert_eq!(
        (&*patient.number, &*patient.full_name),
        ("P-1", "Kowalsky, Jan")
    );
    assert_eq!(patient.value(Field::Phone), "020 7946 0018");

    stage.key(KeyCode::Tab).shows("P-2 Kowalsky, Jan into P-1");
    stage
        .letters("u")
        .letters("y")
        .shows("both records are as before");
    stage.shows("undone").key(KeyCode::Tab).shows("Likely 2");
    assert_eq!(merged(&stage), 0);
}

#[test]
fn the_record_that_stays_is_exchanged() {
    let mut stage = stage(100, 30);
    stage.letters("c").enter().shows("stays").letters("x");
    stage.key(KeyCode::F(2)).shows("Merge P-3 into P-4");
    stage.letters("n");
    assert_eq!(merged(&stage), 0);
    stage
        .key(KeyCode::F(2))
        .letters("y")
        .shows("The records are merged");
    let found = stage.store.patient_with_number(&dana(&stage), "P-3");
    assert_eq!(found.expect("found").1.number, "P-4");
}

#[test]
fn two_people_are_not_listed_again() {
    let mut stage = stage(100, 30);
    stage
        .letters("c")
        .enter()
        .letters("d")
        .shows("are two people?");
    stage
        .letters("y")
        .shows("not listed any more")
        .shows("Likely 1");
    stage.escape().letters("c").hides("Anna Nowak");
}

#[test]
fn a_record_that_was_changed_meanwhile_is_shown_again_before_it_is_merged() {
    let mut stage = stage(100, 30);
    stage.letters("c").enter().shows("Anna Nowak");
    let access = dana(&stage);
    let (id, mut patient) = (stage.store)
        .patient_with_number(&access, "P-4")
        .expect("found");
    patient.notes = "seen in May".into();
    let changed = stage.store.change_patient(&access, id, 1, &patient);
    changed.expect("changed");
    stage.key(KeyCode::F(2)).letters("y");
    stage.shows("changed meanwhile").shows("seen in May");
    assert_eq!(merged(&stage), 0);
    stage
        .key(KeyCode::F(2))
        .letters("y")
        .shows("The records are merged");
}

#[test]
fn the_number_of_a_merged_record_is_typed_and_opens_the_person() {
    let mut stage = stage(100, 30);
    stage.letters("c").enter().key(KeyCode::F(2)).letters("y");
    stage.shows("The records are merged").escape();
    stage.letters("p").letters("P-4").wait(A_LOOK).enter();
    stage.shows("P-3").shows("Anna Nowak");
}

#[test]
fn the_duplicates_look_as_they_did() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = stage(columns, rows);
        stage.letters("c");
        insta::assert_snapshot!(format!("duplicates_{columns}x{rows}"), stage.screen());
        stage.key(KeyCode::Down).enter();
        insta::assert_snapshot!(format!("two_records_{columns}x{rows}"), stage.screen());
        stage.key(KeyCode::F(2));
        insta::assert_snapshot!(format!("merge_question_{columns}x{rows}"), stage.screen());
    }
}
