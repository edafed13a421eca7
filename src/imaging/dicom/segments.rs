//! The marker segments of JPEG and JPEG-LS (ITU-T T.81 B.1).

use super::super::error::Fault;
use super::samples::Shape;

/// Iterator over the segments.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// The segments after the start marker of a picture.
    pub(super) fn after_start(packed: &'a [u8]) -> Result<Self, Fault> {
        match packed {
            [0xff, 0xd8, rest @ ..] => Ok(Self { rest }),
            [] | [0xff] => Err(Fault::CutShort),
            _ => Err(Fault::damaged("its packed pixels have no valid start")),
        }
    }

    /// The next marker's second byte, and the content of its segment.
    pub(super) fn next(&mut self) -> Result<(u8, &'a [u8]), Fault> {
        let fill = self.rest.iter().take_while(|&&byte| byte == 0xff).count();
        let after = self.rest.get(fill..).unwrap_or_default();
        let (&marker, after) = after.split_first().ok_or(Fault::CutShort)?;
        // The end of the picture before its header.
        if fill == 0 || marker == 0xd9 {
            return Err(Fault::damaged("its packed pixels have no header"));
        }
        let (length, _) = after.split_first_chunk::<2>().ok_or(Fault::CutShort)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (segment, rest) = after.split_at_checked(length).ok_or(Fault::CutShort)?;
        let content = segment
            .get(2..)
            .ok_or_else(|| Fault::damaged("the header of its packed pixels is invalid"))?;
        self.rest = rest;
        Ok((marker, content))
    }

    /// Moves behind the coded part of a JPEG-LS scan, in which no byte of 128 or more follows a byte of ones (ITU-T T.87 A.1).
    pub(super) fn skip_coded(&mut self) -> Result<(), Fault> {
        let marker = |pair: &[u8]| matches!(pair, [0xff, 0x80..=0xfe]);
        let at = self.rest.windows(2).position(marker);
        self.rest = at
            .and_then(|at| self.rest.get(at..))
            .ok_or(Fault::CutShort)?;
        Ok(())
    }

    /// The bytes after the last segment.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// Refuses a packed picture of another size than the file declares.
pub(super) fn expect_size(shape: &Shape, rows: u16, columns: u16) -> Result<(), Fault> {
    if (u32::from(rows), u32::from(columns)) == (shape.rows, shape.columns) {
        return Ok(());
    }
    Err(Fault::damaged(format_args!(
        "its packed pixels are {columns} × {rows} and not {} × {}",
        shape.columns, shape.rows
    )))
}
