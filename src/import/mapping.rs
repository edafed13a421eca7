//! Mapping of the columns of a file to the fields of the record.

use std::collections::HashMap;

use super::ImportError;
use super::headings::{self, Meaning, bare};
use crate::clinical::patient::Field;
use crate::clinical::text::fold;

/// Content of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Content {
    #[default]
    Patients,
    /// Planned exams with their patients.
    Worklist,
}

/// Meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// Not imported.
    Leave,
    Field(Field),
    GivenName,
    MiddleName,
    FamilyName,
    /// The mother's family name, in Spanish names.
    SecondFamilyName,
    /// Street, town, code or country; several columns together make the address.
    AddressPart,
    /// Accession number of a planned exam.
    Accession,
    /// Day of a planned exam.
    PlannedOn,
    /// Reason for a planned exam.
    PlanReason,
}

impl Target {
    const OF_A_PLAN: [Self; 3] = [Self::PlannedOn, Self::Accession, Self::PlanReason];

    /// The possible meanings of a column, `Leave` first.
    pub fn of(content: Content) -> impl Iterator<Item = Self> {
        let plan = match content {
            Content::Patients => &[][..],
            Content::Worklist => &Self::OF_A_PLAN,
        };
        let mut patients = Self::of_patients();
        let leave = patients.next();
        leave
            .into_iter()
            .chain(plan.iter().copied())
            .chain(patients)
    }

    fn of_patients() -> impl Iterator<Item = Self> {
        let parts = [
            Self::Leave,
            Self::GivenName,
            Self::MiddleName,
            Self::FamilyName,
            Self::SecondFamilyName,
            Self::AddressPart,
        ];
        parts.into_iter().chain(Field::entered().map(Self::Field))
    }

    /// The name shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Leave => "left out",
            Self::GivenName => "First name",
            Self::MiddleName => "Middle name",
            Self::FamilyName => "Last name",
            Self::SecondFamilyName => "Second last name",
            Self::AddressPart => "Part of the address",
            Self::Accession => "Accession number",
            Self::PlannedOn => "Day of the exam",
            Self::PlanReason => "Reason for the exam",
            Self::Field(field) => field.label(),
        }
    }

    /// The name in scripts and in a stored mapping.
    pub fn key(self) -> &'static str {
        match self {
            Self::Leave => "-",
            Self::GivenName => "first_name",
            Self::MiddleName => "middle_name",
            Self::FamilyName => "last_name",
            Self::SecondFamilyName => "second_last_name",
            Self::AddressPart => "address_part",
            Self::Accession => "accession",
            Self::PlannedOn => "planned_on",
            Self::PlanReason => "plan_reason",
            Self::Field(field) => field.key(),
        }
    }

    /// Parses the output of [`Target::key`].
    pub fn parse(key: &str) -> Option<Self> {
        Self::of(Content::Worklist).find(|target| target.key() == key)
    }

    /// Position of a part in the full name.
    pub(super) fn part_of_name(self) -> Option<usize> {
        match self {
            Self::GivenName => Some(0),
            Self::MiddleName => Some(1),
            Self::FamilyName => Some(2),
            Self::SecondFamilyName => Some(3),
            Self::Leave
            | Self::AddressPart
            | Self::Accession
            | Self::PlannedOn
            | Self::PlanReason
            | Self::Field(_) => None,
        }
    }

    /// True if several columns can have this meaning.
    fn is_shared(self) -> bool {
        matches!(self, Self::Leave | Self::AddressPart)
    }
}

/// Reason why a column is not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its heading is unknown.
    Unknown,
    /// Another column is mapped to the field that its heading names.
    Second(Target),
    /// It is a quantity in another unit than the record's.
    OtherUnit,
    /// An export, or a file of broken rows, added it.
    OfAnExport,
    /// Chosen by the user.
    Chosen,
}

impl LeftOut {
    /// The reason, as a part of a sentence.
    pub fn reason(self) -> String {
        match self {
            Self::Unknown => "the heading is not known".to_owned(),
            Self::Second(target) => format!("another column is “{}”", target.label()),
            Self::OtherUnit => "it is in another unit than the record".to_owned(),
            Self::OfAnExport => "it was added by an export".to_owned(),
            Self::Chosen => "you chose to leave it out".to_owned(),
        }
    }
}

