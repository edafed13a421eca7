//! Batch norm folded into the filters before it: `w' = w·γ/√(σ²+ε)`, `b' = β − μ·γ/√(σ²+ε)`.

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::ContentError;
use super::layers::Convolution;
use super::resnet::BATCH_NORM_EPSILON;

/// The filters, `(outputs, row, column, inputs)`, and the biases of `layer`, with its batch norm folded into them.
///
/// # Errors
/// Names the tensor that is missing, misshapen or neither in half nor in single precision.
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
