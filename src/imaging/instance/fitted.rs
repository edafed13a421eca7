//! Texts limited to the rules of DICOM value representations (PS3.5, 6.2).

use dicom_core::VR;

use crate::clinical::text::is_unprintable;

/// Maximum number of characters of a component group of a person's name.
const NAME_CHARACTERS: usize = 64;

/// The text in a valid form for a value representation: without forbidden characters, cut between two
/// characters.
pub(super) fn fitted(representation: VR, text: &str) -> String {
    let tidy: String = match representation {
        // These may have several lines, and a backslash does not separate values in them.
        VR::ST | VR::LT | VR::UT => lines(text),
        // Codes, numbers and dates in the default character set. One text may contain several values.
        VR::AE | VR::AS | VR::CS | VR::DA | VR::DS | VR::DT | VR::IS | VR::TM | VR::UI => {
            let plain = |letter: &char| matches!(letter, ' '..='~');
            return cut_values(representation, text.chars().filter(plain).collect());
        }
        _ => line(text),
    };
    let tidy = tidy.trim();
    match most(representation) {
        Some(most) => tidy
            .chars()
            .take(most)
            .collect::<String>()
            .trim()
            .to_owned(),
        None => tidy.to_owned(),
    }
}

/// Each of the values separated by backslashes, cut to its maximum length.
fn cut_values(representation: VR, text: String) -> String {
    let most = most(representation).unwrap_or(usize::MAX);
    let values = text.split('\\').map(|value| {
        let value = value.trim();
        value.get(..most.min(value.len())).unwrap_or_default()
    });
    values.collect::<Vec<_>>().join("\\")
}

/// Maximum number of characters of a value (PS3.5, table 6.2-1); `None` if only the file size limits it.
fn most(representation: VR) -> Option<usize> {
    match representation {
        VR::AS => Some(4),
        VR::DA => Some(8),
        VR::IS => Some(12),
        VR::TM => Some(14),
        VR::AE | VR::CS | VR::DS | VR::SH => Some(16),
        VR::DT => Some(26),
        VR::LO | VR::UI => Some(64),
        VR::PN => Some(NAME_CHARACTERS),
        VR::ST => Some(1024),
        VR::LT => Some(10_240),
        _ => None,
    }
}

/// One line: no control characters and no backslash, which would separate two values.
fn line(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '\t' | '\n' | '\r' => ' ',
        '\\' => '/',
        letter => letter,
    });
    letters.filter(|&letter| !is_unprintable(letter)).collect()
}

/// Lines separated by CR and LF, as the standard requires (PS3.5, 6.1.2.3).
fn lines(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let kept = line
            .chars()
            .filter(|&letter| letter == '\t' || !is_unprintable(letter));
        kept.map(|letter| if letter == '\t' { ' ' } else { letter })
            .collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

/// A full name in the components of a person's name, family name and given name (PS3.5, 6.2.1.1).
///
/// Only a comma tells the parts apart: `Lind, Rosa` becomes `Lind^Rosa`. Any other name is stored as the first
/// component, because the order of names differs between languages and a wrong guess is worse than none.
pub fn person_name(full_name: &str) -> String {
    // These two separate components and groups of components.
    let plain = full_name.replace(['^', '='], " ");
    match plain.split_once(',') {
        Some((family, given)) if !family.trim().is_empty() && !given.trim().is_empty() => {
            format!("{}^{}", family.trim(), given.trim())
        }
        _ => plain.trim().to_owned(),
    }
}

/// True if a text is a UID: numbers without leading zeros, separated by points, at most 64 characters (PS3.5,
/// 9.1).
pub fn is_uid(text: &str) -> bool {
    let is_component = |part: &str| match part.as_bytes() {
        [] => false,
        [b'0', _, ..] => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    (1..=64).contains(&text.len()) && text.split('.').all(is_component)
}

/// A number in at most the 16 characters of a decimal string, with at most four decimals.
pub fn decimal(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".into(),
        text => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(fitted(VR::LO, &"肺".repeat(100)), "肺".repeat(64));
        assert_eq!(fitted(VR::SH, "0123456789abcde fgh"), "0123456789abcde");
        assert_eq!(fitted(VR::PN, &"é".repeat(65)), "é".repeat(64));
        assert_eq!(fitted(VR::UT, &"x".repeat(20_000)).len(), 20_000);
    }

    #[test]
    fn a_hostile_text_neither_separates_values_nor_controls_a_terminal() {
        assert_eq!(
            fitted(VR::LO, " a\\b\0\u{1b}[31m\u{202e}c\nd "),
            "a/b[31mc d"
        );
        assert_eq!(fitted(VR::LT, "a\\b\nc\r\nd\u{7}"), "a\\b\r\nc\r\nd");
        assert_eq!(fitted(VR::CS, "GRÖSSE\n"), "GRSSE");
        // Persian and Hindi names need their joiners.
        assert_eq!(fitted(VR::PN, "نرگس\u{200c}ها"), "نرگس\u{200c}ها");
    }

    #[test]
    fn every_value_of_a_code_has_its_own_length() {
        assert_eq!(fitted(VR::DS, "-1.5 \\ 0.0001"), "-1.5\\0.0001");
        let long = "1234567890123456789";
        assert_eq!(fitted(VR::IS, &format!("{long}\\7")), "123456789012\\7");
    }

    #[test]
    fn a_name_has_components_only_where_a_comma_says_so() {
        assert_eq!(person_name("Lind, Rosa Maria"), "Lind^Rosa Maria");
        assert_eq!(person_name(" Rosa Lind "), "Rosa Lind");
        assert_eq!(person_name("王小明"), "王小明");
        assert_eq!(person_name("Rosa^Lind=X,"), "Rosa Lind X,");
    }

    #[test]
    fn uids_are_distinguished_from_other_text() {
        for uid in ["1.2.840.10008.1.2.1", "2.25.0", "0.0"] {
            assert!(is_uid(uid), "{uid}");
        }
        for text in [
            "",
            "1..2",
            "1.02",
            "1.2.",
            "1.2.a",
            "1.2\\3",
            &"1".repeat(65),
        ] {
            assert!(!is_uid(text), "{text}");
        }
    }

    #[test]
    fn a_decimal_is_short_and_without_needless_zeros() {
        for (number, text) in [
            (0.703, "0.703"),
            (-0.000_01, "0"),
            (12.0, "12"),
            (100.0 / 3.0, "33.3333"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_longer_than_its_representation_allows(text in proptest::prelude::any::<String>()) {
            for representation in [VR::AS, VR::CS, VR::DA, VR::IS, VR::LO, VR::LT, VR::PN, VR::SH, VR::ST, VR::UI] {
                let most = most(representation).unwrap_or(usize::MAX);
                let kept = fitted(representation, &text);
                let longest = kept.split('\\').map(|value| value.chars().count()).max();
                proptest::prop_assert!(longest <= Some(most) || kept.chars().count() <= most, "{kept:?}");
            }
        }
    }
}
