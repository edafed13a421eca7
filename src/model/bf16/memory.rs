//! Memory of bfloat16 numbers, in whole cache lines.

use rayon::prelude::*;

/// Numbers of a cache line, and channels that a kernel computes at once.
pub const LINE: usize = 32;
/// Lines that a thread converts at once.
const TOGETHER: usize = 1 << 10;

/// A cache line of bfloat16 numbers: the upper halves of `f32`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [u16; LINE]);

/// Numbers of a batch.
#[derive(Debug, Clone, Default)]
pub struct Memory(Vec<Line>);

impl Memory {
    /// `numbers` zeros; rounded up to a whole line.
    pub fn zeroed(numbers: usize) -> Self {
        Self(vec![Line([0; LINE]); numbers.div_ceil(LINE)])
    }

    /// Count of numbers.
    pub fn count(&self) -> usize {
        self.0.len() * LINE
    }

    /// The whole lines.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// The whole lines, to be written.
    pub fn lines_mut(&mut self) -> &mut [Line] {
        &mut self.0
    }

    /// The single numbers.
    pub fn numbers(&self) -> &[u16] {
        // SAFETY: a line is so many numbers without padding.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.count()) }
    }

    /// The single numbers, to be written.
    pub fn numbers_mut(&mut self) -> &mut [u16] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.count()) }
    }

    /// Address of the first number, aligned to a line.
    pub fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr().cast()
    }

    /// Address of the first number, aligned to a line, to be written.
    pub fn as_mut_ptr(&mut self) -> *mut u16 {
        self.0.as_mut_ptr().cast()
    }

    /// Rounds `values` to the first numbers.
    pub fn round(&mut self, values: &[f32]) {
        assert!(values.len() <= self.count());
        (self.0.par_chunks_mut(TOGETHER))
            .zip(values.par_chunks(TOGETHER * LINE))
            .for_each(|(lines, values)| {
                for (line, values) in lines.iter_mut().zip(values.chunks(LINE)) {
                    for (number, value) in line.0.iter_mut().zip(values) {
                        *number = rounded(*value);
                    }
                }
            });
    }

    /// Widens the first numbers to `values`.
    pub fn widen(&self, values: &mut [f32]) {
        assert!(values.len() <= self.count());
        (self.0.par_chunks(TOGETHER))
            .zip(values.par_chunks_mut(TOGETHER * LINE))
            .for_each(|(lines, values)| {
                for (line, values) in lines.iter().zip(values.chunks_mut(LINE)) {
                    for (number, value) in line.0.iter().zip(values) {
                        *value = widened(*number);
                    }
                }
            });
    }
}

/// The nearest bfloat16 of a finite number, the even one of two; NaN stays NaN.
pub fn rounded(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    (bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// The same number as `f32`.
pub fn widened(number: u16) -> f32 {
    f32::from_bits(u32::from(number) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_to_the_nearest_and_to_even() {
        assert_eq!(widened(rounded(1.0)), 1.0);
        assert_eq!(widened(rounded(-1.0 - 1.0 / 512.0)), -1.0);
        assert_eq!(widened(rounded(1.0 + 1.0 / 256.0)), 1.0);
        assert_eq!(widened(rounded(1.0 + 3.0 / 256.0)), 1.0 + 4.0 / 256.0);
        assert!(widened(rounded(f32::NAN)).is_nan());
        assert_eq!(widened(rounded(f32::INFINITY)), f32::INFINITY);
    }

    #[test]
    fn memory_gives_back_what_was_rounded_into_it() {
        let values: Vec<f32> = (0..40).map(|value| value as f32).collect();
        let mut memory = Memory::zeroed(values.len());
        assert_eq!(memory.count(), 64);
        memory.round(&values);
        let mut back = vec![0.0; values.len()];
        memory.widen(&mut back);
        assert_eq!(values, back);
    }
}
