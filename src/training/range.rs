//! What the network's features look like on slices that it may have learnt from, and from where on a slice is
//! unlike them.

use super::plan::Plan;
use crate::model::out_of_distribution::{COMPONENTS, Limit, OutOfDistribution};

/// Describes the features of all slices by the final network, `(slices, features)`, with a limit from slices
/// of the plan's parts: each part's judged slices are held against its training slices, by the features of
/// the network that was learnt without them, `of_part(part, slice)`.
///
/// Nothing where there are too few slices to describe, or no variation among them.
pub fn measure<'a>(
    plan: &Plan,
    of_part: impl Fn(usize, usize) -> &'a [f32],
    finally: &[&[f32]],
) -> Option<(OutOfDistribution, Limit)> {
    let mut distances = Vec::new();
    for (number, part) in plan.parts.iter().enumerate() {
        let rows = |slices: &[usize]| -> Vec<&'a [f32]> {
            slices.iter().map(|slice| of_part(number, *slice)).collect()
        };
        let known = OutOfDistribution::fit(&rows(&part.training), COMPONENTS)?;
        distances.extend(rows(&part.test).into_iter().map(|row| known.distance(row)));
    }
    let limit = Limit::from_held_out(&distances)?;
    Some((OutOfDistribution::fit(finally, COMPONENTS)?, limit))
}
