//! The elements of a DICOM file that LUNNY uses.
//!
//! Hostile files declare lengths that they do not have and nest sequences thousands deep. So nothing is
//! allocated from a declared length before it was compared with the available bytes, nesting is counted without
//! recursion, and only the elements that the program uses are kept.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::deflate;
use super::elements::Encoding;
use super::encapsulated::Stored;
use super::functional_groups::FunctionalGroups;
use super::numbers::{self, trimmed};
use super::start::{self, Parts};
use super::syntax::{self, ByteOrder, Layout};
use super::walk::{Extent, Values, WalkResult, walk};
use crate::cancel::Cancel;

/// The outermost elements of a file, up to its pixels.
#[derive(Debug)]
pub(super) struct DataSet {
    values: BTreeMap<Tag, PrimitiveValue>,
    pub groups: FunctionalGroups,
    /// Position of (7FE0,0010) in the body; `None` for packed pixels if only the header was read.
    pub pixels: Option<Stored>,
    /// Type of the values of the pixels.
    pub values_are: Values,
    /// True if the file ends within uncompressed pixels of the stated length.
    pub cut: bool,
    /// True if uncompressed pixels are stated as 16-bit words (VR OW).
    in_words: bool,
    pub layout: Layout,
    /// True if there are pixels.
    pub has_pixels: bool,
}

/// Location of the elements after the file meta information.
#[derive(Debug)]
pub(super) enum Body {
    /// In the file, from this byte on.
    InFile(usize),
    Inflated(Vec<u8>),
}

impl Body {
    /// The end of uncompressed pixels in the file, as their length states it; 0 where the file has other elements.
    pub(super) fn end_in_file(&self, dataset: &DataSet) -> u64 {
        match (self, &dataset.pixels) {
            (Self::InFile(from), Some(Stored::Native(range))) => {
                from.saturating_add(range.end) as u64
            }
            _ => 0,
        }
    }

    /// The elements in the file that they were read from.
    pub(super) fn of<'a>(&'a self, file: &'a [u8]) -> &'a [u8] {
        match self {
            Self::InFile(from) => file.get(*from..).unwrap_or_default(),
            Self::Inflated(bytes) => bytes,
        }
    }
}

impl DataSet {
    /// Reads a file with or without preamble and file meta information.
    ///
    /// `whole` says if `bytes` are the complete file; only the header of a partial file can be read.
    pub(super) fn read(
        bytes: &[u8],
        whole: bool,
        extent: Extent,
        cancel: &Cancel,
    ) -> Result<(Self, Body), Fault> {
        let Parts { meta, body: rest } = start::split(bytes, cancel)?;
        let meta = walk(meta, Encoding::EXPLICIT, Extent::Header, cancel)?.values;
        let named = meta.get(&tags::TRANSFER_SYNTAX_UID).map(|uid| uid.to_str());
        let named = named.as_deref().map(trimmed).unwrap_or_default();
        let (mut encoding, mut layout) = if named.is_empty() {
            syntax::of_encoding(start::encoding_of(rest, None))
        } else {
            syntax::layout(named)?
        };
        let body = if layout.deflated && !start::is_data_set(rest) {
            let (inflated, ended) = deflate::inflate(rest)?;
            if whole && !ended {
                return Err(Fault::CutShort);
            }
            Body::Inflated(inflated)
        } else {
            Body::InFile(bytes.len() - rest.len())
        };
        let elements = body.of(bytes);
        let found = start::encoding_of(elements, Some(encoding));
        if found != encoding {
            layout.byte_order = syntax::byte_order(found);
            encoding = found;
        }
        let WalkResult {
            mut values,
            groups,
            pixels,
            values_are,
            cut,
            in_words,
            has_pixels,
        } = walk(elements, encoding, extent, cancel)?;
        // The rest of a partial file may contain the pixels, or elements that belong before them.
        let shows_pixels = has_pixels && values.contains_key(&tags::ROWS);
        if !whole && !shows_pixels {
            return Err(Fault::CutShort);
        }
        values.extend(meta);
        let dataset = Self {
            values,
            groups,
            pixels,
            values_are,
            cut,
            in_words,
            layout,
            has_pixels,
        };
        Ok((dataset, body))
    }

    /// True if uncompressed pixels are stated as 16-bit words.
    pub(super) fn is_in_words(&self) -> bool {
        self.in_words
    }

    /// True if the bytes of uncompressed pixels are exchanged in pairs: values of 8 bits in big-endian words (PS3.5, 8.1.1 of
    /// its older editions).
    pub(super) fn swaps_bytes(&self) -> bool {
        let bytes = self.whole_number(tags::BITS_ALLOCATED).ok().flatten() == Some(8u16);
        self.in_words && bytes && self.layout.byte_order == ByteOrder::BigEndian
    }

    /// The value of an element.
    pub(super) fn value(&self, tag: Tag) -> Option<&PrimitiveValue> {
        self.values.get(&tag)
    }

    /// The first value as trimmed text; `None` if absent or empty.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        let values = self.values.get(&tag)?.to_multi_str();
        let text = trimmed(values.first()?);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Every value as trimmed text.
    pub(super) fn texts(&self, tag: Tag) -> Vec<String> {
        let values = self.values.get(&tag).map(PrimitiveValue::to_multi_str);
        let values = values.iter().flat_map(|values| values.iter());
        values.map(|text| trimmed(text).to_owned()).collect()
    }

    /// The first value as a number; `None` if absent or empty, an error if it is not a number.
    pub(super) fn number(&self, tag: Tag) -> Result<Option<f64>, Fault> {
        let parse = |text: String| numbers::clear_number(&text).ok_or_else(|| unusable(tag));
        self.text(tag).map(parse).transpose()
    }

    /// The first value as an integer of the type `T`; `None` if absent or empty, an error if it is not such a
    /// number.
    pub(super) fn whole_number<T: TryFrom<i64>>(&self, tag: Tag) -> Result<Option<T>, Fault> {
        let parse = |text: String| {
            let number = numbers::whole_number(&text);
            let number = number.and_then(|number| T::try_from(number).ok());
            number.ok_or_else(|| unusable(tag))
        };
        self.text(tag).map(parse).transpose()
    }

    /// The values as `N` finite numbers; `None` if they are not.
    pub(super) fn finite_numbers<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        numbers::finite_numbers(self.values.get(&tag)?)
    }

    /// (0028,0030) PixelSpacing.
    pub(super) fn spacing(&self) -> Option<[f64; 2]> {
        numbers::spacing(self.values.get(&tags::PIXEL_SPACING)?)
    }
}

fn unusable(tag: Tag) -> Fault {
    Fault::damaged(format_args!("element {tag} has no valid number"))
}
