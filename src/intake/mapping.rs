//! Which column of a file is which field of the record.

use super::IntakeError;
use crate::clinical::patient::Field;
use crate::clinical::text::fold;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// Nothing that is taken in.
    Leave,
    Field(Field),
    /// The first half of the full name.
    GivenName,
    /// The second half of the full name.
    FamilyName,
}

const GIVEN_NAME: [&str; 4] = ["first name", "given name", "forename", "firstname"];
const FAMILY_NAME: [&str; 5] = [
    "last name",
    "family name",
    "surname",
    "lastname",
    "familyname",
];

impl Target {
    /// All that a column can be, nothing first.
    pub fn all() -> impl Iterator<Item = Self> {
        let parts = [Self::Leave, Self::GivenName, Self::FamilyName];
        parts.into_iter().chain(Field::entered().map(Self::Field))
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Leave => "left out",
            Self::GivenName => "First name",
            Self::FamilyName => "Last name",
            Self::Field(field) => field.label(),
        }
    }

    /// As scripts and a remembered mapping have it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Leave => "-",
            Self::GivenName => "first_name",
            Self::FamilyName => "last_name",
            Self::Field(field) => field.key(),
        }
    }

    /// What [`Target::key`] names.
    pub fn parse(key: &str) -> Option<Self> {
        Self::all().find(|target| target.key() == key)
    }

    /// What a heading says by itself.
    fn guess(heading: &str) -> Self {
        // "CEA (ng/mL)" and "Full_Name *" say no more than "CEA" and "full name".
        let bare = heading.split('(').next().unwrap_or_default();
        let bare = bare.trim_matches(|c: char| !c.is_alphanumeric());
        let spaced = fold(&bare.replace('_', " "));
        let is_meant = |name: &str| fold(name) == spaced || fold(&name.replace('_', " ")) == spaced;
        if GIVEN_NAME.contains(&spaced.as_str()) {
            return Self::GivenName;
        }
        if FAMILY_NAME.contains(&spaced.as_str()) {
            return Self::FamilyName;
        }
        let field = Field::entered().find(|field| {
            let description = field.describe();
            is_meant(description.key)
                || is_meant(description.label)
                || description.also.iter().any(|also| is_meant(also))
        });
        field.map_or(Self::Leave, Self::Field)
    }
}

/// What every column of a file is, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping(Vec<Target>);

impl Mapping {
    /// What the headings say by themselves; of two columns for one field the first has it.
    pub fn guess(headings: &[String]) -> Self {
        let mut mapping = Self(vec![Target::Leave; headings.len()]);
        for (column, heading) in headings.iter().enumerate() {
            let target = Target::guess(heading);
            if !mapping.0.contains(&target) {
                mapping.set(column, target);
            }
        }
        // A whole name is better than its halves.
        if mapping.0.contains(&Target::Field(Field::FullName)) {
            for target in &mut mapping.0 {
                if matches!(target, Target::GivenName | Target::FamilyName) {
                    *target = Target::Leave;
                }
            }
        }
        mapping
    }

    /// What each column is.
    pub fn targets(&self) -> &[Target] {
        &self.0
    }

    /// Makes a column something else; a column that was that before is left out from now on.
    pub fn set(&mut self, column: usize, target: Target) {
        if target != Target::Leave {
            for other in &mut self.0 {
                if *other == target {
                    *other = Target::Leave;
                }
            }
        }
        if let Some(place) = self.0.get_mut(column) {
            *place = target;
        }
    }

    /// Whether any column is taken in.
    pub fn is_any(&self) -> bool {
        self.0.iter().any(|target| *target != Target::Leave)
    }

    /// The column that a field is read from; of a name in halves the first of them.
    pub(super) fn column_of(&self, field: Field) -> Option<usize> {
        let has = |target: &Target| match target {
            Target::Field(other) => *other == field,
            Target::GivenName | Target::FamilyName => field == Field::FullName,
            Target::Leave => false,
        };
        self.0.iter().position(has)
    }

