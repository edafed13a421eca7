//! Block elements as parts of a cell, and the characters that draw them.
//!
//! Octants count from 0 at the top left, row by row: bit 0 and bit 1 are the upper row of a pattern. Sextants likewise.

use std::sync::LazyLock;

use crate::terminal::Symbols;

/// Pattern of octants without a gap between its characters: black.
const NO_OCTANT: u8 = 0;

/// Block elements of one kind of terminal.
pub(super) struct Shapes {
    /// Patterns of octants under a character, the plainest first; of a pattern and its opposite only one.
    pub octants: Vec<(u8, char)>,
    /// Patterns of sextants, likewise.
    pub sextants: Vec<(u8, char)>,
    /// True if eighths of the height and of the width are drawn.
    pub eighths: bool,
    /// Character for each pattern of the terminal's own grid; true if it draws the opposite.
    lines: Vec<(char, bool)>,
}

impl Shapes {
    /// Block elements of a terminal.
    pub(super) fn of(symbols: Symbols) -> &'static Self {
        static ALL: LazyLock<[Shapes; 4]> = LazyLock::new(|| {
            [
                Symbols::Half,
                Symbols::Quadrants,
                Symbols::Sextants,
                Symbols::Octants,
            ]
            .map(Shapes::new)
        });
        &ALL[symbols as usize]
    }

    fn new(symbols: Symbols) -> Self {
        let mut octants = vec![(0x0f, '▀'), (0x55, '▌')];
        if symbols >= Symbols::Quadrants {
            let quadrants = [
                (0x05, '▘'),
                (0x0a, '▝'),
                (0x50, '▖'),
                (0xa0, '▗'),
                (0x5a, '▞'),
            ];
            octants.extend(quadrants);
        }
        if symbols == Symbols::Octants {
            let known = octants.clone();
            let is_new = |pattern: u8| {
                known
                    .iter()
                    .all(|(old, _)| *old != pattern && *old != !pattern)
            };
            // A pattern with its highest bit is the opposite of one without.
            octants.extend((1..0x80).filter(|pattern| is_new(*pattern)).map(
                |pattern| match octant(pattern) {
                    (letter, true) => (!pattern, letter),
                    (letter, false) => (pattern, letter),
                },
            ));
        }
        let sextants = match symbols >= Symbols::Sextants {
            // The pattern of a left half is an octant's.
            true => (1..0x20).filter(|pattern| *pattern != 0b01_0101).collect(),
            false => Vec::new(),
        };
        let lines: Vec<(char, bool)> = match symbols {
            Symbols::Half => [' ', '▀', '▄', '█'].map(|letter| (letter, false)).into(),
            Symbols::Quadrants => (0..16)
                .map(|pattern| octant(of_quadrants(pattern)))
                .collect(),
            Symbols::Sextants => (0..64).map(|pattern| (sextant(pattern), false)).collect(),
            Symbols::Octants => (0..=255).map(octant).collect(),
        };
        Self {
            octants,
            sextants: sextants
                .into_iter()
                .map(|pattern| (pattern, sextant(pattern)))
                .collect(),
            eighths: symbols >= Symbols::Quadrants,
            lines,
        }
    }

    /// Character for a pattern of the terminal's own grid ([`Symbols::grid`]), and true if it draws the opposite, so that
    /// the two colours have to be exchanged.
    pub(super) fn line(&self, pattern: u8) -> (char, bool) {
        let known = self.lines.get(usize::from(pattern));
        known.copied().unwrap_or(('█', false))
    }
}

/// Lower eighths of a cell, 1 to 7.
pub(super) fn lower(eighths: u32) -> char {
    char::from_u32(0x2580 + eighths).unwrap_or('█')
}

/// Left eighths of a cell, 1 to 7.
pub(super) fn left(eighths: u32) -> char {
    char::from_u32(0x2590 - eighths).unwrap_or('█')
}

/// Pattern of octants that covers the same as a pattern of quadrants.
fn of_quadrants(pattern: u8) -> u8 {
    let parts = [0x05, 0x0a, 0x50, 0xa0];
    let here = (0..4).filter(|part| pattern >> part & 1 == 1);
    here.map(|part| parts[part]).sum()
}

/// Character for a pattern of sextants: U+1FB00 to U+1FB3B, in order, without those that older blocks have.
fn sextant(pattern: u8) -> char {
    match pattern {
        0 => ' ',
        0b01_0101 => '▌',
        0b10_1010 => '▐',
        63.. => '█',
        _ => {
            let older = 1 + u32::from(pattern > 0b01_0101) + u32::from(pattern > 0b10_1010);
            char::from_u32(0x1_fb00 + u32::from(pattern) - older).unwrap_or('█')
        }
    }
}

