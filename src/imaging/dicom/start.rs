//! The start of a DICOM file: preamble, file meta information (PS3.10, 7.1), and the form of the data set after
//! them.
//!
//! Archives and scripts omit or damage each of these, so a data set is also recognised by its first elements.

use dicom_core::dictionary::DataDictionary;
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::super::error::Fault;
use super::element_header::{Encoding, read_strictly, representation_at};
use super::elements::{Elements, Event};
use crate::cancel::Cancel;

/// The magic number after the preamble.
const MAGIC: &[u8] = b"DICM";
const PREAMBLE: usize = 128;

/// The group of the file meta information.
const META: u16 = 0x0002;
/// The first group of the data set of a picture, except private groups.
const IDENTIFYING: u16 = 0x0008;

/// Maximum number of elements before that group that are checked.
const MOST_BEFORE: usize = 32;
/// Maximum length of a value before that group, in bytes.
const LONGEST_BEFORE: u32 = 64 << 10;

/// True if the magic number follows a preamble.
pub(crate) fn is_marked(bytes: &[u8]) -> bool {
    let behind = bytes.get(PREAMBLE..);
    behind.is_some_and(|rest| rest.starts_with(MAGIC))
}

/// True if the bytes begin like a DICOM file.
pub(crate) fn is_dicom(bytes: &[u8]) -> bool {
    is_marked(bytes)
        || bytes.starts_with(MAGIC)
        || starts_with_group(bytes, META)
        || starts_with_group(bytes, IDENTIFYING)
        || found_encoding(bytes).is_some()
        || bytes.get(PREAMBLE..).is_some_and(begins_behind_preamble)
}

/// True if a data set or its meta information follows the preamble without the magic number.
fn begins_behind_preamble(bytes: &[u8]) -> bool {
    let meta = starts_with_group(bytes, META) && representation_at(bytes, 0).is_some();
    meta || found_encoding(bytes).is_some()
}

