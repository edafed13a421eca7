//! An engine without a network, for tests of screens, scripts and records.
//!
//! It reads no pixels and returns a given answer. Only tests use it.

use std::time::Duration;

use super::{Attention, Cancel, Engine, EngineError, SliceAnalysis};
use crate::clinical::assessment::{
    Assessment, ClassProbabilities, DecisionRule, Lesion, ModelIdentity, TrainingRange,
};
use crate::imaging::Scan;

/// Gives the same answer for every scan.
#[derive(Debug, Clone)]
pub struct FakeEngine {
    answer: Answer,
    identity: ModelIdentity,
}

#[derive(Debug, Clone)]
enum Answer {
    Malignancy(f64),
    Outside(f64, String),
    Lesions(f64, Vec<Lesion>),
    LesionsOutside(String, Vec<Lesion>),
    Refusal(String),
    Failure(String),
    Never,
}

impl FakeEngine {
    /// Decision rule of every answer: positive from 0.5, indeterminate from 0.4 to below 0.6.
    pub const RULE: DecisionRule = DecisionRule {
        threshold: 0.5,
        indeterminate_from: 0.4,
        indeterminate_to: 0.6,
        sensitivity: 0.95,
        specificity: 0.85,
        prevalence: 0.5,
    };

    /// Height and width of the attention map of every answer.
    const SIDE: usize = 7;

    /// Answers with this malignancy probability; the rest goes to normal and benign in the ratio three to one.
    /// The attention map has its maximum above and to the left of the centre; its value is the probability.
    pub fn new(malignancy_probability: f64) -> Self {
        Self::with(Answer::Malignancy(malignancy_probability))
    }

    /// Answers with this malignancy probability for a slice outside the training range, for this reason.
    pub fn outside(malignancy_probability: f64, reason: impl Into<String>) -> Self {
        Self::with(Answer::Outside(malignancy_probability, reason.into()))
    }

    /// Answers as the lesion reader: with this malignancy probability and these lesions on every slice.
    pub fn proposing(malignancy_probability: f64, lesions: Vec<Lesion>) -> Self {
        Self::with(Answer::Lesions(malignancy_probability, lesions))
    }

    /// Proposes these lesions on every slice, which is outside the training range for this reason.
    pub fn proposing_outside(reason: impl Into<String>, lesions: Vec<Lesion>) -> Self {
        Self::with(Answer::LesionsOutside(reason.into(), lesions))
    }

    /// Refuses every scan for this reason.
    pub fn refusing(reason: impl Into<String>) -> Self {
        Self::with(Answer::Refusal(reason.into()))
    }

    /// Fails on every scan for this reason.
    pub fn failing(reason: impl Into<String>) -> Self {
        Self::with(Answer::Failure(reason.into()))
    }

    /// Runs until it is cancelled.
    pub fn waiting() -> Self {
        Self::with(Answer::Never)
    }

    fn with(answer: Answer) -> Self {
        let identity = ModelIdentity {
            id: "fake".into(),
            sha256: "0".repeat(64),
        };
        Self { answer, identity }
    }

    fn of_classes(&self, malignant: f64) -> Assessment {
        let rest = 1.0 - malignant;
        let classes = ClassProbabilities {
            normal: 0.75 * rest,
            benign: 0.25 * rest,
            malignant,
        };
        Assessment::of_classes(classes, Self::RULE, self.identity.clone())
    }

    fn of_lesions(&self, malignant: f64, lesions: &[Lesion]) -> Assessment {
        Assessment::of_lesions(
            malignant,
            lesions.to_vec(),
            Self::RULE,
            self.identity.clone(),
        )
    }

    fn attention(malignancy_probability: f64) -> Attention {
        let fall = |place: usize| {
            let (row, column) = (place / Self::SIDE, place % Self::SIDE);
            1.0 - 0.4 * row.abs_diff(2).max(column.abs_diff(2)) as f32
        };
        let evidence = (0..Self::SIDE * Self::SIDE)
            .map(|place| fall(place) * malignancy_probability as f32)
            .collect();
        // Only a probability that is not a number gives no map.
        Attention::new(Self::SIDE, evidence).unwrap_or_else(|| Self::attention(0.0))
    }
}

impl Engine for FakeEngine {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn classify(&self, _scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        if let Answer::Never = self.answer {
            while !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let analysis = |assessment: Assessment, malignant: f64| SliceAnalysis {
            assessment,
            attention: Self::attention(malignant),
        };
        let outside = |assessment: Assessment, reason: &String| {
            let reason = reason.clone();
            assessment.within(TrainingRange::Outside { reason })
        };
        match &self.answer {
            Answer::Malignancy(malignant) => Ok(analysis(self.of_classes(*malignant), *malignant)),
            Answer::Outside(malignant, reason) => Ok(analysis(
                outside(self.of_classes(*malignant), reason),
                *malignant,
            )),
            Answer::Lesions(malignant, lesions) => {
                Ok(analysis(self.of_lesions(*malignant, lesions), *malignant))
            }
            Answer::LesionsOutside(reason, lesions) => Ok(analysis(
                outside(self.of_lesions(0.0, lesions), reason),
                0.0,
            )),
            Answer::Refusal(reason) => Err(EngineError::Refused(reason.clone())),
            Answer::Failure(reason) => Err(EngineError::Failed(reason.clone())),
            Answer::Never => Err(EngineError::Cancelled),
        }
    }
}
