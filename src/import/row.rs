//! Conversion of a row of cells to a patient.

use std::borrow::Cow;

use super::codes::{self, Code};
use super::dates::{self, ParsedDate};
use super::facts::{Column, Facts, LetterM};
use super::headings::{self, bare};
use super::mapping::{Content, Target};
use super::numbers::MadeDate;
use super::remark::{Note, Reading};
use super::run::Job;
use super::source::RawRow;
use super::{cell, entities, missing, numbers, person, phones};
use crate::clinical::date::{self, DateError};
use crate::clinical::identity::shown_name;
use crate::clinical::patient::{Choice, Field, Kind, PatientDraft};
use crate::clinical::text::shown;
use crate::clinical::worklist::ExamPlan;
use crate::store::ImportRow;

/// Placeholder for the number while the other fields of a row without one are checked.
const NO_NUMBER: &str = "0";
/// The same for the name of a patient who is named by the number alone.
const NO_NAME: &str = "unnamed";

/// A row that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadRow {
    pub row: ImportRow,
    pub notes: Vec<Note>,
}

/// Reasons why a row is not a patient, in sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(pub String);

/// The row as a patient.
///
/// # Errors
/// The problems of the row, each with its column.
pub(super) fn read(row: &RawRow, job: &Job, facts: &Facts) -> Result<ReadRow, Unreadable> {
    if let Some(fault) = &row.fault {
        return Err(Unreadable(fault.clone()));
    }
    if repeats_headings(row, job) {
        let sentence = "The row repeats the headings: remove it.";
        return Err(Unreadable(sentence.to_owned()));
    }
    let mut draft = PatientDraft::default();
    let mut parts = [const { String::new() }; 4];
    let mut address: Vec<String> = Vec::new();
    let mut notes = Vec::new();
    let mut wrong: Vec<(usize, String)> = Vec::new();
    let mut order = Order::default();
    let targets = job.mapping.targets().iter().enumerate();
    for ((column, target), raw) in targets.zip(&row.cells) {
        if *target == Target::Leave {
            continue;
        }
        let place = Place {
            column,
            target: *target,
            facts: facts.column(column),
            job,
        };
        match place.read(raw, &mut notes) {
            Err(Unreadable(sentence)) => wrong.push((column, sentence)),
            Ok(text) if text.is_empty() => {}
            Ok(text) => match target {
                Target::Field(field) => draft.set(*field, text),
                Target::AddressPart => address.push(text.into_owned()),
                Target::Accession => order.accession = text.into_owned(),
                Target::PlannedOn => order.day = text.into_owned(),
                Target::PlanReason => order.reason = text.into_owned(),
                part => {
                    if let Some(place) = part.part_of_name().and_then(|at| parts.get_mut(at)) {
                        *place = text.into_owned();
                    }
                }
            },
        }
    }
    let name: Vec<&str> = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    if !name.is_empty() {
        draft.set(Field::FullName, name.join(" "));
    }
    if !address.is_empty() {
        draft.set(Field::Address, address.join(", "));
    }
    let is_numbered = !draft.get(Field::Number).trim().is_empty();
    if !is_numbered {
        draft.set(Field::Number, NO_NUMBER);
    }
    let (number, name) = (draft.get(Field::Number), draft.get(Field::FullName));
    if let Some(sentence) = person::no_person(row, job, number, name) {
        return Err(Unreadable(sentence));
    }
    // The record of the number states the name of a planned exam's patient.
    let is_plan = job.mapping.content() == Content::Worklist;
    let is_named = !draft.get(Field::FullName).trim().is_empty();
    if is_plan && is_numbered && !is_named {
        draft.set(Field::FullName, NO_NAME);
    }
    let plan = match is_plan.then(|| order.check()) {
        None => None,
        Some(Ok(plan)) => Some(plan),
        Some(Err(Unreadable(sentence))) => {
            let mut targets = job.mapping.targets().iter();
            let column = targets.position(|target| *target == Target::PlannedOn);
            let column = column.unwrap_or(usize::MAX);
            if !wrong.iter().any(|(other, _)| *other == column) {
                wrong.push((column, sentence));
            }
            None
        }
    };
    let checked = draft.validate(job.today);
    if let Err(errors) = &checked {
        let others = errors.iter().map(|error| {
            let column = job.mapping.column_of(error.field);
            (column.unwrap_or(usize::MAX), error.field, &error.message)
        });
        for (column, field, message) in others {
            // A cell that could not be read leaves its field empty, which is not a second fault.
            if !wrong.iter().any(|(other, _)| *other == column) {
                let label = match column {
                    usize::MAX => format!("{}: ", field.label()),
                    _ => String::new(),
                };
                wrong.push((column, format!("{label}{message}")));
            }
        }
    }
    match (checked, wrong.is_empty()) {
        (Ok(patient), true) => Ok(ReadRow {
            row: ImportRow {
                line: row.line,
                patient,
                is_numbered,
                is_named,
                plan,
            },
            notes,
        }),
        _ => {
            wrong.sort_by_key(|(column, _)| *column);
            let sentences =
                wrong
                    .iter()
                    .map(|(column, sentence)| match job.headings.get(*column) {
                        Some(heading) => format!("{}: {sentence}", shown(heading)),
                        None => sentence.clone(),
                    });
            Err(Unreadable(sentences.collect::<Vec<_>>().join(" ")))
        }
    }
}

