//! What a run was asked for, and how another request differs from it.

use serde::{Deserialize, Serialize};

use crate::model::recipe::Recipe;

/// What a run was asked for. A run goes on only for the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    pub recipe: Recipe,
    pub init_sha256: String,
    pub data_sha256: String,
    /// Whether the run is over.
    pub finished: bool,
}

/// What two requests differ in, in words.
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
        "it was asked for otherwise ({})",
        changed.join(", ")
    ))
}
