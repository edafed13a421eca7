//! The reading of an exam: its measured nodules, the further data that Lung-RADS and the Brock models use, and the results of
//! both.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::brock::{BrockError, BrockInputs, BrockRisk, MAX_NODULES};
use super::lung_rads::{Category, Incomplete, Verdict, classify_exam, labelled};
use super::nodule::MeasuredNodule;
use super::patient::Sex;
use super::report::ReportWords;

/// Measurements and statements about an exam.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// In the order in which they were measured.
    pub nodules: Vec<MeasuredNodule>,
    pub circumstances: Circumstances,
    /// Lesions that the model proposed and a person rejected, by their number from 1.
    pub rejected: Vec<u32>,
    /// Lesions that the model proposed and a person accepted.
    pub accepted: Vec<AcceptedLesion>,
    /// The radiologist's text.
    pub words: ReportWords,
}

/// A proposed lesion that became a nodule of the exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AcceptedLesion {
    /// From 1, in the order in which the exam lists its lesions.
    pub lesion: u32,
    /// Index of the nodule.
    pub nodule: usize,
}

/// Statements about a whole exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Circumstances {
    /// A significant finding other than lung cancer: the modifier S.
    pub modifier_s: bool,
    /// Reason why the exam cannot be assessed yet.
    pub incomplete: Option<Incomplete>,
    /// Lung cancer in the family; none if not stated.
    pub family_history: Option<bool>,
    /// Emphysema on the scan; none if not stated.
    pub emphysema: Option<bool>,
    /// Number of nodules on the whole scan; none if only the measured ones are known. 0 states that a person looked and found
    /// none.
    pub nodules_seen: Option<u16>,
    /// Date of the scan, if known; growth is computed from it.
    pub scanned_on: Option<Date>,
}

/// The measured category of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredCategory {
    pub category: Category,
    pub modifier_s: bool,
    /// The deciding row of the table, or the reason why there is none.
    pub rule: String,
    /// Index of the deciding nodule.
    pub nodule: Option<usize>,
}

impl MeasuredCategory {
    /// Wording beside every measured category.
    pub const BASIS: &'static str = "measured";

    /// The category with its modifier: `2S`.
    pub fn label(&self) -> String {
        labelled(self.category, self.modifier_s)
    }

    /// The label with its basis: `4A (measured)`. A category that the rules leave open has no basis.
    pub fn with_basis(&self) -> String {
        match self.category {
            Category::NeedsRadiologist => self.label(),
            _ => format!("{} ({})", self.label(), Self::BASIS),
        }
    }
}

/// The patient of a nodule, with the data that the Brock models use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Person {
    /// Completed years at the scan.
    pub age_years: Option<u8>,
    pub sex: Option<Sex>,
}

/// The Brock risk of one nodule by both models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrockEstimate {
    pub inputs: BrockInputs,
    /// None if spiculation is unknown.
    pub with_spiculation: Option<BrockRisk>,
    pub without_spiculation: BrockRisk,
}