/// The order of a planned exam as the row states it.
#[derive(Default)]
struct Order {
    day: String,
    accession: String,
    reason: String,
}

impl Order {
    fn check(&self) -> Result<ExamPlan, Unreadable> {
        let day = match self.day.trim() {
            "" => return Err(Unreadable("The day of the exam is missing.".to_owned())),
            day => date::parse(day).map_err(|error| Unreadable(error.to_string()))?,
        };
        let plan = ExamPlan::new(day, &self.accession, &self.reason);
        plan.map_err(|error| Unreadable(error.to_string()))
    }
}

/// True if the cells of a row are the headings of their columns.
fn repeats_headings(row: &RawRow, job: &Job) -> bool {
    let taken = job.mapping.targets().iter().zip(&row.cells);
    let filled =
        taken.filter(|(target, text)| **target != Target::Leave && !text.trim().is_empty());
    let content = job.mapping.content();
    let (mut named, mut others) = (0, 0);
    for (target, text) in filled {
        let is_short = text.len() < 64;
        match is_short
            && headings::meaning(content, text).is_some_and(|meaning| meaning.target == *target)
        {
            true => named += 1,
            false => others += 1,
        }
    }
    named >= 2 || (named == 1 && others == 0)
}

/// The column of a cell.
struct Place<'a> {
    column: usize,
    target: Target,
    facts: Option<&'a Column>,
    job: &'a Job,
}

