//! The main header of a high-throughput stream (ITU-T T.814, T.800 annex A), checked against the decoder's
//! abilities.
//!
//! The decoder supports one packet order: by layer, resolution and component, each resolution in one precinct.
//! It also trusts the lengths and numbers in a header. Other streams are refused, because they would be decoded
//! wrongly.

use super::super::super::error::Fault;
use super::super::syntax::unread;

const SIZE: u8 = 0x51;
const CAPABILITIES: u8 = 0x50;
const CODING: u8 = 0x52;
const QUANTISATION: u8 = 0x5c;
const TILE_PART: u8 = 0x90;
/// Lengths of parts and packets, positions of colours, comments: not needed, or wrong once parts are joined.
pub(super) const NOT_NEEDED: [u8; 5] = [0x55, 0x57, 0x58, 0x63, 0x64];

/// Maximum number of decomposition levels (ITU-T T.800, table A.15).
const MOST_LEVELS: u8 = 32;
/// Exponent of the side of a precinct if none is stated.
const WHOLE: u8 = 15;

/// A main header without the segments that the decoder does not need.
pub(super) struct MainHeader<'a> {
    /// The start marker of the stream and its segments.
    pub bytes: Vec<u8>,
    pub tiles: u64,
    /// The transform of three colours, if there is one.
    pub transform: Option<Transform>,
    /// The stream from the first tile part on.
    pub rest: &'a [u8],
}

/// Transform of red, green and blue into brightness and differences (ITU-T T.800, annex G).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    Reversible,
    Irreversible,
}

/// Reads and checks the main header of a stream.
pub(super) fn main_header(stream: &[u8]) -> Result<MainHeader<'_>, Fault> {
    let mut rest = stream.get(2..).ok_or(Fault::CutShort)?;
    let mut bytes = stream.get(..2).unwrap_or_default().to_vec();
    let (mut grid, mut coding, mut capable, mut quantised) = (None, None, false, None);
    while !rest.starts_with(&[0xff, TILE_PART]) {
        let (marker, segment, after) = segment(rest)?;
        let content = segment.get(4..).unwrap_or_default();
        match marker {
            SIZE if grid.is_none() => grid = Some(Grid::read(content).ok_or_else(malformed)?),
            CAPABILITIES if !capable => capable = matches!(content, [0, 2, 0, 0, _, _]),
            CODING if coding.is_none() => {
                coding = Some(Coding::read(content).ok_or_else(malformed)?);
            }
            QUANTISATION if quantised.is_none() => quantised = Some(content),
            SIZE | CAPABILITIES | CODING | QUANTISATION => return Err(malformed()),
            marker if NOT_NEEDED.contains(&marker) => {}
            _ => return Err(unusual("an unsupported header")),
        }
        if !NOT_NEEDED.contains(&marker) {
            bytes.extend(segment);
        }
        rest = after;
    }
    let (Some(grid), Some(coding), true, Some(quantised)) = (grid, coding, capable, quantised)
    else {
        return Err(malformed());
    };
    coding.check(&grid)?;
    coding.check_quantisation(quantised)?;
    Ok(MainHeader {
        bytes,
        tiles: grid.tiles(),
        transform: coding.transform,
        rest,
    })
}

/// The picture and its tiles on the reference grid (ITU-T T.800, A.5.1 and B.3).
struct Grid {
    components: u16,
    /// Horizontal and vertical.
    axes: [Axis; 2],
}

struct Axis {
    from: u64,
    to: u64,
    tile_from: u64,
    tile: u64,
}

impl Grid {
    fn read(content: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = content.get(at..)?.first_chunk::<4>()?;
            Some(u64::from(u32::from_be_bytes(*bytes)))
        };
        let axis = |at: usize| {
            let axis = Axis {
                to: word(at)?,
                from: word(at + 8)?,
                tile: word(at + 16)?,
                tile_from: word(at + 24)?,
            };
            let sound = axis.from < axis.to
                && axis.tile > 0
                && axis.tile_from <= axis.from
                && axis.tile_from + axis.tile > axis.from;
            sound.then_some(axis)
        };
        let components = u16::from_be_bytes(*content.get(34..)?.first_chunk()?);
        let grid = Self {
            components,
            axes: [axis(2)?, axis(6)?],
        };
        // Depth and the two steps of each component: all with the size of the picture.
        let parts = content.get(36..)?;
        let whole = parts.len() == 3 * usize::from(components)
            && (parts.chunks_exact(3)).all(|part| matches!(part, [_, 1, 1]));
        whole.then_some(grid)
    }

    fn tiles(&self) -> u64 {
        self.axes.iter().map(Axis::tiles).product()
    }
}

