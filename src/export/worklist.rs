//! Lists of planned exams as files.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{ExportError, Requester, list};
use crate::cancel::Cancel;
use crate::clinical::follow_up::ClosingReason;
use crate::clinical::patient::Field;
use crate::report::list::ListFormat;
use crate::report::worklist::Row;
use crate::store::{Disclosure, PlannedQuery, PlannedRow, PlannedState};

/// Passes every row of a list to `take`, from the query's first page on; returns their number. Each row is entered in the log as
/// shown before it is passed.
///
/// # Errors
/// The errors of the store and of `take`, or that it was cancelled.
pub fn each_planned_exam<E: From<ExportError>>(
    asker: Requester<'_>,
    query: &PlannedQuery,
    cancel: &Cancel,
    take: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    each(asker, query, Disclosure::ShownWorklist, cancel, take)
}

/// As [`each_planned_exam`], entered as `how`.
fn each<E: From<ExportError>>(
    asker: Requester<'_>,
    query: &PlannedQuery,
    how: Disclosure,
    cancel: &Cancel,
    take: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    let read = |after| {
        let query = PlannedQuery {
            after,
            limit: list::PAGE,
            ..query.clone()
        };
        let page = asker.store.planned_exams(asker.access, &query)?;
        let rows = (page.rows.iter()).map(|row| (row.patient_id, row.cursor, stated(row, &query)));
        Ok((rows.collect(), page.goes_on))
    };
    list::each_row(asker, how, cancel, &read, take)
}

/// Writes a list into a new file of `folder`; returns its path and number of rows.
///
/// # Errors
/// As [`each_planned_exam`], and when the file cannot be written.
pub fn write_worklist(
    asker: Requester<'_>,
    query: &PlannedQuery,
    format: ListFormat,
    folder: &Path,
    cancel: &Cancel,
) -> Result<(PathBuf, usize), ExportError> {
    let stem = format!("worklist-{}-{}", query.list.as_str(), query.today);
    list::write(folder, &stem, format, |take| {
        each(asker, query, Disclosure::Worklist, cancel, take)
    })
}

/// Writes a list to an open output.
///
/// # Errors
/// As [`each_planned_exam`]; an output that cannot be written is one of the file `named`.
pub fn print_worklist(
    asker: Requester<'_>,
    query: &PlannedQuery,
    format: ListFormat,
    out: impl Write,
) -> Result<usize, ExportError> {
    list::print(format, out, |take| {
        each_planned_exam(asker, query, &Cancel::default(), take)
    })
}

fn stated(row: &PlannedRow, query: &PlannedQuery) -> Row {
    let value = |field| row.patient.value(field).into_owned();
    Row {
        list: query.list,
        planned: format!("W-{}", row.id.0),
        number: row.patient.number.clone(),
        full_name: row.patient.full_name.clone(),
        date_of_birth: row.patient.date_of_birth,
        phone: value(Field::Phone),
        doctor: value(Field::Doctor),
        planned_on: row.plan.on,
        accession: row.plan.accession.clone(),
        reason: row.plan.reason.clone(),
        done: match &row.state {
            PlannedState::Done { exam, on } => Some((format!("E-{}", exam.0), *on)),
            _ => None,
        },
        cancelled: match &row.state {
            PlannedState::Cancelled { reason, remark, on } => {
                Some((*on, ClosingReason::as_str(*reason), remark.clone()))
            }
            _ => None,
        },
    }
}
