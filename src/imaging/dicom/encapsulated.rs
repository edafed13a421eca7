//! Compressed pixels in fragments (PS3.5 A.4).

use std::borrow::Cow;
use std::ops::Range;

use super::super::MOST_FRAMES;
use super::super::error::Fault;
use super::{jpeg_2000, jpeg_xl, rle};

/// Maximum number of fragments of a file. Most files have one for each frame.
const MOST_FRAGMENTS: usize = 4 * MOST_FRAMES;

const ITEM: [u8; 4] = [0xfe, 0xff, 0x00, 0xe0];
const SEQUENCE_END: [u8; 4] = [0xfe, 0xff, 0xdd, 0xe0];

/// The last marker of a picture of JPEG, JPEG-LS or JPEG 2000.
const END: [u8; 2] = [0xff, 0xd9];

/// Position of the pixels in the body of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Uncompressed, frame after frame.
    Native(Range<usize>),
    Encapsulated {
        /// Start of each frame, relative to the first fragment's item; often empty.
        offsets: Vec<usize>,
        fragments: Vec<Range<usize>>,
        /// True if the end of the sequence is marked, so that no fragment is missing.
        ended: bool,
    },
}

/// Reads the basic offset table and the positions of the fragments, up to the end of the sequence, and returns them with the
/// position of that end.
pub(super) fn fragments(body: &[u8], start: usize) -> Result<(Stored, usize), Fault> {
    let mut rest = body.get(start..).ok_or(Fault::CutShort)?;
    let mut offsets: Option<Vec<usize>> = None;
    let (mut fragments, mut table) = (Vec::new(), 0..0);
    let ended;
    loop {
        // The delimiter is missing, but no part of a fragment.
        if !fragments.is_empty() && is_filled_up(rest) {
            ended = rest.len() == SEQUENCE_END.len() + 4;
            break;
        }
        let (tag, after) = rest.split_first_chunk::<4>().ok_or(Fault::CutShort)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(Fault::CutShort)?;
        match *tag {
            ITEM => {}
            SEQUENCE_END => {
                (rest, ended) = (after, true);
                break;
            }
            _ => {
                return Err(Fault::damaged(
                    "the fragments of its pixels cannot be parsed",
                ));
            }
        }
        let length = u32::from_le_bytes(*length) as usize;
        let from = body.len() - after.len();
        let stated = after.split_at_checked(length);
        // A length beyond the end is wrong if the picture has its own end before.
        let (content, after) = match stated.or_else(|| Some((picture(after)?, &[][..]))) {
            Some(split) => split,
            None => return Err(Fault::CutShort),
        };
        let length = content.len();
        if offsets.is_none() {
            table = from..from + length;
            let offset = |offset: &[u8; 4]| u32::from_le_bytes(*offset) as usize;
            let all = content.as_chunks().0.iter().take(MOST_FRAMES);
            offsets = Some(all.map(offset).collect());
        } else if fragments.len() < MOST_FRAGMENTS {
            fragments.push(from..from + length);
        } else {
            return Err(Fault::TooMuch {
                what: format!("over {MOST_FRAGMENTS} fragments"),
                limit: format!("files of up to {MOST_FRAGMENTS} fragments"),
            });
        }
        rest = after;
    }
    if fragments.is_empty() && !table.is_empty() {
        // The table is missing, and the first item is the picture.
        (fragments, offsets) = (vec![table], None);
    }
    let stored = Stored::Encapsulated {
        offsets: offsets.unwrap_or_default(),
        fragments,
        ended,
    };
    Ok((stored, body.len() - rest.len()))
}

/// A picture of JPEG, JPEG-LS or JPEG 2000 up to its last marker, if only padding follows that.
fn picture(rest: &[u8]) -> Option<&[u8]> {
    let last = rest.windows(END.len()).rposition(|bytes| bytes == END)?;
    let (picture, after) = rest.split_at_checked(last + END.len())?;
    is_filled_up(after).then_some(picture)
}

