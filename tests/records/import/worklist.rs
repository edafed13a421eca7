//! Planned exams from a file, by the rules of importing patients.

use jiff::civil::Date;
use lunny::clinical::follow_up::ClosingReason;
use lunny::clinical::worklist::PlannedList;
use lunny::import::{Content, DateOrder, Job, Mapping, Mode, PlanTally, Summary};
use lunny::store::{OnDuplicate, PlannedQuery, PlannedRow, UndoObstacle};

use super::{Importer, TODAY, fingerprint, importer, job, tally};
use crate::support::{names, save};

fn worklist(importer: &Importer, content: &str) -> Job {
    let mut job = job(&importer.file(content), OnDuplicate::Merge).unwrap();
    job.mapping = Mapping::guess_of(Content::Worklist, &job.headings);
    job
}

/// Runs a dry run and an import and checks that both report the same.
fn import(importer: &Importer, content: &str) -> Summary {
    import_job(importer, &worklist(importer, content))
}

fn import_job(importer: &Importer, job: &Job) -> Summary {
    let before = (fingerprint(&importer.installation), planned(importer).len());
    let dry_run = importer.run(job, Mode::DryRun);
    assert_eq!(
        (fingerprint(&importer.installation), planned(importer).len()),
        before
    );
    let summary = importer.run(job, Mode::Import);
    assert_eq!(dry_run.tally, summary.tally);
    assert_eq!(dry_run.plans, summary.plans);
    assert_eq!(dry_run.broken, summary.broken);
    summary
}

fn planned(importer: &Importer) -> Vec<PlannedRow> {
    let all = PlannedList::ALL.into_iter().flat_map(|list| {
        let query = PlannedQuery::of(list, TODAY);
        importer
            .store()
            .planned_exams(&importer.access, &query)
            .unwrap()
            .rows
    });
    all.collect()
}

fn plans(new: u64, changed: u64, unchanged: u64) -> Option<PlanTally> {
    Some(PlanTally {
        new,
        changed,
        unchanged,
    })
}

#[test]
fn rows_plan_exams_of_known_and_of_new_patients() {
    let importer = importer();
    save(importer.store(), &importer.access, "H-1", "Ana Pérez");
    let summary = import(
        &importer,
        "Patienten-ID;Name;Geburtsdatum;Termin;Auftragsnummer;Indikation\n\
         H-1;;;25.3.2026;ACC-1;Screening\n\
         H-2;Bo Li;3.2.1961;9.3.2026;ACC-2;\n\
         ;Cleo Vance;4.5.1958;1.4.2026;;Kontrolle\n",
    );
    assert_eq!(summary.tally, tally(2, 0, 1, 0, 0));
    assert_eq!(summary.plans, plans(3, 0, 0));
    let rows = planned(&importer);
    let stated: Vec<_> = (rows.iter())
        .map(|row| {
            (
                &*row.patient.full_name,
                row.plan.on.to_string(),
                &*row.plan.accession,
                &*row.plan.reason,
            )
        })
        .collect();
    assert_eq!(
        stated,
        [
            ("Bo Li", "2026-03-09".to_owned(), "ACC-2", ""),
            ("Ana Pérez", "2026-03-25".to_owned(), "ACC-1", "Screening"),
            ("Cleo Vance", "2026-04-01".to_owned(), "", "Kontrolle"),
        ]
    );
    let imports = importer.store().imports(&importer.access).unwrap();
    assert_eq!((imports[0].added, imports[0].planned), (2, 3));
}

#[test]
fn the_same_file_plans_nothing_twice_and_a_corrected_one_changes() {
    let importer = importer();
    let file = "MRN,Name,Exam date,Accession,Reason\n\
                1,Ana,2026-03-20,A-1,screening\n\
                1,Ana,2026-03-21,,\n\
                1,Ana,2026-03-20,A-1,screening\n";
    let first = import(&importer, file);
    assert_eq!(first.plans, plans(2, 0, 1));
    assert_eq!(import(&importer, file).plans, plans(0, 0, 3));
    let moved =
        "MRN,Name,Exam date,Accession,Reason\n1,Ana,2026-03-27,A-1,\n1,Ana,2026-03-21,A-2,\n";
    assert_eq!(import(&importer, moved).plans, plans(0, 2, 0));
    let rows = planned(&importer);
    assert_eq!(rows.len(), 2);
    let first = rows.iter().find(|row| row.plan.accession == "A-1").unwrap();
    assert_eq!(first.plan.on, Date::constant(2026, 3, 27));
    assert_eq!(
        first.plan.reason, "screening",
        "an empty cell drops nothing"
    );
    // One that is cancelled stays so.
    importer
        .store()
        .cancel_plan(
            &importer.access,
            first.id,
            ClosingReason::Declined,
            "",
            TODAY,
        )
        .unwrap();
    assert_eq!(import(&importer, file).plans, plans(0, 0, 3));
}

