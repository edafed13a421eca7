//! A grey picture of exactly the samples that a terminal shows, with lines over it.

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;

/// Grey levels that half blocks are told apart in. Steps between neighbours are too small to be seen, and what
/// differs by less than a step (noise, mostly) is not sent again when the picture changes.
const BLOCK_LEVELS: u8 = 64;

/// What a line over a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Where the user points.
    Cursor,
    /// What was measured.
    Measured,
    /// What is proposed and not accepted yet.
    Proposed,
}

impl Tone {
    /// Far from every grey.
    fn colour(self) -> [u8; 3] {
        match self {
            Self::Cursor => [255, 214, 10],
            Self::Measured => [64, 224, 255],
            Self::Proposed => [255, 120, 220],
        }
    }

    /// Where there are no colours.
    fn letter(self) -> char {
        match self {
            Self::Cursor => '+',
            Self::Measured => '×',
            Self::Proposed => 'o',
        }
    }
}

/// Samples and the lines over them.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// The cells that it is painted for.
    pub cells: Size,
    grey: GrayImage,
    tones: Vec<Option<Tone>>,
}

impl Canvas {
    /// A canvas without lines; `grey` has the same number of samples in each of `cells`.
    pub fn new(cells: Size, grey: GrayImage) -> Self {
        let count = grey.width() as usize * grey.height() as usize;
        Self {
            cells,
            grey,
            tones: vec![None; count],
        }
    }

    /// Draws a straight line between two points, `[down, right]` in samples from the top left edge. What lies
    /// outside is left out.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2], tone: Tone) {
        let (width, height) = (f64::from(self.grey.width()), f64::from(self.grey.height()));
        let Some((from, to)) = clipped(from, to, [height, width]) else {
            return;
        };
        let span = [to[0] - from[0], to[1] - from[1]];
        let steps = span[0].abs().max(span[1].abs()).ceil().max(1.0) as u32;
        for step in 0..=steps {
            let part = f64::from(step) / f64::from(steps);
            let [row, column] = [0, 1].map(|axis| (from[axis] + span[axis] * part).floor());
            // The far edge itself belongs to the last sample.
            let row = row.clamp(0.0, height - 1.0) as usize;
            let column = column.clamp(0.0, width - 1.0) as usize;
            if let Some(at) = self.tones.get_mut(row * width as usize + column) {
                *at = Some(tone);
            }
        }
    }

    fn colour(&self, column: u32, row: u32) -> [u8; 3] {
        let at = row as usize * self.grey.width() as usize + column as usize;
        match self.tones.get(at).copied().flatten() {
            Some(tone) => tone.colour(),
            None => [self.grey.get_pixel(column, row).0[0]; 3],
        }
    }

    /// As a picture in colours, or in grey where there are none.
    pub fn picture(&self) -> DynamicImage {
        if self.tones.iter().all(Option::is_none) {
            return DynamicImage::ImageLuma8(self.grey.clone());
        }
        let (width, height) = self.grey.dimensions();
        let picture = RgbImage::from_fn(width, height, |column, row| Rgb(self.colour(column, row)));
        DynamicImage::ImageRgb8(picture)
    }

    /// As text, a line a row of samples, brighter samples in letters further back in `ink`.
    pub fn letters<const COUNT: usize>(&self, ink: [char; COUNT]) -> Vec<String> {
        let width = self.grey.width().max(1) as usize;
        let rows = self
            .grey
            .as_raw()
            .chunks(width)
            .zip(self.tones.chunks(width));
        rows.map(|(levels, tones)| {
            let letters = levels.iter().zip(tones).map(|(level, tone)| match tone {
                Some(tone) => tone.letter(),
                None => ink[usize::from(*level) * COUNT / 256],
            });
            letters.collect()
        })
        .collect()
    }

    /// As half blocks: two samples a cell, one above the other.
    pub fn blocks(&self) -> Blocks {
        let (width, height) = self.grey.dimensions();
        let rows = (0..height).step_by(2);
        let cells = rows.flat_map(|row| {
            (0..width).map(move |column| {
                [row, (row + 1).min(height - 1)].map(|row| coarse(self.colour(column, row)))
            })
        });
        Blocks {
            cells: cells.collect(),
            width: width as u16,
        }
    }
}

/// A grey in steps of [`BLOCK_LEVELS`]; other colours as they are.
fn coarse([red, green, blue]: [u8; 3]) -> [u8; 3] {
    if red != green || green != blue {
        return [red, green, blue];
    }
    let step = u16::from(red) * u16::from(BLOCK_LEVELS) / 256;
    [(step * 255 / u16::from(BLOCK_LEVELS - 1)) as u8; 3]
}

/// The part of a line within `[0, size]`, down and across (Liang and Barsky 1984).
fn clipped(from: [f64; 2], to: [f64; 2], size: [f64; 2]) -> Option<([f64; 2], [f64; 2])> {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for axis in [0, 1] {
        let span = to[axis] - from[axis];
        for (towards, room) in [(-span, from[axis]), (span, size[axis] - from[axis])] {
            if towards == 0.0 && room < 0.0 {
                return None;
            } else if towards < 0.0 {
                enters = enters.max(room / towards);
            } else if towards > 0.0 {
                leaves = leaves.min(room / towards);
            }
        }
    }
    let at = |part: f64| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part);
    (enters <= leaves).then(|| (at(enters), at(leaves)))
}

/// A picture in half blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Colours of the upper and the lower half, row by row.
    cells: Vec<[[u8; 3]; 2]>,
    width: u16,
}

impl Blocks {
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
                // Evenly coloured cells need one colour on the wire and not two.
                let (letter, ink) = match upper == lower {
                    true => (' ', [0; 3]),
                    false => ('▀', *upper),
                };
                cell.set_char(letter)
                    .set_fg(Color::from(ink))
                    .set_bg(Color::from(*lower));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canvas(width: u32, height: u32) -> Canvas {
        let grey = GrayImage::from_pixel(width, height, image::Luma([0]));
        Canvas::new(Size::new(width as u16, height as u16), grey)
    }

    #[test]
    fn a_line_goes_from_end_to_end_without_holes() {
        let mut canvas = canvas(6, 4);
        canvas.line([0.5, 0.5], [3.5, 5.5], Tone::Cursor);
        let lines = canvas.letters([' ', '#']).join("\n");
        insta::assert_snapshot!(lines, @r"
        +     
         ++   
           ++ 
             +
        ");
    }

    #[test]
    fn a_line_that_leaves_the_picture_is_cut_at_its_edge() {
        let mut canvas = canvas(4, 2);
        canvas.line([0.5, -1e9], [0.5, 1e9], Tone::Measured);
        canvas.line([9.0, 9.0], [9.0, -9.0], Tone::Measured);
        assert_eq!(canvas.letters([' ']), ["××××", "    "]);
    }

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

    proptest! {
        #[test]
        fn no_line_is_too_far_out(
            from in prop::array::uniform2(-1e6f64..1e6), to in prop::array::uniform2(-1e6f64..1e6),
        ) {
            let mut canvas = canvas(7, 5);
            canvas.line(from, to, Tone::Cursor);
            prop_assert_eq!(canvas.letters([' ']).len(), 5);
        }
    }
}
