//! Columns of an account's patient table, their order, and the sort column. Stored with the account.

use serde::{Deserialize, Serialize};

use super::columns::{self, NAME, USUAL};
use crate::store::{Column, Order};

/// Name of the stored preference.
pub(super) const PREFERENCE: &str = "patient table";

/// Arrangement of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrangement {
    /// Each column once, the name always among them.
    columns: Vec<Column>,
    /// `None`: best matches first, newest activity first.
    pub order: Option<Order>,
}

/// Stored form of the arrangement.
#[derive(Serialize, Deserialize)]
struct Kept {
    columns: Vec<String>,
    sorted_by: Option<String>,
    #[serde(default)]
    descending: bool,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self {
            columns: USUAL.to_vec(),
            order: None,
        }
    }
}

impl Arrangement {
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Sets the columns; the name is put first if it is missing.
    pub(super) fn choose(&mut self, columns: Vec<Column>) {
        self.columns.clear();
        for column in columns {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        if !self.columns.contains(&NAME) {
            self.columns.insert(0, NAME);
        }
    }

    /// Sorts by the next column, ascending; after the last one by none.
    pub(super) fn sort_by_next(&mut self) {
        let next = match self.order {
            None => self.columns.first(),
            Some(order) => {
                let at = self.columns.iter().position(|column| *column == order.by);
                at.and_then(|at| self.columns.get(at + 1))
            }
        };
        self.order = next.map(|&by| Order {
            by,
            descending: false,
        });
    }

    /// Reverses the order; false if the table is not sorted by a column.
    pub(super) fn turn(&mut self) -> bool {
        if let Some(order) = &mut self.order {
            order.descending = !order.descending;
        }
        self.order.is_some()
    }

    /// Stored form as JSON.
    pub(super) fn to_json(&self) -> String {
        let columns = self.columns.iter().map(|column| columns::key(*column));
        let kept = Kept {
            columns: columns.map(str::to_owned).collect(),
            sorted_by: self.order.map(|order| columns::key(order.by).to_owned()),
            descending: self.order.is_some_and(|order| order.descending),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Reads what [`Arrangement::to_json`] wrote. Unknown columns are skipped, and unreadable text gives the default
    /// arrangement, so that the table always opens.
    pub(super) fn from_json(text: &str) -> Self {
        let mut arrangement = Self::default();
        let Ok(kept) = serde_json::from_str::<Kept>(text) else {
            return arrangement;
        };
        let chosen = kept.columns.iter().filter_map(|word| columns::parse(word));
        let chosen: Vec<Column> = chosen.collect();
        if !chosen.is_empty() {
            arrangement.choose(chosen);
        }
        let by = kept.sorted_by.as_deref().and_then(columns::parse);
        arrangement.order = by.map(|by| Order {
            by,
            descending: kept.descending,
        });
        arrangement
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::patient::Field;

    #[test]
    fn an_arrangement_survives_storage_unchanged() {
        let mut arrangement = Arrangement::default();
        arrangement.choose(vec![
            Column::LastActivity,
            NAME,
            Column::Field(Field::Doctor),
        ]);
        arrangement.order = Some(Order {
            by: Column::Field(Field::Doctor),
            descending: true,
        });
        assert_eq!(Arrangement::from_json(&arrangement.to_json()), arrangement);
    }

    #[test]
    fn unreadable_text_gives_the_default_arrangement() {
        for text in ["", "[]", "{}", "{\"columns\": [\"shoe size\"]}"] {
            assert_eq!(Arrangement::from_json(text), Arrangement::default());
        }
        let kept = "{\"columns\":[\"exams\",\"shoe size\",\"exams\"],\"sorted_by\":\"hat\"}";
        let arrangement = Arrangement::from_json(kept);
        assert_eq!(arrangement.columns(), [NAME, Column::Exams]);
        assert_eq!(arrangement.order, None);
    }

    #[test]
    fn sorting_goes_from_column_to_column_and_back_to_the_best_matches() {
        let mut arrangement = Arrangement::default();
        assert!(!arrangement.turn());
        for &by in USUAL.iter() {
            arrangement.sort_by_next();
            assert_eq!(arrangement.order.map(|order| order.by), Some(by));
            assert!(arrangement.turn());
            assert!(arrangement.order.is_some_and(|order| order.descending));
        }
        arrangement.sort_by_next();
        assert_eq!(arrangement.order, None);
    }
}
