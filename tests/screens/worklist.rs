//! The worklist, the planned exam of a scan on the screens that show it, and planning from a record.

use std::time::Duration;

use crossterm::event::KeyCode;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use jiff::civil::Date;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::worklist::{ExamPlan, PlannedList};
use lunny::store::{Access, AuditQuery, PatientId, PlannedQuery, PlannedState};

use super::chest_series::write_chest_series_of;
use super::stage::{PASSWORD, Stage};

/// The stage is on 2 March 2026.
const TODAY: Date = Date::constant(2026, 3, 2);
/// Longer than it takes to read a row or a question.
const A_LOOK: Duration = Duration::from_millis(600);

fn dana(stage: &Stage) -> Access {
    let signed_in = stage.store.sign_in("dana@example.org", PASSWORD);
    signed_in.expect("Dana is signed in").access
}

fn person(stage: &Stage, number: &str, name: &str) -> PatientId {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    draft.set(Field::FullName, name);
    draft.set(Field::DateOfBirth, "1961-03-05");
    draft.set(Field::Phone, "+44 20 7946 0018");
    draft.set(Field::Doctor, "Dr. Noor Haddad");
    let patient = draft.validate(TODAY).expect("a patient");
    let created = stage.store.create_patient(&dana(stage), &patient);
    created.expect("created")
}

fn plan(stage: &Stage, patient: PatientId, on: Date, accession: &str) {
    let plan = ExamPlan::new(on, accession, "annual screening").expect("a plan");
    let planned = stage.store.plan_exam(&dana(stage), patient, &plan);
    planned.expect("planned");
}

/// Dana at the dashboard of a hospital with planned exams on each list.
fn stage(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    for (number, name, on, accession) in [
        ("P-1", "Jan Kowalski", TODAY, "ACC-4711"),
        ("P-2", "Anna Nowak", TODAY, ""),
        ("P-3", "Bo Li", Date::constant(2026, 3, 9), "ACC-4713"),
        ("P-4", "Cleo Vance", Date::constant(2026, 2, 27), "ACC-4714"),
    ] {
        let patient = person(&stage, number, name);
        plan(&stage, patient, on, accession);
    }
    // The dashboard reads the waiting work again when a screen above it closes.
    stage.key(KeyCode::F(1)).escape();
    stage
}

fn state(stage: &Stage, accession: &str) -> PlannedState {
    let row = stage.store.planned_by_accession(&dana(stage), accession);
    row.expect("planned").state
}

fn logged(stage: &Stage, action: &str) -> usize {
    let query = AuditQuery {
        action: action.to_owned(),
        ..AuditQuery::default()
    };
    let page = stage.store.audit_entries(&dana(stage), &query);
    page.expect("the log").entries.len()
}

#[test]
fn the_dashboard_says_what_is_planned_today_and_a_key_opens_it() {
    let mut stage = stage(80, 24);
    stage.shows("w 2 planned").letters("w");
    stage
        .shows("Today 2")
        .shows("Missed 1")
        .shows("Jan Kowalski");
    stage.hides("Bo Li").key(KeyCode::Tab).shows("Bo Li");
    stage.key(KeyCode::Tab).shows("Cleo Vance").hides("Bo Li");
    stage.key(KeyCode::Tab).shows("No planned exam is done");
}

#[test]
fn typing_searches_and_enter_opens_the_record_of_the_typed_accession_number() {
    let mut stage = stage(80, 24);
    stage.letters("w").letters("acc-4711").shows("Jan Kowalski");
    stage.hides("Anna Nowak").enter().shows("1961-03-05");
    stage.escape();
    stage.key(KeyCode::Esc).shows("Anna Nowak");
    stage.hold = true;
    stage.letters("p-2").enter();
    stage.release();
    stage.shows("Anna Nowak").hides("Jan Kowalski");
}

#[test]
fn a_single_match_by_a_telephone_number_is_looked_at_before_enter_opens_it() {
    let mut stage = stage(80, 24);
    let patient = person(&stage, "P-7", "Elif Kaya");
    plan(&stage, patient, TODAY, "");
    stage.letters("w").wait(A_LOOK).hold = true;
    stage.letters("noor elif").enter().release();
    stage.shows("Check the selected row").shows("1 of 1");
    stage
        .wait(A_LOOK)
        .enter()
        .shows("Elif Kaya")
        .shows("Record");
}

