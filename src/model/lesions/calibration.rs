//! From scores to probabilities, and to the prevalence of the user's patients.

use serde::{Deserialize, Serialize};

/// A linear function of the log odds (Platt 1999): probability = σ(slope · logit(score) + intercept).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub slope: f64,
    pub intercept: f64,
    /// Share of malignant lesions, slices or exams in the data that the calibration was fitted to.
    pub prevalence: f64,
}

impl Calibration {
    /// Identity: probability equals score.
    pub const IDENTITY: Self = Self {
        slope: 1.0,
        intercept: 0.0,
        prevalence: 0.5,
    };

    /// The probability for `score`, from 0 to 1.
    pub fn probability(&self, score: f32) -> f64 {
        sigmoid(self.slope * logit(f64::from(score)) + self.intercept)
    }

    /// The score with this probability.
    pub fn score(&self, probability: f64) -> f32 {
        sigmoid((logit(probability) - self.intercept) / self.slope) as f32
    }

    /// True if the calibration is usable.
    pub fn is_sound(&self) -> bool {
        self.slope.is_finite()
            && self.slope > 0.0
            && self.intercept.is_finite()
            && self.prevalence > 0.0
            && self.prevalence < 1.0
    }

    /// The calibration for a population in which a share of `prevalence` has a malignant lesion (Saerens et al.
    /// 2002).
    pub fn at_prevalence(&self, prevalence: f64) -> Self {
        Self {
            slope: self.slope,
            intercept: self.intercept + logit(prevalence) - logit(self.prevalence),
            prevalence,
        }
    }
}

/// The log odds of a probability, kept finite.
pub fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rarer_disease_lowers_every_probability_by_the_same_odds() {
        let fitted = Calibration {
            prevalence: 0.5,
            ..Calibration::IDENTITY
        };
        let screening = fitted.at_prevalence(0.01);
        let odds = |probability: f64| probability / (1.0 - probability);
        let ratio = odds(screening.probability(0.8)) / odds(fitted.probability(0.8));
        assert!((ratio - 0.01 / 0.99).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn a_score_comes_back_from_its_probability() {
        let fitted = Calibration {
            slope: 1.7,
            intercept: -0.4,
            prevalence: 0.3,
        };
        for score in [0.02, 0.5, 0.97] {
            assert!((fitted.score(fitted.probability(score)) - score).abs() < 1e-5);
        }
    }

    #[test]
    fn scores_at_the_ends_stay_probabilities() {
        for score in [0.0, 1.0] {
            let probability = Calibration::IDENTITY.probability(score);
            assert!((0.0..=1.0).contains(&probability));
        }
    }
}
