//! Keeps the index in step with the records: one patient anew after every change, or all of them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::filters::{self, Newest};
use super::grams::Tokens;
use crate::clinical::patient::Patient;
use crate::clinical::text::fold;
use crate::store::exam::classification;
use crate::store::{ExamId, NoduleId, PatientId, Store, StoreError, reading};

/// Bytes of the index that are put together in memory before a part of it is written, when all of it is built.
const BUILDING_BYTES: u32 = 64 << 20;
/// The same for one patient: SQLite's own figure.
const USUAL_BYTES: u32 = 1 << 20;

/// A patient as the index knows them.
struct Searched {
    hospital: i64,
    /// Folded, the name first, then the number.
    fields: [String; 3],
    active_at: i64,
}

impl Store {
    /// Builds the whole index of the search anew from the records; says how many patients it holds. Some
    /// minutes for a million of them.
    ///
    /// # Errors
    /// What the database answers.
    pub fn rebuild_search(&self) -> Result<u64, StoreError> {
        self.write(|transaction| Ok(rebuild(transaction)?))
    }
}

/// Brings the index in step with one patient, whatever was changed: the patient, an exam, a nodule. Belongs into
/// the transaction of the change. A deleted patient leaves the index; one with newer activity moves to the top.
pub(in crate::store) fn index(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<()> {
    let kept: Option<(i64, i64)> = transaction
        .prepare_cached("SELECT place, active_at FROM search_entry WHERE patient_id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((place, _)) = kept {
        transaction
            .prepare_cached("DELETE FROM search_gram WHERE rowid = ?1")?
            .execute([place])?;
    }
    let Some(searched) = searched(transaction, id)? else {
        transaction
            .prepare_cached("DELETE FROM search_entry WHERE patient_id = ?1")?
            .execute([id.0])?;
        return Ok(());
    };
    let place = match kept {
        Some((place, active_at)) if active_at == searched.active_at => place,
        _ => next_place(transaction)?,
    };
    enter(transaction, id, place, &searched)
}

/// As [`index`], for many patients at once who are new and have no exam. What they are found by is put together on all
/// processors; it takes longer than writing it.
pub(in crate::store) fn index_new(
    transaction: &Transaction<'_>,
    hospital: i64,
    patients: &BTreeMap<i64, Patient>,
    active_at: i64,
) -> rusqlite::Result<()> {
    if patients.is_empty() {
        return Ok(());
    }
    let tokens = Tokens::of(hospital);
    let grams = |patient: &Patient| {
        let fields = [&patient.full_name, &patient.number, &patient.notes].map(|text| fold(text));
        let mut words = tokens.of_fields(&fields);
        words.extend(filters::words(tokens, None));
        let words = words.into_iter().collect::<Vec<_>>().join(" ");
        (fields, words)
    };
    let entries: Vec<(i64, ([String; 3], String))> = patients
        .par_iter()
        .map(|(id, patient)| (*id, grams(patient)))
        .collect();
    // One part of the index for all of them, not many that are merged later.
    set(transaction, "hashsize", BUILDING_BYTES)?;
    let mut place = next_place(transaction)?;
    for (id, (fields, grams)) in entries {
        let searched = Searched {
            hospital,
            fields,
            active_at,
        };
        write(transaction, PatientId(id), place, &searched, None, &grams)?;
        place += 1;
    }
    set(transaction, "hashsize", USUAL_BYTES)
}

/// The place at the top of the table.
fn next_place(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("SELECT coalesce(max(place), 0) + 1 FROM search_entry")?
        .query_row([], |row| row.get(0))
}

/// As [`index`], for the patient of an exam.
pub(in crate::store) fn index_exam(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<()> {
    let patient = transaction
        .prepare_cached("SELECT patient_id FROM exam WHERE id = ?1")?
        .query_row([exam.0], |row| row.get(0))?;
    index(transaction, PatientId(patient))
}

/// As [`index`], for the patient of a nodule.
pub(in crate::store) fn index_nodule(
    transaction: &Transaction<'_>,
    nodule: NoduleId,
) -> rusqlite::Result<()> {
    let exam = transaction
        .prepare_cached("SELECT exam_id FROM nodule WHERE id = ?1")?
        .query_row([nodule.0], |row| row.get(0))?;
    index_exam(transaction, ExamId(exam))
}

/// Builds the index anew, the patients in the order of their activity. Holds their numbers in memory and a part of
/// the index, never their texts.
pub(in crate::store) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    transaction.execute_batch(
        "DELETE FROM search_entry;
         INSERT INTO search_gram (search_gram) VALUES ('delete-all');",
    )?;
    let ids: Vec<i64> = transaction
        .prepare("SELECT id FROM patient WHERE deleted_at IS NULL ORDER BY last_activity_at, id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    set(transaction, "hashsize", BUILDING_BYTES)?;
    set(transaction, "automerge", 0)?;
    let mut entered = 0;
    for id in ids.into_iter().map(PatientId) {
        if let Some(searched) = searched(transaction, id)? {
            entered += 1;
            enter(transaction, id, entered, &searched)?;
        }
    }
    transaction.execute(
        "INSERT INTO search_gram (search_gram) VALUES ('optimize')",
        [],
    )?;
    set(transaction, "automerge", 4)?;
    set(transaction, "hashsize", USUAL_BYTES)?;
    Ok(entered.unsigned_abs())
}

fn set(transaction: &Transaction<'_>, option: &str, value: u32) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO search_gram (search_gram, rank) VALUES (?1, ?2)")?
        .execute(params![option, value])?;
    Ok(())
}

fn searched(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Option<Searched>> {
    transaction
        .prepare_cached(
            "SELECT hospital_id, full_name, number, notes, last_activity_at FROM patient
             WHERE id = ?1 AND deleted_at IS NULL",
        )?
        .query_row([id.0], |row| {
            let text = |column| row.get::<_, String>(column).map(|text| fold(&text));
            Ok(Searched {
                hospital: row.get(0)?,
                fields: [text(1)?, text(2)?, text(3)?],
                active_at: row.get(4)?,
            })
        })
        .optional()
}

fn enter(
    transaction: &Transaction<'_>,
    id: PatientId,
    place: i64,
    searched: &Searched,
) -> rusqlite::Result<()> {
    let newest = newest(transaction, id)?;
    let tokens = Tokens::of(searched.hospital);
    let mut words = tokens.of_fields(&searched.fields);
    let saved_at = newest.as_ref().map(|newest| newest.saved_at);
    words.extend(filters::words(tokens, newest));
    let grams = words.into_iter().collect::<Vec<_>>().join(" ");
    write(transaction, id, place, searched, saved_at, &grams)
}

fn write(
    transaction: &Transaction<'_>,
    id: PatientId,
    place: i64,
    searched: &Searched,
    last_exam_at: Option<i64>,
    grams: &str,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO search_entry
                 (place, hospital_id, patient_id, active_at, last_exam_at, text)
             VALUES (:place, :hospital, :patient, :active_at, :last_exam_at, :text)
             ON CONFLICT (patient_id) DO UPDATE
             SET place = excluded.place, hospital_id = excluded.hospital_id,
                 active_at = excluded.active_at, last_exam_at = excluded.last_exam_at,
                 text = excluded.text",
        )?
        .execute(named_params! {
            ":place": place,
            ":hospital": searched.hospital,
            ":patient": id.0,
            ":active_at": searched.active_at,
            ":last_exam_at": last_exam_at,
            ":text": searched.fields.join("\n"),
        })?;
    transaction
        .prepare_cached("INSERT INTO search_gram (rowid, grams) VALUES (?1, ?2)")?
        .execute(params![place, grams])?;
    Ok(())
}

/// The newest exam of a patient, as far as filters ask.
fn newest(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Option<Newest>> {
    let read = |row: &Row<'_>| Ok((ExamId(row.get(0)?), row.get(1)?, classification(row, 2)?));
    let exam = transaction
        .prepare_cached(
            "SELECT id, created_at, classification FROM exam
             WHERE patient_id = ?1 AND deleted_at IS NULL
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )?
        .query_row([id.0], read)
        .optional()?;
    let Some((exam, saved_at, result)) = exam else {
        return Ok(None);
    };
    let category = reading::of(transaction, exam)?.reading().category();
    let is_final = transaction
        .prepare_cached(
            "SELECT signed_at IS NOT NULL FROM report
             WHERE exam_id = ?1 ORDER BY version DESC LIMIT 1",
        )?
        .query_row([exam.0], |row| row.get(0))
        .optional()?;
    Ok(Some(Newest {
        saved_at,
        result,
        category: category.map(|measured| measured.category),
        is_final: is_final.unwrap_or(false),
    }))
}
