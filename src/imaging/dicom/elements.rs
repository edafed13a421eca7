//! Iteration over the elements of a data set, tolerant of common writer errors.
//!
//! The iteration ends for any bytes: every step advances or closes a level, open levels are counted, and the
//! number of steps is bounded. A value is built only if the caller keeps it and its bytes are available.
//!
//! Unambiguous damage is tolerated: a delimiter that is missing or closes nothing, an element in another form
//! than its data set ([`element_header`]), a sequence of unknown representation, whose items are implicit
//! (PS3.5, 6.2.2).

use std::ops::Range;

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::character_sets::CharacterSets;
use super::element_header::{
    self, ITEM, ITEM_END, NoHeader, SEQUENCE_END, is_followed_by_item, items_are_explicit,
    read_strictly,
};
pub(in crate::imaging) use super::element_header::{ElementHeader, Encoding};
use super::values;
use crate::cancel::Cancel;

/// Maximum nesting depth of sequences and items.
const DEEPEST_NESTING: usize = 64;

/// Maximum number of steps. An element takes one; an enhanced CT of 16,384 frames has about two million
/// elements.
const MOST_STEPS: usize = 1 << 22;

/// Maximum length of (0008,0005) that is evaluated, in bytes.
const LONGEST_CHARACTER_SETS: usize = 1 << 10;

const MALFORMED: &str = "its DICOM elements cannot be parsed";

/// An open level that a delimiter closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::imaging) enum Open {
    Sequence(Tag),
    Item,
}

/// One step of the iteration.
#[derive(Debug)]
pub(in crate::imaging) enum Event {
    /// An element with a value.
    Value {
        header: ElementHeader,
        /// Position of the value; extends beyond the end of the bytes if these are cut short.
        place: Range<usize>,
        /// The value, if the caller keeps it and it is complete.
        value: Option<PrimitiveValue>,
    },
    SequenceStart(Tag),
    /// A sequence of packed pixels begins: with its first item, at [`Elements::position`].
    PixelSequenceStart,
    ItemStart,
    /// The end of an item or a sequence, or a fragment of packed pixels.
    Other,
}

/// An open sequence or item, with the state to restore when it is closed.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// End of the level, if its length is stated.
    end: Option<usize>,
    /// True if its items are bytes instead of elements.
    packed: bool,
    outside: (Encoding, CharacterSets),
}

