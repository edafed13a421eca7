//! (0008,0005) SpecificCharacterSet: conversion of a text's bytes to characters (PS3.3 C.12.1.1.2, PS3.5
//! 6.1.2).
//!
//! There are two kinds of sets. UTF-8, GB18030 and GBK encode a value as a whole. All others are code elements
//! of ISO 2022: G0 for bytes up to 7F, G1 for those above. An escape sequence replaces one of them until the
//! end of the line, the value or the component of a name.

use encoding_rs::*;

const ESCAPE: u8 = 0x1b;

/// Maximum number of bytes of an unknown escape sequence that are skipped.
const LONGEST_ESCAPE: usize = 4;

/// The active set for bytes up to 7F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Low {
    Ascii,
    /// JIS X 0208, two bytes a character.
    Kanji,
    /// JIS X 0212, two bytes a character.
    SupplementaryKanji,
    /// JIS X 0201, half-width katakana.
    Katakana,
}

/// The character sets of a data set; the default is that of a data set that states none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CharacterSets {
    /// An encoding without code extensions.
    whole: Option<&'static Encoding>,
    /// The set for bytes above 7F at the start of a value.
    high: Option<&'static Encoding>,
}

impl CharacterSets {
    /// The sets that the values of (0008,0005) name; misspelled names are recognised, unknown ones ignored.
    pub(super) fn of<T: AsRef<str>>(values: &[T]) -> Self {
        let named: Vec<Named> = values.iter().map(|name| named(name.as_ref())).collect();
        let first = named.first().copied().unwrap_or(Named::Ascii);
        if let Named::Whole(encoding) = first {
            return Self {
                whole: Some(encoding),
                high: None,
            };
        }
        // Writers that name Chinese only as an extension often omit the escape sequence.
        let high = named.iter().find_map(|named| match named {
            Named::High(encoding) => Some(*encoding),
            _ => None,
        });
        Self { whole: None, high }
    }

    /// The characters of a value. `several`: a backslash separates values. `name`: the value is a person's
    /// name.
    ///
    /// Bytes that are invalid in the set become U+FFFD. Without a set, the text is read as UTF-8 if valid,
    /// otherwise as Windows-1252.
    pub(super) fn decode(self, bytes: &[u8], several: bool, name: bool) -> String {
        if bytes.is_ascii() && !bytes.contains(&ESCAPE) {
            return String::from_utf8_lossy(bytes).into_owned();
        }
        if let Some(encoding) = self.whole {
            return whole(encoding, bytes);
        }
        if self.high.is_none()
            && !bytes.contains(&ESCAPE)
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return text.to_owned();
        }
        let mut text = String::with_capacity(bytes.len());
        let begin = (Low::Ascii, self.high);
        let (mut low, mut high) = begin;
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let length = if byte == ESCAPE {
                let (sets, length) = escape(rest, (low, high));
                (low, high) = sets;
                length
            } else if byte >= 0x80 {
                let length = high_run(rest, high);
                text.push_str(&characters(high, rest.get(..length).unwrap_or_default()));
                length
            } else if matches!(byte, 0x21..=0x7e) && low != Low::Ascii {
                let length = (rest.iter())
                    .take_while(|byte| matches!(byte, 0x21..=0x7e))
                    .count();
                low_run(low, rest.get(..length).unwrap_or_default(), &mut text);
                length
            } else {
                let ends = matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r')
                    || several && byte == b'\\'
                    || name && matches!(byte, b'^' | b'=');
                if ends {
                    (low, high) = begin;
                }
                text.push(char::from(byte));
                1
            };
            rest = rest.get(length.max(1)..).unwrap_or_default();
        }
        text
    }
}

