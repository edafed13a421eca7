//! Files of an export: new, private, whole, logged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lunny::cancel::Cancel;
use lunny::export::{
    ExportError, ExportEvent, ExportOptions, Format, MAX_COPIED, Selection, export, summary,
};
use lunny::store::{PatientId, StoreError};

use super::everything::*;
use crate::support;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn files_are_private_and_never_overwrite_others() {
    let all = everything();
    let folder = all.scans.path().join("new/out");
    let formats = [Format::Fhir, Format::Csv, Format::Json];
    let first = all.export(&all.chosen(), &formats, false, &folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    let names = |told: &[ExportEvent]| -> Vec<String> {
        let name =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        files(told).iter().map(name).collect()
    };
    assert_eq!(
        names(&first),
        ["patients.csv", "patients.json", "Planted0number.fhir.json"]
    );
    let content = fs::read(&files(&first)[2]).unwrap();
    let second = all.export(&all.chosen(), &formats, false, &folder).unwrap();
    assert_eq!(
        names(&second),
        [
            "patients-2.csv",
            "patients-2.json",
            "Planted0number-2.fhir.json"
        ]
    );
    assert_eq!(fs::read(&files(&first)[2]).unwrap(), content);
    for file in files(&first).iter().chain(&files(&second)) {
        assert_eq!(mode(file), 0o600, "{file:?}");
    }
    assert_eq!(count(&folder), 6);
}

#[test]
fn a_hostile_number_stays_in_the_folder() {
    let all = everything();
    let folder = all.scans.path().join("out");
    let hostile = support::patient("../../etc/passwd", "Somebody");
    let id = all
        .installation
        .store
        .create_patient(&all.access, &hostile)
        .unwrap();
    let chosen = Selection::Chosen(vec![id]);
    let told = all
        .export(&chosen, &[Format::Fhir], false, &folder)
        .unwrap();
    assert_eq!(files(&told), [folder.join("etc-passwd.fhir.json")]);
}

#[test]
fn every_copy_is_in_the_log_before_it_is_made() {
    let all = everything();
    let folder = all.scans.path().join("out");
    all.export(&all.chosen(), &[Format::Fhir, Format::Csv], false, &folder)
        .unwrap();
    all.export(&all.chosen(), &[Format::Fhir], true, &folder)
        .unwrap();
    assert_eq!(all.installation.logged("export record", "done"), 1);
    assert_eq!(
        all.installation
            .logged("export de-identified record", "done"),
        1
    );
    // Even one that then cannot be written.
    let blocked = folder.join("Planted0number.fhir.json");
    assert!(blocked.exists());
    let stranger = Selection::Chosen(vec![all.patient, PatientId(999)]);
    let refused = all.export(&stranger, &[Format::Fhir], false, &folder);
    assert!(matches!(
        refused,
        Err(ExportError::Store(StoreError::NoSuchPatient))
    ));
    assert_eq!(count(&folder), 3);
}

#[test]
fn another_hospital_s_patient_is_not_exported() {
    let all = everything();
    let access = all.installation.enter("Elsewhere", "else@example.org");
    let foreign = support::save(&all.installation.store, &access, "F-1", "Foreigner").patient;
    let folder = all.scans.path().join("out");
    for deidentified in [false, true] {
        let chosen = Selection::Chosen(vec![foreign]);
        let refused = all.export(&chosen, &Format::ALL, deidentified, &folder);
        assert!(refused.is_err());
    }
    assert_eq!(count(&folder), 0);
    let told = all
        .export(&Selection::All, &[Format::Csv], false, &folder)
        .unwrap();
    assert!(
        !fs::read_to_string(&files(&told)[0])
            .unwrap()
            .contains("F-1")
    );
    assert!(summary(all.asker(), &[foreign], false).is_err());
}

#[test]
fn a_folder_that_cannot_be_used_is_named_in_one_sentence() {
    let all = everything();
    let file = all.scans.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = all.export(&all.chosen(), &[Format::Csv], false, &file.join("below"));
    let sentence = refused.unwrap_err().to_string();
    assert!(
        sentence.contains("file/below") && sentence.contains("choose another"),
        "{sentence}"
    );
    assert_eq!(all.installation.logged("export record", "done"), 0);
}

#[test]
fn an_empty_selection_is_reported() {
    let all = everything();
    let folder = all.scans.path().join("out");
    let none = all.export(&all.chosen(), &[], false, &folder);
    assert!(matches!(none, Err(ExportError::NoFormat)));
    let none = all.export(&Selection::Chosen(vec![]), &Format::ALL, false, &folder);
    assert!(matches!(none, Err(ExportError::NoPatient)));
}

#[test]
fn a_cancelled_export_ends_soon_and_keeps_finished_files() {
    let all = everything();
    let store = &all.installation.store;
    let other = support::save(store, &all.access, "P-2", "Bo").patient;
    let wanted = ExportOptions {
        formats: vec![Format::Fhir],
        deidentified: false,
        paper: Default::default(),
        fhir: Default::default(),
        folder: all.scans.path().join("out"),
    };
    let chosen = Selection::Chosen(vec![other, all.patient]);
    let cancel = Cancel::default();
    let ended = export(all.asker(), &chosen, &wanted, &cancel, &mut |told| {
        if matches!(told, ExportEvent::Written(_)) {
            cancel.cancel();
        }
    });
    assert!(matches!(ended, Err(ExportError::Cancelled)));
    assert_eq!(count(&wanted.folder), 1);
}

#[test]
fn a_cancelled_table_leaves_nothing() {
    let all = everything();
    let wanted = ExportOptions {
        formats: vec![Format::Csv],
        deidentified: false,
        paper: Default::default(),
        fhir: Default::default(),
        folder: all.scans.path().join("out"),
    };
    let cancel = Cancel::default();
    let ended = export(all.asker(), &Selection::All, &wanted, &cancel, &mut |_| {
        cancel.cancel();
    });
    assert!(matches!(ended, Err(ExportError::Cancelled)));
    assert_eq!(count(&wanted.folder), 0);
}

#[test]
fn a_damaged_picture_fails_only_its_own_patient() {
    let all = everything();
    let store = &all.installation.store;
    let other = support::save(store, &all.access, "P-2", "Bo").patient;
    all.installation
        .raw()
        .execute_batch(
            "DROP TRIGGER attachment_is_never_changed;
             UPDATE attachment SET bytes = CAST(bytes || x'00' AS BLOB);",
        )
        .unwrap();
    let folder = all.scans.path().join("out");
    let chosen = Selection::Chosen(vec![all.patient, other]);
    let told = all
        .export(&chosen, &[Format::Fhir], false, &folder)
        .unwrap();
    assert_eq!(files(&told), [folder.join("P-2.fhir.json")]);
    let failed = |told: &&ExportEvent| matches!(told, ExportEvent::Failed { reason, .. } if reason.contains("SHA-256"));
    assert_eq!(told.iter().filter(failed).count(), 1, "{told:?}");
}

#[test]
fn the_clipboard_gets_at_most_a_few_summaries() {
    let all = everything();
    let many = vec![all.patient; MAX_COPIED + 1];
    let refused = summary(all.asker(), &many, false);
    assert!(matches!(refused, Err(ExportError::TooManyToCopy(_))));
    assert_eq!(all.installation.logged("copy summary", "done"), 0);
}
