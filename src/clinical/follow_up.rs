//! Follow-up of a screening programme: the day on which the next exam of a patient is due, and what closes it.
//!
//! The follow-up scans that a record states ([`super::patient::follow_up`]) are notes on what was done; nothing here is
//! computed from them.

mod closing;
pub mod letter;
mod plan;

pub use self::closing::{ClosingReason, REMARK_CHARACTERS, check_remark};
pub use self::plan::{ClosedBy, Closing, DatedExam, FollowUp, plan};

use jiff::ToSpan;
use jiff::civil::Date;

use super::lung_rads::Category;

/// Days behind the date due after which a follow-up is overdue.
pub const OVERDUE_AFTER_DAYS: i32 = 30;
/// Days before the date due from which a follow-up is listed as due.
pub const NOTICE_DAYS: i32 = 30;

/// Days from the scan to the diagnostic work-up of categories 4B and 4X. ACR Lung-RADS states none; 14 is a convention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkUpDays(u16);

impl WorkUpDays {
    /// Most days that can be set.
    pub const MOST: u16 = 90;

    /// None for 0 and for more than [`WorkUpDays::MOST`].
    pub fn new(days: u16) -> Option<Self> {
        (1..=Self::MOST).contains(&days).then_some(Self(days))
    }

    /// Days from the scan to the date due.
    pub fn days(self) -> u16 {
        self.0
    }
}

impl Default for WorkUpDays {
    fn default() -> Self {
        Self(14)
    }
}

/// The days between which a follow-up belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// From this day on it is listed as due.
    pub opens: Date,
    pub due: Date,
}

impl Window {
    /// The window of a category, counted from the day of its scan.
    ///
    /// Categories 1 and 2: 12 months, 3: 6 months, 4A: 3 months (management of ACR Lung-RADS v2022), each listed as due
    /// [`NOTICE_DAYS`] before. Category 0 asks for a scan in 1 to 3 months: listed from the first month on, due at the end
    /// of the third. Categories 4B and 4X: at once, due after [`WorkUpDays`]. None where the rules leave the category
    /// open, and for a day at the end of the calendar.
    pub fn of(category: Category, scanned_on: Date, work_up: WorkUpDays) -> Option<Self> {
        let months = |months: i64| scanned_on.checked_add(months.months()).ok();
        let with_notice = |due: Date| {
            let opens = due.checked_sub(NOTICE_DAYS.days()).ok()?;
            Some(Self { opens, due })
        };
        match category {
            Category::One | Category::Two => with_notice(months(12)?),
            Category::Three => with_notice(months(6)?),
            Category::FourA => with_notice(months(3)?),
            Category::Zero => Some(Self {
                opens: months(1)?,
                due: months(3)?,
            }),
            Category::FourB | Category::FourX => Some(Self {
                opens: scanned_on,
                due: scanned_on
                    .checked_add(i64::from(work_up.days()).days())
                    .ok()?,
            }),
            Category::NeedsRadiologist => None,
        }
    }

    /// The list that has an open follow-up on a day.
    pub fn list(self, today: Date) -> List {
        let (overdue_before, notice_until) = bounds(today);
        if self.due < overdue_before {
            List::Overdue
        } else if self.opens <= today || self.due <= notice_until {
            List::Due
        } else {
            List::Later
        }
    }
}

/// The first day due that is not overdue yet on `today`, and the last one of which notice is given.
pub fn bounds(today: Date) -> (Date, Date) {
    (
        today.saturating_sub(OVERDUE_AFTER_DAYS.days()),
        today.saturating_add(NOTICE_DAYS.days()),
    )
}

/// The lists of follow-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// Due now: from [`NOTICE_DAYS`] before the date due until [`OVERDUE_AFTER_DAYS`] behind it.
    Due,
    /// More than [`OVERDUE_AFTER_DAYS`] past the date due.
    Overdue,
    /// Due on a later day.
    Later,
    /// The newest exam has no category yet, so no date due.
    Unread,
    /// Closed.
    Done,
}

impl List {
    /// In the order in which screens offer them.
    pub const ALL: [Self; 5] = [
        Self::Due,
        Self::Overdue,
        Self::Later,
        Self::Unread,
        Self::Done,
    ];

    /// The list as scripts name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Later => "later",
            Self::Unread => "unread",
            Self::Done => "done",
        }
    }

    /// The list as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Due => "Due",
            Self::Overdue => "Overdue",
            Self::Later => "Later",
            Self::Unread => "No category",
            Self::Done => "Done",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: Date = Date::constant(2025, 11, 30);

    fn due(category: Category) -> Option<Date> {
        Window::of(category, SCAN, WorkUpDays::default()).map(|window| window.due)
    }

    #[test]
    fn the_date_due_follows_from_the_category_and_the_day_of_the_scan() {
        let year = Some(Date::constant(2026, 11, 30));
        assert_eq!(due(Category::One), year);
        assert_eq!(due(Category::Two), year);
        assert_eq!(due(Category::Three), Some(Date::constant(2026, 5, 30)));
        // February has no 30th.
        assert_eq!(due(Category::FourA), Some(Date::constant(2026, 2, 28)));
        assert_eq!(due(Category::Zero), Some(Date::constant(2026, 2, 28)));
        assert_eq!(due(Category::FourB), Some(Date::constant(2025, 12, 14)));
        assert_eq!(due(Category::FourX), Some(Date::constant(2025, 12, 14)));
        assert_eq!(due(Category::NeedsRadiologist), None);
    }

    #[test]
    fn the_days_of_a_work_up_are_those_that_were_set() {
        let work_up = WorkUpDays::new(7).unwrap();
        let window = Window::of(Category::FourX, SCAN, work_up).unwrap();
        assert_eq!(
            (window.opens, window.due),
            (SCAN, Date::constant(2025, 12, 7))
        );
        assert_eq!((WorkUpDays::new(0), WorkUpDays::new(91)), (None, None));
    }

    #[test]
    fn an_incomplete_exam_is_due_from_the_first_month_on() {
        let window = Window::of(Category::Zero, SCAN, WorkUpDays::default()).unwrap();
        assert_eq!(window.list(Date::constant(2025, 12, 29)), List::Later);
        assert_eq!(window.list(Date::constant(2025, 12, 30)), List::Due);
    }

    #[test]
    fn a_follow_up_is_overdue_once_it_is_more_than_thirty_days_past() {
        let window = Window::of(Category::Two, SCAN, WorkUpDays::default()).unwrap();
        for (today, list) in [
            (SCAN, List::Later),
            (Date::constant(2026, 10, 30), List::Later),
            (Date::constant(2026, 10, 31), List::Due),
            (Date::constant(2026, 11, 30), List::Due),
            (Date::constant(2026, 12, 30), List::Due),
            (Date::constant(2026, 12, 31), List::Overdue),
        ] {
            assert_eq!(window.list(today), list, "{today}");
        }
    }

    #[test]
    fn the_end_of_the_calendar_gives_no_date() {
        let work_up = WorkUpDays::default();
        assert_eq!(Window::of(Category::One, Date::MAX, work_up), None);
        assert_eq!(Window::of(Category::FourB, Date::MAX, work_up), None);
    }
}
