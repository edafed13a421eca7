//! The same passes with candle's differentiable operations: for a GPU, and as an independent reference for
//! [`super::pass`].
//!
//! Convolutions are matrix products here too, with the windows of a 3×3 convolution assembled from nine shifted
//! pictures: candle's own convolutions have a slow backward pass.

use candle_core::{Device, Result, Tensor, Var};

use super::pass::Examples;
use crate::model::head::Class;
use crate::model::layers::{Bottleneck, Convolution, Layers};

/// Parameters on a device.
#[derive(Debug)]
pub struct Tracked<'a> {
    layers: &'a Layers,
    device: &'a Device,
    parameters: Var,
}

impl<'a> Tracked<'a> {
    /// Copies the parameters to `device`.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn new(layers: &'a Layers, parameters: &[f32], device: &'a Device) -> Result<Self> {
        Ok(Self {
            layers,
            device,
            parameters: Var::from_slice(parameters, parameters.len(), device)?,
        })
    }

    /// Pooled features `(images, features)` and logits `(images, classes)` of `images`.
    pub fn forward(&self, images: &[f32]) -> Result<(Vec<f32>, Vec<f32>)> {
        let pooled = self.pooled(images)?;
        let logits = self.logits(&pooled)?;
        let rows = |tensor: Tensor| tensor.flatten_all()?.to_vec1();
        Ok((rows(pooled)?, rows(logits)?))
    }

    /// The mean loss, as [`super::loss::cross_entropy`], and its gradient for every parameter.
    pub fn backward(&self, examples: &Examples<'_>, gradients: &mut [f32]) -> Result<f32> {
        let (count, device) = (examples.truths.len(), self.device);
        let mut pooled = self.pooled(examples.images)?;
        if let Some(factors) = examples.dropout {
            let shape = (count, self.layers.features);
            pooled = (pooled * Tensor::from_slice(factors, shape, device)?)?;
        }
        let logs = candle_nn::ops::log_softmax(&self.logits(&pooled)?, 1)?;
        let shape = (count, Class::ALL.len());
        let truths = Tensor::from_slice(examples.truths.as_flattened(), shape, device)?;
        let weights = Tensor::from_slice(examples.weights, (count, 1), device)?;
        let each = (logs * truths)?.broadcast_mul(&weights)?;
        let loss = (each.sum_all()? / -(count.max(1) as f64))?;
        let found = loss.backward()?;
        match found.get(&self.parameters) {
            Some(found) => gradients.copy_from_slice(&found.to_vec1()?),
            None => gradients.fill(0.0),
        }
        loss.to_scalar()
    }

    fn part(&self, range: &std::ops::Range<usize>) -> Result<Tensor> {
        self.parameters.narrow(0, range.start, range.len())
    }

    fn pooled(&self, images: &[f32]) -> Result<Tensor> {
        let Some(block) = self.layers.blocks.first() else {
            candle_core::bail!("no stage is trained");
        };
        let (side, inputs) = (block.first.side, block.first.inputs);
        let count = images.len() / self.layers.image().max(1);
        let mut current = Tensor::from_slice(images, (count, side, side, inputs), self.device)?;
        for block in &self.layers.blocks {
            current = self.block(block, &current)?;
        }
        current.mean((1, 2))
    }

    fn logits(&self, pooled: &Tensor) -> Result<Tensor> {
        let shape = (Class::ALL.len(), self.layers.features);
        let weight = self.part(&self.layers.head_weight)?.reshape(shape)?;
        let bias = self.part(&self.layers.head_bias)?;
        pooled.matmul(&weight.t()?)?.broadcast_add(&bias)
    }

    fn block(&self, block: &Bottleneck, input: &Tensor) -> Result<Tensor> {
        let inner = self.convolve(&block.first, input)?.relu()?;
        let inner = self.convolve(&block.middle, &inner)?.relu()?;
        let inner = self.convolve(&block.last, &inner)?;
        let around = match &block.around {
            Some(around) => self.convolve(around, input)?,
            None => input.clone(),
        };
        (inner + around)?.relu()
    }

    fn convolve(&self, layer: &Convolution, input: &Tensor) -> Result<Tensor> {
        let count = input.dim(0)?;
        let windows = windows(layer, input)?.reshape((count * layer.pixels(), layer.window()))?;
        let filters = self.part(&layer.weight)?;
        let filters = filters.reshape((layer.outputs, layer.window()))?;
        let products = windows.matmul(&filters.t()?)?;
        let side = layer.side_out();
        (products.broadcast_add(&self.part(&layer.bias)?)?).reshape((
            count,
            side,
            side,
            layer.outputs,
        ))
    }
}

/// The window of every output pixel: `(images, side, side, filter · filter · inputs)`.
fn windows(layer: &Convolution, input: &Tensor) -> Result<Tensor> {
    if layer.is_plain() {
        return Ok(input.clone());
    }
    let (padding, side) = (layer.filter / 2, layer.side_out());
    // Padding at the far side for whole strides.
    let far = padding + layer.stride;
    let padded = (input.pad_with_zeros(1, padding, far)?).pad_with_zeros(2, padding, far)?;
    let every = |tensor: &Tensor, dimension: usize, first: usize| -> Result<Tensor> {
        let near = tensor.narrow(dimension, first, side * layer.stride)?;
        if layer.stride == 1 {
            return Ok(near);
        }
        let mut shape = near.dims().to_vec();
        shape[dimension] = side;
        shape.insert(dimension + 1, layer.stride);
        let strides = near.contiguous()?.reshape(shape)?;
        strides.narrow(dimension + 1, 0, 1)?.squeeze(dimension + 1)
    };
    let mut taps = Vec::with_capacity(layer.filter * layer.filter);
    for row in 0..layer.filter {
        let rows = every(&padded, 1, row)?;
        for column in 0..layer.filter {
            taps.push(every(&rows, 2, column)?.contiguous()?);
        }
    }
    Tensor::cat(&taps, 3)
}
