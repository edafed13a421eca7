//! Bit reader for the entropy-coded part of a picture, most significant bit first.

use super::super::error::Fault;

/// Method that distinguishes a data byte 0xFF from a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuffing {
    /// A zero byte follows (ITU-T T.81 F.1.2.3).
    Byte,
    /// A zero bit follows (ITU-T T.87 A.1).
    Bit,
}

/// Reads bits up to the next marker.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Index of the next byte that is not in the buffer.
    at: usize,
    /// Unread bits, from the most significant bit.
    buffer: u64,
    bits: u32,
    stuffing: Stuffing,
    after_ones: bool,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8], stuffing: Stuffing) -> Self {
        Self {
            bytes,
            at: 0,
            buffer: 0,
            bits: 0,
            stuffing,
            after_ones: false,
        }
    }

    /// Fills the buffer with bits up to the next marker.
    fn fill(&mut self) {
        while self.bits <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else {
                return;
            };
            let next = self.bytes.get(self.at + 1).copied();
            let (length, taken) = match self.stuffing {
                Stuffing::Byte if byte == 0xff && next != Some(0) => return,
                Stuffing::Byte if byte == 0xff => (8, 2),
                Stuffing::Byte => (8, 1),
                Stuffing::Bit if byte == 0xff && next.is_none_or(|next| next >= 0x80) => return,
                Stuffing::Bit if self.after_ones => (7, 1),
                Stuffing::Bit => (8, 1),
            };
            self.after_ones = byte == 0xff;
            self.at += taken;
            self.buffer |= u64::from(byte) << (64 - length - self.bits);
            self.bits += length;
        }
    }

    /// The next `count` bits, at most 32, padded with zeros at the end of the data.
    pub(super) fn peek(&mut self, count: u32) -> u32 {
        if self.bits < count {
            self.fill();
        }
        if count == 0 {
            0
        } else {
            (self.buffer >> (64 - count)) as u32
        }
    }

    /// Skips bits that were peeked.
    pub(super) fn skip(&mut self, count: u32) -> Result<(), Fault> {
        self.bits = self.bits.checked_sub(count).ok_or(Fault::CutShort)?;
        self.buffer = self.buffer.checked_shl(count).unwrap_or(0);
        Ok(())
    }

    /// The next `count` bits, at most 32.
    pub(super) fn read(&mut self, count: u32) -> Result<u32, Fault> {
        let bits = self.peek(count);
        self.skip(count)?;
        Ok(bits)
    }

    /// Number of zeros before the next one bit, which is skipped too; at most `most`.
    pub(super) fn zeros(&mut self, most: u32) -> Result<u32, Fault> {
        let mut count = 0;
        loop {
            if self.bits < 32 {
                self.fill();
            }
            let zeros = self.buffer.leading_zeros().min(self.bits);
            count += zeros;
            if count > most {
                return Err(Fault::damaged(super::NO_CODE));
            }
            if zeros < self.bits {
                self.skip(zeros + 1)?;
                return Ok(count);
            }
            if self.bits == 0 {
                return Err(Fault::CutShort);
            }
            self.skip(zeros)?;
        }
    }

    /// Skips the padding bits of the last byte and a restart marker.
    pub(super) fn restart(&mut self) -> Result<(), Fault> {
        self.fill();
        let marker = self.bytes.get(self.at..).unwrap_or_default();
        match marker {
            [0xff, 0xd0..=0xd7, ..] => {}
            [] | [0xff] => return Err(Fault::CutShort),
            _ => return Err(Fault::damaged(super::NO_CODE)),
        }
        self.at += 2;
        self.buffer = 0;
        self.bits = 0;
        self.after_ones = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bits_and_bytes_are_removed() {
        let mut bits = BitReader::new(&[0xff, 0x00, 0x12, 0xff, 0xd9], Stuffing::Byte);
        assert_eq!(bits.read(24), Err(Fault::CutShort));
        let mut bits = BitReader::new(&[0xff, 0x00, 0x12, 0xff, 0xd9], Stuffing::Byte);
        assert_eq!(bits.read(16), Ok(0xff12));
        assert_eq!(bits.read(1), Err(Fault::CutShort));
        let mut bits = BitReader::new(&[0xff, 0x7f, 0x80, 0xff, 0xd9], Stuffing::Bit);
        assert_eq!(bits.read(23), Ok(0x7fff80));
        assert_eq!(bits.read(1), Err(Fault::CutShort));
    }

    #[test]
    fn zeros_are_counted_over_any_length_and_bounded() {
        let bytes = [&[0; 12][..], &[0x10, 0x80]].concat();
        let mut bits = BitReader::new(&bytes, Stuffing::Byte);
        assert_eq!(bits.zeros(200), Ok(99));
        assert_eq!(bits.zeros(200), Ok(4));
        assert_eq!(bits.zeros(200), Err(Fault::CutShort));
        let mut bits = BitReader::new(&bytes, Stuffing::Byte);
        assert!(matches!(bits.zeros(50), Err(Fault::Damaged(_))));
    }

    #[test]
    fn a_restart_drops_the_rest_of_a_byte() {
        let mut bits = BitReader::new(&[0xa5, 0xff, 0xd3, 0x5a, 0xff, 0xd9], Stuffing::Byte);
        assert_eq!(bits.read(3), Ok(0b101));
        bits.restart().unwrap();
        assert_eq!(bits.read(8), Ok(0x5a));
        assert!(matches!(bits.restart(), Err(Fault::Damaged(_))));
    }
}
