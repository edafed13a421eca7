//! The pixels that a convolution reads and writes.

use super::layout::{Layout, Order};
use crate::model::bf16::memory::LINE;

/// Pixels of a group: the rows of a tile.
pub const PIXELS: usize = 16;
/// Place of a sum that is not stored: it belongs to the border.
pub const NOWHERE: u32 = u32::MAX;

/// The windows of a convolution, in the order in which they are computed.
#[derive(Debug, Clone)]
pub struct Walk {
    inputs: usize,
    outputs: usize,
    /// Distances in bytes of each [`LINE`] channels of each tap, in the pixels and in the filters.
    steps: Vec<[isize; 2]>,
    /// Place of the first window's central pixel, number of windows of an image, and places from an image to the next.
    start: usize,
    count: usize,
    from_image: usize,
    /// For each window of an image, the place of its output, or [`NOWHERE`]; and places from an image to the next.
    to: Box<[u32]>,
    to_image: usize,
    /// True if the windows of an image follow those of the image before without a gap.
    joined: bool,
    from_places: Layout,
    to_places: Layout,
}

/// Shape of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub inputs: usize,
    pub outputs: usize,
    /// Height and width of the filter: 1 or 3.
    pub filter: usize,
    /// 1 or 2
    pub stride: usize,
}

/// Sixteen windows: the first number of the first one, and the first number of each output, or [`NOWHERE`].
#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub input: usize,
    pub to: [u32; PIXELS],
}

impl Group {
    /// A group whose sums are not stored.
    pub const NONE: Self = Self {
        input: 0,
        to: [NOWHERE; PIXELS],
    };
}

impl Walk {
    /// The windows of a convolution that reads `from` and writes `to`.
    ///
    /// # Panics
    /// The orders do not fit: a filter of 1×1 reads [`Order::Quarters`], one of 3×3 a bordered order, that of quarters
    /// for stride 2. Or the output has another size.
    pub fn new(shape: Shape, from: Layout, to: Layout) -> Self {
        let Shape {
            inputs,
            outputs,
            filter,
            stride,
        } = shape;
        let order = match (filter, stride) {
            (1, _) => Order::Quarters,
            (_, 1) => Order::Bordered,
            _ => Order::BorderedQuarters,
        };
        assert!(from.order == order && inputs.is_multiple_of(LINE) && outputs.is_multiple_of(LINE));
        let size = |length: usize| length.div_ceil(stride);
        assert!((size(from.height), size(from.width)) == (to.height, to.width));
        let taps: Vec<isize> = if filter == 1 {
            vec![0]
        } else {
            let both = |row| (-1..=1).map(move |column| (row, column));
            let offset = |(row, column)| offset(from, stride, row, column);
            (-1..=1).flat_map(both).map(offset).collect()
        };
        let mut steps = Vec::new();
        for (tap, offset) in taps.into_iter().enumerate() {
            for channel in (0..inputs).step_by(LINE) {
                let pixels = offset * inputs as isize + channel as isize;
                let filters = ((tap * inputs + channel) * LINE) as isize;
                steps.push([pixels, filters].map(|numbers| numbers * size_of::<u16>() as isize));
            }
        }
        let place = |row, column| to.place(row, column) as u32;
        let mut places = Vec::new();
        match (filter, stride) {
            (1, 1) => {
                places.resize(to.height * to.width, NOWHERE);
                for row in 0..to.height {
                    for column in 0..to.width {
                        places[from.place(row, column)] = place(row, column);
                    }
                }
            }
            (1, _) => {
                let row = |row| (0..to.width).map(move |column| place(row, column));
                places.extend((0..to.height).flat_map(row));
            }
            _ => {
                for row in 0..to.height {
                    places.extend((0..to.width).map(|column| place(row, column)));
                    places.push(NOWHERE);
                }
            }
        }
        Self {
            inputs,
            outputs,
            steps,
            start: from.start(0),
            count: places.len(),
            from_image: from.image(),
            to: places.into(),
            to_image: to.image(),
            joined: (filter, stride) == (1, 1),
            from_places: from,
            to_places: to,
        }
    }

    /// Distances in bytes, in the pixels and in the filters, of each step of a sum.
    pub fn steps(&self) -> &[[isize; 2]] {
        &self.steps
    }

    /// Channels of the input and of the output.
    pub fn channels(&self) -> (usize, usize) {
        (self.inputs, self.outputs)
    }

    /// Number of groups of `images` images.
    pub fn groups(&self, images: usize) -> usize {
        match self.joined {
            true => (images * self.count).div_ceil(PIXELS),
            false => images * self.count.div_ceil(PIXELS),
        }
    }

    /// Numbers that are read, and written, for `images` images.
    pub fn numbers(&self, images: usize) -> (usize, usize) {
        let from = self.from_places.places(images) * self.inputs;
        (from, self.to_places.places(images) * self.outputs)
    }

    /// A group of `images` images; [`Group::NONE`] if there is none.
    pub fn group(&self, index: usize, images: usize) -> Group {
        let (mut image, mut window) = match self.joined {
            true => (index * PIXELS / self.count, index * PIXELS % self.count),
            false => {
                let groups = self.count.div_ceil(PIXELS);
                (index / groups, index % groups * PIXELS)
            }
        };
        let mut group = Group {
            input: (self.start + image * self.from_image + window) * self.inputs,
            ..Group::NONE
        };
        if image >= images {
            return Group::NONE;
        }
        for to in &mut group.to {
            if window == self.count {
                if !self.joined || image + 1 >= images {
                    break;
                }
                (image, window) = (image + 1, 0);
            }
            let place = self.to[window];
            if place != NOWHERE {
                *to = (place + (image * self.to_image) as u32) * self.outputs as u32;
            }
            window += 1;
        }
        group
    }
}

/// Places from the central pixel of a window to the pixel of a tap.
fn offset(from: Layout, stride: usize, row: isize, column: isize) -> isize {
    let pitch = from.pitch() as isize;
    if stride == 1 {
        return row * pitch + column;
    }
    // An odd row or column is one of another quarter; that before the central one is of the half before.
    let quarter = 2 * row.unsigned_abs() + column.unsigned_abs();
    let between = (from.start(quarter) - from.start(0)) as isize;
    between + row.min(0) * pitch + column.min(0)
}
