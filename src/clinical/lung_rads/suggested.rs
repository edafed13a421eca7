//! Lung-RADS from a slice classifier: a band of malignancy probability.
//!
//! A classifier has no diameter, density or growth, so it can only *suggest* a category. Every place that shows one says so, with
//! [`SuggestedCategory::BASIS`].

use std::fmt;

/// A Lung-RADS category suggested by a calibrated malignancy probability.
///
/// Bands after the probabilities that ACR Lung-RADS v1.1 states with its categories: 1–2 below 1 %, 3 from 1 to 2 %, 4A from 5 to
/// 15 %, 4B and 4X above 15 %. The table leaves 2 to 5 % open; here that gap belongs to 4A, the more cautious choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuggestedCategory {
    /// Categories 1 and 2, below 1 %.
    OneOrTwo,
    /// Category 3, from 1 % to below 2 %.
    Three,
    /// Category 4A, from 2 % to 15 %.
    FourA,
    /// Categories 4B and 4X, above 15 %.
    FourBOrX,
}

impl SuggestedCategory {
    /// Wording beside every suggested category.
    pub const BASIS: &'static str = "suggested by the model";

    /// The probabilities between the bands.
    pub const LIMITS: [f64; 3] = [0.01, 0.02, 0.15];

    /// The band of a calibrated probability in [0, 1].
    pub fn from_probability(probability: f64) -> Self {
        let [three, four_a, four_b] = Self::LIMITS;
        if probability < three {
            Self::OneOrTwo
        } else if probability < four_a {
            Self::Three
        } else if probability <= four_b {
            Self::FourA
        } else {
            Self::FourBOrX
        }
    }

    /// Every category.
    pub const ALL: [Self; 4] = [Self::OneOrTwo, Self::Three, Self::FourA, Self::FourBOrX];

    /// Parses the label written by [`SuggestedCategory::label`].
    pub fn parse(label: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.label() == label)
    }

    /// The category as written in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::OneOrTwo => "1-2",
            Self::Three => "3",
            Self::FourA => "4A",
            Self::FourBOrX => "4B/4X",
        }
    }

    /// The band in words, for the screen.
    pub fn band(self) -> &'static str {
        match self {
            Self::OneOrTwo => "below 1 %",
            Self::Three => "1 to 2 %",
            Self::FourA => "2 to 15 %",
            Self::FourBOrX => "above 15 %",
        }
    }
}

impl fmt::Display for SuggestedCategory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.label(), Self::BASIS)
    }
}

#[cfg(test)]
mod tests {
    use super::SuggestedCategory::{self, *};

    #[test]
    fn every_band_limit_is_that_of_the_table() {
        let edges = [
            (0.0, OneOrTwo),
            (0.009_999, OneOrTwo),
            (0.01, Three),
            (0.019_999, Three),
            (0.02, FourA),
            (0.05, FourA),
            (0.15, FourA),
            (0.150_001, FourBOrX),
            (1.0, FourBOrX),
        ];
        for (probability, category) in edges {
            let suggested = SuggestedCategory::from_probability(probability);
            assert_eq!(suggested, category, "at {probability}");
        }
    }

    #[test]
    fn a_category_is_never_written_without_its_basis() {
        assert_eq!(FourA.to_string(), "4A (suggested by the model)");
    }
}
