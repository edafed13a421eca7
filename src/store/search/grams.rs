//! Index terms of a patient: parts of words, each one token.
//!
//! A token is the hospital's number, a letter for the kind, and the part:
//!
//! | kind | part |
//! |---|---|
//! | `g` | one, two or three neighbouring characters of a word, at any position |
//! | `w` | the first one, two or three characters of a word |
//! | `n` | the same of the name's first word |
//! | `e` | the whole name, or the whole number |
//! | `f` | a filter word: the newest exam's result and status, a choice, a field that is not stated |
//! | `d` | the whole name of the assigned doctor |
//! | `z` | a word of the name, respelled, whole or without one or two letters |
//!
//! A search for "mar" is one token, `7gmar`: all matches are read from one list, which contains no other hospital's patients. A
//! longer word is the intersection of its parts, and the candidates are compared with the text.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::clinical::text::starts_word;

/// Number of characters of the longest part.
pub(super) const MAX_PART: usize = 3;

/// Maximum number of parts used for one search. More parts hardly narrow the result, each is another list to read, and a text of
/// a megabyte has many.
pub(super) const MAX_PARTS: usize = 8;

/// The tokens of one hospital.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens {
    hospital: i64,
}

impl Tokens {
    pub(super) fn of(hospital: i64) -> Self {
        Self { hospital }
    }

    fn token(self, kind: char, part: impl IntoIterator<Item = char>) -> String {
        let mut token = format!("{}{kind}", self.hospital);
        token.extend(part.into_iter().map(letter));
        token
    }

    /// All tokens of a patient, separated by spaces. The first line of the folded `texts` is the name, the second the number.
    pub(super) fn of_texts(self, texts: &str) -> String {
        // A record has hundreds of parts: they are collected without allocating a string for each.
        let mut parts = Vec::with_capacity(texts.len() * MAX_PART);
        let mut letters = Vec::new();
        for word in texts.split_whitespace() {
            letters.clear();
            letters.extend(word.chars().map(letter));
            for at in 0..letters.len() {
                starts('g', &letters[at..], &mut parts);
                if starts_word(at.checked_sub(1).map(|before| letters[before])) {
                    starts('w', &letters[at..], &mut parts);
                }
            }
        }
        let name = texts.lines().next().unwrap_or("");
        if let Some(first) = name.split_whitespace().next() {
            letters.clear();
            letters.extend(first.chars().map(letter));
            starts('n', &letters, &mut parts);
        }
        parts.sort_unstable();
        parts.dedup();
        let hospital = self.hospital.to_string();
        let mut tokens = String::with_capacity(parts.len() * (hospital.len() + MAX_PART + 2));
        for (kind, part) in parts {
            tokens.push_str(&hospital);
            tokens.push(kind);
            tokens.extend(part.into_iter().filter(|letter| *letter != NONE));
            tokens.push(' ');
        }
        let wholes: Vec<String> = texts.lines().take(2).map(|text| self.whole(text)).collect();
        tokens + &wholes.join(" ")
    }

    /// The token of a whole name or number.
    pub(super) fn whole(self, field: &str) -> String {
        self.token('e', field.chars())
    }

    /// The token of an assigned doctor's folded name.
    pub(super) fn doctor(self, name: &str) -> String {
        self.token('d', name.chars())
    }

    /// The token of a respelled word of a name, or of a part of it: see [`super::similar`].
    pub(super) fn spelling(self, letters: &str) -> String {
        self.token('z', letters.chars())
    }

    /// The token of a filter word of ASCII letters and digits.
    pub(super) fn filter(self, name: char, value: impl Display) -> String {
        format!("{}f{name}{value}", self.hospital)
    }

    /// The token of a word's start.
    pub(super) fn start(self, word: &str) -> String {
        self.token('w', word.chars().take(MAX_PART))
    }

    /// The token that [`Tokens::inside`] uses for the start of a word: every patient with the word's start has it too.
    pub(super) fn implied(self, word: &str) -> String {
        self.token('g', word.chars().take(MAX_PART))
    }

    /// The token of a name's start.
    pub(super) fn name_start(self, word: &str) -> String {
        self.token('n', word.chars().take(MAX_PART))
    }

