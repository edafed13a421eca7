//! Filters of the table, with a chip for each.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::clinical::assessment::Classification;
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::Field;
use crate::store::{PatientFilters, ReportStatus};
use crate::text::{clipped, scrub};

/// Width of a name in a chip; longer ones are cut.
const NAME_WIDTH: usize = 30;

/// The filters, with dates as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    pub(super) result: Option<Classification>,
    pub(super) category: Option<Category>,
    pub(super) status: Option<ReportStatus>,
    pub(super) exam: Days,
    pub(super) doctor: Option<String>,
    pub(super) born: Days,
    /// At most one word per field, in the order of the fields.
    pub(super) choices: Vec<(Field, &'static str)>,
}

/// Range of dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub from: Option<Date>,
    /// This day included.
    pub to: Option<Date>,
}

impl Days {
    /// True if the last day is before the first.
    pub(crate) fn are_reversed(self) -> bool {
        self.from
            .is_some_and(|from| self.to.is_some_and(|to| to < from))
    }

    fn chips(self, what: &str) -> [Option<String>; 2] {
        [
            self.from.map(|day| format!("{what} from {day}")),
            self.to.map(|day| format!("{what} to {day}")),
        ]
    }

    fn drop_last(&mut self) -> bool {
        self.to.take().is_some() || self.from.take().is_some()
    }
}

impl Filters {
    /// Filters for the store: dates of exams become instants in the user's time zone.
    pub fn filters(&self, zone: &TimeZone) -> PatientFilters {
        let begins = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
        let ends = |day: Date| -> Option<Timestamp> { begins(day.checked_add(1.day()).ok()?) };
        PatientFilters {
            result: self.result,
            category: self.category,
            status: self.status,
            since: self.exam.from.and_then(begins),
            before: self.exam.to.and_then(ends),
            born_from: self.born.from,
            born_until: self.born.to,
            doctor: self.doctor.clone(),
            choices: self.choices.clone(),
        }
    }

    /// Short text for each filter, in the order of the form.
    pub fn chips(&self) -> Vec<String> {
        let [exam_from, exam_to] = self.exam.chips("exam");
        let [born_from, born_to] = self.born.chips("born");
        let doctor = self.doctor.as_deref();
        let single = [
            self.result.map(|result| result.label().to_owned()),
            self.category
                .map(|category| format!("category {}", category.label())),
            self.status.map(|status| status.label().to_owned()),
            exam_from,
            exam_to,
            doctor.map(|doctor| format!("doctor {}", clipped(&scrub(doctor), NAME_WIDTH))),
            born_from,
            born_to,
        ];
        let choices = self.choices.iter();
        let choices =
            choices.map(|(field, word)| format!("{}: {}", field.label(), field.shown(word)));
        single.into_iter().flatten().chain(choices).collect()
    }

    /// Removes the last chip; false if there was none.
    pub fn drop_last(&mut self) -> bool {
        self.choices.pop().is_some()
            || self.born.drop_last()
            || self.doctor.take().is_some()
            || self.exam.drop_last()
            || self.status.take().is_some()
            || self.category.take().is_some()
            || self.result.take().is_some()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every filter set, and two words of fields that offer choices.
    pub fn everything() -> Filters {
        Filters {
            result: Some(Classification::Positive),
            category: Some(Category::FourA),
            status: Some(ReportStatus::Preliminary),
            exam: Days {
                from: Some(Date::constant(2024, 2, 1)),
                to: Some(Date::constant(2024, 2, 29)),
            },
            doctor: Some("Dr. Ana Pérez".to_owned()),
            born: Days {
                from: Some(Date::constant(1950, 1, 1)),
                to: Some(Date::constant(1959, 12, 31)),
            },
            choices: vec![
                (Field::SmokingStatus, "former"),
                (Field::CancerStage, "ia1"),
            ],
        }
    }

    #[test]
    fn chips_are_removed_one_by_one_from_the_last() {
        let mut wanted = everything();
        let mut chips = wanted.chips();
        assert_eq!(chips.len(), 10);
        while let Some(last) = chips.pop() {
            assert!(wanted.drop_last(), "{last}");
            assert_eq!(wanted.chips(), chips, "without {last}");
        }
        assert!(!wanted.drop_last());
        assert!(wanted.filters(&TimeZone::UTC).is_empty());
    }

    #[test]
    fn the_store_gets_every_filter_and_whole_days() {
        let filters = everything().filters(&TimeZone::UTC);
        assert_eq!(filters.since, "2024-02-01T00:00:00Z".parse().ok());
        assert_eq!(filters.before, "2024-03-01T00:00:00Z".parse().ok());
        assert_eq!(filters.born_from, Some(Date::constant(1950, 1, 1)));
        assert_eq!(filters.born_until, Some(Date::constant(1959, 12, 31)));
        assert_eq!(filters.doctor.as_deref(), Some("Dr. Ana Pérez"));
        assert_eq!(filters.choices, everything().choices);
    }

    #[test]
    fn a_chip_never_carries_a_command_to_the_terminal() {
        let wanted = Filters {
            doctor: Some("a\u{1b}[2J\u{202e}b".to_owned()),
            ..Filters::default()
        };
        assert_eq!(wanted.chips(), ["doctor a[2Jb"]);
    }
}
