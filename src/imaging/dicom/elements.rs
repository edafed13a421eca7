//! The elements of a data set, one after another: the only place that drives the reader of dicom-rs.
//!
//! That reader hands out values lazily and stands still until they are taken, accepts a delimiter that closes something
//! else, and panics at an item outside of a sequence. Here every value is taken or skipped before the next step, what is
//! open is counted, and the number of steps is bounded, so that a walk ends whatever the bytes are.

use std::io::{self, Cursor};
use std::ops::Range;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::DataElementHeader;
use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_parser::{DynStatefulDecoder, StatefulDecode};
use dicom_transfer_syntax_registry::TransferSyntax;

use super::super::error::Fault;
use crate::cancel::Cancel;

/// How deep sequences and their items may nest.
const DEEPEST_NESTING: usize = 64;

/// The most steps of a walk. An element takes two; an enhanced CT of 16,384 frames has some two million elements.
const MOST_STEPS: usize = 1 << 23;

const MALFORMED: &str = "its DICOM elements do not follow one another";

/// What a delimiter has to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::imaging) enum Open {
    Sequence(Tag),
    Item,
}

/// What a walk meets.
#[derive(Debug)]
pub(in crate::imaging) enum Event {
    /// An element with a value.
    Value {
        header: DataElementHeader,
        /// Where the value lies; reaches past the end of the bytes where these are cut short.
        place: Range<usize>,
        /// The value, where it was asked for and is there.
        value: Option<PrimitiveValue>,
    },
    SequenceStart(Tag),
    /// A sequence of packed pixels begins: with its first item, at [`Elements::into_position`].
    PixelSequenceStart,
    ItemStart,
    /// The end of an item or a sequence, or a fragment of packed pixels.
    Other,
}

/// A walk over the elements of `bytes`.
pub(in crate::imaging) struct Elements<'a> {
    reader: LazyDataSetReader<DynStatefulDecoder<Cursor<&'a [u8]>>>,
    length: usize,
    open: Vec<Open>,
    steps: usize,
    /// Whether a value was met that reaches past the end.
    cut: bool,
    cancel: &'a Cancel,
}

impl<'a> Elements<'a> {
    pub fn new(
        bytes: &'a [u8],
        syntax: &TransferSyntax,
        cancel: &'a Cancel,
    ) -> Result<Self, Fault> {
        let reader = LazyDataSetReader::new_with_ts(Cursor::new(bytes), syntax);
        Ok(Self {
            reader: reader.map_err(|error| fault(&error))?,
            length: bytes.len(),
            open: Vec::new(),
            steps: 0,
            cut: false,
            cancel,
        })
    }

    /// The sequences and items that the walk is in, the outermost first; after [`Event::SequenceStart`],
    /// [`Event::PixelSequenceStart`] and [`Event::ItemStart`] with the one that begins.
    pub fn open(&self) -> &[Open] {
        &self.open
    }

    /// How far the walk came, in bytes.
    pub fn into_position(self) -> usize {
        self.reader.into_decoder().position() as usize
    }

    /// The next event; nothing at the end of the bytes, also where that lies within an element's tag or a sequence.
    ///
    /// `keep` is asked of each element, with what is open, whether its value is wanted; no more is allocated for a value
    /// than there are bytes.
    ///
    /// Errors: elements that cannot be followed, are cut short, nest too deep or are too many; that it was cancelled.
    pub fn next(
        &mut self,
        keep: impl FnOnce(&[Open], &DataElementHeader) -> bool,
    ) -> Result<Option<Event>, Fault> {
        loop {
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
            let Some(token) = self.reader.advance() else {
                return Ok(None);
            };
            let event = match token.map_err(|error| fault(&error))? {
                // Its value follows.
                LazyDataToken::ElementHeader(_) => continue,
                LazyDataToken::LazyValue {
                    mut header,
                    decoder,
                } => {
                    header.vr = representation(&header);
                    let start = decoder.position() as usize;
                    let end = start.saturating_add(header.len.0 as usize);
                    let token = LazyDataToken::LazyValue { header, decoder };
                    let mut value = None;
                    if end > self.length {
                        self.cut = true;
                    } else if keep(&self.open, &header) {
                        value = Some(token.into_value().map_err(|error| fault(&error))?);
                    } else {
                        token.skip().map_err(|error| fault(&error))?;
                    }
                    Event::Value {
                        header,
                        place: start..end,
                        value,
                    }
                }
                LazyDataToken::LazyItemValue { len, decoder } => {
                    let end = decoder.position().saturating_add(u64::from(len));
                    if end > self.length as u64 {
                        return Err(Fault::CutShort);
                    }
                    let token = LazyDataToken::LazyItemValue { len, decoder };
                    token.skip().map_err(|error| fault(&error))?;
                    Event::Other
                }
                LazyDataToken::SequenceStart { tag, .. } => {
                    self.open.push(Open::Sequence(tag));
                    Event::SequenceStart(tag)
                }
                LazyDataToken::PixelSequenceStart => {
                    self.open.push(Open::Sequence(tags::PIXEL_DATA));
                    Event::PixelSequenceStart
                }
                LazyDataToken::ItemStart { .. } => {
                    self.open.push(Open::Item);
                    Event::ItemStart
                }
                LazyDataToken::ItemEnd => self.close(|open| open == Open::Item)?,
                LazyDataToken::SequenceEnd => self.close(|open| open != Open::Item)?,
                _ => return Err(Fault::damaged(MALFORMED)),
            };
            if self.open.len() > DEEPEST_NESTING {
                return Err(Fault::damaged(MALFORMED));
            }
            return Ok(Some(event));
        }
    }

