//! The Brock (PanCan) risk: the probability that a nodule found at screening is malignant or becomes malignant.
//!
//! McWilliams et al. 2013, Probability of cancer in pulmonary nodules detected on first screening CT,
//! N Engl J Med 369:910: the full models, with and without spiculation.

use thiserror::Error;

use super::date::OLDEST_YEARS;

/// The youngest age accepted; the models were fitted on smokers of 50 to 75 years.
pub const YOUNGEST_YEARS: u8 = 18;
/// The smallest and the largest diameter accepted, in mm.
pub const DIAMETERS_MM: std::ops::RangeInclusive<f64> = 0.1..=300.0;
/// Maximum number of nodules accepted.
pub const MAX_NODULES: u16 = 1000;

/// Density of a nodule, as far as the models distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Density {
    Solid,
    PartSolid,
    NonSolid,
}

/// Inputs of the models: one nodule and its patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrockInputs {
    /// Completed years.
    pub age_years: u8,
    pub female: bool,
    /// Lung cancer in the family.
    pub family_history: bool,
    pub emphysema: bool,
    pub diameter_mm: f64,
    pub density: Density,
    /// True if the nodule is in an upper lobe.
    pub upper_lobe: bool,
    /// Number of nodules on the exam, including this one.
    pub nodules: u16,
    /// None if unknown: then the model without spiculation is used.
    pub spiculation: Option<bool>,
}

/// The two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrockModel {
    FullWithSpiculation,
    FullWithoutSpiculation,
}

impl BrockModel {
    /// The name in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullWithSpiculation => "brock-full-with-spiculation",
            Self::FullWithoutSpiculation => "brock-full-without-spiculation",
        }
    }

    /// The name shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::FullWithSpiculation => "Brock, full model with spiculation",
            Self::FullWithoutSpiculation => "Brock, full model without spiculation",
        }
    }

    fn coefficients(self) -> &'static Coefficients {
        match self {
            Self::FullWithSpiculation => &WITH_SPICULATION,
            Self::FullWithoutSpiculation => &WITHOUT_SPICULATION,
        }
    }
}

/// A risk and the model that computed it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrockRisk {
    /// Probability of malignancy in [0, 1].
    pub probability: f64,
    pub model: BrockModel,
}

/// The input that is outside the range of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BrockError {
    #[error("the age must be whole years from {YOUNGEST_YEARS} to {OLDEST_YEARS}")]
    Age,
    #[error("the diameter must be from {} to {} mm", DIAMETERS_MM.start(), DIAMETERS_MM.end())]
    Diameter,
    #[error("the number of nodules must be from 1, as the nodule itself counts, to {MAX_NODULES}")]
    Nodules,
}

/// Logarithms of the odds ratios.
struct Coefficients {
    /// Per year above 62.
    age: f64,
    female: f64,
    family_history: f64,
    emphysema: f64,
    /// Per unit of (d/10)^−0.5 above that of 4 mm, d in mm.
    diameter: f64,
    part_solid: f64,
    non_solid: f64,
    upper_lobe: f64,
    /// Per nodule above four.
    nodules: f64,
    spiculation: f64,
    constant: f64,
}

const WITH_SPICULATION: Coefficients = Coefficients {
    age: 0.0287,
    female: 0.6011,
    family_history: 0.2961,
    emphysema: 0.2953,
    diameter: -5.3854,
    part_solid: 0.3770,
    non_solid: -0.1276,
    upper_lobe: 0.6581,
    nodules: -0.0824,
    spiculation: 0.7729,
    constant: -6.7892,
};

const WITHOUT_SPICULATION: Coefficients = Coefficients {
    age: 0.0321,
    female: 0.5635,
    family_history: 0.3013,
    emphysema: 0.3462,
    diameter: -5.6693,
    part_solid: 0.3395,
    non_solid: -0.3055,
    upper_lobe: 0.7116,
    nodules: -0.0803,
    spiculation: 0.0,
    constant: -6.8071,
};

/// (4/10)^−0.5, with the published digits.
const FOUR_MM: f64 = 1.581_138_83;

impl BrockInputs {
    /// The probability of malignancy after McWilliams et al. 2013.
    ///
    /// # Errors
    /// The first input that is out of range.
    pub fn risk(&self) -> Result<BrockRisk, BrockError> {
        let oldest = u8::try_from(OLDEST_YEARS).unwrap_or(u8::MAX);
        if !(YOUNGEST_YEARS..=oldest).contains(&self.age_years) {
            return Err(BrockError::Age);
        }
        if !DIAMETERS_MM.contains(&self.diameter_mm) {
            return Err(BrockError::Diameter);
        }
        if !(1..=MAX_NODULES).contains(&self.nodules) {
            return Err(BrockError::Nodules);
        }
        let model = match self.spiculation {
            Some(_) => BrockModel::FullWithSpiculation,
            None => BrockModel::FullWithoutSpiculation,
        };
        let log_odds = self.log_odds(model.coefficients());
        Ok(BrockRisk {
            probability: 1.0 / (1.0 + (-log_odds).exp()),
            model,
        })
    }

    fn log_odds(&self, with: &Coefficients) -> f64 {
        let where_so = |holds: bool, weight: f64| if holds { weight } else { 0.0 };
        let density = match self.density {
            Density::Solid => 0.0,
            Density::PartSolid => with.part_solid,
            Density::NonSolid => with.non_solid,
        };
        with.constant
            + with.age * (f64::from(self.age_years) - 62.0)
            + where_so(self.female, with.female)
            + where_so(self.family_history, with.family_history)
            + where_so(self.emphysema, with.emphysema)
            + with.diameter * ((self.diameter_mm / 10.0).powf(-0.5) - FOUR_MM)
            + density
            + where_so(self.upper_lobe, with.upper_lobe)
            + with.nodules * (f64::from(self.nodules) - 4.0)
            + where_so(self.spiculation == Some(true), with.spiculation)
    }
}

#[cfg(test)]
mod tests;
