//! Identity of the patient of a scan, and its comparison with a record.
//!
//! A scan states a name, a number with its issuer, a birth date and a sex; a record states the same. [`compare`] returns whether
//! they agree, and what contradicts. A value that either side does not state contradicts nothing.

mod name;

use jiff::civil::Date;

use super::patient::{Patient, Sex};
use super::text;

pub use self::name::{NameMatch, NameWords, compare_names, shown_name};

/// Identity of a person, as a scan or a record states it. Text as stored: scrub it before it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Identity {
    /// A person's name, as free text or as a DICOM person name (PS3.5, 6.2.1).
    pub name: Option<String>,
    /// The patient number: PatientID of a scan.
    pub number: Option<String>,
    /// The issuer of the number: IssuerOfPatientID of a scan, the hospital of a record.
    pub issuer: Option<String>,
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
}

impl Identity {
    /// The identity stated by a record, with the hospital that issued its number.
    pub fn of_record(patient: &Patient, hospital: &str) -> Self {
        Self {
            name: stated(&patient.full_name),
            number: stated(&patient.number),
            issuer: stated(hospital),
            birth_date: patient.date_of_birth,
            sex: patient.sex,
        }
    }

    /// True if anything that identifies a person is stated.
    pub fn is_stated(&self) -> bool {
        let Self {
            name,
            number,
            issuer: _,
            birth_date,
            sex,
        } = self;
        name.is_some() || number.is_some() || birth_date.is_some() || sex.is_some()
    }
}

/// The trimmed text; none if it is blank.
fn stated(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A value that differs between two identities, so that they cannot both be right of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contradiction {
    /// Different numbers of one issuer; or different numbers and names, if the issuers are not known to be the same.
    Number,
    BirthDate,
    Sex,
}

impl Contradiction {
    /// The value, as a part of a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "patient ID",
            Self::BirthDate => "birth date",
            Self::Sex => "sex",
        }
    }
}

/// Result of comparing two identities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// True if they are of one person by number, or by name and birth date, and nothing contradicts.
    pub agrees: bool,
    /// In the order of [`Contradiction`]; empty if nothing contradicts.
    pub contradictions: Vec<Contradiction>,
}

/// Compares the patient of a scan with a record.
///
/// A different birth date or sex contradicts, and so does a different number of the same issuer. If the issuers are not known to
/// be the same, a different number contradicts only together with a different name.
pub fn compare(scan: &Identity, record: &Identity) -> Comparison {
    let number = same_text(&scan.number, &record.number);
    let one_issuer = same_text(&scan.issuer, &record.issuer) == Some(true);
    let name = both(&scan.name, &record.name)
        .map_or(NameMatch::Unclear, |(one, other)| compare_names(one, other));
    let birth = both(&scan.birth_date, &record.birth_date).map(|(one, other)| one == other);
    let sex = both(&scan.sex, &record.sex).map(|(one, other)| one == other);

    let is_other_number = number == Some(false) && (one_issuer || name == NameMatch::Different);
    let found = [
        (is_other_number, Contradiction::Number),
        (birth == Some(false), Contradiction::BirthDate),
        (sex == Some(false), Contradiction::Sex),
    ];
    let contradictions: Vec<Contradiction> = found
        .into_iter()
        .filter_map(|(holds, contradiction)| holds.then_some(contradiction))
        .collect();
    let same_person = number == Some(true) || (name == NameMatch::Same && birth == Some(true));
    Comparison {
        agrees: same_person && contradictions.is_empty(),
        contradictions,
    }
}

/// Adds a contradiction to those that were found, in their order.
pub fn contradict(found: &mut Vec<Contradiction>, contradiction: Contradiction) {
    found.push(contradiction);
    found.sort();
    found.dedup();
}

fn both<'a, T>(one: &'a Option<T>, other: &'a Option<T>) -> Option<(&'a T, &'a T)> {
    one.as_ref().zip(other.as_ref())
}

/// True if two numbers or issuers are equal except for case, accents and spaces; none if one of them is missing.
fn same_text(one: &Option<String>, other: &Option<String>) -> Option<bool> {
    let key = |text: &Option<String>| {
        let key = text::fold(text.as_deref()?).replace(' ', "");
        (!key.is_empty()).then_some(key)
    };
    Some(key(one)? == key(other)?)
}

#[cfg(test)]
mod tests;