/// The meaning of each column of a file, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    content: Content,
    targets: Vec<Target>,
}

impl Mapping {
    /// The mapping by the headings alone; of two columns for one field the one with the more certain heading gets it, or else the
    /// first.
    pub fn guess(headings: &[String]) -> Self {
        Self::guess_of(Content::Patients, headings)
    }

    /// As [`Mapping::guess`], of a file with other content.
    pub fn guess_of(content: Content, headings: &[String]) -> Self {
        let mut meanings: Vec<Option<Meaning>> = headings
            .iter()
            .map(|heading| headings::meaning(content, heading))
            .collect();
        part_names(headings, &mut meanings);
        let mut mapping = Self {
            content,
            targets: vec![Target::Leave; headings.len()],
        };
        let mut surest: HashMap<Target, (u8, usize)> = HashMap::new();
        for (column, meaning) in meanings.iter().enumerate() {
            let Some(Meaning { target, rank }) = *meaning else {
                continue;
            };
            if target.is_shared() {
                mapping.put(column, target);
                continue;
            }
            let best = surest.entry(target).or_insert((rank, column));
            *best = (*best).min((rank, column));
        }
        for (target, (_, column)) in surest {
            mapping.put(column, target);
        }
        // A column that is only called “Patient” may contain anything: parts of a name are better.
        let full = Target::Field(Field::FullName);
        let has = |mapping: &Self, target| mapping.targets.contains(&target);
        if has(&mapping, Target::GivenName) || has(&mapping, Target::FamilyName) {
            for (target, meaning) in mapping.targets.iter_mut().zip(&meanings) {
                if *target == full && meaning.is_some_and(|meaning| meaning.rank > 1) {
                    *target = Target::Leave;
                }
            }
        }
        // A whole name is better than its parts, and an address of several columns is all of them.
        if mapping.targets.contains(&Target::Field(Field::FullName)) {
            for target in &mut mapping.targets {
                if target.part_of_name().is_some() {
                    *target = Target::Leave;
                }
            }
        }
        if mapping.targets.contains(&Target::AddressPart) {
            for target in &mut mapping.targets {
                if *target == Target::Field(Field::Address) {
                    *target = Target::AddressPart;
                }
            }
        }
        mapping
    }

    /// Records that the rows describe.
    pub fn content(&self) -> Content {
        self.content
    }

    /// The meaning of each column.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Changes the meaning of a column; another column with that meaning is then left out.
    pub fn set(&mut self, column: usize, target: Target) {
        if !target.is_shared() {
            for other in &mut self.targets {
                if *other == target {
                    *other = Target::Leave;
                }
            }
        }
        self.put(column, target);
    }

    fn put(&mut self, column: usize, target: Target) {
        if let Some(place) = self.targets.get_mut(column) {
            *place = target;
        }
    }

    /// Reason why a column is not imported; none if it is imported, or does not exist.
    pub fn left_out(&self, column: usize, headings: &[String]) -> Option<LeftOut> {
        if *self.targets.get(column)? != Target::Leave {
            return None;
        }
        let heading = headings.get(column)?;
        let is_taken = |target: Target| {
            let is_part = target.part_of_name().is_some();
            self.targets.contains(&target)
                || (is_part && self.targets.contains(&Target::Field(Field::FullName)))
        };
        Some(match headings::meaning(self.content, heading) {
            Some(meaning) if is_taken(meaning.target) => match meaning.target.part_of_name() {
                Some(_) if !self.targets.contains(&meaning.target) => {
                    LeftOut::Second(Target::Field(Field::FullName))
                }
                _ => LeftOut::Second(meaning.target),
            },
            Some(_) => LeftOut::Chosen,
            None if headings::is_of_an_export(heading) => LeftOut::OfAnExport,
            None if headings::names_another_unit(heading) => LeftOut::OtherUnit,
            None => LeftOut::Unknown,
        })
    }

    /// Number of columns that are imported.
    pub fn taken(&self) -> usize {
        self.targets
            .iter()
            .filter(|target| **target != Target::Leave)
            .count()
    }

    /// The column that a field is read from; the first one if there are several.
    pub(super) fn column_of(&self, field: Field) -> Option<usize> {
        let has = |target: &Target| match target {
            Target::Field(other) => *other == field,
            Target::AddressPart => field == Field::Address,
            part => part.part_of_name().is_some() && field == Field::FullName,
        };
        self.targets.iter().position(has)
    }

