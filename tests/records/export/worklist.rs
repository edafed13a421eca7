//! `lunny worklist` as a script runs it.

use std::process::Output;

use super::follow_up::{EMAIL, json, run, text};
use crate::support::{Installation, installation, patient};

fn with_patients() -> Installation {
    let installation = installation();
    let access = installation.enter("St. Mary", EMAIL);
    let store = &installation.store;
    store
        .create_patient(&access, &patient("P-1", "Ada Byron"))
        .unwrap();
    installation
}

fn lunny(installation: &Installation, arguments: &[&str]) -> Output {
    run(installation, "worklist", arguments)
}

#[test]
fn an_exam_is_added_listed_cancelled_and_reopened() {
    let installation = with_patients();
    let add = ["add", "p-1", "--on", "2026-03-05", "--accession", "ACC-1"];
    let added = lunny(&installation, &add);
    assert_eq!(
        text(&added.stdout),
        "W-1  P-1: planned for 2026-03-05, accession ACC-1\n"
    );
    let twice = lunny(&installation, &add);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("planned already"));
    let refused = lunny(&installation, &["add", "P-9", "--on", "2026-03-05"]);
    assert_eq!(refused.status.code(), Some(1));

    let on = ["list", "--on", "2026-03-05"];
    let told = text(&lunny(&installation, &on).stdout);
    assert!(
        told.contains("W-1  2026-03-05  ACC-1  P-1  Ada Byron"),
        "{told}"
    );
    assert!(told.ends_with("1 planned exam, today\n"), "{told}");
    let listed = json(&lunny(&installation, &[&on[..], &["--json"]].concat()));
    assert_eq!(listed[0]["accession"], "ACC-1");
    assert_eq!(listed[0]["planned_on"], "2026-03-05");
    let csv = text(
        &lunny(
            &installation,
            &["list", "--on", "2026-03-06", "--list", "missed", "--csv"],
        )
        .stdout,
    );
    assert!(csv.contains("missed,W-1,P-1,Ada Byron"), "{csv}");
    assert_eq!(installation.logged("export worklist", "done"), 3);

    let bare = lunny(&installation, &["cancel", "W-1", "--reason", "other"]);
    assert!(text(&bare.stderr).contains("The remark is missing"));
    let cancelled = lunny(
        &installation,
        &["cancel", "acc-1", "--reason", "declined", "--json"],
    );
    assert_eq!(json(&cancelled)["state"], "cancelled");
    let reopened = json(&lunny(&installation, &["reopen", "w-1", "--json"]));
    assert_eq!(reopened["state"], "planned");
    let unknown = lunny(&installation, &["reopen", "W-77"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn a_file_is_imported_after_a_dry_run_exported_and_undone() {
    let installation = with_patients();
    let file = installation.home.path().join("plans.csv");
    std::fs::write(
        &file,
        "MRN,Name,Exam date,Accession,Ward\nP-1,,2026-03-05,A-1,x\nP-2,Bo Li,2026-03-05,A-2,x\nP-9,,2026-03-05,,x\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let dry = json(&run_to_code(
        &installation,
        &["import", file, "--dry-run", "--json"],
        2,
    ));
    assert_eq!(dry["planned_exams"]["new"], 2);
    assert_eq!(dry["left_out"][0], "Ward");
    let none = json(&lunny(
        &installation,
        &["list", "--on", "2026-03-05", "--json"],
    ));
    assert_eq!(none.as_array().map(Vec::len), Some(0));
    let told = text(&lunny(&installation, &["import", file]).stdout);
    assert!(told.contains("Planned exams:\n  new        2"), "{told}");
    assert!(told.contains("`lunny import undo 1`"), "{told}");
    assert!(told.contains("No record has the number P-9"), "{told}");

    let to = installation.home.path().join("out");
    let export = ["export", "--on", "2026-03-05", "--to", to.to_str().unwrap()];
    let written = text(&lunny(&installation, &export).stdout);
    assert!(
        written.contains("worklist-today-2026-03-05.csv: 2 rows"),
        "{written}"
    );

    let undone = json(&run(&installation, "import", &["undo", "--json"]));
    assert_eq!(
        (&undone["planned_exams"], &undone["removed"]),
        (&2.into(), &1.into())
    );
}

/// Runs a command that ends with this exit code, and reports it as a success.
fn run_to_code(installation: &Installation, arguments: &[&str], code: i32) -> Output {
    use std::os::unix::process::ExitStatusExt;

    let output = lunny(installation, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    Output {
        status: std::process::ExitStatus::from_raw(0),
        ..output
    }
}
