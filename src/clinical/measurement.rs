//! Lengths as calipers give them: whole tenths of a millimetre, so that floating-point rounding never selects the wrong size
//! band. (14.9 + 15.0) / 2 is 15.0 here, not 14.9.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A length of 0.1 to 300.0 mm in whole tenths; the largest is longer than a lung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millimetres(u16);

/// Reason why a text is not a length. The message follows the typed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MeasurementError {
    #[error("is not a length in millimetres; write it like 14.9")]
    NotANumber,
    #[error("is finer than calipers measure; give millimetres with one decimal, like 14.9")]
    TooFine,
    #[error(
        "is outside the range from {} to {} mm",
        Millimetres::SMALLEST,
        Millimetres::LARGEST
    )]
    OutOfRange,
}

impl Millimetres {
    /// 0.1 mm.
    pub const SMALLEST: Self = Self(1);
    /// 300 mm.
    pub const LARGEST: Self = Self(3000);

    /// The length of so many tenths of a millimetre.
    ///
    /// # Errors
    /// [`MeasurementError::OutOfRange`] outside [`Self::SMALLEST`] to [`Self::LARGEST`].
    pub fn from_tenths(tenths: u16) -> Result<Self, MeasurementError> {
        let length = Self(tenths);
        if (Self::SMALLEST..=Self::LARGEST).contains(&length) {
            Ok(length)
        } else {
            Err(MeasurementError::OutOfRange)
        }
    }

    /// The nearest tenth of a length computed in mm, such as pixels times their spacing; half a tenth is rounded up.
    ///
    /// # Errors
    /// [`MeasurementError::OutOfRange`] if the rounded length is out of range, also for infinities and NaN.
    pub fn nearest(length_mm: f64) -> Result<Self, MeasurementError> {
        let tenths = (length_mm * 10.0 + 0.5).floor();
        if (1.0..=f64::from(Self::LARGEST.0)).contains(&tenths) {
            Ok(Self(tenths as u16))
        } else {
            Err(MeasurementError::OutOfRange)
        }
    }

    /// A whole number of millimetres, for the limits of size bands.
    pub(super) const fn whole(millimetres: u16) -> Self {
        Self(millimetres * 10)
    }

    /// The length in tenths of a millimetre.
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// The length in mm, for computations.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// Difference to `other` in tenths of a millimetre; negative if this is shorter.
    pub(super) fn excess_tenths(self, other: Self) -> i32 {
        i32::from(self.0) - i32::from(other.0)
    }
}

impl fmt::Display for Millimetres {
    /// With its one decimal and without the unit: `15.0`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl FromStr for Millimetres {
    type Err = MeasurementError;

    /// Reads plain decimals such as `8`, `8.0` or `14.90`.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = typed.trim();
        let (whole, fraction) = typed.split_once('.').unwrap_or((typed, "0"));
        for digits in [whole, fraction] {
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(MeasurementError::NotANumber);
            }
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 1 {
            return Err(MeasurementError::TooFine);
        }
        let tenth: u16 = match fraction {
            "" => 0,
            digit => digit.parse().map_err(|_| MeasurementError::NotANumber)?,
        };
        // Digits can only fail by being too many.
        let whole: u16 = whole.parse().map_err(|_| MeasurementError::OutOfRange)?;
        let tenths = whole.checked_mul(10).and_then(|ten| ten.checked_add(tenth));
        Self::from_tenths(tenths.ok_or(MeasurementError::OutOfRange)?)
    }
}

/// Two axes of a nodule, measured at right angles in one plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Axes {
    long: Millimetres,
    short: Millimetres,
}

impl Axes {
    /// Two axes in either order: the longer one becomes the long axis.
    pub fn new(one: Millimetres, other: Millimetres) -> Self {
        Self {
            long: one.max(other),
            short: one.min(other),
        }
    }

    /// The longer axis.
    pub fn long(self) -> Millimetres {
        self.long
    }

    /// The axis across the long one.
    pub fn short(self) -> Millimetres {
        self.short
    }

    /// Half the sum of both axes to a tenth of a millimetre; half a tenth is rounded up.
    ///
    /// Lung-RADS requires the mean to one decimal and leaves open whether its bands are compared with it before or after
    /// rounding. Here they are compared with the rounded mean, which is the one shown.
    pub fn mean(self) -> Millimetres {
        Millimetres((self.long.0 + self.short.0).div_ceil(2))
    }

