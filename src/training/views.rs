//! The same slice seen in two ways, so that the head learns the chest and not the picture.
//!
//! A slice is learnt from as it is and mirrored left to right. Views that are nearer, farther, off
//! centre or of other brightness were tried as well and left out: on cases held out they did no better,
//! see the model card.

use crate::model::input::{SIDE, mirrored};

/// One way of seeing a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As it is, which is how it is judged.
    Plain,
    /// Left and right change sides.
    Mirrored,
}

impl View {
    /// All the views that a head learns from.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Mirrored];

    /// Changes an input `(3, 224, 224)` into this view of it.
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

    /// A level for every place, bright to the right and to the bottom.
    fn slope() -> Vec<f32> {
        let plane: Vec<f32> = (0..SIDE * SIDE)
            .map(|place| (place % SIDE + place / SIDE) as f32 / (2 * SIDE) as f32)
            .collect();
        plane.repeat(3)
    }

    #[test]
    fn the_first_view_is_the_slice_as_it_is() {
        assert_eq!(View::ALL[0].of(&slope()), slope());
    }

    #[test]
    fn mirroring_swaps_left_and_right_and_nothing_else() {
        let mirrored = View::Mirrored.of(&slope());
        assert_eq!(mirrored.len(), 3 * SIDE * SIDE);
        for (row, original) in mirrored.chunks(SIDE).zip(slope().chunks(SIDE)) {
            assert!(row.iter().eq(original.iter().rev()));
        }
    }
}
