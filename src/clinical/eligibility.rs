//! Eligibility for lung cancer screening after the recommendation of the US Preventive Services Task Force of 2021
//! (JAMA 325:962): age 50 to 80, at least 20 pack-years, and smoking now or stopped within the past 15 years.

use jiff::ToSpan;
use jiff::civil::Date;

use super::patient::{Field, Patient, age_years};

const YOUNGEST: i16 = 50;
const OLDEST: i16 = 80;
const LEAST_PACK_YEARS: f64 = 20.0;
const YEARS_SINCE_STOPPING: i64 = 15;

/// Inputs of the recommendation; none where a record does not state one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EligibilityInputs {
    /// Completed years.
    pub age_years: Option<i16>,
    pub pack_years: Option<f64>,
    pub smoking: Option<Smoking>,
}

/// Smoking status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smoking {
    Never,
    Now,
    /// With the day of stopping, where it is known.
    Stopped(Option<Date>),
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Eligibility {
    Eligible,
    /// With what rules it out.
    NotEligible(Vec<&'static str>),
    /// Nothing rules it out, and this is not stated.
    NotKnown(Vec<&'static str>),
}

impl EligibilityInputs {
    /// Inputs that the record of a patient states on a day.
    pub fn of(patient: &Patient, today: Date) -> Self {
        let stopped = patient.value(Field::SmokingStopped).parse().ok();
        Self {
            age_years: patient.date_of_birth.map(|born| age_years(born, today)),
            pack_years: patient.value(Field::PackYears).parse().ok(),
            smoking: match (&*patient.value(Field::SmokingStatus), stopped) {
                ("never" | "passive", _) => Some(Smoking::Never),
                ("current", _) => Some(Smoking::Now),
                ("former", stopped) => Some(Smoking::Stopped(stopped)),
                (_, Some(stopped)) => Some(Smoking::Stopped(Some(stopped))),
                (_, None) => None,
            },
        }
    }

    /// True if the record states anything of smoking.
    pub fn is_about_smoking(&self) -> bool {
        self.pack_years.is_some() || self.smoking.is_some()
    }

    /// The answer on a day.
    pub fn eligibility(&self, today: Date) -> Eligibility {
        let earliest = today.saturating_sub(YEARS_SINCE_STOPPING.years());
        let smoked_lately = match self.smoking {
            Some(Smoking::Never) => Some(false),
            Some(Smoking::Now) => Some(true),
            Some(Smoking::Stopped(Some(day))) => Some(day >= earliest),
            Some(Smoking::Stopped(None)) | None => None,
        };
        let old_enough = self.age_years.map(|age| (YOUNGEST..=OLDEST).contains(&age));
        // Somebody who never smoked has no pack-years, whether that is stated or not.
        let smoked_enough = match (self.smoking, self.pack_years) {
            (Some(Smoking::Never), None) => Some(false),
            (_, pack_years) => pack_years.map(|pack_years| pack_years >= LEAST_PACK_YEARS),
        };
        let stopped = match self.smoking {
            Some(Smoking::Never) => "never smoked",
            _ => "stopped more than 15 years ago",
        };
        let when = match self.smoking {
            Some(Smoking::Stopped(None)) => "day of stopping",
            _ => "smoking",
        };
        let asked = [
            (old_enough, "age outside 50 to 80", "age"),
            (smoked_enough, "fewer than 20 pack-years", "pack-years"),
            (smoked_lately, stopped, when),
        ];
        let with = |answer: Option<bool>| asked.iter().filter(move |(met, ..)| *met == answer);
        let ruled_out: Vec<&str> = with(Some(false)).map(|(_, why, _)| *why).collect();
        let missing: Vec<&str> = with(None).map(|(.., what)| *what).collect();
        match (ruled_out.is_empty(), missing.is_empty()) {
            (false, _) => Eligibility::NotEligible(ruled_out),
            (true, false) => Eligibility::NotKnown(missing),
            (true, true) => Eligibility::Eligible,
        }
    }

    /// The answer with its inputs: `eligible (USPSTF 2021): 62 years, 30 pack-years, smoking now`.
    pub fn words(&self, today: Date) -> String {
        let answer = match self.eligibility(today) {
            Eligibility::Eligible => "eligible".to_owned(),
            Eligibility::NotEligible(why) => format!("not eligible, {}", why.join(", ")),
            Eligibility::NotKnown(missing) => {
                format!("not known, not stated: {}", missing.join(", "))
            }
        };
        let age = match self.age_years {
            Some(age) => format!("{age} years"),
            None => "age not known".to_owned(),
        };
        let pack_years = match self.pack_years {
            Some(pack_years) => format!("{pack_years} pack-years"),
            None => "pack-years not known".to_owned(),
        };
        let smoking = match self.smoking {
            Some(Smoking::Never) => "never smoked".to_owned(),
            Some(Smoking::Now) => "smoking now".to_owned(),
            Some(Smoking::Stopped(Some(day))) => format!("stopped {day}"),
            Some(Smoking::Stopped(None)) => "stopped, day not known".to_owned(),
            None => "smoking not known".to_owned(),
        };
        format!("{answer} (USPSTF 2021): {age}, {pack_years}, {smoking}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::patient::PatientDraft;

    const TODAY: Date = Date::constant(2026, 3, 2);

    fn inputs(age: i16, pack_years: f64, smoking: Smoking) -> EligibilityInputs {
        EligibilityInputs {
            age_years: Some(age),
            pack_years: Some(pack_years),
            smoking: Some(smoking),
        }
    }

    fn is_eligible(age: i16, pack_years: f64, smoking: Smoking) -> bool {
        inputs(age, pack_years, smoking).eligibility(TODAY) == Eligibility::Eligible
    }

    #[test]
    fn each_bound_belongs_to_the_eligible() {
        let stopped = |year, day| Smoking::Stopped(Some(Date::constant(year, 3, day)));
        assert!(is_eligible(50, 20.0, Smoking::Now));
        assert!(is_eligible(80, 20.0, stopped(2011, 2)));
        assert!(!is_eligible(49, 20.0, Smoking::Now));
        assert!(!is_eligible(81, 20.0, Smoking::Now));
        assert!(!is_eligible(60, 19.9, Smoking::Now));
        assert!(!is_eligible(60, 20.0, stopped(2011, 1)));
        assert!(!is_eligible(60, 30.0, Smoking::Never));
    }

    #[test]
    fn what_is_missing_is_named_unless_something_rules_it_out() {
        let nothing = EligibilityInputs::default();
        assert_eq!(
            nothing.eligibility(TODAY),
            Eligibility::NotKnown(vec!["age", "pack-years", "smoking"])
        );
        let young = EligibilityInputs {
            age_years: Some(40),
            ..nothing
        };
        assert_eq!(
            young.eligibility(TODAY),
            Eligibility::NotEligible(vec!["age outside 50 to 80"])
        );
        let former = inputs(60, 25.0, Smoking::Stopped(None));
        assert_eq!(
            former.eligibility(TODAY),
            Eligibility::NotKnown(vec!["day of stopping"])
        );
        let never = EligibilityInputs {
            pack_years: None,
            ..inputs(60, 0.0, Smoking::Never)
        };
        assert!(matches!(
            never.eligibility(TODAY),
            Eligibility::NotEligible(_)
        ));
    }

    #[test]
    fn the_inputs_are_those_of_the_record() {
        let mut draft = PatientDraft::default();
        draft.set(Field::Number, "P-1");
        draft.set(Field::FullName, "Ana Pérez");
        draft.set(Field::DateOfBirth, "1960-03-03");
        draft.set(Field::PackYears, "30.5");
        draft.set(Field::SmokingStatus, "former");
        draft.set(Field::SmokingStopped, "2015-01-01");
        let patient = draft.validate(TODAY).unwrap();
        let inputs = EligibilityInputs::of(&patient, TODAY);
        assert_eq!(
            inputs.words(TODAY),
            "eligible (USPSTF 2021): 65 years, 30.5 pack-years, stopped 2015-01-01"
        );
    }
}
