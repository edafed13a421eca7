//! Mapping between parts of a slice and character cells, in both directions.
//!
//! Places in a slice are `[row, column]` with the centre of the first pixel at `[0.0, 0.0]`. Cells count from the top
//! left of the picture. A cell shows one or several samples, depending on the graphics mode.

use ratatui::layout::{Rect, Size};

use crate::tui::widgets::picture::{Graphics, USUAL_CELL};
use crate::tui::widgets::symbols::SIDE;

/// Place in a slice, in pixels: row and column.
pub type Place = [f64; 2];

/// Part of a slice that is drawn, and the cells that it is drawn into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureFrame {
    /// First visible row and column.
    pub first: [u32; 2],
    /// Number of visible rows and columns, at least one.
    pub extent: [u32; 2],
    /// Columns and rows of cells that the picture covers, at least one.
    pub cells: Size,
    /// Samples of a line down and across a cell.
    pub samples: [u32; 2],
    /// Grey levels down and across a cell, as many as samples or more.
    pub levels: [u32; 2],
}

/// Size of a slice as far as its frame depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    pub rows: u32,
    pub columns: u32,
    /// Height and width of a pixel, in any unit.
    pub pixel: [f64; 2],
}

impl PictureFrame {
    /// Fits `shape` into `space`: whole at a zoom of 1, its part around `centre` at more. Pixels keep their aspect
    /// ratio. `None` without space, picture or graphics.
    pub fn fit(
        shape: Shape,
        zoom: f64,
        centre: Place,
        space: Size,
        graphics: Graphics,
        cell: Option<(u16, u16)>,
    ) -> Option<Self> {
        let cell = cell.unwrap_or(USUAL_CELL);
        let samples = match graphics {
            Graphics::None => return None,
            Graphics::Shades => [1, 1],
            Graphics::Symbols(symbols) => symbols.grid(),
            Graphics::Kitty | Graphics::Sixel | Graphics::Iterm2 => {
                [u32::from(cell.1.max(1)), u32::from(cell.0.max(1))]
            }
        };
        let levels = match graphics {
            Graphics::Symbols(_) => [SIDE; 2],
            _ => samples,
        };
        if space.width == 0 || space.height == 0 || shape.rows == 0 || shape.columns == 0 {
            return None;
        }
        let cell = [f64::from(cell.1.max(1)), f64::from(cell.0.max(1))];
        let room = [f64::from(space.height), f64::from(space.width)];
        let pixels = [shape.rows, shape.columns];
        let size = [0, 1].map(|axis| f64::from(pixels[axis]) * shape.pixel[axis]);
        let scales = [0, 1].map(|axis| room[axis] * cell[axis] / size[axis]);
        let scale = scales[0].min(scales[1]) * zoom.max(1.0);
        let extent = [0, 1].map(|axis| {
            let seen = room[axis] * cell[axis] / scale / shape.pixel[axis];
            (seen.round().max(1.0) as u32).min(pixels[axis])
        });
        let cells = [0, 1].map(|axis| {
            let covered = f64::from(extent[axis]) * shape.pixel[axis] * scale / cell[axis];
            covered.round().clamp(1.0, room[axis]) as u16
        });
        let first = [0, 1].map(|axis| {
            let first = centre[axis] + 0.5 - f64::from(extent[axis]) / 2.0;
            // The cast turns negative numbers and NaN into 0.
            (first.round() as u32).min(pixels[axis] - extent[axis])
        });
        Some(Self {
            first,
            extent,
            cells: Size::new(cells[1], cells[0]),
            samples,
            levels,
        })
    }

    /// Samples of the whole picture, down and across.
    pub fn size_in_samples(&self) -> [u32; 2] {
        [
            u32::from(self.cells.height) * self.samples[0],
            u32::from(self.cells.width) * self.samples[1],
        ]
    }

    /// Grey levels of the whole picture, down and across.
    pub fn size_in_levels(&self) -> [u32; 2] {
        [
            u32::from(self.cells.height) * self.levels[0],
            u32::from(self.cells.width) * self.levels[1],
        ]
    }

    /// Place in the slice under the middle of a cell.
    pub fn place(&self, column: u16, row: u16) -> Place {
        let cells = [f64::from(self.cells.height), f64::from(self.cells.width)];
        let cell = [f64::from(row) + 0.5, f64::from(column) + 0.5];
        [0, 1].map(|axis| {
            f64::from(self.first[axis]) + cell[axis] * f64::from(self.extent[axis]) / cells[axis]
                - 0.5
        })
    }

    /// Position of a place in samples from the picture's top left edge, the first sample reaching from 0 to 1.
    pub fn sample(&self, place: Place) -> [f64; 2] {
        let samples = self.size_in_samples();
        [0, 1].map(|axis| {
            let within = place[axis] + 0.5 - f64::from(self.first[axis]);
            within * f64::from(samples[axis]) / f64::from(self.extent[axis])
        })
    }

