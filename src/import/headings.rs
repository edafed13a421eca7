//! Meaning of a column's heading: the names that LUNNY gives its fields, and those of OpenEMR, OpenMRS, REDCap, DICOM and of
//! lists in many languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::mapping::{Content, Target};
use super::word_list;
use crate::clinical::patient::{Field, Kind};
use crate::clinical::text::fold;

/// Meaning of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub target: Target,
    /// Lower ranks are more certain: of two columns for one field, the one with the lower rank gets it.
    pub rank: u8,
}

/// The letters and digits of a text, folded: `Date-of-Birth:`, `dateOfBirth` and `DATE_OF_BIRTH` are one.
pub(super) fn bare(text: &str) -> String {
    // N° means number, like Nº.
    let folded = fold(text).replace('°', "o");
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The meaning of a heading; none if it is unknown, or names a quantity in another unit than the record's.
pub(super) fn meaning(content: Content, heading: &str) -> Option<Meaning> {
    let whole = bare(heading);
    let of_a_plan = match (content, heading.split_once(['(', '['])) {
        (Content::Patients, _) => None,
        (Content::Worklist, None) => named_of_a_plan(&whole),
        (Content::Worklist, Some((before, _))) => {
            named_of_a_plan(&whole).or_else(|| named_of_a_plan(&bare(before)))
        }
    };
    if let Some(found) = of_a_plan.or_else(|| named(&whole)) {
        return Some(found);
    }
    // "CEA (ng/mL)" and "Sex [M/F]" mean the same as "CEA" and "Sex".
    let (before, inside) = heading.split_once(['(', '['])?;
    let found = named(&bare(before))?;
    let inside = inside.trim_end().trim_end_matches([')', ']']);
    match is_other_unit(found.target, inside) {
        true => None,
        false => Some(found),
    }
}

/// True if the heading names a quantity in another unit than the record's.
pub(super) fn names_another_unit(heading: &str) -> bool {
    let Some((before, inside)) = heading.split_once(['(', '[']) else {
        return false;
    };
    let inside = inside.trim_end().trim_end_matches([')', ']']);
    named(&bare(before)).is_some_and(|found| is_other_unit(found.target, inside))
}

/// True if the heading is one that an export or a file of broken rows adds.
pub(super) fn is_of_an_export(heading: &str) -> bool {
    OF_AN_EXPORT.contains(&bare(heading).as_str())
}

fn is_other_unit(target: Target, unit: &str) -> bool {
    match target {
        Target::Field(field) => match field.kind() {
            Kind::Quantity(_) => !super::numbers::is_unit_of(field, unit),
            _ => false,
        },
        _ => false,
    }
}

/// Maximum length of a known heading.
const MAX_BYTES: usize = 80;

fn named(bare_heading: &str) -> Option<Meaning> {
    static KNOWN: LazyLock<HashMap<String, Meaning>> = LazyLock::new(known);
    match bare_heading.len() {
        1..=MAX_BYTES => KNOWN.get(bare_heading).copied(),
        _ => None,
    }
}

fn named_of_a_plan(bare_heading: &str) -> Option<Meaning> {
    static KNOWN: LazyLock<HashMap<String, Meaning>> =
        LazyLock::new(|| listed(include_str!("headings_worklist.txt")));
    KNOWN.get(bare_heading).copied()
}

/// The names of a list.
fn listed(list: &'static str) -> HashMap<String, Meaning> {
    let mut known = HashMap::new();
    for (kind, names) in word_list::lines(list) {
        let meaning = kind.split_once(' ').and_then(|(key, rank)| {
            let (target, rank) = (Target::parse(key)?, rank.parse().ok()?);
            Some(Meaning { target, rank })
        });
        if let Some(meaning) = meaning {
            known.extend(names.into_iter().map(|name| (bare(name), meaning)));
        }
    }
    known
}

/// All names: those of the list, and LUNNY's own names of its fields.
fn known() -> HashMap<String, Meaning> {
    let mut known = listed(include_str!("headings.txt"));
    for field in Field::entered() {
        let description = field.describe();
        let names = [description.key, description.label].into_iter();
        for name in names.chain(description.also.iter().copied()) {
            let (target, rank) = (Target::Field(field), 1);
            known.entry(bare(name)).or_insert(Meaning { target, rank });
        }
    }
    known
}

const OF_AN_EXPORT: [&str; 7] = [
    "exams",
    "lastexam",
    "lastresult",
    "lastprobability",
    "lastlesions",
    "lineofthefirstfile",
    "whatiswrong",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn target(heading: &str) -> Option<Target> {
        meaning(Content::Patients, heading).map(|meaning| meaning.target)
    }

    #[test]
    fn a_code_of_epic_for_the_sex_is_not_known() {
        // There 1 is female and 2 male, against ISO/IEC 5218.
        assert_eq!(target("SEX_C"), None);
    }

    #[test]
    fn no_name_means_two_things_and_every_line_is_read() {
        let mut seen = std::collections::BTreeMap::new();
        for (kind, names) in word_list::lines(include_str!("headings.txt")) {
            let (key, rank) = kind.split_once(' ').unwrap();
            let target = Target::parse(key).unwrap();
            assert!(matches!(rank, "0" | "1" | "2"), "{kind}");
            for name in names {
                assert_eq!(seen.insert(bare(name), target), None, "{name}");
            }
        }
        seen.clear();
        for (kind, names) in word_list::lines(include_str!("headings_worklist.txt")) {
            let (key, _) = kind.split_once(' ').unwrap();
            let target = Target::parse(key).unwrap();
            for name in names {
                assert_eq!(seen.insert(bare(name), target), None, "{name}");
            }
        }
    }

    #[test]
    fn a_name_of_the_list_is_no_other_field() {
        let mut seen = std::collections::BTreeMap::new();
        for (kind, names) in word_list::lines(include_str!("headings.txt")) {
            let target = Target::parse(kind.split_once(' ').unwrap().0).unwrap();
            seen.extend(names.into_iter().map(|name| (bare(name), target)));
        }
        for field in Field::entered() {
            let description = field.describe();
            for name in [description.key, description.label]
                .iter()
                .chain(description.also)
            {
                let target = seen.get(&bare(name)).copied();
                assert!(
                    target.is_none_or(|target| target == Target::Field(field)),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_heading_is_known_in_every_spelling() {
        let number = Some(Target::Field(Field::Number));
        for heading in [
            "Patient-ID",
            "PatientID",
            "Patient No.",
            "patient_id",
            "MRN #",
            "NHS Number",
            "Hospital number",
        ] {
            assert_eq!(target(heading), number, "{heading}");
        }
        let born = Some(Target::Field(Field::DateOfBirth));
        for heading in [
            "DateOfBirth",
            "Date-of-Birth",
            "PatientBirthDate",
            "D.O.B.",
            "DOB (dd/mm/yyyy)",
            "Geburtsdatum",
            "Date de naissance",
            "Fecha de nacimiento",
            "Né(e) le",
        ] {
            assert_eq!(target(heading), born, "{heading}");
        }
        for (heading, field) in [
            ("Tel", Field::Phone),
            ("Phone No.", Field::Phone),
            ("Téléphone", Field::Phone),
            ("PatientSex", Field::Gender),
            ("Geschlecht", Field::Gender),
            ("Sexo", Field::Gender),
            ("PackYears", Field::PackYears),
            ("Comments", Field::Notes),
            ("Observaciones", Field::Notes),
            ("Density", Field::NoduleType),
            ("CEA (ng/mL)", Field::Cea),
            ("Sex:", Field::Gender),
            ("Full_Name *", Field::FullName),
        ] {
            assert_eq!(target(heading), Some(Target::Field(field)), "{heading}");
        }
        for (heading, field) in [
            ("Płeć", Field::Gender),
            ("Пол", Field::Gender),
            ("性別", Field::Gender),
            ("Data di nascita", Field::DateOfBirth),
            ("Födelsedatum", Field::DateOfBirth),
            ("Ngày sinh", Field::DateOfBirth),
            ("تاريخ الميلاد", Field::DateOfBirth),
            ("출생일", Field::DateOfBirth),
            ("氏名", Field::FullName),
            ("ФИО", Field::FullName),
            ("Ονοματεπώνυμο", Field::FullName),
            ("Hasta No", Field::Number),
            ("Telefonszám", Field::Phone),
        ] {
            assert_eq!(target(heading), Some(Target::Field(field)), "{heading}");
        }
        assert_eq!(target("Name (last)"), Some(Target::FamilyName));
        assert_eq!(target("fname"), Some(Target::GivenName));
        for unknown in ["", "Ward", "title", "Schuhgröße", "status", "***", "("] {
            assert_eq!(target(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_quantity_in_another_unit_is_not_mapped() {
        assert_eq!(target("CEA (mg/L)"), None);
        assert!(names_another_unit("CEA (mg/L)"));
        assert_eq!(target("CEA [µg/L]"), Some(Target::Field(Field::Cea)));
        assert!(!names_another_unit("CEA (ng/mL)"));
    }
}
