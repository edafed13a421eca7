//! Grey picture in the samples that a terminal shows, with lines over it.

mod digit;
mod mosaic;

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use ratatui::layout::Size;
use ratatui::style::Color;

use crate::terminal::ColourDepth;

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

    /// The same at a colour depth. The nearest of 16 colours would be a grey for some.
    fn colour_at(self, depth: ColourDepth) -> Color {
        match (depth, self) {
            (ColourDepth::Sixteen, Self::Cursor) => Color::LightYellow,
            (ColourDepth::Sixteen, Self::Measured) => Color::LightCyan,
            (ColourDepth::Sixteen, Self::Proposed) => Color::LightMagenta,
            (ColourDepth::Sixteen, Self::Chosen) => Color::LightRed,
            _ => depth.nearest(Color::from(self.colour())),
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
    /// Samples of a line down and across a cell.
    samples: [u32; 2],
    /// Levels, as fine as the samples or finer.
    grey: GrayImage,
    /// One for each sample, row by row.
    tones: Vec<Option<Tone>>,
    /// Letters over cells, if a cell is too small for drawn digits.
    letters: Vec<Letter>,
}

/// Letter over a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Letter {
    /// Down and across, in cells.
    at: [u32; 2],
    letter: char,
    tone: Tone,
}

/// Number of straight lines of a ring.
const RING_LINES: u32 = 40;

impl Canvas {
    /// Canvas without lines, on which lines have `samples` down and across a cell; `grey` has at least as many levels in
    /// each of `cells`.
    pub fn new(cells: Size, samples: [u32; 2], grey: GrayImage) -> Self {
        let samples = samples.map(|count| count.max(1));
        let count = u32::from(cells.width) * samples[1] * u32::from(cells.height) * samples[0];
        Self {
            cells,
            samples,
            grey,
            tones: vec![None; count as usize],
            letters: Vec::new(),
        }
    }

    /// Samples down and across the canvas.
    fn size(&self) -> [u32; 2] {
        let cells = [self.cells.height, self.cells.width].map(u32::from);
        [0, 1].map(|axis| cells[axis] * self.samples[axis])
    }

    /// True if the terminal draws with characters, so that a number is a letter in a cell.
    fn has_letters(&self) -> bool {
        self.samples[0] <= 4
    }

    /// Least reach of a ring, so that it is recognised as one.
    fn least_reach(&self) -> [f64; 2] {
        match self.has_letters() {
            true => [f64::from(self.samples[0]), f64::from(2 * self.samples[1])],
            false => [6.0, 6.0],
        }
    }

    /// Draws a ring around `centre` that reaches `[down, across]`, in samples from the top left edge, and is at least
    /// large enough to be recognised as a ring. Parts outside the canvas are not drawn.
    pub fn ring(&mut self, centre: [f64; 2], reach: [f64; 2], tone: Tone) {
        let least = self.least_reach();
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
        let reach = reach[1].max(self.least_reach()[1]);
        let [rows, columns] = self.size().map(f64::from);
        // Digits are letters of a cell each, or drawn about as high as a cell.
        if self.has_letters() {
            let [down, across] = self.samples.map(f64::from);
            let wide = digits.len() as f64;
            let right = ((centre[1] + reach) / across).floor() + 1.0;
            let left = match right + wide <= columns / across {
                true => right,
                false => ((centre[1] - reach) / across).floor() - 1.0 - wide,
            };
            let top = (centre[0] - 0.5).clamp(0.0, (rows - 1.0).max(0.0)) / down;
            let (top, left) = (top as u32, left.max(0.0) as u32);
            let letters = (0..).zip(digits.chars()).map(|(place, letter)| Letter {
                at: [top, left + place],
                letter,
                tone,
            });
            return self.letters.extend(letters);
        }
        let dot = (self.samples[0] / 8).max(1);
        let [height, width] = [digit::HEIGHT * dot, (digit::WIDTH + 1) * dot];
        let wide = f64::from(width) * digits.len() as f64;
        let right = centre[1] + reach + 1.0;
        let left = match right + wide <= columns {
            true => right,
            false => centre[1] - reach - 1.0 - wide,
        };
        let top =
            (centre[0] - f64::from(height) / 2.0).clamp(0.0, (rows - f64::from(height)).max(0.0));
        let (top, left) = (top as u32, left.max(0.0) as u32);
        for (place, letter) in (0..).zip(digits.chars()) {
            self.digit([top, left + place * width], letter, dot, tone);
        }
    }

    fn digit(&mut self, [top, left]: [u32; 2], letter: char, dot: u32, tone: Tone) {
        let [rows, columns] = self.size();
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
        let [height, width] = self.size().map(f64::from);
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
        Canvas::new(Size::new(width as u16, height as u16), [1, 1], grey)
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
            let mut canvas = Canvas::new(Size::new(10, 5), [20, 10], grey.clone());
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

    #[test]
    fn tones_are_no_greys_at_any_depth() {
        let greys = [Color::Black, Color::DarkGray, Color::Gray, Color::White];
        for tone in [Tone::Cursor, Tone::Measured, Tone::Proposed, Tone::Chosen] {
            assert!(!greys.contains(&tone.colour_at(ColourDepth::Sixteen)));
            let Color::Indexed(index) = tone.colour_at(ColourDepth::TwoHundredFiftySix) else {
                panic!("{tone:?}");
            };
            assert!((17..231).contains(&index), "{tone:?} {index}");
        }
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
