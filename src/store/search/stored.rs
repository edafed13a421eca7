//! Stored data of a patient in the index besides the tokens: the searched texts, and the facts used by filters and columns.
//!
//! Both are lines in the order of the table of fields, so a version of LUNNY with other fields rebuilds the index.

use std::sync::LazyLock;

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::key::Key;
use super::order::Column;
use super::{PatientFilters, ReportStatus};
use crate::clinical::assessment::Classification;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::patient::{Field, Kind, Patient};
use crate::clinical::reading::MeasuredCategory;
use crate::clinical::text::fold;

/// Position of each field in the lines of an entry.
struct Layout {
    /// The name, the number, and every other text field. The accession numbers of the exams follow as one more line.
    texts: Vec<Field>,
    /// Every other field that a user enters.
    facts: Vec<Field>,
    /// By field: the line that holds it.
    lines: Vec<usize>,
}

static LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let first = [Field::FullName, Field::Number];
    let is_other = |field: &Field| !first.contains(field);
    let (texts, facts): (Vec<Field>, Vec<Field>) =
        Field::entered().filter(is_other).partition(is_text);
    let texts: Vec<Field> = first.into_iter().chain(texts).collect();
    let mut lines = vec![usize::MAX; Field::all().len()];
    for part in [&texts, &facts] {
        for (line, field) in part.iter().enumerate() {
            lines[*field as usize] = line;
        }
    }
    Layout {
        texts,
        facts,
        lines,
    }
});

/// Facts of the newest exam, stored after the fields.
#[derive(Clone, Copy)]
enum ExamFact {
    Exams,
    ExaminedAt,
    Result,
    Probability,
    Category,
    ModifierS,
    Status,
    Suggested,
}

/// Stored facts of a patient's newest exam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Newest {
    pub(super) examined_at: i64,
    pub(super) result: Classification,
    /// Malignancy probability, in [0, 1]; none if the exam is out of distribution.
    pub(super) malignant: Option<f64>,
    /// The category that the model suggests.
    pub(super) suggested: Option<SuggestedCategory>,
    /// The measured category, and whether it has the modifier S.
    pub(super) category: Option<(Category, bool)>,
    /// True if the last version of its report is signed.
    pub(super) is_final: bool,
}

/// The index entry of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) patient: i64,
    texts: String,
    facts: String,
}

fn is_text(field: &Field) -> bool {
    match field.kind() {
        Kind::Line(_) | Kind::Paragraphs(_) | Kind::Phone | Kind::Email | Kind::FollowUps => true,
        Kind::Date(_) | Kind::Choice(_) | Kind::Quantity(_) | Kind::Photo | Kind::Computed => false,
    }
}

impl Entry {
    /// `accessions` are the accession numbers of the exams, separated by spaces.
    pub(super) fn of(
        id: i64,
        patient: &Patient,
        (exams, accessions): (u32, &str),
        newest: Option<Newest>,
    ) -> Self {
        let mut texts: Vec<String> = (LAYOUT.texts.iter())
            .map(|&field| fold(&patient.value(field)))
            .collect();
        texts.push(fold(accessions));
        let mut facts: Vec<String> = (LAYOUT.facts.iter())
            .map(|&field| patient.value(field).into_owned())
            .collect();
        facts.push(exams.to_string());
        match newest {
            Some(newest) => {
                let category = newest.category;
                facts.extend([
                    newest.examined_at.to_string(),
                    newest.result.as_str().to_owned(),
                    newest.malignant.map_or(String::new(), |it| it.to_string()),
                    category
                        .map_or("", |(category, _)| category.as_str())
                        .into(),
                    category
                        .map_or("", |(_, s)| if s { "S" } else { "" })
                        .into(),
                ]);
            }
            None => facts.extend(vec![String::new(); 5]),
        }
        let status = match newest {
            None => ReportStatus::NoExam,
            Some(newest) if newest.is_final => ReportStatus::Final,
            Some(_) => ReportStatus::Preliminary,
        };
        let suggested = newest.and_then(|newest| newest.suggested);
        facts.extend(
            [
                status.as_str(),
                suggested.map_or("", SuggestedCategory::label),
            ]
            .map(str::to_owned),
        );
        Self {
            patient: id,
            texts: texts.join("\n"),
            facts: facts.join("\n"),
        }
    }

