//! Decision on one row: the same for an import and its dry run.

use jiff::civil::Date;

use super::name_index::NameIndex;
use super::{
    ConflictingValues, ImportAction, ImportRow, MatchedBy, MatchedWith, OnDuplicate, RowChoice,
    RowMatch, RowOutcome,
};
use crate::clinical::identity::{NameMatch, compare_names};
use crate::clinical::patient::{Field, Patient, PatientDraft};
use crate::clinical::text::{fold, key};
use crate::clinical::worklist::ExamPlan;
use crate::store::error::Stop;
use crate::store::{ImportedPlan, PatientId};

/// A patient as stored in the records.
pub(super) struct Known {
    /// Negative for a patient that a dry run would have added.
    pub id: i64,
    pub revision: u32,
    pub patient: Patient,
}

/// Holder of a patient number.
pub(super) enum Holder {
    Free,
    Patient(i64),
    /// A record that was merged into this patient's.
    Merged(i64),
    /// A deleted patient keeps the number.
    Deleted,
}

/// The records as an import reads and changes them.
pub(super) trait Records {
    fn holder(&mut self, number_key: &str) -> Result<Holder, Stop>;

    /// None if the patient is deleted or belongs to another hospital.
    fn read(&mut self, id: i64) -> Result<Option<Known>, Stop>;

    /// A number that was never used.
    fn next_number(&mut self) -> Result<String, Stop>;

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop>;

    fn change(&mut self, known: &Known, changed: &Patient) -> Result<(), Stop>;

    /// The patient of the planned exam with an accession number.
    fn planned_for(&mut self, accession_key: &str) -> Result<Option<i64>, Stop>;

    fn plan(&mut self, patient: i64, plan: &ExamPlan) -> Result<ImportedPlan, Stop>;
}

/// Decides on a row and carries the decision out: on its patient, and then on the exam that it plans.
pub(super) fn settle(
    records: &mut impl Records,
    name_index: &mut NameIndex,
    row: &ImportRow,
    choice: RowChoice,
    today: Date,
) -> Result<RowOutcome, Stop> {
    let mut row = row.clone();
    if row.is_numbered
        && let Holder::Merged(id) = records.holder(&key(&row.patient.number))?
        && let Some(known) = records.read(id)?
    {
        row.patient.number = known.patient.number;
    }
    let Some(plan) = &row.plan else {
        return Ok(settle_patient(records, name_index, &row, choice, today)?.0);
    };
    let plan = &plan.clone();
    let mut patient = None;
    if row.is_numbered
        && let Holder::Patient(id) = records.holder(&key(&row.patient.number))?
    {
        patient = Some(id);
    }
    if !row.is_named {
        let Some(known) = patient.map(|id| records.read(id)).transpose()?.flatten() else {
            let sentence = format!(
                "No record has the number {}, and the row states no name: add the name, or correct the number.",
                row.patient.number
            );
            return Ok(outcome(&row, None, ImportAction::Refused(sentence)));
        };
        row.patient.full_name = known.patient.full_name;
    }
    if patient.is_none()
        && let Namesake::Same(known) = namesake(records, name_index, &row)?
    {
        patient = Some(known.id);
    }
    if let Some(key) = plan.accession_key()
        && let Some(planned_for) = records.planned_for(&key)?
        && patient != Some(planned_for)
    {
        let holder = records.read(planned_for)?.map(|known| known.patient.number);
        let sentence = format!(
            "The accession number {} is planned for another patient{}: correct the number or the patient, or cancel that exam.",
            plan.accession,
            holder.map_or(String::new(), |number| format!(", {number}"))
        );
        return Ok(outcome(&row, None, ImportAction::Refused(sentence)));
    }
    let (mut outcome, patient) = settle_patient(records, name_index, &row, choice, today)?;
    // A row that the user skips plans nothing either.
    if let Some(patient) = patient.filter(|_| outcome.action != ImportAction::Skipped) {
        outcome.plan = Some(records.plan(patient, plan)?);
    }
    Ok(outcome)
}

