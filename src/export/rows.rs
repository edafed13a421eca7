//! The rows of a table, from the database into a file.

use super::format::Table;
use super::new_file::{self, Stop};
use super::{Export, ExportError, Requester, Selection};
use crate::cancel::Cancel;
use crate::clinical::assessment::Assessment;
use crate::report::lesions::Proposed;
use crate::report::table::{Dialect, Layout, Row, csv, json};
use crate::store::{
    Exam, PAGE_ROWS, PageStart, PatientId, PatientQuery, PatientRecord, PatientRow, StoreError,
};

/// File name of a table of complete records, and of one of de-identified records.
const STEM: &str = "patients";

/// Every patient of the hospital, in the order of the patient table.
pub(super) fn all_patients(
    asker: Requester<'_>,
    cancel: &Cancel,
) -> Result<Vec<PatientId>, ExportError> {
    let mut patients = Vec::new();
    each_page(asker, |rows| {
        patients.extend(rows.iter().map(|row| row.id));
        match cancel.is_cancelled() {
            true => Err(ExportError::Cancelled),
            false => Ok(()),
        }
    })?;
    Ok(patients)
}

/// Reads all patients page by page.
fn each_page<E: From<ExportError>>(
    asker: Requester<'_>,
    mut take: impl FnMut(Vec<PatientRow>) -> Result<(), E>,
) -> Result<(), E> {
    let mut start = PageStart::First;
    loop {
        let query = PatientQuery {
            start,
            limit: PAGE_ROWS,
            ..PatientQuery::default()
        };
        let page = asker.store.search_patients(asker.access, &query);
        let rows = page.map_err(ExportError::from)?.rows;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        start = PageStart::After(last.cursor);
        take(rows)?;
    }
}

/// Writes the table of all selected patients.
pub(super) fn write_table(
    export: &mut Export<'_>,
    selection: &Selection,
    table: Table,
) -> Result<(), ExportError> {
    let pseudonyms = export.pseudonyms.take();
    let layout = match &pseudonyms {
        Some(pseudonyms) => Layout::deidentified(pseudonyms, export.today),
        None => Layout::whole(),
    };
    let ending = match table {
        Table::Csv(Dialect::Plain) => "csv",
        Table::Csv(Dialect::Excel) => "excel.csv",
        Table::Json => "json",
    };
    let path = new_file::write(export.folder, STEM, ending, |out| match table {
        Table::Json => {
            let mut table = json::Writer::new(&layout, out)?;
            each_row(export, selection, &mut |row| table.write(row))?;
            Ok(table.finish()?)
        }
        Table::Csv(dialect) => {
            let mut table = csv::Writer::new(&layout, dialect, out)?;
            each_row(export, selection, &mut |row| table.write(row))?;
            Ok(table.finish()?)
        }
    });
    export.pseudonyms = pseudonyms;
    (export.tell)(super::ExportEvent::Written(path?));
    Ok(())
}

/// Reads the rows one by one.
fn each_row(
    export: &mut Export<'_>,
    selection: &Selection,
    take: &mut dyn FnMut(&Row) -> std::io::Result<()>,
) -> Result<(), Stop> {
    let asker = export.asker;
    match selection {
        Selection::All => each_page(asker, |rows| {
            let patients: Vec<PatientId> = rows.iter().map(|row| row.id).collect();
            let lesions = asker.store.newest_lesions(asker.access, &patients);
            let lesions = lesions.map_err(ExportError::from)?;
            for (row, newest) in rows.into_iter().zip(lesions) {
                let last_lesions = newest.map_or(String::new(), |newest| {
                    let proposed = Proposed {
                        lesions: &newest.lesions,
                        is_outside: newest.is_outside,
                        of_series: newest.of_series,
                        rejected: &newest.rejected,
                        accepted: &newest.accepted,
                    };
                    proposed.cell()
                });
                take(&Row {
                    last_lesions,
                    ..row.into()
                })?;
                export.step()?;
            }
            Ok(())
        }),
        Selection::Chosen(patients) => {
            for &patient in patients {
                match asker.store.patient(asker.access, patient) {
                    Ok(record) => take(&record.into())?,
                    // Deleted or merged since it was chosen.
                    Err(error @ (StoreError::NoSuchPatient | StoreError::PatientMerged { .. })) => {
                        export.fail_to_read(patient, &error);
                    }
                    Err(error) => return Err(ExportError::from(error).into()),
                }
                export.step()?;
            }
            Ok(())
        }
    }
}

impl From<PatientRow> for Row {
    fn from(row: PatientRow) -> Self {
        Self {
            patient: row.patient,
            exams: row.exams as usize,
            last_exam: row.last_exam,
            last_result: row.last_result,
            last_probability: row.last_probability,
            last_lesions: String::new(),
        }
    }
}

impl From<PatientRecord> for Row {
    fn from(record: PatientRecord) -> Self {
        let newest = record.exams.first();
        let assessment = newest.map(|exam| &exam.slice.assessment);
        Self {
            exams: record.exams.len(),
            last_exam: newest.map(Exam::examined_at),
            last_result: assessment.map(|assessment| assessment.classification),
            last_probability: assessment.and_then(Assessment::malignancy_probability),
            last_lesions: newest.map_or(String::new(), |exam| {
                let reading = exam.reading.reading();
                Proposed::of(&exam.slice).decided(&reading).cell()
            }),
            patient: record.patient,
        }
    }
}
