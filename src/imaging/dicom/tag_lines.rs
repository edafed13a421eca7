//! Every element of a DICOM file as text, for display.
//!
//! Values are not interpreted, so a damaged file shows the elements before the damage.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use serde::{Deserialize, Serialize};

use super::elements::{ElementHeader, Elements, Encoding, Event, Open};
use super::start::{Parts, encoding_of, is_dicom, split};
use super::{deflate, syntax};
use crate::cancel::Cancel;
use crate::imaging::ImagingError;
use crate::imaging::opening::Opening;
use crate::imaging::source::Source;

/// Maximum number of lines; a CT slice has two hundred elements.
const MOST_LINES: usize = 5_000;
/// Maximum length of a value in bytes; for longer ones only the size is shown.
const LONGEST_VALUE: usize = 16 << 10;
/// Number of bytes that are read of a file too large to read completely.
const LARGE_HEADER: usize = 4 << 20;
/// Maximum number of characters of a value.
const MOST_LETTERS: usize = 400;

/// One element. Names and values as stored: scrub them before display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagLine {
    /// Nesting depth in sequences.
    pub depth: usize,
    /// In the form `(0010,0010)`.
    pub tag: String,
    /// The value representation, two letters.
    pub vr: String,
    /// The standard's keyword, such as `PatientName`; `private` or `unknown` where it has none.
    pub name: String,
    /// The values, separated by backslashes; a size in bytes if they are not text.
    pub value: String,
}

/// The elements of a DICOM file up to its pixels, at most 5,000, including those in sequences; empty for a file
/// of another format. Errors: those of reading the file.
pub(in crate::imaging) fn tags(
    source: Source,
    cancel: &Cancel,
) -> Result<Vec<TagLine>, ImagingError> {
    let mut file = Opening::new(source, cancel)?;
    if file.is_large() {
        while file.bytes().len() < LARGE_HEADER && !file.is_whole() {
            file.read_on()?;
        }
    } else {
        file.read_all()?;
    }
    Ok(lines(file.bytes()))
}

fn lines(bytes: &[u8]) -> Vec<TagLine> {
    let mut lines = Vec::new();
    if !is_dicom(bytes) {
        return lines;
    }
    let cancel = Cancel::default();
    let Ok(Parts { meta, body }) = split(bytes, &cancel) else {
        return lines;
    };
    walk(meta, Encoding::EXPLICIT, &mut lines);
    let uid = lines.iter().find(|line| line.name == "TransferSyntaxUID");
    let (encoding, layout) = match uid {
        None => syntax::of_encoding(encoding_of(body, None)),
        Some(uid) => match syntax::layout(&uid.value) {
            Ok(layout) => layout,
            Err(_) => return lines,
        },
    };
    if layout.deflated {
        if let Ok((inflated, _)) = deflate::inflate(body) {
            walk(&inflated, encoding, &mut lines);
        }
    } else {
        walk(body, encoding_of(body, Some(encoding)), &mut lines);
    }
    lines
}

/// Appends the elements of `bytes` up to its pixels, its end, or the first error.
fn walk(bytes: &[u8], encoding: Encoding, lines: &mut Vec<TagLine>) {
    // The number of lines is bounded, so the loop is short.
    let cancel = Cancel::default();
    let mut elements = Elements::new(bytes, encoding, &cancel);
    let textual = |_: &[Open], header: &ElementHeader| {
        let binary = matches!(
            header.vr,
            VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN
        );
        !binary && header.end() - header.value <= LONGEST_VALUE
    };
    while lines.len() < MOST_LINES
        && let Ok(Some(event)) = elements.next(textual)
    {
        let sequences = |open: &[Open]| open.iter().filter(|&&open| open != Open::Item).count();
        let depth = sequences(elements.open());
        match event {
            Event::Value { header, place, .. } if depth == 0 && header.tag == tags::PIXEL_DATA => {
                let value = format!("{} bytes", place.len());
                lines.push(line(depth, header.tag, header.vr, value));
                return;
            }
            Event::Value { place, .. } if place.end > bytes.len() => return,
            Event::Value {
                header,
                value,
                place,
            } => {
                let value = match value {
                    Some(value) => text(&value),
                    None => format!("{} bytes", place.len()),
                };
                lines.push(line(depth, header.tag, header.vr, value));
            }
            Event::SequenceStart(tag) => lines.push(line(depth - 1, tag, VR::SQ, String::new())),
            Event::PixelSequenceStart => {
                let packed = "packed".to_owned();
                lines.push(line(depth - 1, tags::PIXEL_DATA, VR::OB, packed));
                return;
            }
            Event::ItemStart | Event::Other => {}
        }
    }
}

