//! The follow-ups of one patient, from the exams, the diagnosis and what people closed.
//!
//! Exams of one day are one occasion: the exam that asks for the most counts. What closes a follow-up is the first exam of
//! a later day, or a diagnosis before that, or else the reason that a person stated.

use jiff::civil::Date;

use super::{ClosingReason, Window, WorkUpDays};
use crate::clinical::lung_rads::Category;

/// An exam, as far as follow-up asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedExam {
    pub exam: i64,
    /// Day of the scan.
    pub on: Date,
    /// The measured category; a category that a model suggests or proposes gives no date.
    pub category: Option<Category>,
}

/// A follow-up that a person closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    pub exam: i64,
    /// The category of the exam when it was closed.
    pub category: Option<Category>,
    pub reason: ClosingReason,
    pub on: Date,
}

/// Reason for which a follow-up is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// An exam of a later day.
    Exam,
    /// The date of diagnosis in the record, on or behind the day of the scan.
    Diagnosis,
    Reason(ClosingReason),
}

impl ClosedBy {
    /// As scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exam => "exam",
            Self::Diagnosis => "diagnosis",
            Self::Reason(reason) => reason.as_str(),
        }
    }

    /// As the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Exam => "newer exam",
            Self::Diagnosis => "diagnosis",
            Self::Reason(reason) => reason.label(),
        }
    }

    /// Reads the text of [`ClosedBy::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "exam" => Some(Self::Exam),
            "diagnosis" => Some(Self::Diagnosis),
            word => ClosingReason::parse(word).map(Self::Reason),
        }
    }
}

/// The follow-up of an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUp {
    /// The exam of the day that asks for the most.
    pub exam: i64,
    pub scanned_on: Date,
    pub category: Option<Category>,
    /// None where the category gives no date.
    pub window: Option<Window>,
    pub closed: Option<(Date, ClosedBy)>,
}

/// The place of a category by what it asks for, the most first. An exam that needs a radiologist comes after what has to
/// be worked up and before what can wait.
fn urgency(category: Option<Category>) -> u8 {
    match category {
        Some(Category::FourX) => 0,
        Some(Category::FourB) => 1,
        Some(Category::FourA) => 2,
        Some(Category::NeedsRadiologist) => 3,
        Some(Category::Zero) => 4,
        Some(Category::Three) => 5,
        Some(Category::Two) => 6,
        Some(Category::One) => 7,
        None => 8,
    }
}

