//! The rows of the table, one function per type of nodule.

use super::bands::{self, Band, every};
use super::stable::stable;
use super::{Category, Verdict};
use crate::clinical::growth::Sizes;
use crate::clinical::measurement::Millimetres;
use crate::clinical::nodule::{AirwayLevel, CystWall, Kind, Margin, Nodule, Status};

/// Reason for a status that validation excludes for the type; if it occurs, no category is decided.
const NOT_ITS_STATUS: &str = "the table has no such status for a nodule of this type";

fn by_band(subject: &str, band: Band) -> Verdict {
    Verdict::new(band.category, format!("{subject}, {}", band.range))
}

/// Fat, or complete, central, popcorn or concentric calcification.
pub(super) fn benign(nodule: &Nodule) -> Verdict {
    match nodule.kind {
        Kind::Airway(_) | Kind::Cyst { .. } => Verdict::open(
            "the table covers fat and benign calcification of nodules in the lung, not of airway nodules or cysts",
        ),
        _ if nodule.fat => Verdict::new(Category::One, "fat in the nodule"),
        _ => Verdict::new(Category::One, "benign pattern of calcification"),
    }
}

/// Solid nodules, and those classified like one, under the name of `subject`.
pub(super) fn solid(nodule: &Nodule, subject: &str) -> Verdict {
    let mean = nodule.mean();
    let row =
        |status, bands: bands::Bands| by_band(&format!("{subject}, {status}"), bands.of(mean));
    match nodule.status {
        Status::Baseline => row("baseline", bands::SOLID),
        Status::New => row("new", bands::SOLID_NEW),
        Status::Growing => row("growing", bands::SOLID_GROWING),
        Status::Stable => stable(nodule, subject, |sizes| bands::SOLID.of(sizes.mean)),
        Status::SlowlyGrowing => {
            Verdict::open("the table has no row for a solid nodule that grows slowly")
        }
        Status::GrowingTotalAlone | Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
    }
}

/// Part-solid nodules. The status `growing` refers to the solid part.
pub(super) fn part_solid(nodule: &Nodule, solid_part: Millimetres) -> Verdict {
    let total = nodule.mean();
    match nodule.status {
        Status::Baseline => by_band("part-solid, baseline", bands::part_solid(total, solid_part)),
        Status::New => by_band("part-solid, new", bands::part_solid_new(total, solid_part)),
        Status::Growing => by_band(
            "part-solid, growing",
            bands::SOLID_PART_CHANGED.of(solid_part),
        ),
        Status::Stable => stable(nodule, "part-solid", |sizes: Sizes| {
            bands::part_solid(sizes.mean, sizes.solid_mean.unwrap_or(solid_part))
        }),
        Status::SlowlyGrowing => {
            Verdict::open("the table has no row for a part-solid nodule that grows slowly")
        }
        Status::GrowingTotalAlone => Verdict::open(
            "the table does not classify a part-solid nodule of which only the total size grows",
        ),
        Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
    }
}

/// Non-solid nodules (ground glass). Below 30 mm they are benign in every status.
pub(super) fn non_solid(nodule: &Nodule) -> Verdict {
    let band = bands::NON_SOLID.of(nodule.mean());
    let is_large = band.category != Category::Two;
    let status = nodule.status.as_str();
    match nodule.status {
        Status::Baseline | Status::New => by_band(&format!("non-solid, {status}"), band),
        Status::Stable | Status::SlowlyGrowing => Verdict::new(
            Category::Two,
            format!("non-solid, {status}, {}", band.range),
        ),
        Status::Growing if is_large => Verdict::open(
            "the table does not classify a non-solid nodule of 30 mm or more that grows by more than 1.5 mm within 12 months",
        ),
        Status::Growing => by_band("non-solid, growing", band),
        Status::GrowingTotalAlone | Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
    }
}

/// Juxtapleural nodules: solid, smooth, oval, lentiform or triangular, at baseline, new or stable. One that is larger, grows or
/// is known not to be smooth is classified as any solid nodule.
pub(super) fn juxtapleural(nodule: &Nodule) -> Verdict {
    let as_solid = || solid(nodule, "juxtapleural, taken as solid");
    if !matches!(nodule.margin, None | Some(Margin::Smooth)) {
        return as_solid();
    }
    let band = bands::JUXTAPLEURAL.of(nodule.mean());
    let is_small = band.category == Category::Two;
    match nodule.status {
        Status::Baseline => by_band("juxtapleural, baseline", band),
        Status::New if is_small => by_band("juxtapleural, new", band),
        Status::Stable => stable(nodule, "juxtapleural", |sizes| {
            bands::JUXTAPLEURAL.of(sizes.mean)
        }),
        _ => as_solid(),
    }
}

/// Nodules in an airway. Their size is irrelevant.
pub(super) fn airway(nodule: &Nodule, level: AirwayLevel) -> Verdict {
    let status = nodule.status.as_str();
    if level == AirwayLevel::Subsegmental {
        return match nodule.status {
            Status::Baseline | Status::New | Status::Stable => {
                Verdict::new(Category::Two, format!("airway, subsegmental, {status}"))
            }
            Status::Growing | Status::SlowlyGrowing => {
                Verdict::open("the table does not classify a subsegmental airway nodule that grows")
            }
            Status::GrowingTotalAlone | Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
        };
    }
    let proximal = format!("airway, segmental or more proximal, {status}");
    match nodule.status {
        Status::Baseline => Verdict::new(Category::FourA, proximal),
        Status::Stable | Status::Growing | Status::SlowlyGrowing => {
            Verdict::new(Category::FourB, proximal)
        }
        Status::New => Verdict::open(
            "the table does not classify a new airway nodule that is segmental or more proximal",
        ),
        Status::GrowingTotalAlone | Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
    }
}

/// Atypical cysts. Their size is irrelevant, but growth of their chamber or their wall is not. Rows of the table for a cyst
/// without a status are applied to new ones too.
pub(super) fn cyst(nodule: &Nodule, wall: Option<CystWall>, multilocular: bool) -> Verdict {
    if nodule.status == Status::GrowingWall {
        return Verdict::new(Category::FourB, "cyst, wall or nodularity growing");
    }
    let first = match (wall, multilocular) {
        (_, true) => "multilocular",
        (Some(CystWall::Thick), false) => "thick-walled",
        _ => {
            return Verdict::open(
                "the table has no row for a cyst with one chamber and a thin wall",
            );
        }
    };
    let band = every(Category::FourA, first);
    match nodule.status {
        Status::Baseline => by_band("cyst, baseline", band),
        Status::New => by_band("cyst, new", band),
        Status::Stable => stable(nodule, "cyst", |_| band),
        Status::Growing if multilocular => {
            Verdict::open("the table does not classify a multilocular cyst whose chambers grow")
        }
        Status::Growing => Verdict::new(
            Category::Three,
            "cyst, thick-walled, cystic part growing (a growing wall or nodularity is a 4B)",
        ),
        Status::SlowlyGrowing => Verdict::open("the table has no row for a cyst that grows slowly"),
        Status::GrowingTotalAlone | Status::GrowingWall => Verdict::open(NOT_ITS_STATUS),
    }
}