/// Decides on the patient of a row and carries the decision out. Returns the patient, unless the row is refused.
fn settle_patient(
    records: &mut impl Records,
    name_index: &mut NameIndex,
    row: &ImportRow,
    choice: RowChoice,
    today: Date,
) -> Result<(RowOutcome, Option<i64>), Stop> {
    let how = choice.line.how;
    let mut number_is_free = row.is_numbered;
    let mut found = None;
    if row.is_numbered {
        match records.holder(&key(&row.patient.number))? {
            Holder::Free => {}
            Holder::Deleted if how == OnDuplicate::Add => number_is_free = false,
            Holder::Deleted => {
                let sentence = format!(
                    "The number {} belongs to a deleted patient: restore that patient, or use another number.",
                    row.patient.number
                );
                return Ok((outcome(row, None, ImportAction::Refused(sentence)), None));
            }
            Holder::Patient(id) | Holder::Merged(id) => {
                number_is_free = false;
                found = records.read(id)?.map(|known| {
                    let matched_by = match another_person(&known.patient, &row.patient, how) {
                        Some(_) => MatchedBy::OtherPerson,
                        None => MatchedBy::Number,
                    };
                    (matched_by, known)
                });
            }
        }
    }
    if found.is_none() {
        match namesake(records, name_index, row)? {
            Namesake::None => {}
            Namesake::Same(known) => found = Some((MatchedBy::Person, known)),
            Namesake::Other(known) => {
                let matched = Some(matched(MatchedBy::Namesake, &known));
                if choice.is_own && how == OnDuplicate::Skip {
                    return Ok((outcome(row, matched, ImportAction::Skipped), None));
                }
                let (number, id) = add(records, name_index, row, number_is_free)?;
                let added = RowOutcome {
                    number,
                    ..outcome(row, matched, ImportAction::Added)
                };
                return Ok((added, Some(id)));
            }
            Namesake::Several => {
                let sentence = "Several records have this name and date of birth: state the number of the right one.";
                let refused = ImportAction::Refused(sentence.to_owned());
                return Ok((outcome(row, None, refused), None));
            }
        }
    }
    let Some((matched_by, known)) = found else {
        let (number, id) = add(records, name_index, row, number_is_free)?;
        let added = RowOutcome {
            number,
            ..outcome(row, None, ImportAction::Added)
        };
        return Ok((added, Some(id)));
    };
    let matched = Some(matched(matched_by, &known));
    let mut contradicted = Vec::new();
    let mut number = known.patient.number.clone();
    let mut patient = Some(known.id);
    let action = match how {
        OnDuplicate::Skip => ImportAction::Skipped,
        OnDuplicate::Add => {
            let added = add(records, name_index, row, number_is_free)?;
            number = added.0;
            patient = Some(added.1);
            ImportAction::Added
        }
        _ if choice.line.seen.is_some_and(|seen| seen != known.revision) => ImportAction::Refused(
            "This patient's record was changed meanwhile: view it and choose again.".into(),
        ),
        _ if matched_by == MatchedBy::OtherPerson => ImportAction::Refused(
            another_person(&known.patient, &row.patient, how).unwrap_or_default(),
        ),
        how => {
            contradicted = contradictions(&known.patient, row, how);
            match merged_draft(&known.patient, row, how).validate(today) {
                Err(wrong) => {
                    contradicted.clear();
                    let sentences: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
                    ImportAction::Refused(format!(
                        "Merged with the record: {}",
                        sentences.join(" ")
                    ))
                }
                Ok(same) if same == known.patient => ImportAction::Unchanged,
                Ok(changed) => {
                    records.change(&known, &changed)?;
                    name_index.enter(known.id, &changed.full_name, changed.date_of_birth)?;
                    number = changed.number;
                    ImportAction::Changed
                }
            }
        }
    };
    if let ImportAction::Refused(_) = action {
        patient = None;
    }
    let outcome = RowOutcome {
        number,
        contradicted,
        ..outcome(row, matched, action)
    };
    Ok((outcome, patient))
}

fn matched(matched_by: MatchedBy, known: &Known) -> RowMatch {
    RowMatch {
        matched_by,
        with: match known.id > 0 {
            true => MatchedWith::Record(PatientId(known.id), known.revision),
            false => MatchedWith::Row(Box::new(known.patient.clone())),
        },
    }
}

fn outcome(row: &ImportRow, matched: Option<RowMatch>, action: ImportAction) -> RowOutcome {
    RowOutcome {
        line: row.line,
        number: String::new(),
        matched,
        action,
        contradicted: Vec::new(),
        plan: None,
    }
}

/// Adds the row as a patient and returns its number and id.
fn add(
    records: &mut impl Records,
    name_index: &mut NameIndex,
    row: &ImportRow,
    keeps_number: bool,
) -> Result<(String, i64), Stop> {
    let number = match keeps_number {
        true => row.patient.number.clone(),
        false => records.next_number()?,
    };
    let patient = Patient {
        number,
        ..row.patient.clone()
    };
    let id = records.add(&patient)?;
    name_index.enter(id, &patient.full_name, patient.date_of_birth)?;
    Ok((patient.number, id))
}

