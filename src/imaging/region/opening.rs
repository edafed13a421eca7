//! Cutting a nodule off from the vessels and the chest wall that it touches.

use super::crop::Crop;
use super::{RegionError, distance};
use crate::cancel::Cancel;

/// Share of the nodule's own radius by which it is eroded, gentlest first. From the first that sets the nodule free.
const EROSIONS: [f64; 7] = [0.0, 0.3, 0.45, 0.6, 0.7, 0.8, 0.88];

/// How many of its own inscribed radii a nodule may reach from its middle: one twice as long as wide does.
const FARTHEST_RADII: f64 = 2.4;

/// A nodule that was cut free.
#[derive(Debug)]
pub(super) struct Body {
    /// The voxels of the nodule.
    pub inside: Vec<bool>,
    /// How far each voxel lies within the opened nodule, in mm: 0 on its border, negative outside. Infinite when nothing
    /// had to be cut, so that the values alone say where it ends.
    pub depth_mm: Vec<f32>,
}

/// What hangs together with the seed after the gentlest opening that sets it free, or nothing.
pub(super) fn body(
    crop: &Crop,
    threshold_hu: i16,
    cancel: &Cancel,
) -> Result<Option<Body>, RegionError> {
    let above: Vec<bool> = (crop.values.iter())
        .map(|&value| value >= threshold_hu)
        .collect();
    let seed = bright_seed(crop, &above).ok_or(RegionError::BelowThreshold { threshold_hu })?;
    let squared = distance::squared(crop.size, crop.spacing_mm, |index| !above[index]);
    let deep: Vec<f32> = squared.into_iter().map(f32::sqrt).collect();
    let middle = summit(crop, &deep, seed);
    let radius = deep[crop.index(middle)];
    if !radius.is_finite() {
        return Ok(None);
    }
    let radius_mm = f64::from(radius);
    let fine_mm = crop.spacing_mm[1].min(crop.spacing_mm[2]);
    for share in EROSIONS {
        if cancel.is_cancelled() {
            return Err(RegionError::Cancelled);
        }
        let erosion_mm = share * radius_mm;
        // Within the erosion's reach every voxel is cut at the same depth; less than a pixel changes nothing.
        if share > 0.0 && erosion_mm < 0.6 * fine_mm {
            continue;
        }
        let farthest_mm = FARTHEST_RADII * radius_mm + fine_mm - erosion_mm;
        let Some(core) = component(crop, middle, farthest_mm, |index| {
            above[index] && f64::from(deep[index]) > erosion_mm
        }) else {
            continue;
        };
        if share == 0.0 {
            let depth_mm = vec![f32::INFINITY; core.len()];
            return Ok(Some(Body {
                inside: core,
                depth_mm,
            }));
        }
        let to_core = distance::squared(crop.size, crop.spacing_mm, |index| core[index]);
        let depth_mm: Vec<f32> = to_core
            .into_iter()
            .map(|squared| erosion_mm as f32 - squared.sqrt())
            .collect();
        let inside = above
            .iter()
            .zip(&depth_mm)
            .map(|(&above, &depth)| above && depth >= 0.0);
        let inside: Vec<bool> = inside.collect();
        return Ok(Some(Body { inside, depth_mm }));
    }
    Ok(None)
}

/// The seed, or the brightest voxel beside it: a click may miss a small nodule by two pixels.
fn bright_seed(crop: &Crop, above: &[bool]) -> Option<[usize; 3]> {
    let [slice, row, column] = crop.seed;
    if above[crop.index(crop.seed)] {
        return Some(crop.seed);
    }
    let rows = row.saturating_sub(2)..(row + 3).min(crop.size[1]);
    rows.flat_map(|row| {
        (column.saturating_sub(2)..(column + 3).min(crop.size[2]))
            .map(move |column| [slice, row, column])
    })
    .filter(|&place| above[crop.index(place)])
    .max_by_key(|&place| crop.values[crop.index(place)])
}

/// The nearest place uphill from which every step leads nearer to the border.
fn summit(crop: &Crop, deep: &[f32], from: [usize; 3]) -> [usize; 3] {
    let mut at = from;
    loop {
        let depth = deep[crop.index(at)];
        let steeper = crop
            .neighbours(at)
            .max_by(|&one, &other| deep[crop.index(one)].total_cmp(&deep[crop.index(other)]));
        match steeper {
            Some(next) if deep[crop.index(next)] > depth => at = next,
            _ => return at,
        }
    }
}

/// Every voxel that `is_in` and hangs together with `from`; nothing when that reaches farther than `farthest_mm` or a cut
/// side of the crop.
fn component(
    crop: &Crop,
    from: [usize; 3],
    farthest_mm: f64,
    is_in: impl Fn(usize) -> bool,
) -> Option<Vec<bool>> {
    let mut inside = vec![false; crop.values.len()];
    let mut waiting = vec![from];
    inside[crop.index(from)] = true;
    while let Some(place) = waiting.pop() {
        if crop.is_cut(place) || crop.distance_mm(place, from) > farthest_mm {
            return None;
        }
        for next in crop.neighbours(place) {
            let index = crop.index(next);
            if !inside[index] && is_in(index) {
                inside[index] = true;
                waiting.push(next);
            }
        }
    }
    Some(inside)
}