/// The follow-ups of a patient, one for each day of exams, the earliest first. A patient without exams has none.
///
/// A reason that was stated stops counting once the exam asks for more than it did then, unless the patient died.
pub fn plan(
    exams: &[DatedExam],
    diagnosed_on: Option<Date>,
    closings: &[Closing],
    work_up: WorkUpDays,
) -> Vec<FollowUp> {
    let mut days: Vec<Date> = exams.iter().map(|exam| exam.on).collect();
    days.sort();
    days.dedup();
    let follow_up = |place: usize, &day: &Date| {
        let of_day = || exams.iter().filter(move |exam| exam.on == day);
        let counts = of_day().min_by_key(|exam| (urgency(exam.category), -exam.exam))?;
        let next = days.get(place + 1).copied();
        let diagnosis = diagnosed_on
            .filter(|&on| on >= day && next.is_none_or(|next| on <= next))
            .map(|on| (on, ClosedBy::Diagnosis));
        let exam = next.map(|on| (on, ClosedBy::Exam));
        let closed = of_day().find_map(|exam| {
            let closing = closings.iter().find(|closing| closing.exam == exam.exam)?;
            let holds = closing.reason == ClosingReason::Died
                || urgency(counts.category) >= urgency(closing.category);
            holds.then_some((closing.on, ClosedBy::Reason(closing.reason)))
        });
        // An exam that was made before somebody closed it counts.
        let stated_or_exam = match (closed, exam) {
            (Some(stated), Some(exam)) if stated.0 < exam.0 => Some(stated),
            (stated, exam) => exam.or(stated),
        };
        Some(FollowUp {
            exam: counts.exam,
            scanned_on: day,
            category: counts.category,
            window: (counts.category).and_then(|category| Window::of(category, day, work_up)),
            closed: diagnosis.or(stated_or_exam),
        })
    };
    (days.iter().enumerate())
        .filter_map(|(place, day)| follow_up(place, day))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: i8, day: i8) -> Date {
        Date::constant(2025, month, day)
    }

    fn exam(exam: i64, on: Date, category: Option<Category>) -> DatedExam {
        DatedExam { exam, on, category }
    }

    fn planned(
        exams: &[DatedExam],
        diagnosed_on: Option<Date>,
        closings: &[Closing],
    ) -> Vec<FollowUp> {
        plan(exams, diagnosed_on, closings, WorkUpDays::default())
    }

    fn closing(reason: ClosingReason, category: Category, on: Date) -> Closing {
        Closing {
            exam: 1,
            category: Some(category),
            reason,
            on,
        }
    }

    #[test]
    fn a_patient_without_exams_has_no_follow_up() {
        assert_eq!(planned(&[], Some(day(1, 1)), &[]), []);
    }

    #[test]
    fn a_newer_exam_closes_the_follow_up_on_its_own_day() {
        let exams = [
            exam(2, day(7, 1), Some(Category::Two)),
            exam(1, day(1, 5), Some(Category::Three)),
        ];
        let follow_ups = planned(&exams, None, &[]);
        assert_eq!(follow_ups.len(), 2);
        assert_eq!(follow_ups[0].closed, Some((day(7, 1), ClosedBy::Exam)));
        assert_eq!(follow_ups[0].window.unwrap().due, day(7, 5));
        assert_eq!((follow_ups[1].exam, follow_ups[1].closed), (2, None));
    }

    #[test]
    fn exams_of_one_day_are_one_occasion_and_the_most_urgent_counts() {
        let exams = [
            exam(1, day(1, 5), Some(Category::FourA)),
            exam(2, day(1, 5), Some(Category::Two)),
            exam(3, day(1, 5), None),
        ];
        let follow_ups = planned(&exams, None, &[]);
        assert_eq!(follow_ups.len(), 1);
        assert_eq!((follow_ups[0].exam, follow_ups[0].closed), (1, None));
        // A nodule that a radiologist has to decide on is not hidden by a category of the same day that can wait.
        let open = [
            exam(1, day(1, 5), Some(Category::NeedsRadiologist)),
            exam(2, day(1, 5), Some(Category::Two)),
        ];
        let follow_ups = planned(&open, None, &[]);
        assert_eq!((follow_ups[0].exam, follow_ups[0].window), (1, None));
    }

    #[test]
    fn an_exam_without_a_category_has_no_date_and_a_newer_one_ends_it() {
        let exams = [
            exam(1, day(1, 5), None),
            exam(2, day(2, 5), Some(Category::Two)),
            exam(3, day(3, 5), None),
        ];
        let follow_ups = planned(&exams, None, &[]);
        let has_date = follow_ups
            .iter()
            .map(|follow_up| follow_up.window.is_some());
        assert_eq!(has_date.collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(follow_ups[0].closed, Some((day(2, 5), ClosedBy::Exam)));
        assert_eq!(follow_ups[2].closed, None);
    }

    #[test]
    fn a_diagnosis_closes_the_follow_up_of_the_exam_before_it_alone() {
        let exams = [
            exam(1, day(1, 5), Some(Category::FourB)),
            exam(2, day(9, 1), Some(Category::Two)),
        ];
        let closed = |on| {
            let follow_ups = planned(&exams, Some(on), &[]);
            [follow_ups[0].closed, follow_ups[1].closed]
        };
        let by_exam = Some((day(9, 1), ClosedBy::Exam));
        let found = |on| Some((on, ClosedBy::Diagnosis));
        assert_eq!(closed(day(2, 1)), [found(day(2, 1)), None]);
        assert_eq!(closed(day(10, 1)), [by_exam, found(day(10, 1))]);
        // Before all exams: the patient is screened after it.
        assert_eq!(closed(day(1, 4)), [by_exam, None]);
    }

    #[test]
    fn a_diagnosis_counts_even_where_a_person_closed_the_follow_up_before() {
        let exams = [exam(1, day(1, 5), Some(Category::FourB))];
        let stated = [closing(ClosingReason::Treated, Category::FourB, day(1, 20))];
        let follow_ups = planned(&exams, Some(day(2, 1)), &stated);
        assert_eq!(follow_ups[0].closed, Some((day(2, 1), ClosedBy::Diagnosis)));
    }

    #[test]
    fn a_reason_holds_until_the_exam_asks_for_more() {
        let declined = [closing(ClosingReason::Declined, Category::Two, day(2, 1))];
        let closed = |category, closings: &[Closing]| {
            let exams = [exam(1, day(1, 5), Some(category))];
            planned(&exams, None, closings)[0].closed
        };
        let by = |reason| Some((day(2, 1), ClosedBy::Reason(reason)));
        assert_eq!(
            closed(Category::Two, &declined),
            by(ClosingReason::Declined)
        );
        assert_eq!(
            closed(Category::One, &declined),
            by(ClosingReason::Declined)
        );
        assert_eq!(closed(Category::FourB, &declined), None);
        let died = [closing(ClosingReason::Died, Category::Two, day(2, 1))];
        assert_eq!(closed(Category::FourB, &died), by(ClosingReason::Died));
    }

    #[test]
    fn an_exam_made_before_the_closing_counts_and_one_made_after_it_does_not() {
        let stated = [closing(ClosingReason::Moved, Category::Three, day(5, 1))];
        let closed = |next| {
            let exams = [
                exam(1, day(1, 5), Some(Category::Three)),
                exam(2, next, None),
            ];
            planned(&exams, None, &stated)[0].closed
        };
        assert_eq!(closed(day(4, 1)), Some((day(4, 1), ClosedBy::Exam)));
        let by_person = ClosedBy::Reason(ClosingReason::Moved);
        assert_eq!(closed(day(6, 1)), Some((day(5, 1), by_person)));
    }

    #[test]
    fn what_closed_it_is_read_as_it_was_written() {
        let reasons = ClosingReason::ALL.map(ClosedBy::Reason);
        for by in reasons
            .into_iter()
            .chain([ClosedBy::Exam, ClosedBy::Diagnosis])
        {
            assert_eq!(ClosedBy::parse(by.as_str()), Some(by));
        }
        assert_eq!(ClosedBy::parse("lost"), None);
    }
}
