//! What the network's answer means: class probabilities held against a decision rule.

use serde::{Deserialize, Serialize};

use super::lung_rads::SuggestedCategory;

/// Calibrated probabilities of the three classes that the network knows. They add up to one.
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
    /// lies outside what the network has seen, and no probability decides.
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

/// The whole answer for one slice: what was found, by which rule, from which network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    pub classification: Classification,
    pub classes: ClassProbabilities,
    pub rule: DecisionRule,
    pub model: ModelIdentity,
    /// Outside, the classification is indeterminate whatever the probability.
    pub training_range: TrainingRange,
}

impl Assessment {
    /// Applies `rule` to the probabilities of `model`, for a slice inside the training range.
    pub fn new(classes: ClassProbabilities, rule: DecisionRule, model: ModelIdentity) -> Self {
        Self {
            classification: rule.classify(classes.malignant),
            classes,
            rule,
            model,
            training_range: TrainingRange::Inside,
        }
    }

    /// The same answer for a slice of that range: outside, it is indeterminate.
    pub fn within(self, training_range: TrainingRange) -> Self {
        let classification = match &training_range {
            TrainingRange::Inside => self.rule.classify(self.classes.malignant),
            TrainingRange::Outside { .. } => Classification::Indeterminate,
        };
        Self {
            classification,
            training_range,
            ..self
        }
    }

    /// Calibrated probability that the slice shows a malignant finding, in [0, 1].
    pub fn malignancy_probability(&self) -> f64 {
        self.classes.malignant
    }

    /// Probability that the answer given is right: of malignancy for a positive answer, of its
    /// absence for a negative one, and of the likelier of the two for an indeterminate one. Nothing for a
    /// slice outside the training range: the probability was calibrated on others.
    pub fn confidence(&self) -> Option<f64> {
        if self.training_range.outside_reason().is_some() {
            return None;
        }
        let malignant = self.classes.malignant;
        Some(match self.classification {
            Classification::Positive => malignant,
            Classification::Negative => 1.0 - malignant,
            Classification::Indeterminate => malignant.max(1.0 - malignant),
        })
    }

    /// The Lung-RADS band that the probability falls in. The model suggests it, nobody measured it.
    pub fn suggested_category(&self) -> SuggestedCategory {
        SuggestedCategory::from_probability(self.classes.malignant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: DecisionRule = DecisionRule {
        threshold: 0.4,
        indeterminate_from: 0.3,
        indeterminate_to: 0.55,
        sensitivity: 0.95,
        specificity: 0.9,
        prevalence: 0.5,
    };

    fn assessment(malignant: f64) -> Assessment {
        let classes = ClassProbabilities {
            normal: 1.0 - malignant,
            benign: 0.0,
            malignant,
        };
        let model = ModelIdentity {
            id: "test".into(),
            sha256: "00".into(),
        };
        Assessment::new(classes, RULE, model)
    }

    #[test]
    fn the_band_is_closed_below_and_open_above() {
        assert_eq!(RULE.classify(0.2999), Classification::Negative);
        assert_eq!(RULE.classify(0.3), Classification::Indeterminate);
        assert_eq!(RULE.classify(0.5499), Classification::Indeterminate);
        assert_eq!(RULE.classify(0.55), Classification::Positive);
    }

    #[test]
    fn an_empty_band_leaves_the_threshold_alone() {
        let rule = DecisionRule {
            indeterminate_from: 0.4,
            indeterminate_to: 0.4,
            ..RULE
        };
        assert_eq!(rule.classify(0.3999), Classification::Negative);
        assert_eq!(rule.classify(0.4), Classification::Positive);
    }

    #[test]
    fn confidence_speaks_of_the_answer_given() {
        assert_eq!(assessment(0.9).confidence(), Some(0.9));
        assert_eq!(assessment(0.1).confidence(), Some(0.9));
        assert_eq!(assessment(0.35).confidence(), Some(0.65));
    }

    #[test]
    fn outside_the_training_range_no_probability_decides() {
        for malignant in [0.0, 0.1, 0.4, 0.99, 1.0] {
            let inside = assessment(malignant);
            let reason = "its lungs are white".to_owned();
            let outside = inside.clone().within(TrainingRange::Outside { reason });
            assert_eq!(outside.classification, Classification::Indeterminate);
            assert_eq!(outside.confidence(), None);
            assert_eq!(outside.malignancy_probability(), malignant);
            assert_eq!(
                outside.training_range.outside_reason(),
                Some("its lungs are white")
            );
            assert_eq!(outside.within(TrainingRange::Inside), inside);
        }
    }

    #[test]
    fn a_rule_whose_band_misses_the_threshold_is_not_sound() {
        assert!(RULE.is_sound());
        let astray = DecisionRule {
            indeterminate_to: 0.35,
            ..RULE
        };
        assert!(!astray.is_sound());
        let unreal = DecisionRule {
            sensitivity: f64::NAN,
            ..RULE
        };
        assert!(!unreal.is_sound());
    }
}
