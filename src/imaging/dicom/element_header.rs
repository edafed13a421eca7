//! The header of one element: tag, value representation and length (PS3.5, 7.1).
//!
//! Some writers mix the forms: an element in implicit form within an explicit data set, a value representation
//! of NULs, a 16-bit length instead of a 32-bit one or the other way round. Another form than the data set's is tried only where the
//! header is invalid, and accepted only if its value fits and an element follows it.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};

/// Value of an undefined length.
const UNDEFINED: u32 = u32::MAX;

/// The group of the pixels. The elements after them, padding and signatures, are not needed to recognise the
/// form.
const LAST_GROUP: u16 = 0x7fe0;

/// (FFFE,E000) Item, (FFFE,E00D) ItemDelimitationItem and (FFFE,E0DD) SequenceDelimitationItem.
pub(super) const ITEM: Tag = Tag(0xfffe, 0xe000);
pub(super) const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
pub(super) const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

/// The form of the element headers of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::imaging) struct Encoding {
    /// True if an element states its value representation.
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    /// Implicit VR Little Endian.
    pub(crate) const IMPLICIT: Self = Self {
        explicit: false,
        big_endian: false,
    };
    /// Explicit VR Little Endian.
    pub(crate) const EXPLICIT: Self = Self {
        explicit: true,
        big_endian: false,
    };
    /// Explicit VR Big Endian (retired).
    pub(crate) const EXPLICIT_BIG_ENDIAN: Self = Self {
        explicit: true,
        big_endian: true,
    };

    /// Two bytes at an offset as a number; none if the bytes end before.
    pub(crate) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(match self.big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    }

    /// Four bytes at an offset as a number; none if the bytes end before.
    pub(crate) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    /// Group and element at an offset; none if the bytes end before.
    pub(crate) fn tag(self, bytes: &[u8], at: usize) -> Option<Tag> {
        Some(Tag(self.u16(bytes, at)?, self.u16(bytes, at + 2)?))
    }
}

/// The header of an element, except items and delimiters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::imaging) struct ElementHeader {
    pub tag: Tag,
    /// As stated, or from the dictionary.
    pub vr: VR,
    /// Number of bytes of the value; `None` for an undefined length.
    pub length: Option<u32>,
    /// Start of the value.
    pub value: usize,
}

impl ElementHeader {
    /// End of the value; its start for an undefined length.
    pub(crate) fn end(&self) -> usize {
        let length = self.length.unwrap_or_default() as usize;
        self.value.saturating_add(length)
    }
}

/// Reasons why there is no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoHeader {
    /// The data end within the header.
    Ended,
    /// No form of the header leads to another element.
    Malformed,
}

/// The form of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Implicit,
    /// A value representation and a 16-bit length.
    Short,
    /// A value representation, two bytes, and a 32-bit length.
    Long,
}

/// Reads the header at `at` of an element in a context that ends at `end`.
pub(super) fn read(
    bytes: &[u8],
    at: usize,
    end: usize,
    encoding: Encoding,
) -> Result<ElementHeader, NoHeader> {
    let stated = representation_at(bytes, at);
    let forms: &[Form] = match (encoding.explicit, stated) {
        // If the two bytes are NULs, as they should be, they are not a length.
        (true, Some(vr)) if is_long(vr) && encoding.u16(bytes, at + 6) != Some(0) => {
            &[Form::Long, Form::Short]
        }
        (true, Some(vr)) if is_long(vr) => &[Form::Long],
        // No length may be the two bytes before a 32-bit one.
        (true, Some(_)) if encoding.u16(bytes, at + 6) == Some(0) => &[Form::Short, Form::Long],
        (true, Some(_)) => &[Form::Short],
        (true, None) => &[Form::Implicit, Form::Short, Form::Long],
        (false, None) => &[Form::Implicit],
        (false, Some(vr)) if is_long(vr) => &[Form::Implicit, Form::Long],
        (false, Some(_)) => &[Form::Implicit, Form::Short],
    };
    let read = |form: Form| form_at(bytes, at, encoding, form);
    let usual = match forms {
        [] => return Err(NoHeader::Malformed),
        [only] => return read(*only).ok_or(NoHeader::Ended),
        [usual, ..] => read(*usual),
    };
    let leads_on = |header: &ElementHeader| match header.length {
        None => is_followed_by_item(bytes, header.value, encoding),
        Some(_) => header.end() <= end && follows(bytes, header.end(), end, header.tag, encoding),
    };
    // A header in the form of the data set is accepted unless it is invalid.
    if let Some(header) = usual
        && encoding.explicit
        && stated.is_some()
        && (header.length.is_none() || header.end() <= end)
        && (header.length != Some(0)
            || forms.len() == 1
            || leads_on(&header)
            || is_element(bytes, header.value, end, encoding))
    {
        return Ok(header);
    }
    let found = forms.iter().filter_map(|&form| read(form)).find(leads_on);
    match (found, usual) {
        (Some(header), _) => Ok(header),
        (None, Some(header)) if !encoding.explicit || stated.is_some() => Ok(header),
        (None, None) => Err(NoHeader::Ended),
        // Of a partial file, what follows the pixels is missing.
        (None, Some(header)) if header.tag == tags::PIXEL_DATA && header.end() > end => {
            Err(NoHeader::Ended)
        }
        (None, Some(_)) => Err(NoHeader::Malformed),
    }
}

