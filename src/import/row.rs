//! Conversion of a row of cells to a patient.

use std::borrow::Cow;

use super::codes::{self, Code};
use super::dates::{self, ParsedDate};
use super::facts::{Column, Facts, LetterM};
use super::headings::{self, bare};
use super::mapping::{Content, Target};
use super::remark::{Note, Reading};
use super::run::Job;
use super::source::RawRow;
use super::{cell, missing, numbers, phones};
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
            None => cell::tidy(raw),
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
            Kind::Quantity(_) => Ok(numbers::quantity(field, &text).into_owned().into()),
            Kind::Phone => Ok(self.phone(&text, notes)),
            Kind::Line(_) if field == Field::Number => {
                Ok(self.whole(cell::visible(&text), notes).into_owned().into())
            }
            Kind::Line(_) if field == Field::FullName && text.contains('^') => {
                Ok(shown_name(&text).into())
            }
            Kind::Email => Ok(cell::visible(&text).into_owned().into()),
            _ => Ok(text),
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
        let (reading, day) =
            match dates::parsed_date(&text, order, self.job.dates.is_some(), is_birth) {
                ParsedDate::Day(day) => return Ok(day.to_string().into()),
                ParsedDate::Other => match self.two_ways(&text) {
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
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::import::Mapping;

    const TODAY: Date = Date::constant(2026, 3, 9);

    fn read_row(headings: &[&str], cells: &[&str]) -> Result<ReadRow, Unreadable> {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.into()).collect() };
        let headings = owned(headings);
        let row = RawRow {
            line: 7,
            cells: owned(cells),
            fault: None,
        };
        let job = Job::of_headings(Mapping::guess(&headings), headings, TODAY);
        let mut facts = Facts::begin(&job.mapping, &job.headings);
        facts.take(&row, &job.mapping);
        read(&row, &job, &facts)
    }

    fn value(headings: &[&str], cells: &[&str], field: Field) -> String {
        let read = read_row(headings, cells).unwrap();
        read.row.patient.value(field).into_owned()
    }

    fn wrong(headings: &[&str], cells: &[&str]) -> String {
        read_row(headings, cells).unwrap_err().0
    }

    #[test]
    fn a_row_becomes_a_patient_with_or_without_a_number() {
        let row = read_row(
            &["First name", "Surname", "Phone", "CEA"],
            &["Ana", "Pérez", "'+44 20 7946 0018", "3,2 ng/mL"],
        );
        let row = row.unwrap().row;
        assert!(!row.is_numbered);
        assert_eq!(row.patient.full_name, "Ana Pérez");
        assert_eq!(row.patient.details.get(Field::Phone), "+44 20 7946 0018");
        assert_eq!(row.patient.details.get(Field::Cea), "3.2");
        let row = read_row(&["ID", "Name"], &["7", "'Ana"]).unwrap().row;
        assert!(row.is_numbered);
        assert_eq!((row.line, row.patient.full_name.as_str()), (7, "'Ana"));
    }

    #[test]
    fn every_wrong_column_is_named_by_its_heading() {
        let wrong = wrong(&["Name", "DOB", "Mail"], &["", "31.2.1980", "nowhere"]);
        for named in [
            "Name: ",
            "DOB: “31.2.1980” is not in the calendar.",
            "Mail: ",
        ] {
            assert!(wrong.contains(named), "{wrong}");
        }
        assert!(read_row(&["Name"], &["a\0b"]).is_err());
    }

    #[test]
    fn parts_of_a_name_and_of_an_address_are_joined() {
        let headings = ["fname", "mname", "lname", "street", "city", "postal_code"];
        let cells = ["Farrah", "", "Rolle", "1 Main St", "Boston", "02134"];
        assert_eq!(value(&headings, &cells, Field::FullName), "Farrah Rolle");
        assert_eq!(
            value(&headings, &cells, Field::Address),
            "1 Main St, Boston, 02134"
        );
        let spanish = ["Nombre", "Primer apellido", "Segundo apellido"];
        assert_eq!(
            value(&spanish, &["Ana", "Pérez", "Gil"], Field::FullName),
            "Ana Pérez Gil"
        );
        assert_eq!(
            value(&["Name"], &["PEREZ^ANA"], Field::FullName),
            "PEREZ, ANA"
        );
    }

    #[test]
    fn damage_by_a_spreadsheet_is_named_or_repaired() {
        let headings = ["MRN", "Name", "Phone"];
        let shortened = wrong(&headings, &["1.23E+11", "Ana", ""]);
        assert!(
            shortened.starts_with("MRN: a spreadsheet has shortened"),
            "{shortened}"
        );
        assert!(wrong(&headings, &["1", "Ana", "4.9301E+11"]).starts_with("Phone: "));
        let cells = ["1017.0", "Ana", "5551234567.0"];
        assert_eq!(value(&headings, &cells, Field::Number), "1017");
        assert_eq!(value(&headings, &cells, Field::Phone), "5551234567");
        assert_eq!(
            value(&headings, &["=\"00123\"", "Ana", ""], Field::Number),
            "00123"
        );
        assert_eq!(
            value(
                &headings,
                &["1", "Nbsp\u{a0} Name\u{200b}", ""],
                Field::FullName
            ),
            "Nbsp Name"
        );
    }

    #[test]
    fn a_version_number_is_not_a_broken_number() {
        let mapping = Mapping::guess(&["MRN".to_owned(), "Name".to_owned()]);
        let headings = vec!["MRN".to_owned(), "Name".to_owned()];
        let job = Job::of_headings(mapping, headings, TODAY);
        let rows = ["7.0", "7.1"].map(|number| RawRow {
            line: 2,
            cells: vec![number.into(), "Ana".into()],
            fault: None,
        });
        let mut facts = Facts::begin(&job.mapping, &job.headings);
        rows.iter().for_each(|row| facts.take(row, &job.mapping));
        assert_eq!(
            read(&rows[0], &job, &facts).unwrap().row.patient.number,
            "7.0"
        );
    }

    #[test]
    fn words_for_missing_values_state_nothing_and_are_reported() {
        let read = read_row(
            &["MRN", "Name", "DOB", "Sex", "Phone"],
            &["1", "Ana", "NULL", "-", "N/A"],
        )
        .unwrap();
        assert_eq!(read.row.patient.date_of_birth, None);
        assert_eq!(read.row.patient.sex, None);
        assert!(read.row.patient.details.is_empty());
        assert_eq!(read.notes.len(), 3);
        let allergies = value(&["Name", "Allergies"], &["Ana", "none"], Field::Allergies);
        assert_eq!(allergies, "none", "it is a statement");
    }

    #[test]
    fn codes_are_read_and_open_ones_are_refused_with_the_reason() {
        assert_eq!(
            value(&["Name", "Sex"], &["Ana", "F"], Field::Gender),
            "female"
        );
        let numbered = read_row(&["Name", "Sex"], &["Ana", "2"]).unwrap();
        assert_eq!(numbered.row.patient.value(Field::Gender), "female");
        assert_eq!(numbered.notes[0].reading, Reading::Code);
        assert!(wrong(&["Name", "Stage"], &["Ana", "IA"]).contains("several groups"));
        assert!(wrong(&["Name", "Sexo"], &["Ana", "M"]).contains("mujer"));
        assert!(wrong(&["Name", "Sex"], &["Ana", "maybe"]).contains("Female"));
    }

    #[test]
    fn a_row_of_headings_is_not_a_patient() {
        assert!(wrong(&["MRN", "Name"], &["MRN", "Full name"]).contains("repeats the headings"));
        assert!(wrong(&["Name"], &["name"]).contains("repeats the headings"));
        assert!(read_row(&["MRN", "Name"], &["7", "Name"]).is_ok());
    }

    #[test]
    fn lost_letters_break_a_name_and_are_reported_in_other_fields() {
        assert!(wrong(&["Name"], &["J\u{fffd}rgen"]).contains("lost"));
        let read = read_row(&["Name", "Notes"], &["Ana", "caf\u{fffd}"]).unwrap();
        assert_eq!(read.notes[0].reading, Reading::Lost);
    }
}
