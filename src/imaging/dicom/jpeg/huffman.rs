//! Huffman codes (ITU-T T.81 annex C), and the numbers that follow them.

use super::super::super::error::Fault;
use super::super::NO_CODE;
use super::super::bits::BitReader;

/// No code is longer, in bits.
const LONGEST: u32 = 16;

/// A code, looked up by the next 16 bits.
pub(super) struct Code {
    /// Length of the code and what it stands for; length 0 where there is no code.
    symbols: Vec<(u8, u8)>,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Code").finish_non_exhaustive()
    }
}

impl Code {
    /// The code with this many words of each length, from 1 bit on, for these symbols in order; nothing when there are
    /// more words than fit.
    pub fn new(lengths: &[u8; 16], symbols: &[u8]) -> Option<Self> {
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
    pub fn symbol(&self, bits: &mut BitReader) -> Result<u8, Fault> {
        let next = bits.peek(LONGEST) as usize;
        match self.symbols.get(next) {
            Some(&(length @ 1.., symbol)) => {
                bits.skip(length.into())?;
                Ok(symbol)
            }
            // Noughts were put after the last bit, and may be no word.
            _ if bits.read(LONGEST).is_err() => Err(Fault::CutShort),
            _ => Err(Fault::damaged(NO_CODE)),
        }
    }
}

/// A number of `size` bits, at most 16, whose highest bit says that it is not negative (F.2.2.1).
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
