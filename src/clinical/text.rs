//! Typed text: tidied, refused if invalid, and folded for searching.

use unicode_normalization::UnicodeNormalization;

/// Reason why a line of text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// No visible content: empty, blank, or only marks and punctuation.
    Empty,
    /// More than the given number of characters.
    TooLong(usize),
    /// A control character, or one that changes the direction of the text around it.
    Unprintable(char),
}

impl TextFault {
    /// One sentence for the form, where `what` names the field: "The full name".
    pub fn sentence(self, what: &str) -> String {
        match self {
            Self::Empty => format!("{what} is missing."),
            Self::TooLong(most) => format!("{what} is longer than {most} characters."),
            Self::Unprintable(found) => format!(
                "{what} contains a character that cannot be shown (U+{:04X}): type it again without it.",
                u32::from(found)
            ),
        }
    }
}

/// A name, a number or another single line: trimmed, with single inner spaces.
///
/// `most` counts characters (code points) of the tidied line. A line needs a letter or a digit of
/// some script: marks, spaces and invisible characters alone cannot be told apart by a reader.
pub fn line(typed: &str, most: usize) -> Result<String, TextFault> {
    let typed = typed.trim();
    if let Some(found) = typed.chars().find(|&c| is_unprintable(c)) {
        return Err(TextFault::Unprintable(found));
    }
    let tidy = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if !tidy.chars().any(char::is_alphanumeric) {
        return Err(TextFault::Empty);
    }
    if tidy.chars().count() > most {
        return Err(TextFault::TooLong(most));
    }
    Ok(tidy)
}

/// Free text of several lines: line ends become `
/// `, blank ends are trimmed, tabs stay. May be empty.
pub fn paragraphs(typed: &str, most: usize) -> Result<String, TextFault> {
    let tidy = typed.replace("\r\n", "\n").replace('\r', "\n");
    let tidy = tidy.trim();
    if let Some(found) = tidy
        .chars()
        .find(|&c| is_unprintable(c) && c != '\n' && c != '\t')
    {
        return Err(TextFault::Unprintable(found));
    }
    if tidy.chars().count() > most {
        return Err(TextFault::TooLong(most));
    }
    Ok(tidy.to_owned())
}