/// True if an element of `group` comes first, in little endian: `(0002,00xx)` or `(0008,00xx)`, followed by a
/// value representation or a plausible length.
fn starts_with_group(bytes: &[u8], group: u16) -> bool {
    let Some((tag, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let [low, high, _, 0] = *tag else {
        return false;
    };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else {
        return false;
    };
    u16::from_le_bytes([low, high]) == group
        && (representation_at(bytes, 0).is_some()
            || u32::from_le_bytes(*length) as usize <= rest.len())
}

/// The form of a data set, recognised by its first elements: private ones, then known ones of group 0008.
fn found_encoding(bytes: &[u8]) -> Option<Encoding> {
    let forms = [
        Encoding::EXPLICIT,
        Encoding::IMPLICIT,
        Encoding::EXPLICIT_BIG_ENDIAN,
    ];
    forms.into_iter().find(|&form| identifies(bytes, form))
}

/// True if the bytes are recognised as elements.
pub(super) fn is_data_set(bytes: &[u8]) -> bool {
    found_encoding(bytes).is_some()
}

/// True if the first elements are valid in this form.
fn identifies(bytes: &[u8], encoding: Encoding) -> bool {
    let (mut at, mut before) = (0, None);
    for _ in 0..MOST_BEFORE {
        let Some(header) = read_strictly(bytes, at, encoding) else {
            return false;
        };
        let known = StandardDataDictionary.by_tag(header.tag).is_some();
        let fits = header
            .length
            .is_some_and(|length| length <= LONGEST_BEFORE && header.end() <= bytes.len());
        if !fits || Some(header.tag) <= before || header.tag.group() > IDENTIFYING {
            return false;
        }
        if header.tag.group() == IDENTIFYING && known {
            // Another element of the data set follows it.
            let next = read_strictly(bytes, header.end(), encoding);
            return next.is_some_and(|next| {
                next.tag > header.tag && StandardDataDictionary.by_tag(next.tag).is_some()
            });
        }
        (at, before) = (header.end(), Some(header.tag));
    }
    false
}

/// The form of a data set; `declared` is the form that the file states, if any.
pub(super) fn encoding_of(body: &[u8], declared: Option<Encoding>) -> Encoding {
    let usual = match representation_at(body, 0) {
        Some(_) => Encoding::EXPLICIT,
        None => Encoding::IMPLICIT,
    };
    match declared {
        Some(declared) => {
            let as_declared = declared.explicit == usual.explicit
                && (declared.tag(body, 0)).is_none_or(|tag| tag.group() < 0x0100);
            match as_declared {
                true => declared,
                false => found_encoding(body).unwrap_or(declared),
            }
        }
        None => found_encoding(body).unwrap_or(usual),
    }
}

/// The parts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The elements of the file meta information; empty if there are none.
    pub meta: &'a [u8],
    /// The bytes after them.
    pub body: &'a [u8],
}

/// Splits a file. The meta information ends where its group ends; its stated length is often wrong.
pub(super) fn split<'a>(bytes: &'a [u8], cancel: &Cancel) -> Result<Parts<'a>, Fault> {
    let behind = bytes.get(PREAMBLE..);
    let marked = behind.and_then(|rest| rest.strip_prefix(MAGIC));
    let rest = match (marked.or_else(|| bytes.strip_prefix(MAGIC)), behind) {
        (Some(rest), _) => rest,
        (None, Some(behind))
            if !starts_with_group(bytes, META)
                && !starts_with_group(bytes, IDENTIFYING)
                && found_encoding(bytes).is_none()
                && begins_behind_preamble(behind) =>
        {
            behind
        }
        (None, _) => bytes,
    };
    if marked.is_some_and(|rest| rest.len() < 12) {
        return Err(Fault::CutShort);
    }
    if !starts_with_group(rest, META) {
        return Ok(Parts {
            meta: &[],
            body: rest,
        });
    }
    let mut elements = Elements::new(rest, Encoding::EXPLICIT, cancel);
    let mut stated_end = None;
    while elements.next_tag().is_some_and(|tag| tag.group() == META) {
        // Deflated bytes may look like another element.
        let at = elements.position();
        if stated_end == Some(at) && representation_at(rest, at).is_none() {
            break;
        }
        let group_length = |tag| tag == tags::FILE_META_INFORMATION_GROUP_LENGTH;
        match elements.next(|_, header| group_length(header.tag))? {
            Some(Event::Value {
                header,
                value: Some(value),
                place,
            }) if group_length(header.tag) => {
                let length = value.to_int::<u32>().unwrap_or_default();
                stated_end = Some(place.end.saturating_add(length as usize));
            }
            Some(_) => {}
            None => return Err(Fault::CutShort),
        }
    }
    let (meta, body) = rest
        .split_at_checked(elements.position())
        .ok_or(Fault::CutShort)?;
    match body {
        [] => Err(Fault::CutShort),
        body => Ok(Parts { meta, body }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const META_ELEMENTS: &[u8] = b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01\x02\0\x10\0UI\x02\x001\0";
    const EXPLICIT: &[u8] = b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x60\0CS\x02\0CT";
    const IMPLICIT: &[u8] = b"\x08\0\x05\0\x0a\0\0\0ISO_IR 100\x08\0\x60\0\x02\0\0\0CT";
    const BIG: &[u8] = b"\0\x08\0\x05CS\0\x0aISO_IR 100\0\x08\0\x60CS\0\x02CT";

    fn body(file: &[u8]) -> Vec<u8> {
        split(file, &Cancel::default()).unwrap().body.to_vec()
    }

    #[test]
    fn a_data_set_is_found_after_any_preamble() {
        let private = [
            b"\x07\0\x10\0LO\x04\0MADE\x07\0\0\x10UN\0\0\x02\0\0\0ab",
            EXPLICIT,
        ]
        .concat();
        for data_set in [EXPLICIT, IMPLICIT, BIG, &private] {
            for before in [&[][..], &[0; 128], &[[7; 128].as_slice(), b"DICM"].concat()] {
                let file = [before, data_set].concat();
                assert!(is_dicom(&file), "{file:x?}");
                assert_eq!(body(&file), data_set);
            }
        }
        for other in [
            b"ObjectType = Image\nNDims = 3\nBinaryData = True\n".as_slice(),
            b"II*\0\x08\0\0\0\x0c\0\0\x01\x04\0",
            &[0; 600],
            &[0x5c; 600],
        ] {
            assert!(!is_dicom(other), "{other:x?}");
        }
    }

    #[test]
    fn meta_information_ends_where_its_group_does() {
        let with_length = |length: u32| {
            let group = [b"\x02\0\0\0UL\x04\0".as_slice(), &length.to_le_bytes()].concat();
            [
                [0; 128].as_slice(),
                b"DICM",
                &group,
                META_ELEMENTS,
                EXPLICIT,
            ]
            .concat()
        };
        let right = META_ELEMENTS.len() as u32;
        for length in [right, right - 20, right + 6, 0, u32::MAX] {
            assert_eq!(body(&with_length(length)), EXPLICIT, "{length}");
        }
        let without = [[0; 128].as_slice(), b"DICM", META_ELEMENTS, EXPLICIT].concat();
        assert_eq!(body(&without), EXPLICIT);
        // A deflated data set that begins like an element of the meta information.
        let mut deflated = with_length(right);
        deflated.truncate(deflated.len() - EXPLICIT.len());
        deflated.extend(b"\x02\0\x55\x66\x77\x88\x99\xaa\xbb");
        assert_eq!(body(&deflated), b"\x02\0\x55\x66\x77\x88\x99\xaa\xbb");
    }

    #[test]
    fn a_data_set_in_another_form_than_declared_is_recognised() {
        for (body, declared, expected) in [
            (EXPLICIT, Some(Encoding::EXPLICIT), Encoding::EXPLICIT),
            (IMPLICIT, Some(Encoding::EXPLICIT), Encoding::IMPLICIT),
            (EXPLICIT, Some(Encoding::IMPLICIT), Encoding::EXPLICIT),
            (BIG, Some(Encoding::EXPLICIT), Encoding::EXPLICIT_BIG_ENDIAN),
            (
                EXPLICIT,
                Some(Encoding::EXPLICIT_BIG_ENDIAN),
                Encoding::EXPLICIT,
            ),
            (BIG, None, Encoding::EXPLICIT_BIG_ENDIAN),
            (IMPLICIT, None, Encoding::IMPLICIT),
            (b"", Some(Encoding::IMPLICIT), Encoding::IMPLICIT),
        ] {
            assert_eq!(encoding_of(body, declared), expected);
        }
    }
}
