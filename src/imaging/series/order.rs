//! Orders the slices of one stack, with remarks on unusual positions.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Candidate, counted, dot, names, normal};
use super::natural::by_name;

/// Maximum coordinate of a valid position.
const FARTHEST_MM: f64 = 1e6;
/// Maximum distance of slices at the same position, in mm.
pub(super) const SAME_PLACE_MM: f64 = 0.01;
/// Ratio of a step to the usual one from which it is a gap.
const GAP: f64 = 1.5;
/// Tolerance of a step from the usual one without a remark: a share of it, and mm.
const UNEVEN: f64 = 0.05;
const UNEVEN_MM: f64 = 0.02;
/// Minimum tilt for a remark, in degrees.
const LEAST_TILT: f64 = 1.0;
/// Least number of equal gaps in a row that are another spacing.
const LEAST_RUN: usize = 3;
/// Maximum number of gaps that are listed, and of changes of the spacing.
const MOST_NAMED_GAPS: usize = 3;

/// Slices in order.
#[derive(Debug)]
pub(super) struct Ordered {
    pub frames: Vec<Candidate>,
    /// The median distance of neighbours along the normal, in mm.
    pub step_mm: Option<f64>,
    pub remarks: Vec<String>,
}

/// Attribute that determines the order of the frames of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// (0020,0032) ImagePositionPatient, along the normal that points to the head.
    Position,
    /// (0020,1041) SliceLocation.
    Location,
    /// (0020,0013) InstanceNumber.
    Number,
}

/// Orders the frames of one stack, which share size, spacing and orientation, and adds to its remarks.
///
/// By position along the normal if every frame states one; else by slice location or instance number if every
/// frame has one; else by name in natural order, and frame. For axial slices the lowest one comes first.
pub(super) fn order(frames: Vec<Candidate>, mut remarks: Vec<String>) -> Ordered {
    match heights(&frames) {
        Some((Basis::Position, heights)) => by_position(frames, heights, remarks),
        Some((basis, heights)) => {
            let frames = by_heights(frames, heights);
            let frames = from_the_feet(frames);
            remarks.extend(without_position(&frames, Some(basis)));
            Ordered {
                frames,
                step_mm: None,
                remarks,
            }
        }
        None => {
            let frames = from_the_feet(by_name_and_frame(frames));
            remarks.extend(without_position(&frames, None));
            Ordered {
                frames,
                step_mm: None,
                remarks,
            }
        }
    }
}

/// True if two frames of a stack are at the same position.
pub(super) fn collide(frames: &[Candidate]) -> bool {
    let Some((_, mut heights)) = heights(frames) else {
        return false;
    };
    heights.sort_by(f64::total_cmp);
    heights
        .windows(2)
        .any(|pair| matches!(pair, [low, high] if high - low < SAME_PLACE_MM))
}

/// True if slices at these heights are equally far from one another.
pub(super) fn is_even(mut heights: Vec<f64>) -> bool {
    heights.sort_by(f64::total_cmp);
    let steps = heights.windows(2).map(|pair| match pair {
        [low, high] => high - low,
        _ => 0.0,
    });
    let (least, most) = steps.fold((f64::INFINITY, 0.0f64), |(least, most), step| {
        (least.min(step), most.max(step))
    });
    most - least <= (UNEVEN * most).max(UNEVEN_MM)
}

/// Height of each frame, and the attribute it comes from; `None` if no attribute is present in all frames and
/// different.
pub(super) fn heights(frames: &[Candidate]) -> Option<(Basis, Vec<f64>)> {
    let all = |height: &dyn Fn(&Candidate) -> Option<f64>| {
        let heights: Option<Vec<f64>> = frames.iter().map(height).collect();
        heights.filter(|heights| heights.len() == 1 || differ(heights))
    };
    let normal = upward(frames.first()?);
    let position = |frame: &Candidate| along(frame, normal?);
    let number = |frame: &Candidate| frame.source.instance_number.map(f64::from);
    None.or_else(|| Some((Basis::Position, all(&position)?)))
        .or_else(|| Some((Basis::Location, all(&|frame| frame.slice_location)?)))
        .or_else(|| Some((Basis::Number, all(&number)?)))
}

fn differ(heights: &[f64]) -> bool {
    let low = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let high = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    high - low >= SAME_PLACE_MM
}

/// The normal of a frame, towards the head for axial ones: independent of the directions of rows and columns.
fn upward(frame: &Candidate) -> Option<[f64; 3]> {
    let [x, y, z] = normal(frame.orientation?)?;
    let downward = z < 0.0 && z.abs() >= x.abs().max(y.abs());
    Some(if downward { [-x, -y, -z] } else { [x, y, z] })
}

