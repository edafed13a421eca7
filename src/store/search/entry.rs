//! Keeps the search index in step with the records: one patient after every change, or all of them.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::grams::Tokens;
use super::stored::{self, Entry, Newest};
use super::values::{self, Line};
use super::{doctors, filters, similar};
use crate::clinical::assessment::Reader;
use crate::clinical::lung_rads::SuggestedCategory;
use crate::clinical::patient::Patient;
use crate::store::account::instant;
use crate::store::exam::{classification, examined_at};
use crate::store::patient::{date, described};
use crate::store::{
    ExamId, NoduleId, PatientId, Store, StoreError, duplicate, follow_up, reading, worklist,
};

/// Memory for new index data in bytes while the whole index is built; when it is full, a part is written.
const BUILDING_BYTES: u32 = 64 << 20;
/// The same for one patient: SQLite's default.
const USUAL_BYTES: u32 = 1 << 20;

/// Maximum number of patients whose index data is prepared ahead of the writing.
const MAX_PREPARED: usize = 256;

/// Maximum number of patients whose index data is held in memory before it is written.
const PENDING_PATIENTS: usize = 5_000;

/// Maximum number of values that are sorted in memory before they are written.
const PENDING_VALUES: usize = 300_000;

/// Maximum number of patients whose keys for finding duplicates are held in memory: their places in the index are random.
const PENDING_KEYS: usize = 50_000;

/// A patient with the present content of the record.
struct Present {
    hospital: i64,
    active_at: i64,
    patient: Patient,
    entry: Entry,
}

/// Updates the index for many patients within one transaction, for a fraction of the cost of [`index`] for each. The same
/// transaction must not search the index before [`Indexer::finish`].
pub(in crate::store) struct Indexer<'t> {
    transaction: &'t Transaction<'t>,
    next_place: i64,
    pending: Vec<Line>,
    /// Index data with its places. Written together: see [`index`] on the cost of single writes.
    grams: Vec<(i64, String)>,
    /// Patients whose keys for finding duplicates are not written yet.
    fresh: Vec<duplicate::Fresh>,
    known: &'t mut duplicate::KnownTraits,
}

impl Store {
    /// Rebuilds the whole search index and the follow-ups from the records and returns the number of patients in the index.
    /// Takes some minutes for a million of them.
    ///
    /// # Errors
    /// The errors of the database.
    pub fn rebuild_search(&self) -> Result<u64, StoreError> {
        self.write(|transaction| {
            follow_up::rebuild(transaction)?;
            Ok(rebuild(transaction)?)
        })
    }
}

