//! Two views of a slice, so that the head is invariant to mirroring.
//!
//! Training uses a slice unchanged and mirrored left to right. Views with other scale, position or brightness
//! were tried and dropped: on held-out cases they did not improve the figures, see the model card.

use crate::model::input::{SIDE, mirrored};

/// One view of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Unchanged, as in the evaluation.
    Plain,
    /// Left and right exchanged.
    Mirrored,
}

impl View {
    /// All views that a head is trained on.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Mirrored];

    /// Converts an input `(3, 224, 224)` to this view of it.
    pub fn of(self, input: &[f32]) -> Vec<f32> {
        match self {
            Self::Plain => input.to_vec(),
            Self::Mirrored => mirrored(input, SIDE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A different level for every pixel, bright to the right and to the bottom.
    fn ramp() -> Vec<f32> {
        let plane: Vec<f32> = (0..SIDE * SIDE)
            .map(|place| (place % SIDE + place / SIDE) as f32 / (2 * SIDE) as f32)
            .collect();
        plane.repeat(3)
    }

    #[test]
    fn the_first_view_is_the_unchanged_slice() {
        assert_eq!(View::ALL[0].of(&ramp()), ramp());
    }

    #[test]
    fn mirroring_swaps_only_left_and_right() {
        let mirrored = View::Mirrored.of(&ramp());
        assert_eq!(mirrored.len(), 3 * SIDE * SIDE);
        for (row, original) in mirrored.chunks(SIDE).zip(ramp().chunks(SIDE)) {
            assert!(row.iter().eq(original.iter().rev()));
        }
    }
}
