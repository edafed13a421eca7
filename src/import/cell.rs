//! Cleaning of a cell: removes the additions of spreadsheets and web pages around its text.

use std::borrow::Cow;

use crate::report::table::unguarded;

/// The text of a cell: without a guard against formulas or before digits, `="…"`, meaningless invisible characters, and blanks at the ends.
/// Joiners inside stay, because Persian and Hindi need them; so do marks that change the direction of text, which are refused
/// later.
pub(super) fn tidy(cell: &str) -> Cow<'_, str> {
    let text = as_text(trimmed(unmarked(unguarded(trimmed(cell)))));
    match text.contains(is_nothing) {
        true => text.replace(is_nothing, "").into(),
        false => match text {
            Cow::Borrowed(text) => trimmed(text).into(),
            Cow::Owned(text) => trimmed(&text).to_owned().into(),
        },
    }
}

/// The text without any invisible character, and with the digits 0 to 9 for those of other scripts: for numbers and dates.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return trimmed(text).into();
    }
    let is_hidden = |c: char| is_nothing(c) || is_at_an_end(c);
    let shown = text.chars().filter(|c| !is_hidden(*c)).map(plain_digit);
    trimmed(&shown.collect::<String>()).to_owned().into()
}

/// The digits zero of Arabic, Persian, Hindi, Bengali and Thai, and the wide one: nine digits follow each.
const ZEROS: [char; 6] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}',
];

/// A digit of another script as one of ASCII, and the Arabic decimal separator as a point.
fn plain_digit(c: char) -> char {
    let value = |zero: char| u32::from(c).checked_sub(u32::from(zero));
    let digit = ZEROS
        .into_iter()
        .filter_map(value)
        .find_map(|value| char::from_digit(value, 10));
    match c {
        '\u{66b}' => '.',
        _ => digit.unwrap_or(c),
    }
}

/// The text before it was encoded twice: `JosÃ©` is `José`, in UTF-8 that a program read as windows-1252. None for other text.
pub(super) fn encoded_once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let (bytes, _, has_other_letters) = encoding_rs::WINDOWS_1252.encode(text);
    match has_other_letters {
        true => None,
        false => String::from_utf8(bytes.into_owned()).ok(),
    }
}

/// A number without the apostrophe that makes it text in a spreadsheet.
fn unmarked(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => number,
        _ => cell,
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_nothing(c) || is_at_an_end(c))
}

/// Zero-width space and no-break space, word joiner, soft hyphen.
fn is_nothing(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}' | '\u{ad}')
}

/// Joiners and direction marks, which have a meaning only between letters. Overrides are not included.
fn is_at_an_end(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// The content of `="00123"`, a notation of some programs that makes a spreadsheet keep leading zeros.
fn as_text(cell: &str) -> Cow<'_, str> {
    let inside = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) if inside.contains("\"\"") => inside.replace("\"\"", "\"").into(),
        Some(inside) => inside.into(),
        None => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_around_a_text_are_removed() {
        for (cell, text) in [
            ("=\"00123\"", "00123"),
            (" =\"a \"\"b\"\"\" ", "a \"b\""),
            ("\u{a0} Nbsp  Name\u{200b} ", "Nbsp  Name"),
            ("\u{feff}Ana", "Ana"),
            ("A\u{200b}na", "Ana"),
            ("\u{202a}+49 30 1\u{202c}", "+49 30 1"),
            ("'+44 20", "+44 20"),
            ("'00124", "00124"),
            ("'t Hooft", "'t Hooft"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("=1+1", "=1+1"),
            ("", ""),
        ] {
            assert_eq!(tidy(cell), text, "{cell:?}");
        }
        assert_eq!(tidy("a\u{202e}b"), "a\u{202e}b");
        assert_eq!(visible("H\u{200c}-1\u{200e}00"), "H-100");
        assert_eq!(visible("١٩٦١/٠٢/٠٣ ۴५９"), "1961/02/03 459");
    }

    #[test]
    fn text_that_was_encoded_twice_is_mended() {
        for (twice, once) in [
            ("JosÃ© PÃ©rez", "José Pérez"),
            ("MÃ¼ller", "Müller"),
            ("Å\u{81}ucja", "Łucja"),
            ("Oâ€™Brien", "O’Brien"),
        ] {
            assert_eq!(encoded_once(twice).as_deref(), Some(once), "{twice}");
        }
        for text in ["José Pérez", "Łucja", "ÃO", "Ana", "李小龙", "Ã©李"] {
            assert_eq!(encoded_once(text), None, "{text}");
        }
    }
}