impl Axis {
    fn tiles(&self) -> u64 {
        (self.to - self.tile_from).div_ceil(self.tile)
    }

    /// True if every tile, at each of `levels` reductions, is within one precinct with this exponent.
    fn is_in_one_precinct(&self, levels: u8, precinct: u8) -> bool {
        let reduced = |at: u64| at.div_ceil(1 << levels);
        (0..self.tiles()).all(|tile| {
            let from = self.tile_from + tile * self.tile;
            let to = reduced((from + self.tile).min(self.to));
            let from = reduced(from.max(self.from));
            from >= to || to.div_ceil(1 << precinct) - (from >> precinct) <= 1
        })
    }
}

/// The coding style (ITU-T T.800, A.6.1).
struct Coding<'a> {
    progression: u8,
    layers: u16,
    transform: Option<Transform>,
    levels: u8,
    style: u8,
    /// One byte for each resolution, the coarsest first; empty if each resolution is one precinct.
    precincts: &'a [u8],
}

impl<'a> Coding<'a> {
    fn read(content: &'a [u8]) -> Option<Self> {
        let &[
            scod,
            progression,
            high,
            low,
            colours,
            levels,
            wide,
            tall,
            style,
            wavelet,
            ref precincts @ ..,
        ] = content
        else {
            return None;
        };
        let expected = match scod & 1 {
            1 => usize::from(levels) + 1,
            _ => 0,
        };
        let sound = levels <= MOST_LEVELS
            && precincts.len() == expected
            && wide <= 8
            && tall <= 8
            && wide + tall <= 8;
        sound.then_some(Self {
            progression,
            layers: u16::from_be_bytes([high, low]),
            transform: match (colours, wavelet) {
                (0, _) => None,
                (_, 1) => Some(Transform::Reversible),
                _ => Some(Transform::Irreversible),
            },
            levels,
            style,
            precincts,
        })
    }

    fn check(&self, grid: &Grid) -> Result<(), Fault> {
        const HIGH_THROUGHPUT: u8 = 0x40;
        const OTHER: u8 = 0x80;

        if self.layers == 0 {
            return Err(malformed());
        }
        if self.style & (HIGH_THROUGHPUT | OTHER) != HIGH_THROUGHPUT {
            return Err(unusual("blocks of two kinds"));
        }
        // By layer, by resolution, by position, by component.
        let in_order = match self.progression {
            0 => true,
            1 | 2 => self.layers == 1,
            3 | 4 => self.layers == 1 && grid.components == 1,
            _ => return Err(malformed()),
        };
        if !in_order {
            return Err(unusual("packets in another order"));
        }
        let [across, down] = &grid.axes;
        for resolution in 0..=self.levels {
            let size = self.precincts.get(usize::from(resolution));
            let (wide, tall) = size.map_or((WHOLE, WHOLE), |size| (size & 15, size >> 4));
            let levels = self.levels - resolution;
            if !across.is_in_one_precinct(levels, wide) || !down.is_in_one_precinct(levels, tall) {
                return Err(unusual("several precincts"));
            }
        }
        Ok(())
    }

    /// Each band has its own step (ITU-T T.800, A.6.4).
    fn check_quantisation(&self, content: &[u8]) -> Result<(), Fault> {
        let (&style, steps) = content.split_first().ok_or_else(malformed)?;
        let bands = 3 * usize::from(self.levels) + 1;
        match (style & 31, steps.len()) {
            (0, length) if length == bands => Ok(()),
            (2, length) if length == 2 * bands => Ok(()),
            (1, 2) => Err(unusual("one quantisation for all bands")),
            _ => Err(malformed()),
        }
    }
}