/// Patterns of octants that have characters in older blocks, or in none that all terminals with octants draw. The
/// latter are drawn by their opposite.
pub(super) const OLDER: [(u8, char, bool); 26] = [
    (NO_OCTANT, ' ', false),
    (1, '\u{1cde5}', true),
    (2, '\u{1cde4}', true),
    (3, '\u{2586}', true),
    (5, '▘', false),
    (10, '▝', false),
    (15, '▀', false),
    (20, '\u{1cdd6}', true),
    (40, '\u{1cdc2}', true),
    (63, '▂', true),
    (64, '\u{1cdab}', true),
    (80, '▖', false),
    (85, '▌', false),
    (90, '▞', false),
    (95, '▛', false),
    (128, '\u{1cd70}', true),
    (160, '▗', false),
    (165, '▚', false),
    (170, '▐', false),
    (175, '▜', false),
    (192, '▂', false),
    (240, '▄', false),
    (245, '▙', false),
    (250, '▟', false),
    (252, '▆', false),
    (255, '█', false),
];

/// Character for a pattern of octants (U+1CD00 to U+1CDE5, in order, without [`OLDER`]), and true if it draws the
/// opposite.
fn octant(pattern: u8) -> (char, bool) {
    match OLDER.binary_search_by_key(&pattern, |(older, ..)| *older) {
        Ok(place) => (OLDER[place].1, OLDER[place].2),
        Err(before) => {
            let code = 0x1_cd00 + u32::from(pattern) - before as u32;
            (char::from_u32(code).unwrap_or('█'), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::cover;
    use super::*;

    #[test]
    fn characters_of_patterns_cover_their_parts() {
        let part = |rows: u32, row: u32, column: u32| row * rows / 8 * 2 + column / 4;
        for pattern in 0..=255_u8 {
            let (letter, opposite) = octant(pattern);
            for (row, column) in (0..64).map(|at| (at / 8, at % 8)) {
                let drawn = cover(letter, row, column) == 1.0;
                let wanted = pattern >> part(4, row, column) & 1 == 1;
                assert_eq!(
                    drawn != opposite,
                    wanted,
                    "{pattern} {letter} {row} {column}"
                );
            }
        }
        for pattern in 0..64_u8 {
            // Rows in the middle of a third.
            for (row, column) in [0, 4, 7].into_iter().flat_map(|row| [(row, 0), (row, 7)]) {
                let wanted = pattern >> part(3, row, column) & 1 == 1;
                let drawn = cover(sextant(pattern), row, column);
                assert_eq!(drawn == 1.0, wanted, "{pattern} {row} {column}");
            }
        }
        for eighths in 1..8 {
            let covered = |letter| {
                let all = (0..64).map(|at| cover(letter, at / 8, at % 8));
                all.sum::<f32>() as u32
            };
            assert_eq!(
                [lower(eighths), left(eighths)].map(covered),
                [eighths * 8; 2]
            );
        }
    }

    #[test]
    fn a_terminal_gets_no_character_that_it_does_not_draw() {
        let newest = |symbols| {
            let shapes = Shapes::of(symbols);
            let fits = shapes
                .octants
                .iter()
                .chain(&shapes.sextants)
                .map(|(_, letter)| *letter);
            let lines = shapes.lines.iter().map(|(letter, _)| *letter);
            fits.chain(lines).max().unwrap()
        };
        assert!(newest(Symbols::Half) <= '▐');
        assert!(newest(Symbols::Quadrants) <= '▟');
        assert!(newest(Symbols::Sextants) <= '\u{1fb3b}');
        let octants = Shapes::of(Symbols::Octants);
        assert_eq!(octants.octants.len(), 127);
        let drawn = octants.octants.iter().map(|(_, letter)| *letter);
        assert!(
            drawn
                .into_iter()
                .all(|letter| !('\u{1ce00}'..'\u{1cfff}').contains(&letter))
        );
    }

    #[test]
    fn a_line_of_any_pattern_has_a_character() {
        let shapes = Shapes::of(Symbols::Quadrants);
        assert_eq!(shapes.line(0b0111), ('▛', false));
        assert_eq!(Shapes::of(Symbols::Half).line(2), ('▄', false));
        // The upper left octant alone is drawn by the seven others.
        assert_eq!(Shapes::of(Symbols::Octants).line(1), ('\u{1cde5}', true));
    }
}