/// True for control characters, separators that terminals and databases read differently, and marks that reverse the text after
/// them. Joiners and direction hints are allowed: Persian, Hindi and Hebrew names need them.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The form in which two spellings of one identifier are equal: compatibility forms joined, lower case, single white space.
/// Accents stay.
pub fn key(text: &str) -> String {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    lower
        .nfc()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The form in which text is searched: no case, no accents, no invisible characters.
///
/// `É` and `e` fold alike, and so do `ß` and `ss`, `ø` and `o`, `æ` and `ae`, `’` and `'`. Every
/// run of white space or control characters becomes one space. Only accents of Latin, Greek and
/// Cyrillic letters and the optional vowel points of Arabic and Hebrew are dropped; in Indic
/// scripts the marks are letters and stay.
pub fn fold(text: &str) -> String {
    match text.is_ascii() {
        true => fold_ascii(text),
        false => fold_any(text),
    }
}

/// As [`fold_any`], for the texts that are most frequent.
fn fold_ascii(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded.make_ascii_lowercase();
    match folded.contains('`') {
        true => folded.replace('`', "'"),
        false => folded,
    }
}

fn fold_any(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Some compatibility forms decompose into capitals, for example the trade mark sign.
    for c in text.to_lowercase().nfkd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}' => {}
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`' => folded.push('\''),
            '\u{2010}'..='\u{2015}' => folded.push('-'),
            c if c.is_control() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True if a word begins after the character `before`.
pub fn starts_word(before: Option<char>) -> bool {
    before.is_none_or(|before| !before.is_alphanumeric())
}

/// True if `word` occurs in `text` at the start of a word; both are folded. Occurrences may overlap: the second of three emoji
/// begins a word where the first does not.
pub fn begins_a_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| from + at) {
        if starts_word(text[..at].chars().next_back()) {
            return true;
        }
        let first = text[at..].chars().next().map_or(1, char::len_utf8);
        from = at + first;
    }
    false
}

/// True if every typed word begins a word of one of the texts, in any case and without accents; false for a blank text.
pub fn names(typed: &str, texts: &[&str]) -> bool {
    let typed = fold(typed);
    let texts: Vec<String> = texts.iter().map(|text| fold(text)).collect();
    let begins = |word: &str| texts.iter().any(|text| begins_a_word(text, word));
    !typed.is_empty() && typed.split(' ').all(begins)
}

/// Typed text in a form that fits into a sentence: short, without control characters.
pub fn shown(typed: &str) -> String {
    const MAX_CHARACTERS: usize = 20;
    let mut letters = typed.chars().filter(|letter| !letter.is_control());
    let mut kept: String = letters.by_ref().take(MAX_CHARACTERS).collect();
    if letters.next().is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_its_spaces_made_single() {
        assert_eq!(
            line("  Ada   Maria\u{a0}Byron ", 40).as_deref(),
            Ok("Ada Maria Byron")
        );
    }

    #[test]
    fn a_line_of_invisible_characters_is_empty() {
        for blank in ["", "   ", "\u{200d}\u{200c}", "\u{301}", "-'.", "\u{3000}"] {
            assert_eq!(line(blank, 40), Err(TextFault::Empty), "{blank:?}");
        }
    }

    #[test]
    fn control_characters_and_direction_overrides_are_refused() {
        for hostile in ['\0', '\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}'] {
            let typed = format!("Ada{hostile}Byron");
            assert_eq!(line(&typed, 40), Err(TextFault::Unprintable(hostile)));
            assert_eq!(paragraphs(&typed, 40), Err(TextFault::Unprintable(hostile)));
        }
        assert_eq!(line("a\tb", 40), Err(TextFault::Unprintable('\t')));
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert_eq!(line("ééé", 3).as_deref(), Ok("ééé"));
        assert_eq!(line("éééé", 3), Err(TextFault::TooLong(3)));
    }

    #[test]
    fn paragraphs_keep_their_lines_and_may_be_empty() {
        assert_eq!(
            paragraphs("one\r\ntwo\rthree\n\n", 40).as_deref(),
            Ok("one\ntwo\nthree")
        );
        assert_eq!(paragraphs("  ", 40).as_deref(), Ok(""));
        assert_eq!(paragraphs("12345", 4), Err(TextFault::TooLong(4)));
    }

    proptest::proptest! {
        #[test]
        fn texts_of_ascii_are_folded_as_all_others(text in "[\\x00-\\x7f]{0,40}") {
            proptest::prop_assert_eq!(fold(&text), fold_any(&text));
        }
    }

    #[test]
    fn folding_removes_case_accents_and_ligatures() {
        let pairs = [
            ("Élodie Müller", "elodie muller"),
            ("E\u{301}lodie", "elodie"),
            ("STRAßE", "strasse"),
            ("ẞ", "ss"),
            ("Søren Łukasz Đorđe", "soren lukasz dorde"),
            ("Æsa Œdipe Þór", "aesa oedipe thor"),
            ("İstanbul ısı", "istanbul isi"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("O’Brien", "o'brien"),
            ("Jean‐Luc", "jean-luc"),
            ("１２３", "123"),
            ("a\u{200d}b\0c", "ab c"),
            ("مُحَمَّد", "محمد"),
            ("™ ℃", "tm °c"),
        ];
        for (text, folded) in pairs {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn folding_keeps_the_vowel_signs_of_indic_scripts() {
        assert_ne!(fold("की"), fold("का"));
    }

    #[test]
    fn a_key_joins_spellings_but_not_accents() {
        assert_eq!(key("  St.  MARY "), key("st. mary"));
        assert_eq!(key("Caf\u{e9}"), key("cafe\u{301}"));
        assert_ne!(key("Café"), key("Cafe"));
    }

    #[test]
    fn overlapping_occurrences_are_all_checked() {
        assert!(begins_a_word("一🙂🙂🙂", "🙂🙂"));
        assert!(begins_a_word("xa'a'a", "a'a"));
        assert!(!begins_a_word("xaaa", "aa"));
    }

    #[test]
    fn words_name_a_person_by_the_starts_of_name_and_number() {
        let texts = ["José  Müller", "P-0042"];
        for typed in ["jose", "MULL p-00", "0042", "P-0042 Jos"] {
            assert!(names(typed, &texts), "{typed}");
        }
        for typed in ["", "  ", "ose", "1961", "jose ller"] {
            assert!(!names(typed, &texts), "{typed}");
        }
    }

    #[test]
    fn typed_text_is_shown_short_and_without_control_characters() {
        assert_eq!(shown("20.05"), "20.05");
        assert_eq!(shown("\u{1b}[2J9"), "[2J9");
        assert_eq!(shown(&"9".repeat(21)), format!("{}…", "9".repeat(20)));
    }
}
