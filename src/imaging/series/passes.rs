//! Separates acquisitions at the same positions, or at positions among one another, that share a series, a geometry and
//! all attributes compared before.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::candidate::{Candidate, dot, normal};
use super::natural::by_name;
use super::order::{Basis, SAME_PLACE_MM, by_number, collide, heights, is_even};
use crate::imaging::marks::{
    ACQUIRED, CONTENT, CONTRAST_MEDIUM, FRAME_INDEX, MARKS, Mark, Separates,
};

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
        return interleaved(stack, reasons);
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

/// Least distance of two fields of view, and largest distance of a slice from the line of its own, in mm.
const LEAST_BESIDE_MM: f64 = 5.0;
const MOST_OFF_LINE_MM: f64 = 1.0;
/// Least number of slices of an acquisition among those of another.
const LEAST_AMONG: usize = 3;

/// Splits slices at different positions of which some lie among others with another value of an attribute: two energies
/// half a step apart, thick and thin slices, projections between slices. Blocks one behind the other stay together.
fn interleaved(stack: Vec<Candidate>, reasons: &mut Vec<&'static str>) -> Vec<Vec<Candidate>> {
    let Some((_, heights)) = heights(&stack) else {
        return vec![stack];
    };
    for (index, mark) in MARKS.iter().enumerate() {
        if !tells_apart(index, mark, &stack, &heights) {
            continue;
        }
        reasons.push(mark.name);
        let mut parts: BTreeMap<Option<String>, Vec<Candidate>> = BTreeMap::new();
        for slice in stack {
            let value = slice.grouping.marks.get(index).map(str::to_owned);
            parts.entry(value).or_default().push(slice);
        }
        let parts = parts.into_values();
        return parts.flat_map(|part| interleaved(part, reasons)).collect();
    }
    match beside(&stack) {
        Some([here, there]) if overlap(vec![range(&here.0), range(&there.0)]) => {
            reasons.push("field of view");
            [here.1, there.1]
                .into_iter()
                .flat_map(|part| interleaved(part, reasons))
                .collect()
        }
        _ => vec![stack],
    }
}

/// True if slices with different values of an attribute lie among one another.
///
/// A value that some slices do not state tells them apart if a scan may well be without: a contrast medium; and others where
/// the slices of each kind are equally far from one another and all together are not.
fn tells_apart(index: usize, mark: &Mark, stack: &[Candidate], heights: &[f64]) -> bool {
    let mut groups: BTreeMap<Option<&str>, Vec<f64>> = BTreeMap::new();
    for (slice, &height) in stack.iter().zip(heights) {
        let value = slice.grouping.marks.get(index);
        groups.entry(value).or_default().push(height);
    }
    let whole = groups.values().all(|group| group.len() >= LEAST_AMONG);
    let ranges = || groups.values().map(|group| range(group)).collect();
    if groups.len() < 2 || !whole || !overlap(ranges()) {
        return false;
    }
    let apart = || !is_even(heights.to_vec()) && groups.values().cloned().all(is_even);
    match (mark.separates, groups.contains_key(&None)) {
        (Separates::Collided, _) => false,
        (Separates::Interleaved, false) => true,
        (Separates::Interleaved, true) if mark.name == CONTRAST_MEDIUM => true,
        _ => apart(),
    }
}

/// Slices and their heights.
type Placed = (Vec<f64>, Vec<Candidate>);

/// The slices in two parts, if their first pixels lie on two lines: two fields of view beside each other.
fn beside(stack: &[Candidate]) -> Option<[Placed; 2]> {
    let (basis, heights) = heights(stack)?;
    let up = normal(stack.first()?.orientation?)?;
    if basis != Basis::Position {
        return None;
    }
    // Position across the normal.
    let across = |slice: &Candidate| {
        let place = slice.source.position_mm?;
        let along = dot(place, up);
        let across: Vec<f64> = place
            .iter()
            .zip(up)
            .map(|(at, up)| at - along * up)
            .collect();
        Some(across)
    };
    let across: Vec<Vec<f64>> = stack.iter().map(across).collect::<Option<_>>()?;
    let distance = |one: &[f64], other: &[f64]| {
        let squares = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    };
    let here = across.first()?;
    let there = across
        .iter()
        .find(|at| distance(at, here) > LEAST_BESIDE_MM)?;
    let near = |at: &[f64], line: &[f64]| distance(at, line) <= MOST_OFF_LINE_MM;
    let mut parts: [Placed; 2] = Default::default();
    for ((slice, at), height) in stack.iter().zip(&across).zip(heights) {
        let part = match (near(at, here), near(at, there)) {
            (true, _) => 0,
            (_, true) => 1,
            _ => return None,
        };
        let (heights, slices) = parts.get_mut(part)?;
        heights.push(height);
        slices.push(slice.clone());
    }
    parts
        .iter()
        .all(|(heights, _)| heights.len() >= LEAST_AMONG)
        .then_some(parts)
}

/// The lowest and the highest.
fn range(heights: &[f64]) -> [f64; 2] {
    let low = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let high = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [low, high]
}

/// True if one of the ranges begins before another has ended.
fn overlap(mut ranges: Vec<[f64; 2]>) -> bool {
    ranges.sort_by(|[one, _], [other, _]| one.total_cmp(other));
    let begins_within = |pair: &[[f64; 2]]| match pair {
        [[_, end], [next, _]] => next < end,
        _ => false,
    };
    ranges.windows(2).any(begins_within)
}

/// Hours of a night in which a scan may go on: from late until early.
const LATE: u8 = 18;
const EARLY: u8 = 6;

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

/// Puts times after midnight behind those before it, where no day is stated and all are late or early.
fn order_around_midnight(stack: &mut [Candidate], name: &str) {
    let Some(mark) = MARKS.iter().position(|mark| mark.name == name) else {
        return;
    };
    let hour = |slice: &Candidate| {
        let time = slice.grouping.marks.get(mark)?;
        let alone = time.len() >= 4 && time.split('.').next().is_some_and(|time| time.len() <= 6);
        time.get(..2)?.parse::<u8>().ok().filter(|_| alone)
    };
    let hours: Option<Vec<u8>> = stack.iter().map(hour).collect();
    let around = |hours: &Vec<u8>| {
        let late = hours.iter().any(|&hour| hour >= LATE);
        let early = hours.iter().any(|&hour| hour < EARLY);
        late && early && !hours.iter().any(|hour| (EARLY..LATE).contains(hour))
    };
    for (slice, hour) in stack
        .iter_mut()
        .zip(hours.filter(around).unwrap_or_default())
    {
        let grouping = Arc::make_mut(&mut slice.grouping);
        if let Some(time) = grouping.marks.get(mark) {
            let day = if hour < EARLY { "second" } else { "first" };
            let time = format!("{day} {time}");
            grouping.marks.set(mark, time);
        }
    }
}

fn by_rank(mut stack: Vec<Candidate>, reasons: &mut Vec<&'static str>) -> Vec<Vec<Candidate>> {
    for name in [ACQUIRED, CONTENT] {
        order_around_midnight(&mut stack, name);
    }
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
