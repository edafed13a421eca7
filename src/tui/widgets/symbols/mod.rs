//! Pictures in block elements: in each cell the shape and the two colours that come nearest to the picture.
//!
//! Used for terminals with colours but without pixels. `terminal` decides which shapes a terminal draws.

mod fit;
mod palette;
mod seen;
mod shapes;

use image::{GrayImage, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;

pub use self::palette::Drawn;
use self::shapes::Shapes;
use crate::terminal::{ColourDepth, Symbols};

/// Samples across and down a cell of the pictures that are drawn here.
pub const SIDE: u32 = fit::SIDE as u32;

/// Block elements and colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub symbols: Symbols,
    pub depth: ColourDepth,
}

/// Picture in block elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mosaic {
    /// Row by row.
    cells: Vec<Drawn>,
    width: u16,
}

impl Mosaic {
    /// A grey picture of [`SIDE`] × [`SIDE`] samples in each of `cells`, under heat if `strengths` has one value in [0, 1]
    /// for each cell.
    pub fn of_grey(grey: &GrayImage, cells: Size, strengths: Option<&[f32]>, style: Style) -> Self {
        let shapes = Shapes::of(style.symbols);
        let strength = |index| {
            strengths
                .and_then(|all| all.get(index).copied())
                .unwrap_or(0.0)
        };
        Self::of(cells, |index, [column, row]| {
            let split = fit::best(&samples(grey, [column, row], |pixel| pixel.0), shapes);
            palette::of_grey(&split, strength(index), style.depth)
        })
    }

    /// The same for a picture in colours. In 16 colours it is grey: those are no colours of skin, but a face is known by
    /// its light.
    pub fn of_colours(picture: &RgbImage, cells: Size, style: Style) -> Self {
        if style.depth <= ColourDepth::Sixteen {
            let grey = image::imageops::grayscale(picture);
            return Self::of_grey(&grey, cells, None, style);
        }
        let shapes = Shapes::of(style.symbols);
        Self::of(cells, |_, place| {
            let split = fit::best(&samples(picture, place, |pixel| pixel.0), shapes);
            palette::of_colours(&split)
        })
    }

    fn of(cells: Size, draw: impl Fn(usize, [u32; 2]) -> Drawn) -> Self {
        let width = usize::from(cells.width);
        let count = width * usize::from(cells.height);
        let drawn = (0..count).map(|index| {
            let [column, row] = [index % width.max(1), index / width.max(1)];
            draw(index, [column as u32, row as u32])
        });
        Self {
            cells: drawn.collect(),
            width: cells.width,
        }
    }

    /// Lays a line over a cell: the parts of `pattern`, bit 0 at the top left of the grid of the symbols, in one colour.
    /// `beside` is the mean level beside the line, under heat of `strength`.
    pub fn line(
        &mut self,
        [column, row]: [u16; 2],
        pattern: u8,
        colour: Color,
        (beside, strength): (f32, f32),
        style: Style,
    ) {
        let (letter, opposite) = Shapes::of(style.symbols).line(pattern);
        let paper = palette::plain(beside, strength, style.depth);
        let (ink, paper) = if opposite {
            (paper, colour)
        } else {
            (colour, paper)
        };
        self.letter([column, row], Drawn { letter, ink, paper });
    }

