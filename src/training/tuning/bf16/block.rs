//! Forward and backward pass of a residual block.

use super::pairs::{self, Order, Pairs};
use crate::model::bf16::convolution::{self, Job, Residual};
use crate::model::bf16::filters::Filters;
use crate::model::bf16::kernel::Tap;
use crate::model::bf16::memory::Memory;
use crate::model::bf16::view::View;
use crate::model::layers::{Bottleneck, Convolution};

/// The one tap of a 1×1 filter.
pub const HERE: [Tap; 1] = [Tap {
    offset: 0,
    packed: 0,
}];

/// A block's filters, packed.
#[derive(Debug)]
pub struct BlockFilters {
    first: Filters,
    middle: Filters,
    last: Filters,
    around: Filters,
}

impl BlockFilters {
    /// Room for the filters of `block`; also for the backward pass if there is one.
    pub fn new(block: &Bottleneck, backward: bool) -> Self {
        Self {
            first: Filters::of(&block.first, backward),
            middle: Filters::of(&block.middle, backward),
            last: Filters::of(&block.last, backward),
            around: (block.around.as_ref())
                .map_or_else(Filters::default, |around| Filters::of(around, backward)),
        }
    }

    /// Packs the filters of `block`, which are among `parameters`.
    pub fn pack(&mut self, block: &Bottleneck, parameters: &[f32]) {
        let pack = |filters: &mut Filters, layer: &Convolution| {
            let (weights, taps) = (
                &parameters[layer.weight.clone()],
                layer.filter * layer.filter,
            );
            filters.pack(weights, layer.outputs, taps, layer.inputs);
        };
        pack(&mut self.first, &block.first);
        pack(&mut self.middle, &block.middle);
        pack(&mut self.last, &block.last);
        if let Some(around) = &block.around {
            pack(&mut self.around, around);
        }
    }
}

/// Outputs of a block's convolutions for a batch, kept for the backward pass.
#[derive(Debug)]
pub struct BlockMemory {
    /// After the first 1×1 convolution and ReLU, with a border.
    first: Memory,
    /// After the 3×3 convolution and ReLU.
    middle: Memory,
    /// The output of the block.
    pub output: Memory,
    /// Gradients of the 3×3 convolution's output, with a border.
    middle_gradients: Memory,
}

/// Memory that the blocks of a network use in turn in the backward pass.
#[derive(Debug)]
pub struct BackMemory {
    pub upstream: Pairs,
    pub input: Pairs,
    first_gradients: Memory,
}

impl BackMemory {
    /// Room for `images` images in any of `blocks`, and for `least` numbers of an image.
    pub fn new(blocks: &[Bottleneck], images: usize, least: usize) -> Self {
        let area = |side: usize| side * side;
        let most = |numbers: &dyn Fn(&Bottleneck) -> usize| {
            blocks.iter().map(numbers).max().unwrap_or(0).max(least)
        };
        let first = most(&|block| area(block.first.side) * block.first.outputs);
        let upstream = most(&|block| block.last.pixels() * block.last.outputs).max(first);
        let input = most(&|block| {
            (area(block.first.side) * block.first.inputs)
                .max(area(block.middle.side + 2) * block.middle.inputs)
        });
        Self {
            upstream: Pairs::zeroed(images, upstream),
            input: Pairs::zeroed(images, input),
            first_gradients: Memory::zeroed(images * first),
        }
    }
}

/// Inputs of the backward pass of a block.
pub struct Back<'a> {
    pub filters: &'a BlockFilters,
    /// The input of the block.
    pub input: &'a Memory,
    /// Number of images.
    pub count: usize,
    /// True if the gradient of the block's input is needed.
    pub further: bool,
    /// True if that gradient is added to the contents of its memory.
    pub onto: bool,
}

impl BlockMemory {
    /// Room for `images` images; also for the backward pass if there is one.
    pub fn new(block: &Bottleneck, images: usize, backward: bool) -> Self {
        let given = |layer: &Convolution| Memory::zeroed(images * layer.pixels() * layer.outputs);
        let bordered = |side: usize, channels: usize| {
            Memory::zeroed(images * (side + 2) * (side + 2) * channels)
        };
        let middle = &block.middle;
        Self {
            first: bordered(middle.side, middle.inputs),
            middle: given(middle),
            output: given(&block.last),
            middle_gradients: match backward {
                true => bordered(middle.side_out(), middle.outputs),
                false => Memory::default(),
            },
        }
    }

