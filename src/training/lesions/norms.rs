//! Batch norm statistics, measured on the training pictures.
//!
//! The initial weights were trained with other windows: their running means and variances describe other
//! pictures. Each layer's statistics are measured on a batch that passed the layers before it with their new
//! statistics.

use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::model::ContentError;
use crate::model::folding;
use crate::model::layers::{Convolution, Layers};
use crate::model::lesions::trunk::TRUNK;
use crate::model::lesions::{CHANNELS, TILE};
use crate::model::product::{Matrix, multiply};
use crate::model::resnet::BATCH_NORM_EPSILON;
use crate::training::tuning::parameters::Written;
use crate::training::tuning::window;

/// The weight file `init` up to its third stage, with the statistics of `images`, `(count, 3, 224, 224)` in [0, 1].
///
/// # Errors
/// The reason alone, naming the tensor that is missing or misshapen.
pub fn measured(init: &[u8], images: &[f32]) -> Result<Vec<u8>, ContentError> {
    let file = SafeTensors::deserialize(init)?;
    let statistics = Measuring { file: &file }.run(images)?;
    let kept = |name: &str| {
        ["conv1.", "bn1.", "layer1.", "layer2.", "layer3."]
            .iter()
            .any(|part| name.starts_with(part))
            && !statistics.iter().any(|(measured, ..)| measured == name)
    };
    let mut views: Vec<(String, TensorView<'_>)> = file
        .tensors()
        .into_iter()
        .filter(|(name, _)| kept(name))
        .collect();
    for (name, dtype, shape, bytes) in &statistics {
        let view = TensorView::new(*dtype, shape.clone(), bytes)?;
        views.push((name.clone(), view));
    }
    Ok(safetensors::serialize(views, None)?)
}

struct Measuring<'a> {
    file: &'a SafeTensors<'a>,
}

impl Measuring<'_> {
    fn run(&self, images: &[f32]) -> Result<Vec<Written>, ContentError> {
        let mut statistics = Vec::new();
        let stem = Convolution {
            name: "conv1".into(),
            norm: "bn1".into(),
            inputs: CHANNELS,
            outputs: TRUNK.width,
            filter: 7,
            stride: 2,
            side: TILE,
            weight: 0..0,
            bias: 0..0,
        };
        let mut current = self.normed(&stem, &by_pixel(images), &mut statistics)?;
        relu(&mut current);
        current = pooled(&current, stem.side_out(), stem.outputs);
        for block in Layers::new(&TRUNK, 1, TILE / 4).blocks {
            let mut inner = self.normed(&block.first, &current, &mut statistics)?;
            relu(&mut inner);
            inner = self.normed(&block.middle, &inner, &mut statistics)?;
            relu(&mut inner);
            inner = self.normed(&block.last, &inner, &mut statistics)?;
            if let Some(around) = &block.around {
                current = self.normed(around, &current, &mut statistics)?;
            }
            (inner.par_iter_mut().zip(&current)).for_each(|(value, around)| *value += around);
            relu(&mut inner);
            current = inner;
        }
        Ok(statistics)
    }

    /// The convolution of `images`, normalised by its own mean and variance, which are appended to
    /// `statistics`.
    fn normed(
        &self,
        layer: &Convolution,
        images: &[f32],
        statistics: &mut Vec<Written>,
    ) -> Result<Vec<f32>, ContentError> {
        let shape = [layer.outputs, layer.inputs, layer.filter, layer.filter];
        let stored = folding::values(self.file, &format!("{}.weight", layer.name), &shape)?;
        let mut filters = vec![0.0; stored.len()];
        for (to, from) in folding::places(layer) {
            filters[to] = stored[from];
        }
        let count = images.len() / (layer.side * layer.side * layer.inputs);
        let rows = count * layer.pixels();
        let mut given = vec![0.0; rows * layer.outputs];
        let filters = Matrix::new(&filters, layer.outputs, layer.window()).turned();
        if layer.is_plain() {
            multiply(
                &mut given,
                Matrix::new(images, rows, layer.window()),
                filters,
            );
        } else {
            let mut windows = vec![0.0; rows * layer.window()];
            window::gather(layer, images, &mut windows);
            multiply(
                &mut given,
                Matrix::new(&windows, rows, layer.window()),
                filters,
            );
        }
        let (mean, variance) = moments(&given, layer.outputs);
        let part = |part: &str| {
            folding::values(
                self.file,
                &format!("{}.{part}", layer.norm),
                &[layer.outputs],
            )
        };
        let (gain, offset) = (part("weight")?, part("bias")?);
        given.par_chunks_mut(layer.outputs).for_each(|row| {
            for (channel, value) in row.iter_mut().enumerate() {
                let deviation = (variance[channel] + BATCH_NORM_EPSILON as f32).sqrt();
                *value = (*value - mean[channel]) / deviation * gain[channel] + offset[channel];
            }
        });
        for (part, values) in [("running_mean", mean), ("running_var", variance)] {
            let bytes = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            let name = format!("{}.{part}", layer.norm);
            statistics.push((name, Dtype::F32, vec![layer.outputs], bytes));
        }
        Ok(given)
    }
}

