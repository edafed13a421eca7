//! The patient table: found by any part of a name or number, a page at a time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Row, named_params};

use super::account::instant;
use super::exam::classification;
use super::patient::date;
use super::{Access, PatientId, Store, StoreError};
use crate::clinical::assessment::Classification;
use crate::clinical::text;

/// Most rows of one page; a query that asks for more gets this many.
pub const PAGE_ROWS: u32 = 500;

/// What is looked for, and which page of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PatientQuery {
    /// Words that must all occur in the name or number, anywhere, in any case, with or without
    /// accents. Blank finds everybody. No character has a special meaning.
    pub text: String,
    /// Rows to pass over.
    pub offset: u32,
    /// Rows wanted, at most [`PAGE_ROWS`].
    pub limit: u32,
}

/// One page of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PatientPage {
    /// Newest activity first.
    pub rows: Vec<PatientRow>,
    /// How many patients match on all pages.
    pub total: u64,
}

/// One patient as the table shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientRow {
    pub id: PatientId,
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    /// How many exams are kept.
    pub exams: u32,
    /// When the newest exam was saved.
    pub last_exam: Option<Timestamp>,
    pub last_result: Option<Classification>,
    /// Malignancy probability of the newest exam, in [0, 1].
    pub last_probability: Option<f64>,
}

/// `instr` compares bytes and knows no wildcards, so nothing typed needs escaping. The longest word
/// sieves most rows out before the others are looked at.
const MATCHING: &str = "
    FROM patient
    WHERE hospital_id = :hospital AND deleted_at IS NULL
      AND (:longest = '' OR instr(search_text, :longest) > 0)
      AND (:others = '[]' OR NOT EXISTS (
          SELECT 1 FROM json_each(:others) WHERE instr(search_text, value) = 0))";

impl Store {
    /// The patients of this hospital that match, a page at a time.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or what the database answers. No text is an error.
    pub fn search_patients(
        &self,
        access: &Access,
        query: &PatientQuery,
    ) -> Result<PatientPage, StoreError> {
        let (longest, others) = words(&query.text);
        self.read(|transaction| {
            access.require(transaction)?;
            let total: i64 = transaction
                .prepare_cached(&format!("SELECT count(*) {MATCHING}"))?
                .query_row(
                    named_params! {
                        ":hospital": access.hospital,
                        ":longest": longest,
                        ":others": others,
                    },
                    |row| row.get(0),
                )?;
            if total <= i64::from(query.offset) || query.limit == 0 {
                let (rows, total) = (Vec::new(), total.unsigned_abs());
                return Ok(PatientPage { rows, total });
            }
            let mut page = transaction.prepare_cached(&format!(
                "SELECT patient.id, patient.number, patient.full_name, patient.date_of_birth,
                        (SELECT count(*) FROM exam
                         WHERE exam.patient_id = page.id AND exam.deleted_at IS NULL),
                        last.created_at, last.classification, last.malignant
                 FROM (SELECT id {MATCHING}
                       ORDER BY last_activity_at DESC, id DESC
                       LIMIT :limit OFFSET :offset) AS page
                 JOIN patient ON patient.id = page.id
                 LEFT JOIN exam AS last ON last.id = (
                     SELECT id FROM exam
                     WHERE exam.patient_id = page.id AND exam.deleted_at IS NULL
                     ORDER BY exam.created_at DESC, exam.id DESC LIMIT 1)
                 ORDER BY patient.last_activity_at DESC, patient.id DESC"
            ))?;
            let rows = page
                .query_map(
                    named_params! {
                        ":hospital": access.hospital,
                        ":longest": longest,
                        ":others": others,
                        ":limit": query.limit.min(PAGE_ROWS),
                        ":offset": query.offset,
                    },
                    read_row,
                )?
                .collect::<Result<_, _>>()?;
            Ok(PatientPage {
                rows,
                total: total.unsigned_abs(),
            })
        })
    }
}

/// The words of a search, folded: the longest one, and the others as a JSON array. A blank search
/// has the empty word, which occurs everywhere.
fn words(typed: &str) -> (String, String) {
    let folded = text::fold(typed);
    let mut words: BTreeSet<&str> = folded.split_whitespace().collect();
    let longest = words.iter().copied().max_by_key(|word| word.len());
    let longest = longest.unwrap_or_default();
    words.remove(longest);
    let others = serde_json::Value::from_iter(words);
    (longest.to_owned(), others.to_string())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<PatientRow> {
    let has_exam = row.get::<_, Option<i64>>(5)?.is_some();
    Ok(PatientRow {
        id: PatientId(row.get(0)?),
        number: row.get(1)?,
        full_name: row.get(2)?,
        date_of_birth: date(row, 3)?,
        exams: row.get(4)?,
        last_exam: has_exam.then(|| instant(row, 5)).transpose()?,
        last_result: has_exam.then(|| classification(row, 6)).transpose()?,
        last_probability: row.get(7)?,
    })
}