    /// Puts a letter over a cell.
    pub fn letter(&mut self, [column, row]: [u16; 2], letter: Drawn) {
        let place = usize::from(row) * usize::from(self.width) + usize::from(column);
        if let Some(cell) = self.cells.get_mut(place).filter(|_| column < self.width) {
            *cell = letter;
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> Size {
        let height = self.cells.len() / usize::from(self.width.max(1));
        Size::new(self.width, height as u16)
    }

    /// Draws as much as `area` has room for.
    pub fn render(&self, buffer: &mut Buffer, area: Rect) {
        let rows = self.cells.chunks(usize::from(self.width.max(1)));
        for (row, cells) in area.rows().zip(rows) {
            for (place, drawn) in row.columns().zip(cells) {
                if let Some(cell) = buffer.cell_mut((place.x, place.y)) {
                    cell.set_char(drawn.letter)
                        .set_fg(drawn.ink)
                        .set_bg(drawn.paper);
                }
            }
        }
    }
}

/// Colour of heat of a strength in [0, 1] over a middle grey, as pictures in block elements show it.
pub fn heat(strength: f32, depth: ColourDepth) -> Color {
    const MIDDLE: f32 = 96.0;
    palette::plain(MIDDLE, strength, depth)
}

/// Samples of a cell; those beyond the picture's edge repeat it.
fn samples<P: image::Pixel<Subpixel = u8>, const C: usize>(
    picture: &image::ImageBuffer<P, Vec<u8>>,
    [column, row]: [u32; 2],
    levels: impl Fn(&P) -> [u8; C],
) -> fit::Samples<C> {
    let last = [picture.width(), picture.height()].map(|side| side.saturating_sub(1));
    std::array::from_fn(|at| {
        let (down, across) = ((at / fit::SIDE) as u32, (at % fit::SIDE) as u32);
        let x = (column * SIDE + across).min(last[0]);
        let y = (row * SIDE + down).min(last[1]);
        let pixel = picture.get_pixel_checked(x, y);
        pixel.map_or([0.0; C], |pixel| levels(pixel).map(f32::from))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        symbols: Symbols::Half,
        depth: ColourDepth::TrueColour,
    };

    #[test]
    fn an_even_cell_is_a_space_and_a_divided_one_its_shape() {
        let grey = GrayImage::from_fn(16, 8, |x, y| match x < 8 && y < 4 {
            true => image::Luma([255]),
            false => image::Luma([0]),
        });
        let mosaic = Mosaic::of_grey(&grey, Size::new(2, 1), None, STYLE);
        assert_eq!(mosaic.size(), Size::new(2, 1));
        let area = Rect::new(0, 0, 2, 1);
        let mut buffer = Buffer::empty(area);
        mosaic.render(&mut buffer, area);
        let [left, right] = [&buffer[(0, 0)], &buffer[(1, 0)]];
        assert_eq!((left.symbol(), right.symbol()), ("▀", " "));
        assert_eq!(left.fg, Color::Rgb(255, 255, 255));
        assert_eq!(
            (left.bg, right.bg),
            (Color::Rgb(0, 0, 0), Color::Rgb(0, 0, 0))
        );
    }

    #[test]
    fn an_opposite_shape_exchanges_the_colours() {
        let style = Style {
            symbols: Symbols::Octants,
            ..STYLE
        };
        let grey = GrayImage::new(8, 8);
        let mut mosaic = Mosaic::of_grey(&grey, Size::new(1, 1), None, style);
        mosaic.line([0, 0], 1, Color::Red, (0.0, 0.0), style);
        let black = Color::Rgb(0, 0, 0);
        assert_eq!(
            (mosaic.cells[0].ink, mosaic.cells[0].paper),
            (black, Color::Red)
        );
        mosaic.line([0, 0], 0x0f, Color::Red, (0.0, 0.0), style);
        assert_eq!(
            (mosaic.cells[0].ink, mosaic.cells[0].paper),
            (Color::Red, black)
        );
        mosaic.line([5, 0], 0x0f, Color::Red, (0.0, 0.0), style);
    }

    #[test]
    fn pictures_without_pixels_or_cells_are_drawn_as_black_or_not_at_all() {
        let nothing = Mosaic::of_colours(&RgbImage::new(0, 0), Size::new(2, 2), STYLE);
        assert_eq!(nothing.size(), Size::new(2, 2));
        let none = Mosaic::of_grey(&GrayImage::new(8, 8), Size::new(0, 4), None, STYLE);
        assert_eq!(none.size(), Size::new(0, 0));
    }
}
