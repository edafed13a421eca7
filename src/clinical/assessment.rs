//! What a network's answer means: a calibrated malignancy probability held against a decision rule.
//!
//! Outside what a network was validated on there is no probability and no category, only the reason:
//! [`Assessment::within`] drops both for good.

mod lesion;

use serde::{Deserialize, Serialize};

pub use self::lesion::{Lesion, LesionSize, Reader};

use super::lung_rads::SuggestedCategory;

/// Calibrated probabilities of the three classes that the slice classifier knows. They add up to one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassProbabilities {
    pub normal: f64,
    pub benign: f64,
    pub malignant: f64,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Classification {
    /// The malignancy probability lies above the rule's band.
    Positive,
    /// The malignancy probability lies below the rule's band.
    Negative,
    /// The malignancy probability lies inside the band, too close to the threshold to say; or the slice
    /// lies outside what the network has seen, and there is no probability.
    Indeterminate,
}

impl Classification {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::Indeterminate];

    /// The answer that [`Classification::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word)
    }

    /// The word as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Positive => "Positive",
            Self::Negative => "Negative",
            Self::Indeterminate => "Indeterminate",
        }
    }

    /// The word as scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// How a malignancy probability becomes a [`Classification`], and what that rule was measured to
/// do on cases held out from training. Travels in the weight file's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecisionRule {
    /// Malignancy probability from which a scan counts as positive.
    pub threshold: f64,
    /// Probabilities from here (inclusive) …
    pub indeterminate_from: f64,
    /// … to here (exclusive) are answered [`Classification::Indeterminate`].
    pub indeterminate_to: f64,
    /// Share of malignant slices at or above `threshold`, on held-out cases.
    pub sensitivity: f64,
    /// Share of other slices below `threshold`, on held-out cases.
    pub specificity: f64,
    /// Share of malignant slices among those that the probability was calibrated on.
    pub prevalence: f64,
}

impl DecisionRule {
    /// Holds a calibrated malignancy probability against the rule.
    pub fn classify(&self, malignancy_probability: f64) -> Classification {
        if (self.indeterminate_from..self.indeterminate_to).contains(&malignancy_probability) {
            Classification::Indeterminate
        } else if malignancy_probability >= self.threshold {
            Classification::Positive
        } else {
            Classification::Negative
        }
    }

    /// Whether the figures are probabilities and the band encloses the threshold.
    pub fn is_sound(&self) -> bool {
        let unit = 0.0..=1.0;
        let figures = [
            self.threshold,
            self.indeterminate_from,
            self.indeterminate_to,
            self.sensitivity,
            self.specificity,
            self.prevalence,
        ];
        figures.iter().all(|figure| unit.contains(figure))
            && self.indeterminate_from <= self.threshold
            && self.threshold <= self.indeterminate_to
    }
}

/// Which network gave an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// The name that the weights were trained under, such as `lunny-resnet50-2`.
    pub id: String,
    /// SHA-256 of the weight file, lower-case hexadecimal.
    pub sha256: String,
}

/// Whether a slice is like those that the network learnt from and was measured on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingRange {
    /// Nothing speaks against it.
    #[default]
    Inside,
    /// The slice differs so much that the figures of the [`DecisionRule`] do not hold for it.
    Outside {
        /// What differs, as a clause without a full stop.
        reason: String,
    },
}

impl TrainingRange {
    /// What is said of a slice outside, everywhere.
    pub const OUTSIDE: &'static str = "outside what the model has seen";

    /// What differs, for a slice outside.
    pub fn outside_reason(&self) -> Option<&str> {
        match self {
            Self::Inside => None,
            Self::Outside { reason } => Some(reason),
        }
    }
}

/// The whole answer for a slice or an exam: what was found, by which rule, from which network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Assessment {
    pub classification: Classification,
    /// Calibrated malignancy probability, in [0, 1]; none outside the training range.
    pub malignancy: Option<f64>,
    /// Only the slice classifier's, and only inside the training range.
    pub classes: Option<ClassProbabilities>,
    pub rule: DecisionRule,
    pub model: ModelIdentity,
    /// Outside, the classification is indeterminate.
    pub training_range: TrainingRange,
    pub reader: Reader,
    /// What the lesion reader proposes, the most suspicious first. Places may be proposed outside the training
    /// range too; then none of them has a result.
    pub lesions: Vec<Lesion>,
}

