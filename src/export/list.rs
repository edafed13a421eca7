//! Rows of a list with dates, from the database into a file or an output.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::new_file::{self, Stop};
use super::{ENTRIES_PER_TRANSACTION, ExportError, Requester};
use crate::cancel::Cancel;
use crate::report::list::{ListFormat, ListRow, ListWriter};
use crate::report::saving;
use crate::store::{Disclosure, ListCursor, PatientId, StoreError};

/// Rows that are read at once.
pub(super) const PAGE: usize = 500;

/// A page of rows, each with its patient and place, and true if more follow.
pub(super) type Page<Row> = (Vec<(PatientId, ListCursor, Row)>, bool);

/// Passes every row to `take`; returns their number. `read` reads the page behind a row. Each row is entered in the log as a copy
/// before it is passed.
pub(super) fn each_row<Row, E: From<ExportError>>(
    asker: Requester<'_>,
    how: Disclosure,
    cancel: &Cancel,
    read: &dyn Fn(Option<ListCursor>) -> Result<Page<Row>, StoreError>,
    take: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    // Also an empty list may be made only by those who may make copies.
    let allowed = asker.store.disclose(asker.access, &[], how);
    allowed.map_err(ExportError::from)?;
    let mut after = None;
    let mut count = 0;
    loop {
        let (rows, goes_on) = read(after).map_err(ExportError::from)?;
        let patients: Vec<PatientId> = rows.iter().map(|(patient, ..)| *patient).collect();
        for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
            let entered = asker.store.disclose(asker.access, some, how);
            entered.map_err(ExportError::from)?;
        }
        for (.., row) in &rows {
            take(row)?;
        }
        count += rows.len();
        after = rows.last().map(|(_, cursor, _)| *cursor);
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled.into());
        }
        if !goes_on {
            return Ok(count);
        }
    }
}

/// Writes the rows that `each` passes into a new file of `folder`; returns its path and the number of rows.
pub(super) fn write<Row: ListRow>(
    folder: &Path,
    stem: &str,
    format: ListFormat,
    each: impl FnOnce(&mut dyn FnMut(&Row) -> Result<(), Stop>) -> Result<usize, Stop>,
) -> Result<(PathBuf, usize), ExportError> {
    saving::make_folder(folder)?;
    let mut count = 0;
    let path = new_file::write(folder, stem, format.ending(), |out| {
        let mut list = ListWriter::new(format, out)?;
        count = each(&mut |row| list.write(row).map_err(Stop::from))?;
        Ok(list.finish()?)
    })?;
    Ok((path, count))
}

/// As [`write`], to an open output.
pub(super) fn print<Row: ListRow>(
    format: ListFormat,
    out: impl Write,
    each: impl FnOnce(&mut dyn FnMut(&Row) -> Result<(), ExportError>) -> Result<usize, ExportError>,
) -> Result<usize, ExportError> {
    let failed = |source| ExportError::Write {
        path: PathBuf::from("standard output"),
        source,
    };
    let mut list = ListWriter::new(format, out).map_err(failed)?;
    let count = each(&mut |row| list.write(row).map_err(failed))?;
    list.finish().map_err(failed)?;
    Ok(count)
}
