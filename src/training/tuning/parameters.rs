//! Reads parameters from a weight file and writes them.
//!
//! Batch norm is folded into the filters before it: `w' = w·γ/√(σ²+ε)`, `b' = β − μ·γ/√(σ²+ε)`. The folded
//! values are trained; they are written with a batch norm that only adds the bias, so that torchvision's names
//! remain valid for every reader.

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::layers::{Convolution, Layers};
use crate::model::ContentError;
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

/// The filters, `(outputs, row, column, inputs)`, and the biases of `layer`, with its batch norm folded into them.
///
/// # Errors
/// As [`read`].
pub fn folded(
    file: &SafeTensors<'_>,
    layer: &Convolution,
) -> Result<(Vec<f32>, Vec<f32>), ContentError> {
    let filter = [layer.outputs, layer.inputs, layer.filter, layer.filter];
    let weight = values(file, &format!("{}.weight", layer.name), &filter)?;
    let norm = |part: &str| values(file, &format!("{}.{part}", layer.norm), &[layer.outputs]);
    let (gain, offset) = (norm("weight")?, norm("bias")?);
    let (mean, variance) = (norm("running_mean")?, norm("running_var")?);
    let scale: Vec<f32> = (gain.iter().zip(&variance))
        .map(|(gain, variance)| gain / (variance + BATCH_NORM_EPSILON as f32).sqrt())
        .collect();
    let mut filters = vec![0.0; weight.len()];
    for (to, from) in places(layer) {
        filters[to] = weight[from] * scale[from / layer.window()];
    }
    let biases = offset.iter().zip(mean.iter().zip(&scale));
    let biases = biases.map(|(offset, (mean, scale))| offset - mean * scale);
    Ok((filters, biases.collect()))
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

/// Pairs of places of the same number: among the parameters, `(outputs, row, column, inputs)`, and in a
/// file, `(outputs, inputs, row, column)`.
pub fn places(layer: &Convolution) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (taps, inputs) = (layer.filter * layer.filter, layer.inputs);
    (0..layer.outputs).flat_map(move |output| {
        (0..taps).flat_map(move |tap| {
            let first = output * taps * inputs;
            (0..inputs).map(move |input| (first + tap * inputs + input, first + input * taps + tap))
        })
    })
}

/// The numbers of the tensor `name`, which must have this `shape`.
///
/// # Errors
/// The reason alone, naming the tensor.
pub fn values(
    file: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, ContentError> {
    let tensor: TensorView<'_> = file
        .tensor(name)
        .map_err(|_| ContentError::Missing(name.to_owned()))?;
    if tensor.shape() != shape {
        return Err(ContentError::Shape {
            name: name.to_owned(),
            found: tensor.shape().to_vec(),
            expected: shape.to_vec(),
        });
    }
    match tensor.dtype() {
        Dtype::F16 => {
            let halves = tensor.data().as_chunks::<2>().0.iter();
            Ok(halves
                .map(|half| f16::from_le_bytes(*half).to_f32())
                .collect())
        }
        Dtype::F32 => {
            let words = tensor.data().as_chunks::<4>().0.iter();
            Ok(words.map(|word| f32::from_le_bytes(*word)).collect())
        }
        found => Err(ContentError::Precision {
            name: name.to_owned(),
            found,
        }),
    }
}
