//! The block element, and the two colours, with the least squared error over the samples of a cell.
//!
//! With the means of both parts as colours, the squared error is the sum of all squares less S₁²/n₁ + S₀²/n₀, where S and
//! n are sum and number of the samples of a part. So a shape needs only the sum under it, and all sums are made from those
//! of a few parts.

use super::shapes::{self, Shapes};

/// Samples across and down a cell.
pub(super) const SIDE: usize = 8;
const COUNT: f32 = (SIDE * SIDE) as f32;

/// Samples of a cell, row by row, each of one channel (grey) or three.
pub(super) type Samples<const C: usize> = [[f32; C]; SIDE * SIDE];

/// A cell in two colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split<const C: usize> {
    pub letter: char,
    /// Mean of the samples under the letter.
    pub ink: [f32; C],
    /// Mean of the others.
    pub paper: [f32; C],
    /// Share of the samples under the letter.
    pub share: f32,
    /// Squared error of a sample in two colours.
    pub error: f32,
    /// Mean of all samples, and the squared error of a sample in that one colour.
    pub mean: [f32; C],
    pub flat_error: f32,
}

/// A candidate: sum and number of the samples under a letter.
struct Part<const C: usize> {
    letter: char,
    sum: [f32; C],
    count: f32,
}

/// The best block element of `shapes`; of equally good ones the plainest.
pub(super) fn best<const C: usize>(samples: &Samples<C>, shapes: &Shapes) -> Split<C> {
    let rows: [[f32; C]; SIDE] =
        std::array::from_fn(|row| total((0..SIDE).map(|column| samples[row * SIDE + column])));
    let whole = total(rows.into_iter());
    let squares: f32 = samples.iter().flatten().map(|level| level * level).sum();
    let explained = |part: &Part<C>| {
        let sums = part.sum.iter().zip(&whole);
        let parts = sums.map(|(under, whole)| {
            let beside = whole - under;
            under * under / part.count + beside * beside / (COUNT - part.count)
        });
        parts.sum::<f32>()
    };
    let flat: f32 = whole.iter().map(|sum| sum * sum / COUNT).sum();
    let mut found: Option<(f32, Part<C>)> = None;
    let mut consider = |part: Part<C>| {
        let explained = explained(&part);
        if found.as_ref().is_none_or(|(best, _)| explained > *best) {
            found = Some((explained, part));
        }
    };
    let halves: [[[f32; C]; 2]; SIDE] = std::array::from_fn(|row| {
        [0, SIDE / 2].map(|first| {
            total((first..first + SIDE / 2).map(|column| samples[row * SIDE + column]))
        })
    });
    let octants: [[f32; C]; 8] = std::array::from_fn(|part| {
        let (row, side) = (part / 2 * 2, part % 2);
        total([halves[row][side], halves[row + 1][side]].into_iter())
    });
    of_patterns(&octants, COUNT / 8.0, &shapes.octants, &mut consider);
    if !shapes.sextants.is_empty() {
        of_patterns(
            &sextants(&halves),
            COUNT / 6.0,
            &shapes.sextants,
            &mut consider,
        );
    }
    if shapes.eighths {
        let columns: [[f32; C]; SIDE] =
            std::array::from_fn(|column| total((0..SIDE).map(|row| samples[row * SIDE + column])));
        let (mut below, mut beside) = ([0.0; C], [0.0; C]);
        for eighths in 1..SIDE {
            below = total([below, rows[SIDE - eighths]].into_iter());
            beside = total([beside, columns[eighths - 1]].into_iter());
            let count = (eighths * SIDE) as f32;
            let letters = [shapes::lower(eighths as u32), shapes::left(eighths as u32)];
            for (letter, sum) in letters.into_iter().zip([below, beside]) {
                consider(Part { letter, sum, count });
            }
        }
    }
    let mean = whole.map(|sum| sum / COUNT);
    let flat_error = ((squares - flat) / COUNT).max(0.0);
    match found {
        Some((explained, part)) => Split {
            letter: part.letter,
            ink: part.sum.map(|sum| sum / part.count),
            paper: std::array::from_fn(|channel| {
                (whole[channel] - part.sum[channel]) / (COUNT - part.count)
            }),
            share: part.count / COUNT,
            error: ((squares - explained) / COUNT).max(0.0),
            mean,
            flat_error,
        },
        None => Split {
            letter: ' ',
            ink: mean,
            paper: mean,
            share: 0.0,
            error: flat_error,
            mean,
            flat_error,
        },
    }
}

