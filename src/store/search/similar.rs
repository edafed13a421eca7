//! Names that are spelled almost like the typed words, for searches without a match.
//!
//! Both sides are respelled first: `mueller`, `müller` and `muller` become one word, and so do `kowalsky` and `kowalski`. Then
//! a word of five letters or more may differ by one letter, one of nine or more by two: a letter that is wrong, missing, too
//! many, or in the wrong place. Words with digits must match exactly: a patient number with another digit is another patient.
//!
//! The index lists every word of a name as it is respelled, and without each of its letters, and long ones without every two. Two
//! words that differ by one letter have one of these in common, so the candidates of a typed word are a few short lists.

use std::collections::BTreeSet;

use super::grams::Tokens;
use super::stored::Entry;

/// Number of letters from which a word may differ by one letter, and by two.
const ONE_EDIT: usize = 5;
const TWO_EDITS: usize = 9;
/// Number of letters from which a respelled word is listed in the index.
const MIN_LETTERS: usize = 3;
/// Number of first letters by which the index lists a word: a long word without every two letters is hundreds of words.
const MAX_LETTERS: usize = 14;
/// Maximum number of misspelled words in one search.
const MAX_WORDS: usize = 4;
/// Maximum number of differences in all words together.
pub(super) const MAX_EDITS: usize = 2;

/// The typed words, ready to be compared with names.
#[derive(Debug)]
pub(super) struct Spelling {
    words: Vec<Word>,
}

#[derive(Debug)]
enum Word {
    /// Has to occur as it is.
    Exact(String),
    /// May be spelled otherwise in a name.
    Near { typed: String, respelled: String },
}

impl Spelling {
    /// None if no word can be spelled otherwise, or too many can. `words` are folded.
    pub(super) fn of(words: &[&str]) -> Option<Self> {
        let words: Vec<Word> = words.iter().flat_map(|word| Word::parts(word)).collect();
        let near = (words.iter()).filter(|word| matches!(word, Word::Near { .. }));
        let is_forgiven = (1..=MAX_WORDS).contains(&near.count());
        (is_forgiven && words.len() <= 2 * MAX_WORDS).then_some(Self { words })
    }

    /// The groups of an expression over the index for the patients whose name may match with at most so many differences in a
    /// word: each group is a list of alternatives.
    pub(super) fn groups(&self, tokens: Tokens, edits: usize) -> Vec<String> {
        let group = |word: &Word| {
            let occurs = |word: &str| {
                let tokens = tokens.inside(&[word]).into_iter();
                let quoted: Vec<String> = tokens.map(|token| format!("\"{token}\"")).collect();
                format!("({})", quoted.join(" AND "))
            };
            match word {
                Word::Exact(word) => occurs(word),
                Word::Near { typed, respelled } => {
                    let edits = edits.min(allowed(respelled));
                    let near = without_letters(respelled, edits);
                    let near = near
                        .iter()
                        .map(|part| format!("\"{}\"", tokens.spelling(part)));
                    let near: Vec<String> = near.chain([occurs(typed)]).collect();
                    format!("({})", near.join(" OR "))
                }
            }
        };
        self.words.iter().map(group).collect()
    }

    /// Number of letters by which a patient differs from the typed words; none if a word is too different.
    pub(super) fn edits(&self, entry: &Entry) -> Option<usize> {
        let names: Vec<String> = words(entry.name()).map(|word| respell(&word)).collect();
        let mut edits = 0;
        for word in &self.words {
            edits += match word {
                Word::Exact(word) => entry.texts().contains(word.as_str()).then_some(0)?,
                Word::Near { typed, .. } if entry.texts().contains(typed.as_str()) => 0,
                Word::Near { respelled, .. } => {
                    let most = allowed(respelled);
                    let distances = names
                        .iter()
                        .map(|name| strsim::osa_distance(name, respelled));
                    distances.filter(|distance| *distance <= most).min()?
                }
            };
        }
        (edits <= MAX_EDITS).then_some(edits)
    }
}

impl Word {
    /// A typed word, in its parts if it is joined by hyphens.
    fn parts(word: &str) -> Vec<Self> {
        if word.chars().any(char::is_numeric) {
            return vec![Self::Exact(word.to_owned())];
        }
        let parts = words(word).map(|typed| match respell(&typed) {
            respelled if is_listed(&respelled) => Self::Near { typed, respelled },
            _ => Self::Exact(typed),
        });
        let parts: Vec<Self> = parts.collect();
        match parts.is_empty() {
            true => vec![Self::Exact(word.to_owned())],
            false => parts,
        }
    }
}

