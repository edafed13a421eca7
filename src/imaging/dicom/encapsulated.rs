//! Compressed pixels in fragments (PS3.5 A.4).

use std::borrow::Cow;
use std::ops::Range;

use super::super::MOST_FRAMES;
use super::super::error::Fault;
use super::jpeg_2000;

/// Maximum number of fragments of a file. Most files have one for each frame.
const MOST_FRAGMENTS: usize = 4 * MOST_FRAMES;

const ITEM: [u8; 4] = [0xfe, 0xff, 0x00, 0xe0];
const SEQUENCE_END: [u8; 4] = [0xfe, 0xff, 0xdd, 0xe0];

/// Position of the pixels in the body of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Uncompressed, frame after frame.
    Native(Range<usize>),
    Encapsulated {
        /// Start of each frame, relative to the first fragment's item; often empty.
        offsets: Vec<usize>,
        fragments: Vec<Range<usize>>,
    },
}

/// Reads the basic offset table and the positions of the fragments, up to the end of the sequence.
pub(super) fn fragments(body: &[u8], start: usize) -> Result<Stored, Fault> {
    let mut rest = body.get(start..).ok_or(Fault::CutShort)?;
    let mut offsets = None;
    let mut fragments = Vec::new();
    loop {
        // The delimiter is missing, but no part of a fragment.
        if !fragments.is_empty() && is_filled_up(rest) {
            break;
        }
        let (tag, after) = rest.split_first_chunk::<4>().ok_or(Fault::CutShort)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(Fault::CutShort)?;
        match *tag {
            ITEM => {}
            SEQUENCE_END => break,
            _ => {
                return Err(Fault::damaged(
                    "the fragments of its pixels cannot be parsed",
                ));
            }
        }
        let length = u32::from_le_bytes(*length) as usize;
        let (content, after) = after.split_at_checked(length).ok_or(Fault::CutShort)?;
        let from = body.len() - after.len() - length;
        if offsets.is_none() {
            let table = content.chunks_exact(4).take(MOST_FRAMES);
            let table = table.filter_map(|offset| offset.first_chunk::<4>());
            offsets = Some(
                table
                    .map(|offset| u32::from_le_bytes(*offset) as usize)
                    .collect(),
            );
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
    Ok(Stored::Encapsulated {
        offsets: offsets.unwrap_or_default(),
        fragments,
    })
}

/// True if only padding follows: zeros, the start of a delimiter, or (FFFC,FFFC) DataSetTrailingPadding.
fn is_filled_up(rest: &[u8]) -> bool {
    let padding = rest.starts_with(b"\xfc\xff\xfc\xff");
    let delimiter = [SEQUENCE_END, [0; 4]].concat();
    padding || delimiter.starts_with(rest) || rest.iter().all(|&byte| byte == 0)
}

/// The compressed bytes of one frame of `frames`.
///
/// If there are as many fragments as frames, each is a frame. Otherwise the offset table gives the start of a
/// frame; without it, a frame starts where a picture of the compression starts.
pub(super) fn frame<'a>(
    body: &'a [u8],
    offsets: &[usize],
    fragments: &[Range<usize>],
    frame: usize,
    frames: usize,
) -> Result<Cow<'a, [u8]>, Fault> {
    let mine: &[Range<usize>] = if frames == 1 {
        fragments
    } else if fragments.len() == frames {
        fragments.get(frame..=frame).unwrap_or_default()
    } else if fragments.len() < frames {
        return Err(Fault::CutShort);
    } else {
        let unclear = || Fault::damaged("it does not state which fragments belong to a frame");
        let (from, to) = if offsets.len() == frames {
            let first = fragments.first().map_or(0, |first| first.start);
            // Offsets are relative to the first item's tag, eight bytes before its content. The fragments are
            // in the order of the file; only the ends of this frame are searched, since there may be many
            // frames and fragments.
            let begin = |frame: usize| match offsets.get(frame) {
                Some(offset) => {
                    let begin = first.saturating_add(*offset);
                    let found = fragments.binary_search_by_key(&begin, |range| range.start);
                    found.map_err(|_| unclear())
                }
                None => Ok(fragments.len()),
            };
            (begin(frame)?, begin(frame + 1)?)
        } else {
            let begins = |(index, range): (usize, &Range<usize>)| {
                let start = body.get(range.clone())?;
                let picture = start.starts_with(b"\xff\xd8") || jpeg_2000::begins(start);
                picture.then_some(index)
            };
            let starts = fragments.iter().enumerate().filter_map(begins);
            let starts: Vec<usize> = starts.collect();
            if starts.len() != frames {
                return Err(unclear());
            }
            let start = |frame: usize| starts.get(frame).copied().unwrap_or(fragments.len());
            (start(frame), start(frame + 1))
        };
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

    fn frames(body: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let Stored::Encapsulated { offsets, fragments } = fragments(body, 0)? else {
            unreachable!()
        };
        (0..count)
            .map(|index| Ok(frame(body, &offsets, &fragments, index, count)?.into_owned()))
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
    fn a_table_with_wrong_offsets_is_refused() {
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
        let expected = fragments(&whole, 0);
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
            assert_eq!(fragments(&bytes, 0), expected, "{after:x?}");
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