impl Place<'_> {
    /// The text of a cell in the form that a form field accepts; empty if it states nothing.
    fn read<'c>(&self, raw: &'c str, notes: &mut Vec<Note>) -> Result<Cow<'c, str>, Unreadable> {
        let text = match self.job.values.meant(self.column, raw) {
            Some(value) => Cow::Owned(value.to_owned()),
            None => self.mended(cell::tidy(raw), notes),
        };
        if text.is_empty() {
            return Ok(text);
        }
        if text.contains('\u{fffd}') {
            return self.lost(text, notes);
        }
        if numbers::is_too_narrow(&text) {
            let sentence = "a spreadsheet wrote “###” in place of a value for which its column was too narrow: widen the column and export the file again.";
            return Err(Unreadable(sentence.to_owned()));
        }
        if let Target::Field(field) = self.target
            && let Kind::Choice(choices) = field.kind()
        {
            return self.choice(field, choices, &text, notes).map(Cow::Owned);
        }
        if missing::is_missing(self.target, &text) {
            notes.push(self.note(Reading::Missing, &text, ""));
            return Ok("".into());
        }
        let field = match self.target {
            Target::Field(field) => field,
            Target::PlannedOn => return self.date(false, text, notes),
            Target::Accession => {
                if let Some(sentence) = numbers::lost_digits(&text) {
                    return Err(Unreadable(sentence));
                }
                return Ok(self.whole(cell::visible(&text), notes).into_owned().into());
            }
            _ => return Ok(text),
        };
        if matches!(field.kind(), Kind::Phone | Kind::Line(_))
            && let Some(sentence) = numbers::lost_digits(&text)
        {
            return Err(Unreadable(sentence));
        }
        match field.kind() {
            Kind::Date(_) => self.date(field == Field::DateOfBirth, text, notes),
            Kind::Quantity(_) => {
                let text = cell::visible(&text);
                Ok(numbers::quantity(field, &text).into_owned().into())
            }
            Kind::Phone => Ok(self.phone(&text, notes)),
            Kind::Line(_) if field == Field::Number => {
                let is_usual = self.facts.is_some_and(|column| !column.has_other_numbers);
                match numbers::made_date(&text) {
                    Some(MadeDate::InDigits) if is_usual => {}
                    Some(_) => return Err(Unreadable(numbers::about_made_date(&text))),
                    None => {}
                }
                Ok(self.whole(cell::visible(&text), notes).into_owned().into())
            }
            Kind::Line(_) if field == Field::FullName && text.contains('^') => {
                Ok(shown_name(&text).into())
            }
            Kind::Email => Ok(cell::visible(&text).into_owned().into()),
            _ => Ok(text),
        }
    }

    /// A text without the damage of an encoding that was applied twice, or of a web page.
    fn mended<'c>(&self, text: Cow<'c, str>, notes: &mut Vec<Note>) -> Cow<'c, str> {
        let once = cell::encoded_once(&text);
        let letters = entities::as_letters(once.as_deref().unwrap_or(&text));
        match letters.or(once) {
            Some(mended) => {
                notes.push(self.note(Reading::Mended, &text, &mended));
                mended.trim().to_owned().into()
            }
            None => text,
        }
    }

    fn note(&self, reading: Reading, said: &str, taken: &str) -> Note {
        Note {
            column: self.column,
            reading,
            said: said.to_owned(),
            taken: taken.to_owned(),
        }
    }

    /// A text with letters that an earlier program could not write. Not accepted as a name.
    fn lost<'c>(
        &self,
        text: Cow<'c, str>,
        notes: &mut Vec<Note>,
    ) -> Result<Cow<'c, str>, Unreadable> {
        let is_identity = self.target.part_of_name().is_some()
            || matches!(self.target, Target::Field(Field::FullName | Field::Number));
        if is_identity {
            return Err(Unreadable(format!(
                "letters of “{}” were lost before this file was written: correct it, or state the right encoding of the file.",
                shown(&text)
            )));
        }
        notes.push(self.note(Reading::Lost, &text, ""));
        Ok(text)
    }

    /// A number without a point and zeros after it, if the column has no other fractions.
    fn whole<'c>(&self, text: Cow<'c, str>, notes: &mut Vec<Note>) -> Cow<'c, str> {
        let has_fractions = self.facts.is_some_and(|column| column.has_fractions);
        match numbers::whole(&text).filter(|_| !has_fractions) {
            Some(whole) => {
                notes.push(self.note(Reading::Whole, &text, whole));
                whole.to_owned().into()
            }
            None => text,
        }
    }

    fn phone<'c>(&self, text: &str, notes: &mut Vec<Note>) -> Cow<'c, str> {
        let text = self.whole(cell::visible(text), notes);
        match phones::without_labels(&text, self.job.today) {
            Some(numbers) => {
                notes.push(self.note(Reading::Respelled, &text, &numbers));
                numbers.into()
            }
            None => text.into_owned().into(),
        }
    }

    fn choice(
        &self,
        field: Field,
        choices: &'static [Choice],
        text: &str,
        notes: &mut Vec<Note>,
    ) -> Result<String, Unreadable> {
        if let Ok(kept) = field.check(text, self.job.today) {
            return Ok(kept);
        }
        match self.code(field, choices, text) {
            Some(Code::Word(kept)) => Ok(kept.to_owned()),
            Some(Code::Numbered(kept)) => {
                notes.push(self.note(Reading::Code, text, kept));
                Ok(kept.to_owned())
            }
            Some(Code::Open(sentence)) => Err(Unreadable(format!("“{}”: {sentence}", shown(text)))),
            Some(Code::Unknown) => {
                notes.push(self.note(Reading::Missing, text, ""));
                Ok(String::new())
            }
            None if missing::is_missing(self.target, text) => {
                notes.push(self.note(Reading::Missing, text, ""));
                Ok(String::new())
            }
            None => {
                let choices: Vec<&str> = choices.iter().map(|choice| choice.label).collect();
                Err(Unreadable(format!(
                    "“{}” is none of the choices, which are {}: correct it, or state its meaning with --value.",
                    shown(text),
                    choices.join(", ")
                )))
            }
        }
    }

    fn code(&self, field: Field, choices: &'static [Choice], text: &str) -> Option<Code> {
        let found = codes::code(field, choices, text);
        let genders = self.facts.and_then(|column| column.genders.as_ref());
        let Some(genders) = genders.filter(|_| field == Field::Gender) else {
            return found;
        };
        match bare(text).as_str() {
            "0" | "1" if genders.is_binary() => Some(Code::Open(
                "the column has only the codes 0 and 1, and either may be male: state the meaning with --value, or write male and female.",
            )),
            "m" => match genders.letter_m() {
                LetterM::Male => found,
                LetterM::Female => Some(Code::Numbered("female")),
                LetterM::Open => Some(Code::Open(
                    "M may mean masculino or mujer in this column: state the meaning with --value, or write male and female.",
                )),
            },
            _ => found,
        }
    }

    fn date<'c>(
        &self,
        is_birth: bool,
        text: Cow<'c, str>,
        notes: &mut Vec<Note>,
    ) -> Result<Cow<'c, str>, Unreadable> {
        let usual = self.job.usual_dates;
        let order = (self.job.dates).or_else(|| self.facts.map_or(usual, |of| of.order_or(usual)));
        let century = is_birth.then(|| dates::of_last_century(&text, self.job.today));
        let century = century.flatten();
        let written = century.as_deref().unwrap_or(&text);
        let (reading, day) =
            match dates::parsed_date(written, order, self.job.dates.is_some(), is_birth) {
                ParsedDate::Day(day) if century.is_some() => (Reading::Century, day.to_string()),
                ParsedDate::Day(day) => return Ok(day.to_string().into()),
                ParsedDate::Other => match self.two_ways(written) {
                    Some(refused) => return Err(refused),
                    None => return Ok(text),
                },
                ParsedDate::Refused(sentence) => return Err(Unreadable(sentence)),
                ParsedDate::Serial(day) => (Reading::Serial, day.to_string()),
                ParsedDate::Timed(day) => (Reading::Timed, day.to_string()),
            };
        notes.push(self.note(reading, &text, &day));
        Ok(day.into())
    }

    /// The remedy for an ambiguous date, if the column does not settle the order.
    fn two_ways(&self, text: &str) -> Option<Unreadable> {
        let sentence = match date::parse(text) {
            Err(error @ DateError::TwoReadings { .. }) => error,
            _ => return None,
        };
        let evidence = self.facts.and_then(|column| column.dates.as_ref());
        let why = evidence.and_then(dates::Evidence::why_not);
        let why = why.unwrap_or_else(|| "No other date in the column shows the order.".to_owned());
        Some(Unreadable(format!(
            "{sentence} {why} State it for the whole file with --dates dmy or --dates mdy."
        )))
    }
}

#[cfg(test)]
mod tests;
