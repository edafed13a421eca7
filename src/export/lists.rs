//! Lists of patients and of follow-ups as pages.

use jiff::Timestamp;

use super::{ENTRIES_PER_TRANSACTION, ExportError, Requester, each_follow_up};
use crate::cancel::Cancel;
use crate::clinical::patient::Field;
use crate::report::follow_up::Row;
use crate::report::listing::Listing;
use crate::report::pdf::{self, Fonts, Paper, Pdf};
use crate::store::{
    Disclosure, FollowUpQuery, PAGE_ROWS, PageStart, PatientId, PatientQuery, PatientRow,
};
use crate::text::counted;

/// Maximum number of rows of a list on paper.
pub const MOST_LISTED: usize = 5000;

/// The patients that `query` finds, as a list on paper. Each is entered in the audit log before the list is made.
///
/// # Errors
/// [`ExportError::NoPatient`] if there is none, [`ExportError::TooManyListed`], errors of the store, and a font that cannot be
/// embedded.
pub fn patient_list(
    asker: Requester<'_>,
    query: &PatientQuery,
    paper: Paper,
) -> Result<Pdf, ExportError> {
    let mut found: Vec<PatientRow> = Vec::new();
    let mut start = PageStart::First;
    loop {
        let query = PatientQuery {
            start,
            skip: 0,
            limit: PAGE_ROWS,
            ..query.clone()
        };
        let rows = asker.store.search_patients(asker.access, &query)?.rows;
        let Some(last) = rows.last() else {
            break;
        };
        start = PageStart::After(last.cursor);
        found.extend(rows);
        if found.len() > MOST_LISTED {
            return Err(ExportError::TooManyListed(MOST_LISTED));
        }
    }
    let patients: Vec<PatientId> = found.iter().map(|row| row.id).collect();
    let rows = found.iter().map(|row| {
        let last_exam = row.last_exam.map(|at| at.strftime("%Y-%m-%d").to_string());
        vec![
            row.patient.number.clone(),
            row.patient.full_name.clone(),
            row.patient.value(Field::DateOfBirth).into_owned(),
            row.patient.value(Field::Phone).into_owned(),
            last_exam.unwrap_or_default(),
            row.last_result.map_or("", |result| result.label()).into(),
            row.last_category.clone().unwrap_or_default(),
        ]
    });
    let listing = Listing {
        title: "Patients",
        hospital: asker.account.hospital.clone(),
        subject: format!("Patients, {}", counted(found.len(), "row")),
        made_by: asker.account.full_name.clone(),
        made_at: Timestamp::now(),
        columns: vec![
            ("Patient ID", 1.4),
            ("Name", 2.4),
            ("Born", 1.1),
            ("Phone", 1.7),
            ("Last exam", 1.1),
            ("Result", 1.2),
            ("Lung-RADS", 1.4),
        ],
        rows: rows.collect(),
    };
    if patients.is_empty() {
        return Err(ExportError::NoPatient);
    }
    for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
        asker
            .store
            .disclose(asker.access, some, Disclosure::PatientList)?;
    }
    Ok(pdf::draw(&listing.document(), paper, Fonts::System)?)
}

/// A list of follow-ups on paper. Each row is entered in the audit log before the list is made.
///
/// # Errors
/// As [`patient_list`].
pub fn follow_up_list(
    asker: Requester<'_>,
    query: &FollowUpQuery,
    paper: Paper,
) -> Result<Pdf, ExportError> {
    let mut rows = Vec::new();
    each_follow_up(asker, query, &Cancel::default(), &mut |row: &Row| {
        if rows.len() == MOST_LISTED {
            return Err(ExportError::TooManyListed(MOST_LISTED));
        }
        let days = row.days_past.filter(|days| *days > 0);
        rows.push(vec![
            row.number.clone(),
            row.full_name.clone(),
            row.date_of_birth
                .map(|day| day.to_string())
                .unwrap_or_default(),
            row.phone.clone(),
            row.category.map_or("", |category| category.label()).into(),
            row.due.map(|day| day.to_string()).unwrap_or_default(),
            days.map(|days| counted(days as usize, "day"))
                .unwrap_or_default(),
        ]);
        Ok::<(), ExportError>(())
    })?;
    if rows.is_empty() {
        return Err(ExportError::NoPatient);
    }
    let subject = format!(
        "Follow-ups: {} on {}, {}",
        query.list.label(),
        query.today,
        counted(rows.len(), "row")
    );
    let listing = Listing {
        title: "Follow-ups",
        hospital: asker.account.hospital.clone(),
        subject,
        made_by: asker.account.full_name.clone(),
        made_at: Timestamp::now(),
        columns: vec![
            ("Patient ID", 1.4),
            ("Name", 2.4),
            ("Born", 1.1),
            ("Phone", 1.7),
            ("Lung-RADS", 1.1),
            ("Due", 1.1),
            ("Past due", 1.0),
        ],
        rows,
    };
    Ok(pdf::draw(&listing.document(), paper, Fonts::System)?)
}
