//! Filters in the order in which the kernel reads them, packed again for each step.

use rayon::prelude::*;

use super::memory::{LINE, Line, Memory, rounded};
use crate::model::layers::Convolution;

/// The filters of a convolution for the forward pass, `[panel of outputs][tap][inputs / 2][LINE][2]`, and for the backward
/// pass, `[panel of inputs][tap][outputs / 2][LINE][2]`.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    pub forward: Memory,
    pub backward: Memory,
}

impl Filters {
    /// Room for the filters of `outputs` channels, each of `taps` taps over `inputs` channels.
    pub fn zeroed(outputs: usize, taps: usize, inputs: usize, backward: bool) -> Self {
        let numbers = outputs * taps * inputs;
        Self {
            forward: Memory::zeroed(numbers),
            backward: Memory::zeroed(if backward { numbers } else { 0 }),
        }
    }

    /// Room for the filters of `layer`; also for the backward pass if there is one.
    pub fn of(layer: &Convolution, backward: bool) -> Self {
        let taps = layer.filter * layer.filter;
        Self::zeroed(layer.outputs, taps, layer.inputs, backward)
    }

    /// Packs `weights`, `(outputs, taps, inputs)`.
    pub fn pack(&mut self, weights: &[f32], outputs: usize, taps: usize, inputs: usize) {
        assert_eq!(weights.len(), outputs * taps * inputs);
        // A pair of summed channels fills two lines.
        let forward = self.forward.lines_mut().par_chunks_mut(inputs);
        forward.enumerate().for_each(|(panel_tap, lines)| {
            let (panel, tap) = (panel_tap / taps, panel_tap % taps);
            for column in 0..LINE {
                let row = ((panel * LINE + column) * taps + tap) * inputs;
                let values = &weights[row..row + inputs];
                for (two, values) in lines.chunks_exact_mut(2).zip(values.chunks_exact(2)) {
                    put(two, column, values[0], values[1]);
                }
            }
        });
        let backward = self.backward.lines_mut().par_chunks_mut(outputs);
        backward.enumerate().for_each(|(panel_tap, lines)| {
            let (panel, tap) = (panel_tap / taps, panel_tap % taps);
            for (pair, two) in lines.chunks_exact_mut(2).enumerate() {
                let row = |output: usize| {
                    let at = (output * taps + tap) * inputs + panel * LINE;
                    &weights[at..at + LINE]
                };
                let both = row(2 * pair).iter().zip(row(2 * pair + 1));
                for (column, (first, second)) in both.enumerate() {
                    put(two, column, *first, *second);
                }
            }
        });
    }
}

/// Puts two numbers that are summed over at a column of a pair of lines.
fn put(two: &mut [Line], column: usize, first: f32, second: f32) {
    if let Some(line) = two.get_mut(2 * column / LINE) {
        let at = 2 * column % LINE;
        line.0[at] = rounded(first);
        line.0[at + 1] = rounded(second);
    }
}
