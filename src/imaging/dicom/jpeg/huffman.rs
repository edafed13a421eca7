//! Huffman codes (ITU-T T.81 annex C), and the signed values after them.

use super::super::super::error::Fault;
use super::super::NO_CODE;
use super::super::bits::BitReader;

/// Maximum code length in bits.
const LONGEST: u32 = 16;

/// A code as lookup table by the next 16 bits.
pub(super) struct Code {
    /// Length and symbol of each code; length 0 if there is none.
    symbols: Vec<(u8, u8)>,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Code").finish_non_exhaustive()
    }
}

impl Code {
    /// The code with this number of words of each length, from 1 bit on, for these symbols in order; `None` if
    /// there are too many words.
    pub(super) fn new(lengths: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Vec::with_capacity(1 << LONGEST);
        let mut symbols = symbols.iter();
        for (length, &count) in (1u32..).zip(lengths) {
            for _ in 0..count {
                let entry = (length as u8, *symbols.next()?);
                let filled = table.len() + (1 << (LONGEST - length));
                if filled > 1 << LONGEST {
                    return None;
                }
                table.resize(filled, entry);
            }
        }
        table.resize(1 << LONGEST, (0, 0));
        Some(Self { symbols: table })
    }

    /// The next symbol.
    pub(super) fn symbol(&self, bits: &mut BitReader) -> Result<u8, Fault> {
        let next = bits.peek(LONGEST) as usize;
        match self.symbols.get(next) {
            Some(&(length @ 1.., symbol)) => {
                bits.skip(length.into())?;
                Ok(symbol)
            }
            // The padding zeros after the last bit may not be a code word.
            _ if bits.read(LONGEST).is_err() => Err(Fault::CutShort),
            _ => Err(Fault::damaged(NO_CODE)),
        }
    }
}

/// A number of `size` bits, at most 16; the highest bit is set if it is positive (F.2.2.1).
pub(super) fn number(bits: &mut BitReader, size: u32) -> Result<i32, Fault> {
    match size {
        0 => Ok(0),
        1..=16 => {
            let number = bits.read(size)? as i32;
            let half = 1 << (size - 1);
            Ok(if number < half {
                number - 2 * half + 1
            } else {
                number
            })
        }
        _ => Err(Fault::damaged(NO_CODE)),
    }
}