/// Mean and variance of every column.
fn moments(rows: &[f32], columns: usize) -> (Vec<f32>, Vec<f32>) {
    let sums = rows.par_chunks(columns * 4096).map(|part| {
        let mut sums = vec![[0.0_f64; 2]; columns];
        for row in part.chunks_exact(columns) {
            for (sum, value) in sums.iter_mut().zip(row) {
                let value = f64::from(*value);
                *sum = [sum[0] + value, sum[1] + value * value];
            }
        }
        sums
    });
    let sums: Vec<Vec<[f64; 2]>> = sums.collect();
    let count = (rows.len() / columns) as f64;
    let total = |channel: usize, power: usize| {
        sums.iter().map(|part| part[channel][power]).sum::<f64>() / count
    };
    (0..columns)
        .map(|channel| {
            let mean = total(channel, 0);
            (
                mean as f32,
                (total(channel, 1) - mean * mean).max(0.0) as f32,
            )
        })
        .unzip()
}

fn relu(values: &mut [f32]) {
    values
        .par_iter_mut()
        .for_each(|value| *value = value.max(0.0));
}

/// Images in channels-last order.
fn by_pixel(images: &[f32]) -> Vec<f32> {
    let pixels = TILE * TILE;
    let mut turned = vec![0.0; images.len()];
    for (to, from) in turned
        .chunks_exact_mut(CHANNELS * pixels)
        .zip(images.chunks_exact(CHANNELS * pixels))
    {
        for (channel, plane) in from.chunks_exact(pixels).enumerate() {
            for (pixel, value) in plane.iter().enumerate() {
                to[pixel * CHANNELS + channel] = *value;
            }
        }
    }
    turned
}

/// 3×3 max pooling with stride 2; `images` are non-negative.
fn pooled(images: &[f32], side: usize, channels: usize) -> Vec<f32> {
    let half = side / 2;
    let count = images.len() / (side * side * channels);
    let mut pooled = vec![0.0_f32; count * half * half * channels];
    (pooled
        .par_chunks_mut(half * half * channels)
        .zip(images.par_chunks(side * side * channels)))
    .for_each(|(to, from)| {
        for (pixel, to) in to.chunks_exact_mut(channels).enumerate() {
            let (row, column) = (2 * (pixel / half), 2 * (pixel % half));
            for row in row.saturating_sub(1)..(row + 2).min(side) {
                for column in column.saturating_sub(1)..(column + 2).min(side) {
                    let at = (row * side + column) * channels;
                    let pairs = to.iter_mut().zip(&from[at..at + channels]);
                    pairs.for_each(|(most, value)| *most = most.max(*value));
                }
            }
        }
    });
    pooled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_means_and_variances_of_columns() {
        let (mean, variance) = moments(&[1.0, 10.0, 3.0, 10.0], 2);
        assert_eq!((mean, variance), (vec![2.0, 10.0], vec![1.0, 0.0]));
    }

    #[test]
    fn pooling_takes_the_largest_of_nine_around_every_second_pixel() {
        let image: Vec<f32> = (0..16).map(|value| value as f32).collect();
        assert_eq!(pooled(&image, 4, 1), [5.0, 7.0, 13.0, 15.0]);
    }
}
