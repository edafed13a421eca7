//! What a weight file says of itself, in safetensors' `__metadata__`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::head::{Calibration, Class, PerClass};
use super::input;
use super::out_of_distribution::Limit;
use super::recipe::{HeadReads, Recipe};
use crate::clinical::assessment::DecisionRule;

/// The only key that is written. One key keeps the file the same, byte for byte, every time that it is
/// written: the format does not put keys into an order.
const KEY: &str = "lunny";

/// Everything about a network that is not a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The name that the network goes by, such as `lunny-resnet50-2`.
    pub id: String,
    /// Names of the outputs, in order. Those of [`Class::ALL`].
    pub classes: PerClass<String>,
    /// Height and width of the input, in pixels.
    pub input_side: usize,
    #[serde(flatten)]
    pub calibration: Calibration,
    pub rule: DecisionRule,
    /// From which distance a slice is outside what the network has seen. Nothing in files without a
    /// [`super::out_of_distribution::OutOfDistribution`]: no slice is marked by its features then.
    #[serde(
        default,
        rename = "familiarity",
        skip_serializing_if = "Option::is_none"
    )]
    pub out_of_distribution: Option<Limit>,
    pub training: TrainingSummary,
    /// The model card, Markdown: where the weights come from, what they are for and not for, how they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// How the weights came about and how well they did on cases that they had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// SHA-256 of the file that the backbone was taken from.
    pub init_sha256: String,
    /// SHA-256 over names, classes, cases and contents of the training slices.
    pub data_sha256: String,
    /// How many slices of each class.
    pub slices: PerClass<usize>,
    pub cases: usize,
    /// How many parts the slices were cut into; each part was judged by a network trained on the others.
    /// Nought where 15 % of the slices were set apart to be judged.
    pub folds: usize,
    /// Weight of the penalty on the head's squared weights, where the head alone was learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty: Option<f64>,
    /// Every choice of the run; nothing in files older than these choices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Measured on the held-out parts.
    pub held_out: HeldOut,
}

/// Figures from slices of held-out cases. "Positive" is malignant, held against the other two classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Share of slices on the right side of a malignancy probability of one half.
    pub accuracy: f64,
    /// 95 % interval of `accuracy`, from drawing whole cases anew.
    pub accuracy_interval: [f64; 2],
    /// Area under the receiver operating characteristic of the malignancy probability.
    pub auc: f64,
    /// 95 % interval of `auc`, from drawing whole cases anew.
    pub auc_interval: [f64; 2],
    /// Share of slices whose likeliest class of the three is the right one.
    pub three_class_accuracy: f64,
    /// The same share for each class by itself, averaged over the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// Mean squared distance of the malignancy probability from the truth.
    pub brier: f64,
    /// Mean distance between probability and frequency, over ten bins of equal width.
    pub calibration_error: f64,
    /// Sensitivity where each part's threshold was chosen without it.
    pub sensitivity: f64,
    /// Specificity where each part's threshold was chosen without it.
    pub specificity: f64,
    /// Share of slices that the rule answers indeterminate.
    pub indeterminate: f64,
    /// Probability held against frequency, in ten bins of equal width from 0 to 1; nothing in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<[Reliability; 10]>,
}

/// The slices whose malignancy probability falls in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    pub slices: usize,
    /// The mean of their probabilities.
    pub probability: f64,
    /// The share of them that is malignant.
    pub frequency: f64,
}

impl Metadata {
    /// Finds and checks the description in a safetensors header.
    ///
    /// # Errors
    /// Says in a few words what is missing or does not hold.
    pub fn from_header(header: Option<&HashMap<String, String>>) -> Result<Self, String> {
        let text = (header.and_then(|header| header.get(KEY)))
            .ok_or("it carries no description of a LUNNY network")?;
        let metadata: Self = serde_json::from_str(text)
            .map_err(|error| format!("its description cannot be read: {error}"))?;
        if metadata.classes != Class::ALL.map(|class| class.name().to_owned()) {
            let expected = Class::ALL.map(Class::name).join(", ");
            let found = metadata.classes.join(", ");
            return Err(format!("its classes are {found} and not {expected}"));
        }
        if metadata.input_side != input::SIDE {
            return Err(format!(
                "it takes pictures of {side}×{side} and not {expected}×{expected}",
                side = metadata.input_side,
                expected = input::SIDE,
            ));
        }
        if !metadata.rule.is_sound() {
            return Err("its decision rule is not sound".into());
        }
        if metadata
            .out_of_distribution
            .is_some_and(|limit| !limit.is_sound())
        {
            return Err("its limit for unfamiliar slices is not sound".into());
        }
        Ok(metadata)
    }

    /// Whether slices were judged together with their mirror images when the rule was measured.
    pub fn mirror(&self) -> bool {
        (self.training.recipe.as_ref()).is_some_and(|recipe| recipe.mirror)
    }

    /// Which features the last layer reads.
    pub fn head_reads(&self) -> HeadReads {
        let recipe = self.training.recipe.as_ref();
        recipe.map_or(HeadReads::LastStage, |recipe| recipe.head_reads)
    }

    /// The description as a safetensors header keeps it.
    pub fn to_header(&self) -> serde_json::Result<HashMap<String, String>> {
        Ok(HashMap::from([(KEY.into(), serde_json::to_string(self)?)]))
    }
}
