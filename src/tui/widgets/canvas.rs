//! Grey picture in the samples that a terminal shows, with lines over it.

mod blocks;
mod digit;

pub use self::blocks::Blocks;

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use ratatui::layout::Size;

/// Meaning of a line over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Cursor of the user.
    Cursor,
    /// Measured axes.
    Measured,
    /// Proposed and not accepted yet.
    Proposed,
    /// The selected proposal.
    Chosen,
}

impl Tone {
    /// Colours that differ from every grey.
    fn colour(self) -> [u8; 3] {
        match self {
            Self::Cursor => [255, 214, 10],
            Self::Measured => [64, 224, 255],
            Self::Proposed => [255, 120, 220],
            Self::Chosen => [255, 96, 64],
        }
    }

    /// Letters for terminals without colours.
    fn letter(self) -> char {
        match self {
            Self::Cursor => '+',
            Self::Measured => '×',
            Self::Proposed => 'o',
            Self::Chosen => '@',
        }
    }
}

/// Samples and the lines over them.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// Cells that it is painted for.
    pub cells: Size,
    grey: GrayImage,
    tones: Vec<Option<Tone>>,
    /// Letters over cells, if a cell is too small for drawn digits.
    letters: Vec<Letter>,
}

/// Letter over the cell of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Letter {
    /// Down and across, in samples.
    at: [u32; 2],
    letter: char,
    tone: Tone,
}

/// Number of straight lines of a ring.
const RING_LINES: u32 = 40;

impl Canvas {
    /// Canvas without lines; `grey` has the same number of samples in each of `cells`.
    pub fn new(cells: Size, grey: GrayImage) -> Self {
        let count = grey.width() as usize * grey.height() as usize;
        Self {
            cells,
            grey,
            tones: vec![None; count],
            letters: Vec::new(),
        }
    }

    /// Samples down a cell: one or two if the terminal draws with characters, its pixels if it draws pictures.
    fn samples_down(&self) -> u32 {
        self.grey.height() / u32::from(self.cells.height.max(1))
    }

    /// Draws a ring around `centre` that reaches `[down, across]`, in samples from the top left edge, and is at least
    /// large enough to be recognised as a ring. Parts outside the canvas are not drawn.
    pub fn ring(&mut self, centre: [f64; 2], reach: [f64; 2], tone: Tone) {
        let least = match self.samples_down() {
            0 | 1 => [1.0, 2.0],
            2 => [2.0, 2.0],
            _ => [6.0, 6.0],
        };
        let reach = [0, 1].map(|axis| f64::max(reach[axis], least[axis]));
        let point = |step: u32| {
            let angle = f64::from(step) / f64::from(RING_LINES) * std::f64::consts::TAU;
            let [down, across] = [angle.sin() * reach[0], angle.cos() * reach[1]];
            [centre[0] + down, centre[1] + across]
        };
        for step in 0..RING_LINES {
            self.line(point(step), point(step + 1), tone);
        }
    }

    /// Writes a number to the right of a ring drawn by [`Canvas::ring`], or to its left if there is no room.
    pub fn number(&mut self, number: usize, centre: [f64; 2], reach: [f64; 2], tone: Tone) {
        let digits = number.to_string();
        let (rows, columns) = (f64::from(self.grey.height()), f64::from(self.grey.width()));
        let cell = self.samples_down();
        // Digits are letters of a cell each, or drawn about as high as a cell.
        let dot = (cell / 8).max(1);
        let [height, width] = match cell {
            0..=2 => [1, 1],
            _ => [digit::HEIGHT * dot, (digit::WIDTH + 1) * dot],
        };
        let wide = f64::from(width) * digits.len() as f64;
        let reach = reach[1].max(if cell <= 2 { 2.0 } else { 6.0 });
        let right = centre[1] + reach + 1.0;
        let left = match right + wide <= columns {
            true => right,
            false => centre[1] - reach - 1.0 - wide,
        };
        let top =
            (centre[0] - f64::from(height) / 2.0).clamp(0.0, (rows - f64::from(height)).max(0.0));
        let (top, left) = (top as u32, left.max(0.0) as u32);
        for (place, letter) in (0..).zip(digits.chars()) {
            let left = left + place * width;
            match cell {
                0..=2 => self.letters.push(Letter {
                    at: [top, left],
                    letter,
                    tone,
                }),
                _ => self.digit([top, left], letter, dot, tone),
            }
        }
    }

