//! Numbers in decimal and integer strings (PS3.5, 6.2), including common deviations from the standard.

use dicom_core::value::PrimitiveValue;

/// A text without its padding: NULs and any white space.
pub(super) fn trimmed(text: &str) -> &str {
    // Bytes after a NUL are left over from a longer value.
    let text = text.trim_start_matches('\0');
    let text = text.split('\0').next().unwrap_or_default();
    text.trim_matches(char::is_whitespace)
}

/// The number in a trimmed text, with a decimal point or a decimal comma.
pub(super) fn number(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    match text.split_once(',') {
        Some((whole, rest)) if !rest.contains([',', '.']) && !whole.contains('.') => {
            format!("{whole}.{rest}").parse().ok()
        }
        _ => None,
    }
}

/// The number in a trimmed text, as [`number`]; none where a comma may separate thousands (`-1,024`) as well as decimals.
pub(super) fn clear_number(text: &str) -> Option<f64> {
    let (whole, rest) = text.split_once(',').unwrap_or((text, ""));
    let thousands = rest.len() == 3 && !matches!(whole.trim_start_matches(['+', '-']), "" | "0");
    number(text).filter(|_| !thousands)
}

/// The integer in a trimmed text, also as `1.0`; `None` for other numbers.
pub(super) fn whole_number(text: &str) -> Option<i64> {
    /// Largest integer that is exact in `f64`.
    const LARGEST: f64 = (1u64 << 53) as f64;

    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number = number(text)?;
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}

/// All values of an element as finite numbers; `None` if one of them is not.
pub(super) fn all_numbers(value: &PrimitiveValue) -> Option<Vec<f64>> {
    let texts = value.to_multi_str();
    let numbers = texts.iter().map(|text| number(trimmed(text)));
    let numbers: Option<Vec<f64>> = numbers.collect();
    numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()))
}

/// The values of an element as `N` finite numbers; `None` if they are not.
pub(super) fn finite_numbers<const N: usize>(value: &PrimitiveValue) -> Option<[f64; N]> {
    all_numbers(value)?.try_into().ok()
}

/// Distance between rows and between columns; further values are ignored.
pub(super) fn spacing(value: &PrimitiveValue) -> Option<[f64; 2]> {
    all_numbers(value)?.first_chunk::<2>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, expected) in [
            ("-1024", -1024.0),
            ("+1.5E1 ", 15.0),
            ("-1024,0", -1024.0),
            ("1.0\t", 1.0),
            ("-1024\r\n", -1024.0),
            ("1\0\0", 1.0),
            ("1\u{a0}", 1.0),
            ("1.5\0rest", 1.5),
        ] {
            assert_eq!(number(trimmed(text)), Some(expected), "{text:?}");
        }
        assert_eq!(clear_number("0,703"), Some(0.703));
        assert_eq!(clear_number("-1024,0"), Some(-1024.0));
        assert_eq!(clear_number("-1,024"), None);
        for text in ["", "steep", "1,024.5", "1.024,5", "1,2,3", ","] {
            assert_eq!(number(trimmed(text)), None, "{text:?}");
        }
    }

    #[test]
    fn a_whole_number_may_have_a_decimal_point() {
        for (text, expected) in [
            ("512", Some(512)),
            ("1.0", Some(1)),
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("1,0", Some(1)),
            ("1.5", None),
            ("inf", None),
            ("1e300", None),
        ] {
            assert_eq!(whole_number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn values_are_all_numbers_or_refused() {
        let values =
            |text: &str| PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect());
        assert_eq!(spacing(&values("0.7\\0.8\\1.25")), Some([0.7, 0.8]));
        assert_eq!(spacing(&values("0.7")), None);
        assert_eq!(
            finite_numbers::<3>(&values("1\\2\\3 ")),
            Some([1.0, 2.0, 3.0])
        );
        assert_eq!(finite_numbers::<3>(&values("1\\x\\3\\4")), None);
        assert_eq!(finite_numbers::<1>(&values("inf")), None);
    }
}
