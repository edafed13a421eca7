//! Facts about lungs to read while the network works, each with its source.

use std::time::Duration;

/// Fact and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub text: &'static str,
    pub source: &'static str,
}

/// Time that one quote is shown.
pub const STAY: Duration = Duration::from_secs(5);

const QUOTES: &[Quote] = &[
    Quote {
        text: "Screening with low-dose CT lowered deaths from lung cancer by 20 % against chest X-rays.",
        source: "National Lung Screening Trial, N Engl J Med 2011; 365:395",
    },
    Quote {
        text: "In men at high risk, ten years of volume CT screening meant 24 % fewer deaths from lung cancer.",
        source: "NELSON trial, N Engl J Med 2020; 382:503",
    },
    Quote {
        text: "Lung cancer takes more lives than any other cancer: about 1.8 million in 2022.",
        source: "GLOBOCAN 2022, CA Cancer J Clin 2024; 74:229",
    },
    Quote {
        text: "People who stop smoking at 40 avoid about nine tenths of the risk of dying from it.",
        source: "Jha et al., N Engl J Med 2013; 368:341",
    },
    Quote {
        text: "Radon is the second most frequent cause of lung cancer after smoking. Ventilating rooms helps.",
        source: "WHO Handbook on Indoor Radon, 2009",
    },
    Quote {
        text: "Most nodules that screening finds are benign: 96 % of the positive screens in the NLST were false alarms.",
        source: "National Lung Screening Trial, N Engl J Med 2011; 365:395",
    },
    Quote {
        text: "Health is a state of complete physical, mental and social well-being and not merely the absence of disease or infirmity.",
        source: "Constitution of the World Health Organization, 1946",
    },
];

/// Quote for a time since the wait began; starts again after the last.
pub fn at(waited: Duration) -> Quote {
    let turn = (waited.as_millis() / STAY.as_millis()) as usize;
    QUOTES[turn % QUOTES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_stays_five_seconds_and_names_its_source() {
        assert_eq!(at(Duration::ZERO), at(Duration::from_millis(4999)));
        assert_ne!(at(Duration::ZERO), at(Duration::from_secs(5)));
        assert_eq!(at(Duration::ZERO), at(STAY * QUOTES.len() as u32));
        assert!(QUOTES.iter().all(|quote| !quote.source.is_empty()));
    }
}