fn line(depth: usize, tag: Tag, vr: VR, value: String) -> TagLine {
    let name = match StandardDataDictionary.by_tag(tag) {
        Some(entry) => entry.alias(),
        None if tag.group() % 2 == 1 => "private",
        None => "unknown",
    };
    TagLine {
        depth,
        tag: tag.to_string(),
        vr: vr.to_string().to_owned(),
        name: name.to_owned(),
        value,
    }
}

fn text(value: &PrimitiveValue) -> String {
    let whole = value.to_multi_str().join("\\");
    let whole = whole.trim_matches(['\0', ' ']);
    let mut letters: String = whole.chars().take(MOST_LETTERS).collect();
    if letters.len() < whole.len() {
        letters.push('…');
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An element in explicit little endian with a short length.
    fn element(tag: [u16; 2], vr: &str, value: &[u8]) -> Vec<u8> {
        let [group, element] = tag.map(u16::to_le_bytes);
        let length = (value.len() as u16).to_le_bytes();
        [&group[..], &element, vr.as_bytes(), &length, value].concat()
    }

    fn shown(bytes: &[u8]) -> Vec<String> {
        let lines = lines(bytes).into_iter();
        lines
            .map(|line| {
                let TagLine {
                    depth,
                    tag,
                    vr,
                    name,
                    value,
                } = line;
                format!("{depth} {tag} {vr} {name} {value}")
            })
            .collect()
    }

    #[test]
    fn elements_have_names_and_sequences_contain_theirs() {
        let item = element([0x0008, 0x1150], "UI", b"1.2\0");
        // (0008,1140) ReferencedImageSequence of undefined length with one item of a stated length.
        let mut sequence = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0".to_vec();
        sequence.extend((item.len() as u32).to_le_bytes());
        sequence.extend(&item);
        sequence.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
        let bytes = [
            element([0x0008, 0x0060], "CS", b"CT"),
            sequence,
            element([0x0009, 0x0010], "LO", b"MAKER "),
            element([0x0010, 0x0010], "PN", b"Doe^Jane"),
            element([0x0028, 0x0030], "DS", b"0.7\\0.7 "),
        ]
        .concat();
        let expected = [
            "0 (0008,0060) CS Modality CT",
            "0 (0008,1140) SQ ReferencedImageSequence ",
            "1 (0008,1150) UI ReferencedSOPClassUID 1.2",
            "0 (0009,0010) LO PrivateCreator MAKER",
            "0 (0010,0010) PN PatientName Doe^Jane",
            "0 (0028,0030) DS PixelSpacing 0.7\\0.7",
        ];
        assert_eq!(shown(&bytes), expected);
        // The elements before the damage are shown.
        assert_eq!(shown(&bytes[..bytes.len() - 3]), expected[..5]);
    }

    #[test]
    fn long_values_are_cut_and_other_formats_have_no_elements() {
        let long = element([0x0008, 0x0081], "ST", "x".repeat(2_000).as_bytes());
        let lines = lines(&long);
        assert_eq!(lines[0].value.chars().count(), MOST_LETTERS + 1);
        assert!(shown(b"\x89PNG\r\n\x1a\n and no more").is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = shown(&[element([0x0008, 0x0060], "CS", b"CT"), bytes.clone()].concat());
            let _ = shown(&[[0; 128].as_slice(), b"DICM", &bytes].concat());
        }
    }
}
