//! Sort keys: values that compare in the order of the table.

use jiff::civil::Date;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::clinical::assessment::Classification;
use crate::clinical::patient::Quantity;

/// Number of bytes of a text that are compared. Texts that differ only after them are sorted by activity.
const TEXT_BYTES: usize = 60;
/// Resolution of malignancy probabilities as sort keys: one billionth.
const PROBABILITY_STEPS: f64 = 1e9;

/// A value of a column, comparable only with values of the same column. SQLite sorts numbers before text and text before blobs,
/// which matches the order of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// Before every value.
    Least,
    Number(i64),
    Text(Start),
    /// After every value.
    Most,
}

/// Start of a folded text: its first bytes, cut at a character, padded with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Start {
    bytes: [u8; TEXT_BYTES],
    length: u8,
}

impl Key {
    /// Key of a folded text; none for an empty one.
    pub(super) fn text(folded: &str) -> Option<Self> {
        let cut = &folded[..folded.floor_char_boundary(TEXT_BYTES)];
        let mut bytes = [0; TEXT_BYTES];
        bytes.get_mut(..cut.len())?.copy_from_slice(cut.as_bytes());
        let length = u8::try_from(cut.len()).ok()?;
        (length > 0).then_some(Self::Text(Start { bytes, length }))
    }

    pub(super) fn day(day: Date) -> Self {
        let (year, month, day) = (day.year(), day.month(), day.day());
        Self::Number((i64::from(year) * 100 + i64::from(month)) * 100 + i64::from(day))
    }

    /// Key of a quantity in its stored spelling, in units of its last decimal.
    pub(super) fn quantity(kept: &str, quantity: Quantity) -> Option<Self> {
        let (whole, part) = kept.split_once('.').unwrap_or((kept, ""));
        let decimals = usize::from(quantity.decimals);
        format!("{whole}{part:0<decimals$}")
            .parse()
            .ok()
            .map(Self::Number)
    }

    /// Key of a result: negative, indeterminate, positive, each by its malignancy probability in [0, 1]; a result without a
    /// probability comes first.
    pub(super) fn result(result: Classification, malignant: Option<f64>) -> Self {
        let malignant = malignant.unwrap_or(0.0);
        let steps = (malignant.clamp(0.0, 1.0) * PROBABILITY_STEPS).round() as i64;
        Self::Number(Self::least_result(result) + steps)
    }

    /// The smallest and the largest key of a result.
    pub(super) fn results(result: Classification) -> (Self, Self) {
        (Self::result(result, None), Self::result(result, Some(1.0)))
    }

    fn least_result(result: Classification) -> i64 {
        let place = match result {
            Classification::Negative => 0,
            Classification::Indeterminate => 1,
            Classification::Positive => 2,
        };
        place * (PROBABILITY_STEPS as i64 + 1)
    }

    /// The key stored in a column.
    pub(super) fn read(kept: ValueRef<'_>) -> Option<Self> {
        match kept {
            ValueRef::Integer(number) => Some(Self::Number(number)),
            ValueRef::Text(text) => Self::text(std::str::from_utf8(text).ok()?),
            _ => None,
        }
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Least => ToSqlOutput::Owned(Value::Integer(i64::MIN)),
            Self::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(start) => {
                let bytes = start.bytes.get(..usize::from(start.length));
                ToSqlOutput::Borrowed(ValueRef::Text(bytes.unwrap_or_default()))
            }
            Self::Most => ToSqlOutput::Owned(Value::Blob(Vec::new())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::patient::{Field, Kind};

    #[test]
    fn quantities_are_sorted_by_their_size() {
        let Kind::Quantity(quantity) = Field::Cea.kind() else {
            panic!("the marker is a quantity");
        };
        let sorted = ["0", "0.05", "0.5", "3", "3.25", "12.5", "100000"];
        let keys = sorted.map(|kept| Key::quantity(kept, quantity));
        assert!(keys.is_sorted_by(|less, more| less.is_some() && less < more));
        assert_eq!(Key::quantity("many", quantity), None);
    }

    #[test]
    fn texts_are_cut_between_characters_and_sorted_by_their_letters() {
        assert_eq!(Key::text(""), None);
        let long = "é".repeat(100);
        assert_eq!(Key::text(&long), Key::text(&long[..60]));
        assert!(Key::text("ann") < Key::text("ann b"));
        assert!(Key::text("ann b") < Key::text("anna"));
        assert!(Key::text(&"李".repeat(40)).is_some());
    }

    #[test]
    fn a_result_comes_before_its_probability() {
        use Classification::{Indeterminate, Negative, Positive};
        let sorted = [
            Key::result(Negative, Some(0.0)),
            Key::result(Negative, Some(0.9)),
            Key::result(Indeterminate, None),
            Key::result(Indeterminate, Some(0.1)),
            Key::result(Positive, Some(0.0)),
            Key::result(Positive, Some(0.000_001)),
            Key::result(Positive, Some(1.0)),
        ];
        assert!(sorted.is_sorted_by(|less, more| less < more));
        assert!(Key::results(Positive).0 > Key::results(Indeterminate).1);
    }
}