/// The set for a defined term.
#[derive(Debug, Clone, Copy)]
enum Named {
    Ascii,
    Whole(&'static Encoding),
    High(&'static Encoding),
}

/// The set that a defined term names, recognised by its number.
fn named(term: &str) -> Named {
    let letters = term.chars().filter(char::is_ascii_alphanumeric);
    let term: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    match term.as_str() {
        "GB18030" => return Named::Whole(GB18030),
        "GBK" | "GB2312" => return Named::Whole(GBK),
        "UTF8" | "ISO10646" => return Named::Whole(UTF_8),
        _ => {}
    }
    let before = term.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = term.get(before.len()..).unwrap_or_default();
    // ISO 2022 IR 100 ends with 100 and ISO 8859-1 with 88591.
    match number {
        "100" | "88591" => Named::High(WINDOWS_1252),
        "101" | "88592" => Named::High(ISO_8859_2),
        "109" | "88593" => Named::High(ISO_8859_3),
        "110" | "88594" => Named::High(ISO_8859_4),
        "144" | "88595" => Named::High(ISO_8859_5),
        "127" | "88596" => Named::High(ISO_8859_6),
        "126" | "88597" => Named::High(ISO_8859_7),
        "138" | "88598" => Named::High(ISO_8859_8),
        "148" | "88599" => Named::High(WINDOWS_1254),
        "203" | "885915" => Named::High(ISO_8859_15),
        "13" => Named::High(SHIFT_JIS),
        "166" => Named::High(WINDOWS_874),
        "149" => Named::High(EUC_KR),
        "58" => Named::High(GBK),
        "192" => Named::Whole(UTF_8),
        _ => Named::Ascii,
    }
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    text.into_owned()
}

/// The characters of bytes above 7F.
fn characters(set: Option<&'static Encoding>, bytes: &[u8]) -> String {
    whole(set.unwrap_or(WINDOWS_1252), bytes)
}

/// Number of bytes that belong to the set for bytes above 7F. The second byte of a character may be below that.
fn high_run(bytes: &[u8], set: Option<&'static Encoding>) -> usize {
    let double = set == Some(SHIFT_JIS);
    let mut length = 0;
    while let Some(&byte) = bytes.get(length)
        && byte >= 0x80
    {
        let pair = double && matches!(byte, 0x81..=0x9f | 0xe0..=0xfc) && length + 1 < bytes.len();
        length += 1 + usize::from(pair);
    }
    length
}

/// Appends the characters of bytes 21 to 7E in a set that replaces ASCII.
fn low_run(set: Low, bytes: &[u8], text: &mut String) {
    let raised = |bytes: &[u8]| bytes.iter().map(|byte| byte | 0x80).collect::<Vec<u8>>();
    match set {
        Low::Ascii => text.push_str(&String::from_utf8_lossy(bytes)),
        Low::Katakana => text.push_str(&whole(SHIFT_JIS, &raised(bytes))),
        Low::Kanji => text.push_str(&whole(EUC_JP, &raised(bytes))),
        Low::SupplementaryKanji => {
            for pair in bytes.chunks(2) {
                let code = [&[0x8f][..], &raised(pair)].concat();
                text.push_str(&whole(EUC_JP, &code));
            }
        }
    }
}

/// The active sets after the escape sequence at the start of `bytes`, and its length (PS3.3, tables C.12-3 and
/// C.12-4).
fn escape(
    bytes: &[u8],
    before: (Low, Option<&'static Encoding>),
) -> ((Low, Option<&'static Encoding>), usize) {
    let (low, high) = before;
    let after = bytes.get(1..).unwrap_or_default();
    match after {
        [b'(', b'B' | b'J', ..] => ((Low::Ascii, high), 3),
        [b'(', b'I', ..] => ((Low::Katakana, high), 3),
        [b')', b'I', ..] => ((low, Some(SHIFT_JIS)), 3),
        [b'$', b'B' | b'@', ..] => ((Low::Kanji, high), 3),
        [b'$', b'(', b'B', ..] => ((Low::Kanji, high), 4),
        [b'$', b'(', b'D', ..] => ((Low::SupplementaryKanji, high), 4),
        [b'$', b')', b'C', ..] => ((low, Some(EUC_KR)), 4),
        [b'$', b')', b'A', ..] => ((low, Some(GBK)), 4),
        [b'-', set, ..] => {
            let set = match set {
                b'A' => WINDOWS_1252,
                b'B' => ISO_8859_2,
                b'C' => ISO_8859_3,
                b'D' => ISO_8859_4,
                b'L' => ISO_8859_5,
                b'G' => ISO_8859_6,
                b'F' => ISO_8859_7,
                b'H' => ISO_8859_8,
                b'M' => WINDOWS_1254,
                b'T' => WINDOWS_874,
                b'b' => ISO_8859_15,
                _ => return (before, 3),
            };
            ((low, Some(set)), 3)
        }
        _ => {
            // ESC, intermediate bytes, and a final one.
            let between = (after.iter().take(LONGEST_ESCAPE))
                .take_while(|byte| matches!(byte, 0x20..=0x2f))
                .count();
            (before, (between + 2).min(bytes.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(sets: &str, bytes: &[u8]) -> String {
        let sets: Vec<&str> = sets.split('\\').collect();
        CharacterSets::of(&sets).decode(bytes, true, true)
    }

    #[test]
    fn single_byte_sets_are_read_under_every_spelling_of_their_name() {
        for (sets, bytes, expected) in [
            ("ISO_IR 100", &b"L\xfcngen"[..], "Lüngen"),
            ("ISO_IR 101", b"\xa3ukasz", "Łukasz"),
            ("ISO_IR 109", b"\xa1", "Ħ"),
            ("ISO_IR 110", b"\xb9", "š"),
            ("ISO_IR 144", b"\xb3\xe0\xe3\xd4\xec", "Грудь"),
            ("ISO_IR 126", b"\xc8\xfe\xf1\xe1\xea\xe1\xf2", "Θώρακας"),
            ("ISO_IR 127", b"\xd5\xcf\xd1", "صدر"),
            ("ISO_IR 138", b"\xe7\xe6\xe4", "חזה"),
            ("ISO_IR 148", b"G\xf6\xf0\xfcs", "Göğüs"),
            ("ISO_IR 203", b"\xa4", "€"),
            ("ISO_IR 166", b"\xb7\xc3\xc7\xa7", "ทรวง"),
            ("ISO_IR 13", b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
            ("ISO-IR 144", b"\xb3", "Г"),
            ("ISO IR 126", b"\xc8", "Θ"),
            ("iso_2022_ir_101", b"\xa3", "Ł"),
            ("ISO 8859-2", b"\xa3", "Ł"),
        ] {
            assert_eq!(decoded(sets, bytes), expected, "{sets}");
        }
    }

    #[test]
    fn sets_without_extensions_may_have_backslashes_as_second_bytes() {
        assert_eq!(decoded("ISO_IR 192", "Łungs 胸".as_bytes()), "Łungs 胸");
        assert_eq!(decoded("utf-8", "胸".as_bytes()), "胸");
        // 乗 is 81 5C in GBK.
        assert_eq!(decoded("GB18030", b"\x81\x5c\\\xd0\xd8"), "乗\\胸");
        assert_eq!(decoded("GBK", b"\xd0\xd8\xb2\xbf"), "胸部");
    }

    /// The examples of PS3.5, annexes H, I and K.
    #[test]
    fn escape_sequences_apply_until_a_component_ends() {
        let japanese =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        let expected = "Yamada^Tarou=山田^太郎=やまだ^たろう";
        assert_eq!(decoded("\\ISO 2022 IR 87", japanese), expected);
        let katakana = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J";
        let expected = "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう";
        assert_eq!(
            decoded("ISO 2022 IR 13\\ISO 2022 IR 87", katakana),
            expected
        );
        let korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
        let expected = "Hong^Gildong=洪^吉洞=홍^길동";
        assert_eq!(decoded("\\ISO 2022 IR 149", korean), expected);
        let chinese = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=";
        let expected = "Zhang^XiaoDong=张^小东=";
        assert_eq!(decoded("\\ISO 2022 IR 58", chinese), expected);
        // Greek in the first component, Cyrillic in the second, and Latin again after each.
        let mixed = b"\x1b-F\xc8^\x1b-L\xb3^\xfc";
        let sets = "ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144";
        assert_eq!(decoded(sets, mixed), "Θ^Г^ü");
        // JIS X 0212, and a double-byte character that contains the byte of a backslash.
        assert_eq!(decoded("\\ISO 2022 IR 159", b"\x1b$(D0!\x1b(B"), "丂");
        assert_eq!(decoded("\\ISO 2022 IR 87", b"\x1b$B!\\\x1b(B\\a"), "＋\\a");
    }

    #[test]
    fn text_outside_its_set_is_never_lost() {
        assert_eq!(decoded("", "胸".as_bytes()), "胸");
        assert_eq!(decoded("", b"L\xfcngen"), "Lüngen");
        assert_eq!(decoded("ISO_IR 192", b"a\xfcb"), "a\u{fffd}b");
        // An extension that is named but not announced by an escape sequence.
        assert_eq!(decoded("\\ISO 2022 IR 58", b"\xd0\xd8"), "胸");
        assert_eq!(decoded("\\ISO 2022 IR 87", b"a\x1b%Gb"), "ab");
        assert_eq!(decoded("\\ISO 2022 IR 87", b"\x1b"), "");
    }

    proptest! {
        #[test]
        fn every_text_ends(bytes in prop::collection::vec(any::<u8>(), 0..60), set in 0usize..6) {
            let sets = ["", "ISO_IR 13", "\\ISO 2022 IR 87", "GB18030", "\\ISO 2022 IR 149", "ISO_IR 192"];
            let text = decoded(sets.get(set).copied().unwrap_or_default(), &bytes);
            prop_assert!(text.len() <= 3 * bytes.len() + 3);
        }
    }
}
