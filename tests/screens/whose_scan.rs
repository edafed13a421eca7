//! Comparison of the scan's patient with the record's before a result is saved.

use std::time::Duration;

use crossterm::event::KeyCode;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use jiff::civil::Date;
use lunny::clinical::patient::{Patient, Sex};
use lunny::store::{Access, AuditQuery, MergePlan, PatientId};

use super::chest_series::write_chest_series_of;
use super::stage::{PASSWORD, Stage};

/// Longer than it takes to read a row or a question.
const A_LOOK: Duration = Duration::from_millis(600);

fn dana(stage: &Stage) -> Access {
    let signed_in = stage.store.sign_in("dana@example.org", PASSWORD);
    signed_in.expect("Dana is signed in").access
}

/// DICOM elements of the scan's patient.
fn patient(name: &str, number: &str, born: &str, sex: &str) -> Vec<(Tag, VR, String)> {
    [
        (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        (tags::PATIENT_NAME, VR::PN, name),
        (tags::PATIENT_ID, VR::LO, number),
        (tags::PATIENT_BIRTH_DATE, VR::DA, born),
        (tags::PATIENT_SEX, VR::CS, sex),
    ]
    .map(|(tag, vr, value)| (tag, vr, value.to_owned()))
    .to_vec()
}

/// Records of Jan and Anna Kowalski, Anna's on top.
fn furnish(stage: &Stage) {
    let access = dana(stage);
    for (number, name, born, sex) in [
        ("P-1", "Jan Kowalski", Date::constant(1961, 3, 5), Sex::Male),
        (
            "P-10",
            "Anna Kowalski",
            Date::constant(1990, 7, 1),
            Sex::Female,
        ),
    ] {
        let patient = Patient {
            number: number.into(),
            full_name: name.into(),
            date_of_birth: Some(born),
            sex: Some(sex),
            notes: String::new(),
            details: Default::default(),
        };
        let kept = stage.store.create_patient(&access, &patient);
        kept.expect("created");
    }
}

/// Result of a series of that patient, about to be saved.
fn series_to_save(scan: &[(Tag, VR, String)]) -> Stage {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    furnish(&stage);
    write_chest_series_of(&stage.scans().join("series"), "1.2.3.1", 4, scan);
    stage.letters("n").control('o').enter().shows("Positive");
    stage.letters("s").shows("Which patient").wait(A_LOOK);
    stage
}

/// The same for a drawn picture, which states no patient.
fn picture_to_save() -> Stage {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    furnish(&stage);
    stage.analyse("slice.png").letters("s").wait(A_LOOK);
    stage
}

fn exams(stage: &Stage, patient: i64) -> usize {
    let record = stage.store.patient(&dana(stage), PatientId(patient));
    record.expect("a record").exams.len()
}

/// Number of log entries with an action; no entry holds a name, number or date of a patient.
fn logged(stage: &Stage, action: &str) -> usize {
    let query = AuditQuery {
        action: action.to_owned(),
        ..AuditQuery::default()
    };
    let page = stage.store.audit_entries(&dana(stage), &query);
    let page = page.expect("the log");
    for entry in &page.entries {
        let told = format!("{entry:?}");
        for word in ["Kowalski", "SMITHSON", "MRN-999", "1940", "1961", "1990"] {
            assert!(!told.contains(word), "{told}");
        }
    }
    page.entries.len()
}

#[test]
fn saving_to_a_record_names_the_person_and_enter_does_not_save() {
    let mut stage = picture_to_save();
    stage.key(KeyCode::Down).enter();
    stage.shows("Save to this patient?").shows("Jan Kowalski");
    stage.shows("1961-03-05").shows("Male").shows("P-1");
    stage.shows("The scan does not state the patient");
    stage.wait(A_LOOK).enter().shows("Which patient");
    assert_eq!(exams(&stage, 1) + exams(&stage, 2), 0);
    stage.enter().wait(A_LOOK).letters("y");
    stage.shows("Saved to Jan Kowalski, P-1.");
    assert_eq!((exams(&stage, 1), exams(&stage, 2)), (1, 0));
    assert_eq!(logged(&stage, "accept contradiction"), 0);
}

#[test]
fn a_barcode_in_one_burst_reaches_the_question_of_its_patient_and_answers_nothing() {
    let mut stage = picture_to_save();
    stage.hold = true;
    stage.letters("P-1").enter();
    stage.shows("Searching; then the match opens").release();
    stage.shows("Save to this patient?").shows("Jan Kowalski");
    // Next input of the scanner: another Enter, another barcode with a y in it.
    stage.enter().letters("MY-77").enter().letters("y");
    stage.shows("Save to this patient?").shows("Jan Kowalski");
    assert_eq!(exams(&stage, 1) + exams(&stage, 2), 0);
    stage
        .wait(A_LOOK)
        .letters("y")
        .shows("Saved to Jan Kowalski");
    assert_eq!((exams(&stage, 1), exams(&stage, 2)), (1, 0));
}

#[test]
fn an_unknown_number_saves_nothing() {
    let mut stage = picture_to_save();
    stage.hold = true;
    stage.letters("P-7").enter().release();
    stage.shows("No patient matches; nothing was saved");
    // Once seen, the empty table offers a new patient.
    stage.wait(A_LOOK).enter().shows("New patient");
    assert_eq!(exams(&stage, 1) + exams(&stage, 2), 0);
}

#[test]
fn a_scan_of_the_same_person_is_saved_without_a_warning() {
    let mut stage = series_to_save(&patient("KOWALSKI^JAN", "P-1", "19610305", "M"));
    stage.letters("P-1").enter();
    stage.shows("KOWALSKI, JAN").shows("agree").hides("Warning");
    stage
        .wait(A_LOOK)
        .letters("y")
        .shows("Saved to Jan Kowalski");
    assert_eq!(logged(&stage, "accept contradiction"), 0);
}

#[test]
fn the_number_of_a_merged_record_is_named_and_contradicts_nothing() {
    let mut stage = series_to_save(&patient("KOWALSKA^ANNA", "OLD-5", "19900701", "F"));
    let access = dana(&stage);
    let old = Patient {
        number: "OLD-5".into(),
        full_name: "Anna Kowalska".into(),
        date_of_birth: Some(Date::constant(1990, 7, 1)),
        sex: Some(Sex::Female),
        notes: String::new(),
        details: Default::default(),
    };
    let merged = stage.store.create_patient(&access, &old).expect("created");
    let kept = PatientId(2);
    let result = stage
        .store
        .patient(&access, kept)
        .expect("a record")
        .patient;
    let plan = MergePlan {
        kept,
        kept_revision: 1,
        merged,
        merged_revision: 1,
        result,
    };
    stage.store.merge_patients(&access, &plan).expect("merged");
    stage.letters("P-10").enter();
    stage
        .shows("merged into this one")
        .hides("Warning")
        .wait(A_LOOK)
        .letters("y")
        .shows("Saved to Anna Kowalski");
    assert_eq!(logged(&stage, "accept contradiction"), 0);
}

#[test]
fn the_number_of_another_record_is_warned_of_even_if_name_and_birth_agree() {
    let mut stage = series_to_save(&patient("KOWALSKI^ANNA", "P-1", "19900701", "F"));
    stage.letters("P-10").enter();
    stage
        .shows("is that of another record: Jan")
        .shows("Save anyway");
    stage
        .wait(A_LOOK)
        .letters("y")
        .shows("Saved to Anna Kowalski");
    assert_eq!(
        (exams(&stage, 2), logged(&stage, "accept contradiction")),
        (1, 1)
    );
}

#[test]
fn a_scan_of_another_person_is_compared_and_saved_only_with_a_log_entry() {
    let mut stage = series_to_save(&patient("SMITHSON^JOHNNY", "MRN-999", "19400101", "M"));
    stage.letters("P-10").enter();
    for words in [
        "Anna Kowalski",
        "SMITHSON, JOHNNY",
        "1990-07-01",
        "1940-01-01",
        "Female",
        "MRN-999",
        "another patient ID, birth date and",
        "Save anyway",
    ] {
        stage.shows(words);
    }
    insta::assert_snapshot!("save_question_100x30", stage.screen());
    stage.resize(60, 15).shows("Warning").resize(100, 30);
    stage.wait(A_LOOK).letters("n").shows("Which patient");
    assert_eq!(
        (exams(&stage, 2), logged(&stage, "accept contradiction")),
        (0, 0)
    );
    stage.enter().wait(A_LOOK).key(KeyCode::Right).enter();
    stage.shows("Saved to Anna Kowalski");
    assert_eq!(
        (exams(&stage, 2), logged(&stage, "accept contradiction")),
        (1, 1)
    );
}

#[test]
fn a_single_slice_states_its_patient_as_a_series_does() {
    let mut stage = Stage::new(100, 30, 0.87);
    stage.register();
    furnish(&stage);
    let scan = patient("KOWALSKI^JAN", "P-1", "19610305", "F");
    write_chest_series_of(&stage.scans().join("series"), "1.2.3.1", 4, &scan);
    stage.letters("n").control('o').letters("a");
    stage.letters("s").letters("P-1").enter();
    stage
        .shows("another sex than this record")
        .shows("Save anyway");
    stage.wait(A_LOOK).letters("y").shows("Saved to Jan");
    assert_eq!(logged(&stage, "accept contradiction"), 1);
}

#[test]
fn a_new_record_starts_with_the_data_of_the_scan() {
    let mut stage = series_to_save(&patient("NOWAK^ZOFIA", "H-77", "19580102", "F"));
    stage.letters("now").control('n').shows("NOWAK, ZOFIA");
    stage.shows("H-77").shows("1958-01-02").key(KeyCode::F(2));
    stage.shows("Saved to NOWAK, ZOFIA");
    let record = stage.store.patient(&dana(&stage), PatientId(3)).unwrap();
    assert_eq!(record.patient.number, "H-77");
    assert_eq!(record.patient.sex, Some(Sex::Female));
}

#[test]
fn a_saved_exam_is_listed_under_the_day_of_its_scan() {
    let mut scan = patient("NOWAK^ZOFIA", "H-77", "19580102", "F");
    scan.push((tags::STUDY_DATE, VR::DA, "20200131".into()));
    let mut stage = series_to_save(&scan);
    stage.letters("now").control('n').key(KeyCode::F(2));
    stage.shows("Saved to NOWAK, ZOFIA");
    stage
        .escape()
        .escape()
        .escape()
        .letters("p")
        .letters("H-77");
    stage
        .wait(A_LOOK)
        .enter()
        .shows("[Exams]")
        .shows("2020-01-31");
}

#[test]
fn a_new_record_that_contradicts_the_scan_is_asked_about() {
    let mut stage = series_to_save(&patient("KOWALSKI^JAN", "", "19400101", ""));
    stage.control('n').control('u').letters("Jan Kowalski");
    stage.key(KeyCode::Tab).control('u').letters("1961-03-06");
    stage.key(KeyCode::F(2)).shows("Save to this new patient?");
    stage.shows("another birth date").shows("1940-01-01");
    stage
        .wait(A_LOOK)
        .letters("n")
        .shows("New patient for this");
    stage.key(KeyCode::F(2)).wait(A_LOOK).letters("y");
    stage.shows("Saved to Jan Kowalski");
    assert_eq!(
        (exams(&stage, 3), logged(&stage, "accept contradiction")),
        (1, 1)
    );
}

#[test]
fn a_record_that_changed_during_the_question_is_not_saved_to() {
    let mut stage = series_to_save(&patient("KOWALSKI^JAN", "P-1", "19610305", "M"));
    stage.letters("P-1").enter().shows("agree").wait(A_LOOK);
    let access = dana(&stage);
    let record = stage.store.patient(&access, PatientId(1)).unwrap();
    let changed = Patient {
        date_of_birth: Some(Date::constant(1940, 1, 1)),
        ..record.patient
    };
    let kept = (stage.store).change_patient(&access, PatientId(1), record.revision, &changed);
    kept.expect("changed");
    stage
        .letters("y")
        .shows("The scan contradicts the record in birth date");
    assert_eq!(exams(&stage, 1), 0);
}

#[test]
fn no_text_of_a_scan_reaches_the_terminal_as_a_command() {
    let hostile = format!("EVIL^\u{1b}[2J\u{202e}{}", "A".repeat(50));
    let mut stage = series_to_save(&patient(&hostile, "P\u{1b}]0;x", "19610305", "M"));
    stage.key(KeyCode::Down).enter();
    for (columns, rows) in [(100, 30), (60, 15), (1, 1), (80, 24)] {
        stage.resize(columns, rows);
        assert!(!stage.screen().contains(['\u{1b}', '\u{202e}']));
    }
}