/// Iterator over the elements of `bytes`.
pub(in crate::imaging) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    characters: CharacterSets,
    open: Vec<Open>,
    /// One for each open level.
    levels: Vec<Level>,
    steps: usize,
    /// True if a value extends beyond the end.
    cut: bool,
    cancel: &'a Cancel,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(bytes: &'a [u8], encoding: Encoding, cancel: &'a Cancel) -> Self {
        Self {
            bytes,
            at: 0,
            encoding,
            characters: CharacterSets::default(),
            open: Vec::new(),
            levels: Vec::new(),
            steps: 0,
            cut: false,
            cancel,
        }
    }

    /// The open sequences and items, the outermost first; after [`Event::SequenceStart`],
    /// [`Event::PixelSequenceStart`] and [`Event::ItemStart`] including the one that begins.
    pub(crate) fn open(&self) -> &[Open] {
        &self.open
    }

    /// Number of bytes processed; all of them in a file that is cut short within a value.
    pub(crate) fn position(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// The tag of the next element, item or delimiter.
    pub(crate) fn next_tag(&self) -> Option<Tag> {
        self.encoding.tag(self.bytes, self.at)
    }

    /// The next event; `None` at the end of the bytes, even within an element's header or a sequence.
    ///
    /// `keep` decides for each element, given the open levels, if its value is built; never allocates more for
    /// a value than the available bytes.
    ///
    /// Errors: elements that cannot be parsed, are cut short, nest too deep or are too many; cancellation.
    pub(crate) fn next(
        &mut self,
        keep: impl FnOnce(&[Open], &ElementHeader) -> bool,
    ) -> Result<Option<Event>, Fault> {
        if self.cut {
            return Err(Fault::CutShort);
        }
        if self.cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        if self.steps == MOST_STEPS {
            return Err(too_many_steps());
        }
        self.steps += 1;
        if let Some(end) = self.levels.last().and_then(|level| level.end)
            && self.at >= end
        {
            return Ok(Some(self.close()));
        }
        if let Some(at) = self.behind_padding() {
            self.at = at;
            return Ok(Some(Event::Other));
        }
        let Some(tag) = self.next_tag() else {
            return Ok(None);
        };
        match tag {
            ITEM => self.item(),
            ITEM_END | SEQUENCE_END => self.delimiter(tag),
            _ => self.element(keep),
        }
    }

    /// Position of the next element behind zeros that some writers put between elements; `None` if there are none.
    ///
    /// Eight zeros are an element of no length with the tag (0000,0000), which no data set has. Fewer are padding where a
    /// representation follows, or nothing.
    fn behind_padding(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at..self.end())?;
        // A value of an odd length with a byte of padding that the length leaves out.
        let odd = self.encoding.explicit && self.at > 0 && matches!(rest.first(), Some(0 | b' '));
        if odd && self.valid_at(self.at + 1) && !self.valid_at(self.at) {
            return Some(self.at + 1);
        }
        if !rest.starts_with(&[0; 4]) {
            return None;
        }
        let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
        if zeros == rest.len() {
            return Some(self.at + zeros);
        }
        let behind = self.at + (zeros & !1);
        let clear = zeros >= 8 || self.encoding.explicit;
        (clear && self.valid_at(behind)).then_some(behind)
    }

    /// True if an item, a delimiter or an element in the form of the data set that ends in time is there.
    fn valid_at(&self, at: usize) -> bool {
        match self.encoding.tag(self.bytes, at) {
            Some(ITEM | ITEM_END | SEQUENCE_END) => true,
            Some(_) => {
                let header = read_strictly(self.bytes, at, self.encoding);
                header.is_some_and(|header| header.end() <= self.end())
            }
            None => false,
        }
    }

    /// End of the innermost open level, or of the bytes.
    fn end(&self) -> usize {
        let ends = self.levels.iter().filter_map(|level| level.end);
        ends.chain([self.bytes.len()]).min().unwrap_or_default()
    }

    fn push(&mut self, open: Open, end: Option<usize>, packed: bool) -> Result<(), Fault> {
        self.open.push(open);
        self.levels.push(Level {
            end,
            packed,
            outside: (self.encoding, self.characters),
        });
        match self.open.len() > DEEPEST_NESTING {
            true => Err(Fault::damaged(MALFORMED)),
            false => Ok(()),
        }
    }

    fn close(&mut self) -> Event {
        self.open.pop();
        if let Some(level) = self.levels.pop() {
            (self.encoding, self.characters) = level.outside;
        }
        Event::Other
    }

    /// Begins an item or skips a fragment of packed pixels.
    fn item(&mut self) -> Result<Option<Event>, Fault> {
        let Some(length) = self.encoding.u32(self.bytes, self.at + 4) else {
            return Ok(None);
        };
        let content = self.at + 8;
        let end = (length != u32::MAX).then(|| content.saturating_add(length as usize));
        match (self.open.last(), self.levels.last()) {
            (Some(Open::Sequence(_)), Some(Level { packed: true, .. })) => {
                let end = end.ok_or_else(|| Fault::damaged(MALFORMED))?;
                self.at = end;
                self.cut = end > self.bytes.len();
                Ok(Some(Event::Other))
            }
            (Some(Open::Sequence(_)), _) => {
                self.at = content;
                self.push(Open::Item, end, false)?;
                Ok(Some(Event::ItemStart))
            }
            // The delimiter of the previous item is missing.
            (Some(Open::Item), Some(Level { end: None, .. })) => Ok(Some(self.close())),
            _ => Err(Fault::damaged(MALFORMED)),
        }
    }

    fn delimiter(&mut self, tag: Tag) -> Result<Option<Event>, Fault> {
        let Some(length) = self.encoding.u32(self.bytes, self.at + 4) else {
            return Ok(None);
        };
        let without_length = self.levels.last().is_some_and(|level| level.end.is_none());
        match (tag, self.open.last()) {
            // The delimiter of the item is missing; the delimiter of the sequence is processed again.
            (SEQUENCE_END, Some(Open::Item)) if without_length => {
                return Ok(Some(self.close()));
            }
            // It has no content, whatever length it states.
            (SEQUENCE_END, Some(Open::Sequence(_))) | (ITEM_END, Some(Open::Item))
                if without_length =>
            {
                self.at += 8;
                return Ok(Some(self.close()));
            }
            _ => {}
        }
        // It closes nothing: it follows a level of stated length.
        if length != 0 {
            return Err(Fault::damaged(MALFORMED));
        }
        self.at += 8;
        Ok(Some(Event::Other))
    }

    fn element(
        &mut self,
        keep: impl FnOnce(&[Open], &ElementHeader) -> bool,
    ) -> Result<Option<Event>, Fault> {
        if let (Some(Open::Sequence(after)), Some(level)) = (self.open.last(), self.levels.last()) {
            // An element among the items: the sequence ended without its delimiter, is not a sequence, or states a
            // wrong length.
            let (encoding, _) = level.outside;
            let outer = self
                .levels
                .iter()
                .rev()
                .skip(1)
                .filter_map(|level| level.end);
            let outer = outer.chain([self.bytes.len()]).min().unwrap_or_default();
            let leads_on = |at: usize| match encoding.tag(self.bytes, at) {
                _ if at == outer => true,
                Some(ITEM | ITEM_END | SEQUENCE_END) => true,
                Some(tag) => {
                    let element = read_strictly(self.bytes, at, encoding);
                    tag > *after && element.is_some_and(|element| element.end() <= outer)
                }
                None => false,
            };
            let end = level.end.unwrap_or(self.at);
            if leads_on(end) || !leads_on(self.at) {
                self.at = end;
            }
            return Ok(Some(self.close()));
        }
        let header = match element_header::read(self.bytes, self.at, self.end(), self.encoding) {
            Ok(header) => header,
            Err(NoHeader::Ended) => return Ok(None),
            Err(NoHeader::Malformed) => return Err(Fault::damaged(MALFORMED)),
        };
        match header.length {
            None => {
                self.at = header.value;
                self.undefined_length(&header).map(Some)
            }
            Some(_) if self.is_sequence(&header) => {
                self.at = header.value;
                self.begin_sequence(&header, Some(header.end()))?;
                Ok(Some(Event::SequenceStart(header.tag)))
            }
            Some(_) => {
                let place = header.value..header.end();
                self.cut = place.end > self.bytes.len();
                self.at = place.end;
                let value = match self.bytes.get(place.clone()) {
                    Some(bytes) => self.value(&header, bytes, keep),
                    None => None,
                };
                Ok(Some(Event::Value {
                    header,
                    place,
                    value,
                }))
            }
        }
    }

    /// True if an element of stated length is a sequence; items of one without a representation are recognised
    /// by their tag.
    fn is_sequence(&self, header: &ElementHeader) -> bool {
        let empty = header.length == Some(0);
        header.vr == VR::SQ
            && (empty || is_followed_by_item(self.bytes, header.value, self.encoding))
    }

    fn undefined_length(&mut self, header: &ElementHeader) -> Result<Event, Fault> {
        match header.tag {
            tags::PIXEL_DATA => {
                self.push(Open::Sequence(header.tag), None, true)?;
                Ok(Event::PixelSequenceStart)
            }
            tag if matches!(header.vr, VR::OB | VR::OW) => {
                self.push(Open::Sequence(tag), None, true)?;
                Ok(Event::SequenceStart(tag))
            }
            tag if matches!(header.vr, VR::SQ | VR::UN)
                || is_followed_by_item(self.bytes, header.value, self.encoding) =>
            {
                self.begin_sequence(header, None)?;
                Ok(Event::SequenceStart(tag))
            }
            _ => Err(Fault::damaged(MALFORMED)),
        }
    }

    fn begin_sequence(&mut self, header: &ElementHeader, end: Option<usize>) -> Result<(), Fault> {
        self.push(Open::Sequence(header.tag), end, false)?;
        let stated = element_header::representation_at(self.bytes, header.value.saturating_sub(12));
        // An element that an explicit writer did not know is implicit little endian inside; some keep their own
        // form.
        if self.encoding.explicit
            && stated == Some(VR::UN)
            && !items_are_explicit(self.bytes, header.value)
        {
            self.encoding = Encoding::IMPLICIT;
        }
        Ok(())
    }

    /// The value, if the caller keeps it; character sets are always evaluated.
    fn value(
        &mut self,
        header: &ElementHeader,
        bytes: &[u8],
        keep: impl FnOnce(&[Open], &ElementHeader) -> bool,
    ) -> Option<PrimitiveValue> {
        let sets = header.tag == tags::SPECIFIC_CHARACTER_SET;
        if sets && bytes.len() <= LONGEST_CHARACTER_SETS {
            let sets = values::value(header.vr, bytes, self.encoding, self.characters);
            self.characters = CharacterSets::of(&sets.to_multi_str());
        }
        keep(&self.open, header)
            .then(|| values::value(header.vr, bytes, self.encoding, self.characters))
    }
}

fn too_many_steps() -> Fault {
    let elements = MOST_STEPS / 1_000_000;
    Fault::TooMuch {
        what: format!("over {elements} million elements"),
        limit: format!("DICOM files of up to {elements} million elements"),
    }
}

#[cfg(test)]
#[path = "elements/tests.rs"]
mod tests;