/// Reads the header at `at` only in the form of the data set.
pub(super) fn read_strictly(bytes: &[u8], at: usize, encoding: Encoding) -> Option<ElementHeader> {
    let form = match (encoding.explicit, representation_at(bytes, at)) {
        (true, Some(vr)) if is_long(vr) => Form::Long,
        (true, Some(_)) => Form::Short,
        (true, None) => return None,
        (false, _) => Form::Implicit,
    };
    form_at(bytes, at, encoding, form)
}

fn form_at(bytes: &[u8], at: usize, encoding: Encoding, form: Form) -> Option<ElementHeader> {
    let tag = encoding.tag(bytes, at)?;
    let (length, value) = match form {
        Form::Implicit => (encoding.u32(bytes, at + 4)?, at + 8),
        Form::Short => (encoding.u16(bytes, at + 6)?.into(), at + 8),
        Form::Long => (encoding.u32(bytes, at + 8)?, at + 12),
    };
    let stated = match form {
        Form::Implicit => None,
        Form::Short | Form::Long => representation_at(bytes, at),
    };
    Some(ElementHeader {
        tag,
        vr: representation(tag, stated),
        length: (length != UNDEFINED).then_some(length),
        value,
    })
}

/// The value representation after the tag at `at`, if it is valid.
pub(super) fn representation_at(bytes: &[u8], at: usize) -> Option<VR> {
    let letters = *bytes.get(at + 4..)?.first_chunk::<2>()?;
    VR::from_binary(letters)
}

/// True if an element, an item or a delimiter is at `at`, or the context ends there.
fn follows(bytes: &[u8], at: usize, end: usize, after: Tag, encoding: Encoding) -> bool {
    if at == end {
        return true;
    }
    let Some(tag) = encoding.tag(bytes, at) else {
        return false;
    };
    match tag {
        ITEM | ITEM_END | SEQUENCE_END => true,
        tag if tag <= after || tag.group() > LAST_GROUP => false,
        tag => {
            let implicit = Encoding {
                explicit: false,
                ..encoding
            };
            let explicit = Encoding {
                explicit: true,
                ..encoding
            };
            let usual = [explicit, implicit].map(|encoding| read_strictly(bytes, at, encoding));
            // Odd elements usually come in groups of the same tag group.
            let odd = (tag.group() == after.group())
                .then(|| form_at(bytes, at, explicit, Form::Short))
                .flatten();
            let mut headers = usual.into_iter().chain([odd]).flatten();
            headers.any(|header| header.end() <= end)
        }
    }
}

/// True if an element other than a group length is at `at`, in any order: the upper half of a 32-bit length is no element.
fn is_element(bytes: &[u8], at: usize, end: usize, encoding: Encoding) -> bool {
    let header = read_strictly(bytes, at, encoding);
    header.is_some_and(|header| header.tag.element() != 0 && header.end() <= end)
}

/// True if an item or the end of a sequence is at `at`.
pub(super) fn is_followed_by_item(bytes: &[u8], at: usize, encoding: Encoding) -> bool {
    matches!(encoding.tag(bytes, at), Some(ITEM | SEQUENCE_END))
}

/// True if the first element of the items that begin at `at` states its value representation.
pub(super) fn items_are_explicit(bytes: &[u8], at: usize) -> bool {
    // The tag and the length of the first item come before its first element.
    representation_at(bytes, at.saturating_add(8)).is_some()
}

/// True if a value representation has a 32-bit length (PS3.5, table 7.1-1).
fn is_long(representation: VR) -> bool {
    use VR::*;
    matches!(
        representation,
        OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV
    )
}

/// The representation in which a value is read: as stated, unless that contradicts the dictionary.
///
/// Writers that do not know an element give it VR UN (PS3.5, 6.2.2) or that of a longer text. The dictionary's
/// representation is used then: read as bytes, a slope of "1" would be 49.
fn representation(tag: Tag, stated: Option<VR>) -> VR {
    let entry = StandardDataDictionary.by_tag(tag);
    let Some(known) = entry.map(|entry| entry.vr().relaxed()) else {
        return match stated {
            Some(vr) => vr,
            // PS3.5, 7.8: element that reserves a block of a private group.
            None if tag.group() % 2 == 1 && (0x10..=0xff).contains(&tag.element()) => VR::LO,
            None => VR::UN,
        };
    };
    match (known, stated) {
        (known, None) => known,
        (VR::OB | VR::OW, Some(stated)) => stated,
        (VR::SQ, Some(VR::UN)) => VR::SQ,
        (VR::SQ | VR::UN, Some(stated)) => stated,
        (known, Some(VR::UN | VR::OB)) => known,
        (known, Some(stated)) if is_text(known) && is_text(stated) => known,
        (_, Some(stated)) => stated,
    }
}

