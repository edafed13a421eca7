//! All choices of a training run, as a weight file stores them.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The part of the network that is trained. All layers before it keep the initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Unfreeze {
    /// The last layer alone, by logistic regression
    None,
    /// The last stage of bottlenecks and the last layer
    Layer4,
    /// The last two stages and the last layer
    Layer3,
}

impl Unfreeze {
    /// The first stage that is trained, counted from 1; `None` if only the last layer is.
    pub fn first_stage(self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Layer4 => Some(4),
            Self::Layer3 => Some(3),
        }
    }
}

/// Unit that is kept together when slices are held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Whole cases: no case is on both sides
    Case,
    /// Single slices, stratified by class: slices of one case may be on both sides, so the figures are too good
    Random,
}

/// Compensation for different class sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// A slice is weighted in inverse proportion to the size of its class
    Weights,
    /// Every epoch draws as many slices of each class as the smallest has
    Undersample,
    /// Every slice has the same weight
    None,
}

/// Features that the last layer reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum HeadReads {
    /// The means over the last stage's pixels, as in every ResNet
    #[default]
    LastStage,
    /// These, and the means over the pixels of the stage before: the last stage itself was trained for other
    /// classes
    LastTwoStages,
}

/// Initial weights of the last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum HeadStart {
    /// Zeros: all classes are equally likely
    Zeros,
    /// The logistic regression on the features that the unchanged stages give for the training slices
    Regression,
}

/// The choices of a training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub unfreeze: Unfreeze,
    #[serde(default)]
    pub head_reads: HeadReads,
    pub head_start: HeadStart,
    pub split: Split,
    /// Number of folds that are held out in turn; `None` for a 70/15/15 split into training, validation (which
    /// chooses the epoch) and test.
    pub folds: Option<usize>,
    /// Number of 70/15/15 splits that are drawn and trained independently.
    pub repeats: usize,
    /// Number of views of a slice: unchanged, mirrored, and the rest with random augmentation.
    pub views: usize,
    /// Number of passes over the training slices, each slice in one of its views.
    pub epochs: usize,
    /// Batch size in slices.
    pub batch: usize,
    /// AdamW's maximum learning rate for the stages before the last layer.
    pub learning_rate: f64,
    /// AdamW's maximum learning rate for the last layer.
    pub head_learning_rate: f64,
    /// Share of a weight, times the learning rate, that every step subtracts. Not applied to biases.
    pub weight_decay: f64,
    /// Dropout rate of the pooled features.
    pub dropout: f64,
    /// Share of the target that is spread over all classes.
    pub label_smoothing: f64,
    /// α of the Beta(α, α) distribution of mixing shares; 0 for no mixing.
    pub mixup: f64,
    pub balance: Balance,
    /// Share of the steps, at the end, whose weights are averaged; 0 for the last weights only.
    pub average: f64,
    /// Number of networks trained with different seeds from the same start; their weights are averaged.
    pub members: usize,
    /// Number of epochs without a better validation loss after which a 70/15/15 run stops.
    pub patience: usize,
    /// True if a slice is analysed together with its mirror image.
    pub mirror: bool,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            unfreeze: Unfreeze::None,
            head_reads: HeadReads::LastTwoStages,
            head_start: HeadStart::Regression,
            split: Split::Case,
            folds: None,
            repeats: 1,
            views: 8,
            epochs: 24,
            batch: 32,
            learning_rate: 1e-4,
            head_learning_rate: 1e-3,
            weight_decay: 0.05,
            dropout: 0.5,
            label_smoothing: 0.0,
            mixup: 0.0,
            balance: Balance::Weights,
            average: 0.0,
            members: 1,
            patience: 8,
            mirror: true,
            seed: 1,
        }
    }
}