/// Reason why a row with the number of a record is about another person, in a sentence; none if it can be the same one.
///
/// Another date of birth or gender contradicts, and so does another name unless the date of birth is the same. If the file's
/// values replace the record's, one of these alone is a correction, but never the name without an equal date of birth.
fn another_person(record: &Patient, row: &Patient, how: OnDuplicate) -> Option<String> {
    let born = record.date_of_birth.zip(row.date_of_birth);
    let sexes = record.sex.zip(row.sex);
    let names_differ = compare_names(&record.full_name, &row.full_name) == NameMatch::Different;
    let born_apart = born.is_some_and(|(one, other)| one != other);
    let born_alike = born.is_some_and(|(one, other)| one == other);
    let sexes_differ = sexes.is_some_and(|(one, other)| one != other);
    let differing = [names_differ, born_apart, sexes_differ];
    let count = differing.into_iter().filter(|differs| *differs).count();
    let is_another = match how {
        OnDuplicate::Overwrite => count > 1 || (names_differ && !born_alike),
        _ => born_apart || sexes_differ || (names_differ && !born_alike),
    };
    if !is_another {
        return None;
    }
    let fields = [Field::FullName, Field::DateOfBirth, Field::Gender];
    let differences = fields
        .into_iter()
        .zip(differing)
        .filter(|(_, differs)| *differs);
    let differences = differences.map(|(field, _)| {
        let said = |patient: &Patient| field.shown(&patient.value(field));
        format!(
            "{} “{}” in the record, “{}” in the file",
            field.label().to_lowercase(),
            said(record),
            said(row)
        )
    });
    Some(format!(
        "The number {} belongs to another patient, because the values differ: {}. Use another number, or correct the file or the record.",
        record.number,
        differences.collect::<Vec<_>>().join("; ")
    ))
}

/// A record with the name and the date of birth of a row.
enum Namesake {
    None,
    /// The row is about this patient.
    Same(Known),
    /// This is another person: another number or gender is stated.
    Other(Known),
    /// The row states no number and may be about any of several patients.
    Several,
}

/// The record with the same name and date of birth. A row that states another number is about another person, because two records
/// have two numbers. If neither side states a date of birth, a name alone is weak evidence: then only a record that states
/// everything the row does is the same, so that importing a file twice adds each patient once.
fn namesake(
    records: &mut impl Records,
    name_index: &NameIndex,
    row: &ImportRow,
) -> Result<Namesake, Stop> {
    let Patient {
        full_name,
        date_of_birth,
        sex,
        ..
    } = &row.patient;
    if date_of_birth.is_none() && row.is_numbered {
        return Ok(Namesake::None);
    }
    let mut other = None;
    let mut same: Option<Known> = None;
    let mut is_several = false;
    for id in name_index.alike(full_name, *date_of_birth)? {
        let Some(known) = records.read(id)? else {
            continue;
        };
        let record = &known.patient;
        let is_alike =
            record.date_of_birth == *date_of_birth && fold(&record.full_name) == fold(full_name);
        if !is_alike {
            continue;
        }
        let sexes_differ = record.sex.zip(*sex).is_some_and(|(one, two)| one != two);
        if row.is_numbered || sexes_differ {
            other.get_or_insert(known);
            continue;
        }
        // Several patients are possible: nothing of the row is imported.
        if states_all(record, row) {
            return Ok(Namesake::Same(known));
        }
        if date_of_birth.is_some() {
            is_several |= same.is_some();
            same.get_or_insert(known);
        }
    }
    Ok(match (same, other) {
        _ if is_several => Namesake::Several,
        (Some(known), _) => Namesake::Same(known),
        (None, Some(known)) if date_of_birth.is_some() => Namesake::Other(known),
        _ => Namesake::None,
    })
}

/// Values of the row and the record that contradict each other, so that the one that is not used is not lost silently.
fn contradictions(record: &Patient, row: &ImportRow, how: OnDuplicate) -> Vec<ConflictingValues> {
    let differ = |field: Field, record: &str, file: &str| {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        match field {
            _ if record.is_empty() => false,
            Field::FullName => fold(record) != fold(file),
            Field::Phone => digits(record) != digits(file),
            _ => key(record) != key(file),
        }
    };
    let found = stated(row).filter_map(|(field, file)| {
        let said = record.value(field);
        differ(field, &said, &file).then(|| ConflictingValues {
            field,
            record: cut(&field.shown(&said)),
            file: cut(&field.shown(&file)),
            keeps_record: how != OnDuplicate::Overwrite,
        })
    });
    found.collect()
}

fn cut(text: &str) -> String {
    text.chars().take(ConflictingValues::CHARACTERS).collect()
}

/// True if the record states everything that the row states.
fn states_all(record: &Patient, row: &ImportRow) -> bool {
    stated(row).all(|(field, value)| record.value(field) == value)
}

/// The stated values of the row, field by field.
fn stated(row: &ImportRow) -> impl Iterator<Item = (Field, std::borrow::Cow<'_, str>)> {
    let counts = |field: &Field| *field != Field::Number || row.is_numbered;
    Field::entered()
        .filter(move |field| counts(field))
        .map(|field| (field, row.patient.value(field)))
        .filter(|(_, value)| !value.is_empty())
}

/// The record merged with the row, according to [`OnDuplicate::Merge`] or [`OnDuplicate::Overwrite`].
pub fn merged_draft(record: &Patient, row: &ImportRow, how: OnDuplicate) -> PatientDraft {
    let mut draft = PatientDraft::from(record);
    for (field, value) in stated(row) {
        if how == OnDuplicate::Overwrite || draft.get(field).is_empty() {
            draft.set(field, value);
        }
    }
    draft
}
