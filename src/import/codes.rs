//! Codes and words of other programs and languages for the choices of a record: `M`, `ex-smoker`, `GGO`, `LDCT`.
//!
//! The codes of a gender are those of ISO/IEC 5218 (0 not known, 1 male, 2 female, 9 not applicable) and HL7 (M, F, O, U).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::headings::bare;
use super::word_list;
use crate::clinical::patient::{Choice, Field, Kind};
use crate::clinical::text::fold;

/// Meaning of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// One of the field's choices, by its word.
    Word(&'static str),
    /// The same, by a number whose meaning may be reversed in another program.
    Numbered(&'static str),
    /// Not known.
    Unknown,
    /// More than one choice is possible; the reason is a sentence.
    Open(&'static str),
}

/// Meaning of a cell in a column of this field, if it is not one of the choices as written.
pub(super) fn code(field: Field, choices: &'static [Choice], cell: &str) -> Option<Code> {
    let word = folded(cell);
    if let Some(numbered) = by_number(field, &word) {
        return Some(numbered);
    }
    if let Some(sentence) = open(field, &word) {
        return Some(Code::Open(sentence));
    }
    if field == Field::CancerStage
        && let Some(code) = stage(&word)
    {
        return Some(code);
    }
    static WORDS: LazyLock<HashMap<(Field, String), Code>> = LazyLock::new(words);
    let key = (field, word);
    if let Some(code) = WORDS.get(&key) {
        return Some(*code);
    }
    let (_, word) = key;
    let is_meant = |choice: &&Choice| bare(choice.word) == word || bare(choice.label) == word;
    choices
        .iter()
        .find(is_meant)
        .map(|choice| Code::Word(choice.word))
}

/// The form in which words are compared. Text without letters, such as ♂, is only folded.
fn folded(text: &str) -> String {
    match bare(text) {
        bare if bare.is_empty() => fold(text),
        bare => bare,
    }
}

fn by_number(field: Field, word: &str) -> Option<Code> {
    match (field, word) {
        (Field::Gender, "1") => Some(Code::Numbered("male")),
        (Field::Gender, "2") => Some(Code::Numbered("female")),
        (Field::Gender, "0" | "9" | "99") => Some(Code::Unknown),
        (Field::BiopsyPerformed, "1") => Some(Code::Numbered("yes")),
        (Field::BiopsyPerformed, "0") => Some(Code::Numbered("no")),
        _ => None,
    }
}

/// Reason why a word is ambiguous.
fn open(field: Field, word: &str) -> Option<&'static str> {
    match (field, word) {
        (Field::SmokingStatus, "no" | "n" | "nein" | "non" | "false" | "0") => {
            Some("this does not say whether the patient smoked before: write never or former.")
        }
        (Field::NoduleType, "subsolid" | "ssn" | "subsolidnodule") => {
            Some("a subsolid nodule may be part-solid or non-solid: write which.")
        }
        (
            Field::Histology,
            "nsclc"
            | "nonsmallcell"
            | "nonsmallcelllungcancer"
            | "nichtkleinzellig"
            | "cpnpc"
            | "cbnpc",
        ) => Some(
            "non-small cell carcinoma covers several types: write adenocarcinoma, squamous, large-cell or other.",
        ),
        _ => None,
    }
}

/// A stage group by its number and letters: `Stage 1A2`, `Stadium IIIb`.
fn stage(word: &str) -> Option<Code> {
    let prefixes = [
        "stagegroup",
        "stage",
        "stadium",
        "stade",
        "estadio",
        "ajcc",
        "uicc",
        "st",
    ];
    let word = prefixes
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix))
        .unwrap_or(word);
    // Arabic numeral to Roman: 3A is IIIA; the digit after a letter stays.
    let word = match word.as_bytes().first() {
        Some(b'1') => format!("i{}", &word[1..]),
        Some(b'2') => format!("ii{}", &word[1..]),
        Some(b'3') => format!("iii{}", &word[1..]),
        Some(b'4') => format!("iv{}", &word[1..]),
        _ => word.to_owned(),
    };
    const GROUPS: [&str; 12] = [
        "0", "ia1", "ia2", "ia3", "ib", "iia", "iib", "iiia", "iiib", "iiic", "iva", "ivb",
    ];
    if let Some(group) = GROUPS.iter().find(|group| **group == word) {
        return Some(Code::Word(group));
    }
    let is_open = matches!(word.as_str(), "i" | "ia" | "ii" | "iii" | "iv");
    is_open.then_some(Code::Open(
        "this stage has several groups: write one such as IA1, IIB or IVA.",
    ))
}

