//! Texts that only number the slices of a series, such as the descriptions "slice 1 of 40" and "Image 12". They part nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::candidate::Candidate;
use crate::imaging::marks::MARKS;

/// Attributes that all slices of a series share by the standard, and that some writers give a number in each slice.
const NUMBERED: [&str; 2] = [DESCRIPTION, "series number"];
const DESCRIPTION: &str = "description";
/// Least number of different texts that are a numbering. Two or three may be as many reconstructions.
const LEAST: usize = 4;
/// Character in the place of a number.
const NUMBER: char = '…';

/// Slices that may belong together, with one text except for its numbers.
type Group = (Option<String>, Option<PathBuf>, [Option<String>; 5], String);

/// Replaces the numbers in texts of which each stands at one position only. Of two reconstructions, each text stands at the
/// positions of its slices.
pub(super) fn remove(candidates: &mut [Candidate]) {
    for name in NUMBERED {
        let Some(mark) = MARKS.iter().position(|mark| mark.name == name) else {
            continue;
        };
        let mut groups: BTreeMap<Group, BTreeMap<String, BTreeSet<Place>>> = BTreeMap::new();
        for candidate in candidates.iter() {
            if let Some(text) = candidate.grouping.marks.get(mark) {
                let texts = groups.entry(group(candidate, text)).or_default();
                let places = texts.entry(text.to_owned()).or_default();
                places.insert(Place::of(candidate));
            }
        }
        let is_numbering = |texts: &BTreeMap<String, BTreeSet<Place>>| {
            texts.len() >= LEAST && texts.values().all(|places| places.len() == 1)
        };
        groups.retain(|_, texts| is_numbering(texts));
        if groups.is_empty() {
            continue;
        }
        for candidate in candidates.iter_mut() {
            let text = candidate.grouping.marks.get(mark).map(str::to_owned);
            let group = text.map(|text| group(candidate, &text));
            let Some(group) = group.filter(|group| groups.contains_key(group)) else {
                continue;
            };
            let (.., text) = group;
            if name == DESCRIPTION {
                Arc::make_mut(&mut candidate.identity).description = Some(text.clone());
            }
            Arc::make_mut(&mut candidate.grouping).marks.set(mark, text);
        }
    }
}

fn group(candidate: &Candidate, text: &str) -> Group {
    let uid = candidate.identity.series_uid.clone();
    // Without a UID, slices belong together by their folder.
    let folder = candidate.source.path.parent().filter(|_| uid.is_none());
    (
        uid,
        folder.map(PathBuf::from),
        candidate.grouping.patient.clone(),
        without_numbers(text),
    )
}

/// Where a slice lies: its position, or else what distinguishes it from others.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Position([u64; 3]),
    Number(i32),
    File(PathBuf, usize),
}

impl Place {
    fn of(candidate: &Candidate) -> Self {
        let source = &candidate.source;
        match (source.position_mm, source.instance_number) {
            (Some(position), _) => Self::Position(position.map(f64::to_bits)),
            (None, Some(number)) => Self::Number(number),
            (None, None) => Self::File(source.path.clone(), source.frame),
        }
    }
}

/// The text with one character for each of its numbers; a number may have a sign, decimals or parts, as times have.
fn without_numbers(text: &str) -> String {
    let part_of_number = |letter: char| letter.is_ascii_digit() || ".,:+-/".contains(letter);
    let mut without = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let alike = part_of_number(first);
        let end = rest.find(|letter| part_of_number(letter) != alike);
        let (run, behind) = rest.split_at(end.unwrap_or(rest.len()));
        match alike && run.contains(|letter: char| letter.is_ascii_digit()) {
            true => without.push(NUMBER),
            false => without.push_str(run),
        }
        rest = behind;
    }
    without
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_give_way_to_one_character() {
        for (text, expected) in [
            ("slice 1 of 40", "slice … of …"),
            ("Image 12", "Image …"),
            ("-12.5mm", "…mm"),
            ("10:31:05", "…"),
            ("Lung - axial.", "Lung - axial."),
            ("Größe 3", "Größe …"),
            ("", ""),
        ] {
            assert_eq!(super::without_numbers(text), expected);
        }
    }
}