    fn close(&mut self, fits: impl FnOnce(Open) -> bool) -> Result<Event, Fault> {
        match self.open.pop() {
            Some(open) if fits(open) => Ok(Event::Other),
            _ => Err(Fault::damaged(MALFORMED)),
        }
    }
}

/// How the value of an element is read: as stated, save where that contradicts the dictionary.
///
/// Writers that do not know an element give it VR UN (PS3.5, 6.2.2) or that of a longer text. Its value is then the one
/// that the dictionary says: read as bytes, a slope of "1" would be 49.
fn representation(header: &DataElementHeader) -> VR {
    let Some(entry) = StandardDataDictionary.by_tag(header.tag) else {
        return header.vr;
    };
    let known = entry.vr().relaxed();
    match (known, header.vr) {
        (VR::SQ | VR::OB | VR::OW | VR::UN, stated) => stated,
        (known, VR::UN | VR::OB) => known,
        (known, stated) if is_text(known) && is_text(stated) => known,
        (_, stated) => stated,
    }
}

fn is_text(representation: VR) -> bool {
    use VR::*;
    let texts = [
        AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT,
    ];
    texts.contains(&representation)
}

/// What the reader's own complaint means.
fn fault(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let ended = causes.any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::UnexpectedEof)
    });
    if ended {
        Fault::CutShort
    } else {
        Fault::damaged(MALFORMED)
    }
}

fn too_many_steps() -> Fault {
    let elements = MOST_STEPS / 2 / 1_000_000;
    Fault::TooMuch {
        what: format!("over {elements} million elements"),
        limit: format!("DICOM files of up to {elements} million elements"),
    }
}

#[cfg(test)]
mod tests {
    use dicom_transfer_syntax_registry::entries;
    use proptest::prelude::*;

    use super::*;

    const SEQUENCE: &[u8] = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff";
    const PACKED: &[u8] = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
    const ITEM: &[u8] = b"\xfe\xff\0\xe0\xff\xff\xff\xff";
    const FRAGMENT: &[u8] = b"\xfe\xff\0\xe0\x04\0\0\0abcd";
    const ITEM_END: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0";
    const SEQUENCE_END: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";
    const VALUE: &[u8] = b"\x08\0\x60\0CS\x02\0CT";

    /// How many events there are, and how the walk ended.
    fn walk(pieces: &[&[u8]], cancel: &Cancel) -> (usize, Result<(), Fault>) {
        let bytes = pieces.concat();
        let syntax = entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
        let mut elements = Elements::new(&bytes, &syntax, cancel).unwrap();
        let mut events = 0;
        loop {
            match elements.next(|_, _| events % 2 == 0) {
                Ok(Some(_)) => events += 1,
                Ok(None) => return (events, Ok(())),
                Err(fault) => return (events, Err(fault)),
            }
        }
    }

    #[test]
    fn packed_pixels_are_walked_through_fragment_by_fragment() {
        let pieces = [VALUE, PACKED, FRAGMENT, FRAGMENT, SEQUENCE_END, VALUE];
        assert_eq!(walk(&pieces, &Cancel::default()), (10, Ok(())));
    }

    #[test]
    fn a_delimiter_that_closes_nothing_is_damage_and_no_panic() {
        for pieces in [
            &[ITEM_END, ITEM][..],
            &[VALUE, ITEM_END, ITEM, VALUE],
            &[SEQUENCE, ITEM, VALUE, ITEM_END, ITEM_END, ITEM],
            &[SEQUENCE, ITEM_END, ITEM_END],
        ] {
            let (_, end) = walk(pieces, &Cancel::default());
            assert_eq!(end, Err(Fault::damaged(MALFORMED)), "{pieces:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let pieces = [SEQUENCE, ITEM].repeat(100);
        let (events, end) = walk(&pieces, &Cancel::default());
        assert_eq!((events, end), (64, Err(Fault::damaged(MALFORMED))));
    }

    #[test]
    fn the_number_of_steps_is_bounded() {
        let empty: &[u8] = b"\x08\0\x60\0CS\0\0";
        let pieces = vec![empty; MOST_STEPS / 2 + 1];
        let (events, end) = walk(&pieces, &Cancel::default());
        assert_eq!((events, end), (MOST_STEPS / 2, Err(too_many_steps())));
    }

    #[test]
    fn a_walk_stops_when_it_is_cancelled() {
        let cancel = Cancel::default();
        cancel.cancel();
        assert_eq!(walk(&[VALUE], &cancel), (0, Err(Fault::Cancelled)));
    }

    proptest! {
        #[test]
        fn every_order_of_delimiters_ends(order in prop::collection::vec(0usize..8, 0..40)) {
            let pieces = [SEQUENCE, PACKED, ITEM, FRAGMENT, ITEM_END, SEQUENCE_END, VALUE, b"\0"];
            let pieces: Vec<&[u8]> = order.iter().filter_map(|&index| pieces.get(index).copied()).collect();
            let (events, _) = walk(&pieces, &Cancel::default());
            prop_assert!(events <= 3 * pieces.len());
        }
    }
}
