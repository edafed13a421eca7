//! The size bands of the table, by mean diameter.

use super::{Category, Category::*};
use crate::clinical::measurement::Millimetres;

/// One band of sizes: everything below `below` that is not in an earlier band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    /// None for the last band, which has no upper limit.
    below: Option<Millimetres>,
    pub category: Category,
    /// The band in words, such as `8 to <15 mm`.
    pub range: &'static str,
}

const fn below(millimetres: u16, category: Category, range: &'static str) -> Band {
    Band {
        below: Some(Millimetres::whole(millimetres)),
        category,
        range,
    }
}

pub(super) const fn every(category: Category, range: &'static str) -> Band {
    Band {
        below: None,
        category,
        range,
    }
}

/// Bands of sizes. `last` contains all sizes above the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bands {
    lower: &'static [Band],
    last: Band,
}

impl Bands {
    pub(super) fn of(&self, size: Millimetres) -> Band {
        let fits = |band: &&Band| band.below.is_some_and(|edge| size < edge);
        self.lower.iter().find(fits).copied().unwrap_or(self.last)
    }
}

/// Solid nodules at baseline; by volume <113, <268, <1767 mm³.
pub(super) const SOLID: Bands = Bands {
    lower: &[
        below(6, Two, "<6 mm"),
        below(8, Three, "6 to <8 mm"),
        below(15, FourA, "8 to <15 mm"),
    ],
    last: every(FourB, "15 mm or more"),
};

/// New solid nodules; by volume <34, <113, <268 mm³.
pub(super) const SOLID_NEW: Bands = Bands {
    lower: &[
        below(4, Two, "<4 mm"),
        below(6, Three, "4 to <6 mm"),
        below(8, FourA, "6 to <8 mm"),
    ],
    last: every(FourB, "8 mm or more"),
};

/// Growing solid nodules; by volume <268 mm³.
pub(super) const SOLID_GROWING: Bands = Bands {
    lower: &[below(8, FourA, "<8 mm")],
    last: every(FourB, "8 mm or more"),
};

/// Limit of the total size of a part-solid nodule below which its solid part does not count.
const SMALL_TOTAL: Millimetres = Millimetres::whole(6);

/// Part-solid nodules at baseline, by total, then by solid part.
pub(super) fn part_solid(total: Millimetres, solid_part: Millimetres) -> Band {
    const BY_SOLID_PART: Bands = Bands {
        lower: &[
            below(6, Three, "total 6 mm or more, solid part <6 mm"),
            below(8, FourA, "total 6 mm or more, solid part 6 to <8 mm"),
        ],
        last: every(FourB, "solid part 8 mm or more"),
    };
    if total < SMALL_TOTAL {
        every(Two, "total <6 mm")
    } else {
        BY_SOLID_PART.of(solid_part)
    }
}

/// New part-solid nodules. The row for a small total comes first: a new nodule's solid part is always new, so the rows for new
/// solid parts would otherwise leave no case to that row.
pub(super) fn part_solid_new(total: Millimetres, solid_part: Millimetres) -> Band {
    if total < SMALL_TOTAL {
        every(Three, "total <6 mm")
    } else {
        SOLID_PART_CHANGED.of(solid_part)
    }
}

/// New or growing solid parts; by volume <34 mm³.
pub(super) const SOLID_PART_CHANGED: Bands = Bands {
    lower: &[below(4, FourA, "solid part <4 mm")],
    last: every(FourB, "solid part 4 mm or more"),
};

/// Non-solid nodules, baseline or new; by volume <14137 mm³.
pub(super) const NON_SOLID: Bands = Bands {
    lower: &[below(30, Two, "<30 mm")],
    last: every(Three, "30 mm or more"),
};

/// Juxtapleural nodules at baseline: benign below 10 mm (524 mm³), otherwise as any solid nodule.
pub(super) const JUXTAPLEURAL: Bands = Bands {
    lower: &[below(10, Two, "<10 mm"), below(15, FourA, "10 to <15 mm")],
    last: every(FourB, "15 mm or more"),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::measurement::sphere_volume_mm3;

    #[test]
    fn the_table_s_volumes_are_the_spheres_of_its_diameters() {
        for (edge, volume) in [
            (4, 34.0),
            (6, 113.0),
            (8, 268.0),
            (10, 524.0),
            (15, 1767.0),
            (30, 14137.0),
        ] {
            let sphere = sphere_volume_mm3(Millimetres::whole(edge));
            assert_eq!(sphere.round(), volume, "{edge} mm");
        }
    }

    #[test]
    fn bands_are_in_ascending_order() {
        for bands in [
            SOLID,
            SOLID_NEW,
            SOLID_GROWING,
            SOLID_PART_CHANGED,
            NON_SOLID,
            JUXTAPLEURAL,
        ] {
            let mut all = bands.lower.to_vec();
            assert!(all.is_sorted_by(|one, next| one.below < next.below));
            all.push(bands.last);
            let suspicion = |band: &Band| band.category.suspicion();
            assert!(all.is_sorted_by(|one, next| suspicion(one) < suspicion(next)));
        }
    }
}
