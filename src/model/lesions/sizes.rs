//! Sizes of proposed lesions, measured by region growing from their positions.

use crate::cancel::Cancel;
use crate::clinical::assessment::{Assessment, Lesion, LesionSize};
use crate::imaging::Series;
use crate::imaging::region::{self, NON_SOLID_HU, Region, SOLID_HU, Seed};

/// Number of lesions that are measured; the others are less suspicious.
const MEASURED: usize = 10;
/// Maximum distance of a region from the proposed position, in mm; or its mean radius if that is more.
const NEAREST_MM: f64 = 5.0;
/// Maximum ratio of the measured to the estimated diameter, plus some mm: a larger region is a vessel, the
/// heart or the chest wall.
const LARGEST_FACTOR: f64 = 2.5;
const LARGEST_MORE_MM: f64 = 6.0;
/// Minimum ratio of the measured to the estimated diameter: a smaller region is a part of the lesion, or a
/// vessel beside it.
const SMALLEST_FACTOR: f64 = 0.4;
/// Minimum diameter of a region, in mm; a smaller one is noise.
const SMALLEST_MM: f64 = 2.0;

/// Measures the most suspicious lesions of `assessment`, the answer for `series`: in three dimensions, or on
/// one slice if the slices are too far apart. A lesion whose edge is not found gets no size.
pub fn measure(assessment: &mut Assessment, series: &Series, cancel: &Cancel) {
    for lesion in assessment.lesions.iter_mut().take(MEASURED) {
        lesion.size = size(lesion, series, cancel).or_else(|| on_slice(lesion, series, cancel));
    }
}

/// The size on the lesion's slice only.
fn on_slice(lesion: &Lesion, series: &Series, cancel: &Cancel) -> Option<LesionSize> {
    if series.len() < 2 {
        return None;
    }
    let scan = series.slice(lesion.slice.checked_sub(1)?).ok()?;
    let alone = Lesion {
        slice: 1,
        ..*lesion
    };
    let size = size(&alone, &Series::of_scan(scan.as_ref().clone()), cancel)?;
    Some(LesionSize {
        slice: lesion.slice,
        ..size
    })
}

/// The size by the threshold of solid nodules, otherwise by that of ground glass: from the first region with a
/// plausible size.
fn size(lesion: &Lesion, series: &Series, cancel: &Cancel) -> Option<LesionSize> {
    let seeds = seeds(lesion, series);
    [SOLID_HU, NON_SOLID_HU]
        .into_iter()
        .find_map(|threshold_hu| {
            let mut regions = seeds.iter().filter_map(|seed| {
                let region = region::grow(series, *seed, threshold_hu, cancel).ok()?;
                is_plausible(lesion, &region, series).then_some(region)
            });
            let region = regions.next()?;
            Some(LesionSize {
                long_mm: region.long.mm,
                short_mm: region.short.mm,
                volume_mm3: region.volume_mm3,
                threshold_hu,
                slice: region.slice + 1,
                ends: [
                    region.long.from,
                    region.long.to,
                    region.short.from,
                    region.short.to,
                ],
            })
        })
}

/// The proposed position, and positions around it: the network's map has one value for every eighth pixel, so a
/// small lesion may be beside it.
fn seeds(lesion: &Lesion, series: &Series) -> Vec<Seed> {
    let Some(slice) = lesion.slice.checked_sub(1) else {
        return Vec::new();
    };
    let spacing = series.geometry.spacing_mm.unwrap_or([1.0; 2]);
    let reach = (lesion.diameter_mm.unwrap_or_default() / 4.0).clamp(2.0, NEAREST_MM);
    let around = [0.0, reach, -reach];
    let mut places: Vec<[f64; 2]> = around
        .iter()
        .flat_map(|down| around.map(|across| [*down, across]))
        .collect();
    places.sort_by(|a, b| a[0].hypot(a[1]).total_cmp(&b[0].hypot(b[1])));
    let pixel = |at: f64, by_mm: f64, spacing: f64| (at + by_mm / spacing).round().max(0.0) as u32;
    places
        .into_iter()
        .map(|[down, across]| Seed {
            slice,
            row: pixel(lesion.row, down, spacing[0]),
            column: pixel(lesion.column, across, spacing[1]),
        })
        .collect()
}

