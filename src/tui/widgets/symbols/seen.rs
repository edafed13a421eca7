//! A picture in block elements as a terminal shows it, for measuring how near it comes to the picture.

use image::{Rgb, RgbImage};
use ratatui::style::Color;

use super::shapes::OLDER;
use super::{Mosaic, SIDE};

impl Mosaic {
    /// The picture in [`SIDE`] × [`SIDE`] samples a cell, as a terminal shows it in 24-bit colour. Other colours are black.
    pub fn seen(&self) -> RgbImage {
        let size = self.size();
        let levels = |colour: Color| match colour {
            Color::Rgb(red, green, blue) => [red, green, blue],
            _ => [0; 3],
        };
        let [width, height] = [size.width, size.height].map(|count| u32::from(count) * SIDE);
        RgbImage::from_fn(width, height, |x, y| {
            let place = (y / SIDE) as usize * usize::from(size.width) + (x / SIDE) as usize;
            let Some(drawn) = self.cells.get(place) else {
                return Rgb([0; 3]);
            };
            let share = cover(drawn.letter, y % SIDE, x % SIDE);
            let [ink, paper] = [drawn.ink, drawn.paper].map(levels);
            Rgb(std::array::from_fn(|channel| {
                let [ink, paper] = [ink, paper].map(|levels| f32::from(levels[channel]));
                (paper + (ink - paper) * share).round() as u8
            }))
        })
    }
}

/// Share of the sample at a row and a column of eight that a character covers, from the names of its code chart.
pub(super) fn cover(letter: char, row: u32, column: u32) -> f32 {
    let code = letter as u32;
    let at = |bits: u32, rows: u32| {
        // A sample of eight rows may lie in two of three parts.
        let steps = 24;
        let hits = (0..steps / 8).filter(|step| {
            let part = (row * (steps / 8) + step) * rows / steps;
            bits >> (part * 2 + column / 4) & 1 == 1
        });
        hits.count() as f32 / (steps / 8) as f32
    };
    let share = |is: bool| f32::from(u8::from(is));
    match letter {
        '█' => 1.0,
        '▀' => share(row < 4),
        '▐' => share(column >= 4),
        '▖' => at(0b0100, 2),
        '▗' => at(0b1000, 2),
        '▘' => at(0b0001, 2),
        '▙' => at(0b1101, 2),
        '▚' => at(0b1001, 2),
        '▛' => at(0b0111, 2),
        '▜' => at(0b1011, 2),
        '▝' => at(0b0010, 2),
        '▞' => at(0b0110, 2),
        '▟' => at(0b1110, 2),
        '\u{2581}'..='\u{2588}' => share(row >= 8 - (code - 0x2580)),
        '\u{2589}'..='\u{258f}' => share(column < 0x2590 - code),
        '\u{1fb00}'..='\u{1fb3b}' => {
            let skipped = [0, 0b01_0101, 0b10_1010, 63];
            let mut bits = (0..64).filter(|bits| !skipped.contains(bits));
            at(nth(&mut bits, code - 0x1fb00), 3)
        }
        '\u{1cd00}'..='\u{1cde5}' => {
            let skipped = OLDER.map(|(bits, ..)| u32::from(bits));
            let mut bits = (0..256).filter(|bits| !skipped.contains(bits));
            at(nth(&mut bits, code - 0x1cd00), 4)
        }
        _ => 0.0,
    }
}

fn nth(patterns: &mut impl Iterator<Item = u32>, place: u32) -> u32 {
    patterns.nth(place as usize).unwrap_or_default()
}