/// The words of each field.
fn words() -> HashMap<(Field, String), Code> {
    let mut words = HashMap::new();
    for (kind, names) in word_list::lines(include_str!("codes.txt")) {
        let Some((field, word)) = kind.split_once(' ') else {
            continue;
        };
        let Some(field) = Field::parse(field) else {
            continue;
        };
        let code = match word {
            "-" => Some(Code::Unknown),
            word => Code::choice(field, word),
        };
        if let Some(code) = code {
            words.extend(names.into_iter().map(|name| ((field, folded(name)), code)));
        }
    }
    words
}

impl Code {
    /// The choice of a field with this word.
    fn choice(field: Field, word: &str) -> Option<Self> {
        match field.kind() {
            Kind::Choice(choices) => {
                let choice = choices.iter().find(|choice| choice.word == word);
                choice.map(|choice| Self::Word(choice.word))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: Field, cell: &str) -> Option<Code> {
        match field.kind() {
            Kind::Choice(choices) => code(field, choices, cell),
            _ => None,
        }
    }

    #[test]
    fn every_word_means_one_choice_and_that_choice_exists() {
        let mut seen = std::collections::BTreeSet::new();
        for (kind, names) in word_list::lines(include_str!("codes.txt")) {
            let (key, word) = kind.split_once(' ').unwrap();
            let field = Field::parse(key).unwrap();
            assert!(word == "-" || Code::choice(field, word).is_some(), "{kind}");
            for name in names {
                assert!(seen.insert((field, folded(name))), "{name}");
            }
        }
    }

    #[test]
    fn codes_of_a_gender_are_read_in_many_languages() {
        for cell in [
            "M",
            "m.",
            "männlich",
            "masculin",
            "Hombre",
            "男",
            "Varón",
            "МУЖ",
            "♂",
        ] {
            assert_eq!(
                read(Field::Gender, cell),
                Some(Code::Word("male")),
                "{cell}"
            );
        }
        for cell in [
            "F", "W", "weiblich", "féminin", "Mujer", "女", "Kadın", "أنثى", "여성",
        ] {
            assert_eq!(
                read(Field::Gender, cell),
                Some(Code::Word("female")),
                "{cell}"
            );
        }
        for cell in ["d", "O", "X", "Non-binary"] {
            assert_eq!(
                read(Field::Gender, cell),
                Some(Code::Word("other")),
                "{cell}"
            );
        }
        assert_eq!(read(Field::Gender, "1"), Some(Code::Numbered("male")));
        assert_eq!(read(Field::Gender, "2"), Some(Code::Numbered("female")));
        for cell in ["U", "unknown", "9", "0", "unbekannt"] {
            assert_eq!(read(Field::Gender, cell), Some(Code::Unknown), "{cell}");
        }
        for cell in ["3", "A", "yes"] {
            assert_eq!(read(Field::Gender, cell), None, "{cell}");
        }
    }

    #[test]
    fn words_of_smoking_scans_nodules_and_tumours_are_read() {
        for (field, cell, kept) in [
            (Field::SmokingStatus, "Ex-smoker", "former"),
            (Field::SmokingStatus, "Never smoker", "never"),
            (Field::SmokingStatus, "Nichtraucher", "never"),
            (Field::SmokingStatus, "Current every day smoker", "current"),
            (Field::SmokingStatus, "fumeur", "current"),
            (Field::ScanType, "LDCT", "low-dose-ct"),
            (Field::ScanType, "PET/CT", "pet-ct"),
            (Field::NoduleType, "GGN", "non-solid"),
            (Field::NoduleType, "ground-glass", "non-solid"),
            (Field::NoduleType, "Part solid", "part-solid"),
            (Field::Histology, "ADC", "adenocarcinoma"),
            (Field::Histology, "SCC", "squamous"),
            (Field::CancerStage, "Stage 1A2", "ia2"),
            (Field::CancerStage, "IIIb", "iiib"),
            (Field::CancerStage, "stadium 4A", "iva"),
            (Field::BiopsyPerformed, "Y", "yes"),
            (Field::BiopsyPerformed, "TRUE", "yes"),
            (Field::TreatmentResponse, "PD", "progressive"),
        ] {
            assert_eq!(read(field, cell), Some(Code::Word(kept)), "{cell}");
        }
        for (field, cell) in [
            (Field::CancerStage, "Stage IA"),
            (Field::CancerStage, "IV"),
            (Field::SmokingStatus, "No"),
            (Field::NoduleType, "subsolid"),
            (Field::Histology, "NSCLC"),
        ] {
            assert!(matches!(read(field, cell), Some(Code::Open(_))), "{cell}");
        }
    }
}