#[test]
fn a_row_that_contradicts_a_planned_exam_or_names_nobody_is_broken() {
    let importer = importer();
    save(importer.store(), &importer.access, "H-1", "Ana Pérez");
    import(&importer, "MRN,Exam date,Accession\nH-1,2026-03-20,A-1\n");
    let summary = import(
        &importer,
        "MRN,Name,Exam date,Accession\n\
         H-2,Bo Li,2026-03-20,a-1\n\
         H-9,,2026-03-20,A-2\n\
         H-1,,,A-3\n\
         H-1,,soon,A-4\n\
         H-1,,2026-03-20,1.2E+11\n",
    );
    assert_eq!(summary.tally, tally(0, 0, 0, 0, 5));
    let reasons: Vec<&str> = summary.broken.iter().map(|row| &*row.reason).collect();
    assert!(
        reasons[0].contains("planned for another patient, H-1"),
        "{reasons:?}"
    );
    assert!(
        reasons[1].contains("No record has the number H-9"),
        "{reasons:?}"
    );
    assert!(
        reasons[2].contains("day of the exam is missing"),
        "{reasons:?}"
    );
    assert!(reasons[3].contains("not a date"), "{reasons:?}");
    assert!(reasons[4].contains("1.2E+11"), "{reasons:?}");
    assert_eq!(planned(&importer).len(), 1);
    assert_eq!(names(importer.store(), &importer.access, ""), ["Ana Pérez"]);
}

#[test]
fn the_order_of_day_and_month_is_taken_from_the_column_or_stated() {
    let importer = importer();
    let clear = "MRN,Name,Exam date\n1,Ana,03/04/2026\n2,Bo,25/04/2026\n";
    assert_eq!(import(&importer, clear).plans, plans(2, 0, 0));
    assert_eq!(planned(&importer)[0].plan.on, Date::constant(2026, 4, 3));
    let open = "MRN,Name,Exam date\n3,Cleo,05/06/2026\n";
    assert_eq!(import(&importer, open).tally.broken, 1);
    let mut job = worklist(&importer, open);
    job.dates = Some(DateOrder::MonthFirst);
    assert_eq!(import_job(&importer, &job).plans, plans(1, 0, 0));
    let rows = planned(&importer);
    let cleo = rows.iter().find(|row| row.patient.number == "3").unwrap();
    assert_eq!(cleo.plan.on, Date::constant(2026, 5, 6));
}

#[test]
fn an_import_is_undone_as_a_whole_except_what_was_changed_since() {
    let importer = importer();
    import(
        &importer,
        "MRN,Name,Exam date,Accession\n1,Ana,2026-03-20,A-1\n",
    );
    let second = import(
        &importer,
        "MRN,Name,Exam date,Accession\n\
         1,Ana,2026-03-27,A-1\n2,Bo,2026-03-20,A-2\n3,Cleo,2026-03-20,A-3\n",
    );
    let cleo = importer
        .store()
        .planned_by_accession(&importer.access, "A-3")
        .unwrap();
    importer
        .store()
        .cancel_plan(&importer.access, cleo.id, ClosingReason::Moved, "", TODAY)
        .unwrap();
    let undone = importer
        .store()
        .undo_import(&importer.access, second.import.unwrap())
        .unwrap();
    assert_eq!((undone.plans, undone.removed, undone.stays), (2, 1, 2));
    assert_eq!(
        undone.listed,
        [
            ("3".to_owned(), UndoObstacle::PlanChanged),
            ("3".to_owned(), UndoObstacle::Used)
        ]
    );
    let rows = planned(&importer);
    let left: Vec<_> = (rows.iter())
        .map(|row| (&*row.plan.accession, row.plan.on.to_string()))
        .collect();
    assert_eq!(
        left,
        [
            ("A-1", "2026-03-20".to_owned()),
            ("A-3", "2026-03-20".to_owned())
        ]
    );
    assert_eq!(
        importer.installation.logged("remove planned exam", "done"),
        1
    );
    let first = importer.store().imports(&importer.access).unwrap()[1].id;
    let undone = importer
        .store()
        .undo_import(&importer.access, first)
        .unwrap();
    assert_eq!((undone.plans, undone.stays), (1, 0), "one after the other");
    assert_eq!(importer.store().verify_audit(None).unwrap().fault, None);
}
