//! Letters that a web page wrote by their names or numbers: `M&uuml;ller`, `O&#39;Brien`.

use unicode_normalization::UnicodeNormalization;

/// Longest name of a letter, with its mark.
const LONGEST: usize = 10;

/// Marks above and below letters, by the ends of their names.
const MARKS: [(&str, char); 7] = [
    ("acute", '\u{301}'),
    ("grave", '\u{300}'),
    ("circ", '\u{302}'),
    ("tilde", '\u{303}'),
    ("uml", '\u{308}'),
    ("ring", '\u{30a}'),
    ("cedil", '\u{327}'),
];

/// The text with the letters themselves; none if it has no such name or number.
pub(super) fn as_letters(text: &str) -> Option<String> {
    if !text.contains('&') {
        return None;
    }
    let mut parts = text.split('&');
    let mut letters = parts.next().unwrap_or_default().to_owned();
    let mut is_changed = false;
    for part in parts {
        let named = part
            .split_once(';')
            .filter(|(name, _)| name.len() <= LONGEST);
        match named.and_then(|(name, rest)| Some((letter(name)?, rest))) {
            Some((letter, rest)) => {
                letters.push(letter);
                letters.push_str(rest);
                is_changed = true;
            }
            None => {
                letters.push('&');
                letters.push_str(part);
            }
        }
    }
    is_changed.then_some(letters)
}

fn letter(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let value = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(value);
    }
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" | "rsquo" => return Some('\''),
        "nbsp" => return Some(' '),
        "szlig" => return Some('ß'),
        "oslash" => return Some('ø'),
        "Oslash" => return Some('Ø'),
        "aelig" => return Some('æ'),
        "AElig" => return Some('Æ'),
        _ => {}
    }
    let (base, mark) = MARKS
        .iter()
        .find_map(|(end, mark)| Some((name.strip_suffix(end)?, *mark)))?;
    let mut base = base.chars();
    let (letter, None) = (base.next()?, base.next()) else {
        return None;
    };
    let mut composed = [letter, mark].into_iter().nfc();
    match (
        letter.is_ascii_alphabetic(),
        composed.next(),
        composed.next(),
    ) {
        (true, Some(composed), None) => Some(composed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_of_letters_are_read_once() {
        for (text, letters) in [
            ("Ana &amp; Gil", "Ana & Gil"),
            ("O&#39;Brien &#x4E2D;", "O'Brien 中"),
            ("M&uuml;ller-L&Uuml;d&nbsp;e", "Müller-LÜd e"),
            (
                "Fran&ccedil;ois Stra&szlig;e S&oslash;ren",
                "François Straße Søren",
            ),
            ("a &amp;lt; b", "a &lt; b"),
        ] {
            assert_eq!(as_letters(text).as_deref(), Some(letters), "{text}");
        }
        for text in [
            "Ana & Gil; Bo",
            "AT&T; x",
            "&;",
            "&#xD800;",
            "&#;",
            "&xacute;",
            "A & B",
        ] {
            assert_eq!(as_letters(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_an_error(text in "[&#;a-z0-9x ü]{0,40}") {
            let _ = as_letters(&text);
        }
    }
}
