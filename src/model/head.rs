//! From pooled features to calibrated probabilities: a linear layer and a [`Calibration`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clinical::assessment::ClassProbabilities;

/// The classes of a slice, in the order of the network's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Normal,
    Benign,
    Malignant,
}

impl Class {
    /// All classes, each at its own [`Class::index`].
    pub const ALL: [Self; 3] = [Self::Normal, Self::Benign, Self::Malignant];

    /// Index of the class among the network's outputs.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Name of the class in manifests and weight files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Benign => "benign",
            Self::Malignant => "malignant",
        }
    }

    /// The class with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One number for each class, in the order of [`Class::ALL`].
pub type PerClass<T = f64> = [T; Class::ALL.len()];

/// Conversion of raw outputs to probabilities, fitted on slices of held-out cases.
///
/// A temperature divides the outputs (Guo et al., "On calibration of modern neural networks", 2017). The logit
/// of the resulting malignancy probability, ln(p/(1 − p)), is then transformed by a straight line (Platt,
/// "Probabilistic outputs for support vector machines", 1999); the other two classes share the rest in their
/// previous proportion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub temperature: f64,
    #[serde(default = "one")]
    pub slope: f64,
    #[serde(default)]
    pub offset: f64,
}

fn one() -> f64 {
    1.0
}

impl Calibration {
    /// A plain softmax.
    pub const NONE: Self = Self::with_temperature(1.0);

    /// Temperature scaling only.
    pub const fn with_temperature(temperature: f64) -> Self {
        Self {
            temperature,
            slope: 1.0,
            offset: 0.0,
        }
    }

    /// True if all figures are finite and a greater output still means a greater probability.
    pub fn is_sound(&self) -> bool {
        let above = [self.temperature, self.slope];
        above
            .iter()
            .all(|figure| figure.is_finite() && *figure > 0.0)
            && self.offset.is_finite()
    }

    /// The logit of the malignancy probability before slope and offset.
    pub fn malignancy_logit(&self, logits: PerClass) -> f64 {
        let [normal, benign, malignant] = logits.map(|logit| logit / self.temperature);
        let most = normal.max(benign);
        malignant - most - ((normal - most).exp() + (benign - most).exp()).ln()
    }

    /// Probabilities of the classes; they add up to one.
    pub fn probabilities(&self, logits: PerClass) -> PerClass {
        let logit = self.slope * self.malignancy_logit(logits) + self.offset;
        let malignant = 1.0 / (1.0 + (-logit).exp());
        let [normal, benign, _] = logits.map(|logit| logit / self.temperature);
        // Share of normal in the rest; and one minus the probability, without cancellation.
        let of_normal = 1.0 / (1.0 + (benign - normal).exp());
        let others = 1.0 / (1.0 + logit.exp());
        [others * of_normal, others * (1.0 - of_normal), malignant]
    }
}

/// The linear layer `fc` and its calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// `(classes, features)`, row by row.
    weight: Vec<f32>,
    bias: PerClass<f32>,
    calibration: Calibration,
}

impl Head {
    /// A head from `weight`, `(classes, features)` row by row, and one `bias` for each class. `None` if the
    /// number of values does not fit three classes, a value is not finite, or the calibration is not sound.
    pub fn new(weight: Vec<f32>, bias: &[f32], calibration: Calibration) -> Option<Self> {
        let bias = PerClass::<f32>::try_from(bias).ok()?;
        let mut figures = weight.iter().chain(&bias);
        let sound = !weight.is_empty()
            && weight.len().is_multiple_of(bias.len())
            && figures.all(|figure| figure.is_finite())
            && calibration.is_sound();
        sound.then_some(Self {
            weight,
            bias,
            calibration,
        })
    }

    /// Number of pooled features.
    pub fn features(&self) -> usize {
        self.weight.len() / self.bias.len()
    }

    /// The raw outputs for pooled features.
    pub fn logits(&self, pooled: &[f32]) -> PerClass {
        let mut logits = self.bias.map(f64::from);
        for (logit, row) in logits
            .iter_mut()
            .zip(self.weight.chunks_exact(self.features()))
        {
            let products = row
                .iter()
                .zip(pooled)
                .map(|(&a, &b)| f64::from(a) * f64::from(b));
            *logit += products.sum::<f64>();
        }
        logits
    }

    /// The gradient of the calibrated malignancy probability's logit, ln(p/(1 − p)), with respect to the pooled
    /// features: the malignant row minus the mean of the other rows, each weighted by its class's share of the
    /// non-malignant probability; divided by the temperature and multiplied by the calibration's slope.
    pub fn logit_gradient(&self, pooled: &[f32]) -> Vec<f64> {
        let mut logits = self.logits(pooled);
        if let Some(malignant) = logits.get_mut(Class::Malignant.index()) {
            *malignant = f64::NEG_INFINITY;
        }
        let Calibration {
            temperature, slope, ..
        } = self.calibration;
        let shares = softmax(logits, temperature);
        let mut gradient = vec![0.0; self.features()];
        for (class, row) in Class::ALL
            .into_iter()
            .zip(self.weight.chunks_exact(self.features()))
        {
            let factor = match class {
                Class::Malignant => 1.0,
                Class::Normal | Class::Benign => -shares[class.index()],
            };
            for (sum, &weight) in gradient.iter_mut().zip(row) {
                *sum += slope * factor * f64::from(weight) / temperature;
            }
        }
        gradient
    }

