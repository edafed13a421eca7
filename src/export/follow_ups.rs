//! Lists of follow-ups as files, and letters to the patients on them.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{ENTRIES_PER_TRANSACTION, ExportError, Requester, list};
use crate::cancel::Cancel;
use crate::clinical::follow_up::letter::{self, LetterKind, Recipient};
use crate::clinical::patient::Field;
use crate::report::follow_up::Row;
use crate::report::list::ListFormat;
use crate::report::pdf::{self, Fonts, Letter, Paper, Pdf};
use crate::store::{Disclosure, ExamId, FollowUpQuery, FollowUpRow, PatientId, StoreError};

/// Most letters of one file.
pub const MOST_LETTERS: usize = 2000;

/// Letters to patients, and whom there is none for.
#[derive(Debug)]
pub struct Letters {
    pub pdf: Pdf,
    pub patients: Vec<PatientId>,
    /// Patients without a letter, by number, and why.
    pub left_out: Vec<(String, &'static str)>,
}

/// Passes every row of a list to `take`, from the query's first page on; returns their number. Each row is entered in the log as
/// shown before it is passed.
///
/// # Errors
/// The errors of the store and of `take`, or that it was cancelled.
pub fn each_follow_up<E: From<ExportError>>(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    cancel: &Cancel,
    take: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    each(asker, query, Disclosure::ShownFollowUps, cancel, take)
}

/// As [`each_follow_up`], entered as `how`.
fn each<E: From<ExportError>>(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    how: Disclosure,
    cancel: &Cancel,
    take: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<usize, E> {
    let read = |after| {
        let query = FollowUpQuery {
            after,
            limit: list::PAGE,
            ..query.clone()
        };
        let page = asker.store.follow_ups(asker.access, &query)?;
        let rows =
            (page.rows.iter()).map(|row| (row.patient_id, row.cursor, table_row(row, &query)));
        Ok((rows.collect(), page.goes_on))
    };
    list::each_row(asker, how, cancel, &read, take)
}

/// Writes a list into a new file of `folder`; returns its path and number of rows.
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
    let stem = format!("follow-up-{}-{}", query.list.as_str(), query.today);
    list::write(folder, &stem, format, |take| {
        each(asker, query, Disclosure::FollowUpList, cancel, take)
    })
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
    list::print(format, out, |take| {
        each_follow_up(asker, query, &Cancel::default(), take)
    })
}

/// A row as files tell it.
fn table_row(row: &FollowUpRow, query: &FollowUpQuery) -> Row {
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
