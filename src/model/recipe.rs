//! How a network is learnt: every choice that a training run takes, as a weight file keeps it.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Which part of the network is learnt. Everything before it stays as the starting weights have it.
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
    /// The first stage that is learnt, counted from 1; nothing where only the last layer is.
    pub fn first_stage(self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Layer4 => Some(4),
            Self::Layer3 => Some(3),
        }
    }
}

/// What is kept together when slices are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Whole cases: no case is on both sides
    Case,
    /// Single slices, class by class: slices of one case may be on both sides, which flatters
    Random,
}

/// How classes of different size get the same say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// A slice counts in inverse proportion to the size of its class
    Weights,
    /// Every epoch draws as many slices of each class as the smallest has
    Undersample,
    /// Every slice counts alike
    None,
}

/// Which features the last layer reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum HeadReads {
    /// The means over the last stage's pixels, as in every ResNet
    #[default]
    LastStage,
    /// These, and the means over the pixels of the stage before: what the last stage has made of them was
    /// learnt for other answers
    LastTwoStages,
}

/// What the last layer is before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum HeadStart {
    /// Zeros: every class is as likely as another
    Zeros,
    /// The logistic regression on what the unchanged stages make of the training slices
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
    /// Parts that are held out in turn; without, 70 % of the slices are learnt from, 15 % choose the epoch
    /// and 15 % are judged.
    pub folds: Option<usize>,
    /// How often the 70/15/15 split is drawn and learnt anew.
    pub repeats: usize,
    /// Views kept of a slice: as it is, mirrored, and the rest changed at random.
    pub views: usize,
    /// Passes over the training slices, each slice in one of its views.
    pub epochs: usize,
    /// Slices of a step.
    pub batch: usize,
    /// AdamW's largest step for the stages below the last layer.
    pub learning_rate: f64,
    /// AdamW's largest step for the last layer.
    pub head_learning_rate: f64,
    /// Share of a weight, times the learning rate, that every step takes off. Biases keep theirs.
    pub weight_decay: f64,
    /// Share of the pooled features that a training step leaves out.
    pub dropout: f64,
    /// Share of the truth that is spread over all classes.
    pub label_smoothing: f64,
    /// α of the Beta(α, α) that draws how two slices are mixed; 0 mixes none.
    pub mixup: f64,
    pub balance: Balance,
    /// The last share of the steps whose weights are averaged; 0 takes the last weights as they are.
    pub average: f64,
    /// Networks learnt with other chances from the same start, whose weights are averaged into one.
    pub members: usize,
    /// Epochs without a better validation loss after which a 70/15/15 run stops.
    pub patience: usize,
    /// Whether a slice is judged together with its mirror image.
    pub mirror: bool,
    /// Everything drawn at random follows from it.
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