/// The marker segment at the start of `bytes`: its marker, the whole segment, and the rest.
pub(super) fn segment(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Fault> {
    let &[first, marker, high, low, ..] = bytes else {
        return Err(Fault::CutShort);
    };
    if first != 0xff {
        return Err(malformed());
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < 2 {
        return Err(malformed());
    }
    let (segment, after) = bytes.split_at_checked(2 + length).ok_or(Fault::CutShort)?;
    Ok((marker, segment, after))
}

pub(super) fn malformed() -> Fault {
    Fault::damaged("the headers of its packed pixels cannot be parsed")
}

pub(super) fn unusual(what: &str) -> Fault {
    unread(&format!("high-throughput JPEG 2000 ({what})"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn marked(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len() as u16 + 2;
        [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
    }

    /// A main header of a picture with these sides, tiles with these sides, and this coding style.
    pub fn header(sides: [u32; 2], tile: [u32; 2], coding: &[u8]) -> Vec<u8> {
        let grid = [sides[0], sides[1], 0, 0, tile[0], tile[1], 0, 0];
        let grid: Vec<u8> = grid.iter().flat_map(|side| side.to_be_bytes()).collect();
        let size = [b"\x40\0".as_slice(), &grid, b"\0\x01\x0f\x01\x01"].concat();
        let bands = 3 * usize::from(coding[5]) + 1;
        let quantisation = [vec![0], vec![0x80; bands]].concat();
        [
            b"\xff\x4f".to_vec(),
            marked(SIZE, &size),
            marked(CAPABILITIES, b"\0\x02\0\0\0\x0a"),
            marked(CODING, coding),
            marked(QUANTISATION, &quantisation),
        ]
        .concat()
    }

    /// One layer, two levels, blocks of 64 × 64, resolution first.
    pub const USUAL: &[u8] = &[0, 2, 0, 1, 0, 2, 4, 4, 0x40, 1];

    fn read(header: &[u8]) -> Result<(usize, u64), Fault> {
        let stream = [header, b"\xff\x90"].concat();
        main_header(&stream).map(|header| (header.bytes.len(), header.tiles))
    }

    #[test]
    fn a_usual_header_is_kept_without_unneeded_segments() {
        let usual = header([512, 512], [512, 512], USUAL);
        assert_eq!(read(&usual), Ok((usual.len(), 1)));
        let more = [
            &usual[..],
            &marked(0x64, b"made by"),
            &marked(0x55, b"abcd"),
        ]
        .concat();
        assert_eq!(read(&more), Ok((usual.len(), 1)));
        assert_eq!(
            read(&header([500, 300], [256, 256], USUAL)).map(|(_, tiles)| tiles),
            Ok(4)
        );
    }

    #[test]
    fn a_stream_that_would_be_decoded_wrongly_is_refused() {
        let refused = |sides, tile, coding: &[u8]| match read(&header(sides, tile, coding)) {
            Err(Fault::Unsupported { what, .. }) => what,
            other => panic!("{other:?}"),
        };
        let whole = [512, 512];
        // Precincts of 128 × 128 at all resolutions, and of 256 × 256 for a tile that crosses their borders.
        let precincts = [&[1, 2, 0, 1, 0, 2, 4, 4, 0x40, 1][..], &[0x77; 3]].concat();
        assert!(refused(whole, whole, &precincts).contains("several precincts"));
        let precincts = [&[1, 2, 0, 1, 0, 2, 4, 4, 0x40, 1][..], &[0x99; 3]].concat();
        assert!(read(&header(whole, whole, &precincts)).is_ok());
        assert!(refused([600, 600], [300, 300], &precincts).contains("several precincts"));
        assert!(
            refused(whole, whole, &[0, 2, 0, 3, 0, 2, 4, 4, 0x40, 1]).contains("another order")
        );
        assert!(refused(whole, whole, &[0, 2, 0, 1, 0, 2, 4, 4, 0xc0, 1]).contains("two kinds"));
        let other = [header(whole, whole, USUAL), marked(0x5f, b"poc")].concat();
        assert!(matches!(read(&other), Err(Fault::Unsupported { .. })));
    }

    #[test]
    fn contradicting_lengths_and_numbers_are_an_error() {
        let usual = header([512, 512], [512, 512], USUAL);
        for coding in [
            &[0, 2, 0, 1, 0, 40, 4, 4, 0x40, 1][..],
            &[0, 2, 0, 1, 0, 2, 9, 9, 0x40, 1],
            &[1, 2, 0, 1, 0, 2, 4, 4, 0x40, 1, 0x77],
            &[0, 2, 0, 0, 0, 2, 4, 4, 0x40, 1],
        ] {
            let contradicting = header([512, 512], [512, 512], coding);
            assert_eq!(read(&contradicting), Err(malformed()), "{coding:?}");
        }
        assert_eq!(read(&header([512, 512], [0, 512], USUAL)), Err(malformed()));
        let twice = [&usual[..], &marked(CODING, USUAL)].concat();
        assert_eq!(read(&twice), Err(malformed()));
        for length in 0..usual.len() {
            assert!(main_header(&usual[..length]).is_err(), "{length}");
        }
    }
}
