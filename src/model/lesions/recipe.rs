//! Every choice of a training run of the lesion reader.

use serde::{Deserialize, Serialize};

/// How the lesion reader is learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionRecipe {
    /// Steps of AdamW for each network.
    pub steps: usize,
    /// Canvases of a step, each put together from four parts.
    pub batch: usize,
    /// Largest learning rate of the trunk, and of the head.
    pub learning_rate: f64,
    pub head_learning_rate: f64,
    /// Share of a weight, times the learning rate, that a step takes off.
    pub weight_decay: f64,
    /// Parts of the patients that are held out in turn; 0 holds none out.
    pub folds: usize,
    /// Times that a network's own false lesions are looked for and learnt from.
    pub mining_rounds: usize,
    /// Everything drawn follows from it.
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
