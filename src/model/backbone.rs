//! What turns an input into features, whichever implementation does it.

use std::ops::ControlFlow;

use candle_core::{Device, Tensor};

use super::resnet::ResNet;
use super::{Cancel, EngineError, input};

/// A network up to its pooled features.
pub trait Backbone: Send + Sync {
    /// The pooled features of one `input`, `(3, 224, 224)` in [0, 1] as [`input::prepare`] makes it.
    /// Looks at `cancel` between its stages.
    fn pooled(&self, input: &[f32], cancel: &Cancel) -> Result<Vec<f32>, EngineError>;
}

/// The ResNet run by candle, on the processor or on a GPU.
#[derive(Debug)]
pub struct CandleBackbone {
    network: ResNet,
    device: Device,
}

impl CandleBackbone {
    /// Runs `network`, whose weights lie on `device`.
    pub fn new(network: ResNet, device: Device) -> Self {
        Self { network, device }
    }
}

impl Backbone for CandleBackbone {
    fn pooled(&self, input: &[f32], cancel: &Cancel) -> Result<Vec<f32>, EngineError> {
        let failed = |error: candle_core::Error| EngineError::Failed(error.to_string());
        let shape = (1, 3, input::SIDE, input::SIDE);
        let input = Tensor::from_slice(input, shape, &self.device).map_err(failed)?;
        let outcome = self.network.forward_taps(&input, |_, _| {
            if cancel.is_cancelled() {
                ControlFlow::Break(EngineError::Cancelled)
            } else {
                ControlFlow::Continue(())
            }
        });
        match outcome.map_err(failed)? {
            ControlFlow::Break(cancelled) => Err(cancelled),
            ControlFlow::Continue(pooled) => {
                let row = pooled.flatten_all().and_then(|row| row.to_vec1());
                row.map_err(failed)
            }
        }
    }
}
