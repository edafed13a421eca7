//! Greys and heat in 16 colours. Four greys are too few for a chest, so even cells are mixed of two colours by a shade; the
//! eye sees thirteen levels.

use ratatui::style::Color;

use super::super::fit::Split;
use super::{Drawn, VISIBLE, wanted};

/// Colours of the same meaning, from dark to bright, each with its luminance as xterm paints it.
struct Scale {
    /// Strength from which it is used.
    from: f32,
    solids: &'static [(Color, f32)],
    /// Number of solids at the beginning, and at the end, that never fill a whole cell: greys beside heat.
    greys: [usize; 2],
}

const BLACK: (Color, f32) = (Color::Black, 0.0);
const WHITE: (Color, f32) = (Color::White, 255.0);

/// From none to strong: grey, violet, red and yellow.
const SCALES: [Scale; 4] = [
    Scale {
        from: 0.0,
        solids: &[BLACK, (Color::DarkGray, 127.0), (Color::Gray, 229.0), WHITE],
        greys: [0, 0],
    },
    Scale {
        from: VISIBLE,
        solids: &[
            BLACK,
            (Color::Magenta, 85.0),
            (Color::LightMagenta, 105.0),
            WHITE,
        ],
        greys: [1, 1],
    },
    Scale {
        from: 0.5,
        solids: &[BLACK, (Color::Red, 61.0), (Color::LightRed, 76.0), WHITE],
        greys: [1, 1],
    },
    Scale {
        from: 0.75,
        solids: &[
            BLACK,
            (Color::Yellow, 182.0),
            (Color::LightYellow, 226.0),
            WHITE,
        ],
        greys: [1, 1],
    },
];

/// Shades, with the share of their ink.
const SHADES: [(char, f32); 3] = [('░', 0.25), ('▒', 0.5), ('▓', 0.75)];

impl Scale {
    fn of(strength: f32) -> &'static Self {
        let found = SCALES.iter().rev().find(|scale| strength >= scale.from);
        found.unwrap_or(&SCALES[0])
    }

    /// Solids that may fill a cell.
    fn own(&self) -> &'static [(Color, f32)] {
        &self.solids[self.greys[0]..self.solids.len() - self.greys[1]]
    }

    fn has(&self, colour: Color) -> bool {
        self.own().iter().any(|(own, _)| *own == colour)
    }

    /// Even cells: the solids, and mixes of neighbours in which the scale's own colours have at least half.
    fn evens(&self) -> impl Iterator<Item = (Drawn, f32)> {
        let solids = self
            .own()
            .iter()
            .map(|(colour, level)| (Drawn::even(*colour), *level));
        let mixes = self.solids.windows(2).flat_map(|pair| {
            SHADES.iter().filter_map(|(letter, share)| {
                let [(paper, dark), (ink, bright)] = [pair[0], pair[1]];
                let own = match (self.has(paper), self.has(ink)) {
                    (true, true) => 1.0,
                    (true, false) => 1.0 - share,
                    (false, true) => *share,
                    (false, false) => 0.0,
                };
                let level = dark + (bright - dark) * share;
                (own >= 0.5).then_some((
                    Drawn {
                        letter: *letter,
                        ink,
                        paper,
                    },
                    level,
                ))
            })
        });
        solids.chain(mixes)
    }
}

/// Cell of greys under heat: even or in two colours, whichever is nearer to the samples.
pub(super) fn cell(split: &Split<1>, strength: f32) -> Drawn {
    let scale = Scale::of(strength);
    let level = |level: [f32; 1]| wanted(level[0], strength);
    let mean = level(split.mean);
    let even = nearest(scale.evens(), mean);
    let two = [split.ink, split.paper].map(|part| {
        let wanted = level(part);
        let solids = scale.solids.iter().map(|(colour, level)| (*colour, *level));
        nearest(solids, wanted).map(|(colour, level)| (colour, (level - wanted).powi(2)))
    });
    match (even, two) {
        (Some((even, there)), [Some((ink, off_ink)), Some((paper, off_paper))]) => {
            let of_even = split.flat_error + (there - mean).powi(2);
            let off = off_ink * split.share + off_paper * (1.0 - split.share);
            let is_own = scale.has(ink) || scale.has(paper);
            match is_own && ink != paper && split.error + off < of_even {
                true => Drawn::two(split.letter, ink, paper),
                false => even,
            }
        }
        _ => Drawn::even(Color::Black),
    }
}

/// One colour of a grey under heat.
pub(super) fn colour(level: f32, strength: f32) -> Color {
    let solids = Scale::of(strength).own().iter().copied();
    nearest(solids, wanted(level, strength)).map_or(Color::Black, |(colour, _)| colour)
}

fn nearest<T>(all: impl Iterator<Item = (T, f32)>, wanted: f32) -> Option<(T, f32)> {
    let distance = |(_, level): &(T, f32)| (level - wanted).abs();
    all.min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

#[cfg(test)]
mod tests {
    use super::super::super::fit;
    use super::super::super::shapes::Shapes;
    use super::*;
    use crate::terminal::Symbols;

    const GREYS: [Color; 4] = [Color::Black, Color::DarkGray, Color::Gray, Color::White];

    fn even(level: f32, strength: f32) -> Drawn {
        let split = fit::best(&[[level]; 64], Shapes::of(Symbols::Half));
        cell(&split, strength)
    }

    #[test]
    fn even_cells_have_more_levels_than_there_are_greys() {
        let mut cells: Vec<Drawn> = (0..=255).map(|level| even(level as f32, 0.0)).collect();
        cells.dedup();
        assert_eq!(cells.len(), 13);
        let colours = cells.iter().flat_map(|cell| [cell.ink, cell.paper]);
        assert!(colours.into_iter().all(|colour| GREYS.contains(&colour)));
    }

    #[test]
    fn heat_is_coloured_over_every_level_and_bright_stays_brighter_than_dark() {
        for strength in [0.3, 0.5, 0.8, 1.0] {
            for level in 0..=255 {
                let cell = even(level as f32, strength);
                let is_coloured = !(GREYS.contains(&cell.paper)
                    && (cell.letter == ' ' || GREYS.contains(&cell.ink)));
                assert!(is_coloured, "{level} {strength} {cell:?}");
            }
            assert_ne!(even(0.0, strength), even(255.0, strength));
        }
        assert!(GREYS.contains(&even(60.0, 0.1).paper));
    }

    #[test]
    fn an_edge_is_drawn_by_its_shape() {
        let edge = std::array::from_fn(|at| [if at % 8 < 4 { 0.0 } else { 255.0 }]);
        let split = fit::best(&edge, Shapes::of(Symbols::Half));
        let cell = cell(&split, 0.0);
        assert_eq!(
            (cell.letter, cell.ink, cell.paper),
            ('▌', Color::Black, Color::White)
        );
    }
}
