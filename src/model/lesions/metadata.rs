//! Description in a weight file of the lesion reader, as JSON in its header.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::recipe::LesionRecipe;
use super::{MM_PER_PIXEL, WINDOW_HU};
use crate::clinical::assessment::DecisionRule;
use crate::model::ContentError;

/// The header's key.
const KEY: &str = "lunny-lesions";

/// The description of a lesion reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionMetadata {
    /// The model's name, such as `lunny-lesions-3`.
    pub id: String,
    /// Distance between the pixels of the network's input, in mm.
    pub mm_per_pixel: f32,
    /// Hounsfield units that become black and white.
    pub window_hu: [f32; 2],
    /// Calibration of the probability that a proposed lesion is malignant.
    pub lesion: Calibration,
    /// Calibration and rule for a slice: the probability that it shows a malignant lesion, from its most
    /// suspicious position.
    pub slice: Level,
    /// The same for a whole exam.
    pub exam: Level,
    /// Sensitivity for marked lesions by number of false proposals, in ascending order of the latter.
    pub operating_points: Vec<OperatingPoint>,
    pub training: LesionTraining,
    /// The model card, Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// Conversion of a score to an answer, for slices or for exams.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub calibration: Calibration,
    /// Includes the sensitivity and specificity that were measured on held-out patients.
    pub rule: DecisionRule,
}

/// One point of the free-response receiver operating characteristic (FROC), measured on held-out patients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// False proposals in [`FROC_SLICES`](super::FROC_SLICES) slices.
    pub false_proposals: f64,
    /// Share of marked tumour slices with a proposal on the mark.
    pub sensitivity: f64,
    /// Lowest score of a reported proposal.
    pub score: f32,
}

/// Training data, training choices and held-out figures of the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionTraining {
    /// SHA-256 of the file that the trunk was initialised from.
    pub init_sha256: String,
    /// SHA-256 of the training pictures.
    pub data_sha256: String,
    pub recipe: LesionRecipe,
    pub crops: usize,
    pub slices: usize,
    pub patients: usize,
    /// Number of the recipe's folds that were measured; `None` if all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_folds: Option<usize>,
    /// Log odds of malignancy that each unit of the size output adds within the weights; `None` in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_weight: Option<f32>,
    /// Measured on held-out patients; `None` if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<LesionFigures>,
}

/// Figures measured on patients that the network had not seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LesionFigures {
    /// AUC of tumour slices against slices of people without nodules, and against slices with pneumonia.
    pub auc_slices: Option<f64>,
    pub auc_pneumonia: Option<f64>,
    /// Number of tumour slices with a mark, and of those whose first proposal is on it (within 8 pixels).
    pub marked_slices: usize,
    pub first_on_mark: usize,
    /// Number of patients with a tumour slice, and of those whose most suspicious slice is one.
    pub cancer_patients: usize,
    pub top_slice_is_tumour: usize,
    /// Number of nodules, and the AUC of nodules that radiologists rated malignant against those rated benign,
    /// at their known position; with its 95 % interval over patients.
    pub nodules: usize,
    pub nodule_patients: usize,
    pub auc_nodules: Option<f64>,
    pub auc_nodules_interval: Option<[f64; 2]>,
    /// Expected calibration error of the probability that a slice shows a malignant lesion.
    pub calibration_error: Option<f64>,
    /// Figures of slices judged by the other folds; `None` in older files, and where there are no folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossed: Option<CrossedFigures>,
}

/// Figures of slices where each fold was calibrated, and its rule set, on the other folds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CrossedFigures {
    /// Expected calibration error.
    pub calibration_error: f64,
    pub tumours: AnswerCounts,
    /// Slices of people without nodules.
    pub without_nodules: AnswerCounts,
    pub pneumonia: AnswerCounts,
}

/// Number of slices with each answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AnswerCounts {
    pub positive: usize,
    pub indeterminate: usize,
    pub negative: usize,
}

impl LesionMetadata {
    /// Reads and checks the description in a safetensors header.
    ///
    /// # Errors
    /// Says in a few words what is missing or invalid.
    pub fn from_header(header: Option<&HashMap<String, String>>) -> Result<Self, ContentError> {
        let text = (header.and_then(|header| header.get(KEY)))
            .ok_or(ContentError::NoDescription("lesion reader"))?;
        let metadata: Self = serde_json::from_str(text)?;
        if metadata.mm_per_pixel != MM_PER_PIXEL || metadata.window_hu != WINDOW_HU {
            return Err(ContentError::Scale);
        }
        let levels = [metadata.slice, metadata.exam];
        let sound = metadata.lesion.is_sound()
            && levels
                .iter()
                .all(|level| level.calibration.is_sound() && level.rule.is_sound());
        match sound {
            true => Ok(metadata),
            false => Err(ContentError::Unsound("calibration or its decision rule")),
        }
    }

    /// The point with the most false proposals up to `most`; the strictest one if all have more.
    pub fn operating_point(&self, most: f64) -> Option<OperatingPoint> {
        let within = |point: &&OperatingPoint| point.false_proposals <= most + 1e-9;
        let last = self.operating_points.iter().rfind(within);
        last.or(self.operating_points.first()).copied()
    }

    /// The description as safetensors metadata.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_header(&self) -> serde_json::Result<HashMap<String, String>> {
        Ok(HashMap::from([(KEY.into(), serde_json::to_string(self)?)]))
    }
}