/// Offers each pattern of `parts`, which have `count` samples each.
fn of_patterns<const C: usize>(
    parts: &[[f32; C]],
    count: f32,
    patterns: &[(u8, char)],
    consider: &mut impl FnMut(Part<C>),
) {
    // Sums over all patterns of one half of the parts, and of the other half.
    let half = parts.len() / 2;
    let sums = |parts: &[[f32; C]]| {
        let mut sums = [[0.0; C]; 16];
        for pattern in 1..1_usize << half {
            let last = pattern.trailing_zeros() as usize;
            sums[pattern] = total([sums[pattern & (pattern - 1)], parts[last]].into_iter());
        }
        sums
    };
    let (upper, lower) = (sums(&parts[..half]), sums(&parts[half..]));
    for (pattern, letter) in patterns {
        let bits = usize::from(*pattern);
        let sum = [upper[bits & ((1 << half) - 1)], lower[bits >> half]];
        consider(Part {
            letter: *letter,
            sum: total(sum.into_iter()),
            count: count * pattern.count_ones() as f32,
        });
    }
}

/// Sums of two by three parts. The third and the sixth row of samples lie in two of them.
fn sextants<const C: usize>(halves: &[[[f32; C]; 2]; SIDE]) -> [[f32; C]; 6] {
    let rows = [
        [(0, 3.0), (1, 3.0), (2, 2.0)].as_slice(),
        &[(2, 1.0), (3, 3.0), (4, 3.0), (5, 1.0)],
        &[(5, 2.0), (6, 3.0), (7, 3.0)],
    ];
    std::array::from_fn(|part| {
        let rows = rows[part / 2].iter();
        total(rows.map(|(row, thirds)| halves[*row][part % 2].map(|sum| sum * thirds / 3.0)))
    })
}

fn total<const C: usize>(parts: impl Iterator<Item = [f32; C]>) -> [f32; C] {
    parts.fold([0.0; C], |sum, part| {
        std::array::from_fn(|channel| sum[channel] + part[channel])
    })
}

#[cfg(test)]
mod tests {
    use super::super::seen::cover;
    use super::*;
    use crate::terminal::Symbols;

    /// A cell that `letter` draws in two levels.
    fn drawn(letter: char, ink: f32, paper: f32) -> Samples<1> {
        std::array::from_fn(|at| {
            let cover = cover(letter, (at / SIDE) as u32, (at % SIDE) as u32);
            [paper + (ink - paper) * cover]
        })
    }

    #[test]
    fn a_cell_that_is_a_block_element_becomes_that_one() {
        let shapes = Shapes::of(Symbols::Octants);
        let letters = shapes.octants.iter().map(|(_, letter)| *letter);
        for letter in letters.chain((1..8).flat_map(|n| [shapes::lower(n), shapes::left(n)])) {
            let split = best(&drawn(letter, 200.0, 40.0), shapes);
            assert!(split.error < 1.0, "{letter}: {split:?}");
            // The opposite in exchanged colours is the same picture.
            let is_same = |row: u32, column: u32| {
                let seen = match cover(split.letter, row, column) == 1.0 {
                    true => split.ink[0],
                    false => split.paper[0],
                };
                (seen - drawn(letter, 200.0, 40.0)[(row * 8 + column) as usize][0]).abs() < 0.5
            };
            assert!(
                (0..64).all(|at| is_same(at / 8, at % 8)),
                "{letter}: {split:?}"
            );
        }
    }

    #[test]
    fn a_sextant_is_found_though_its_edges_lie_between_samples() {
        let shapes = Shapes::of(Symbols::Sextants);
        for (_, letter) in &shapes.sextants {
            let split = best(&drawn(*letter, 200.0, 40.0), shapes);
            assert!(split.error < 0.3 * split.flat_error, "{letter}: {split:?}");
        }
        // The middle third.
        let split = best(&drawn('\u{1fb0b}', 200.0, 40.0), shapes);
        assert!(
            matches!(split.letter, '\u{1fb0b}' | '\u{1fb30}'),
            "{split:?}"
        );
    }

    #[test]
    fn both_colours_are_means_and_the_error_is_that_of_the_samples() {
        let samples: Samples<3> =
            std::array::from_fn(|at| [at as f32, (at * at % 97) as f32, (at % 8) as f32 * 20.0]);
        for symbols in [Symbols::Half, Symbols::Quadrants, Symbols::Octants] {
            let split = best(&samples, Shapes::of(symbols));
            let error: f32 = (0..64)
                .map(|at| {
                    let inked = cover(split.letter, at as u32 / 8, at as u32 % 8) == 1.0;
                    let seen = if inked { split.ink } else { split.paper };
                    let parts = samples[at].iter().zip(seen);
                    parts
                        .map(|(wanted, seen)| (wanted - seen).powi(2))
                        .sum::<f32>()
                })
                .sum();
            assert!(
                (error / 64.0 - split.error).abs() < 1.0,
                "{symbols:?} {error}"
            );
            assert!(split.error < split.flat_error);
        }
    }

    #[test]
    fn an_even_cell_has_no_error_in_one_colour() {
        let split = best(&[[90.0]; 64], Shapes::of(Symbols::Octants));
        assert_eq!((split.mean, split.flat_error), ([90.0], 0.0));
    }
}
