//! A canvas in block elements, for terminals with colours and without graphics. Lines keep their own colour and are as thin
//! as the shapes allow; letters stay letters.

use ratatui::style::Color;

use super::{Canvas, Tone};
use crate::tui::widgets::symbols::{Drawn, Mosaic, SIDE, Style};

impl Canvas {
    /// The canvas in block elements. Its samples are the parts of the symbols' grid.
    pub fn mosaic(&self, style: Style) -> Mosaic {
        let mut mosaic = Mosaic::of_grey(&self.grey, self.cells, None, style);
        for row in 0..self.cells.height {
            for column in 0..self.cells.width {
                let place = [column, row];
                if let Some((pattern, tone)) = self.lines_over(place) {
                    let colour = tone.colour_at(style.depth);
                    let beside = (self.level_beside(place, pattern), 0.0);
                    mosaic.line(place, pattern, colour, beside, style);
                }
            }
        }
        for letter in &self.letters {
            let [row, column] = letter.at.map(|at| u16::try_from(at).unwrap_or(u16::MAX));
            let drawn = Drawn {
                letter: letter.letter,
                ink: letter.tone.colour_at(style.depth),
                paper: style.depth.nearest(Color::Rgb(0, 0, 0)),
            };
            mosaic.letter([column, row], drawn);
        }
        mosaic
    }

    /// Parts of a cell that lines cover, and the tone that covers most of them.
    fn lines_over(&self, [column, row]: [u16; 2]) -> Option<(u8, Tone)> {
        let [down, across] = self.samples;
        let width = self.size()[1];
        let (mut pattern, mut found) = (0, Vec::new());
        for part in 0..(down * across).min(8) {
            let x = u32::from(column) * across + part % across;
            let y = u32::from(row) * down + part / across;
            let sample = self.tones.get(y as usize * width as usize + x as usize);
            if let Some(tone) = sample.copied().flatten() {
                pattern |= 1 << part;
                found.push(tone);
            }
        }
        let count = |tone: &&Tone| found.iter().filter(|other| other == tone).count();
        found.iter().max_by_key(count).map(|tone| (pattern, *tone))
    }

    /// Mean level of a cell beside the lines over it; 0 if they cover all of it.
    fn level_beside(&self, [column, row]: [u16; 2], pattern: u8) -> f32 {
        let [down, across] = self.samples;
        let (mut sum, mut count) = (0.0, 0.0_f32);
        for (y, x) in (0..SIDE * SIDE).map(|at| (at / SIDE, at % SIDE)) {
            let part = y * down / SIDE * across + x * across / SIDE;
            let (x, y) = (u32::from(column) * SIDE + x, u32::from(row) * SIDE + y);
            let level = self.grey.get_pixel_checked(x, y);
            if let Some(level) = level.filter(|_| pattern >> part & 1 == 0) {
                sum += f32::from(level.0[0]);
                count += 1.0;
            }
        }
        sum / count.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use image::GrayImage;
    use ratatui::buffer::Buffer;
    use ratatui::layout::{Rect, Size};

    use super::*;
    use crate::terminal::{ColourDepth, Symbols};

    fn style(symbols: Symbols) -> Style {
        Style {
            symbols,
            depth: ColourDepth::TrueColour,
        }
    }

    fn canvas(symbols: Symbols) -> Canvas {
        let grey = GrayImage::from_pixel(12 * SIDE, 6 * SIDE, image::Luma([200]));
        Canvas::new(Size::new(12, 6), symbols.grid(), grey)
    }

    fn drawn(canvas: &Canvas, symbols: Symbols) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 6));
        canvas
            .mosaic(style(symbols))
            .render(&mut buffer, Rect::new(0, 0, 12, 6));
        buffer
    }

    #[test]
    fn numbers_are_letters_in_colour() {
        for symbols in [
            Symbols::Half,
            Symbols::Quadrants,
            Symbols::Sextants,
            Symbols::Octants,
        ] {
            let mut canvas = canvas(symbols);
            let [down, across] = symbols.grid().map(f64::from);
            let centre = [3.0 * down, 3.0 * across];
            canvas.number(7, centre, [down, 2.0 * across], Tone::Chosen);
            let buffer = drawn(&canvas, symbols);
            let place = (0..72).find(|at| buffer[(at % 12, at / 12)].symbol() == "7");
            let place = place.unwrap_or_else(|| panic!("{symbols:?}"));
            assert_eq!(place % 12, 6, "{symbols:?}");
            let cell = &buffer[(place % 12, place / 12)];
            assert_eq!(cell.fg, Color::from(Tone::Chosen.colour()));
            assert_eq!(cell.bg, Color::Rgb(0, 0, 0));
        }
    }

    #[test]
    fn a_line_is_as_thin_as_the_shapes_and_has_its_own_colour() {
        let colour = Color::from(Tone::Measured.colour());
        for (symbols, letter) in [
            (Symbols::Half, "▀"),
            (Symbols::Quadrants, "▀"),
            // Upper third, and upper quarter drawn by the three others.
            (Symbols::Sextants, "\u{1fb02}"),
            (Symbols::Octants, "\u{2586}"),
        ] {
            let mut canvas = canvas(symbols);
            let [down, across] = symbols.grid().map(f64::from);
            canvas.line(
                [2.0 * down, 0.0],
                [2.0 * down, 12.0 * across],
                Tone::Measured,
            );
            let buffer = drawn(&canvas, symbols);
            for column in 0..12 {
                let cell = &buffer[(column, 2)];
                assert_eq!(cell.symbol(), letter, "{symbols:?} {column}");
                let (line, beside) = match letter == "\u{2586}" {
                    true => (cell.bg, cell.fg),
                    false => (cell.fg, cell.bg),
                };
                assert_eq!(line, colour);
                assert_eq!(beside, Color::Rgb(200, 200, 200));
                assert_eq!(buffer[(column, 3)].symbol(), " ");
            }
        }
    }

    #[test]
    fn of_two_lines_in_a_cell_both_are_seen() {
        let mut canvas = canvas(Symbols::Octants);
        canvas.line([0.0, 0.0], [4.0, 0.0], Tone::Proposed);
        canvas.line([0.0, 1.0], [0.0, 1.0], Tone::Cursor);
        // Left half and the upper right octant.
        assert_eq!(
            canvas.lines_over([0, 0]),
            Some((0b0101_0111, Tone::Proposed))
        );
    }
}