pub(super) fn is_text(representation: VR) -> bool {
    use VR::*;
    let texts = [
        AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT,
    ];
    texts.contains(&representation)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A following element, which makes the form recognisable.
    const NEXT: &[u8] = b"\x18\0\0\x51CS\x04\0HFS ";

    fn header(element: &[u8], encoding: Encoding) -> Result<ElementHeader, NoHeader> {
        let bytes = [element, NEXT].concat();
        read(&bytes, 0, bytes.len(), encoding)
    }

    fn form(element: &[u8], encoding: Encoding) -> (VR, Option<u32>, usize) {
        let header = header(element, encoding).unwrap();
        (header.vr, header.length, header.value)
    }

    #[test]
    fn a_header_is_read_in_the_form_of_its_data_set() {
        let short = b"\x18\0\x60\0DS\x04\x00120 ";
        assert_eq!(form(short, Encoding::EXPLICIT), (VR::DS, Some(4), 8));
        let implicit = b"\x18\0\x60\0\x04\0\0\x00120 ";
        assert_eq!(form(implicit, Encoding::IMPLICIT), (VR::DS, Some(4), 8));
        let long = b"\x09\0\x10\x10UN\0\0\x02\0\0\0ab";
        assert_eq!(form(long, Encoding::EXPLICIT), (VR::UN, Some(2), 12));
        let big = [
            b"\0\x18\0\x60DS\0\x04120 ".as_slice(),
            b"\0\x18\x51\0CS\0\0",
        ]
        .concat();
        let big = read(&big, 0, big.len(), Encoding::EXPLICIT_BIG_ENDIAN).unwrap();
        assert_eq!((big.vr, big.length), (VR::DS, Some(4)));
    }

    #[test]
    fn another_form_is_used_where_the_stated_one_is_invalid() {
        // Implicit in an explicit data set, and explicit in an implicit one.
        let implicit = b"\x18\0\x50\x11\x04\0\0\x001000";
        assert_eq!(form(implicit, Encoding::EXPLICIT), (VR::IS, Some(4), 8));
        let short = b"\x18\0\x50\x11IS\x04\x001000";
        assert_eq!(form(short, Encoding::IMPLICIT), (VR::IS, Some(4), 8));
        // NULs and unknown letters.
        for letters in [b"\0\0", b"??", b"ZZ"] {
            let odd = [b"\x18\0\x50\x11", letters.as_slice(), b"\x04\x001000"].concat();
            assert_eq!(form(&odd, Encoding::EXPLICIT), (VR::IS, Some(4), 8));
            let long = [
                b"\x18\0\x50\x11",
                letters.as_slice(),
                b"\0\0\x04\0\0\x001000",
            ]
            .concat();
            assert_eq!(form(&long, Encoding::EXPLICIT), (VR::IS, Some(4), 12));
        }
        // A 32-bit length where 16 bits are required; without a value, too.
        let wide = b"\x18\0\x50\x11IS\0\0\x04\0\0\x001000";
        assert_eq!(form(wide, Encoding::EXPLICIT), (VR::IS, Some(4), 12));
        let wide = b"\x18\0\x50\x11IS\0\0\0\0\0\0";
        assert_eq!(form(wide, Encoding::EXPLICIT), (VR::IS, Some(0), 12));
        let empty = b"\x18\0\x50\x11IS\0\0";
        assert_eq!(form(empty, Encoding::EXPLICIT), (VR::IS, Some(0), 8));
        // A 16-bit length where 32 bits are required.
        let cut = b"\x09\0\x10\x10UN\x02\0ab";
        assert_eq!(form(cut, Encoding::EXPLICIT), (VR::UN, Some(2), 8));
    }

    #[test]
    fn an_invalid_header_is_malformed_and_a_cut_one_has_ended() {
        let none = header(b"\x18\0\x50\x11\xff\x01\xff\x7f1000", Encoding::EXPLICIT);
        assert_eq!(none, Err(NoHeader::Malformed));
        for length in 0..8 {
            let bytes = &b"\x18\0\x50\x11IS\x04\0"[..length];
            let ended = read(bytes, 0, length, Encoding::EXPLICIT);
            assert!(matches!(ended, Err(NoHeader::Ended)), "{length}: {ended:?}");
        }
    }

    #[test]
    fn the_dictionary_defines_elements_that_a_writer_did_not_know() {
        let stated = |tag, vr| representation(tag, Some(vr));
        assert_eq!(stated(tags::RESCALE_SLOPE, VR::UN), VR::DS);
        assert_eq!(stated(tags::PIXEL_SPACING, VR::UT), VR::DS);
        assert_eq!(stated(tags::PLANE_POSITION_SEQUENCE, VR::UN), VR::SQ);
        assert_eq!(stated(tags::PIXEL_DATA, VR::UN), VR::UN);
        assert_eq!(stated(tags::ROWS, VR::UL), VR::UL);
        assert_eq!(representation(Tag(0x0029, 0x0010), None), VR::LO);
        assert_eq!(representation(Tag(0x0029, 0x1010), None), VR::UN);
    }
}
