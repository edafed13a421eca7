//! Separates acquisitions at the same positions that share a series, a geometry and all attributes compared
//! before.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use super::candidate::Candidate;
use super::natural::by_name;
use super::order::{SAME_PLACE_MM, by_number, collide, heights};
use crate::imaging::marks::{ACQUIRED, CONTENT, FRAME_INDEX, MARKS};

/// An attribute of a slice, and its name.
enum Attribute {
    File,
    /// Index in the table of attributes.
    Mark(usize),
    Folder,
}

impl Attribute {
    fn name(&self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Mark(index) => MARKS.get(*index).map_or("", |mark| mark.name),
            Self::Folder => "folder",
        }
    }

    fn of(&self, slice: &Candidate) -> Option<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        match self {
            Self::File => (slice.frames_in_file > 1).then(|| path(&slice.source.path)),
            Self::Mark(index) => slice.grouping.marks.get(*index).map(str::to_owned),
            Self::Folder => slice.source.path.parent().map(path),
        }
    }

    /// True if slices at one position do not all have the same value.
    fn differs(&self, place: &[Candidate]) -> bool {
        let mut values = place.iter().map(|slice| self.of(slice));
        let first = values.next();
        place.len() == 1 || values.any(|value| Some(value) != first)
    }

    /// The attributes, the most specific first.
    fn all() -> Vec<Self> {
        let marks = (0..MARKS.len()).map(Self::Mark);
        let more = [Self::File].into_iter().chain(marks);
        more.chain([Self::Folder]).collect()
    }
}

/// Splits a stack with several slices at the same position: contrast or respiratory phases, energies, several
/// volumes of one scan. Each result has one slice at each position.
///
/// By the first attribute that separates them; else by rank: the first slice at each position, the second, and
/// so on. Adds the differences to `reasons`.
pub(super) fn passes(
    stack: Vec<Candidate>,
    reasons: &mut Vec<&'static str>,
) -> Vec<Vec<Candidate>> {
    by_attributes(stack, &Attribute::all(), reasons)
}

fn by_attributes(
    stack: Vec<Candidate>,
    attributes: &[Attribute],
    reasons: &mut Vec<&'static str>,
) -> Vec<Vec<Candidate>> {
    if !collide(&stack) {
        return vec![stack];
    }
    let Some((attribute, attributes)) = attributes.split_first() else {
        return by_rank(stack, reasons);
    };
    let values: Vec<Option<String>> = stack.iter().map(|slice| attribute.of(slice)).collect();
    if values.iter().all(|value| Some(value) == values.first()) {
        return by_attributes(stack, attributes, reasons);
    }
    let mut groups: BTreeMap<Option<String>, Vec<Candidate>> = BTreeMap::new();
    for (value, slice) in values.into_iter().zip(&stack) {
        groups.entry(value).or_default().push(slice.clone());
    }
    let places = places(stack.clone());
    let most = places.iter().map(Vec::len).max().unwrap_or_default();
    // A scanner that stores a time for each slice gives as many groups as slices.
    let few = || groups.len() <= most && places.iter().all(|place| attribute.differs(place));
    let clean = || (groups.values()).all(|group| group.len() > 1 && !collide(group));
    if !(few() || clean()) {
        return by_attributes(stack, attributes, reasons);
    }
    reasons.push(attribute.name());
    let groups = groups.into_values();
    groups
        .flat_map(|group| by_attributes(group, attributes, reasons))
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

/// An order of the slices at one position.
type Rank = (&'static str, fn(&Candidate, &Candidate) -> Ordering);

/// The orders in which slices at one position may have come: the first one that tells all of them apart counts.
const RANKS: [Rank; 6] = [
    (ACQUIRED, |one, other| by_value(ACQUIRED, one, other)),
    ("trigger time", |one, other| {
        by_value("trigger time", one, other)
    }),
    ("instance number alone", |one, other| {
        by(one.source.instance_number, other.source.instance_number)
    }),
    (CONTENT, |one, other| by_value(CONTENT, one, other)),
    (FRAME_INDEX, |one, other| by_value(FRAME_INDEX, one, other)),
    ("SOP instance UID alone", |one, other| {
        let uid = |slice: &Candidate| slice.source.sop_instance_uid.clone().unwrap_or_default();
        by_name(Path::new(&uid(one)), Path::new(&uid(other)))
    }),
];

/// By a value that both slices state; equal otherwise.
fn by<T: PartialOrd>(one: Option<T>, other: Option<T>) -> Ordering {
    let both = one.zip(other);
    both.and_then(|(one, other)| one.partial_cmp(&other))
        .unwrap_or(Ordering::Equal)
}

/// By the value of an attribute: as numbers if both are, else as texts.
fn by_value(name: &str, one: &Candidate, other: &Candidate) -> Ordering {
    let [one, other] = [one, other].map(|slice| slice.grouping.marks.named(name));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => by(Some(one), Some(other)),
        _ => by(one, other),
    }
}

fn by_rank(stack: Vec<Candidate>, reasons: &mut Vec<&'static str>) -> Vec<Vec<Candidate>> {
    let mut places = places(stack);
    let tells_apart = |(_, compare): &&Rank| {
        let apart = |pair: &[Candidate]| match pair {
            [one, other] => compare(one, other).is_ne(),
            _ => true,
        };
        places.iter().all(|place| {
            let mut place = place.clone();
            place.sort_by(compare);
            place.windows(2).all(apart)
        })
    };
    let (reason, compare) = match RANKS.iter().find(tells_apart) {
        Some(&(reason, compare)) => (reason, compare),
        None => ("name alone", by_number as fn(&_, &_) -> _),
    };
    reasons.push(reason);
    let mut passes: Vec<Vec<Candidate>> = Vec::new();
    for mut place in places.drain(..) {
        place.sort_by(compare);
        for (rank, slice) in place.into_iter().enumerate() {
            match passes.get_mut(rank) {
                Some(pass) => pass.push(slice),
                None => passes.push(vec![slice]),
            }
        }
    }
    passes
}