/// True if only padding follows: zeros, the start of a delimiter, or (FFFC,FFFC) DataSetTrailingPadding.
fn is_filled_up(rest: &[u8]) -> bool {
    let padding = rest.starts_with(b"\xfc\xff\xfc\xff");
    let delimiter = [SEQUENCE_END, [0; 4]].concat();
    padding || delimiter.starts_with(rest) || rest.iter().all(|&byte| byte == 0)
}

/// The fragments of a file of `frames` frames, parted where a fragment holds several pictures, each with its own end; the same
/// if there are not exactly as many pictures as frames then.
pub(super) fn one_by_one(
    body: &[u8],
    fragments: Vec<Range<usize>>,
    frames: usize,
) -> Vec<Range<usize>> {
    if fragments.len() >= frames {
        return fragments;
    }
    let mut pictures = Vec::new();
    for fragment in &fragments {
        let content = body.get(fragment.clone()).unwrap_or_default();
        let mut from = 0;
        let ends = content.windows(END.len()).enumerate();
        for (at, _) in ends.filter(|(_, bytes)| *bytes == END) {
            let end = at + END.len();
            let behind = content.get(end..).unwrap_or_default();
            // Each picture has an even length.
            let next = match behind {
                [0, rest @ ..] if begins(rest) => end + 1,
                rest if begins(rest) => end,
                _ => continue,
            };
            pictures.push(fragment.start + from..fragment.start + end);
            from = next;
            if pictures.len() >= frames {
                return fragments;
            }
        }
        pictures.push(fragment.start + from..fragment.end);
    }
    match pictures.len() == frames {
        true => pictures,
        false => fragments,
    }
}

/// True if a picture of JPEG, JPEG-LS or JPEG 2000 begins here.
fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xd8\xff") || bytes.starts_with(b"\xff\x4f\xff\x51")
}

/// The compressed bytes of one frame of `frames`.
///
/// If there are as many fragments as frames, each is a frame. Otherwise the offset table gives the start of a
/// frame; without a table that fits, a frame starts where a picture of the compression starts.
pub(super) fn frame<'a>(
    body: &'a [u8],
    offsets: &[usize],
    fragments: &[Range<usize>],
    ended: bool,
    [frame, frames]: [usize; 2],
) -> Result<Cow<'a, [u8]>, Fault> {
    let mine: &[Range<usize>] = if frames == 1 {
        fragments
    } else if fragments.len() == frames {
        fragments.get(frame..=frame).unwrap_or_default()
    } else if fragments.len() < frames && ended {
        return Err(Fault::damaged(format_args!(
            "it declares {frames} frames and holds fewer"
        )));
    } else if fragments.len() < frames {
        return Err(Fault::CutShort);
    } else {
        let unclear = || Fault::damaged("it does not state which fragments belong to a frame");
        let (from, to) = by_table(offsets, fragments, frame, frames)
            .or_else(|| by_start(body, fragments, frame, frames))
            .ok_or_else(unclear)?;
        let mine = fragments.get(from..to).unwrap_or_default();
        if mine.is_empty() {
            return Err(unclear());
        }
        mine
    };
    match mine {
        [] => Err(Fault::CutShort),
        [one] => Ok(body.get(one.clone()).ok_or(Fault::CutShort)?.into()),
        many => {
            let pieces: Vec<&[u8]> = many
                .iter()
                .filter_map(|range| body.get(range.clone()))
                .collect();
            Ok(pieces.concat().into())
        }
    }
}

/// The fragments of a frame by the offset table; `None` if it does not fit them.
fn by_table(
    offsets: &[usize],
    fragments: &[Range<usize>],
    frame: usize,
    frames: usize,
) -> Option<(usize, usize)> {
    let ascending = offsets.first() == Some(&0) && offsets.is_sorted_by(|one, next| one < next);
    if offsets.len() != frames || !ascending {
        return None;
    }
    // Offsets are relative to the first item's tag, eight bytes before its content. The fragments are in the order
    // of the file; only the ends of this frame are searched, since there may be many frames and fragments.
    let first = fragments.first()?.start;
    let begin = |frame: usize| match offsets.get(frame) {
        Some(offset) => {
            let begin = first.saturating_add(*offset);
            let found = fragments.binary_search_by_key(&begin, |range| range.start);
            found.ok()
        }
        None => Some(fragments.len()),
    };
    let (from, to) = (begin(frame)?, begin(frame + 1)?);
    (from < to).then_some((from, to))
}

