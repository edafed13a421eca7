//! `lunny worklist` as a script runs it.

use std::process::Output;

use super::follow_up::{EMAIL, json, run, text};
use crate::support::{House, house, patient};

fn furnished() -> House {
    let house = house();
    let access = house.enter("St. Mary", EMAIL);
    let store = &house.store;
    store
        .create_patient(&access, &patient("P-1", "Ada Byron"))
        .unwrap();
    house
}

fn lunny(house: &House, arguments: &[&str]) -> Output {
    run(house, "worklist", arguments)
}

#[test]
fn an_exam_is_added_listed_cancelled_and_reopened() {
    let house = furnished();
    let add = ["add", "p-1", "--on", "2026-03-05", "--accession", "ACC-1"];
    let added = lunny(&house, &add);
    assert_eq!(
        text(&added.stdout),
        "W-1  P-1: planned for 2026-03-05, accession ACC-1\n"
    );
    let twice = lunny(&house, &add);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("planned already"));
    let nobody = lunny(&house, &["add", "P-9", "--on", "2026-03-05"]);
    assert_eq!(nobody.status.code(), Some(1));

    let on = ["list", "--on", "2026-03-05"];
    let told = text(&lunny(&house, &on).stdout);
    assert!(
        told.contains("W-1  2026-03-05  ACC-1  P-1  Ada Byron"),
        "{told}"
    );
    assert!(told.ends_with("1 planned exam, today\n"), "{told}");
    let listed = json(&lunny(&house, &[&on[..], &["--json"]].concat()));
    assert_eq!(listed[0]["accession"], "ACC-1");
    assert_eq!(listed[0]["planned_on"], "2026-03-05");
    let csv = text(
        &lunny(
            &house,
            &["list", "--on", "2026-03-06", "--list", "missed", "--csv"],
        )
        .stdout,
    );
    assert!(csv.contains("missed,W-1,P-1,Ada Byron"), "{csv}");
    assert_eq!(house.logged("export worklist", "done"), 3);

    let bare = lunny(&house, &["cancel", "W-1", "--reason", "other"]);
    assert!(text(&bare.stderr).contains("The remark is missing"));
    let cancelled = lunny(
        &house,
        &["cancel", "acc-1", "--reason", "declined", "--json"],
    );
    assert_eq!(json(&cancelled)["state"], "cancelled");
    let reopened = json(&lunny(&house, &["reopen", "w-1", "--json"]));
    assert_eq!(reopened["state"], "planned");
    let unknown = lunny(&house, &["reopen", "W-77"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn a_file_is_imported_after_a_dry_run_exported_and_undone() {
    let house = furnished();
    let file = house.home.path().join("plans.csv");
    std::fs::write(
        &file,
        "MRN,Name,Exam date,Accession,Ward\nP-1,,2026-03-05,A-1,x\nP-2,Bo Li,2026-03-05,A-2,x\nP-9,,2026-03-05,,x\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let dry = json(&run_to_code(
        &house,
        &["import", file, "--dry-run", "--json"],
        2,
    ));
    assert_eq!(dry["planned_exams"]["new"], 2);
    assert_eq!(dry["left_out"][0], "Ward");
    let none = json(&lunny(&house, &["list", "--on", "2026-03-05", "--json"]));
    assert_eq!(none.as_array().map(Vec::len), Some(0));
    let told = text(&lunny(&house, &["import", file]).stdout);
    assert!(told.contains("Planned exams:\n  new        2"), "{told}");
    assert!(told.contains("`lunny import undo 1`"), "{told}");
    assert!(told.contains("No record has the number P-9"), "{told}");

    let to = house.home.path().join("out");
    let export = ["export", "--on", "2026-03-05", "--to", to.to_str().unwrap()];
    let written = text(&lunny(&house, &export).stdout);
    assert!(
        written.contains("worklist-today-2026-03-05.csv: 2 rows"),
        "{written}"
    );

    let undone = json(&run(&house, "import", &["undo", "--json"]));
    assert_eq!(
        (&undone["planned_exams"], &undone["removed"]),
        (&2.into(), &1.into())
    );
}

/// Runs a command that ends with this exit code, and reports it as a success.
fn run_to_code(house: &House, arguments: &[&str], code: i32) -> Output {
    use std::os::unix::process::ExitStatusExt;

    let output = lunny(house, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    Output {
        status: std::process::ExitStatus::from_raw(0),
        ..output
    }
}