    /// Runs `count` images through the block; all outputs stay here.
    pub fn forward(
        &mut self,
        block: &Bottleneck,
        filters: &BlockFilters,
        parameters: &[f32],
        input: &Memory,
        count: usize,
    ) {
        let bias = |layer: &Convolution| Some(&parameters[layer.bias.clone()]);
        let taken = View::plain(block.first.side, block.first.inputs);
        let first = View::bordered(block.middle.side, block.middle.inputs);
        let middle = View::plain(block.last.side, block.last.inputs);
        let output = View::plain(block.last.side, block.last.outputs);
        let plain = |layer: &Convolution| Job {
            images: count,
            side: layer.side_out(),
            input,
            input_view: taken.every(layer.stride, 0, 0),
            taps: &HERE,
            packed: 1,
            depth: layer.inputs,
            filters: &filters.first.forward,
            outputs: layer.outputs,
            output_view: output,
            bias: bias(layer),
            residual: None,
            mask: None,
            relu: false,
        };
        let job = Job {
            output_view: first,
            relu: true,
            ..plain(&block.first)
        };
        convolution::run(&job, &mut self.first);
        let taps: Vec<Tap> = (0..9)
            .map(|tap| Tap {
                offset: step(first, tap / 3, 1) + step(first, tap % 3, 0),
                packed: tap as usize,
            })
            .collect();
        let job = Job {
            input: &self.first,
            input_view: first.every(block.middle.stride, 0, 0),
            taps: &taps,
            packed: 9,
            filters: &filters.middle.forward,
            output_view: middle,
            relu: true,
            ..plain(&block.middle)
        };
        convolution::run(&job, &mut self.middle);
        if let Some(around) = &block.around {
            let job = Job {
                filters: &filters.around.forward,
                ..plain(around)
            };
            convolution::run(&job, &mut self.output);
        }
        let residual = match block.around {
            Some(_) => Residual::Output,
            None => Residual::Other(input),
        };
        let job = Job {
            input: &self.middle,
            input_view: middle,
            filters: &filters.last.forward,
            residual: Some((residual, output)),
            relu: true,
            ..plain(&block.last)
        };
        convolution::run(&job, &mut self.output);
    }