    /// Checks that rows of a file with these headings can become patients, or planned exams, with this mapping. A planned exam
    /// of a patient who has a record needs only the number.
    ///
    /// # Errors
    /// A missing or doubly mapped field.
    pub fn check(&self, headings: &[String]) -> Result<(), ImportError> {
        let has = |target| self.targets.contains(&target);
        let in_parts = has(Target::GivenName) || has(Target::FamilyName);
        let any_part = self
            .targets
            .iter()
            .any(|target| target.part_of_name().is_some());
        let is_whole = has(Target::Field(Field::FullName));
        if is_whole && any_part {
            return Err(ImportError::NameTwice);
        }
        if has(Target::Field(Field::Address)) && has(Target::AddressPart) {
            return Err(ImportError::AddressTwice);
        }
        if self.content == Content::Worklist && !has(Target::PlannedOn) {
            return Err(ImportError::NoPlannedDay {
                headings: listed(headings),
            });
        }
        let is_numbered = self.content == Content::Worklist && has(Target::Field(Field::Number));
        match is_whole || in_parts || is_numbered {
            true => Ok(()),
            false => Err(ImportError::NoName {
                headings: listed(headings),
            }),
        }
    }

    /// The mapping as text, for storing it.
    pub fn to_text(&self) -> String {
        let keys: Vec<&str> = self.targets.iter().map(|target| target.key()).collect();
        keys.join(",")
    }

    /// Parses the output of [`Mapping::to_text`], if it has this many columns.
    pub fn from_text(content: Content, text: &str, columns: usize) -> Option<Self> {
        let targets: Option<Vec<Target>> = text.split(',').map(Target::parse).collect();
        let targets = targets.filter(|all| all.len() == columns)?;
        Some(Self { content, targets })
    }

    /// The name under which the mapping of these headings is stored.
    pub fn preference(content: Content, headings: &[String]) -> String {
        use sha2::{Digest, Sha256};
        let mut hasher = Sha256::new();
        for heading in headings {
            hasher.update(fold(heading));
            hasher.update([0]);
        }
        let digest = crate::text::hexadecimal(&hasher.finalize());
        let kind = match content {
            Content::Patients => "import",
            Content::Worklist => "worklist",
        };
        format!("{kind} {}", digest.get(..32).unwrap_or_default())
    }
}

/// Maximum number of headings that a sentence lists.
const LISTED: usize = 30;

fn listed(headings: &[String]) -> String {
    let shown = headings
        .iter()
        .take(LISTED)
        .map(|heading| match heading.trim() {
            "" => "(none)".to_owned(),
            heading => crate::text::scrub(&crate::clinical::text::shown(heading)).into_owned(),
        });
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if headings.len() > LISTED {
        list.push_str(" …");
    }
    list
}

/// “Name” in languages that use the word for the whole name and for either part of it.
const OF_NAMES: [&str; 14] = [
    "name", "nom", "nombre", "nome", "nume", "naam", "navn", "namn", "nimi", "nev", "nama",
    "jmeno", "isim", "имя",
];

/// Beside a column of first names, a column that is only called “Name” or “Nom” contains family names; beside one of family
/// names, “Nombre” contains first names.
fn part_names(headings: &[String], meanings: &mut [Option<Meaning>]) {
    let has = |meanings: &[Option<Meaning>], target: Target| {
        meanings
            .iter()
            .flatten()
            .any(|meaning| meaning.target == target)
    };
    let full = Target::Field(Field::FullName);
    let is_given = has(meanings, Target::GivenName);
    let is_family = has(meanings, Target::FamilyName);
    let part = match (is_given, is_family) {
        (true, false) => Target::FamilyName,
        (false, true) => Target::GivenName,
        _ => return,
    };
    let is_sure = |meaning: &Meaning| meaning.target == full && meaning.rank == 0;
    if meanings.iter().flatten().any(is_sure) {
        return;
    }
    for (heading, meaning) in headings.iter().zip(meanings) {
        if let Some(meaning) = meaning.as_mut().filter(|meaning| meaning.target == full)
            && OF_NAMES.contains(&bare(heading).as_str())
        {
            meaning.target = part;
        }
    }
}

#[cfg(test)]
mod tests;
