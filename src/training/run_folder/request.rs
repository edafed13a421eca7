//! The request of a run, and its differences from another request.

use serde::{Deserialize, Serialize};

use crate::model::recipe::Recipe;

/// The request of a run. A run is only resumed for the same request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    pub recipe: Recipe,
    pub init_sha256: String,
    pub data_sha256: String,
    /// True if the run is finished.
    pub finished: bool,
}

/// The difference of two requests, in words.
pub(super) fn difference(earlier: &RunRequest, now: &RunRequest) -> Option<String> {
    if earlier.data_sha256 != now.data_sha256 {
        return Some("the slices or the manifest have changed since".into());
    }
    if earlier.init_sha256 != now.init_sha256 {
        return Some("it started from other weights".into());
    }
    if earlier.recipe == now.recipe {
        return None;
    }
    let fields = |recipe: &Recipe| match serde_json::to_value(recipe) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (earlier, now) = (fields(&earlier.recipe), fields(&now.recipe));
    let changed: Vec<String> = (now.iter())
        .filter(|(name, value)| earlier.get(*name) != Some(value))
        .map(|(name, value)| {
            let before = earlier.get(name).cloned().unwrap_or_default();
            format!("{} was {before} and is {value}", name.replace('_', " "))
        })
        .collect();
    Some(format!(
        "its options were different ({})",
        changed.join(", ")
    ))
}