    /// Calibrated probabilities for pooled features.
    pub fn probabilities(&self, pooled: &[f32]) -> ClassProbabilities {
        let [normal, benign, malignant] = self.calibration.probabilities(self.logits(pooled));
        ClassProbabilities {
            normal,
            benign,
            malignant,
        }
    }
}

/// Probabilities from outputs that are divided by `temperature` first.
pub fn softmax(logits: PerClass, temperature: f64) -> PerClass {
    let largest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| ((logit - largest) / temperature).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILTED: Calibration = Calibration {
        temperature: 1.7,
        slope: 1.4,
        offset: -0.3,
    };

    #[test]
    fn without_slope_and_offset_calibration_is_a_softmax() {
        for logits in [[0.3, -1.0, 2.0], [800.0, -800.0, 0.0], [-3.0, -3.0, 900.0]] {
            let calibrated = Calibration::with_temperature(1.3).probabilities(logits);
            for (one, other) in calibrated.iter().zip(softmax(logits, 1.3)) {
                assert!((one - other).abs() < 1e-12, "{logits:?}");
            }
        }
    }

    #[test]
    fn calibrated_probabilities_add_up_to_one_and_keep_the_other_classes_apart() {
        for logits in [[0.3, -1.0, 2.0], [800.0, -800.0, 0.0], [-3.0, -3.0, 900.0]] {
            let [normal, benign, malignant] = TILTED.probabilities(logits);
            assert!((normal + benign + malignant - 1.0).abs() < 1e-12);
        }
        let [normal, benign, malignant] = TILTED.probabilities([1.7, 0.0, 0.85]);
        assert!((normal / benign - 1.0_f64.exp()).abs() < 1e-9);
        let logit = TILTED.malignancy_logit([1.7, 0.0, 0.85]);
        assert!(((malignant / (1.0 - malignant)).ln() - (1.4 * logit - 0.3)).abs() < 1e-9);
    }

    #[test]
    fn every_class_stands_at_its_index_and_is_found_by_its_name() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), index);
            assert_eq!(Class::from_name(class.name()), Some(class));
        }
        assert_eq!(Class::from_name("Malignant"), None);
    }

    #[test]
    fn probabilities_add_up_to_one_even_for_huge_outputs() {
        let [a, b, c] = softmax([1e4, -1e4, 1e4], 1.0);
        assert_eq!((a, b, c), (0.5, 0.0, 0.5));
        let [a, b, c] = softmax([1.0, 2.0, 3.0], 2.0);
        assert!((a + b + c - 1.0).abs() < 1e-12);
        assert!((c / b - 0.5_f64.exp()).abs() < 1e-12);
    }

    #[test]
    fn each_class_uses_its_own_row() {
        let weight = vec![1.0, 0.0, 0.0, 1.0, -1.0, 2.0];
        let head = Head::new(weight, &[0.5, 0.0, 0.0], Calibration::NONE).unwrap();
        assert_eq!(head.features(), 2);
        assert_eq!(head.logits(&[3.0, 4.0]), [3.5, 4.0, 5.0]);
        let probabilities = head.probabilities(&[3.0, 4.0]);
        assert!(probabilities.malignant > probabilities.benign);
        assert!(probabilities.benign > probabilities.normal);
    }

    #[test]
    fn the_gradient_matches_finite_differences() {
        let weight = vec![0.3, -0.8, 0.1, 1.1, 0.4, -0.2, -0.7, 0.9, 0.5];
        let head = Head::new(weight, &[0.2, -0.1, 0.4], TILTED).unwrap();
        let pooled = [0.6, 1.4, 0.9];
        let logit = |pooled: &[f32]| {
            let malignant = head.probabilities(pooled).malignant;
            (malignant / (1.0 - malignant)).ln()
        };
        for (feature, slope) in head.logit_gradient(&pooled).into_iter().enumerate() {
            let moved = |step: f32| {
                let mut moved = pooled;
                moved[feature] += step;
                logit(&moved)
            };
            let step = 2.0_f32.powi(-8);
            let measured = (moved(step) - moved(-step)) / f64::from(2.0 * step);
            assert!((slope - measured).abs() < 1e-5, "{slope} is not {measured}");
        }
    }

    #[test]
    fn a_head_of_uneven_rows_or_infinite_values_is_refused() {
        let even = || vec![0.0; 6];
        assert!(Head::new(vec![0.0; 5], &[0.0; 3], Calibration::NONE).is_none());
        assert!(Head::new(vec![], &[0.0; 3], Calibration::NONE).is_none());
        assert!(Head::new(even(), &[0.0; 2], Calibration::NONE).is_none());
        assert!(Head::new(even(), &[0.0, f32::NAN, 0.0], Calibration::NONE).is_none());
        assert!(Head::new(even(), &[0.0; 3], Calibration::with_temperature(0.0)).is_none());
        assert!(
            Head::new(
                even(),
                &[0.0; 3],
                Calibration::with_temperature(f64::INFINITY)
            )
            .is_none()
        );
        assert!(Head::new(even(), &[0.0; 3], Calibration::with_temperature(1.5)).is_some());
    }
}