    /// The same, found by further numbers, which belong to no field.
    pub(super) fn also_found_by(mut self, numbers: &[String]) -> Self {
        if !numbers.is_empty() {
            self.texts.push('\n');
            self.texts.push_str(&fold(&numbers.join(" ")));
        }
        self
    }

    /// Reads a row of `search_entry` from column `first` on: patient, texts, facts.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            patient: row.get(first)?,
            texts: row.get(first + 1)?,
            facts: row.get(first + 2)?,
        })
    }

    /// The folded texts, one per line: first the name, then the number, then the accession numbers and the numbers of merged records.
    pub(super) fn texts(&self) -> &str {
        &self.texts
    }

    /// The folded name.
    pub(super) fn name(&self) -> &str {
        self.texts.lines().next().unwrap_or("")
    }

    pub(super) fn facts(&self) -> &str {
        &self.facts
    }

    /// Value of a field: a text folded, any other value as stored. Empty if not stated.
    pub(super) fn value(&self, field: Field) -> &str {
        let line = LAYOUT.lines[field as usize];
        let part = match is_text(&field) {
            true => &self.texts,
            false => &self.facts,
        };
        let found = part.split('\n').nth(line);
        found.unwrap_or("")
    }

    /// Every field with the result of [`Entry::value`].
    pub(super) fn values(&self) -> impl Iterator<Item = (Field, &str)> {
        let texts = LAYOUT.texts.iter().copied().zip(self.texts.split('\n'));
        texts.chain(LAYOUT.facts.iter().copied().zip(self.facts.split('\n')))
    }

    fn exam_fact(&self, what: ExamFact) -> &str {
        let line = LAYOUT.facts.len() + what as usize;
        self.facts.split('\n').nth(line).unwrap_or("")
    }

    /// Number of stored exams.
    pub(super) fn exams(&self) -> u32 {
        self.exam_fact(ExamFact::Exams).parse().unwrap_or(0)
    }

    /// Time of the newest exam, in microseconds; see [`examined_at`](crate::store::exam::examined_at).
    pub(super) fn examined_at(&self) -> Option<i64> {
        self.exam_fact(ExamFact::ExaminedAt).parse().ok()
    }

    pub(super) fn result(&self) -> Option<Classification> {
        Classification::parse(self.exam_fact(ExamFact::Result))
    }

    /// Malignancy probability of the newest exam, if it has one.
    pub(super) fn malignant(&self) -> Option<f64> {
        self.exam_fact(ExamFact::Probability).parse().ok()
    }

    /// The measured category of the newest exam.
    pub(super) fn category(&self) -> Option<Category> {
        let word = self.exam_fact(ExamFact::Category);
        Category::ALL
            .into_iter()
            .find(|category| category.as_str() == word)
    }

    /// The category that the model suggests for the newest exam, where none was measured.
    pub(super) fn suggested(&self) -> Option<SuggestedCategory> {
        match self.category() {
            None => SuggestedCategory::parse(self.exam_fact(ExamFact::Suggested)),
            Some(_) => None,
        }
    }

    /// True if the measured category of the newest exam has the modifier S.
    pub(super) fn has_modifier_s(&self) -> bool {
        self.exam_fact(ExamFact::ModifierS) == "S"
    }

    /// The category of the newest exam with its basis: measured, or else suggested by the model; none if nothing supports one.
    pub(super) fn category_in_words(&self) -> Option<String> {
        let Some(category) = self.category() else {
            return self.suggested().map(|suggested| suggested.to_string());
        };
        let measured = MeasuredCategory {
            category,
            modifier_s: self.has_modifier_s(),
            rule: String::new(),
            nodule: None,
        };
        Some(measured.with_basis())
    }

    pub(super) fn status(&self) -> Option<ReportStatus> {
        let word = self.exam_fact(ExamFact::Status);
        ReportStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// Sort key of a column that stores values; none if nothing is stated.
    pub(super) fn key(&self, column: Column) -> Option<Key> {
        match column {
            Column::Exams => Some(Key::Number(self.exams().into())),
            Column::LastExam => self.examined_at().map(Key::Number),
            Column::LastResult => Some(Key::result(self.result()?, self.malignant())),
            Column::LastActivity => None,
            Column::Field(field) => key(field, self.value(field)),
        }
    }

    /// All sort keys of the entry, each with the number of its column.
    pub(super) fn keys(&self) -> Vec<(i64, Key)> {
        let fields = self.values().filter_map(|(field, value)| {
            let column = Column::Field(field);
            Some((number(column), key(field, value)?))
        });
        let exam_fact = [Column::Exams, Column::LastExam, Column::LastResult];
        let exam_fact = exam_fact.map(|column| self.key(column).map(|key| (number(column), key)));
        fields.chain(exam_fact.into_iter().flatten()).collect()
    }

    /// True if the entry matches `filters`. The index words decide most of it; this check is complete.
    pub(super) fn matches(&self, filters: &PatientFilters) -> bool {
        let since = filters.since.map(jiff::Timestamp::as_microsecond);
        let before = filters.before.map(jiff::Timestamp::as_microsecond);
        let in_time = match self.examined_at() {
            _ if since.is_none() && before.is_none() => true,
            Some(at) => since.is_none_or(|since| at >= since) && before.is_none_or(|end| at < end),
            None => false,
        };
        let born = || self.value(Field::DateOfBirth).parse::<Date>().ok();
        let in_age = (filters.born_from.is_none() && filters.born_until.is_none())
            || born().is_some_and(|born| {
                filters.born_from.is_none_or(|from| born >= from)
                    && filters.born_until.is_none_or(|until| born <= until)
            });
        let doctor = filters.doctor.as_deref().map(fold);
        in_time
            && in_age
            && (filters.result).is_none_or(|result| self.result() == Some(result))
            && (filters.category).is_none_or(|category| self.category() == Some(category))
            && (filters.status).is_none_or(|status| self.status() == Some(status))
            && doctor.is_none_or(|doctor| self.value(Field::Doctor) == doctor)
            && filters.choices.iter().all(|&(field, _)| {
                let value = self.value(field);
                filters.choices.contains(&(field, value))
            })
    }
}

