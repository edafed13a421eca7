//! Import of patients from CSV files into records that others write to as well.

mod bench;
mod command;
mod dry_run;
mod duplicates;
mod exported;
mod files;
mod identity;
mod interrupted;
mod spelled;
mod undo;
mod worklist;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use lunny::cancel::Cancel;
use lunny::import::{ImportError, Job, Mapping, Mode, Source, Summary, Tally, ValueMap, run};
use lunny::store::{Access, ImportChoices, OnDuplicate, Store};

use crate::support::{Installation, installation};

const TODAY: Date = Date::constant(2026, 3, 9);
const ADA: &str = "ada@example.org";

/// A fixture with a signed-in account, and a folder for files.
struct Importer {
    installation: Installation,
    access: Access,
    folder: tempfile::TempDir,
}

fn importer() -> Importer {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let folder = tempfile::tempdir().unwrap();
    Importer {
        installation,
        access,
        folder,
    }
}

impl Importer {
    fn store(&self) -> &Store {
        &self.installation.store
    }

    fn file(&self, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.folder.path().join("patients.csv");
        std::fs::write(&file, content).unwrap();
        file
    }

    fn run(&self, job: &Job, mode: Mode) -> Summary {
        run(
            self.store(),
            &self.access,
            job,
            mode,
            &|_| {},
            &Cancel::default(),
            None,
        )
        .unwrap()
    }

    /// Runs a dry run and an import and checks that both report the same.
    fn run_both(&self, content: impl AsRef<[u8]>, how: OnDuplicate) -> Summary {
        let job = job(&self.file(content), how).unwrap();
        let before = fingerprint(&self.installation);
        let dry_run = self.run(&job, Mode::DryRun);
        assert_eq!(
            fingerprint(&self.installation),
            before,
            "a dry run changes nothing"
        );
        let summary = self.run(&job, Mode::Import);
        assert_eq!(dry_run.tally, summary.tally);
        assert_eq!(dry_run.broken, summary.broken);
        assert_eq!(dry_run.dropped, summary.dropped);
        assert_eq!(dry_run.remarks, summary.remarks);
        summary
    }

    fn patients(&self) -> i64 {
        let count = "SELECT count(*) FROM patient";
        self.installation
            .raw()
            .query_row(count, [], |row| row.get(0))
            .unwrap()
    }
}

fn job(file: &Path, how: OnDuplicate) -> Result<Job, ImportError> {
    let source = Source::open(file)?;
    let headings = source.sample()?.headings;
    Ok(Job {
        mapping: Mapping::guess(&headings),
        source,
        headings,
        choices: ImportChoices {
            all: how,
            ..ImportChoices::default()
        },
        today: TODAY,
        dates: None,
        usual_dates: None,
        values: ValueMap::default(),
    })
}

/// Number of rows of the tables that an import writes to.
fn fingerprint(installation: &Installation) -> Vec<i64> {
    let raw = installation.raw();
    let tables = ["patient", "patient_version", "audit", "search_entry"];
    let counted = tables.map(|table| {
        raw.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })
        .unwrap()
    });
    let next = "SELECT next_patient FROM hospital";
    let next: i64 = raw.query_row(next, [], |row| row.get(0)).unwrap();
    counted.into_iter().chain([next]).collect()
}

fn tally(new: u64, changed: u64, unchanged: u64, skipped: u64, broken: u64) -> Tally {
    Tally {
        new,
        changed,
        unchanged,
        skipped,
        broken,
    }
}