/// Reason why there is no Brock risk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBrock {
    #[error("the models cover only solid, part-solid and non-solid nodules")]
    UnknownType,
    #[error("not stated: {}", .0.join(", "))]
    Missing(Vec<&'static str>),
    #[error("{0}")]
    OutOfRange(#[from] BrockError),
}

impl Person {
    /// A person born on `born`, at the date of the scan.
    pub fn new(born: Option<Date>, sex: Option<Sex>, scanned_on: Date) -> Self {
        let age = born.map(|born| super::date::age_years(born, scanned_on));
        Self {
            age_years: age.and_then(|age| u8::try_from(age).ok()),
            sex,
        }
    }
}

impl Circumstances {
    /// The date of the scan, or the date of saving if it is unknown.
    pub fn day(&self, saved_on: Date) -> Date {
        self.scanned_on.unwrap_or(saved_on)
    }
}

impl Reading {
    /// The date of the scan as stated, or else the date in UTC on which the exam was saved.
    pub fn scanned_on(&self, saved_at: Timestamp) -> Date {
        self.circumstances
            .day(saved_at.to_zoned(TimeZone::UTC).date())
    }

    /// The measured category; none if nothing was measured or stated about nodules.
    pub fn category(&self) -> Option<MeasuredCategory> {
        let Circumstances {
            modifier_s,
            incomplete,
            nodules_seen,
            ..
        } = self.circumstances;
        if self.nodules.is_empty() && incomplete.is_none() && nodules_seen != Some(0) {
            return None;
        }
        let verdicts: Vec<Verdict> = self.nodules.iter().map(MeasuredNodule::verdict).collect();
        let exam = classify_exam(&verdicts, incomplete);
        Some(MeasuredCategory {
            category: exam.category,
            modifier_s,
            rule: exam.rule,
            nodule: exam.nodule,
        })
    }

    /// Number of nodules for the models: those seen, and never fewer than were measured.
    pub fn nodule_count(&self) -> u16 {
        let measured = u16::try_from(self.nodules.len()).unwrap_or(MAX_NODULES);
        measured.max(self.circumstances.nodules_seen.unwrap_or(0))
    }

    /// The Brock risk of one of its nodules.
    ///
    /// The models were fitted on the longest diameter, so the long axis is used and not the mean.
    ///
    /// # Errors
    /// The missing data, or that the models do not cover such a nodule.
    pub fn brock(&self, nodule: &MeasuredNodule, person: Person) -> Result<BrockEstimate, NoBrock> {
        let density = nodule.density().ok_or(NoBrock::UnknownType)?;
        let female = match person.sex {
            Some(Sex::Female) => Some(true),
            Some(Sex::Male) => Some(false),
            Some(Sex::Other) | None => None,
        };
        let Circumstances {
            family_history,
            emphysema,
            ..
        } = self.circumstances;
        let (Some(age_years), Some(female), Some(family_history), Some(emphysema), Some(lobe)) = (
            person.age_years,
            female,
            family_history,
            emphysema,
            nodule.lobe,
        ) else {
            let asked = [
                (person.age_years.is_none(), "age"),
                (female.is_none(), "sex, female or male"),
                (family_history.is_none(), "family history"),
                (emphysema.is_none(), "emphysema"),
                (nodule.lobe.is_none(), "lobe"),
            ];
            let missing = asked.iter().filter(|(missing, _)| *missing);
            return Err(NoBrock::Missing(missing.map(|(_, what)| *what).collect()));
        };
        let inputs = BrockInputs {
            age_years,
            female,
            family_history,
            emphysema,
            diameter_mm: nodule.draft.axes.long().as_f64(),
            density,
            upper_lobe: lobe.is_upper(),
            nodules: self.nodule_count().max(1),
            spiculation: nodule.spiculation(),
        };
        let without = BrockInputs {
            spiculation: None,
            ..inputs
        };
        Ok(BrockEstimate {
            with_spiculation: match inputs.spiculation {
                Some(_) => Some(inputs.risk()?),
                None => None,
            },
            without_spiculation: without.risk()?,
            inputs,
        })
    }
}

impl BrockEstimate {
    /// The inputs, in words.
    pub fn words(&self) -> String {
        let BrockInputs {
            age_years,
            female,
            family_history,
            emphysema,
            diameter_mm,
            upper_lobe,
            nodules,
            ..
        } = self.inputs;
        let either =
            |holds: bool, yes: &'static str, no: &'static str| if holds { yes } else { no };
        format!(
            "{age_years} years, {}, {}, {}, {diameter_mm:.1} mm long, {}, {nodules} {}",
            either(female, "female", "male"),
            either(family_history, "family history", "no family history"),
            either(emphysema, "emphysema", "no emphysema"),
            either(upper_lobe, "upper lobe", "not in an upper lobe"),
            either(nodules == 1, "nodule", "nodules"),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clinical::measurement::{Axes, Millimetres};
    use crate::clinical::nodule::{Lobe, Margin, NoduleDraft, NoduleType};

    fn nodule(tenths: u16) -> MeasuredNodule {
        let length = Millimetres::from_tenths(tenths).unwrap();
        let draft = NoduleDraft::new(NoduleType::Solid, Axes::new(length, length));
        MeasuredNodule::new(draft)
    }

    fn reading(nodules: &[MeasuredNodule]) -> Reading {
        Reading {
            nodules: nodules.to_vec(),
            ..Reading::default()
        }
    }

    #[test]
    fn without_measurements_there_is_no_category() {
        let mut reading = Reading::default();
        reading.circumstances.modifier_s = true;
        assert_eq!(reading.category(), None);
        reading.circumstances.nodules_seen = Some(3);
        assert_eq!(reading.category(), None);
    }

    #[test]
    fn a_person_who_looked_and_found_none_gets_a_1() {
        let mut reading = Reading::default();
        reading.circumstances.nodules_seen = Some(0);
        reading.circumstances.modifier_s = true;
        let category = reading.category().unwrap();
        assert_eq!((category.label().as_str(), category.nodule), ("1S", None));
    }

    #[test]
    fn the_most_suspicious_nodule_decides_with_its_rule() {
        let category = reading(&[nodule(50), nodule(90)]).category().unwrap();
        assert_eq!(category.with_basis(), "4A (measured)");
        assert_eq!(category.rule, "solid, baseline, 8 to <15 mm");
        assert_eq!(category.nodule, Some(1));
    }

    #[test]
    fn brock_names_all_that_is_missing() {
        let mut reading = reading(&[nodule(80)]);
        let complaint = |reading: &Reading, person| {
            let refused = reading.brock(&reading.nodules[0], person).unwrap_err();
            refused.to_string()
        };
        let unknown = Person::default();
        assert_eq!(
            complaint(&reading, unknown),
            "not stated: age, sex, female or male, family history, emphysema, lobe"
        );
        reading.nodules[0].draft.nodule_type = NoduleType::Cyst;
        assert!(complaint(&reading, unknown).contains("solid"));
    }

    #[test]
    fn brock_uses_both_models_if_the_margin_is_described() {
        let mut reading = reading(&[nodule(80)]);
        reading.circumstances.family_history = Some(false);
        reading.circumstances.emphysema = Some(false);
        reading.nodules[0].lobe = Some(Lobe::RightLower);
        let born = Date::constant(1960, 1, 2);
        let person = Person::new(Some(born), Some(Sex::Male), Date::constant(2022, 1, 2));
        assert_eq!(person.age_years, Some(62));
        let unknown = reading.brock(&reading.nodules[0], person).unwrap();
        assert_eq!(unknown.with_spiculation, None);
        assert!((unknown.without_spiculation.probability - 0.019064).abs() < 1e-6);
        reading.nodules[0].draft.margin = Some(Margin::Smooth);
        let smooth = reading.brock(&reading.nodules[0], person).unwrap();
        let with = smooth.with_spiculation.unwrap();
        assert!((with.probability - 0.017158).abs() < 1e-6);
        assert_eq!(smooth.without_spiculation, unknown.without_spiculation);
        assert_eq!(
            smooth.words(),
            "62 years, male, no family history, no emphysema, 8.0 mm long, not in an upper lobe, 1 nodule"
        );
    }

    proptest! {
        #[test]
        fn one_more_nodule_never_lowers_the_count(seen in any::<Option<u16>>(), measured in 0usize..20) {
            let mut reading = reading(&vec![nodule(50); measured]);
            reading.circumstances.nodules_seen = seen;
            let before = reading.nodule_count();
            prop_assert!(usize::from(before) >= measured);
            reading.nodules.push(nodule(40));
            prop_assert!(reading.nodule_count() >= before);
        }
    }
}
