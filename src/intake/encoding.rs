//! How the bytes of a file spell letters: UTF-8, or Windows-1252 as older spreadsheets write it in Western countries.

use std::borrow::Cow;
use std::io::{self, Read};

/// Bytes that are looked at together.
const CHUNK: usize = 64 << 10;

/// How the letters of a file are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// Assumed of whatever is not UTF-8, since every byte means something in it.
    Windows1252,
}

/// What the beginning and the whole of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text(Encoding),
    Utf16,
    Binary,
}

/// What 0x80 to 0x9F mean in Windows-1252, as browsers have it too (WHATWG Encoding Standard, index windows-1252).
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Encoding {
    /// The text of some bytes. What is no UTF-8 in a file that is becomes U+FFFD.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Windows1252 => match str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => Cow::Borrowed(text),
                _ => bytes.iter().map(|&byte| letter(byte)).collect(),
            },
        }
    }
}

fn letter(byte: u8) -> char {
    let upper = byte.checked_sub(0x80).map(usize::from);
    (upper.and_then(|place| UPPER.get(place)).copied()).unwrap_or(char::from(byte))
}

/// Reads to the end and says what it is.
pub(super) fn kind_of(mut from: impl Read) -> io::Result<Kind> {
    let mut chunk = vec![0; CHUNK];
    let mut kept = 0;
    let mut first = true;
    let mut encoding = Encoding::Utf8;
    loop {
        let read = match from.read(&mut chunk[kept..]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = kept + read;
        if first && read > 0 {
            if chunk.starts_with(&[0xff, 0xfe]) || chunk.starts_with(&[0xfe, 0xff]) {
                return Ok(Kind::Utf16);
            }
            if is_binary(&chunk[..filled]) {
                return Ok(Kind::Binary);
            }
            first = false;
        }
        if encoding == Encoding::Utf8 {
            kept = match str::from_utf8(&chunk[..filled]) {
                Ok(_) => 0,
                // A letter may go on in the next chunk, but not behind the end.
                Err(fault) if fault.error_len().is_none() && read > 0 => {
                    chunk.copy_within(fault.valid_up_to()..filled, 0);
                    filled - fault.valid_up_to()
                }
                Err(_) => {
                    encoding = Encoding::Windows1252;
                    0
                }
            };
        }
        if read == 0 {
            return Ok(Kind::Text(encoding));
        }
    }
}

/// Whether bytes are other than text: one in twenty commands a terminal, as in pictures, archives and programs.
fn is_binary(bytes: &[u8]) -> bool {
    let is_command = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c);
    bytes.iter().filter(is_command).count() * 20 > bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Kind {
        kind_of(bytes).unwrap()
    }

    #[test]
    fn what_is_not_utf8_is_read_as_windows_1252() {
        assert_eq!(kind("Müller;1".as_bytes()), Kind::Text(Encoding::Utf8));
        assert_eq!(kind(b"M\xfcller"), Kind::Text(Encoding::Windows1252));
        assert_eq!(
            Encoding::Windows1252.decode(b"M\xfcller \x80 \x9c"),
            "Müller € œ"
        );
        assert_eq!(Encoding::Utf8.decode("Müller".as_bytes()), "Müller");
        // Cut within its last letter.
        assert_eq!(kind(b"M\xc3"), Kind::Text(Encoding::Windows1252));
    }

    #[test]
    fn a_letter_across_two_chunks_is_still_utf8() {
        for shift in 0..4 {
            let text = format!("{}{}", "a".repeat(CHUNK - shift), "李".repeat(CHUNK));
            assert_eq!(kind(text.as_bytes()), Kind::Text(Encoding::Utf8));
        }
    }

    #[test]
    fn pictures_and_utf16_are_told_from_text() {
        assert_eq!(kind(b"\xff\xfea\0b\0"), Kind::Utf16);
        assert_eq!(kind(b"\xfe\xff\0a\0b"), Kind::Utf16);
        assert_eq!(kind(b"a\0b\0c\0"), Kind::Binary);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), Kind::Binary);
        let one_nul = format!("{}\0", "number,name\n".repeat(10));
        assert_eq!(kind(one_nul.as_bytes()), Kind::Text(Encoding::Utf8));
    }
}
