//! Cleaning of a cell: removes the additions of spreadsheets and web pages around its text.

use std::borrow::Cow;

use crate::report::table::unguarded;

/// The text of a cell: without a guard against formulas, `="…"`, meaningless invisible characters, and blanks at the ends.
/// Joiners inside stay, because Persian and Hindi need them; so do marks that change the direction of text, which are refused
/// later.
pub(super) fn tidy(cell: &str) -> Cow<'_, str> {
    let text = as_text(trimmed(unguarded(trimmed(cell))));
    match text.contains(is_nothing) {
        true => text.replace(is_nothing, "").into(),
        false => match text {
            Cow::Borrowed(text) => trimmed(text).into(),
            Cow::Owned(text) => trimmed(&text).to_owned().into(),
        },
    }
}

/// The text without any invisible character, for numbers and dates.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| is_nothing(c) || is_at_an_end(c);
    match text.contains(is_hidden) {
        true => trimmed(&text.replace(is_hidden, "")).to_owned().into(),
        false => trimmed(text).into(),
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
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("=1+1", "=1+1"),
            ("", ""),
        ] {
            assert_eq!(tidy(cell), text, "{cell:?}");
        }
        assert_eq!(tidy("a\u{202e}b"), "a\u{202e}b");
        assert_eq!(visible("H\u{200c}-1\u{200e}00"), "H-100");
    }
}
