//! `lunny patients list`.

use serde_json::json;

use crate::cli::caller::Caller;
use crate::clinical::patient::Field;
use crate::store::{Disclosure, PAGE_ROWS, PageStart, PatientId, PatientQuery, PatientRow};
use crate::text::scrub;

/// Maximum number of patients in one list.
const MOST: i64 = 10_000;

/// Choice of patients, and the form of the list.
#[derive(Debug, clap::Args)]
pub(crate) struct Listing {
    /// Words that occur in the record, an ID, a phone number or a date of birth
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// Number of patients, at most 10,000
    #[arg(long, value_name = "PATIENTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    limit: u32,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Prints the list.
pub(crate) fn list(wanted: &Listing, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let limit = wanted.limit as usize;
    let mut rows: Vec<PatientRow> = Vec::new();
    let mut start = PageStart::First;
    let mut total = None;
    while rows.len() < limit {
        let query = PatientQuery {
            text: wanted.search.clone(),
            start,
            limit: PAGE_ROWS.min((limit - rows.len()) as u32),
            ..PatientQuery::default()
        };
        let page = caller.store.search_patients(caller.access, &query)?;
        total.get_or_insert(page.total);
        let Some(last) = page.rows.last() else {
            break;
        };
        start = PageStart::After(last.cursor);
        rows.extend(page.rows);
    }
    let patients: Vec<PatientId> = rows.iter().map(|row| row.id).collect();
    for some in patients.chunks(PAGE_ROWS as usize) {
        caller
            .store
            .disclose(caller.access, some, Disclosure::ShownPatients)?;
    }
    let mut lines: Vec<String> = match wanted.json {
        true => rows.iter().map(in_json).collect(),
        false => rows.iter().map(line).collect(),
    };
    if let (false, Some(total)) = (wanted.json, total) {
        lines.push(format!("{} of {total} patients", rows.len()));
    }
    match lines.is_empty() {
        true => Ok(0),
        false => caller.print(&lines.join("\n")),
    }
}

/// Day of the newest exam, its result and its category.
fn last_exam(row: &PatientRow) -> [Option<String>; 3] {
    let day = row.last_exam.map(|at| at.strftime("%Y-%m-%d").to_string());
    let result = row.last_result.map(|result| result.label().to_owned());
    [day, result, row.last_category.clone()]
}

fn line(row: &PatientRow) -> String {
    let patient = &row.patient;
    let born = patient.date_of_birth.map(|born| born.to_string());
    let stated = [
        Some(patient.number.clone()),
        Some(patient.full_name.clone()),
        born,
    ];
    let stated: Vec<String> = (stated.into_iter().chain(last_exam(row)))
        .flatten()
        .collect();
    scrub(&stated.join("  ")).into_owned()
}

fn in_json(row: &PatientRow) -> String {
    let patient = &row.patient;
    let [day, result, category] = last_exam(row);
    let value = |field| patient.value(field).into_owned();
    json!({
        "patient_id": patient.number,
        "full_name": patient.full_name,
        "date_of_birth": patient.date_of_birth.map(|born| born.to_string()),
        "gender": value(Field::Gender),
        "phone": value(Field::Phone),
        "exams": row.exams,
        "last_exam": day,
        "last_result": result,
        "last_category": category,
    })
    .to_string()
}
