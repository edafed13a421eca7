//! Splits the slices of one series into stacks with one patient, study, time point, phase and kernel and the
//! same size, spacing and orientation.
//!
//! A SeriesInstanceUID guarantees none of this: reformats in other planes, localizers, second acquisitions at
//! the same positions, and, after careless anonymisation, other patients share one UID. Slices at the same
//! position are not dropped: they belong to different stacks.

use super::candidate::Candidate;
use super::order::without_copies;
use super::passes::passes;

/// Maximum number of stacks of a series; further slices are left out.
const MOST_STACKS: usize = 256;
/// Tolerance of direction cosines within a stack: about a third of a degree.
const SAME_COSINE: f64 = 0.006;
/// Tolerance of spacings within a stack, as a share.
const SAME_SPACING: f64 = 1e-3;

/// Slices that belong together, with remarks.
#[derive(Debug, Default)]
pub(super) struct Stack {
    pub frames: Vec<Candidate>,
    pub remarks: Vec<String>,
}

/// The stacks of one series.
#[derive(Debug, Default)]
pub(super) struct Parted {
    pub stacks: Vec<Stack>,
    /// Attributes in which the stacks differ, such as `size`; empty if there is one stack.
    pub differences: Vec<&'static str>,
    /// Slices beyond the maximum number of stacks.
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

/// Splits the slices of a series.
pub(super) fn part(candidates: Vec<Candidate>) -> Parted {
    let mut parted = Parted::default();
    let mut stacks: Vec<Vec<Candidate>> = Vec::new();
    let mut last = 0;
    for candidate in candidates {
        let alike = |stack: &Vec<Candidate>| {
            (stack.first()).is_some_and(|first| differences(first, &candidate).is_empty())
        };
        // Most slices belong to the stack of the previous one.
        let found = if stacks.get(last).is_some_and(alike) {
            Some(last)
        } else {
            stacks.iter().position(alike)
        };
        last = found.unwrap_or(stacks.len());
        if last == MOST_STACKS {
            parted.left_out.push(candidate);
        } else if let Some(stack) = stacks.get_mut(last) {
            stack.push(candidate);
        } else {
            let first = stacks.first().and_then(|stack| stack.first());
            let more = first.map(|first| differences(first, &candidate));
            parted.differ(more.unwrap_or_default());
            stacks.push(vec![candidate]);
        }
    }
    for stack in stacks {
        let mut remarks = Vec::new();
        let stack = without_copies(stack, &mut remarks);
        let mut reasons = Vec::new();
        for frames in passes(stack, &mut reasons) {
            let remarks = std::mem::take(&mut remarks);
            parted.stacks.push(Stack { frames, remarks });
        }
        parted.differ(reasons);
    }
    parted
}

/// Attributes in which two slices differ and which a stack shares.
fn differences(one: &Candidate, other: &Candidate) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let (first, second) = (&one.grouping, &other.grouping);
    if first.patient != second.patient {
        differences.push("patient");
    }
    if one.identity.study_uid != other.identity.study_uid {
        differences.push("study");
    }
    if one.time_point != other.time_point {
        differences.push("time point");
    }
    if one.phase != other.phase {
        differences.push("phase");
    }
    if one.other_values != other.other_values {
        differences.push("kind of values");
    }
    if one.rescale != other.rescale {
        differences.push("rescale");
    }
    differences.extend(first.marks.differences(&second.marks));
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
