//! Rows about patients who already have a record.

use lunny::clinical::patient::Field;
use lunny::import::Mode;
use lunny::store::{ImportAction, LineChoice, MatchedBy, OnDuplicate, PatientRecord, Role};

use super::{Importer, importer, job, tally};
use crate::support::{find, patient, save};

fn record(importer: &Importer, text: &str) -> PatientRecord {
    let id = find(importer.store(), &importer.access, text).rows[0].id;
    importer.store().patient(&importer.access, id).unwrap()
}

#[test]
fn merging_fills_empty_fields_and_keeps_the_earlier_version() {
    let importer = importer();
    save(importer.store(), &importer.access, "H-1", "Ana Pérez");
    let content = "MRN,Name,DOB,Phone\nh-1,ANA PEREZ,1961-03-05,555 123\n";
    assert_eq!(
        importer.run_both(content, OnDuplicate::Merge).tally,
        tally(0, 1, 0, 0, 0)
    );
    let merged = record(&importer, "H-1");
    assert_eq!(merged.patient.full_name, "Ana Pérez");
    assert_eq!(merged.patient.value(Field::DateOfBirth), "1961-03-05");
    assert_eq!(merged.patient.value(Field::Phone), "555 123");
    assert_eq!((merged.revision, merged.exams.len()), (2, 1));
    let history = importer
        .store()
        .patient_history(&importer.access, merged.id)
        .unwrap();
    assert_eq!(history[0].patient.date_of_birth, None);
    assert_eq!(importer.installation.logged("change patient", "done"), 1);
    assert_eq!(
        importer.run_both(content, OnDuplicate::Merge).tally,
        tally(0, 0, 1, 0, 0)
    );
    assert_eq!(
        importer.run_both(content, OnDuplicate::Skip).tally,
        tally(0, 0, 0, 1, 0)
    );
}

#[test]
fn overwriting_replaces_only_stated_values() {
    let importer = importer();
    importer.run_both(
        "MRN,Name,DOB,Phone,Email\n1,Ana,1961-03-05,555 1,a@b.org\n",
        OnDuplicate::Merge,
    );
    let content = "MRN,Name,DOB,Phone,Email\n1,Ana Pérez,1961-03-05,555 2,\n";
    assert_eq!(
        importer.run_both(content, OnDuplicate::Overwrite).tally,
        tally(0, 1, 0, 0, 0)
    );
    let changed = record(&importer, "Ana").patient;
    assert_eq!(changed.full_name, "Ana Pérez");
    assert_eq!(changed.value(Field::Phone), "555 2");
    assert_eq!(changed.value(Field::Email), "a@b.org");
}

#[test]
fn the_same_name_and_birth_is_the_same_patient_whatever_the_spelling() {
    let importer = importer();
    importer.run_both(
        "MRN,Name,DOB\nA,Jürgen Weiß,1961-03-05\n",
        OnDuplicate::Merge,
    );
    let content = "Name,DOB\nJURGEN  WEISS,5.3.1961\nJürgen Weiß,1961-03-06\nJürgen Weiß,\n";
    let summary = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(2, 0, 1, 0, 0));
    assert_eq!(summary.duplicates[0].matched.matched_by, MatchedBy::Person);
}

#[test]
fn a_number_of_another_patient_is_refused_and_can_be_added() {
    let importer = importer();
    importer.run_both("MRN,Name,DOB\n1,Ana,1961-03-05\n", OnDuplicate::Merge);
    let other = "MRN,Name,DOB\n1,Bo,1980-01-01\n";
    for how in [OnDuplicate::Merge, OnDuplicate::Overwrite] {
        let summary = importer.run_both(other, how);
        assert_eq!(summary.tally, tally(0, 0, 0, 0, 1));
        assert!(
            summary.broken[0]
                .reason
                .contains("belongs to another patient")
        );
    }
    assert_eq!(
        importer.run_both(other, OnDuplicate::Add).tally,
        tally(1, 0, 0, 0, 0)
    );
    assert_eq!(record(&importer, "Bo").patient.number, "P-000001");
}

#[test]
fn rows_of_one_file_about_one_patient_become_one_record() {
    let importer = importer();
    let content = "MRN,Name,DOB,Phone,Email\n1,Ana,1961-03-05,,\n1,Ana,1961-03-05,555 1,\n,ana,1961-03-05,,a@b.org\n";
    let summary = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(1, 2, 0, 0, 0));
    let ana = record(&importer, "ana").patient;
    assert_eq!(
        (ana.value(Field::Phone), ana.value(Field::Email)),
        ("555 1".into(), "a@b.org".into())
    );
    assert_eq!(find(importer.store(), &importer.access, "").rows.len(), 1);
}

#[test]
fn a_row_that_contradicts_the_record_is_broken_with_the_reason() {
    let importer = importer();
    importer.run_both("MRN,Name,DOB\n1,Ana,1990-03-05\n", OnDuplicate::Merge);
    let summary = importer.run_both(
        "MRN,Name,Diagnosis date\n1,Ana,1985-01-01\n",
        OnDuplicate::Merge,
    );
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 1));
    assert!(
        summary.broken[0]
            .reason
            .contains("before the date of birth"),
        "{}",
        summary.broken[0].reason
    );
}

#[test]
fn a_deleted_patient_keeps_the_number() {
    let importer = importer();
    importer.run_both("MRN,Name\n1,Ana\n", OnDuplicate::Merge);
    let ana = record(&importer, "Ana").id;
    importer
        .store()
        .delete_patient(&importer.access, ana)
        .unwrap();
    let summary = importer.run_both("MRN,Name\n1,Ana\n", OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 1));
    assert!(summary.broken[0].reason.contains("deleted"));
    assert_eq!(
        importer
            .run_both("MRN,Name\n1,Ana\n", OnDuplicate::Add)
            .tally,
        tally(1, 0, 0, 0, 0)
    );
}

#[test]
fn another_hospital_s_patients_are_not_matched() {
    let importer = importer();
    let elsewhere =
        importer
            .installation
            .enter_as("St. Elsewhere", "eve@example.org", Role::Technician);
    importer
        .store()
        .create_patient(&elsewhere, &patient("1", "Ana"))
        .unwrap();
    let summary = importer.run_both("MRN,Name,DOB\n1,Ana,1961-03-05\n", OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(1, 0, 0, 0, 0));
}

#[test]
fn a_choice_for_one_row_applies_only_to_it_and_to_the_seen_revision() {
    let importer = importer();
    importer.run_both(
        "MRN,Name,Phone\n1,Ana,555 1\n2,Bo,555 1\n",
        OnDuplicate::Merge,
    );
    let file = importer.file("MRN,Name,Phone\n1,Ana,555 2\n2,Bo,555 2\n");
    let mut job = job(&file, OnDuplicate::Skip).unwrap();
    let choose = |seen| LineChoice {
        how: OnDuplicate::Overwrite,
        seen: Some(seen),
    };
    job.choices.lines.insert(3, choose(1));
    let summary = importer.run(&job, Mode::Import);
    assert_eq!(summary.tally, tally(0, 1, 0, 1, 0));
    assert_eq!(record(&importer, "Bo").patient.value(Field::Phone), "555 2");
    // Bo's record is at another revision now.
    job.choices.lines.insert(3, choose(1));
    let summary = importer.run(&job, Mode::Import);
    assert_eq!(summary.tally, tally(0, 0, 0, 1, 1));
    assert!(matches!(
        summary.duplicates[1].action,
        ImportAction::Refused(_)
    ));
}