/// The fragments of a frame by the starts of pictures; `None` if there are not as many as frames.
fn by_start(
    body: &[u8],
    fragments: &[Range<usize>],
    frame: usize,
    frames: usize,
) -> Option<(usize, usize)> {
    let begins = |(index, range): (usize, &Range<usize>)| {
        let start = body.get(range.clone())?;
        let picture = start.starts_with(b"\xff\xd8")
            || jpeg_2000::begins(start)
            || jpeg_xl::begins(start)
            || rle::begins(start);
        picture.then_some(index)
    };
    let starts: Vec<usize> = fragments.iter().enumerate().filter_map(begins).collect();
    let start = |frame: usize| starts.get(frame).copied().unwrap_or(fragments.len());
    (starts.len() == frames).then(|| (start(frame), start(frame + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u32).to_le_bytes();
        [&ITEM[..], &length, content].concat()
    }

    fn body(table: &[u32], fragments: &[&[u8]]) -> Vec<u8> {
        let table: Vec<u8> = table.iter().flat_map(|at| at.to_le_bytes()).collect();
        let mut body = item(&table);
        body.extend(fragments.iter().flat_map(|content| item(content)));
        body.extend([&SEQUENCE_END[..], &[0; 4]].concat());
        body
    }

    /// Positions of the fragments.
    fn places((stored, _): (Stored, usize)) -> Vec<Range<usize>> {
        match stored {
            Stored::Encapsulated { fragments, .. } => fragments,
            Stored::Native(range) => vec![range],
        }
    }

    fn frames(body: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let Stored::Encapsulated {
            offsets,
            fragments,
            ended,
        } = fragments(body, 0)?.0
        else {
            unreachable!()
        };
        let frame = |index| frame(body, &offsets, &fragments, ended, [index, count]);
        (0..count)
            .map(|index| Ok(frame(index)?.into_owned()))
            .collect()
    }

    #[test]
    fn frames_are_found_by_number_table_or_start() {
        let halves: [&[u8]; 4] = [b"\xff\xd8ab", b"cd", b"\xff\xd8ef", b"gh"];
        let whole = [b"\xff\xd8abcd".to_vec(), b"\xff\xd8efgh".to_vec()];
        assert_eq!(
            frames(&body(&[], &halves[..1]), 1).unwrap(),
            [b"\xff\xd8ab"]
        );
        assert_eq!(frames(&body(&[], &halves), 1).unwrap(), [whole.concat()]);
        assert_eq!(frames(&body(&[], &halves), 4).unwrap(), halves);
        assert_eq!(frames(&body(&[0, 22], &halves), 2).unwrap(), whole);
        assert_eq!(frames(&body(&[], &halves), 2).unwrap(), whole);
    }

    #[test]
    fn a_table_that_does_not_fit_is_not_used() {
        let halves: [&[u8]; 4] = [b"\xff\xd8ab", b"cd", b"\xff\xd8ef", b"gh"];
        let whole = [b"\xff\xd8abcd".to_vec(), b"\xff\xd8efgh".to_vec()];
        // Nonsense, without the headers of the items, from the table on, all the same, too few.
        for table in [&[0, 11][..], &[0, 6], &[16, 38], &[0, 0], &[22, 0], &[0]] {
            assert_eq!(
                frames(&body(table, &halves), 2).unwrap(),
                whole,
                "{table:?}"
            );
        }
        // Run lengths: the number of segments, and the place of the first.
        let first: [&[u8]; 2] = [b"\x02\0\0\0\x40\0\0\0", b"rest"];
        let packed = [first, first].concat();
        assert_eq!(
            frames(&body(&[], &packed), 2).unwrap(),
            [first.concat(), first.concat()]
        );
    }

    #[test]
    fn a_picture_in_the_place_of_the_table_is_the_frame() {
        let alone = [item(b"\xff\xd8abcd").as_slice(), &SEQUENCE_END, &[0; 4]].concat();
        assert_eq!(frames(&alone, 1).unwrap(), [b"\xff\xd8abcd"]);
    }

    #[test]
    fn several_pictures_in_one_fragment_are_its_frames() {
        let pictures: [&[u8]; 3] = [
            b"\xff\xd8\xff\xc0one\xff\xd9",
            b"\xff\xd8\xff\xc0second\xff\xd9",
            b"\xff\xd8\xff\xc0last\xff\xd9",
        ];
        let parted = |content: &[&[u8]], frames| {
            let body = content.concat();
            let mut at = 0;
            let place = |piece: &&[u8]| {
                at += piece.len();
                at - piece.len()..at
            };
            let fragments = content.iter().map(place).collect();
            let parts = one_by_one(&body, fragments, frames);
            let part = |range: Range<usize>| body[range].to_vec();
            parts.into_iter().map(part).collect::<Vec<_>>()
        };
        let [one, second, last] = pictures;
        let together = [one, b"\0", second, last].concat();
        assert_eq!(parted(&[&together], 3), pictures);
        assert_eq!(parted(&[one, &[second, last].concat()], 3), pictures);
        // Other numbers stay as they are.
        for frames in [1, 2, 4] {
            assert_eq!(parted(&[&together], frames).concat(), together);
            assert_eq!(parted(&[&together], frames).len(), 1);
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_wrong_if_the_picture_ends_before() {
        let whole = body(&[], &[b"\xff\xd8abcd\xff\xd9"]);
        let at = whole.len() - 8 - 8 - 4;
        let mut long = whole.clone();
        long[at] = 200;
        assert_eq!(frames(&long, 1).unwrap(), [b"\xff\xd8abcd\xff\xd9"]);
        // Without its end, the picture is cut short.
        let cut = &long[..whole.len() - 9];
        assert_eq!(frames(cut, 1), Err(Fault::CutShort));
    }

    #[test]
    fn fewer_fragments_than_frames_are_no_missing_end_where_the_end_is_marked() {
        let two: [&[u8]; 2] = [b"ab", b"cd"];
        let sentence = frames(&body(&[], &two), 3);
        assert_eq!(
            sentence,
            Err(Fault::damaged("it declares 3 frames and holds fewer"))
        );
        let whole = body(&[], &two);
        assert_eq!(frames(&whole[..whole.len() - 8], 3), Err(Fault::CutShort));
    }

    #[test]
    fn fragments_of_unknown_frames_are_refused() {
        let pieces: [&[u8]; 3] = [b"ab", b"cd", b"ef"];
        for table in [&[0, 11][..], &[0, u32::MAX], &[]] {
            assert!(matches!(
                frames(&body(table, &pieces), 2),
                Err(Fault::Damaged(_))
            ));
        }
    }

    #[test]
    fn fragments_without_delimiter_are_complete_and_cut_ones_are_an_error() {
        let whole = body(&[], &[b"abcd", b"efgh"]);
        let expected = fragments(&whole, 0).map(places);
        let end = whole.len() - 8;
        for after in [
            &b""[..],
            b"\xfe\xff\xdd",
            b"\xfe\xff\xdd\xe0",
            &[0; 3],
            &[0; 100],
            b"\xfc\xff\xfc\xffOB\0\0\x02\0\0\0\0\0",
        ] {
            let bytes = [&whole[..end], after].concat();
            assert_eq!(fragments(&bytes, 0).map(places), expected, "{after:x?}");
        }
        // Between two fragments a cut looks like a missing delimiter; then a frame is missing.
        let between = end - 12..end - 9;
        for length in 0..end {
            let cut = fragments(&whole[..length], 0);
            let whole = between.contains(&length) && cut.is_ok();
            assert!(whole || cut == Err(Fault::CutShort), "{length}");
        }
    }
}
