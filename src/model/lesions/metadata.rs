//! What a weight file of the lesion reader says of itself, as JSON in its header.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::recipe::LesionRecipe;
use super::{MM_PER_PIXEL, WINDOW_HU};
use crate::clinical::assessment::DecisionRule;

/// The header's key.
const KEY: &str = "lunny-lesions";

/// The description of a lesion reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionMetadata {
    /// The model's name, such as `lunny-lesions-2`.
    pub id: String,
    /// Distance of the pixels that the network sees, in mm.
    pub mm_per_pixel: f32,
    /// What becomes black and white, in Hounsfield units.
    pub window_hu: [f32; 2],
    /// Probability that a proposed place is a malignant lesion.
    pub lesion: Calibration,
    /// Probability that a slice shows a malignant lesion, from its most suspicious place, and what follows from it.
    pub slice: Level,
    /// The same for a whole exam.
    pub exam: Level,
    /// How many marked lesions are proposed at which number of false proposals; from few to many.
    pub operating_points: Vec<OperatingPoint>,
    pub training: LesionTraining,
    /// The model card, Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// How a score becomes an answer: for slices, or for exams.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub calibration: Calibration,
    /// With the sensitivity and specificity that were measured on patients held out.
    pub rule: DecisionRule,
}

/// One point of the free-response receiver operating characteristic (FROC), measured on patients held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// False proposals in [`FROC_SLICES`](super::FROC_SLICES) slices.
    pub false_proposals: f64,
    /// Share of marked tumour slices on which a proposal lies on the mark.
    pub sensitivity: f64,
    /// Proposals with at least this score are told.
    pub score: f32,
}

/// How the weights came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LesionTraining {
    /// SHA-256 of the file that the trunk was taken from.
    pub init_sha256: String,
    /// SHA-256 over the training pictures.
    pub data_sha256: String,
    pub recipe: LesionRecipe,
    pub crops: usize,
    pub slices: usize,
    pub patients: usize,
    /// How many of the recipe's folds were measured; all of them if nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_folds: Option<usize>,
    /// Measured on patients held out; nothing where none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<LesionFigures>,
}

/// Figures of the networks that had not seen the patients they are about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LesionFigures {
    /// Tumour slices above slices of people without nodules, and above slices with pneumonia.
    pub auc_slices: Option<f64>,
    pub auc_pneumonia: Option<f64>,
    /// Tumour slices with a mark, and those whose first proposal lies on it (within 8 pixels).
    pub marked_slices: usize,
    pub first_on_mark: usize,
    /// Patients with a tumour slice, and those whose most suspicious slice is one.
    pub cancer_patients: usize,
    pub top_slice_is_tumour: usize,
    /// Nodules that readers call malignant above those that they call benign, at their known place; with its 95 %
    /// interval over patients.
    pub nodules: usize,
    pub nodule_patients: usize,
    pub auc_nodules: Option<f64>,
    pub auc_nodules_interval: Option<[f64; 2]>,
    /// Expected calibration error of the probability that a slice shows a malignant lesion.
    pub calibration_error: Option<f64>,
}

impl LesionMetadata {
    /// Finds and checks the description in a safetensors header.
    ///
    /// # Errors
    /// Says in a few words what is missing or does not hold.
    pub fn from_header(header: Option<&HashMap<String, String>>) -> Result<Self, String> {
        let text = (header.and_then(|header| header.get(KEY)))
            .ok_or("it carries no description of a lesion reader")?;
        let metadata: Self = serde_json::from_str(text)
            .map_err(|error| format!("its description cannot be read: {error}"))?;
        if metadata.mm_per_pixel != MM_PER_PIXEL || metadata.window_hu != WINDOW_HU {
            return Err("it sees slices at another scale or through another window".into());
        }
        let levels = [metadata.slice, metadata.exam];
        let sound = metadata.lesion.is_sound()
            && levels
                .iter()
                .all(|level| level.calibration.is_sound() && level.rule.is_sound());
        match sound {
            true => Ok(metadata),
            false => Err("its calibration or its decision rule is not sound".into()),
        }
    }

    /// The point with the most false proposals that does not exceed `most`; the strictest one where all do.
    pub fn operating_point(&self, most: f64) -> Option<OperatingPoint> {
        let within = |point: &&OperatingPoint| point.false_proposals <= most + 1e-9;
        let last = self.operating_points.iter().rfind(within);
        last.or(self.operating_points.first()).copied()
    }

    /// The description as a safetensors header keeps it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_header(&self) -> serde_json::Result<HashMap<String, String>> {
        Ok(HashMap::from([(KEY.into(), serde_json::to_string(self)?)]))
    }
}