fn is_plausible(lesion: &Lesion, region: &Region, series: &Series) -> bool {
    let Some(spacing) = series.geometry.spacing_mm else {
        return false;
    };
    let diameter = region.mean_diameter_mm();
    let [from, to] = [region.long.from, region.long.to];
    let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
    let apart =
        ((middle[0] - lesion.row) * spacing[0]).hypot((middle[1] - lesion.column) * spacing[1]);
    let [smallest, largest] = match lesion.diameter_mm {
        Some(expected) => [
            SMALLEST_MM.max(SMALLEST_FACTOR * expected),
            LARGEST_FACTOR * expected + LARGEST_MORE_MM,
        ],
        None => [SMALLEST_MM, f64::INFINITY],
    };
    (smallest..=largest).contains(&diameter) && apart <= NEAREST_MM.max(diameter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::{DecisionRule, ModelIdentity};
    use crate::clinical::nodule::NoduleType;
    use crate::imaging::phantom::{Grid, Kind, Lobe, Nodule, Phantom};

    /// The measured size of a proposal at this distance in mm from the centre of a nodule, for an estimate of
    /// `expected_mm`.
    fn proposed(
        kind: Kind,
        diameter_mm: f64,
        miss_mm: f64,
        expected_mm: f64,
    ) -> Option<LesionSize> {
        let whole = Grid::chest(512, 0.7, 300, 1.0);
        let mut phantom = Phantom::new(3);
        let ball = Nodule::ball(kind, [0.0; 3], diameter_mm);
        let nodule = phantom.put_into(Lobe::ALL[0], ball, &whole).unwrap();
        let grid = Grid::around(nodule.centre_mm, diameter_mm + 45.0, 0.7, 1.0);
        let [slice, row, column] = grid.place(nodule.centre_mm);
        let place = [row + miss_mm / 0.7, column];
        let mut assessment = answer(slice.round() as usize + 1, place, expected_mm);
        measure(&mut assessment, &phantom.series(&grid), &Cancel::default());
        assessment.lesions[0].size
    }

    /// An answer with one lesion, on a slice counted from 1.
    fn answer(slice: usize, [row, column]: [f64; 2], expected_mm: f64) -> Assessment {
        let lesion = Lesion {
            slice,
            row,
            column,
            position_mm: None,
            diameter_mm: Some(expected_mm),
            size: None,
            malignancy_probability: 0.9,
        };
        let rule = DecisionRule {
            threshold: 0.5,
            indeterminate_from: 0.4,
            indeterminate_to: 0.6,
            sensitivity: 0.9,
            specificity: 0.9,
            prevalence: 0.4,
        };
        let model = ModelIdentity {
            id: "lesions".into(),
            sha256: "00".into(),
        };
        Assessment::of_lesions(0.9, vec![lesion], rule, model)
    }

    #[test]
    fn a_nodule_is_measured_from_a_position_beside_its_centre() {
        for (kind, nodule_type) in [
            (Kind::Solid, NoduleType::Solid),
            (Kind::NonSolid, NoduleType::NonSolid),
        ] {
            for miss_mm in [0.0, 2.0, 3.5] {
                let size = proposed(kind, 9.0, miss_mm, 8.0).unwrap();
                let mean = (size.long_mm + size.short_mm) / 2.0;
                assert!((mean - 9.0).abs() < 0.8, "{kind:?}, {miss_mm}: {mean}");
                assert_eq!(size.nodule_type(), nodule_type);
            }
        }
    }

    #[test]
    fn on_distant_slices_a_nodule_is_measured_on_one_slice() {
        let mut phantom = Phantom::new(3);
        let whole = Grid::chest(512, 0.7, 300, 1.0);
        let ball = Nodule::ball(Kind::Solid, [0.0; 3], 9.0);
        let nodule = phantom.put_into(Lobe::ALL[0], ball, &whole).unwrap();
        let grid = Grid {
            slices: 3,
            step_mm: 30.0,
            origin_mm: {
                let [x, y, z] = Grid::around(nodule.centre_mm, 54.0, 0.7, 1.0).origin_mm;
                [x, y, z + 27.0 - 30.0]
            },
            ..Grid::around(nodule.centre_mm, 54.0, 0.7, 1.0)
        };
        let [slice, row, column] = grid.place(nodule.centre_mm);
        let mut assessment = answer(slice.round() as usize + 1, [row, column], 8.0);
        let series = phantom.series(&grid);
        measure(&mut assessment, &series, &Cancel::default());
        let size = assessment.lesions[0].size.unwrap();
        assert_eq!(size.slice, 2);
        assert!((size.long_mm - 9.0).abs() < 1.0, "{size:?}");
    }

    #[test]
    fn a_region_far_larger_or_smaller_than_expected_is_rejected() {
        assert!(proposed(Kind::Solid, 26.0, 0.0, 20.0).is_some());
        assert_eq!(proposed(Kind::Solid, 26.0, 0.0, 5.0), None);
        assert_eq!(proposed(Kind::Solid, 6.0, 0.0, 20.0), None);
    }
}