/// Sort key of a field; none if nothing is stated, and for choices, which the index lists.
fn key(field: Field, value: &str) -> Option<Key> {
    match field.kind() {
        _ if value.is_empty() => None,
        Kind::Date(_) => value.parse().ok().map(Key::day),
        Kind::Quantity(quantity) => Key::quantity(value, quantity),
        Kind::Choice(_) | Kind::Photo | Kind::Computed => None,
        _ => Key::text(value),
    }
}

/// Number under which a column's values are stored.
pub(super) fn number(column: Column) -> i64 {
    match column {
        Column::Field(field) => field as i64,
        Column::Exams => 100,
        Column::LastExam => 101,
        Column::LastResult => 102,
        Column::LastActivity => 103,
    }
}

/// The choices of a field; none if it has no choices.
pub(super) fn choices(field: Field) -> &'static [crate::clinical::patient::Choice] {
    match field.kind() {
        Kind::Choice(choices) => choices,
        _ => &[],
    }
}

/// The stored entry of a patient, and its place.
pub(super) struct StoredEntry {
    pub(super) hospital: i64,
    pub(super) place: i64,
    /// Time of the last change of the patient, as of the place.
    pub(super) active_at: i64,
    pub(super) entry: Entry,
}

pub(super) fn of_patient(
    transaction: &Transaction<'_>,
    id: i64,
) -> rusqlite::Result<Option<StoredEntry>> {
    transaction
        .prepare_cached(
            "SELECT hospital_id, place, active_at, patient_id, text, facts
             FROM search_entry WHERE patient_id = ?1",
        )?
        .query_row([id], |row| {
            Ok(StoredEntry {
                hospital: row.get(0)?,
                place: row.get(1)?,
                active_at: row.get(2)?,
                entry: Entry::read(row, 3)?,
            })
        })
        .optional()
}

/// Reads entries by their places.
pub(super) struct Entries<'t> {
    statement: rusqlite::CachedStatement<'t>,
    hospital: i64,
}

impl<'t> Entries<'t> {
    pub(super) fn new(transaction: &'t Transaction<'_>, hospital: i64) -> rusqlite::Result<Self> {
        let statement = transaction.prepare_cached(
            "SELECT patient_id, text, facts FROM search_entry
             WHERE place = ?1 AND hospital_id = ?2",
        )?;
        Ok(Self {
            statement,
            hospital,
        })
    }

    /// None if no patient of this hospital has the place.
    pub(super) fn at(&mut self, place: i64) -> rusqlite::Result<Option<Entry>> {
        self.statement
            .query_row(params![place, self.hospital], |row| Entry::read(row, 0))
            .optional()
    }
}
