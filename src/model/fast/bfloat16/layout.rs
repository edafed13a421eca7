//! The order of the pixels of an image in memory.

/// Pixels that a tile may read beyond the last one.
const BEYOND: usize = 16;

/// Order of the pixels; the channels of a pixel lie side by side, and images follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Pixels of even rows and columns, those of even rows and odd columns, and the other two quarters: without gaps, and every
    /// second pixel in a row.
    Quarters,
    /// Row by row, with a row of zeros above and a zero behind each row, which is also the one before the next row.
    Bordered,
    /// The four quarters one after the other, each with such zeros.
    BorderedQuarters,
}

/// Pixels of an image of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub height: usize,
    pub width: usize,
    pub order: Order,
}

impl Layout {
    /// Rows and columns of a quarter: half the image, rounded up.
    fn half(self) -> (usize, usize) {
        (self.height.div_ceil(2), self.width.div_ceil(2))
    }

    /// Places from a pixel to the one below it, in a bordered order.
    pub fn pitch(self) -> usize {
        match self.order {
            Order::Quarters | Order::Bordered => self.width + 1,
            Order::BorderedQuarters => self.half().1 + 1,
        }
    }

    /// Places before the first pixel of a quarter, counted from the even rows and columns on, or of the whole
    /// image.
    pub fn start(self, quarter: usize) -> usize {
        let (rows, columns) = self.half();
        match self.order {
            Order::Quarters => {
                let (few_rows, few_columns) = (self.height / 2, self.width / 2);
                match quarter {
                    0 => 0,
                    1 => rows * columns,
                    2 => rows * self.width,
                    _ => rows * self.width + few_rows * (self.width - few_columns),
                }
            }
            Order::Bordered => 1 + self.pitch(),
            Order::BorderedQuarters => 1 + self.pitch() + quarter * (rows + 1) * self.pitch(),
        }
    }

    /// Place of a pixel of the first image.
    pub fn place(self, row: usize, column: usize) -> usize {
        let quarter = row % 2 * 2 + column % 2;
        match self.order {
            Order::Quarters => {
                let columns = (self.width + 1 - column % 2) / 2;
                self.start(quarter) + row / 2 * columns + column / 2
            }
            Order::Bordered => self.start(0) + row * self.pitch() + column,
            Order::BorderedQuarters => self.start(quarter) + row / 2 * self.pitch() + column / 2,
        }
    }

    /// Places from an image to the next.
    pub fn image(self) -> usize {
        match self.order {
            Order::Quarters => self.height * self.width,
            Order::Bordered => (self.height + 1) * self.pitch(),
            Order::BorderedQuarters => 4 * (self.half().0 + 1) * self.pitch(),
        }
    }

    /// Places of `images` images and of what a tile may read around them.
    pub fn places(self, images: usize) -> usize {
        1 + images * self.image() + self.pitch() + 1 + BEYOND
    }
}