    /// Turns the gradient of the block's output, in `given`, into that of its input: in `taken` if the result is true, in
    /// `given` itself if it is false. Both are zero where their activation is. Writes the gradients of the block's parameters.
    pub fn backward(
        &mut self,
        block: &Bottleneck,
        back: &Back<'_>,
        given: &mut Memory,
        taken: &mut Memory,
        shared: &mut BackMemory,
        gradients: &mut [f32],
    ) -> bool {
        let Back { input, count, .. } = *back;
        let BackMemory {
            upstream,
            input: looked_at,
            first_gradients,
        } = shared;
        let taken_view = View::plain(block.first.side, block.first.inputs);
        let (side, width) = (block.middle.side, block.middle.inputs);
        let (first, first_plain) = (View::bordered(side, width), View::plain(side, width));
        let (last_side, last_width) = (block.last.side, block.last.inputs);
        let middle = View::plain(last_side, last_width);
        let middle_bordered = View::bordered(last_side, last_width);
        let output = View::plain(last_side, block.last.outputs);
        let mut learn = |layer: &Convolution, upstream: &Pairs, bias: &[f32], input: &Pairs| {
            let weight = &mut gradients[layer.weight.clone()];
            // The pixels that a 1×1 filter passes over are left out by interleaving.
            let stride = if layer.filter == 1 { 1 } else { layer.stride };
            pairs::learn(upstream, input, layer.filter, stride, weight);
            gradients[layer.bias.clone()].copy_from_slice(bias);
        };

        // The last 1×1, and the shortcut.
        let bias = upstream.interleave(
            Order::ByChannel,
            given,
            output,
            count,
            last_side,
            block.last.outputs,
        );
        looked_at.interleave(
            Order::ByPixel,
            &self.middle,
            middle,
            count,
            last_side,
            last_width,
        );
        learn(&block.last, upstream, &bias, looked_at);
        if let Some(around) = &block.around {
            let every = taken_view.every(around.stride, 0, 0);
            looked_at.interleave(
                Order::ByPixel,
                input,
                every,
                count,
                last_side,
                around.inputs,
            );
            learn(around, upstream, &bias, looked_at);
        }
        let plain = Job {
            images: count,
            side: last_side,
            input: &self.middle,
            input_view: output,
            taps: &HERE,
            packed: 1,
            depth: block.last.outputs,
            filters: &back.filters.last.backward,
            outputs: last_width,
            output_view: middle_bordered,
            bias: None,
            residual: None,
            mask: Some((&self.middle, middle)),
            relu: false,
        };
        let job = Job {
            input: given,
            ..plain
        };
        convolution::run(&job, &mut self.middle_gradients);

        // The 3×3.
        let bias = upstream.interleave(
            Order::ByChannel,
            &self.middle_gradients,
            middle_bordered,
            count,
            last_side,
            last_width,
        );
        let with_border = View::plain(side + 2, width);
        looked_at.interleave(
            Order::ByPixel,
            &self.first,
            with_border,
            count,
            side + 2,
            width,
        );
        learn(&block.middle, upstream, &bias, looked_at);
        let stride = block.middle.stride;
        for phase in 0..stride * stride {
            let (row, column) = (phase / stride, phase % stride);
            let taps = taps_back(middle_bordered, stride, row, column);
            let job = Job {
                input: &self.middle_gradients,
                input_view: middle_bordered,
                taps: &taps,
                packed: 9,
                depth: last_width,
                filters: &back.filters.middle.backward,
                outputs: width,
                output_view: first_plain.every(stride, row, column),
                mask: Some((&self.first, first.every(stride, row, column))),
                ..plain
            };
            convolution::run(&job, first_gradients);
        }

        // The first 1×1.
        let bias = upstream.interleave(
            Order::ByChannel,
            first_gradients,
            first_plain,
            count,
            side,
            width,
        );
        looked_at.interleave(
            Order::ByPixel,
            input,
            taken_view,
            count,
            side,
            block.first.inputs,
        );
        learn(&block.first, upstream, &bias, looked_at);
        if !back.further {
            return false;
        }
        let job = Job {
            side,
            input: first_gradients,
            input_view: first_plain,
            depth: width,
            filters: &back.filters.first.backward,
            outputs: block.first.inputs,
            output_view: taken_view,
            mask: Some((input, taken_view)),
            ..plain
        };
        match &block.around {
            None => {
                let residual = Some((Residual::Output, taken_view));
                convolution::run(&Job { residual, ..job }, given);
                false
            }
            Some(around) => {
                let residual = back.onto.then_some((Residual::Output, taken_view));
                convolution::run(&Job { residual, ..job }, taken);
                let every = taken_view.every(around.stride, 0, 0);
                let job = Job {
                    input: given,
                    filters: &back.filters.around.backward,
                    outputs: around.inputs,
                    output_view: every,
                    residual: Some((Residual::Output, every)),
                    mask: Some((input, every)),
                    ..plain
                };
                convolution::run(&job, taken);
                true
            }
        }
    }
}

/// Numbers from the central pixel of a window to the one under tap `tap` of three, by rows if `down` is 1, else by columns.
fn step(view: View, tap: isize, down: isize) -> isize {
    let distance = if down == 1 { view.row } else { view.pixel };
    (tap - 1) * distance as isize
}

/// The taps of a 3×3 filter that reach an input pixel in row `row` and column `column` of each `stride` × `stride`, with the
/// distance of their output pixel from the one of the same number.
fn taps_back(view: View, stride: usize, row: usize, column: usize) -> Vec<Tap> {
    // Input pixel `stride · n + place` lies under tap `tap` of output pixel `n + distance / stride`.
    let steps = |place: usize| {
        (0..3_usize).filter_map(move |tap| {
            let distance = place as isize + 1 - tap as isize;
            (distance.rem_euclid(stride as isize) == 0)
                .then(|| (tap, distance.div_euclid(stride as isize)))
        })
    };
    steps(row)
        .flat_map(|(down, rows)| {
            steps(column).map(move |(across, columns)| Tap {
                offset: rows * view.row as isize + columns * view.pixel as isize,
                packed: 3 * down + across,
            })
        })
        .collect()
}