    /// True if a part with these axes fits into a nodule with those.
    pub(super) fn holds(self, part: Self) -> bool {
        part.long <= self.long && part.short <= self.short
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} × {} mm", self.long, self.short)
    }
}

/// Volume in mm³ of a sphere, for a nodule of which only a mean diameter is known.
pub fn sphere_volume_mm3(diameter: Millimetres) -> f64 {
    ellipsoid_volume_mm3([diameter; 3])
}

/// Volume in mm³ of an ellipsoid with three measured axes: π/6 · a · b · c.
pub fn ellipsoid_volume_mm3(axes: [Millimetres; 3]) -> f64 {
    PI / 6.0 * axes.map(Millimetres::as_f64).iter().product::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mean(one: &str, other: &str) -> String {
        let axes = Axes::new(one.parse().unwrap(), other.parse().unwrap());
        axes.mean().to_string()
    }

    #[test]
    fn half_a_tenth_is_rounded_up_exactly() {
        assert_eq!(mean("14.9", "15.0"), "15.0");
        assert_eq!(format!("{:.1}", (14.9 + 15.0) / 2.0), "14.9");
        assert_eq!(mean("5.9", "6"), "6.0");
        assert_eq!(mean("7.9", "7.9"), "7.9");
        assert_eq!(mean("300", "300"), "300.0");
        assert_eq!(mean("0.1", "0.2"), "0.2");
    }

    #[test]
    fn only_plain_lengths_to_a_tenth_are_read() {
        for (typed, tenths) in [("8", 80), ("8.0", 80), (" 14.90 ", 149), ("0.1", 1)] {
            assert_eq!(typed.parse::<Millimetres>().unwrap().tenths(), tenths);
        }
        use MeasurementError::*;
        for (typed, error) in [
            ("", NotANumber),
            (".", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("-5", NotANumber),
            ("+5", NotANumber),
            ("5,5", NotANumber),
            ("5.1.1", NotANumber),
            ("1e9", NotANumber),
            ("NaN", NotANumber),
            ("inf", NotANumber),
            ("٨", NotANumber),
            ("20.05", TooFine),
            ("0", OutOfRange),
            ("0.0", OutOfRange),
            ("300.1", OutOfRange),
            ("6553.6", OutOfRange),
            ("1000000000", OutOfRange),
            ("99999999999999999999999999", OutOfRange),
        ] {
            assert_eq!(typed.parse::<Millimetres>(), Err(error), "{typed}");
        }
    }

    #[test]
    fn a_computed_length_is_rounded_to_its_nearest_tenth() {
        for (length, tenths) in [(14.949, 149), (14.951, 150), (0.05, 1), (300.04, 3000)] {
            assert_eq!(Millimetres::nearest(length).unwrap().tenths(), tenths);
        }
        for length in [0.0, 0.049, -3.0, 300.06, 1e300, f64::NAN, f64::INFINITY] {
            assert!(Millimetres::nearest(length).is_err(), "{length}");
        }
    }

    #[test]
    fn volumes_are_those_of_the_shape() {
        let [a, b, c] = [60, 80, 100].map(|tenths| Millimetres::from_tenths(tenths).unwrap());
        assert!((ellipsoid_volume_mm3([a, b, c]) - 251.327_412).abs() < 1e-5);
        assert!((sphere_volume_mm3(a) - 113.097_336).abs() < 1e-5);
    }

    proptest! {
        #[test]
        fn a_length_is_read_as_it_was_written(tenths in 1u16..=3000) {
            let length = Millimetres::from_tenths(tenths).unwrap();
            prop_assert_eq!(length.to_string().parse(), Ok(length));
            prop_assert_eq!(Millimetres::nearest(length.as_f64()), Ok(length));
        }

        #[test]
        fn a_mean_is_between_its_axes_in_any_order(one in 1u16..=3000, other in 1u16..=3000) {
            let [one, other] = [one, other].map(|tenths| Millimetres::from_tenths(tenths).unwrap());
            let axes = Axes::new(one, other);
            prop_assert_eq!(axes, Axes::new(other, one));
            prop_assert!(axes.short() <= axes.mean() && axes.mean() <= axes.long());
        }

        #[test]
        fn any_text_is_read_or_refused(typed in ".{0,12}") {
            if let Ok(length) = typed.parse::<Millimetres>() {
                prop_assert!((1..=3000).contains(&length.tenths()));
            }
        }
    }
}
