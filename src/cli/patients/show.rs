//! `lunny patients show`.

use anyhow::Context;

use crate::cli::caller::Caller;
use crate::cli::report::{self, COLUMNS};
use crate::record_report;
use crate::report::document;
use crate::report::record::Extent;
use crate::report::text;
use crate::store::Disclosure;
use crate::text::scrub;

/// Patient, and the exams to include.
#[derive(Debug, clap::Args)]
pub(crate) struct Shown {
    /// Patient ID, such as P-000123
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// Exams to include: all, the newest, or one by its number, such as E-12
    #[arg(long, value_name = "E-12|newest|all", default_value = "all")]
    exam: String,
}

/// Prints the record as text.
pub(crate) fn show(wanted: &Shown, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let (store, access) = (caller.store, caller.access);
    let patient = report::patient(store, access, &wanted.patient)?;
    let record = record_report::gather(store, access, caller.account, patient)?;
    let record = record.only(&Extent::parse(&wanted.exam)).with_context(|| {
        let exam = scrub(&wanted.exam).into_owned();
        format!("the record has no exam {exam}: give one of its exams, newest or all")
    })?;
    let text = text::record(&document::document(&record), COLUMNS);
    store.disclose(access, &[patient], Disclosure::Exported)?;
    caller.print(&text.lines.join("\n"))
}
