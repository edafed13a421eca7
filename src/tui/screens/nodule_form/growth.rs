//! Change of a nodule since an earlier exam, as the form proposes it.

use jiff::civil::Date;

use crate::clinical::growth::{self, Change, Sizes};
use crate::clinical::lung_rads::Category;
use crate::clinical::measurement::{Axes, Millimetres};
use crate::clinical::nodule::{Earlier, MeasuredNodule, Status};

/// Comparison: the proposed status and the reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    /// `None` if two exams cannot tell.
    pub status: Option<Status>,
    pub earlier: Earlier,
    pub sentence: String,
}

/// The exam that was chosen as the earlier one is not earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "that exam is from {chosen} and this one from {today}: growth needs an earlier exam; the list of nodules sets \
     the scan date"
)]
pub(super) struct NotEarlier {
    pub chosen: Date,
    pub today: Date,
}

/// Compares axes measured on `earlier_on` with the axes, and those of a solid part, of `today`.
///
/// # Errors
/// [`NotEarlier`] if the other exam is not the earlier one.
pub(super) fn compare(
    earlier_on: Date,
    earlier: &MeasuredNodule,
    today: Date,
    (axes, solid_part): (Axes, Option<Axes>),
) -> Result<Compared, NotEarlier> {
    let now = Sizes {
        mean: axes.mean(),
        solid_mean: solid_part.map(Axes::mean),
    };
    let then = Sizes {
        mean: earlier.draft.axes.mean(),
        // Without a solid part now, an earlier one cannot be compared.
        solid_mean: (now.solid_mean).and(earlier.draft.solid_part.map(Axes::mean)),
    };
    let Some(change) = growth::compare((earlier_on, then), (today, now)) else {
        return Err(NotEarlier {
            chosen: earlier_on,
            today,
        });
    };
    let verdict = earlier.verdict();
    let category = match verdict.category {
        Category::Zero | Category::One | Category::NeedsRadiologist => None,
        category => Some(category),
    };
    let outcome = match change {
        Change::OverMoreThanAYear => {
            "grew over more than 12 months; two exams cannot show how fast: choose the status"
                .into()
        }
        change => {
            let status = change.status().map_or("", Status::as_str);
            format!("{status} is proposed; choose another status if it is wrong")
        }
    };
    let mut sizes = difference(then.mean, now.mean);
    if let (Some(then), Some(now)) = (then.solid_mean, now.solid_mean) {
        sizes = format!("{sizes}, solid part {}", difference(then, now));
    }
    let days = today.since(earlier_on).map_or(0, |span| span.get_days());
    Ok(Compared {
        status: change.status(),
        earlier: Earlier {
            sizes: then,
            category,
        },
        sentence: format!("{earlier_on} to {today}, {days} days: mean {sizes}; {outcome}."),
    })
}

/// `12.0 to 13.1 mm (+1.1)`.
fn difference(then: Millimetres, now: Millimetres) -> String {
    let tenths = i32::from(now.tenths()) - i32::from(then.tenths());
    let sign = if tenths < 0 { '−' } else { '+' };
    let (whole, tenth) = (tenths.abs() / 10, tenths.abs() % 10);
    format!("{then} to {now} mm ({sign}{whole}.{tenth})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::nodule::{NoduleDraft, NoduleType};

    const THEN: Date = Date::constant(2025, 1, 10);

    fn axes(typed: &str) -> Axes {
        let length = typed.parse().unwrap();
        Axes::new(length, length)
    }

    fn solid(typed: &str) -> MeasuredNodule {
        MeasuredNodule::new(NoduleDraft::new(NoduleType::Solid, axes(typed)))
    }

    fn after(then: &str, today: Date, now: &str) -> Result<Compared, NotEarlier> {
        compare(THEN, &solid(then), today, (axes(now), None))
    }

    #[test]
    fn growth_within_a_year_is_proposed_with_dates_and_diameters() {
        let compared = after("8.0", Date::constant(2025, 7, 10), "9.6").unwrap();
        assert_eq!(compared.status, Some(Status::Growing));
        assert_eq!(compared.earlier.category, Some(Category::FourA));
        assert_eq!(
            compared.sentence,
            "2025-01-10 to 2025-07-10, 181 days: mean 8.0 to 9.6 mm (+1.6); growing is proposed; choose \
             another status if it is wrong."
        );
    }

    #[test]
    fn one_and_a_half_millimetres_and_shrinking_are_stable() {
        for now in ["9.5", "6.9"] {
            let compared = after("8.0", Date::constant(2025, 7, 10), now).unwrap();
            assert_eq!(compared.status, Some(Status::Stable));
        }
        let shrunk = after("8.0", Date::constant(2025, 7, 10), "6.9").unwrap();
        assert!(shrunk.sentence.contains("(−1.1)"));
    }

    #[test]
    fn over_more_than_a_year_nothing_is_proposed() {
        let compared = after("8.0", Date::constant(2026, 7, 10), "12").unwrap();
        assert_eq!(compared.status, None);
        assert!(compared.sentence.contains("choose the status"));
    }

    #[test]
    fn a_later_exam_is_refused_as_the_earlier_one() {
        assert!(after("8.0", THEN, "9.6").is_err());
        assert!(after("8.0", Date::constant(2024, 1, 1), "9.6").is_err());
    }
}
