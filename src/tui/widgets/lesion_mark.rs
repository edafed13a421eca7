//! Marks of proposed lesions on a slice: place, size, and the selected one.

use crate::clinical::assessment::Lesion;
use crate::tui::keymap::Command;

/// Caption of circled lesions.
pub const CAPTION: &str = "circles: proposed by the model";

/// Least radius of a mark, in pixels of the slice.
const LEAST_RADIUS: f64 = 4.0;
/// Radius of a mark if the diameter or the pixel size is unknown, in pixels of the slice.
const USUAL_RADIUS: f64 = 10.0;
/// Ratio of a mark to its lesion, so that the edge of the lesion stays visible.
const CLEARANCE: f64 = 1.3;

/// Mark of a lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LesionMark {
    /// From 1, the most suspicious first.
    pub number: usize,
    /// Row and column, in pixels of the slice.
    pub centre: [f64; 2],
    /// Down and across, in pixels of the slice.
    pub radius: [f64; 2],
    /// True if it is selected.
    pub is_chosen: bool,
}

/// Marks on a slice, counted from 0, whose pixels are `spacing_mm` high and wide. `chosen` is the index of the selected
/// lesion.
pub fn on_slice(
    lesions: &[Lesion],
    slice: usize,
    spacing_mm: Option<[f64; 2]>,
    chosen: Option<usize>,
) -> Vec<LesionMark> {
    let here = lesions.iter().enumerate();
    let here = here.filter(|(_, lesion)| lesion.slice == slice + 1);
    let mark = |(index, lesion): (usize, &Lesion)| LesionMark {
        number: index + 1,
        centre: [lesion.row, lesion.column],
        radius: radius(lesion.diameter_mm, spacing_mm),
        is_chosen: chosen == Some(index),
    };
    here.map(mark).collect()
}

/// Lesion that a command selects from `chosen`; starts again at the ends, and at the first from none. `None` if there
/// are no lesions.
pub fn step(count: usize, chosen: Option<usize>, command: Command) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match (chosen, command) {
        (None, Command::PreviousLesion) | (Some(0), Command::PreviousLesion) => last,
        (Some(here), Command::PreviousLesion) => (here - 1).min(last),
        (Some(here), _) if here < last => here + 1,
        _ => 0,
    })
}

fn radius(diameter_mm: Option<f64>, spacing_mm: Option<[f64; 2]>) -> [f64; 2] {
    match (diameter_mm, spacing_mm) {
        (Some(diameter), Some(spacing)) => spacing.map(|spacing| {
            let pixels = diameter / 2.0 / spacing.max(f64::MIN_POSITIVE) * CLEARANCE;
            pixels.max(LEAST_RADIUS)
        }),
        _ => [USUAL_RADIUS; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesion(slice: usize, diameter_mm: Option<f64>) -> Lesion {
        Lesion {
            slice,
            row: 10.0,
            column: 20.0,
            position_mm: None,
            diameter_mm,
            size: None,
            malignancy_probability: 0.5,
        }
    }

    #[test]
    fn a_slice_shows_its_own_lesions_under_their_numbers() {
        let lesions = [lesion(3, None), lesion(8, None), lesion(3, None)];
        let marks = on_slice(&lesions, 2, None, Some(2));
        let message = marks.iter().map(|mark| (mark.number, mark.is_chosen));
        assert_eq!(message.collect::<Vec<_>>(), [(1, false), (3, true)]);
        assert!(on_slice(&lesions, 3, None, None).is_empty());
    }

    #[test]
    fn lesions_are_selected_in_both_directions_and_start_again_at_the_ends() {
        let next = |chosen| step(3, chosen, Command::NextLesion);
        let before = |chosen| step(3, chosen, Command::PreviousLesion);
        assert_eq!(
            [next(None), next(Some(0)), next(Some(2))],
            [Some(0), Some(1), Some(0)]
        );
        assert_eq!(
            [before(None), before(Some(2)), before(Some(0))],
            [Some(2), Some(1), Some(2)]
        );
        assert_eq!(step(0, None, Command::NextLesion), None);
    }

    #[test]
    fn a_mark_is_as_large_as_its_lesion_and_never_too_small_to_see() {
        let radius =
            |diameter| on_slice(&[lesion(1, diameter)], 0, Some([0.5, 1.0]), None)[0].radius;
        assert_eq!(radius(Some(20.0)), [26.0, 13.0]);
        assert_eq!(radius(Some(1.0)), [LEAST_RADIUS; 2]);
        assert_eq!(radius(None), [USUAL_RADIUS; 2]);
    }
}
