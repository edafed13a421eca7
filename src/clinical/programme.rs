//! Figures of a screening programme over a span of days, as an audit after ACR asks for them. An exam is here a day of
//! exams of one patient, with the category that counts for the follow-up.

use jiff::civil::Date;

use super::lung_rads::Category;

/// Days behind the date due within which a follow-up counts as done in time.
pub const IN_TIME_DAYS: i32 = 30;

/// Exams of one month and category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthCount {
    /// The first day of the month.
    pub month: Date,
    /// None for exams without a category.
    pub category: Option<Category>,
    pub exams: u64,
}

/// Follow-ups whose date due lies in the span, by what became of them. Those whose [`IN_TIME_DAYS`] have not passed and
/// that are not done are in none of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Adherence {
    /// An exam was made until [`IN_TIME_DAYS`] behind the date due.
    pub in_time: u64,
    /// An exam was made later.
    pub late: u64,
    /// No exam was made, or the patient declined.
    pub missed: u64,
    /// Ended by a diagnosis, death, a move, treatment or another stated reason: not counted.
    pub ended: u64,
}

/// The figures of a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub from: Date,
    pub until: Date,
    /// By month and category, the earliest month first.
    pub by_month: Vec<MonthCount>,
    /// Dates of diagnosis in the span that closed a follow-up.
    pub cancers: u64,
    pub adherence: Adherence,
    /// Median of the days from the date due to the exam, among the follow-ups that an exam closed; negative before the
    /// date due.
    pub median_delay_days: Option<f64>,
}

impl Adherence {
    /// Follow-ups that are counted.
    pub fn counted(self) -> u64 {
        self.in_time + self.late + self.missed
    }

    /// The share that was done in time, in [0, 1]; none where nothing is counted.
    pub fn rate(self) -> Option<f64> {
        share(self.in_time, self.counted())
    }
}

impl Figures {
    /// All exams.
    pub fn exams(&self) -> u64 {
        self.by_month.iter().map(|count| count.exams).sum()
    }

    /// Exams of a category; of none, those without.
    pub fn of(&self, category: Option<Category>) -> u64 {
        let counts = self.by_month.iter();
        let counts = counts.filter(|count| count.category == category);
        counts.map(|count| count.exams).sum()
    }

    /// Exams of a category from 1 to 4X.
    pub fn assessed(&self) -> u64 {
        let assessed = Category::ALL.into_iter();
        let assessed = assessed.filter(|category| category.suspicion().is_some());
        assessed.map(|category| self.of(Some(category))).sum()
    }

    /// Exams of category 3 and above.
    pub fn positive(&self) -> u64 {
        let is_positive = |category: &Category| category.suspicion() >= Category::Three.suspicion();
        let positive = Category::ALL.into_iter().filter(is_positive);
        positive.map(|category| self.of(Some(category))).sum()
    }

    /// The share of category 3 and above among the exams of a category from 1 to 4X, in [0, 1].
    pub fn positive_rate(&self) -> Option<f64> {
        share(self.positive(), self.assessed())
    }

    /// Cancers found for each 1,000 exams of a category from 1 to 4X.
    pub fn cancers_per_thousand(&self) -> Option<f64> {
        share(self.cancers, self.assessed()).map(|share| share * 1000.0)
    }

    /// The months that have an exam, in order.
    pub fn months(&self) -> Vec<Date> {
        let mut months: Vec<Date> = self.by_month.iter().map(|count| count.month).collect();
        months.dedup();
        months
    }

    /// Exams of a month and category.
    pub fn in_month(&self, month: Date, category: Option<Category>) -> u64 {
        let counts = self.by_month.iter();
        let counts = counts.filter(|count| count.month == month && count.category == category);
        counts.map(|count| count.exams).sum()
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(counts: &[(i8, Option<Category>, u64)]) -> Figures {
        let by_month = counts.iter().map(|&(month, category, exams)| MonthCount {
            month: Date::constant(2026, month, 1),
            category,
            exams,
        });
        Figures {
            from: Date::constant(2026, 1, 1),
            until: Date::constant(2026, 12, 31),
            by_month: by_month.collect(),
            cancers: 1,
            adherence: Adherence::default(),
            median_delay_days: None,
        }
    }

    #[test]
    fn the_positive_rate_is_that_of_3_and_above_among_1_to_4x() {
        let figures = figures(&[
            (1, None, 7),
            (1, Some(Category::Zero), 5),
            (1, Some(Category::One), 10),
            (2, Some(Category::Two), 6),
            (2, Some(Category::Three), 2),
            (2, Some(Category::FourX), 2),
            (2, Some(Category::NeedsRadiologist), 3),
        ]);
        assert_eq!(
            (figures.exams(), figures.assessed(), figures.positive()),
            (35, 20, 4)
        );
        assert_eq!(figures.positive_rate(), Some(0.2));
        assert_eq!(figures.cancers_per_thousand(), Some(50.0));
        assert_eq!(figures.months().len(), 2);
        let january = Date::constant(2026, 1, 1);
        assert_eq!(figures.in_month(january, Some(Category::One)), 10);
    }

    #[test]
    fn nothing_counted_is_no_rate() {
        let figures = figures(&[(1, None, 7)]);
        assert_eq!(
            (figures.positive_rate(), figures.cancers_per_thousand()),
            (None, None)
        );
        assert_eq!(figures.adherence.rate(), None);
    }

    #[test]
    fn what_ended_for_a_reason_lowers_no_adherence() {
        let adherence = Adherence {
            in_time: 6,
            late: 1,
            missed: 1,
            ended: 50,
        };
        assert_eq!(adherence.rate(), Some(0.75));
    }
}
