//! What becomes of one row: the same for an import and its rehearsal.

use jiff::civil::Date;

use super::census::Census;
use super::{Deed, ImportRow, Likeness, LineChoice, OnDuplicate, Original, RowOutcome, Twin};
use crate::clinical::patient::{Field, Patient, PatientDraft};
use crate::clinical::text::{fold, key};
use crate::store::PatientId;
use crate::store::error::Stop;

/// A patient as the records have them.
pub(super) struct Known {
    /// Below nought for one whom a rehearsal would have added.
    pub id: i64,
    pub revision: u32,
    pub patient: Patient,
}

/// Who has a number.
pub(super) enum Holder {
    Nobody,
    Patient(i64),
    /// A deleted patient keeps the number.
    Deleted,
}

/// The records as an import sees and changes them.
pub(super) trait Records {
    fn holder(&mut self, number_key: &str) -> Result<Holder, Stop>;

    /// Nobody where the patient is deleted or another hospital's.
    fn read(&mut self, id: i64) -> Result<Option<Known>, Stop>;

    /// A number that nobody has or had.
    fn next_number(&mut self) -> Result<String, Stop>;

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop>;

    fn change(&mut self, known: &Known, changed: &Patient) -> Result<(), Stop>;
}

/// Decides on a row and does it.
pub(super) fn settle(
    records: &mut impl Records,
    census: &mut Census,
    row: &ImportRow,
    choice: LineChoice,
    today: Date,
) -> Result<RowOutcome, Stop> {
    let mut number_is_free = row.is_numbered;
    let mut found = None;
    if row.is_numbered {
        match records.holder(&key(&row.patient.number))? {
            Holder::Nobody => {}
            Holder::Deleted if choice.how == OnDuplicate::Add => number_is_free = false,
            Holder::Deleted => {
                let sentence = format!(
                    "The number {} is a deleted patient's: bring that patient back, or give another number.",
                    row.patient.number
                );
                return Ok(outcome(row, None, Deed::Refused(sentence)));
            }
            Holder::Patient(id) => {
                number_is_free = false;
                found = records.read(id)?.map(|known| {
                    let likeness = match is_somebody_else(&known.patient, &row.patient) {
                        true => Likeness::SomebodyElse,
                        false => Likeness::Number,
                    };
                    (likeness, known)
                });
            }
        }
    }
    if found.is_none() {
        found = namesake(records, census, row)?.map(|known| (Likeness::Person, known));
    }
    let Some((likeness, known)) = found else {
        add(records, census, row, number_is_free)?;
        return Ok(outcome(row, None, Deed::Added));
    };
    let twin = Some(Twin {
        likeness,
        original: match known.id > 0 {
            true => Original::Record(PatientId(known.id), known.revision),
            false => Original::Row(Box::new(known.patient.clone())),
        },
    });
    let deed = match choice.how {
        OnDuplicate::Skip => Deed::Skipped,
        OnDuplicate::Add => {
            add(records, census, row, number_is_free)?;
            Deed::Added
        }
        _ if choice.seen.is_some_and(|seen| seen != known.revision) => Deed::Refused(
            "Somebody changed this patient's record meanwhile: look at it and choose again.".into(),
        ),
        _ if likeness == Likeness::SomebodyElse => Deed::Refused(format!(
            "The number {} is somebody else's, of another name and another date of birth: give another number.",
            row.patient.number
        )),
        how => match laid_over(&known.patient, row, how).validate(today) {
            Err(wrong) => {
                let sentences: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
                Deed::Refused(format!("Laid over the record: {}", sentences.join(" ")))
            }
            Ok(same) if same == known.patient => Deed::Unchanged,
            Ok(changed) => {
                records.change(&known, &changed)?;
                census.enter(known.id, &changed.full_name, changed.date_of_birth);
                Deed::Changed
            }
        },
    };
    Ok(outcome(row, twin, deed))
}

fn outcome(row: &ImportRow, twin: Option<Twin>, deed: Deed) -> RowOutcome {
    RowOutcome {
        line: row.line,
        twin,
        deed,
    }
}

fn add(
    records: &mut impl Records,
    census: &mut Census,
    row: &ImportRow,
    keeps_number: bool,
) -> Result<(), Stop> {
    let id = match keeps_number {
        true => records.add(&row.patient)?,
        false => {
            let number = records.next_number()?;
            records.add(&Patient {
                number,
                ..row.patient.clone()
            })?
        }
    };
    census.enter(id, &row.patient.full_name, row.patient.date_of_birth);
    Ok(())
}

/// Whether two people can only have the number in common: both names and both dates of birth differ.
fn is_somebody_else(record: &Patient, row: &Patient) -> bool {
    let born_apart = match (record.date_of_birth, row.date_of_birth) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    born_apart && fold(&record.full_name) != fold(&row.full_name)
}

/// The record of the same name and date of birth. Where no birth is known on either side, a name alone says little: then
/// only a record that says all that the row does is the same, so that a file that comes again adds nobody twice.
fn namesake(
    records: &mut impl Records,
    census: &Census,
    row: &ImportRow,
) -> Result<Option<Known>, Stop> {
    let Patient {
        full_name,
        date_of_birth,
        ..
    } = &row.patient;
    if date_of_birth.is_none() && row.is_numbered {
        return Ok(None);
    }
    for id in census.alike(full_name, *date_of_birth) {
        let Some(known) = records.read(id)? else {
            continue;
        };
        let same = known.patient.date_of_birth == *date_of_birth
            && fold(&known.patient.full_name) == fold(full_name);
        if same && (date_of_birth.is_some() || says_all(&known.patient, row)) {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Whether the record says everything that the row states.
fn says_all(record: &Patient, row: &ImportRow) -> bool {
    stated(row).all(|(field, value)| record.value(field) == value)
}

/// What the row states, field by field.
fn stated(row: &ImportRow) -> impl Iterator<Item = (Field, std::borrow::Cow<'_, str>)> {
    let counts = |field: &Field| *field != Field::Number || row.is_numbered;
    Field::entered()
        .filter(move |field| counts(field))
        .map(|field| (field, row.patient.value(field)))
        .filter(|(_, value)| !value.is_empty())
}

/// The record with the row laid over it, as [`OnDuplicate::Merge`] or [`OnDuplicate::Overwrite`] has it.
pub fn laid_over(record: &Patient, row: &ImportRow, how: OnDuplicate) -> PatientDraft {
    let mut draft = PatientDraft::from(record);
    for (field, value) in stated(row) {
        if how == OnDuplicate::Overwrite || draft.get(field).is_empty() {
            draft.set(field, value);
        }
    }
    draft
}
