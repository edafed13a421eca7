//! The tensors of a weight file: torchvision's names, shapes checked.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::FastError;
use super::block::{Block, CHANNELS};
use super::convolution::Affine;
use super::panels::{Filters, Numbers};

/// torchvision's default.
const EPSILON: f32 = 1e-5;

/// A filter bank of `outputs` × `inputs` × `side` × `side`, in half or single precision.
pub fn filters<'file>(
    file: &SafeTensors<'file>,
    name: &str,
    outputs: usize,
    inputs: usize,
    side: usize,
) -> Result<Filters<'file>, FastError> {
    let name = format!("{name}.weight");
    let numbers = numbers(&tensor(file, &name, &[outputs, inputs, side, side])?, &name)?;
    Ok(Filters {
        outputs,
        inputs,
        side,
        numbers,
    })
}

/// The batch norm of `channels` channels as one factor and one addend each.
pub fn batch_norm(
    file: &SafeTensors<'_>,
    name: &str,
    channels: usize,
) -> Result<Affine, FastError> {
    let vector = |part: &str| -> Result<Vec<f32>, FastError> {
        let name = format!("{name}.{part}");
        let numbers = numbers(&tensor(file, &name, &[channels])?, &name)?;
        let mut vector = vec![0.0; channels];
        numbers.widen(0, &mut vector);
        Ok(vector)
    };
    let (weight, bias) = (vector("weight")?, vector("bias")?);
    let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
    let blocks = channels.div_ceil(CHANNELS);
    let mut affine = Affine {
        factor: vec![Block::ZERO; blocks].into(),
        addend: vec![Block::ZERO; blocks].into(),
    };
    let statistics = weight.iter().zip(&bias).zip(mean.iter().zip(&variance));
    for (channel, ((weight, bias), (mean, variance))) in statistics.enumerate() {
        let factor = weight / (variance + EPSILON).sqrt();
        affine.factor[channel / CHANNELS].0[channel % CHANNELS] = factor;
        affine.addend[channel / CHANNELS].0[channel % CHANNELS] = bias - mean * factor;
    }
    Ok(affine)
}

fn tensor<'file>(
    file: &SafeTensors<'file>,
    name: &str,
    shape: &[usize],
) -> Result<TensorView<'file>, FastError> {
    let view = file.tensor(name).map_err(|_| FastError::Missing {
        name: name.to_owned(),
    })?;
    if view.shape() == shape {
        Ok(view)
    } else {
        Err(FastError::Shape {
            name: name.to_owned(),
            found: view.shape().to_vec(),
            expected: shape.to_vec(),
        })
    }
}

fn numbers<'file>(view: &TensorView<'file>, name: &str) -> Result<Numbers<'file>, FastError> {
    match view.dtype() {
        Dtype::F16 => Ok(Numbers::Half(view.data().as_chunks().0)),
        Dtype::F32 => Ok(Numbers::Single(view.data().as_chunks().0)),
        found => Err(FastError::Precision {
            name: name.to_owned(),
            found: format!("{found:?}"),
        }),
    }
}

/// The stem's filters summed over their three input channels: the equivalent filters for an image whose
/// channels are equal. Little-endian `f32`, as in a file.
pub fn grey(filters: &Filters<'_>) -> Vec<[u8; 4]> {
    let taps = filters.side * filters.side;
    let mut rows = vec![0.0; filters.inputs * taps];
    let mut sums = Vec::with_capacity(filters.outputs * taps);
    for output in 0..filters.outputs {
        filters.numbers.widen(output * rows.len(), &mut rows);
        sums.extend((0..taps).map(|tap| {
            rows.iter()
                .skip(tap)
                .step_by(taps)
                .sum::<f32>()
                .to_le_bytes()
        }));
    }
    sums
}
