//! UIDs that a program made anew for each file of a series, as careless anonymisation does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::candidate::Candidate;
use super::order::{Basis, heights, is_even};
use crate::imaging::marks::{MARKS, Separates};

/// Least number of slices that show a series.
const LEAST: usize = 4;

/// Attributes that slices of one series share besides its UIDs.
type Shared = (
    Option<String>,
    [Option<String>; 5],
    Vec<Option<String>>,
    [u32; 2],
    Option<[u64; 6]>,
);

/// Makes one series of slices of which each states a series UID of its own, and compares positions of slices of which each
/// states a frame of reference of its own, if they are equally far from one another and alike in all else. Returns a remark
/// on each.
pub(super) fn remove(candidates: &mut [Candidate]) -> Vec<String> {
    let mut remarks = Vec::new();
    for group in groups(candidates, series_uid, |_| None) {
        let uid = group
            .first()
            .and_then(|&first| series_uid(candidates.get(first)?));
        let uid = uid.map(str::to_owned);
        for &index in &group {
            if let Some(slice) = candidates.get_mut(index) {
                Arc::make_mut(&mut slice.identity)
                    .series_uid
                    .clone_from(&uid);
            }
        }
        remarks.push(format!(
            "{} slices state each a series UID of its own; they are one series by their positions",
            group.len()
        ));
    }
    for group in groups(candidates, frame_of_reference, series_uid) {
        for &index in &group {
            if let Some(slice) = candidates.get_mut(index) {
                slice.frame_of_reference = None;
            }
        }
        remarks.push(format!(
            "{} slices state each a frame of reference of its own; their positions are compared all the same",
            group.len()
        ));
    }
    remarks
}

/// A UID of a slice.
type Uid = fn(&Candidate) -> Option<&str>;

fn series_uid(slice: &Candidate) -> Option<&str> {
    slice.identity.series_uid.as_deref()
}

fn frame_of_reference(slice: &Candidate) -> Option<&str> {
    slice.frame_of_reference.as_deref()
}

/// Slices, by their index, that share all but a UID, which each has for itself, and lie equally far from one another.
fn groups(candidates: &[Candidate], own: Uid, common: Uid) -> Vec<Vec<usize>> {
    let mut slices_of: HashMap<&str, usize> = HashMap::new();
    for uid in candidates.iter().filter_map(own) {
        *slices_of.entry(uid).or_default() += 1;
    }
    let is_own = |slice: &Candidate| own(slice).is_some_and(|uid| slices_of.get(uid) == Some(&1));
    let mut groups: BTreeMap<(Option<&str>, Shared), Vec<usize>> = BTreeMap::new();
    for (index, slice) in candidates.iter().enumerate() {
        if is_own(slice) && slice.identity.study_uid.is_some() {
            let group = groups.entry((common(slice), shared(slice))).or_default();
            group.push(index);
        }
    }
    let is_even = |group: &Vec<usize>| {
        let slices = group.iter().filter_map(|&index| candidates.get(index));
        let slices: Vec<Candidate> = slices.cloned().collect();
        let placed = match heights(&slices) {
            Some((Basis::Position, heights)) => is_even(heights),
            _ => false,
        };
        slices.len() >= LEAST && placed
    };
    groups.into_values().filter(is_even).collect()
}

fn shared(slice: &Candidate) -> Shared {
    let stated = MARKS
        .iter()
        .enumerate()
        .filter(|(_, mark)| matches!(mark.separates, Separates::Always | Separates::Stated));
    let marks = &slice.grouping.marks;
    (
        slice.identity.study_uid.clone(),
        slice.grouping.patient.clone(),
        stated
            .map(|(index, _)| marks.get(index).map(str::to_owned))
            .collect(),
        [slice.rows, slice.columns],
        slice.orientation.map(|cosines| cosines.map(f64::to_bits)),
    )
}
