//! What turns an input into features, whichever implementation does it.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;

use super::fast::{FastResNet50, Kernels};
use super::resnet::ResNet;
use super::{Cancel, EngineError, input, weights};

/// A network up to its pooled features.
pub trait Backbone: Send + Sync {
    /// The pooled features of one `input`, `(3, 224, 224)` in [0, 1] as [`input::prepare`] makes it.
    /// Looks at `cancel` between its stages.
    fn pooled(&self, input: &[f32], cancel: &Cancel) -> Result<Vec<f32>, EngineError>;
}

/// The ResNet-50 in a safetensors file's `bytes`, run by whatever is fastest here: candle on a GPU if
/// the program was built for one and finds it, [`FastResNet50`] on the processor otherwise, with
/// `threads` threads or one for each core.
///
/// # Errors
/// The reason alone, naming the tensor that is missing or misshapen.
pub fn fastest(bytes: &[u8], threads: Option<NonZeroUsize>) -> Result<Box<dyn Backbone>, String> {
    let device = Device::cuda_if_available(0).unwrap_or(Device::Cpu);
    if !device.is_cpu() {
        let network = weights::backbone(bytes, &device)?;
        return Ok(Box::new(CandleBackbone::new(network, device)));
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let network = FastResNet50::new(&tensors, threads.unwrap_or_else(cores), Kernels::detect());
    Ok(Box::new(network.map_err(|error| error.to_string())?))
}

/// The cores that this process may use.
pub fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
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
