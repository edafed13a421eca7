//! Classifier of a picture's measures: axial chest CT slice or not.
//!
//! One limit for each measure is not enough where any window may occur: a bone window leaves an open ring of
//! ribs, a lung window two grey fields in a white body. So an ensemble of small decision trees, fitted by
//! gradient boosting (Friedman 2001, "Greedy Function Approximation: A Gradient Boosting Machine"), combines
//! the measures. The trees are in `models/lunny-chest-ct-1.json`, which is compiled in; `models/GATE_CARD.md` says
//! what they were fitted to and how well they separate. Pictures that they accept by mistake are refused by the
//! limits of `chest`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::measures;

/// The shipped file.
const FILE: &str = include_str!("../../../models/lunny-chest-ct-1.json");

/// Log-odds from which a picture counts as a chest slice: more likely than not.
pub const LEAST: f32 = 0.0;

/// The shipped trees; `None` if the file does not fit this program, which a test excludes.
static TREES: LazyLock<Option<Trees>> = LazyLock::new(|| Trees::parse(FILE).ok());

/// Log-odds that a picture with these measures is an axial chest CT slice.
pub fn log_odds(values: &[f32; measures::COUNT]) -> f32 {
    // Without trees no picture is accepted.
    (TREES.as_ref()).map_or(f32::NEG_INFINITY, |trees| trees.log_odds(values))
}

/// Reasons why a file of trees cannot be used.
#[derive(Debug, thiserror::Error)]
enum TreesError {
    #[error("the trees cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the trees are for {found} measures and not {}", measures::COUNT)]
    Measures { found: usize },
    #[error("tree {0} uses a measure that does not exist, or a value that is not finite")]
    Unsound(usize),
}

/// A file of trees.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trees {
    /// Name and number of the file.
    #[serde(rename = "id")]
    _id: String,
    /// Number of measures of a picture.
    measures: usize,
    /// Log-odds before the first tree.
    start: f32,
    trees: Vec<Tree>,
}

/// A tree of three levels. A branch that ended early repeats its value in all its leaves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree {
    /// Measure and limit of each split, breadth first. A value above the limit goes to the second branch.
    splits: [(usize, f32); 7],
    /// Log-odds that each leaf adds, from left to right.
    leaves: [f32; 8],
}

impl Trees {
    fn parse(text: &str) -> Result<Self, TreesError> {
        let file: Self = serde_json::from_str(text)?;
        if file.measures != measures::COUNT {
            return Err(TreesError::Measures {
                found: file.measures,
            });
        }
        let is_sound = |tree: &Tree| {
            let known = (tree.splits.iter())
                .all(|(measure, limit)| *measure < measures::COUNT && limit.is_finite());
            known && tree.leaves.iter().all(|leaf| leaf.is_finite())
        };
        match file.trees.iter().position(|tree| !is_sound(tree)) {
            Some(number) => Err(TreesError::Unsound(number)),
            None => Ok(file),
        }
    }

    fn log_odds(&self, values: &[f32; measures::COUNT]) -> f32 {
        self.start + self.trees.iter().map(|tree| tree.leaf(values)).sum::<f32>()
    }
}

impl Tree {
    /// Value of the leaf that a picture with these measures reaches.
    fn leaf(&self, values: &[f32; measures::COUNT]) -> f32 {
        let mut place = 0;
        while let Some(&(measure, limit)) = self.splits.get(place) {
            let value = values.get(measure).copied().unwrap_or_default();
            place = 2 * place + 1 + usize::from(value > limit);
        }
        (self.leaves.get(place - self.splits.len()).copied()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::text::hexadecimal;

    #[test]
    fn the_shipped_trees_are_sound_and_have_the_hash_beside_them() {
        let trees = Trees::parse(FILE).unwrap();
        assert_eq!(trees.trees.len(), 200);
        let hash = include_str!("../../../models/lunny-chest-ct-1.sha256");
        assert_eq!(hexadecimal(&Sha256::digest(FILE)), hash.trim());
    }

    #[test]
    fn a_value_above_the_limit_goes_to_the_second_branch() {
        let mut tree = Tree {
            splits: [(0, 0.5); 7],
            leaves: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        };
        tree.splits[2] = (1, 2.0);
        let leaf = |first, second| {
            let mut values = [0.0; measures::COUNT];
            (values[0], values[1]) = (first, second);
            tree.leaf(&values)
        };
        assert_eq!(leaf(0.5, 9.0), 1.0);
        assert_eq!(leaf(0.6, 2.0), 6.0);
        assert_eq!(leaf(0.6, 2.1), 8.0);
    }

    #[test]
    fn trees_of_other_measures_or_with_odd_values_are_refused() {
        let file = |measures: usize, measure: usize, leaf: &str| {
            let splits = format!("[{measure}, 1.0], ").repeat(7);
            let leaves = format!("{leaf}, ").repeat(8);
            let (splits, leaves) = (splits.trim_end_matches(", "), leaves.trim_end_matches(", "));
            format!(
                r#"{{"id": "x", "measures": {measures}, "start": 0.0, "trees": [{{"splits": [{splits}], "leaves": [{leaves}]}}]}}"#
            )
        };
        assert!(Trees::parse(&file(measures::COUNT, 0, "0.5")).is_ok());
        assert!(matches!(
            Trees::parse(&file(measures::COUNT - 1, 0, "0.5")),
            Err(TreesError::Measures { .. })
        ));
        assert!(matches!(
            Trees::parse(&file(measures::COUNT, measures::COUNT, "0.5")),
            Err(TreesError::Unsound(0))
        ));
        assert!(Trees::parse(&file(measures::COUNT, 0, "1e99")).is_err());
        assert!(Trees::parse("[]").is_err());
    }
}
