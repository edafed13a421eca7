//! Description in a weight file, in safetensors' `__metadata__`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::content_error::ContentError;
use super::head::{Calibration, Class, PerClass};
use super::input;
use super::out_of_distribution::Limit;
use super::recipe::{HeadReads, Recipe};
use crate::clinical::assessment::DecisionRule;

/// The only key that is written. One key makes the file byte-identical every time that it is written: the
/// format does not sort keys.
const KEY: &str = "lunny";

/// All data of a network except its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Name of the network, such as `lunny-resnet50-2`.
    pub id: String,
    /// Names of the outputs, in order: those of [`Class::ALL`].
    pub classes: PerClass<String>,
    /// Height and width of the input, in pixels.
    pub input_side: usize,
    #[serde(flatten)]
    pub calibration: Calibration,
    pub rule: DecisionRule,
    /// Distance from which a slice is out of distribution. `None` in files without a
    /// [`super::out_of_distribution::OutOfDistribution`]: then no slice is marked because of its features.
    #[serde(
        default,
        rename = "familiarity",
        skip_serializing_if = "Option::is_none"
    )]
    pub out_of_distribution: Option<Limit>,
    pub training: TrainingSummary,
    /// The model card, Markdown: origin of the weights, intended use, limits, known failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// Training data, training choices and held-out figures of the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// SHA-256 of the file that the backbone was initialised from.
    pub init_sha256: String,
    /// SHA-256 of names, classes, cases and contents of the training slices.
    pub data_sha256: String,
    /// Number of slices in each class.
    pub slices: PerClass<usize>,
    pub cases: usize,
    /// Number of folds; each fold was evaluated by a network trained on the others. 0 if 15 % of the slices
    /// were held out as test set.
    pub folds: usize,
    /// Weight of the penalty on the head's squared weights, if only the head was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty: Option<f64>,
    /// All choices of the run; `None` in files from before recipes were stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Measured on the held-out folds.
    pub held_out: HeldOut,
}

/// Figures from slices of held-out cases. "Positive" is malignant, against the other two classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Share of slices that are classified correctly at a malignancy probability of one half.
    pub accuracy: f64,
    /// 95 % interval of `accuracy`, bootstrapped over whole cases.
    pub accuracy_interval: [f64; 2],
    /// Area under the receiver operating characteristic of the malignancy probability.
    pub auc: f64,
    /// 95 % interval of `auc`, bootstrapped over whole cases.
    pub auc_interval: [f64; 2],
    /// Share of slices whose likeliest class of the three is the true one.
    pub three_class_accuracy: f64,
    /// Mean over the classes of the same share within each class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// Mean squared difference of the malignancy probability from the true label.
    pub brier: f64,
    /// Mean difference between probability and frequency, over ten bins of equal width.
    pub calibration_error: f64,
    /// The same where each fold was calibrated on the other folds; `None` without folds and in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossed_calibration_error: Option<f64>,
    /// Range of 95 % of its values in resamples of whole cases. Chance makes each of them larger, so the value itself may lie below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossed_calibration_error_interval: Option<[f64; 2]>,
    /// Sensitivity where each fold's threshold was chosen on the other folds.
    pub sensitivity: f64,
    /// Specificity where each fold's threshold was chosen on the other folds.
    pub specificity: f64,
    /// Share of slices that the rule classifies as indeterminate.
    pub indeterminate: f64,
    /// Probability against frequency in ten bins of equal width from 0 to 1; `None` in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<[Reliability; 10]>,
}

/// The slices whose malignancy probability is in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    pub slices: usize,
    /// The mean of their probabilities.
    pub probability: f64,
    /// The share of them that is malignant.
    pub frequency: f64,
}

impl Metadata {
    /// Reads and checks the description in a safetensors header.
    ///
    /// # Errors
    /// Says in a few words what is missing or invalid.
    pub fn from_header(header: Option<&HashMap<String, String>>) -> Result<Self, ContentError> {
        let text = (header.and_then(|header| header.get(KEY)))
            .ok_or(ContentError::NoDescription("LUNNY network"))?;
        let metadata: Self = serde_json::from_str(text)?;
        if metadata.classes != Class::ALL.map(|class| class.name().to_owned()) {
            let expected = Class::ALL.map(Class::name).join(", ");
            let found = metadata.classes.join(", ");
            return Err(ContentError::Classes { found, expected });
        }
        if metadata.input_side != input::SIDE {
            return Err(ContentError::InputSide {
                found: metadata.input_side,
                expected: input::SIDE,
            });
        }
        if !metadata.rule.is_sound() {
            return Err(ContentError::Unsound("decision rule"));
        }
        if metadata
            .out_of_distribution
            .is_some_and(|limit| !limit.is_sound())
        {
            return Err(ContentError::Unsound("out-of-distribution limit"));
        }
        Ok(metadata)
    }

    /// True if slices were analysed together with their mirror images when the rule was measured.
    pub fn mirror(&self) -> bool {
        (self.training.recipe.as_ref()).is_some_and(|recipe| recipe.mirror)
    }

    /// The features that the last layer reads.
    pub fn head_reads(&self) -> HeadReads {
        let recipe = self.training.recipe.as_ref();
        recipe.map_or(HeadReads::LastStage, |recipe| recipe.head_reads)
    }

    /// The description as safetensors metadata.
    pub fn to_header(&self) -> serde_json::Result<HashMap<String, String>> {
        Ok(HashMap::from([(KEY.into(), serde_json::to_string(self)?)]))
    }
}
