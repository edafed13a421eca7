//! Lists of follow-ups as files, and letters to the patients on them.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::new_file::{self, Stop};
use super::{ENTRIES_PER_TRANSACTION, ExportError, Requester};
use crate::cancel::Cancel;
use crate::clinical::follow_up::letter::{self, LetterKind, Recipient};
use crate::clinical::patient::Field;
use crate::report::follow_up::{ListFormat, ListWriter, Row};
use crate::report::pdf::{self, Fonts, Letter, Paper, Pdf};
use crate::report::saving;
use crate::store::{Disclosure, ExamId, FollowUpQuery, FollowUpRow, PatientId, StoreError};

/// Most letters of one file.
pub const MOST_LETTERS: usize = 2000;
/// Rows that are read at once.
const PAGE: usize = 500;

/// Letters to patients, and whom there is none for.
#[derive(Debug)]
pub struct Letters {
    pub pdf: Pdf,
    pub patients: Vec<PatientId>,
    /// Patients without a letter, by number, and why.
    pub left_out: Vec<(String, &'static str)>,
}

/// Hands every row of a list to `take`, from the query's first page on; says how many there were. Each row is entered in
/// the log as a copy before it is given.
///
/// # Errors
/// What the store answers, what `take` answers, or that it was cancelled.
pub fn each_follow_up<E: From<ExportError>>(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    cancel: &Cancel,
    mut take: impl FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    let mut query = FollowUpQuery {
        after: None,
        limit: PAGE,
        ..query.clone()
    };
    let mut count = 0;
    loop {
        let page = asker.store.follow_ups(asker.access, &query);
        let page = page.map_err(ExportError::from)?;
        let patients: Vec<PatientId> = page.rows.iter().map(|row| row.patient_id).collect();
        for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
            let entered = asker
                .store
                .disclose(asker.access, some, Disclosure::FollowUpList);
            entered.map_err(ExportError::from)?;
        }
        for row in &page.rows {
            take(&told(row, &query))?;
        }
        count += page.rows.len();
        query.after = page.rows.last().map(|row| row.cursor);
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled.into());
        }
        if !page.goes_on {
            return Ok(count);
        }
    }
}

/// Writes a list into a new file of `folder`; says where it is and how many rows it has.
///
/// # Errors
/// As [`each_follow_up`], and when the file cannot be written.
pub fn write_follow_ups(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    format: ListFormat,
    folder: &Path,
    cancel: &Cancel,
) -> Result<(PathBuf, usize), ExportError> {
    saving::make_folder(folder)?;
    let stem = format!("follow-up-{}-{}", query.list.as_str(), query.today);
    let mut count = 0;
    let path = new_file::write(folder, &stem, format.ending(), |out| {
        let mut list = ListWriter::new(format, out)?;
        count = each_follow_up(asker, query, cancel, |row| {
            list.write(row).map_err(Stop::from)
        })?;
        Ok(list.finish()?)
    })?;
    Ok((path, count))
}

/// Writes a list to an open output.
///
/// # Errors
/// As [`each_follow_up`]; an output that cannot be written is one of the file `named`.
pub fn print_follow_ups(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    format: ListFormat,
    out: impl Write,
) -> Result<usize, ExportError> {
    let failed = |source| ExportError::Write {
        path: PathBuf::from("standard output"),
        source,
    };
    let mut list = ListWriter::new(format, out).map_err(failed)?;
    let cancel = Cancel::default();
    let count = each_follow_up(asker, query, &cancel, |row| list.write(row).map_err(failed))?;
    list.finish().map_err(failed)?;
    Ok(count)
}

/// A row as files tell it.
fn told(row: &FollowUpRow, query: &FollowUpQuery) -> Row {
    let stated = |field| row.patient.value(field).into_owned();
    let past = |due: Date| query.today.since(due).ok().map(|span| span.get_days());
    Row {
        list: query.list,
        number: row.patient.number.clone(),
        full_name: row.patient.full_name.clone(),
        date_of_birth: row.patient.date_of_birth,
        phone: stated(Field::Phone),
        email: stated(Field::Email),
        address: stated(Field::Address),
        doctor: stated(Field::Doctor),
        exam: format!("E-{}", row.exam.0),
        scanned_on: row.scanned_on,
        category: row.category,
        due: row.due,
        days_past: row.due.filter(|_| row.closed.is_none()).and_then(past),
        closed: row.closed,
        remark: row.remark.clone(),
    }
}

/// The letters of a kind about the follow-ups of these exams, dated `today`. Each is entered in the log of its patient
/// before it is made. There is none for a follow-up that is closed or has no date due.
///
/// # Errors
/// [`ExportError::TooManyLetters`], [`ExportError::NoPatient`] where none is left, what the store answers, and a font that
/// cannot be embedded.
pub fn letters(
    asker: Requester<'_>,
    exams: &[ExamId],
    kind: LetterKind,
    paper: Paper,
    today: Date,
) -> Result<Letters, ExportError> {
    if exams.len() > MOST_LETTERS {
        return Err(ExportError::TooManyLetters(MOST_LETTERS));
    }
    let text = asker.store.letter_text(asker.access, kind)?;
    let mut made = Vec::new();
    let mut patients = Vec::new();
    let mut left_out = Vec::new();
    for &exam in exams {
        let row = match asker.store.follow_up(asker.access, exam) {
            Ok(row) => row,
            // Another exam took its place since it was chosen.
            Err(StoreError::NoSuchFollowUp) => {
                left_out.push((
                    format!("E-{}", exam.0),
                    "its follow-up is another one by now",
                ));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let number = row.patient.number.clone();
        let (Some(due), Some(category)) = (row.due, row.category) else {
            left_out.push((number, "the exam has no category, so no date due"));
            continue;
        };
        if row.closed.is_some() {
            left_out.push((number, "the follow-up is closed"));
            continue;
        }
        let recipient = Recipient {
            full_name: row.patient.full_name.clone(),
            number,
            born: row.patient.date_of_birth,
            address: row.patient.value(Field::Address).into_owned(),
            due,
            scanned_on: row.scanned_on,
            category,
            hospital: asker.account.hospital.clone(),
        };
        patients.push(row.patient_id);
        made.push(Letter {
            sender: recipient.hospital.clone(),
            address: format!("{}\n{}", recipient.full_name, recipient.address),
            dated: today.to_string(),
            body: letter::fill(&text, &recipient),
        });
    }
    if made.is_empty() {
        return Err(ExportError::NoLetter);
    }
    for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
        asker
            .store
            .disclose(asker.access, some, Disclosure::Letter)?;
    }
    let pdf = pdf::letters(&made, paper, Fonts::System, Timestamp::now())?;
    Ok(Letters {
        pdf,
        patients,
        left_out,
    })
}
