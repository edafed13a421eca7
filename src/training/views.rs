//! The same slice seen in several ways, so that the head learns the chest and not the picture.
//!
//! Slices come mirrored, a little nearer or farther, off centre, and saved through different display
//! windows. A head that has seen each slice in such variations cannot lean on any of them.

use crate::model::input::SIDE;

/// One way of seeing a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Left and right change sides.
    mirrored: bool,
    /// Above one is nearer.
    zoom: f32,
    /// How far the view's centre is moved down and to the right, in pixels.
    shift: [f32; 2],
    /// Power that grey levels in [0, 1] are raised to: below one is brighter.
    gamma: f32,
}

impl View {
    /// The slice as it is, which is how it is judged.
    const PLAIN: Self = Self {
        mirrored: false,
        zoom: 1.0,
        shift: [0.0, 0.0],
        gamma: 1.0,
    };

    /// All the views that a head learns from, [`View::PLAIN`] first.
    pub const ALL: [Self; 4] = [
        Self::PLAIN,
        Self {
            mirrored: true,
            ..Self::PLAIN
        },
        Self {
            mirrored: true,
            zoom: 1.05,
            shift: [6.0, -6.0],
            gamma: 0.8,
        },
        Self {
            mirrored: false,
            zoom: 0.95,
            shift: [-6.0, 6.0],
            gamma: 1.25,
        },
    ];

    /// Changes an input `(3, 224, 224)` of three like planes into this view of it. What lies beyond an
    /// edge is taken from the edge.
    pub fn of(&self, input: &[f32]) -> Vec<f32> {
        let plane = &input[..(SIDE * SIDE).min(input.len())];
        let middle = (SIDE - 1) as f32 / 2.0;
        let source =
            |place: usize, shift: f32| (place as f32 - middle) / self.zoom + middle + shift;
        let mut view = Vec::with_capacity(3 * SIDE * SIDE);
        for row in 0..SIDE {
            let from_row = source(row, self.shift[0]);
            for column in 0..SIDE {
                let column = if self.mirrored {
                    SIDE - 1 - column
                } else {
                    column
                };
                let level = between(plane, from_row, source(column, self.shift[1]));
                view.push(level.powf(self.gamma));
            }
        }
        view.repeat(3)
    }
}

/// The level between four pixels of a square plane.
fn between(plane: &[f32], row: f32, column: f32) -> f32 {
    let last = (SIDE - 1) as f32;
    let (row, column) = (row.clamp(0.0, last), column.clamp(0.0, last));
    let (top, left) = (row as usize, column as usize);
    let (bottom, right) = ((top + 1).min(SIDE - 1), (left + 1).min(SIDE - 1));
    let (down, across) = (row.fract(), column.fract());
    let along = |row: usize| {
        let level = |column: usize| plane.get(row * SIDE + column).copied().unwrap_or(0.0);
        (1.0 - across) * level(left) + across * level(right)
    };
    (1.0 - down) * along(top) + down * along(bottom)
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
        let mirrored = View::ALL[1].of(&slope());
        assert_eq!(mirrored.len(), 3 * SIDE * SIDE);
        for (row, original) in mirrored.chunks(SIDE).zip(slope().chunks(SIDE)) {
            assert!(row.iter().eq(original.iter().rev()));
        }
    }

    #[test]
    fn nearer_means_less_of_the_slice_and_levels_stay_levels() {
        let spread = |view: &View| {
            let levels = view.of(&slope());
            assert!(levels.iter().all(|level| (0.0..=1.0).contains(level)));
            levels[SIDE * SIDE - 1] - levels[0]
        };
        let near = View {
            zoom: 1.5,
            ..View::PLAIN
        };
        assert!(spread(&near) < 0.7 * spread(&View::PLAIN));
        View::ALL
            .iter()
            .for_each(|view| assert!(spread(view).is_finite()));
    }

    #[test]
    fn a_power_below_one_brightens() {
        let brighter = View {
            gamma: 0.5,
            ..View::PLAIN
        };
        assert!((brighter.of(&vec![0.25; 3 * SIDE * SIDE])[7] - 0.5).abs() < 1e-6);
    }
}
