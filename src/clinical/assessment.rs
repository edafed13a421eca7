//! Assessment by a network: a calibrated malignancy probability and its classification by a decision rule.
//!
//! Out of distribution there is no probability and no category, only the reason: [`Assessment::within`] removes both permanently.

mod lesion;

use serde::{Deserialize, Serialize};

pub use self::lesion::{Lesion, LesionSize, Reader};

use super::lung_rads::SuggestedCategory;
use super::shipped_model;

/// Calibrated probabilities of the three classes of the slice classifier. Their sum is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassProbabilities {
    pub normal: f64,
    pub benign: f64,
    pub malignant: f64,
}

/// The result in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Classification {
    /// The malignancy probability is above the rule's band.
    Positive,
    /// The malignancy probability is below the rule's band.
    Negative,
    /// The malignancy probability is inside the band, too close to the threshold to decide; or the slice is out of distribution,
    /// and has no probability.
    Indeterminate,
}

impl Classification {
    /// Every result.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::Indeterminate];

    /// Parses the word written by [`Classification::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word)
    }

    /// The word shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Positive => "Positive",
            Self::Negative => "Negative",
            Self::Indeterminate => "Indeterminate",
        }
    }

    /// The word in scripts and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// Rule that turns a malignancy probability into a [`Classification`], with its figures measured on cases held out from training.
/// Part of the weight file's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecisionRule {
    /// Malignancy probability from which a scan counts as positive.
    pub threshold: f64,
    /// Lower end (inclusive) of the band of [`Classification::Indeterminate`].
    pub indeterminate_from: f64,
    /// Upper end (exclusive) of the band of [`Classification::Indeterminate`].
    pub indeterminate_to: f64,
    /// Share of malignant slices at or above `threshold`, on held-out cases.
    pub sensitivity: f64,
    /// Share of other slices below `threshold`, on held-out cases.
    pub specificity: f64,
    /// Share of malignant slices among those that the probability was calibrated on.
    pub prevalence: f64,
}

impl DecisionRule {
    /// Applies the rule to a calibrated malignancy probability.
    pub fn classify(&self, malignancy_probability: f64) -> Classification {
        if (self.indeterminate_from..self.indeterminate_to).contains(&malignancy_probability) {
            Classification::Indeterminate
        } else if malignancy_probability >= self.threshold {
            Classification::Positive
        } else {
            Classification::Negative
        }
    }

    /// The probabilities at which the classification or the suggested Lung-RADS category changes; the threshold is within the
    /// band.
    pub fn limits(&self) -> [f64; 5] {
        let [three, four_a, four_b] = SuggestedCategory::LIMITS;
        [
            self.indeterminate_from,
            self.indeterminate_to,
            three,
            four_a,
            four_b,
        ]
    }

    /// True if the figures are probabilities and the band contains the threshold.
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

/// Identity of a network.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// The name that the weights were trained under, such as `lunny-resnet50-2`.
    pub id: String,
    /// SHA-256 of the weight file, lower-case hexadecimal.
    pub sha256: String,
}

impl ModelIdentity {
    /// The name for people. A weight file that was not shipped with LUNNY is named as such, whatever it says of itself.
    pub fn named(&self) -> String {
        match shipped_model::is_shipped(&self.sha256) {
            true => self.id.clone(),
            false => format!("{} ({})", self.id, shipped_model::NOT_SHIPPED),
        }
    }
}

/// Similarity of a slice to those that the network was trained and measured on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingRange {
    /// No reason against it was found.
    #[default]
    Inside,
    /// The slice differs so much that the figures of the [`DecisionRule`] do not apply to it.
    Outside {
        /// The difference, as a clause without a full stop.
        reason: String,
    },
}

impl TrainingRange {
    /// Wording for a slice out of distribution, the same everywhere.
    pub const OUTSIDE: &'static str = "outside what the model has seen";

    /// The difference, for a slice out of distribution.
    pub fn outside_reason(&self) -> Option<&str> {
        match self {
            Self::Inside => None,
            Self::Outside { reason } => Some(reason),
        }
    }
}

/// The assessment of a slice or an exam: result, rule and network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Assessment {
    pub classification: Classification,
    /// Calibrated malignancy probability, in [0, 1]; none outside the training range.
    pub malignancy: Option<f64>,
    /// Only for the slice classifier, and only inside the training range.
    pub classes: Option<ClassProbabilities>,
    pub rule: DecisionRule,
    pub model: ModelIdentity,
    /// Outside the training range, the classification is indeterminate.
    pub training_range: TrainingRange,
    pub reader: Reader,
    /// Lesions that the lesion reader proposes, most suspicious first. They may be proposed outside the training range too; then
    /// none of them has a probability.
    pub lesions: Vec<Lesion>,
}

impl Assessment {
    /// Assessment by the slice classifier: applies `rule` to the probabilities of `model`, inside the training range.
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

    /// Assessment by the lesion reader: applies `rule` to a calibrated malignancy probability of the slice or exam, inside the
    /// training range. `lesions` may be in any order.
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

    /// The same assessment within that range. Outside, it becomes indeterminate and loses its probabilities permanently: an
    /// assessment outside stays outside.
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

    /// True if the slice or exam is out of distribution.
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

    /// Model score of the result: the probability of malignancy for a positive result, of its absence for a negative one, and of
    /// the likelier of the two for an indeterminate one. None outside the training range.
    pub fn confidence(&self) -> Option<f64> {
        let malignant = self.malignancy_probability()?;
        Some(match self.classification {
            Classification::Positive => malignant,
            Classification::Negative => 1.0 - malignant,
            Classification::Indeterminate => malignant.max(1.0 - malignant),
        })
    }

    /// The Lung-RADS band of the slice classifier's probability. It is suggested by the model, not measured. None outside the
    /// training range, and none from the lesion reader, whose categories come from nodules.
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

/// The serialised form. An assessment from before the lesion reader existed has no `malignancy` besides its classes, and has them
/// outside the training range too.
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
