//! Character encoding of a file: by its byte order mark, as UTF-8, as UTF-16 without a mark, or else the best guess among the
//! older encodings.

use std::io::{self, Read, Seek, SeekFrom};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::sealed::Opened;

/// Number of bytes that are read together.
const CHUNK: usize = 64 << 10;

/// An encoding of the WHATWG Encoding Standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encoding(&'static encoding_rs::Encoding);

/// Encodings that a list offers, most common first; [`Encoding::named`] knows all.
const OFFERED: [&str; 17] = [
    "utf-8",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "macintosh",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-kr",
    "utf-16le",
    "utf-16be",
];

impl Encoding {
    /// UTF-8, with or without a byte order mark.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);
    const MACINTOSH: Self = Self(encoding_rs::MACINTOSH);
    const UTF_16LE: Self = Self(encoding_rs::UTF_16LE);
    const UTF_16BE: Self = Self(encoding_rs::UTF_16BE);

    /// The encoding with this name, in any case: `utf-8`, `windows-1254`, `latin1`, `gb18030`.
    pub fn named(name: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label(name.trim().as_bytes()).map(Self)
    }

    /// The names that a list offers.
    pub fn offered() -> &'static [&'static str] {
        &OFFERED
    }

    /// The name in the standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The possible encodings of a guess, as a part of a sentence. Western and Turkish letters can only be told apart by a
    /// person.
    pub fn candidates(self) -> String {
        if self == Self::WINDOWS_1252 {
            return "windows-1252 (Western Europe) or windows-1254 (Turkish)".to_owned();
        }
        match self == Self::MACINTOSH {
            true => "macintosh (an old Mac) or windows-1252 (Western Europe)".to_owned(),
            false => self.name().to_owned(),
        }
    }

    /// The file as UTF-8, without a byte order mark. Invalid bytes become U+FFFD.
    pub(super) fn reader(self, file: Opened) -> Box<dyn Read> {
        let mut builder = DecodeReaderBytesBuilder::new();
        builder.strip_bom(true);
        match self == Self::UTF_8 {
            // Its cells are decoded one by one.
            true => builder.bom_sniffing(false),
            false => builder.encoding(Some(self.0)),
        };
        Box::new(builder.build(file))
    }
}

/// Kind of file, from its start and its whole content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text {
        encoding: Encoding,
        /// True if a mark or the bytes themselves allow no other reading, or only ones with the same letters.
        is_sure: bool,
    },
    /// Text in an unsupported encoding.
    Utf32,
    Binary,
}

impl Kind {
    fn sure(encoding: Encoding) -> Self {
        let is_sure = true;
        Self::Text { encoding, is_sure }
    }
}

/// Reads from the start to the end and determines the kind of file.
pub(super) fn kind_of(file: &mut (impl Read + Seek)) -> io::Result<Kind> {
    let mut chunk = vec![0; CHUNK];
    let mut kept = 0;
    let mut is_first = true;
    loop {
        let read = read(file, &mut chunk[kept..])?;
        let filled = kept + read;
        if is_first && read > 0 {
            if let Some(kind) = kind_by_beginning(&chunk[..filled]) {
                return Ok(kind);
            }
            is_first = false;
        }
        kept = match str::from_utf8(&chunk[..filled]) {
            Ok(_) => 0,
            // A letter may continue in the next chunk, but not after the end.
            Err(fault) if fault.error_len().is_none() && read > 0 => {
                chunk.copy_within(fault.valid_up_to()..filled, 0);
                filled - fault.valid_up_to()
            }
            Err(_) => return guessed(file),
        };
        if read == 0 {
            return Ok(Kind::sure(Encoding::UTF_8));
        }
    }
}

fn read(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The kind of file from a byte order mark or the positions of zero bytes.
fn kind_by_beginning(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Some(Kind::Utf32);
    }
    if bytes.starts_with(b"\xff\xfe") {
        return Some(Kind::sure(Encoding::UTF_16LE));
    }
    if bytes.starts_with(b"\xfe\xff") {
        return Some(Kind::sure(Encoding::UTF_16BE));
    }
    // Text that is mostly ASCII has a zero byte in every second place.
    let zeros = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|byte| **byte == 0)
    };
    let (even, odd) = (zeros(0).count(), zeros(1).count());
    let half = bytes.len() / 2;
    if half >= 8 && odd * 10 >= half * 7 && even * 20 < half {
        return Some(Kind::sure(Encoding::UTF_16LE));
    }
    if half >= 8 && even * 10 >= half * 7 && odd * 20 < half {
        return Some(Kind::sure(Encoding::UTF_16BE));
    }
    is_binary(bytes).then_some(Kind::Binary)
}

/// True if the bytes are not text: at least one in twenty is a control character, as in pictures, archives and programs.
fn is_binary(bytes: &[u8]) -> bool {
    let is_command = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c);
    bytes.iter().filter(is_command).count() * 20 > bytes.len()
}

