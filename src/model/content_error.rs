//! Reasons why the content of a weight file makes no network.

use candle_core::Error as CandleError;
use safetensors::tensor::Dtype;

use super::fast::FastError;

/// Reasons why a file that was read holds no network of the kind that is needed. The sentences name no file: the error
/// around them does.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// `0` is the kind of network.
    #[error("it has no description of a {0}")]
    NoDescription(&'static str),
    #[error("its description cannot be read: {0}")]
    Description(#[from] serde_json::Error),
    #[error("its classes are {found} and not {expected}")]
    Classes { found: String, expected: String },
    #[error("its input is {found}×{found} and not {expected}×{expected}")]
    InputSide { found: usize, expected: usize },
    #[error("it was trained with another pixel spacing or another window")]
    Scale,
    /// `0` is the part of the description that is not plausible.
    #[error("its {0} is not sound")]
    Unsound(&'static str),
    #[error("its head contains values that are not finite")]
    NotFinite,
    #[error("it has no tensor named {0}")]
    Missing(String),
    #[error("{name} is missing or does not have the shape {shape:?}")]
    MissingOrShape { name: String, shape: Vec<usize> },
    #[error("{name} has shape {found:?} and not {expected:?}")]
    Shape {
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error("its {name} is not of type {expected:?}")]
    Type { name: String, expected: Dtype },
    #[error("{name} is stored as {found:?}; half or single precision is needed")]
    Precision { name: String, found: Dtype },
    #[error(transparent)]
    Tensors(#[from] safetensors::SafeTensorError),
    #[error(transparent)]
    Fast(#[from] FastError),
    #[error("{}", innermost(.0))]
    Candle(#[from] CandleError),
}

/// The cause alone: candle wraps it into a path and a backtrace.
pub(super) fn innermost(error: &CandleError) -> String {
    match error {
        CandleError::WithBacktrace { inner, .. }
        | CandleError::WithPath { inner, .. }
        | CandleError::Context { inner, .. } => innermost(inner),
        error => error.to_string(),
    }
}
