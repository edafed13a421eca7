//! `lunny patients` as a script runs it.

use lunny::clinical::patient::{Field, PatientDraft};

use super::follow_up::{EMAIL, json, run, text};
use crate::support::{Installation, installation, save};

fn with_patients() -> Installation {
    let installation = installation();
    let access = installation.enter("St. Mary", EMAIL);
    for (number, name, phone) in [
        ("P-1", "Jan Kowalski", ""),
        ("P-2", "Jan Kowalsky", "020 7946 0018"),
    ] {
        let id = save(&installation.store, &access, number, name).patient;
        let record = installation.store.patient(&access, id).unwrap();
        let mut draft = PatientDraft::from(&record.patient);
        draft.set(Field::DateOfBirth, "1961-03-05");
        draft.set(Field::Phone, phone);
        let changed = draft.validate(jiff::civil::date(2026, 3, 2)).unwrap();
        (installation.store)
            .change_patient(&access, id, record.revision, &changed)
            .unwrap();
    }
    installation
}

#[test]
fn duplicates_are_listed_merged_after_a_dry_run_and_unmerged() {
    let installation = with_patients();
    let lunny = |arguments: &[&str]| run(&installation, "patients", arguments);
    let told = text(&lunny(&["duplicates"]).stdout);
    assert!(
        told.contains("65  P-1 Jan Kowalski, 1961-03-05  |  P-2 Jan Kowalsky, 1961-03-05"),
        "{told}"
    );
    assert!(told.ends_with("1 pair\n"), "{told}");
    let pair = json(&lunny(&["duplicates", "--json"]));
    assert_eq!(pair["reasons"][0], "similar-name");

    let merge = ["merge", "P-1", "p-2", "--take", "full_name"];
    let dry = json(&lunny(&[&merge[..], &["--dry-run", "--json"]].concat()));
    assert_eq!((&dry["dry_run"], &dry["exams"]), (&true.into(), &1.into()));
    assert_eq!(dry["fields"][0]["stays"], "Jan Kowalsky");
    assert_eq!(installation.logged("merge patients", "done"), 0);
    let wrong = lunny(&["merge", "P-1", "P-2", "--take", "email"]);
    assert!(text(&wrong.stderr).contains("full_name, phone"));
    let told = text(&lunny(&merge).stdout);
    assert!(
        told.contains("P-2 is merged into P-1: 1 exam and 0 planned exams moved."),
        "{told}"
    );
    let same = lunny(&["merge", "P-1", "P-2"]);
    assert!(text(&same.stderr).contains("the same patient"));
    assert_eq!(json(&lunny(&["merges", "--json"]))["merged"], "P-2");

    let undone = text(&lunny(&["unmerge", "1"]).stdout);
    assert_eq!(undone, "Merge 1 is undone: both records are as before.\n");
    let distinct = lunny(&["distinct", "P-1", "P-2"]);
    assert!(distinct.status.success());
    assert_eq!(text(&lunny(&["duplicates"]).stdout), "0 pairs\n");
}

#[test]
fn a_file_with_the_number_of_a_merged_record_finds_the_person() {
    let installation = with_patients();
    let merged = run(&installation, "patients", &["merge", "P-1", "P-2"]);
    assert!(merged.status.success(), "{}", text(&merged.stderr));
    let file = installation.home.path().join("more.csv");
    std::fs::write(&file, "MRN,Name,Email\nP-2,Jan Kowalski,jan@example.org\n").unwrap();
    let imported = json(&run(
        &installation,
        "import",
        &[file.to_str().unwrap(), "--json"],
    ));
    assert_eq!(imported["tally"]["changed"], 1);
    assert_eq!(imported["contradicting_rows"], 0);
    let access = installation
        .store
        .sign_in(EMAIL, crate::support::PASSWORD)
        .unwrap()
        .access;
    let (_, patient) = installation
        .store
        .patient_with_number(&access, "P-2")
        .unwrap();
    assert_eq!(
        (&*patient.number, &*patient.value(Field::Email)),
        ("P-1", "jan@example.org")
    );
}