/// The best guess for a file that is not UTF-8, from its first byte on.
///
/// Windows-1252 is certain if it is the guess and no letter of the file is a different one in Turkish: the two encodings differ
/// only in Ð, Ý, Þ and their small letters, and a list of names may contain only a few of them.
fn guessed(file: &mut (impl Read + Seek)) -> io::Result<Kind> {
    file.seek(SeekFrom::Start(0))?;
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut chunk = vec![0; CHUNK];
    let mut is_shared = true;
    let (mut has_returns, mut has_feeds) = (false, false);
    loop {
        let read = read(file, &mut chunk)?;
        let bytes = &chunk[..read];
        let differs = |byte: &u8| matches!(byte, 0xd0 | 0xdd | 0xde | 0xf0 | 0xfd | 0xfe);
        let unassigned = |byte: &u8| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
        is_shared &= !bytes.iter().any(|byte| differs(byte) || unassigned(byte));
        has_returns |= bytes.contains(&b'\r');
        has_feeds |= bytes.contains(&b'\n');
        detector.feed(bytes, read == 0);
        if read == 0 {
            break;
        }
    }
    let mut encoding = Encoding(detector.guess(None, Utf8Detection::Deny));
    // Only old Macs end lines so, and they have letters of their own.
    if encoding == Encoding::WINDOWS_1252 && has_returns && !has_feeds {
        encoding = Encoding::MACINTOSH;
    }
    Ok(Kind::Text {
        encoding,
        is_sure: encoding == Encoding::WINDOWS_1252 && is_shared,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Kind {
        kind_of(&mut io::Cursor::new(bytes)).unwrap()
    }

    fn in_bytes(name: &str, text: &str) -> Vec<u8> {
        let Encoding(encoding) = Encoding::named(name).unwrap();
        encoding.encode(text).0.into_owned()
    }

    fn text(name: &str, is_sure: bool) -> Kind {
        let encoding = Encoding::named(name).unwrap();
        Kind::Text { encoding, is_sure }
    }

    #[test]
    fn utf8_and_western_letters_are_sure() {
        assert_eq!(kind("Müller;1".as_bytes()), text("utf-8", true));
        assert_eq!(kind(b""), text("utf-8", true));
        let western = in_bytes("latin1", "Name;DOB\nJürgen Möller;5.3.1961\nRenée;\n");
        assert_eq!(kind(&western), text("windows-1252", true));
        // Cut within its last letter.
        assert_ne!(kind(b"M\xc3"), text("utf-8", true));
    }

    #[test]
    fn letters_that_differ_between_encodings_make_a_guess() {
        let turkish = in_bytes("windows-1254", "MRN;Name\n1;Şükrü Işık Ğ\n");
        assert!(matches!(kind(&turkish), Kind::Text { is_sure: false, .. }));
        for (name, names) in [
            ("windows-1254", "Ayşe Yılmaz;Çağrı Öztürk"),
            ("windows-1251", "Иванов Пётр"),
            ("windows-1256", "محمد علي"),
            ("windows-1250", "Łukasz Żółć"),
            ("shift_jis", "山田太郎"),
            ("euc-kr", "김철수"),
        ] {
            let bytes = in_bytes(name, &format!("MRN;Patient Name\r\n1;{names}\r\n"));
            assert_eq!(kind(&bytes), text(name, false), "{name}");
        }
    }

    #[test]
    fn a_file_of_an_old_mac_is_no_western_file_of_windows() {
        let (mac, ..) = encoding_rs::WINDOWS_1252.encode("MRN;Name\r1;M\u{178}ller\r");
        assert_eq!(kind(&mac), text("macintosh", false));
    }

    #[test]
    fn a_letter_across_two_chunks_is_still_utf8() {
        for shift in 0..4 {
            let long = format!("{}{}", "a".repeat(CHUNK - shift), "李".repeat(CHUNK));
            assert_eq!(kind(long.as_bytes()), text("utf-8", true));
        }
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_its_zero_bytes() {
        assert_eq!(kind(b"\xff\xfea\0b\0"), text("utf-16le", true));
        assert_eq!(kind(b"\xfe\xff\0a\0b"), text("utf-16be", true));
        let little: Vec<u8> = "Name;Geburt\nJürgen;1961\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(kind(&little), text("utf-16le", true));
        let big: Vec<u8> = "Name;Geburt\nJürgen;1961\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(kind(&big), text("utf-16be", true));
        assert_eq!(kind(b"\xff\xfe\0\0a\0\0\0"), Kind::Utf32);
    }

    #[test]
    fn pictures_are_distinguished_from_text() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), Kind::Binary);
        let one_nul = format!("{}\0", "number,name\n".repeat(10));
        assert_eq!(kind(one_nul.as_bytes()), text("utf-8", true));
    }

    #[test]
    fn every_name_that_is_offered_is_known() {
        for name in Encoding::offered() {
            assert!(Encoding::named(name).is_some(), "{name}");
        }
        assert_eq!(
            Encoding::named(" Latin5 ").map(Encoding::name),
            Some("windows-1254")
        );
        assert_eq!(Encoding::named("klingon"), None);
    }
}
