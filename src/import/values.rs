//! Meanings of cells that the user states for a column: `1` among genders is female.

use std::collections::BTreeMap;

use crate::clinical::text::fold;

/// Values by column and cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueMap(BTreeMap<(usize, String), String>);

impl ValueMap {
    /// States that `cell`, in any spelling, means `value` in a column.
    pub fn state(&mut self, column: usize, cell: &str, value: &str) {
        self.0.insert((column, fold(cell)), value.trim().to_owned());
    }

    /// The stated meaning of a cell.
    pub(super) fn meant(&self, column: usize, cell: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(column, fold(cell))).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_applies_to_its_column_only() {
        let mut values = ValueMap::default();
        assert_eq!(values.meant(0, "1"), None);
        values.state(3, " Ja", "yes ");
        assert_eq!(values.meant(3, "ja "), Some("yes"));
        assert_eq!(values.meant(2, "ja"), None);
    }
}