impl Assessment {
    /// The slice classifier's answer: applies `rule` to the probabilities of `model`, inside the training range.
    pub fn of_classes(
        classes: ClassProbabilities,
        rule: DecisionRule,
        model: ModelIdentity,
    ) -> Self {
        Self {
            classification: rule.classify(classes.malignant),
            malignancy: Some(classes.malignant),
            classes: Some(classes),
            rule,
            model,
            training_range: TrainingRange::Inside,
            reader: Reader::Slice,
            lesions: Vec::new(),
        }
    }

    /// The lesion reader's answer: applies `rule` to a calibrated malignancy probability of the slice or exam,
    /// inside the training range. `lesions` may come in any order.
    pub fn of_lesions(
        malignancy: f64,
        mut lesions: Vec<Lesion>,
        rule: DecisionRule,
        model: ModelIdentity,
    ) -> Self {
        lesions.sort_by(|one, other| {
            (other.malignancy_probability).total_cmp(&one.malignancy_probability)
        });
        Self {
            classification: rule.classify(malignancy),
            malignancy: Some(malignancy),
            classes: None,
            rule,
            model,
            training_range: TrainingRange::Inside,
            reader: Reader::Lesions,
            lesions,
        }
    }

    /// The same answer within that range. Outside, it is indeterminate and loses its probabilities for good: an
    /// answer that is outside stays outside.
    pub fn within(self, training_range: TrainingRange) -> Self {
        match training_range {
            TrainingRange::Inside => self,
            TrainingRange::Outside { .. } => Self {
                classification: Classification::Indeterminate,
                malignancy: None,
                classes: None,
                training_range,
                ..self
            },
        }
    }

    /// Whether the slice or exam lies outside what the model has seen.
    pub fn is_outside(&self) -> bool {
        self.training_range.outside_reason().is_some()
    }

    /// Calibrated probability that a malignant lesion is there, in [0, 1]; none outside the training range.
    pub fn malignancy_probability(&self) -> Option<f64> {
        self.malignancy.filter(|_| !self.is_outside())
    }

    /// The malignancy probability among people of whom a share of `prevalence` has a malignant lesion (Saerens et al.
    /// 2002, "Adjusting the outputs of a classifier to new a priori probabilities"); none outside the training range.
    pub fn malignancy_at(&self, prevalence: f64) -> Option<f64> {
        let odds = |probability: f64| probability / (1.0 - probability).max(f64::EPSILON);
        let calibrated = odds(self.malignancy_probability()?);
        let moved = calibrated * odds(prevalence) / odds(self.rule.prevalence).max(f64::EPSILON);
        Some(moved / (1.0 + moved))
    }

    /// Calibrated malignancy probability of one of the lesions; none outside the training range.
    pub fn lesion_probability(&self, lesion: &Lesion) -> Option<f64> {
        (!self.is_outside()).then_some(lesion.malignancy_probability)
    }

    /// Model score of the answer given: the probability of malignancy for a positive answer, of its absence for a
    /// negative one, and of the likelier of the two for an indeterminate one. None outside the training range.
    pub fn confidence(&self) -> Option<f64> {
        let malignant = self.malignancy_probability()?;
        Some(match self.classification {
            Classification::Positive => malignant,
            Classification::Negative => 1.0 - malignant,
            Classification::Indeterminate => malignant.max(1.0 - malignant),
        })
    }

    /// The Lung-RADS band that the slice classifier's probability falls in. The model suggests it, nobody measured
    /// it. None outside the training range, and none from the lesion reader, whose categories come from nodules.
    pub fn suggested_category(&self) -> Option<SuggestedCategory> {
        match self.reader {
            Reader::Slice => {
                let probability = self.malignancy_probability()?;
                Some(SuggestedCategory::from_probability(probability))
            }
            Reader::Lesions => None,
        }
    }
}

/// An answer as it is written out. One from before there was a lesion reader states no `malignancy` apart from its
/// classes, and states them outside the training range too.
#[derive(Deserialize)]
struct Stored {
    classification: Classification,
    #[serde(default)]
    malignancy: Option<f64>,
    #[serde(default)]
    classes: Option<ClassProbabilities>,
    rule: DecisionRule,
    model: ModelIdentity,
    training_range: TrainingRange,
    #[serde(default)]
    reader: Reader,
    #[serde(default)]
    lesions: Vec<Lesion>,
}

impl From<Stored> for Assessment {
    fn from(stored: Stored) -> Self {
        let malignant = stored.classes.map(|classes| classes.malignant);
        let assessment = Self {
            classification: stored.classification,
            malignancy: stored.malignancy.or(malignant),
            classes: stored.classes,
            rule: stored.rule,
            model: stored.model,
            training_range: TrainingRange::Inside,
            reader: stored.reader,
            lesions: stored.lesions,
        };
        assessment.within(stored.training_range)
    }
}

#[cfg(test)]
mod tests;