/// Updates the index for one patient after any change: to the patient, an exam or a nodule. To be called in the transaction of
/// the change. A deleted patient leaves the index; one with newer activity moves to the top.
///
/// The follow-ups, the planned exams and the likely duplicates follow from the same records and are brought in step here, so that no change can leave them out.
pub(in crate::store) fn index(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<()> {
    follow_up::renew(transaction, id)?;
    worklist::renew(transaction, id)?;
    duplicate::renew(transaction, id)?;
    let kept = stored::of_patient(transaction, id.0)?;
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
    // Last, because every statement that SQLite may have to undo makes FTS5 write out its memory.
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
    pub(in crate::store) fn begin(
        transaction: &'t Transaction<'t>,
        known: &'t mut duplicate::KnownTraits,
    ) -> rusqlite::Result<Self> {
        set(transaction, "hashsize", BUILDING_BYTES)?;
        Ok(Self {
            transaction,
            next_place: next_place(transaction)?,
            pending: Vec::new(),
            grams: Vec::new(),
            fresh: Vec::new(),
            known,
        })
    }

    /// As [`index`]. For a patient who is new to the index, writing is delayed until [`Indexer::finish`] where possible.
    pub(in crate::store) fn index(&mut self, id: PatientId) -> rusqlite::Result<()> {
        if stored::of_patient(self.transaction, id.0)?.is_some() {
            self.write_pending()?;
            index(self.transaction, id)?;
            self.known.forget(id.0);
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

    /// As [`Indexer::index`], for new patients of one hospital without exams. Their index data is prepared on another thread,
    /// ahead of the writing.
    pub(in crate::store) fn index_all_new(
        &mut self,
        hospital: i64,
        patients: &BTreeMap<i64, Patient>,
        active_at: i64,
    ) -> rusqlite::Result<()> {
        let (done, ready) = mpsc::sync_channel(MAX_PREPARED);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (&id, patient) in patients {
                    let present = Present {
                        hospital,
                        active_at,
                        patient: patient.clone(),
                        entry: Entry::of(id, patient, (0, ""), None),
                    };
                    let grams = present.grams();
                    // The receiver is gone if writing failed.
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
        let id = present.entry.patient;
        self.fresh
            .push(duplicate::Fresh::of(present.hospital, id, &present.patient));
        if self.fresh.len() >= PENDING_KEYS {
            duplicate::insert(self.transaction, &mut self.fresh, self.known)?;
        }
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

    /// Writes the pending index data.
    pub(in crate::store) fn finish(mut self) -> rusqlite::Result<()> {
        self.write_pending()?;
        duplicate::insert(self.transaction, &mut self.fresh, self.known)?;
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

/// Rebuilds the index, with the patients in the order of their activity. Holds their ids and a part of the index in memory, but
/// not their texts.
pub(in crate::store) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    transaction.execute_batch(
        "DELETE FROM search_entry;
         DELETE FROM field_value;
         DELETE FROM doctor;
         DELETE FROM duplicate_pair;
         DELETE FROM duplicate_key;
         DELETE FROM duplicate_entry;
         INSERT INTO search_gram (search_gram) VALUES ('delete-all');",
    )?;
    let ids: Vec<i64> = transaction
        .prepare("SELECT id FROM patient WHERE deleted_at IS NULL ORDER BY last_activity_at, id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    set(transaction, "automerge", 0)?;
    let mut known = duplicate::KnownTraits::default();
    let mut indexer = Indexer::begin(transaction, &mut known)?;
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

/// None for a deleted patient.
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
    let (newest, accessions) = match exams {
        0 => (None, String::new()),
        _ => (newest(transaction, id)?, accessions(transaction, id)?),
    };
    let entry = Entry::of(id.0, &patient, (exams, &accessions), newest);
    let entry = entry.also_found_by(&merged_numbers(transaction, id)?);
    Ok(Some(Present {
        hospital,
        active_at,
        patient,
        entry,
    }))
}

/// The numbers of the records that were merged into a patient's, which still find the person.
fn merged_numbers(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Vec<String>> {
    transaction
        .prepare_cached(
            "WITH RECURSIVE merged (id, number) AS (
                 SELECT id, number FROM patient WHERE merged_into = ?1
                 UNION
                 SELECT patient.id, patient.number FROM patient JOIN merged ON patient.merged_into = merged.id)
             SELECT number FROM merged ORDER BY id",
        )?
        .query_map([id.0], |row| row.get(0))?
        .collect()
}

/// The accession numbers of a patient's exams, newest first, separated by spaces.
fn accessions(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<String> {
    let numbers: Vec<String> = transaction
        .prepare_cached(
            "SELECT DISTINCT accession FROM exam_study JOIN exam ON exam.id = exam_study.exam_id
             WHERE exam.patient_id = ?1 AND exam.deleted_at IS NULL AND accession IS NOT NULL
             ORDER BY exam.id DESC",
        )?
        .query_map([id.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(numbers.join(" "))
}

impl Present {
    /// The search terms of the patient, as one row of the index.
    fn grams(&self) -> String {
        let tokens = Tokens::of(self.hospital);
        let mut grams = tokens.of_texts(self.entry.texts());
        let spellings = similar::tokens(tokens, self.entry.name());
        for word in filters::words(tokens, &self.entry)
            .into_iter()
            .chain(spellings)
        {
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

/// Result and probability of an exam as shown: without the probability if the exam is out of distribution, even if an older exam
/// stores one.
struct ShownResult {
    malignant: Option<f64>,
    suggested: Option<SuggestedCategory>,
}

impl ShownResult {
    /// Reads the columns probability, reader and reason, from column `first` on.
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

/// Facts of the newest exam of a patient, by the day of its scan, that filters and columns need.
fn newest(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Option<Newest>> {
    let read = |row: &Row<'_>| {
        let exam = ExamId(row.get(0)?);
        let examined_at = examined_at(instant(row, 1)?, date(row, 6)?).as_microsecond();
        let (result, assessment) = (classification(row, 2)?, ShownResult::read(row, 3)?);
        Ok((exam, examined_at, result, assessment))
    };
    let exam = transaction
        .prepare_cached(
            "SELECT id, created_at, classification, malignant, reader, outside_reason, scanned_on
             FROM exam LEFT JOIN exam_circumstances ON exam_id = id
             WHERE patient_id = ?1 AND deleted_at IS NULL
             ORDER BY coalesce(scanned_on, date(created_at / 1000000, 'unixepoch')) DESC,
                      created_at DESC, id DESC LIMIT 1",
        )?
        .query_row([id.0], read)
        .optional()?;
    let Some((exam, examined_at, result, answer)) = exam else {
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
        examined_at,
        result,
        malignant: answer.malignant,
        suggested: answer.suggested,
        category: category.map(|measured| (measured.category, measured.modifier_s)),
        is_final: is_final.unwrap_or(false),
    }))
}
