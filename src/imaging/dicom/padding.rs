//! Padding pixels around the scanned area (PS3.3, C.7.5.1.1.2).

use dicom_dictionary_std::tags;

use super::dataset::DataSet;
use super::samples::Shape;

/// Lower limit of tissue, in Hounsfield units.
const DARKEST_TISSUE_HU: f64 = -200.0;
/// Upper limit of tissue: the highest 12-bit value with the usual intercept. Bone and contrast medium are
/// darker.
const BRIGHTEST_TISSUE_HU: f64 = 3071.0;

/// Range of the stored values that mean padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Padding {
    low: i64,
    high: i64,
}

impl Padding {
    /// (0028,0120) PixelPaddingValue, up to (0028,0121) PixelPaddingRangeLimit where there is one.
    pub(super) fn read(dataset: &DataSet) -> Option<Self> {
        let bits: u32 = dataset.whole_number(tags::BITS_ALLOCATED).ok().flatten()?;
        let signed = matches!(
            dataset.whole_number(tags::PIXEL_REPRESENTATION),
            Ok(Some(1u16))
        );
        let number = |tag| {
            let number = dataset.whole_number::<i64>(tag).ok().flatten()?;
            // The bytes of a negative value, stated as an unsigned number.
            let wraps = signed && (1..=32).contains(&bits) && number >= 1i64 << (bits - 1);
            Some(number - if wraps { 1i64 << bits } else { 0 })
        };
        let value = number(tags::PIXEL_PADDING_VALUE)?;
        let limit = number(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
        Some(Self {
            low: value.min(limit),
            high: value.max(limit),
        })
    }

    /// True if a stored word, or the value of its stored bits, is padding. The two bytes of a negative value
    /// are often stated as an unsigned number, and vice versa.
    pub(super) fn holds(&self, word: u32, value: i64, shape: &Shape) -> bool {
        let bits = 8 * shape.bytes_each as u32;
        let unsigned = i64::from(word);
        let signed = match word >> (bits - 1) & 1 {
            1 => unsigned - (1i64 << bits),
            _ => unsigned,
        };
        [value, unsigned, signed]
            .iter()
            .any(|value| (self.low..=self.high).contains(value))
    }

    /// True if padding, rescaled, cannot be tissue. Some writers declare a value that tissue has, too: 0 where
    /// that is water; or a range with all tissue in it.
    pub(super) fn is_no_tissue(&self, rescaled: impl Fn(i64) -> f64) -> bool {
        let ends = [self.low, self.high].map(rescaled);
        ends.iter()
            .all(|&hounsfield| hounsfield <= DARKEST_TISSUE_HU)
            || ends
                .iter()
                .all(|&hounsfield| hounsfield >= BRIGHTEST_TISSUE_HU)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_known_by_its_bytes_and_by_its_bits() {
        let shape = Shape::of_grey(1, 1, 2);
        let padding = |low, high| Padding { low, high };
        assert!(padding(63536, 63536).holds(63536, 63536, &shape));
        assert!(padding(-2000, -2000).holds(63536, 63536, &shape));
        assert!(padding(63536, 63536).holds(63536, -2000, &shape));
        assert!(padding(4000, 4095).holds(0xf000 | 4050, 4050, &shape));
        assert!(!padding(4000, 4095).holds(3999, 3999, &shape));
    }

    #[test]
    fn a_value_of_tissue_is_not_padding() {
        let rescaled = |value: i64| value as f64 - 1024.0;
        let padding = |low, high| Padding { low, high }.is_no_tissue(rescaled);
        assert!(padding(0, 0) && padding(63536, 63536) && padding(4095, 4095));
        assert!(!padding(1024, 1024) && !padding(0, 1000) && !padding(0, 63536));
    }
}
