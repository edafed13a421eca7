//! Interpretation of the networks' answers: the population, and the operating point.

use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

use super::Expected;

/// The user's settings of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadingChoice {
    /// None shows only probabilities as calibrated.
    pub prevalence: Option<Prevalence>,
    /// None means the usual number.
    pub false_findings: Option<FalseFindings>,
}

/// Share of people with lung cancer among those who are scanned, in whole millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prevalence(u32);

const MILLION: f64 = 1e6;

impl Prevalence {
    /// Valid values, for an error message.
    pub const EXPECTED: &'static str = "a share between 0 and 1, such as 0.01 or 1 %";

    /// The share, above 0 and below 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / MILLION
    }

    fn of(share: f64) -> Option<Self> {
        let millionths = (share * MILLION).round();
        (1.0..MILLION)
            .contains(&millionths)
            .then_some(Self(millionths as u32))
    }
}

impl FromStr for Prevalence {
    type Err = Expected;

    /// Reads `0.01` or `1 %`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (number, factor) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), 0.01),
            None => (text, 1.0),
        };
        let share = number.parse::<f64>().ok().map(|number| number * factor);
        share
            .and_then(Self::of)
            .ok_or_else(|| Self::EXPECTED.into())
    }
}

/// Accepted number of false findings in 20 slices, in whole thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FalseFindings(u32);

impl FalseFindings {
    /// Valid values, for an error message.
    pub const EXPECTED: &'static str = "false findings in 20 slices, from 0.125 to 8";

    /// The number of false findings.
    pub fn count(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    fn of(count: f64) -> Option<Self> {
        (0.125..=8.0)
            .contains(&count)
            .then_some(Self((count * 1000.0).round() as u32))
    }
}

impl FromStr for FalseFindings {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let count = text.trim().parse().ok();
        count
            .and_then(Self::of)
            .ok_or_else(|| Self::EXPECTED.into())
    }
}

/// A number or a text in the configuration file.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
    Other(de::IgnoredAny),
}

fn read<'de, T: FromStr<Err = Expected>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let (parsed, found) = match &Written::deserialize(deserializer)? {
        Written::Number(number) => (number.to_string().parse(), number.to_string()),
        Written::Text(text) => (text.parse(), format!("{text:?}")),
        Written::Other(_) => ("".parse(), "neither a number nor a text".to_owned()),
    };
    parsed.map_err(|expected: Expected| {
        de::Error::invalid_value(de::Unexpected::Other(&found), &expected.0.as_ref())
    })
}

impl<'de> Deserialize<'de> for Prevalence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl<'de> Deserialize<'de> for FalseFindings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prevalence_is_a_share_or_a_percentage() {
        for (text, share) in [
            ("0.01", 0.01),
            ("1 %", 0.01),
            ("0.6%", 0.006),
            ("35 %", 0.35),
        ] {
            assert_eq!(text.parse::<Prevalence>().unwrap().share(), share, "{text}");
        }
        for text in ["", "0", "1", "100 %", "-0.1", "NaN", "inf", "one", "1e-9"] {
            assert!(text.parse::<Prevalence>().is_err(), "{text}");
        }
    }

    #[test]
    fn false_findings_stay_within_the_measured_range() {
        assert_eq!("0.5".parse::<FalseFindings>().unwrap().count(), 0.5);
        for text in ["0", "0.1", "9", "NaN", "-1", "few"] {
            assert!(text.parse::<FalseFindings>().is_err(), "{text}");
        }
    }
}
