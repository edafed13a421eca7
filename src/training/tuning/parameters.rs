//! Reads parameters from a weight file and writes them.
//!
//! Filters with the batch norm folded into them are trained ([`crate::model::folding`]); they are written with a batch norm that only adds the bias, so that torchvision's names
//! remain valid for every reader.

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use crate::model::ContentError;
use crate::model::folding::{folded, places};
use crate::model::layers::Layers;
use crate::model::resnet::BATCH_NORM_EPSILON;

/// A tensor to be written: name, precision, shape, little-endian bytes.
pub type Written = (String, Dtype, Vec<usize>, Vec<u8>);

/// Reads and folds the parameters of `layers`. The last layer starts as zeros: three even chances.
///
/// # Errors
/// Names the tensor that is missing, misshapen or neither in half nor in single precision.
pub fn read(file: &SafeTensors<'_>, layers: &Layers) -> Result<Vec<f32>, ContentError> {
    let mut parameters = vec![0.0; layers.parameters];
    for layer in layers.convolutions() {
        let (filters, biases) = folded(file, layer)?;
        parameters[layer.weight.clone()].copy_from_slice(&filters);
        parameters[layer.bias.clone()].copy_from_slice(&biases);
    }
    Ok(parameters)
}

/// The tensors that stand for `parameters` in a weight file, without those of the last layer: filters in
/// half precision, the rest in single.
pub fn write(layers: &Layers, parameters: &[f32]) -> Vec<Written> {
    let mut tensors = Vec::new();
    for layer in layers.convolutions() {
        let folded = &parameters[layer.weight.clone()];
        let mut filters = vec![f16::ZERO; folded.len()];
        for (from, to) in places(layer) {
            filters[to] = f16::from_f32(folded[from]);
        }
        let bytes = filters.into_iter().flat_map(f16::to_le_bytes).collect();
        let shape = vec![layer.outputs, layer.inputs, layer.filter, layer.filter];
        tensors.push((format!("{}.weight", layer.name), Dtype::F16, shape, bytes));
        let every = |value: f32| vec![value; layer.outputs];
        for (part, values) in [
            ("weight", every(1.0)),
            ("bias", parameters[layer.bias.clone()].to_vec()),
            ("running_mean", every(0.0)),
            // With the ε that every reader adds, a deviation of one.
            ("running_var", every((1.0 - BATCH_NORM_EPSILON) as f32)),
        ] {
            let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
            let name = format!("{}.{part}", layer.norm);
            tensors.push((name, Dtype::F32, vec![layer.outputs], bytes));
        }
    }
    tensors
}
