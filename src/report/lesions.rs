//! The lesions that the model proposes, in words: one wording for the terminal, text, pages and files.

use crate::clinical::assessment::Lesion;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::reading::{AcceptedLesion, Reading};
use crate::text::percent;

/// The lesions of one exam, most suspicious first.
#[derive(Debug, Clone, Copy)]
pub struct Proposed<'a> {
    pub lesions: &'a [Lesion],
    /// True if the exam is out of distribution; no lesion then has a probability.
    pub is_outside: bool,
    /// True for a series, whose lesions are named by their slice; those of a single slice by their place on it.
    pub of_series: bool,
    /// Lesions that a person rejected, by their number from 1.
    pub rejected: &'a [u32],
    /// Lesions that a person accepted as nodules.
    pub accepted: &'a [AcceptedLesion],
}

/// A lesion as shown in every list. Unknown values are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionLine {
    /// Number from 1, most suspicious first.
    pub number: usize,
    pub place: String,
    pub diameter: String,
    /// Empty if out of distribution.
    pub probability: String,
    /// `rejected`, or `accepted as nodule 2`; empty without a decision.
    pub decision: String,
}

impl<'a> Proposed<'a> {
    /// The lesions of an exam.
    pub fn of(slice: &'a ExaminedSlice) -> Self {
        Self {
            lesions: &slice.assessment.lesions,
            is_outside: slice.assessment.is_outside(),
            of_series: slice.series.is_some(),
            rejected: &[],
            accepted: &[],
        }
    }

    /// The same with a person's decisions on them.
    pub fn decided(self, reading: &'a Reading) -> Self {
        Self {
            rejected: &reading.rejected,
            accepted: &reading.accepted,
            ..self
        }
    }

    /// One line per lesion, numbered.
    pub fn lines(self) -> Vec<LesionLine> {
        let numbered = (1..).zip(self.lesions);
        numbered
            .map(|(number, lesion)| self.line(number, lesion))
            .collect()
    }

    fn line(self, number: usize, lesion: &Lesion) -> LesionLine {
        let place = match self.of_series {
            true => format!("slice {}", lesion.slice),
            false => format!("row {:.0}, column {:.0}", lesion.row, lesion.column),
        };
        let probability = match self.is_outside {
            true => String::new(),
            false => percent(lesion.malignancy_probability),
        };
        LesionLine {
            number,
            place,
            diameter: diameter(lesion),
            probability,
            decision: self.decision(number),
        }
    }

    fn decision(self, number: usize) -> String {
        let is = |other: u32| other as usize == number;
        if self.rejected.iter().any(|other| is(*other)) {
            return "rejected".to_owned();
        }
        let accepted = self.accepted.iter().find(|accepted| is(accepted.lesion));
        accepted.map_or_else(String::new, |accepted| {
            format!("accepted as nodule {}", accepted.nodule + 1)
        })
    }

    /// All of them in one cell of a table: `proposed by the model: 1: slice 36, 8.2 × 7.4 mm, 91.0 %; 2: …`. Empty without any.
    pub fn cell(self) -> String {
        let lines = self.lines().into_iter();
        let each: Vec<String> = lines
            .map(|line| format!("{}: {}", line.number, line.words()))
            .collect();
        match each.is_empty() {
            true => String::new(),
            false => format!("{}: {}", Lesion::BASIS, each.join("; ")),
        }
    }
}

impl LesionLine {
    /// `slice 36, 8.2 × 7.4 mm, 91.0 %`.
    pub fn words(&self) -> String {
        let parts = [
            self.place.as_str(),
            self.diameter.as_str(),
            self.probability.as_str(),
            &self.decision,
        ];
        let stated = parts.into_iter().filter(|part| !part.is_empty());
        stated.collect::<Vec<_>>().join(", ")
    }
}

/// Both measured diameters, or the one that the network estimates; empty if neither is known.
pub fn diameter(lesion: &Lesion) -> String {
    match (lesion.size, lesion.diameter_mm) {
        (Some(size), _) => format!("{:.1} × {:.1} mm", size.long_mm, size.short_mm),
        (None, Some(mm)) => format!("about {mm:.0} mm"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesion(diameter_mm: Option<f64>) -> Lesion {
        Lesion {
            slice: 36,
            row: 210.4,
            column: 144.6,
            position_mm: None,
            diameter_mm,
            size: None,
            malignancy_probability: 0.91,
        }
    }

    fn cell(is_outside: bool, of_series: bool) -> String {
        let lesions = [lesion(Some(8.24)), lesion(None)];
        let proposed = Proposed {
            lesions: &lesions,
            is_outside,
            of_series,
            rejected: &[2],
            accepted: &[AcceptedLesion {
                lesion: 1,
                nodule: 1,
            }],
        };
        proposed.cell()
    }

    #[test]
    fn a_cell_lists_every_lesion_by_its_place_size_and_probability() {
        let words = "proposed by the model: 1: slice 36, about 8 mm, 91.0 %, accepted as nodule 2; \
                     2: slice 36, 91.0 %, rejected";
        assert_eq!(cell(false, true), words);
        let words = "proposed by the model: 1: row 210, column 145, about 8 mm, 91.0 %, \
                     accepted as nodule 2; \
                     2: row 210, column 145, 91.0 %, rejected";
        assert_eq!(cell(false, false), words);
    }

    #[test]
    fn out_of_distribution_no_lesion_has_a_probability() {
        let words = "proposed by the model: 1: slice 36, about 8 mm, accepted as nodule 2; \
                     2: slice 36, rejected";
        assert_eq!(cell(true, true), words);
    }
}
