//! A canvas in half blocks, for terminals with colours and without graphics.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;

use super::Canvas;

/// Number of grey levels in half blocks. Steps between neighbours are too small to be seen, and differences below a
/// step (mostly noise) are not sent again when the picture changes.
const BLOCK_LEVELS: u8 = 64;

impl Canvas {
    /// The canvas as half blocks: two samples a cell, one above the other.
    pub fn blocks(&self) -> Blocks {
        let (width, height) = self.grey.dimensions();
        let rows = (0..height).step_by(2);
        let cells = rows.flat_map(|row| {
            (0..width).map(move |column| {
                [row, (row + 1).min(height - 1)].map(|row| coarse(self.colour(column, row)))
            })
        });
        let letters = self.letters.iter().map(|letter| BlockLetter {
            row: (letter.at[0] / 2) as u16,
            column: letter.at[1] as u16,
            letter: letter.letter,
            colour: letter.tone.colour(),
        });
        Blocks {
            cells: cells.collect(),
            width: width as u16,
            letters: letters.collect(),
        }
    }
}

/// Grey reduced to [`BLOCK_LEVELS`]; other colours unchanged.
fn coarse([red, green, blue]: [u8; 3]) -> [u8; 3] {
    if red != green || green != blue {
        return [red, green, blue];
    }
    let step = u16::from(red) * u16::from(BLOCK_LEVELS) / 256;
    [(step * 255 / u16::from(BLOCK_LEVELS - 1)) as u8; 3]
}

/// Picture in half blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Colours of the upper and the lower half, row by row.
    cells: Vec<[[u8; 3]; 2]>,
    width: u16,
    letters: Vec<BlockLetter>,
}

/// Letter over a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BlockLetter {
    row: u16,
    column: u16,
    letter: char,
    colour: [u8; 3],
}

impl Blocks {
    /// Columns and rows.
    pub fn size(&self) -> Size {
        let height = self.cells.len() / usize::from(self.width.max(1));
        Size::new(self.width, height as u16)
    }

    /// Draws as much as `area` has room for.
    pub fn render(&self, buffer: &mut Buffer, area: Rect) {
        let rows = self.cells.chunks(usize::from(self.width.max(1)));
        for (row, cells) in area.rows().zip(rows) {
            for (place, [upper, lower]) in row.columns().zip(cells) {
                let Some(cell) = buffer.cell_mut((place.x, place.y)) else {
                    continue;
                };
                // Evenly coloured cells need one colour instead of two.
                let (letter, ink) = match upper == lower {
                    true => (' ', [0; 3]),
                    false => ('▀', *upper),
                };
                cell.set_char(letter)
                    .set_fg(Color::from(ink))
                    .set_bg(Color::from(*lower));
            }
        }
        for letter in &self.letters {
            let place = (
                area.x.saturating_add(letter.column),
                area.y.saturating_add(letter.row),
            );
            if let Some(cell) = buffer
                .cell_mut(place)
                .filter(|_| area.contains(place.into()))
            {
                cell.set_char(letter.letter)
                    .set_fg(Color::from(letter.colour))
                    .set_bg(Color::Rgb(0, 0, 0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::GrayImage;

    use super::super::Tone;
    use super::*;

    #[test]
    fn half_blocks_hold_two_samples_and_an_even_cell_is_a_space() {
        let grey = GrayImage::from_raw(2, 2, vec![255, 9, 0, 8]).unwrap();
        let canvas = Canvas::new(Size::new(2, 1), grey);
        let blocks = canvas.blocks();
        assert_eq!(blocks.size(), Size::new(2, 1));
        let area = Rect::new(0, 0, 2, 1);
        let mut buffer = Buffer::empty(area);
        blocks.render(&mut buffer, area);
        let [left, right] = [&buffer[(0, 0)], &buffer[(1, 0)]];
        assert_eq!((left.symbol(), right.symbol()), ("▀", " "));
        assert_eq!(left.fg, Color::Rgb(255, 255, 255));
        assert_eq!(left.bg, Color::Rgb(0, 0, 0));
    }

    #[test]
    fn coarse_greys_keep_black_and_white() {
        assert_eq!(coarse([0; 3]), [0; 3]);
        assert_eq!(coarse([255; 3]), [255; 3]);
        assert_eq!(coarse([255, 214, 10]), [255, 214, 10]);
    }

    #[test]
    fn numbers_over_half_blocks_are_letters_in_colour() {
        let grey = GrayImage::from_pixel(12, 12, image::Luma([200]));
        let mut canvas = Canvas::new(Size::new(12, 6), grey);
        canvas.number(7, [6.0, 3.0], [2.0, 2.0], Tone::Chosen);
        let area = Rect::new(1, 1, 12, 6);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 8));
        canvas.blocks().render(&mut buffer, area);
        let cell = &buffer[(7, 3)];
        assert_eq!(cell.symbol(), "7");
        assert_eq!(cell.fg, Color::from(Tone::Chosen.colour()));
    }
}
