//! Names of persons as written in records and scans.

use std::collections::BTreeSet;

use crate::clinical::text;

/// Result of comparing two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMatch {
    /// The same words, in any order; middle names of a longer name may be missing in the other.
    Same,
    /// One name is a part of the other that is too short to decide, such as the family name alone, or has no words.
    Unclear,
    Different,
}

/// Compares two names without regard to case, accents, hyphens and the order of family and given name.
///
/// Both may be free text (`Jan Kowalski`, `Kowalski, Jan`) or DICOM person names (`KOWALSKI^JAN`), which may state the name in up
/// to three scripts; prefixes and suffixes of the latter (`Dr.`, `Jr.`) are ignored.
pub fn compare_names(one: &str, other: &str) -> NameMatch {
    let (ones, others) = (spellings(one), spellings(other));
    let mut best = match ones.is_empty() || others.is_empty() {
        true => return NameMatch::Unclear,
        false => NameMatch::Different,
    };
    for one in &ones {
        for other in &others {
            match compare_words(one, other) {
                NameMatch::Same => return NameMatch::Same,
                NameMatch::Unclear => best = NameMatch::Unclear,
                NameMatch::Different => {}
            }
        }
    }
    best
}

/// Fewest letters of the longer of two words in which one other letter is a slip of the pen: shorter words are often different
/// names.
const SLIP_LETTERS: usize = 4;

/// True for names of which one has a slip of the pen: all words but one are the same, in any order, and that one differs by one
/// letter that is missing, added, another one, or exchanged with its neighbour.
pub fn is_one_slip(one: &str, other: &str) -> bool {
    let (ones, others) = (spellings(one), spellings(other));
    ones.iter()
        .any(|one| others.iter().any(|other| is_slip_of_words(one, other)))
}

fn is_slip_of_words(one: &[String], other: &[String]) -> bool {
    let only_in = |these: &[String], those: &[String]| -> Vec<String> {
        let mut left = those.to_vec();
        let mut only = Vec::new();
        for word in these {
            match left.iter().position(|other| other == word) {
                Some(place) => _ = left.remove(place),
                None => only.push(word.clone()),
            }
        }
        only
    };
    let (one, other) = (only_in(one, other), only_in(other, one));
    match (&one[..], &other[..]) {
        ([one], [other]) => {
            let longest = one.chars().count().max(other.chars().count());
            longest >= SLIP_LETTERS && strsim::osa_distance(one, other) == 1
        }
        _ => false,
    }
}

/// The folded words of a name in each possible spelling; empty without words.
pub fn name_spellings(name: &str) -> Vec<Vec<String>> {
    spellings(name)
}

/// A DICOM person name as shown to people: `KOWALSKI, JAN ADAM`. Other text is unchanged.
pub fn shown_name(name: &str) -> String {
    let group = name.split('=').find(|group| has_words(group));
    let Some(group) = group.filter(|group| group.contains('^')) else {
        return name.split('=').next().unwrap_or(name).trim().to_owned();
    };
    let mut components = group.split('^').map(str::trim);
    let family = components.next().unwrap_or_default();
    let given: Vec<&str> = components.filter(|part| !part.is_empty()).collect();
    match (family.is_empty(), given.is_empty()) {
        (_, true) => family.to_owned(),
        (true, false) => given.join(" "),
        (false, false) => format!("{family}, {}", given.join(" ")),
    }
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The words of a name in each possible spelling; empty without words.
fn spellings(name: &str) -> Vec<Vec<String>> {
    let groups = name.split('=').filter(|group| has_words(group));
    let mut spellings = Vec::new();
    for group in groups {
        // Family, given and middle name, without prefix and suffix.
        let names: Vec<&str> = group.split('^').take(3).collect();
        let names = names.join(" ");
        for spelled in [text::fold(&names), text::fold(&transliterated(&names))] {
            let words = words(&spelled);
            if !words.is_empty() && !spellings.contains(&words) {
                spellings.push(words);
            }
        }
    }
    spellings
}

/// Umlauts as two letters each, as in systems without umlauts.
fn transliterated(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;

    let name = name.nfc().collect::<String>().to_lowercase();
    name.replace('ä', "ae")
        .replace('ö', "oe")
        .replace('ü', "ue")
        .replace('å', "aa")
}

/// The words of a folded name. Hyphens separate words; apostrophes and points are ignored.
fn words(folded: &str) -> Vec<String> {
    let parted = folded.replace([',', '-', '_'], " ");
    let letters = |word: &str| -> String { word.chars().filter(|c| is_of_a_word(*c)).collect() };
    let words = parted.split_whitespace().map(letters);
    words.filter(|word| !word.is_empty()).collect()
}

/// Marks of Indic scripts are not letters in Unicode, but belong to their words.
fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || !(c.is_ascii() || c.is_whitespace())
}

fn compare_words(one: &[String], other: &[String]) -> NameMatch {
    let sets = [one, other].map(|words| words.iter().collect::<BTreeSet<_>>());
    // Scripts without spaces may separate the words of a name in one system and not in another.
    if sets[0] == sets[1] || one.concat() == other.concat() {
        return NameMatch::Same;
    }
    if !sets[0].is_subset(&sets[1]) && !sets[1].is_subset(&sets[0]) {
        return NameMatch::Different;
    }
    match sets[0].len().min(sets[1].len()) {
        0 | 1 => NameMatch::Unclear,
        _ => NameMatch::Same,
    }
}
