//! Cells of CSV files, for programs and for Excel.

use std::borrow::Cow;

use super::{guarded, is_phone};

/// Bytes that tell Excel that a file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Number of digits from which on Excel shortens a number: `1.23E+11`.
const MOST_DIGITS: usize = 11;

/// The reader that a CSV file is written for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Any program (RFC 4180).
    #[default]
    Plain,
    /// Excel: with a byte order mark, and with numbers that Excel would rewrite as text, `="00123"`. An import reads such cells.
    Excel,
}

impl Dialect {
    /// Beginning of the file.
    pub fn beginning(self) -> &'static [u8] {
        match self {
            Self::Plain => b"",
            Self::Excel => BYTE_ORDER_MARK,
        }
    }

    /// A cell as it is written.
    pub fn cell(self, cell: &str) -> Cow<'_, str> {
        match self == Self::Excel && is_rewritten(cell) {
            true => format!("=\"{cell}\"").into(),
            false => guarded(cell),
        }
    }
}

/// True if Excel would read a text as another number or as a date: `00123`, `+49 30 1234`, `12E5`, `1-2`, a number of many digits.
fn is_rewritten(cell: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(cell) {
        return cell.len() > MOST_DIGITS || (cell.len() > 1 && cell.starts_with('0'));
    }
    let is_power = cell
        .split_once(['e', 'E'])
        .is_some_and(|(number, power)| is_digits(number) && is_digits(power));
    let parts: Vec<&str> = cell.split(['-', '/', '.']).collect();
    let is_like_a_date = matches!(parts.len(), 2 | 3)
        && parts.iter().all(|part| is_digits(part))
        && parts.first().is_some_and(|part| part.len() <= 2)
        && (parts.len() == 3 || cell.contains(['-', '/']));
    is_power || is_like_a_date || is_phone(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excel_gets_numbers_that_it_would_rewrite_as_text() {
        for cell in [
            "00123",
            "123456789012",
            "+49 30 1234",
            "+4930123456",
            "12E5",
            "1-2",
            "3/4/61",
            "+44-20-7946",
        ] {
            assert_eq!(Dialect::Excel.cell(cell), format!("=\"{cell}\""), "{cell}");
            assert_eq!(Dialect::Plain.cell(cell), cell, "{cell}");
        }
        for cell in [
            "",
            "0",
            "7",
            "P-0042",
            "1961-03-05",
            "3.25",
            "Ana",
            "12345678901",
        ] {
            assert_eq!(Dialect::Excel.cell(cell), cell, "{cell}");
        }
        for dialect in [Dialect::Plain, Dialect::Excel] {
            for formula in ["=1+1", "-2", "@SUM(A1)", "+1+cmd", "+1;2"] {
                assert_eq!(dialect.cell(formula), format!("'{formula}"), "{formula}");
            }
        }
    }
}