    /// Whether rows can become patients by it.
    ///
    /// # Errors
    /// What is missing or stated twice, in a sentence.
    pub fn check(&self) -> Result<(), IntakeError> {
        let has = |target| self.0.contains(&target);
        let halves = has(Target::GivenName) || has(Target::FamilyName);
        match has(Target::Field(Field::FullName)) {
            true if halves => Err(IntakeError::Mapping(
                "The full name and a part of it are both taken from a column: leave one out.".into(),
            )),
            false if !halves => Err(IntakeError::Mapping(
                "No column is the full name: choose the one that is, or those of first and last name."
                    .into(),
            )),
            _ => Ok(()),
        }
    }

    /// As text, to be remembered.
    pub fn to_text(&self) -> String {
        let keys: Vec<&str> = self.0.iter().map(|target| target.key()).collect();
        keys.join(",")
    }

    /// What [`Mapping::to_text`] wrote, where it fits so many columns.
    pub fn from_text(text: &str, columns: usize) -> Option<Self> {
        let targets: Option<Vec<Target>> = text.split(',').map(Target::parse).collect();
        targets.filter(|all| all.len() == columns).map(Self)
    }

    /// The name under which the mapping of these headings is remembered.
    pub fn preference(headings: &[String]) -> String {
        use sha2::{Digest, Sha256};
        let mut hasher = Sha256::new();
        for heading in headings {
            hasher.update(fold(heading));
            hasher.update([0]);
        }
        let digest = crate::text::hexadecimal(&hasher.finalize());
        format!("import {}", digest.get(..32).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn headings_are_known_by_key_label_and_other_names_in_any_spelling() {
        let all: Vec<String> = Field::entered().map(|field| field.key().into()).collect();
        let by_key = Mapping::guess(&all);
        let labels: Vec<String> = Field::entered().map(|field| field.label().into()).collect();
        assert_eq!(Mapping::guess(&labels), by_key);
        assert!(
            by_key
                .targets()
                .iter()
                .all(|target| *target != Target::Leave)
        );
        let guessed = Mapping::guess(&headings(&[
            "MRN",
            "Patient Name *",
            "D.O.B",
            "DOB",
            "CEA (ng/mL)",
            "Sex:",
        ]));
        let fields = [
            Field::Number,
            Field::FullName,
            Field::DateOfBirth,
            Field::Cea,
            Field::Gender,
        ];
        let [number, name, born, cea, sex] = fields.map(Target::Field);
        assert_eq!(
            guessed.targets(),
            [number, name, Target::Leave, born, cea, sex]
        );
    }

    #[test]
    fn a_name_in_halves_is_a_name_and_a_whole_one_is_better() {
        let halves = Mapping::guess(&headings(&["Surname", "First Name"]));
        assert_eq!(halves.targets(), [Target::FamilyName, Target::GivenName]);
        assert!(halves.check().is_ok());
        let both = Mapping::guess(&headings(&["Surname", "Full name"]));
        assert_eq!(
            both.targets(),
            [Target::Leave, Target::Field(Field::FullName)]
        );
        assert!(Mapping::guess(&headings(&["DOB"])).check().is_err());
    }

    #[test]
    fn a_field_has_one_column() {
        let mut mapping = Mapping::guess(&headings(&["Name", "Patient", "Notes"]));
        let name = Target::Field(Field::FullName);
        assert_eq!(mapping.targets()[..2], [name, Target::Leave]);
        mapping.set(1, name);
        assert_eq!(mapping.targets()[..2], [Target::Leave, name]);
        mapping.set(7, name);
    }

    #[test]
    fn a_mapping_comes_back_from_its_text_where_it_fits() {
        let names = headings(&["Name", "?", "Surname"]);
        let mapping = Mapping::guess(&names);
        assert_eq!(
            Mapping::from_text(&mapping.to_text(), 3),
            Some(mapping.clone())
        );
        assert_eq!(Mapping::from_text(&mapping.to_text(), 2), None);
        assert_eq!(Mapping::from_text("full_name,shoe_size", 2), None);
        assert!(Mapping::preference(&names).len() <= 64);
        let other = headings(&["name ", "?", "SURNAME"]);
        assert_eq!(Mapping::preference(&names), Mapping::preference(&other));
    }
}