/// The tokens of a folded name.
pub(super) fn tokens(tokens: Tokens, name: &str) -> BTreeSet<String> {
    let listed = words(name)
        .map(|word| respell(&word))
        .filter(|word| is_listed(word));
    let parts = listed.flat_map(|word| without_letters(&word, allowed(&word)));
    parts.map(|part| tokens.spelling(&part)).collect()
}

/// The words of a folded text, in their parts if they are joined by hyphens.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.replace('\'', ""))
        .filter(|word| !word.is_empty())
}

fn is_listed(respelled: &str) -> bool {
    respelled.chars().count() >= MIN_LETTERS && !respelled.chars().any(char::is_numeric)
}

/// Number of letters by which a word may differ.
fn allowed(respelled: &str) -> usize {
    match respelled.chars().count() {
        0..ONE_EDIT => 0,
        ONE_EDIT..TWO_EDITS => 1,
        TWO_EDITS.. => 2,
    }
}

/// A folded word in the spelling that all its usual spellings share. `ä`, `ö`, `ü`, `å` and `ø` are written `ae`, `oe`, `ue`, `aa`
/// and `oe` where a keyboard lacks them; doubled letters are heard as one.
fn respell(word: &str) -> String {
    let mut letters: Vec<char> = Vec::new();
    let mut rest = word.chars().peekable();
    while let Some(letter) = rest.next() {
        let letter = match (letter, rest.peek()) {
            ('a' | 'o' | 'u', Some('e')) | ('c', Some('k')) | ('p', Some('h')) => {
                let second = rest.next();
                match second {
                    Some('k') => 'k',
                    Some('h') => 'f',
                    _ => letter,
                }
            }
            ('y', _) => 'i',
            _ => letter,
        };
        if letters.last() != Some(&letter) {
            letters.push(letter);
        }
    }
    letters.into_iter().collect()
}

/// The first letters of a word, and the same without up to `most` of them.
fn without_letters(word: &str, most: usize) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().take(MAX_LETTERS).collect();
    let mut all = BTreeSet::from([letters]);
    let mut newest = all.clone();
    for _ in 0..most {
        let shorter = newest.iter().flat_map(|letters: &Vec<char>| {
            (0..letters.len()).map(|at| {
                let mut letters = letters.clone();
                letters.remove(at);
                letters
            })
        });
        newest = shorter.collect();
        all.extend(newest.iter().cloned());
    }
    all.into_iter()
        .map(|letters| letters.into_iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_of_a_name_are_one_word() {
        for (one, other) in [
            ("mueller", "muller"),
            ("kowalsky", "kowalski"),
            ("jaeger", "jager"),
            ("soerensen", "sorensen"),
            ("strauss", "straus"),
            ("aagaard", "agard"),
            ("stephan", "stefan"),
            ("beck", "bek"),
        ] {
            assert_eq!(respell(one), respell(other), "{one} and {other}");
        }
        assert_ne!(respell("maria"), respell("marta"));
    }

    #[test]
    fn words_that_differ_by_one_letter_have_a_part_in_common() {
        let kept = without_letters("kovalski", 1);
        for typed in ["kowalski", "kovlski", "kovaalski", "kvoalski", "kovalsk"] {
            let typed = without_letters(typed, 1);
            assert!(!kept.is_disjoint(&typed), "{typed:?}");
        }
        assert!(kept.is_disjoint(&without_letters("nowak", 1)));
        let long = without_letters("schwarzenberg", 2);
        assert!(!long.is_disjoint(&without_letters("svhwarzenbrg", 2)));
    }

    #[test]
    fn numbers_and_short_words_are_taken_as_they_are() {
        assert!(Spelling::of(&["p-0042"]).is_none());
        assert!(Spelling::of(&["li", "su"]).is_none());
        assert!(Spelling::of(&["'", "-"]).is_none());
        assert!(Spelling::of(&["anna", "p-0042"]).is_some());
        let many = ["anna"; 20];
        assert!(Spelling::of(&many).is_none());
    }

    #[test]
    fn a_long_word_makes_a_bounded_number_of_parts() {
        assert!(without_letters(&"abcdefghij".repeat(100), 2).len() < 128);
    }

    proptest::proptest! {
        #[test]
        fn close_words_share_a_part(word in "[a-z]{5,12}", at in 0..12_usize, letter in "[a-z]") {
            let mut typed: Vec<char> = word.chars().collect();
            let at = at % typed.len();
            typed[at] = letter.chars().next().unwrap_or('a');
            let (word, typed) = (respell(&word), respell(&typed.iter().collect::<String>()));
            let most = allowed(&typed);
            if strsim::osa_distance(&word, &typed) <= most && allowed(&word) >= most {
                let kept = without_letters(&word, allowed(&word));
                proptest::prop_assert!(!kept.is_disjoint(&without_letters(&typed, most)));
            }
        }
    }
}