#[test]
fn an_exam_is_planned_for_the_patient_whose_typed_number_was_looked_up() {
    let mut stage = stage(80, 24);
    stage.letters("w").control('n').letters("P-9").enter();
    stage.letters("2026-03-05").key(KeyCode::F(2));
    stage.shows("No patient of your hospital has this ID");
    stage.key(KeyCode::Backspace).letters("2");
    stage
        .key(KeyCode::F(2))
        .shows("P-2 Anna Nowak, born 1961-03-05");
    let planned = |stage: &Stage| {
        let query = PlannedQuery::of(PlannedList::Next, TODAY);
        let page = stage.store.planned_exams(&dana(stage), &query);
        page.expect("the list").rows.len()
    };
    assert_eq!(planned(&stage), 1, "only looked up");
    stage.key(KeyCode::F(2)).shows("The exam is planned");
    assert_eq!(planned(&stage), 2);
}

#[test]
fn an_exam_is_planned_from_its_record() {
    let mut stage = stage(80, 24);
    stage.letters("p").letters("P-3").wait(A_LOOK).enter();
    stage.letters("w").shows("P-3 Bo Li").letters("2026-03-20");
    stage.enter().letters("ACC-4711").key(KeyCode::F(2));
    stage.shows("planned already");
    stage
        .key(KeyCode::Backspace)
        .letters("9")
        .key(KeyCode::F(2));
    stage.shows("The exam is planned");
    assert_eq!(state(&stage, "ACC-4719"), PlannedState::Planned);
}

#[test]
fn a_planned_exam_is_changed_cancelled_and_planned_again() {
    let mut stage = stage(80, 24);
    stage
        .letters("w")
        .letters("acc-4711")
        .wait(A_LOOK)
        .control('e');
    stage.shows("Change the planned exam").control('u');
    stage
        .letters("2026-03-04")
        .key(KeyCode::F(2))
        .shows("is changed");
    stage
        .key(KeyCode::Tab)
        .shows("2026-03-04")
        .key(KeyCode::F(8));
    stage
        .key(KeyCode::F(2))
        .shows("is cancelled")
        .hides("Jan Kowalski");
    stage.key(KeyCode::Tab).key(KeyCode::Tab);
    stage.shows("cancelled: …").key(KeyCode::F(9));
    stage.letters("y").shows("planned again");
    assert_eq!(state(&stage, "ACC-4711"), PlannedState::Planned);
}

#[test]
fn filters_narrow_the_list_and_it_is_written_to_a_file() {
    let mut stage = stage(80, 24);
    stage
        .letters("w")
        .control('f')
        .letters("nobody")
        .key(KeyCode::F(2));
    stage.shows("nobody · Backspace").shows("matches");
    stage.key(KeyCode::Backspace).shows("Jan Kowalski");
    stage.control('x').key(KeyCode::F(2)).shows("2 rows in");
    let file = "home/exports/worklist-today-2026-03-02.csv";
    let csv = std::fs::read_to_string(stage.folder.path().join(file)).expect("the file");
    assert!(
        csv.contains("ACC-4711") && csv.contains("Anna Nowak"),
        "{csv}"
    );
    assert_eq!(logged(&stage, "export worklist"), 2);
}