    /// The tokens that occur wherever all `words` occur. If every word [`is_exact`] and there are at most [`MAX_PARTS`] tokens,
    /// the reverse holds too.
    pub(super) fn inside(self, words: &[&str]) -> BTreeSet<String> {
        let each = (MAX_PARTS / words.len().max(1)).max(1);
        let mut tokens = BTreeSet::new();
        for word in words.iter().take(MAX_PARTS) {
            let word: Vec<char> = word.chars().collect();
            let Some(last) = word.len().checked_sub(MAX_PART) else {
                tokens.insert(self.token('g', word));
                continue;
            };
            // Spread over the word, including both ends.
            let steps = last.min(each.max(2) - 1);
            for step in 0..=steps {
                let at = last * step / steps.max(1);
                tokens.insert(self.token('g', word[at..at + MAX_PART].iter().copied()));
            }
        }
        tokens
    }
}

/// Up to three neighbouring letters, with their kind.
type Part = (char, [char; MAX_PART]);

/// Filler for parts with fewer letters; never the result of [`letter`].
const NONE: char = '\0';

/// The first letter, the first two and the first three.
fn starts(kind: char, letters: &[char], parts: &mut Vec<Part>) {
    let mut part = [NONE; MAX_PART];
    for (place, letter) in letters.iter().take(MAX_PART).enumerate() {
        part[place] = *letter;
        parts.push((kind, part));
    }
}

/// Start of the private plane to which characters are moved that the `ascii` tokenizer would split at or drop.
const PUNCTUATION: u32 = 0xF_0000;
/// Replacement for typed characters of that plane.
const LOST: char = '\u{fffd}';

/// A character as the tokenizer keeps it.
fn letter(c: char) -> char {
    match u32::from(c) {
        _ if c.is_ascii_alphanumeric() => c,
        code @ 0..0x80 => char::from_u32(PUNCTUATION + code).unwrap_or(LOST),
        PUNCTUATION..=0xF_007F => LOST,
        _ => c,
    }
}

/// True if the tokens of a word determine it: every record that has them contains the word.
pub(super) fn is_exact(word: &str) -> bool {
    word.chars().count() <= MAX_PART && !word.chars().any(|c| letter(c) == LOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(fields: &[&str]) -> BTreeSet<String> {
        let tokens = Tokens::of(7).of_texts(&fields.join("\n"));
        tokens.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_name_is_indexed_by_its_parts_its_starts_and_itself() {
        let expected = [
            "7eli", "7eli su", "7gi", "7gl", "7gli", "7gs", "7gsu", "7gu", "7nl", "7nli", "7ws",
            "7wsu", "7wl", "7wli",
        ];
        let expected = expected.map(|token| token.replace(' ', "\u{f0020}"));
        assert_eq!(tokens(&["li su", "li"]), BTreeSet::from(expected));
    }

    #[test]
    fn the_tokens_of_a_search_are_tokens_of_every_match() {
        let all = tokens(&[
            "conor o'brien",
            "p-000042",
            "follow-up in 6 months 李小龙 🙂",
        ]);
        for (word, starts) in [
            ("c", true),
            ("brien", true),
            ("o'b", true),
            ("rien", false),
            ("p-000042", true),
            ("042", false),
            ("up", true),
            ("李小龙", true),
            ("小", false),
            ("🙂", true),
        ] {
            let asked = Tokens::of(7).inside(&[word]);
            assert!(asked.is_subset(&all), "{word}: {asked:?}");
            assert_eq!(all.contains(&Tokens::of(7).start(word)), starts, "{word}");
        }
        assert!(all.contains(&Tokens::of(7).name_start("conor")));
        assert!(!all.contains(&Tokens::of(7).name_start("o'brien")));
    }

    #[test]
    fn a_search_text_of_a_megabyte_uses_few_parts() {
        let long: String = ('a'..='z').cycle().take(1_000_000).collect();
        assert!(Tokens::of(1).inside(&[&long]).len() <= MAX_PARTS);
        let many = "ab cd ".repeat(100_000);
        let words: Vec<&str> = many.split_whitespace().collect();
        assert!(Tokens::of(1).inside(&words).len() <= MAX_PARTS);
    }

    #[test]
    fn no_token_can_be_syntax() {
        for token in tokens(&["a\"b*c:d^e(f)g+h-i,j{k}", "\" OR \""]) {
            let plain = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii();
            assert!(token.chars().all(plain), "{token}");
        }
    }
}
