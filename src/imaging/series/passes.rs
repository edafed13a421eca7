//! Separates acquisitions at the same positions that share a series, a geometry and all attributes compared
//! before.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::order::{SAME_PLACE_MM, by_number, collide, heights};

/// Name of an attribute, and a function that reads it from a slice.
type Mark = (&'static str, fn(&Candidate) -> Option<String>);

/// Attributes that may separate acquisitions, the most specific first.
const MARKS: [Mark; 6] = [
    ("acquisition", |slice| {
        Some(slice.acquisition_number?.to_string())
    }),
    ("file", |slice| {
        let many = slice.frames_in_file > 1;
        many.then(|| slice.source.path.to_string_lossy().into_owned())
    }),
    ("trigger time", |slice| slice.grouping.trigger.clone()),
    ("tube voltage", |slice| slice.grouping.voltage.clone()),
    ("image type", |slice| slice.grouping.image_type.clone()),
    ("acquisition time", |slice| slice.grouping.acquired.clone()),
];

/// Splits a stack with several slices at the same position: contrast or respiratory phases, energies, several
/// volumes of one scan. Each result has one slice at each position.
///
/// By the first attribute that separates them; else by instance number: the first slice at each position, the
/// second, and so on. Adds the differences to `reasons`.
pub(super) fn passes(
    stack: Vec<Candidate>,
    reasons: &mut Vec<&'static str>,
) -> Vec<Vec<Candidate>> {
    by_marks(stack, &MARKS, reasons)
}

fn by_marks(
    stack: Vec<Candidate>,
    marks: &[Mark],
    reasons: &mut Vec<&'static str>,
) -> Vec<Vec<Candidate>> {
    if !collide(&stack) {
        return vec![stack];
    }
    let Some(((name, mark), marks)) = marks.split_first() else {
        reasons.push("instance number alone");
        return by_rank(stack);
    };
    let mut groups: BTreeMap<Option<String>, Vec<Candidate>> = BTreeMap::new();
    for slice in &stack {
        groups.entry(mark(slice)).or_default().push(slice.clone());
    }
    // A scanner that stores a time for each slice gives as many groups as slices.
    let few = groups.len() <= most_in_a_place(&stack);
    let clean = (groups.values()).all(|group| group.len() > 1 && !collide(group));
    if groups.len() == 1 || !(few || clean) {
        return by_marks(stack, marks, reasons);
    }
    reasons.push(name);
    let groups = groups.into_values();
    groups
        .flat_map(|group| by_marks(group, marks, reasons))
        .collect()
}

/// The slices with their height, lowest first.
fn sorted(stack: Vec<Candidate>) -> Vec<(f64, Candidate)> {
    let heights = heights(&stack).map_or_else(|| vec![0.0; stack.len()], |(_, heights)| heights);
    let mut placed: Vec<_> = heights.into_iter().zip(stack).collect();
    placed.sort_by(|(low, _), (high, _)| low.total_cmp(high));
    placed
}

/// Runs of slices at the same position as the run's first one.
fn places(stack: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut places: Vec<Vec<Candidate>> = Vec::new();
    let mut first = f64::NEG_INFINITY;
    for (height, slice) in sorted(stack) {
        match places.last_mut() {
            Some(place) if height - first < SAME_PLACE_MM => place.push(slice),
            _ => {
                first = height;
                places.push(vec![slice]);
            }
        }
    }
    places
}

fn most_in_a_place(stack: &[Candidate]) -> usize {
    let places = places(stack.to_vec()).into_iter();
    places.map(|place| place.len()).max().unwrap_or_default()
}

fn by_rank(stack: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut passes: Vec<Vec<Candidate>> = Vec::new();
    for mut place in places(stack) {
        place.sort_by(by_number);
        for (rank, slice) in place.into_iter().enumerate() {
            match passes.get_mut(rank) {
                Some(pass) => pass.push(slice),
                None => passes.push(vec![slice]),
            }
        }
    }
    passes
}
