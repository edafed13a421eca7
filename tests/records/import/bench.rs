//! Duration of importing many rows: `LUNNY_IMPORT_ROWS=100000 cargo test --release --test records import::bench -- --nocapture` prints
//! it.

use std::fmt::Write as _;
use std::time::Instant;

use lunny::import::Mode;
use lunny::store::OnDuplicate;

use super::{importer, job, tally};

const USUAL_ROWS: u64 = 500;

const NAMES: [&str; 12] = [
    "Maria",
    "José",
    "Jürgen",
    "Élodie",
    "Søren",
    "Łucja",
    "Conor",
    "Ayşe",
    "Giulia",
    "Thomas",
    "李小龙",
    "Zoë",
];
const REMARKS: [&str; 6] = [
    "Follow-up in 6 months; emphysema of both upper lobes",
    "prior CT at another site, asked to bring earlier pictures",
    "granuloma, calcified; declined biopsy in spring",
    "lives alone, call daughter; interpreter needed",
    "COPD, on oxygen at night; low-dose protocol",
    "weight loss of 6 kg; haemoptysis twice",
];

/// Rows with the usual fields of a hospital's list, each about another patient.
fn rows(count: u64) -> String {
    let mut csv = String::from(
        "Patient ID,Full name,Date of birth,Gender,Phone,Email,Address,Smoking,Pack-years,Assigned doctor,Scan date,Notes of the desk,Medical notes\n",
    );
    for n in 0..count {
        let name = NAMES[(n % 12) as usize];
        let family = format!(
            "{}{}",
            ["Ros", "Kov", "Mar", "Tav"][(n % 4) as usize],
            n * 7919 % 9973
        );
        writeln!(
            csv,
            "P-{:06},{name} {family},{}-{:02}-{:02},{},+44 20 7946 {:04},p{n}@example.org,\"{} High Street\nLondon\",{},{},Dr Q,2026-01-{:02},x,\"{}\"",
            n + 1,
            1930 + n % 70,
            n % 12 + 1,
            n % 28 + 1,
            ["female", "male"][(n % 2) as usize],
            n % 10_000,
            n % 300,
            ["former", "current", "never"][(n % 3) as usize],
            n % 60,
            n % 28 + 1,
            REMARKS[(n % 6) as usize],
        )
        .unwrap();
    }
    csv
}

#[test]
fn many_rows_are_imported_and_unchanged_when_imported_again() {
    let count = std::env::var("LUNNY_IMPORT_ROWS").map_or(USUAL_ROWS, |n| n.parse().unwrap());
    let importer = importer();
    let job = job(&importer.file(rows(count)), OnDuplicate::Merge).unwrap();
    let timed = |what: &str, mode| {
        let start = Instant::now();
        let summary = importer.run(&job, mode);
        println!(
            "{what} of {count} rows: {:.2} s",
            start.elapsed().as_secs_f64()
        );
        summary.tally
    };
    assert_eq!(timed("dry run", Mode::DryRun), tally(count, 0, 0, 0, 0));
    assert_eq!(timed("import", Mode::Import), tally(count, 0, 0, 0, 0));
    assert_eq!(
        timed("dry run again", Mode::DryRun),
        tally(0, 0, count, 0, 0)
    );
    assert_eq!(
        timed("import again", Mode::Import),
        tally(0, 0, count, 0, 0)
    );
    assert_eq!(
        importer.installation.logged("create patient", "done"),
        count as i64
    );
    assert_eq!(importer.installation.logged("import patients", "done"), 2);
    let found = crate::support::find(importer.store(), &importer.access, "P-000500");
    assert_eq!(found.rows[0].patient.number, "P-000500");
    assert_eq!(importer.store().verify_audit(None).unwrap().fault, None);
}