/// DICOM elements of a scan with this patient and accession number.
fn elements(name: &str, number: &str, accession: &str) -> Vec<(Tag, VR, String)> {
    [
        (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        (tags::PATIENT_NAME, VR::PN, name),
        (tags::PATIENT_ID, VR::LO, number),
        (tags::PATIENT_BIRTH_DATE, VR::DA, "19610305"),
        (tags::ACCESSION_NUMBER, VR::SH, accession),
        (tags::STUDY_DATE, VR::DA, "20260302"),
    ]
    .map(|(tag, vr, value)| (tag, vr, value.to_owned()))
    .to_vec()
}

/// The viewer on such a scan.
fn scan(columns: u16, rows: u16, of: &[(Tag, VR, String)]) -> Stage {
    let mut stage = stage(columns, rows);
    write_chest_series_of(&stage.scans().join("series"), "1.2.3.1", 4, of);
    stage.letters("n").control('o');
    stage
}

#[test]
fn a_planned_scan_is_named_its_patient_is_offered_and_saving_finishes_it() {
    let of = elements("KOWALSKI^JAN", "P-1", "ACC-4711");
    let mut stage = scan(110, 36, &of);
    stage.shows("Planned for Jan Kowalski");
    stage
        .enter()
        .shows("Positive")
        .shows("Planned for Jan Kowalski");
    stage
        .letters("s")
        .shows("That record is listed")
        .wait(A_LOOK);
    stage.shows("Jan Kowalski").hides("Anna Nowak");
    stage
        .enter()
        .shows("Planned for Jan Kowalski, P-1")
        .wait(A_LOOK);
    stage.letters("y").shows("The planned exam is done");
    assert!(matches!(
        state(&stage, "ACC-4711"),
        PlannedState::Done { on: TODAY, .. }
    ));
    assert_eq!(logged(&stage, "accept scan planned for another patient"), 0);
}

#[test]
fn picker_and_list_of_series_name_the_patient_and_the_planned_exam() {
    let mut stage = stage(110, 36);
    let of = elements("KOWALSKI^JAN", "P-1", "ACC-4711");
    write_chest_series_of(&stage.scans().join("series"), "1.2.3.1", 4, &of);
    let other = elements("NOWAK^ANNA", "P-9", "");
    write_chest_series_of(&stage.scans().join("series/other"), "1.2.3.2", 3, &other);
    stage
        .letters("n")
        .shows("KOWALSKI, JAN, P-1, born 1961-03-05");
    stage.shows("Planned for Jan Kowalski, P-1");
    stage.control('o').shows("2 series here");
    stage
        .shows("Planned for Jan Kowalski, P-1")
        .key(KeyCode::Down);
    stage.shows("NOWAK, ANNA, P-9").hides("Planned for Jan");
}

#[test]
fn the_record_lists_its_planned_exams() {
    let mut stage = stage(110, 36);
    stage.letters("p").letters("P-1").wait(A_LOOK).enter();
    stage
        .shows("Planned exam")
        .shows("2026-03-02, accession ACC-4711, annual");
}

#[test]
fn a_scan_planned_for_another_patient_is_a_question_whose_answer_is_logged() {
    let of = elements("NOWAK^ANNA", "P-2", "ACC-4711");
    let mut stage = scan(100, 30, &of);
    stage.enter().shows("Positive").letters("s").wait(A_LOOK);
    // The offered patient is not the scan's.
    stage.shows("Jan Kowalski").escape().shows("Anna Nowak");
    stage.letters("P-2").wait(A_LOOK).enter();
    stage
        .shows("accession number belongs to")
        .shows("Save anyway");
    stage.wait(A_LOOK).letters("y").shows("Saved to Anna Nowak");
    assert_eq!(state(&stage, "ACC-4711"), PlannedState::Planned);
    assert_eq!(logged(&stage, "accept scan planned for another patient"), 1);
}

#[test]
fn a_file_of_planned_exams_is_imported_after_a_dry_run() {
    let mut stage = stage(80, 24);
    let file = stage.scans().join("plans.csv");
    let csv = "MRN,Exam date,Accession\nP-1,2026-03-20,ACC-9\nP-99,2026-03-20,\n";
    std::fs::write(&file, csv).expect("a file");
    stage.letters("w").key(KeyCode::F(7));
    stage.paste(&file.to_string_lossy()).enter();
    stage.shows("Day of the exam").shows("Accession number");
    stage
        .letters("d")
        .shows("Planned exams: 1 new")
        .shows("1 broken row");
    stage
        .letters("i")
        .letters("y")
        .shows("Planned exams: 1 new");
    assert_eq!(state(&stage, "ACC-9"), PlannedState::Planned);
}

#[test]
fn the_worklist_looks_as_it_did() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = stage(columns, rows);
        insta::assert_snapshot!(
            format!("dashboard_planned_{columns}x{rows}"),
            stage.screen()
        );
        stage.letters("w");
        insta::assert_snapshot!(format!("worklist_{columns}x{rows}"), stage.screen());
        stage.control('n');
        insta::assert_snapshot!(format!("plan_form_{columns}x{rows}"), stage.screen());
    }
}
