//! Keeps the index in step with the records: one patient anew after every change, or all of them.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::grams::Tokens;
use super::kept::{self, Entry, Newest};
use super::values::{self, Line};
use super::{doctors, filters};
use crate::clinical::assessment::Reader;
use crate::clinical::lung_rads::SuggestedCategory;
use crate::clinical::patient::Patient;
use crate::store::exam::classification;
use crate::store::patient::described;
use crate::store::{ExamId, NoduleId, PatientId, Store, StoreError, reading};

/// Bytes of the index that are put together in memory before a part of it is written, when all of it is built.
const BUILDING_BYTES: u32 = 64 << 20;
/// The same for one patient: SQLite's own figure.
const USUAL_BYTES: u32 = 1 << 20;

/// Patients whose part of the index is put together before it is written.
const AHEAD: usize = 256;

/// Patients whose parts of the index are held in memory before they are written.
const PENDING_PATIENTS: usize = 5_000;

/// Values that are put in order in memory before they are written.
const PENDING_VALUES: usize = 300_000;

/// A patient as the record stands now.
struct Present {
    hospital: i64,
    active_at: i64,
    patient: Patient,
    entry: Entry,
}

/// Brings the index in step with many patients within one transaction, for a fraction of what [`index`] takes for each.
/// Nothing of it may be searched in the same transaction before [`Indexer::finish`].
pub(in crate::store) struct Indexer<'t> {
    transaction: &'t Transaction<'t>,
    next_place: i64,
    pending: Vec<Line>,
    /// Parts of the index with their places. They are written together: see [`index`] on what happens in between.
    grams: Vec<(i64, String)>,
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
    let kept = kept::of_patient(transaction, id.0)?;
    let present = present(transaction, id)?;
    let old = kept.as_ref().map(|kept| (&kept.entry, kept.place));
    let hospital = match (&present, &kept) {
        (Some(present), _) => present.hospital,
        (None, Some(kept)) => kept.hospital,
        (None, None) => return Ok(()),
    };
    let place = match (&present, &kept) {
        (None, _) => None,
        (Some(present), Some(kept)) if kept.active_at == present.active_at => Some(kept.place),
        (Some(_), _) => Some(next_place(transaction)?),
    };
    let new = present.as_ref().zip(place);
    if old.is_some() && old == new.map(|(present, place)| (&present.entry, place)) {
        return Ok(());
    }
    let entered = new.map(|(present, place)| (&present.entry, place));
    values::replace(transaction, hospital, old, entered)?;
    let named = new.map(|(present, _)| (&present.entry, &present.patient));
    doctors::replace(transaction, hospital, old.map(|(entry, _)| entry), named)?;
    match new {
        Some((present, place)) => enter(transaction, present, place)?,
        None => {
            transaction
                .prepare_cached("DELETE FROM search_entry WHERE patient_id = ?1")?
                .execute([id.0])?;
        }
    }
    // Last: every statement that SQLite may have to take back makes FTS5 write out what it holds in memory.
    if let Some((_, place)) = old {
        transaction
            .prepare_cached("DELETE FROM search_gram WHERE rowid = ?1")?
            .execute([place])?;
    }
    match new {
        Some((present, place)) => enter_grams(transaction, place, &present.grams()),
        None => Ok(()),
    }
}

impl<'t> Indexer<'t> {
    pub(in crate::store) fn begin(transaction: &'t Transaction<'t>) -> rusqlite::Result<Self> {
        set(transaction, "hashsize", BUILDING_BYTES)?;
        Ok(Self {
            transaction,
            next_place: next_place(transaction)?,
            pending: Vec::new(),
            grams: Vec::new(),
        })
    }

    /// As [`index`]. A patient who is new to the index waits for [`Indexer::finish`] with what can wait.
    pub(in crate::store) fn index(&mut self, id: PatientId) -> rusqlite::Result<()> {
        if kept::of_patient(self.transaction, id.0)?.is_some() {
            self.write_pending()?;
            index(self.transaction, id)?;
            self.next_place = next_place(self.transaction)?;
            return Ok(());
        }
        self.index_new(id)
    }

    fn index_new(&mut self, id: PatientId) -> rusqlite::Result<()> {
        let Some(present) = present(self.transaction, id)? else {
            return Ok(());
        };
        let grams = present.grams();
        self.enter_new(&present, grams)
    }

