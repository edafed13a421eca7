//! Parting the slices of one series into stacks that share size, spacing and orientation.
//!
//! A SeriesInstanceUID promises no geometry: reformats in other planes, overviews and second passes over the same
//! place are all found under one UID.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::order::collide;

/// The most stacks that one series is parted into; what fits none of them is left out.
const MOST_STACKS: usize = 256;
/// How far direction cosines may differ within a stack: about a third of a degree.
const SAME_COSINE: f64 = 0.006;
/// How far spacings may differ within a stack, as a share.
const SAME_SPACING: f64 = 1e-3;

/// The stacks of one series.
#[derive(Debug, Default)]
pub(super) struct Parted {
    pub stacks: Vec<Vec<Candidate>>,
    /// In what the stacks differ, such as `size`; empty where there is one.
    pub differences: Vec<&'static str>,
    /// Slices of more kinds than there may be stacks.
    pub left_out: Vec<Candidate>,
}

impl Parted {
    fn differ(&mut self, differences: Vec<&'static str>) {
        for difference in differences {
            if !self.differences.contains(&difference) {
                self.differences.push(difference);
            }
        }
    }
}

/// Parts the slices of a series.
pub(super) fn part(candidates: Vec<Candidate>) -> Parted {
    let mut parted = Parted::default();
    let mut last = 0;
    for candidate in candidates {
        let alike = |stack: &Vec<Candidate>| {
            (stack.first()).is_some_and(|first| differences(first, &candidate).is_empty())
        };
        // Most slices lie in the stack of the one before them.
        let found = if parted.stacks.get(last).is_some_and(alike) {
            Some(last)
        } else {
            parted.stacks.iter().position(alike)
        };
        last = found.unwrap_or(parted.stacks.len());
        if last == MOST_STACKS {
            parted.left_out.push(candidate);
        } else if let Some(stack) = parted.stacks.get_mut(last) {
            stack.push(candidate);
        } else {
            let first = parted.stacks.first().and_then(|stack| stack.first());
            let more = first.map(|first| differences(first, &candidate));
            parted.differ(more.unwrap_or_default());
            parted.stacks.push(vec![candidate]);
        }
    }
    let stacks = std::mem::take(&mut parted.stacks);
    for stack in stacks {
        let passes = passes(stack);
        if passes.len() > 1 {
            parted.differ(vec!["acquisition"]);
        }
        parted.stacks.extend(passes);
    }
    parted
}

/// In what two slices differ that a stack has in common.
fn differences(one: &Candidate, other: &Candidate) -> Vec<&'static str> {
    let mut differences = Vec::new();
    if (one.rows, one.columns) != (other.rows, other.columns) {
        differences.push("size");
    }
    let near = |a: f64, b: f64| (a - b).abs() <= SAME_SPACING * a.abs().max(b.abs());
    let same_spacing = match (one.spacing_mm, other.spacing_mm) {
        (Some([row, column]), Some([other_row, other_column])) => {
            near(row, other_row) && near(column, other_column)
        }
        (one, other) => one == other,
    };
    if !same_spacing {
        differences.push("spacing");
    }
    let same_orientation = match (one.orientation, other.orientation) {
        (Some(one), Some(other)) => {
            (one.iter().zip(other)).all(|(a, b)| (a - b).abs() <= SAME_COSINE)
        }
        (one, other) => one == other,
    };
    if !same_orientation {
        differences.push("orientation");
    }
    if let (Some(one), Some(other)) = (&one.frame_of_reference, &other.frame_of_reference)
        && one != other
    {
        differences.push("frame of reference");
    }
    differences
}

/// Parts a stack in which slices lie in the same place, by acquisition number, where that sets all of them apart:
/// phases of contrast or of breath that share one UID.
fn passes(stack: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    if !collide(&stack) {
        return vec![stack];
    }
    let mut passes: BTreeMap<Option<i32>, Vec<Candidate>> = BTreeMap::new();
    for candidate in &stack {
        let pass = passes.entry(candidate.acquisition_number).or_default();
        pass.push(candidate.clone());
    }
    // A scanner that numbers each slice makes as many passes as slices.
    let real = passes.len() > 1 && passes.values().all(|pass| pass.len() > 1 && !collide(pass));
    if real {
        passes.into_values().collect()
    } else {
        vec![stack]
    }
}
