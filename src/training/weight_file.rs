//! Writes weight files: the unchanged and the trained tensors in one file.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};

use super::tuning::parameters::Written;
use crate::model::head::Class;
use crate::model::metadata::Metadata;
use crate::whole_file::{self, Readers};

/// The bytes of a weight file: the tensors of `init`, replaced by those of `learnt`, and `metadata`.
///
/// Convolutions are stored in half precision, which halves the file; everything else is unchanged. The same
/// parts always give the same bytes.
pub fn assemble(
    init: &[u8],
    learnt: Vec<Written>,
    metadata: &Metadata,
) -> Result<Vec<u8>, SafeTensorError> {
    let init = SafeTensors::deserialize(init)?;
    let mut tensors: Vec<Written> = Vec::new();
    for (name, tensor) in init.tensors() {
        if name.starts_with("fc.") || learnt.iter().any(|(learnt, ..)| *learnt == name) {
            continue;
        }
        let (dtype, bytes) = match (tensor.shape().len(), tensor.dtype()) {
            (4, Dtype::F32) => (Dtype::F16, halved(tensor.data())),
            (_, dtype) => (dtype, tensor.data().to_vec()),
        };
        tensors.push((name, dtype, tensor.shape().to_vec(), bytes));
    }
    tensors.extend(learnt);
    let views = (tensors.iter())
        .map(|(name, dtype, shape, bytes)| {
            Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    let header = metadata.to_header().map_err(SafeTensorError::JsonError)?;
    safetensors::serialize(views, Some(header))
}

/// The bytes of the weight file `bytes` with other `metadata`: the same tensors, another header.
pub fn described(bytes: &[u8], metadata: &Metadata) -> Result<Vec<u8>, SafeTensorError> {
    with_header(bytes, metadata.to_header())
}

/// The bytes of the weight file `bytes` with another header.
pub fn with_header(
    bytes: &[u8],
    header: serde_json::Result<HashMap<String, String>>,
) -> Result<Vec<u8>, SafeTensorError> {
    let tensors = SafeTensors::deserialize(bytes)?;
    let header = header.map_err(SafeTensorError::JsonError)?;
    safetensors::serialize(tensors.tensors(), Some(header))
}

/// The tensors of the classifier `fc`: `weight`, `(classes, features)` row by row, and one `bias` for each
/// class.
pub fn head(weight: &[f32], bias: &[f32]) -> Vec<Written> {
    let classes = Class::ALL.len();
    let features = weight.len() / classes;
    [
        ("fc.weight", vec![classes, features], weight),
        ("fc.bias", vec![classes], bias),
    ]
    .map(|(name, shape, values)| {
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        (name.to_owned(), Dtype::F32, shape, bytes)
    })
    .into()
}

/// Little-endian f32 as little-endian f16.
fn halved(bytes: &[u8]) -> Vec<u8> {
    let (words, _) = bytes.as_chunks::<4>();
    let halves = words
        .iter()
        .map(|word| f16::from_f32(f32::from_le_bytes(*word)));
    halves.flat_map(f16::to_le_bytes).collect()
}

/// Writes a file completely or not at all, readable by everyone who may read its folder. Creates the folder if
/// it is missing.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    whole_file::write(path, bytes, Readers::Usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_rounds_to_the_nearest_half() {
        let bytes: Vec<u8> = [1.0_f32, -0.1]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let expected: Vec<u8> = [f16::ONE, f16::from_f32(-0.1)]
            .map(f16::to_le_bytes)
            .concat();
        assert_eq!(halved(&bytes), expected);
    }
}
