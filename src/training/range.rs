//! The training distribution of a network's features, and the limit from which a slice is out of distribution.

use super::plan::Plan;
use crate::model::out_of_distribution::{COMPONENTS, Limit, OutOfDistribution};

/// Fits the distribution of the features of all slices by the final network, `(slices, features)`, and a limit
/// from the plan's parts: the test slices of each part are compared with its training slices, by the features
/// `of_part(part, slice)` of the network that was trained without them.
///
/// `None` if there are too few slices, or no variation among them.
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