/// Position of a frame along `normal`, in mm.
fn along(frame: &Candidate, normal: [f64; 3]) -> Option<f64> {
    let height = dot(frame.source.position_mm?, normal);
    (height.abs() < FARTHEST_MM).then_some(height)
}

/// Removes duplicates of the same slice: same SOPInstanceUID, position, number and all compared attributes.
/// Returns the others in the order of their names and frames.
///
/// The UID alone is not sufficient: some exports give all slices the same one. So slices that state neither position nor
/// number are no copies.
pub(super) fn without_copies(
    mut frames: Vec<Candidate>,
    remarks: &mut Vec<String>,
) -> Vec<Candidate> {
    frames.sort_by(|one, other| {
        let (one, other) = (&one.source, &other.source);
        by_name(&one.path, &other.path).then(one.frame.cmp(&other.frame))
    });
    let mut seen = HashSet::new();
    let (kept, copies): (Vec<Candidate>, Vec<Candidate>) = frames.into_iter().partition(|frame| {
        let source = &frame.source;
        let place = source.position_mm.map(|place| place.map(f64::to_bits));
        let uid = source.sop_instance_uid.as_ref();
        let uid = uid.filter(|_| place.is_some() || source.instance_number.is_some());
        uid.is_none_or(|uid| {
            let compared = Arc::clone(&frame.grouping);
            seen.insert((
                uid.clone(),
                source.frame,
                place,
                source.instance_number,
                compared,
            ))
        })
    });
    if !copies.is_empty() {
        remarks.push(format!(
            "{} left out: {}",
            counted(copies.len(), "duplicate slice was", "duplicate slices were"),
            names(&copies)
        ));
    }
    let uids = (kept.iter())
        .filter_map(|frame| Some((frame.source.sop_instance_uid.as_ref()?, frame.source.frame)));
    let unique: HashSet<_> = uids.clone().collect();
    let shared = uids.count() - unique.len();
    if shared > 0 {
        remarks.push(format!(
            "{} the SOP instance UID of another slice",
            counted(shared, "slice has", "slices have")
        ));
    }
    kept
}

fn by_position(frames: Vec<Candidate>, heights: Vec<f64>, mut remarks: Vec<String>) -> Ordered {
    let mut sorted = heights.clone();
    sorted.sort_by(f64::total_cmp);
    let frames = by_heights(frames, heights);
    let step_mm = steps(&sorted, &mut remarks).filter(|&step| step > 0.0);
    remarks.extend(tilt(&frames));
    Ordered {
        frames,
        step_mm,
        remarks,
    }
}

fn by_heights(frames: Vec<Candidate>, heights: Vec<f64>) -> Vec<Candidate> {
    let mut placed: Vec<(f64, Candidate)> = heights.into_iter().zip(frames).collect();
    placed.sort_by(|(low, one), (high, other)| {
        low.total_cmp(high).then_with(|| by_number(one, other))
    });
    placed.into_iter().map(|(_, frame)| frame).collect()
}

/// By instance number, then by name and frame.
pub(super) fn by_number(one: &Candidate, other: &Candidate) -> Ordering {
    let (one, other) = (&one.source, &other.source);
    (one.instance_number.cmp(&other.instance_number))
        .then_with(|| by_name(&one.path, &other.path))
        .then(one.frame.cmp(&other.frame))
}

fn by_name_and_frame(mut frames: Vec<Candidate>) -> Vec<Candidate> {
    frames.sort_by(|one, other| {
        let (one, other) = (&one.source, &other.source);
        by_name(&one.path, &other.path).then(one.frame.cmp(&other.frame))
    });
    frames
}

/// Reverses the order if the frames that state a position show that it runs from the head to the feet.
fn from_the_feet(mut frames: Vec<Candidate>) -> Vec<Candidate> {
    let known = |frame: &Candidate| along(frame, upward(frame)?);
    let first = frames.iter().find_map(known);
    let last = frames.iter().rev().find_map(known);
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        frames.reverse();
    }
    frames
}