    fn digit(&mut self, [top, left]: [u32; 2], letter: char, dot: u32, tone: Tone) {
        let (rows, columns) = (self.grey.height(), self.grey.width());
        for [down, across] in digit::dots(letter) {
            for (row, column) in (0..dot * dot).map(|at| (at / dot, at % dot)) {
                let (row, column) = (top + down * dot + row, left + across * dot + column);
                let at = row as usize * columns as usize + column as usize;
                if row < rows
                    && column < columns
                    && let Some(sample) = self.tones.get_mut(at)
                {
                    *sample = Some(tone);
                }
            }
        }
    }

    /// Draws a straight line between two points, `[down, right]` in samples from the top left edge. Parts outside the
    /// canvas are not drawn.
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

    /// The canvas as a picture in colours, or in grey without lines.
    pub fn picture(&self) -> DynamicImage {
        if self.tones.iter().all(Option::is_none) {
            return DynamicImage::ImageLuma8(self.grey.clone());
        }
        let (width, height) = self.grey.dimensions();
        let picture = RgbImage::from_fn(width, height, |column, row| Rgb(self.colour(column, row)));
        DynamicImage::ImageRgb8(picture)
    }

    /// The canvas as text, one line per row of samples; `ink` has letters from dark to bright.
    pub fn letters<const COUNT: usize>(&self, ink: [char; COUNT]) -> Vec<String> {
        let width = self.grey.width().max(1) as usize;
        let rows = self
            .grey
            .as_raw()
            .chunks(width)
            .zip(self.tones.chunks(width));
        (0..)
            .zip(rows)
            .map(|(row, (levels, tones))| {
                let letters = (0..).zip(levels.iter().zip(tones));
                let letters = letters.map(|(column, (level, tone))| {
                    let over = self
                        .letters
                        .iter()
                        .find(|letter| letter.at == [row, column]);
                    match (over, tone) {
                        (Some(over), _) => over.letter,
                        (None, Some(tone)) => tone.letter(),
                        (None, None) => ink[usize::from(*level) * COUNT / 256],
                    }
                });
                letters.collect()
            })
            .collect()
    }
}

/// Part of a line within `[0, size]`, down and across (Liang and Barsky 1984).
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
    fn a_ring_has_its_number_beside_it_or_on_the_other_side_at_the_edge() {
        let mut canvas = canvas(24, 7);
        canvas.ring([3.5, 6.5], [2.5, 4.5], Tone::Proposed);
        canvas.number(12, [3.5, 6.5], [2.5, 4.5], Tone::Proposed);
        canvas.ring([3.5, 21.5], [0.0, 0.0], Tone::Chosen);
        canvas.number(3, [3.5, 21.5], [0.0, 0.0], Tone::Chosen);
        let lines = canvas.letters([' ']).join("\n");
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn numbers_over_pixels_are_drawn_within_the_picture() {
        let grey = GrayImage::from_pixel(100, 100, image::Luma([0]));
        let drawn = |number, centre| {
            let mut canvas = Canvas::new(Size::new(10, 5), grey.clone());
            canvas.number(number, centre, [10.0, 10.0], Tone::Proposed);
            canvas.tones.iter().flatten().count()
        };
        // Dots of two by two samples.
        assert_eq!(drawn(1, [50.0, 50.0]), 4 * digit::dots('1').count());
        assert_eq!(
            drawn(10, [50.0, 50.0]),
            drawn(1, [0.0, 99.0]) + drawn(0, [99.0, 0.0])
        );
    }

    proptest! {
        #[test]
        fn a_line_far_outside_the_canvas_is_safe(
            from in prop::array::uniform2(-1e6f64..1e6), to in prop::array::uniform2(-1e6f64..1e6),
        ) {
            let mut canvas = canvas(7, 5);
            canvas.line(from, to, Tone::Cursor);
            canvas.ring(from, to, Tone::Proposed);
            canvas.number(123, from, to, Tone::Proposed);
            prop_assert_eq!(canvas.letters([' ']).len(), 5);
        }
    }
}
