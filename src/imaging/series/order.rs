//! Putting the slices of one stack in order, and saying what is unusual about where they lie.

use std::collections::HashSet;

use super::candidate::{Candidate, counted, dot, names, normal};
use super::natural::by_name;

/// No patient is longer; a position farther off is no position.
const FARTHEST_MM: f64 = 1e6;
/// Slices nearer to each other than this lie in the same place, in mm.
const SAME_PLACE_MM: f64 = 0.01;
/// A step of more than this many usual ones is a gap.
const GAP: f64 = 1.5;
/// How far a step may differ from the usual one before it is worth a word: a share of it, and mm.
const UNEVEN: f64 = 0.05;
const UNEVEN_MM: f64 = 0.02;
/// A tilt worth a word, in degrees.
const LEAST_TILT: f64 = 1.0;
/// How many gaps are named one by one.
const MOST_NAMED_GAPS: usize = 3;

/// Slices in order.
#[derive(Debug)]
pub(super) struct Ordered {
    pub frames: Vec<Candidate>,
    /// The median distance of neighbours along the normal, in mm.
    pub step_mm: Option<f64>,
    pub remarks: Vec<String>,
}

/// Orders the frames of one stack, which share size, spacing and orientation; takes out those that are there twice.
///
/// By position along the normal where every frame states one; else by instance number where every frame has one;
/// else by name, as people count, and frame.
pub(super) fn order(frames: Vec<Candidate>) -> Ordered {
    let mut remarks = Vec::new();
    let frames = without_copies(frames, &mut remarks);
    match heights(&frames) {
        Some(heights) => by_position(frames, heights, remarks),
        None => {
            let frames = by_number(frames, &mut remarks);
            Ordered {
                frames,
                step_mm: None,
                remarks,
            }
        }
    }
}

/// Whether two frames of a stack lie in the same place.
pub(super) fn collide(frames: &[Candidate]) -> bool {
    let Some(mut heights) = heights(frames) else {
        return false;
    };
    heights.sort_by(f64::total_cmp);
    heights
        .windows(2)
        .any(|pair| matches!(pair, [low, high] if high - low < SAME_PLACE_MM))
}

/// Where each frame lies along the normal of the first one, in mm; nothing unless all of them say so.
fn heights(frames: &[Candidate]) -> Option<Vec<f64>> {
    let normal = normal(frames.first()?.orientation?)?;
    let height = |frame: &Candidate| {
        let height = dot(frame.source.position_mm?, normal);
        (height.abs() < FARTHEST_MM).then_some(height)
    };
    frames.iter().map(height).collect()
}

/// Takes out second files of the same slice: same SOPInstanceUID, place and number.
///
/// The UID alone does not do: some exports give all slices the same one.
fn without_copies(mut frames: Vec<Candidate>, remarks: &mut Vec<String>) -> Vec<Candidate> {
    frames.sort_by(|one, other| by_name(&one.source.path, &other.source.path));
    let mut seen = HashSet::new();
    let (kept, copies): (Vec<Candidate>, Vec<Candidate>) = frames.into_iter().partition(|frame| {
        let source = &frame.source;
        let place = source.position_mm.map(|place| place.map(f64::to_bits));
        (source.sop_instance_uid.as_ref()).is_none_or(|uid| {
            seen.insert((uid.clone(), source.frame, place, source.instance_number))
        })
    });
    if !copies.is_empty() {
        remarks.push(format!(
            "{} there twice, left out once: {}",
            counted(copies.len(), "slice is", "slices are"),
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
    let mut placed: Vec<(f64, Candidate)> = heights.into_iter().zip(frames).collect();
    // The sort is stable, and they come in the order of their names.
    placed.sort_by(|(low, one), (high, other)| {
        low.total_cmp(high).then(
            one.source
                .instance_number
                .cmp(&other.source.instance_number),
        )
    });
    let mut heights: Vec<f64> = Vec::with_capacity(placed.len());
    let (mut frames, mut doubles) = (Vec::with_capacity(placed.len()), Vec::new());
    for (height, frame) in placed {
        if heights
            .last()
            .is_some_and(|last| height - last < SAME_PLACE_MM)
        {
            doubles.push(frame);
        } else {
            heights.push(height);
            frames.push(frame);
        }
    }
    if !doubles.is_empty() {
        remarks.push(format!(
            "{} where another slice lies, left out: {}",
            counted(doubles.len(), "slice lies", "slices lie"),
            names(&doubles)
        ));
    }
    let step_mm = steps(&heights, &mut remarks);
    remarks.extend(tilt(&frames));
    Ordered {
        frames,
        step_mm,
        remarks,
    }
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
    // The lower one of two in the middle: where every second slice is missing, the others say the step.
    let usual = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    let gaps: Vec<usize> = (0..steps.len())
        .filter(|&index| steps.get(index).is_some_and(|&step| step > GAP * usual))
        .collect();
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
    // Positions are decimal numbers of a few digits; their differences are such numbers but for the arithmetic.
    Some((usual * 1e6).round() / 1e6)
}

/// Whether each slice lies shifted against its neighbour, as a tilted gantry leaves them.
fn tilt(frames: &[Candidate]) -> Option<String> {
    let (first, last) = (frames.first()?, frames.last()?);
    let normal = normal(first.orientation?)?;
    let (low, high) = (first.source.position_mm?, last.source.position_mm?);
    let way = [0, 1, 2].map(|axis: usize| {
        high.get(axis).copied().unwrap_or_default() - low.get(axis).copied().unwrap_or_default()
    });
    let along = dot(way, normal);
    let across = (dot(way, way) - along * along).max(0.0).sqrt();
    let degrees = across.atan2(along).to_degrees();
    (along > 0.0 && degrees > LEAST_TILT).then(|| {
        format!("the slices lie shifted against each other, by {degrees:.1}° (a tilted gantry)")
    })
}

/// Orders by instance number where every frame has one, else by name.
fn by_number(mut frames: Vec<Candidate>, remarks: &mut Vec<String>) -> Vec<Candidate> {
    let medical = frames.iter().any(|frame| frame.identity.modality.is_some());
    let several_files = frames.first().is_some_and(|first| {
        frames
            .iter()
            .any(|frame| frame.source.path != first.source.path)
    });
    let numbered = (frames.iter()).all(|frame| frame.source.instance_number.is_some());
    frames.sort_by(|one, other| {
        let number = |frame: &Candidate| frame.source.instance_number.filter(|_| numbered);
        number(one)
            .cmp(&number(other))
            .then_with(|| by_name(&one.source.path, &other.source.path))
            .then(one.source.frame.cmp(&other.source.frame))
    });
    if medical && several_files {
        let silent = (frames.iter())
            .filter(|frame| frame.source.position_mm.is_none() || frame.orientation.is_none())
            .count();
        remarks.push(format!(
            "{}, so the order is that of the {}",
            counted(
                silent,
                "slice does not say where it lies",
                "slices do not say where they lie"
            ),
            if numbered {
                "instance numbers"
            } else {
                "file names"
            }
        ));
    }
    frames
}