/// The usual step, and remarks on gaps and uneven steps.
fn steps(heights: &[f64], remarks: &mut Vec<String>) -> Option<f64> {
    let step = |pair: &[f64]| match pair {
        [low, high] => high - low,
        _ => 0.0,
    };
    let steps: Vec<f64> = heights.windows(2).map(step).collect();
    let mut sorted = steps.clone();
    sorted.sort_by(f64::total_cmp);
    // The lower median: if every second slice is missing, the others give the step.
    let usual = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    let gaps: Vec<usize> = (0..steps.len())
        .filter(|&index| steps.get(index).is_some_and(|&step| step > GAP * usual))
        .collect();
    let (changes, gaps) = runs(&gaps, &steps);
    for change in changes.iter().take(MOST_NAMED_GAPS) {
        remarks.push(format!(
            "the slices from {} to {} are {:.2} mm apart, where {usual:.2} mm are usual: the spacing changes",
            change.start + 1,
            change.end + 1,
            steps.get(change.start).copied().unwrap_or_default()
        ));
    }
    for &index in gaps.iter().take(MOST_NAMED_GAPS) {
        let step = steps.get(index).copied().unwrap_or_default();
        let missing = (step / usual).round() - 1.0;
        let missing = match missing {
            ..=1.0 => "a slice seems to be missing".to_owned(),
            _ => format!("{missing:.0} slices seem to be missing"),
        };
        remarks.push(format!(
            "gap of {step:.2} mm between slices {} and {}, where {usual:.2} mm are usual: {missing}",
            index + 1,
            index + 2
        ));
    }
    if gaps.len() > MOST_NAMED_GAPS {
        remarks.push(format!(
            "{} of that kind",
            counted(gaps.len() - MOST_NAMED_GAPS, "more gap", "more gaps")
        ));
    }
    let close = steps.iter().filter(|&&step| step <= GAP * usual);
    let (least, most) = close.fold((usual, usual), |(least, most), &step| {
        (least.min(step), most.max(step))
    });
    if most - least > (UNEVEN * usual).max(UNEVEN_MM) {
        remarks.push(format!(
            "the slices are unevenly spaced, {least:.2} to {most:.2} mm apart; {usual:.2} mm are usual"
        ));
    }
    // Positions are decimal numbers of a few digits; their differences are too, except for rounding.
    Some((usual * 1e6).round() / 1e6)
}

/// Runs of equal gaps, which are another spacing and no missing slices, and the gaps that are not in one. Gaps and runs are
/// counted by steps.
fn runs(gaps: &[usize], steps: &[f64]) -> (Vec<Range<usize>>, Vec<usize>) {
    let step = |index: usize| steps.get(index).copied().unwrap_or_default();
    let same = |&one: &usize, &next: &usize| {
        next == one + 1 && (step(next) - step(one)).abs() <= UNEVEN_MM
    };
    let (mut changes, mut others) = (Vec::new(), Vec::new());
    for run in gaps.chunk_by(same) {
        match run {
            [first, .., last] if run.len() >= LEAST_RUN => changes.push(*first..last + 1),
            run => others.extend(run),
        }
    }
    (changes, others)
}

/// A remark if each slice is shifted against its neighbour, as with a tilted gantry.
fn tilt(frames: &[Candidate]) -> Option<String> {
    let (first, last) = (frames.first()?, frames.last()?);
    let normal = upward(first)?;
    let (low, high) = (first.source.position_mm?, last.source.position_mm?);
    let way = [0, 1, 2].map(|axis: usize| {
        high.get(axis).copied().unwrap_or_default() - low.get(axis).copied().unwrap_or_default()
    });
    let along = dot(way, normal);
    let across = (dot(way, way) - along * along).max(0.0).sqrt();
    let degrees = across.atan2(along).to_degrees();
    (along > 0.0 && degrees > LEAST_TILT).then(|| {
        format!("the slices are shifted against each other by {degrees:.1}° (a tilted gantry)")
    })
}

/// A remark on slices that are not ordered by position.
fn without_position(frames: &[Candidate], basis: Option<Basis>) -> Option<String> {
    let first = frames.first()?;
    let medical = frames.iter().any(|frame| frame.identity.modality.is_some());
    let several_files = (frames.iter()).any(|frame| frame.source.path != first.source.path);
    if !medical || frames.len() < 2 {
        return None;
    }
    let silent = (frames.iter())
        .filter(|frame| frame.source.position_mm.is_none() || frame.orientation.is_none())
        .count();
    if !several_files {
        let why = match silent {
            0 => format!("all {} frames state the same position", frames.len()),
            silent => counted(
                silent,
                "frame states no position of its own",
                "frames state no positions of their own",
            ),
        };
        return Some(format!("{why}, so the frames are in the order of the file"));
    }
    let why = match silent {
        0 => format!("all {} slices state the same position", frames.len()),
        silent => counted(
            silent,
            "slice states no position",
            "slices state no position",
        ),
    };
    let by = match basis {
        Some(Basis::Location) => "slice location",
        Some(Basis::Number | Basis::Position) => "instance number",
        None => "file name",
    };
    Some(format!("{why}, so the slices are ordered by {by}"))
}