    /// As [`Indexer::index`], for patients of one hospital who are new and have no exam. What they are found by is put
    /// together on another processor, ahead of the writing.
    pub(in crate::store) fn index_all_new(
        &mut self,
        hospital: i64,
        patients: &BTreeMap<i64, Patient>,
        active_at: i64,
    ) -> rusqlite::Result<()> {
        let (done, ready) = mpsc::sync_channel(AHEAD);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (&id, patient) in patients {
                    let present = Present {
                        hospital,
                        active_at,
                        patient: patient.clone(),
                        entry: Entry::of(id, patient, 0, None),
                    };
                    let grams = present.grams();
                    // Nobody takes it any more when writing failed.
                    if done.send((present, grams)).is_err() {
                        break;
                    }
                }
            });
            for (present, grams) in ready {
                self.enter_new(&present, grams)?;
            }
            Ok(())
        })
    }

    fn enter_new(&mut self, present: &Present, grams: String) -> rusqlite::Result<()> {
        let place = self.next_place;
        self.next_place += 1;
        let lines = values::lines(present.hospital, &present.entry, place);
        self.pending.extend(lines);
        let named = Some((&present.entry, &present.patient));
        doctors::replace(self.transaction, present.hospital, None, named)?;
        enter(self.transaction, present, place)?;
        self.grams.push((place, grams));
        if self.pending.len() >= PENDING_VALUES {
            values::insert_all(self.transaction, &mut self.pending)?;
        }
        if self.grams.len() >= PENDING_PATIENTS {
            self.write_grams()?;
        }
        Ok(())
    }

    fn write_pending(&mut self) -> rusqlite::Result<()> {
        values::insert_all(self.transaction, &mut self.pending)?;
        self.write_grams()
    }

    fn write_grams(&mut self) -> rusqlite::Result<()> {
        for (place, grams) in self.grams.drain(..) {
            enter_grams(self.transaction, place, &grams)?;
        }
        Ok(())
    }

    /// Writes what waited.
    pub(in crate::store) fn finish(mut self) -> rusqlite::Result<()> {
        self.write_pending()?;
        set(self.transaction, "hashsize", USUAL_BYTES)
    }
}

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
         DELETE FROM field_value;
         DELETE FROM doctor;
         INSERT INTO search_gram (search_gram) VALUES ('delete-all');",
    )?;
    let ids: Vec<i64> = transaction
        .prepare("SELECT id FROM patient WHERE deleted_at IS NULL ORDER BY last_activity_at, id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    set(transaction, "automerge", 0)?;
    let mut indexer = Indexer::begin(transaction)?;
    for &id in &ids {
        indexer.index_new(PatientId(id))?;
    }
    indexer.finish()?;
    transaction.execute(
        "INSERT INTO search_gram (search_gram) VALUES ('optimize')",
        [],
    )?;
    set(transaction, "automerge", 4)?;
    Ok(ids.len() as u64)
}

fn set(transaction: &Transaction<'_>, option: &str, value: u32) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO search_gram (search_gram, rank) VALUES (?1, ?2)")?
        .execute(params![option, value])?;
    Ok(())
}

/// None of a patient who is deleted.
fn present(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Option<Present>> {
    let found = transaction
        .prepare_cached(
            "SELECT hospital_id, last_activity_at,
                    (SELECT count(*) FROM exam WHERE patient_id = ?1 AND deleted_at IS NULL),
                    number, full_name, date_of_birth, sex, notes, details
             FROM patient WHERE id = ?1 AND deleted_at IS NULL",
        )?
        .query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, described(row, 3)?))
        })
        .optional()?;
    let Some((hospital, active_at, exams, patient)) = found else {
        return Ok(None);
    };
    let newest = match exams {
        0 => None,
        _ => newest(transaction, id)?,
    };
    let entry = Entry::of(id.0, &patient, exams, newest);
    Ok(Some(Present {
        hospital,
        active_at,
        patient,
        entry,
    }))
}

impl Present {
    /// What the patient is found by, as one row of the index.
    fn grams(&self) -> String {
        let tokens = Tokens::of(self.hospital);
        let mut grams = tokens.of_texts(self.entry.texts());
        for word in filters::words(tokens, &self.entry) {
            grams.push(' ');
            grams.push_str(&word);
        }
        grams
    }
}

fn enter(transaction: &Transaction<'_>, present: &Present, place: i64) -> rusqlite::Result<()> {
    let Present {
        hospital,
        active_at,
        entry,
        ..
    } = present;
    transaction
        .prepare_cached(
            "INSERT INTO search_entry (place, hospital_id, patient_id, active_at, text, facts)
             VALUES (:place, :hospital, :patient, :active_at, :text, :facts)
             ON CONFLICT (patient_id) DO UPDATE
             SET place = excluded.place, hospital_id = excluded.hospital_id,
                 active_at = excluded.active_at, text = excluded.text, facts = excluded.facts",
        )?
        .execute(named_params! {
            ":place": place,
            ":hospital": hospital,
            ":patient": entry.patient,
            ":active_at": active_at,
            ":text": entry.texts(),
            ":facts": entry.facts(),
        })?;
    Ok(())
}

fn enter_grams(transaction: &Transaction<'_>, place: i64, grams: &str) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO search_gram (rowid, grams) VALUES (?1, ?2)")?
        .execute(params![place, grams])?;
    Ok(())
}

/// What an exam's probability says; nothing outside what the network has seen, where older exams hold one.
struct Told {
    malignant: Option<f64>,
    suggested: Option<SuggestedCategory>,
}

impl Told {
    /// From the columns of probability, reader and reason from `first` on.
    fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let (malignant, reader): (Option<f64>, String) = (row.get(first)?, row.get(first + 1)?);
        let outside: Option<String> = row.get(first + 2)?;
        let malignant = malignant.filter(|_| outside.is_none());
        let is_suggested = Reader::parse(&reader) == Some(Reader::Slice);
        Ok(Self {
            malignant,
            suggested: malignant
                .filter(|_| is_suggested)
                .map(SuggestedCategory::from_probability),
        })
    }
}

/// The newest exam of a patient, as far as filters and columns ask.
fn newest(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Option<Newest>> {
    let read = |row: &Row<'_>| {
        let (exam, saved_at) = (ExamId(row.get(0)?), row.get(1)?);
        let (result, assessment) = (classification(row, 2)?, Told::read(row, 3)?);
        Ok((exam, saved_at, result, assessment))
    };
    let exam = transaction
        .prepare_cached(
            "SELECT id, created_at, classification, malignant, reader, outside_reason FROM exam
             WHERE patient_id = ?1 AND deleted_at IS NULL
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )?
        .query_row([id.0], read)
        .optional()?;
    let Some((exam, saved_at, result, told)) = exam else {
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
        malignant: told.malignant,
        suggested: told.suggested,
        category: category.map(|measured| (measured.category, measured.modifier_s)),
        is_final: is_final.unwrap_or(false),
    }))
}
