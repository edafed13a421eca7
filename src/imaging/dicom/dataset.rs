//! A DICOM file's elements, taken one by one.
//!
//! Hostile files declare lengths that they do not have and nest sequences thousands deep. So nothing
//! is built from a declared length before it was held against the bytes that are there, nesting is
//! counted and not followed, and only elements that somebody asks for are kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_transfer_syntax_registry::entries;

use super::super::error::Fault;
use super::deflate;
use super::encapsulated::Stored;
use super::functional_groups::FunctionalGroups;
use super::syntax::{self, Layout};
use super::walk::{Walked, Wanted, walk};
use crate::cancel::Cancel;

/// The letters after the preamble.
const MAGIC: &[u8] = b"DICM";
const PREAMBLE: usize = 128;

/// The outermost elements of a file, as far as its pixels.
#[derive(Debug)]
pub(super) struct DataSet {
    values: BTreeMap<Tag, PrimitiveValue>,
    pub groups: FunctionalGroups,
    /// (7FE0,0010), by where it lies in the body; nothing when only the header was wanted.
    pub pixels: Option<Stored>,
    pub layout: Layout,
}

/// Where the elements after the file meta information lie.
#[derive(Debug)]
pub(super) enum Body {
    /// In the file, from this byte on.
    InFile(usize),
    Inflated(Vec<u8>),
}

impl Body {
    /// The elements, of the file that they were read from.
    pub fn of<'a>(&'a self, file: &'a [u8]) -> &'a [u8] {
        match self {
            Self::InFile(from) => file.get(*from..).unwrap_or_default(),
            Self::Inflated(bytes) => bytes,
        }
    }
}

impl DataSet {
    /// Reads a file with or without preamble and file meta information.
    ///
    /// `whole` says whether `bytes` are all of it; of a part, only the header can be wanted.
    pub fn read(
        bytes: &[u8],
        whole: bool,
        wanted: Wanted,
        cancel: &Cancel,
    ) -> Result<(Self, Body), Fault> {
        let (meta, rest) = split(bytes)?;
        let meta = match meta {
            Some(meta) => {
                let explicit = entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
                walk(meta, &explicit, Wanted::Header, cancel)?.values
            }
            None => BTreeMap::new(),
        };
        let named = meta.get(&tags::TRANSFER_SYNTAX_UID).map(|uid| uid.to_str());
        let (elements, layout) = syntax::layout(match &named {
            Some(uid) => uid.trim_end_matches(['\0', ' ']),
            None if starts_explicit(rest) => syntax::EXPLICIT,
            None => syntax::IMPLICIT,
        })?;
        let body = if layout.deflated {
            let (inflated, ended) = deflate::inflate(rest)?;
            if whole && !ended {
                return Err(Fault::CutShort);
            }
            Body::Inflated(inflated)
        } else {
            Body::InFile(bytes.len() - rest.len())
        };
        let Walked {
            mut values,
            groups,
            pixels,
        } = walk(body.of(bytes), &elements, wanted, cancel)?;
        values.extend(meta);
        let dataset = Self {
            values,
            groups,
            pixels,
            layout,
        };
        Ok((dataset, body))
    }

    /// The first value as trimmed text; nothing when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let values = self.values.get(&tag)?.to_multi_str();
        let text = values.first()?.trim_matches(['\0', ' ']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Every value as trimmed text.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        let values = self.values.get(&tag).map(texts);
        values.unwrap_or_default()
    }

    /// The first value as a number; nothing when absent or empty, a fault when it is no such number.
    pub fn number<T: FromStr>(&self, tag: Tag) -> Result<Option<T>, Fault> {
        let parse = |text: String| {
            let number = text.parse();
            number.map_err(|_| Fault::damaged(format_args!("element {tag} holds no usable number")))
        };
        self.text(tag).map(parse).transpose()
    }

    /// The values as `N` finite numbers; nothing when they are anything else.
    pub fn finite_numbers<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        finite_numbers(self.values.get(&tag)?)
    }
}

fn texts(value: &PrimitiveValue) -> Vec<String> {
    let values: Cow<[String]> = value.to_multi_str();
    let values = values.iter();
    values
        .map(|text| text.trim_matches(['\0', ' ']).to_owned())
        .collect()
}

/// The values of one element as `N` finite numbers; nothing when they are anything else.
pub(super) fn finite_numbers<const N: usize>(value: &PrimitiveValue) -> Option<[f64; N]> {
    let texts = texts(value);
    let numbers: Vec<f64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    let numbers: [f64; N] = numbers.try_into().ok()?;
    numbers
        .iter()
        .all(|number| number.is_finite())
        .then_some(numbers)
}

/// Whether the bytes begin as a DICOM file does.
pub fn is_dicom(bytes: &[u8]) -> bool {
    bytes
        .get(PREAMBLE..)
        .is_some_and(|rest| rest.starts_with(MAGIC))
        || bytes.starts_with(MAGIC)
        || starts_with_group(bytes, 0x0002)
        || starts_with_group(bytes, 0x0008)
}

/// Whether an element of `group` stands first, in little endian: `(0002,00xx)` or `(0008,00xx)`, with
/// a value representation after it or a length that fits.
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
        && (starts_explicit(bytes) || u32::from_le_bytes(*length) as usize <= rest.len())
}

/// Whether the first element names its value representation.
pub(super) fn starts_explicit(bytes: &[u8]) -> bool {
    bytes
        .get(4..6)
        .and_then(|letters| <[u8; 2]>::try_from(letters).ok())
        .is_some_and(|letters| VR::from_binary(letters).is_some())
}

/// The file meta information, when there is some, and what follows.
pub(super) fn split(bytes: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Fault> {
    let after_preamble = bytes
        .get(PREAMBLE..)
        .and_then(|rest| rest.strip_prefix(MAGIC));
    let bytes = after_preamble
        .or_else(|| bytes.strip_prefix(MAGIC))
        .unwrap_or(bytes);
    if !starts_with_group(bytes, 0x0002) {
        return match after_preamble {
            Some(rest) if rest.len() < 12 => Err(Fault::CutShort),
            _ => Ok((None, bytes)),
        };
    }
    // (0002,0000) FileMetaInformationGroupLength, UL, four bytes long.
    let Some((header, rest)) = bytes.split_first_chunk::<12>() else {
        return Err(Fault::CutShort);
    };
    let Some(length) = header
        .strip_prefix(b"\x02\0\0\0UL\x04\0")
        .and_then(<[u8]>::first_chunk::<4>)
    else {
        return Err(Fault::damaged(
            "its file meta information does not say how long it is",
        ));
    };
    let split = rest.split_at_checked(u32::from_le_bytes(*length) as usize);
    let (meta, body) = split.ok_or(Fault::CutShort)?;
    Ok((Some(meta), body))
}
