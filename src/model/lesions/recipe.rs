//! All choices of a training run of the lesion reader.

use serde::{Deserialize, Serialize};

/// Hyperparameters of the lesion reader's training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionRecipe {
    /// Number of AdamW steps for each network.
    pub steps: usize,
    /// Batch size in canvases, each composed of four parts.
    pub batch: usize,
    /// Maximum learning rate of the trunk, and of the head.
    pub learning_rate: f64,
    pub head_learning_rate: f64,
    /// Weight decay: share of a weight, times the learning rate, that a step subtracts.
    pub weight_decay: f64,
    /// Number of folds of patients that are held out in turn; 0 for none.
    pub folds: usize,
    /// Number of rounds of hard-negative mining: searches for the network's own false lesions.
    pub mining_rounds: usize,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for LesionRecipe {
    fn default() -> Self {
        Self {
            steps: 1600,
            batch: 8,
            learning_rate: 1e-4,
            head_learning_rate: 1e-3,
            weight_decay: 0.01,
            folds: 3,
            mining_rounds: 2,
            seed: 1,
        }
    }
}
