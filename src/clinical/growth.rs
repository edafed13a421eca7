//! Growth between two exams, as ACR Lung-RADS v2022 defines it: a mean diameter that is more than 1.5 mm larger within 12 months.
//! Exactly 1.5 mm is not growth.

use jiff::ToSpan;
use jiff::civil::Date;

use super::measurement::Millimetres;
use super::nodule::Status;

/// The largest increase of a mean diameter that is not growth, in tenths of a millimetre.
const NO_GROWTH_TENTHS: i32 = 15;

/// Sizes by which two exams of a nodule are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sizes {
    /// Mean diameter of the whole nodule.
    pub mean: Millimetres,
    /// Mean diameter of the solid part; none if the nodule is not part-solid.
    pub solid_mean: Option<Millimetres>,
}

/// Change of a nodule since an earlier exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// No growth; includes a nodule that became smaller.
    Stable,
    /// Growth within 12 months; of a part-solid nodule, growth of its solid part, or a new one.
    Growing,
    /// A part-solid nodule whose total grew within 12 months and whose solid part did not.
    GrowingTotalAlone,
    /// More than 1.5 mm larger, but over more than 12 months: the rate cannot be determined from two exams.
    OverMoreThanAYear,
}

impl Change {
    /// The Lung-RADS status of the change; none if a radiologist has to decide.
    pub fn status(self) -> Option<Status> {
        match self {
            Self::Stable => Some(Status::Stable),
            Self::Growing => Some(Status::Growing),
            Self::GrowingTotalAlone => Some(Status::GrowingTotalAlone),
            Self::OverMoreThanAYear => None,
        }
    }
}

/// True if a mean diameter increased by more than 1.5 mm.
pub fn grew(earlier: Millimetres, now: Millimetres) -> bool {
    now.excess_tenths(earlier) > NO_GROWTH_TENTHS
}

/// True if the relevant part grew: the solid part if there is one now, otherwise the whole nodule.
///
/// A solid part that the earlier exam did not show is new, which counts as growth.
pub(super) fn decisive_part_grew(earlier: Sizes, now: Sizes) -> bool {
    match (earlier.solid_mean, now.solid_mean) {
        (_, None) => grew(earlier.mean, now.mean),
        (None, Some(_)) => true,
        (Some(earlier), Some(now)) => grew(earlier, now),
    }
}

/// Compares a nodule with its earlier sizes; none if `now` is not after `earlier`.
///
/// The twelve months are calendar months, including the day of their end.
pub fn compare(earlier: (Date, Sizes), now: (Date, Sizes)) -> Option<Change> {
    let ((earlier_on, earlier), (now_on, now)) = (earlier, now);
    if now_on <= earlier_on {
        return None;
    }
    let change = if decisive_part_grew(earlier, now) {
        Change::Growing
    } else if grew(earlier.mean, now.mean) {
        Change::GrowingTotalAlone
    } else {
        return Some(Change::Stable);
    };
    // Beyond the end of the calendar every later date is within the year.
    let within_a_year = earlier_on
        .checked_add(1.year())
        .map_or(true, |end| now_on <= end);
    Some(match within_a_year {
        true => change,
        false => Change::OverMoreThanAYear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Date = Date::constant(2024, 2, 29);
    const A_YEAR_ON: Date = Date::constant(2025, 2, 28);
    const LATER: Date = Date::constant(2025, 3, 1);

    fn sizes(mean: u16, solid: Option<u16>) -> Sizes {
        let length = |tenths| Millimetres::from_tenths(tenths).unwrap();
        Sizes {
            mean: length(mean),
            solid_mean: solid.map(length),
        }
    }

    fn within_a_year(earlier: Sizes, now: Sizes) -> Change {
        compare((FIRST, earlier), (A_YEAR_ON, now)).unwrap()
    }

    #[test]
    fn exactly_one_and_a_half_millimetres_is_not_growth() {
        let eight = sizes(80, None);
        assert_eq!(within_a_year(eight, sizes(95, None)), Change::Stable);
        assert_eq!(within_a_year(eight, sizes(96, None)), Change::Growing);
        assert_eq!(within_a_year(eight, sizes(40, None)), Change::Stable);
    }

    #[test]
    fn growth_over_more_than_a_year_is_left_to_a_radiologist() {
        let (earlier, now) = ((FIRST, sizes(80, None)), sizes(100, None));
        assert_eq!(compare(earlier, (A_YEAR_ON, now)), Some(Change::Growing));
        let late = compare(earlier, (LATER, now)).unwrap();
        assert_eq!(late, Change::OverMoreThanAYear);
        assert_eq!(late.status(), None);
        let still = compare(earlier, (LATER, sizes(95, None)));
        assert_eq!(still, Some(Change::Stable));
    }

    #[test]
    fn the_solid_part_decides_over_the_total() {
        let earlier = sizes(120, Some(30));
        let change = |mean, solid| within_a_year(earlier, sizes(mean, solid));
        assert_eq!(change(120, Some(46)), Change::Growing);
        assert_eq!(change(150, Some(45)), Change::GrowingTotalAlone);
        assert_eq!(change(135, Some(45)), Change::Stable);
        let newly_solid = within_a_year(sizes(120, None), sizes(120, Some(10)));
        assert_eq!(newly_solid, Change::Growing);
    }

    #[test]
    fn exams_are_compared_only_in_chronological_order() {
        let same = sizes(80, None);
        assert_eq!(compare((LATER, same), (FIRST, same)), None);
        assert_eq!(compare((FIRST, same), (FIRST, same)), None);
    }

    #[test]
    fn the_end_of_the_calendar_does_not_break_the_comparison() {
        let (earlier, now) = ((Date::constant(9999, 1, 1), sizes(80, None)), Date::MAX);
        assert_eq!(
            compare(earlier, (now, sizes(100, None))),
            Some(Change::Growing)
        );
    }
}