    /// Column and row of the cell that shows a place; `None` outside the picture.
    pub fn cell(&self, place: Place) -> Option<(u16, u16)> {
        let sample = self.sample(place);
        let [row, column] =
            [0, 1].map(|axis| (sample[axis] / f64::from(self.samples[axis])).floor());
        let inside = row >= 0.0
            && column >= 0.0
            && row < f64::from(self.cells.height)
            && column < f64::from(self.cells.width);
        inside.then_some((column as u16, row as u16))
    }

    /// Cells of the terminal that the picture covers at the top middle of `area`.
    pub fn placed(&self, area: Rect) -> Rect {
        let width = self.cells.width.min(area.width);
        Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y,
            width,
            height: self.cells.height.min(area.height),
        }
    }

    /// Width of a column of cells in pixels of the slice.
    pub fn pixels_a_column(&self) -> f64 {
        f64::from(self.extent[1]) / f64::from(self.cells.width)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::terminal::Symbols;

    const CHEST: Shape = Shape {
        rows: 512,
        columns: 512,
        pixel: [0.7, 0.7],
    };

    fn fit(zoom: f64, centre: Place, space: (u16, u16), graphics: Graphics) -> PictureFrame {
        let space = Size::new(space.0, space.1);
        PictureFrame::fit(CHEST, zoom, centre, space, graphics, None).unwrap()
    }

    #[test]
    fn a_whole_square_slice_is_square_on_the_screen() {
        let frame = fit(
            1.0,
            [255.5, 255.5],
            (80, 20),
            Graphics::Symbols(Symbols::Half),
        );
        assert_eq!((frame.first, frame.extent), ([0, 0], [512, 512]));
        assert_eq!(frame.cells, Size::new(40, 20));
        assert_eq!(frame.size_in_samples(), [40, 40]);
    }

    #[test]
    fn zoomed_in_the_picture_takes_all_the_space() {
        let frame = fit(
            4.0,
            [255.5, 255.5],
            (80, 20),
            Graphics::Symbols(Symbols::Half),
        );
        assert_eq!(frame.cells, Size::new(80, 20));
        assert_eq!((frame.first, frame.extent), ([192, 128], [128, 256]));
    }

    #[test]
    fn a_corner_is_shown_as_far_as_there_is_slice() {
        let frame = fit(4.0, [0.0, 511.0], (80, 20), Graphics::Shades);
        assert_eq!(frame.first, [0, 256]);
        assert_eq!(frame.cell([0.0, 511.0]), Some((79, 0)));
        assert_eq!(frame.cell([0.0, 255.0]), None);
    }

    #[test]
    fn the_middle_of_a_pixel_is_the_middle_of_its_samples() {
        let frame = fit(1.0, [255.5, 255.5], (80, 20), Graphics::Sixel);
        assert_eq!(frame.size_in_samples(), [400, 400]);
        assert_eq!(frame.sample([-0.5, -0.5]), [0.0, 0.0]);
        assert_eq!(frame.sample([511.5, 511.5]), [400.0, 400.0]);
        assert_eq!(frame.place(0, 0), [12.3, 5.9]);
    }

    #[test]
    fn tall_pixels_make_a_tall_picture() {
        let shape = Shape {
            rows: 100,
            columns: 100,
            pixel: [2.0, 1.0],
        };
        let space = Size::new(80, 20);
        let frame = PictureFrame::fit(shape, 1.0, [50.0, 50.0], space, Graphics::Shades, None);
        assert_eq!(frame.unwrap().cells, Size::new(20, 20));
    }

    proptest! {
        #[test]
        fn every_cell_finds_its_place_and_every_place_its_cell(
            rows in 1u32..3000, columns in 1u32..3000, tall in 0.1f64..10.0,
            zoom in 0.5f64..40.0, row in -50.0f64..3050.0, column in -50.0f64..3050.0,
            width in 1u16..300, height in 1u16..120, at in (0u16..300, 0u16..120),
        ) {
            let shape = Shape { rows, columns, pixel: [tall, 1.0] };
            for graphics in [
                Graphics::Symbols(Symbols::Half),
                Graphics::Symbols(Symbols::Sextants),
                Graphics::Shades,
                Graphics::Kitty,
            ] {
                let frame = PictureFrame::fit(
                    shape, zoom, [row, column], Size::new(width, height), graphics, None,
                ).unwrap();
                prop_assert!(frame.cells.width <= width && frame.cells.height <= height);
                prop_assert!(frame.first[0] + frame.extent[0] <= rows);
                prop_assert!(frame.first[1] + frame.extent[1] <= columns);
                let cell = (at.0 % frame.cells.width, at.1 % frame.cells.height);
                prop_assert_eq!(frame.cell(frame.place(cell.0, cell.1)), Some(cell));
            }
        }
    }
}
