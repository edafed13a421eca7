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

/// The folded words of a name in each possible spelling, ready to be compared with many others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameWords {
    spellings: Vec<Vec<String>>,
}

impl NameWords {
    /// `name` may be free text (`Jan Kowalski`, `Kowalski, Jan`) or a DICOM person name (`KOWALSKI^JAN`), which may state the name
    /// in up to three scripts; prefixes and suffixes of the latter (`Dr.`, `Jr.`) are ignored.
    pub fn of(name: &str) -> Self {
        Self {
            spellings: spellings(name),
        }
    }

    /// The words in each spelling; empty without words.
    pub fn spellings(&self) -> &[Vec<String>] {
        &self.spellings
    }

    /// Compares two names without regard to case, accents, hyphens and the order of family and given name.
    pub fn compare(&self, other: &Self) -> NameMatch {
        let mut best = match self.spellings.is_empty() || other.spellings.is_empty() {
            true => return NameMatch::Unclear,
            false => NameMatch::Different,
        };
        for one in &self.spellings {
            for other in &other.spellings {
                match compare_words(one, other) {
                    NameMatch::Same => return NameMatch::Same,
                    NameMatch::Unclear => best = NameMatch::Unclear,
                    NameMatch::Different => {}
                }
            }
        }
        best
    }

    /// True for names of which one has a slip of the pen: all words but one are the same, in any order, and that one differs by
    /// one letter that is missing, added, another one, or exchanged with its neighbour.
    pub fn is_one_slip(&self, other: &Self) -> bool {
        let is_slip = |one| (other.spellings.iter()).any(|other| is_slip_of_words(one, other));
        self.spellings.iter().any(|one| is_slip(one))
    }
}

/// Compares two names: see [`NameWords::compare`].
pub fn compare_names(one: &str, other: &str) -> NameMatch {
    NameWords::of(one).compare(&NameWords::of(other))
}

/// Fewest letters of the longer of two words in which one other letter is a slip of the pen: shorter words are often different
/// names.
const SLIP_LETTERS: usize = 4;

fn is_slip_of_words(one: &[String], other: &[String]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut left: Vec<&str> = other.iter().map(String::as_str).collect();
    let mut only = None;
    for word in one {
        match left.iter().position(|other| *other == word.as_str()) {
            Some(place) => _ = left.swap_remove(place),
            None if only.is_some() => return false,
            None => only = Some(word.as_str()),
        }
    }
    match (only, &left[..]) {
        (Some(one), [other]) => {
            let longest = one.chars().count().max(other.chars().count());
            longest >= SLIP_LETTERS && is_one_letter_apart(one, other)
        }
        _ => false,
    }
}

/// True for words that differ by one letter that is missing, added, another one, or exchanged with its neighbour. Quicker than the
/// distance of the words, which is mostly a large one.
fn is_one_letter_apart(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.chars(), other.chars());
    let (mut one_rest, mut other_rest) = (one.as_str(), other.as_str());
    while let (Some(a), Some(b)) = (one.next(), other.next())
        && a == b
    {
        (one_rest, other_rest) = (one.as_str(), other.as_str());
    }
    let (mut one, mut other) = (one_rest.chars(), other_rest.chars());
    let (mut one_rest, mut other_rest) = (one.as_str(), other.as_str());
    while let (Some(a), Some(b)) = (one.next_back(), other.next_back())
        && a == b
    {
        (one_rest, other_rest) = (one.as_str(), other.as_str());
    }
    let mut one = one_rest.chars();
    let mut other = other_rest.chars();
    match (
        (one.next(), one.next(), one.next()),
        (other.next(), other.next(), other.next()),
    ) {
        ((Some(_), None, _), (None, ..) | (Some(_), None, _)) => true,
        ((None, ..), (Some(_), None, _)) => true,
        ((Some(a), Some(b), None), (Some(c), Some(d), None)) => (a, b) == (d, c),
        _ => false,
    }
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
        // Letters of ASCII have one spelling.
        let other = (!names.is_ascii()).then(|| text::fold(&transliterated(&names)));
        for spelled in [Some(text::fold(&names)), other].into_iter().flatten() {
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
    let is_within = |these: &[String], those: &[String]| these.iter().all(|it| those.contains(it));
    let (in_other, in_one) = (is_within(one, other), is_within(other, one));
    let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>();
    let bytes = |words| <[String]>::iter(words).flat_map(|word| word.bytes());
    // Scripts without spaces may separate the words of a name in one system and not in another.
    if in_other && in_one || letters(one) == letters(other) && bytes(one).eq(bytes(other)) {
        return NameMatch::Same;
    }
    if !in_other && !in_one {
        return NameMatch::Different;
    }
    let distinct = |words: &[String]| words.iter().collect::<BTreeSet<_>>().len();
    match distinct(one).min(distinct(other)) {
        0 | 1 => NameMatch::Unclear,
        _ => NameMatch::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_letter_apart_is_a_distance_of_one(one in "[abé]{0,6}", other in "[abé]{0,6}") {
            let is_one = strsim::osa_distance(&one, &other) == 1;
            proptest::prop_assert_eq!(is_one_letter_apart(&one, &other), is_one);
        }
    }
}
