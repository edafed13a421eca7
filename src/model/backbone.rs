//! What turns an input into features, whichever implementation does it.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use candle_core::{Device, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};
use safetensors::SafeTensors;

use super::fast::{FastResNet50, Kernels};
use super::placement::Placement;
use super::resnet::ResNet;
use super::{Cancel, EngineError, input, weights};
use crate::config::EngineChoice;

/// A network up to its pooled features.
pub trait Backbone: Send + Sync {
    /// The pooled features of one `input`, `(3, 224, 224)` in [0, 1] as [`input::prepare`] makes it.
    /// Looks at `cancel` between its stages.
    fn pooled(&self, input: &[f32], cancel: &Cancel) -> Result<Vec<f32>, EngineError>;
}

/// The ResNet-50 in a safetensors file's `bytes`, run as `placement` says: by candle, in half precision
/// on a GPU, or by [`FastResNet50`] with `threads` threads or one for each core.
///
/// # Errors
/// The reason alone, naming the tensor that is missing or misshapen.
pub fn build(
    bytes: &[u8],
    placement: &Placement,
    threads: Option<NonZeroUsize>,
) -> Result<Box<dyn Backbone>, String> {
    match placement.engine {
        EngineChoice::Reference => {
            let device = placement.device.clone();
            let network = weights::backbone(bytes, &device)?;
            Ok(Box::new(CandleBackbone::new(network, device, threads)))
        }
        EngineChoice::Fast => {
            let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
            let threads = threads.unwrap_or_else(cores);
            let network = FastResNet50::new(&tensors, threads, Kernels::detect());
            Ok(Box::new(network.map_err(|error| error.to_string())?))
        }
    }
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
    /// The processor threads that candle may use; nothing means its own choice.
    pool: Option<ThreadPool>,
}

impl CandleBackbone {
    /// Runs `network`, whose weights lie on `device`, with `threads` threads on the processor or as many as
    /// candle chooses. Where the system gives no such threads, candle chooses.
    pub fn new(network: ResNet, device: Device, threads: Option<NonZeroUsize>) -> Self {
        let pool = threads.filter(|_| device.is_cpu()).and_then(|threads| {
            ThreadPoolBuilder::new()
                .num_threads(threads.get())
                .build()
                .ok()
        });
        Self {
            network,
            device,
            pool,
        }
    }

    /// Threads of a pass on the processor.
    pub fn threads(&self) -> usize {
        match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => candle_core::utils::get_num_threads(),
        }
    }

    /// Pooled features, `(batch, features)` row by row, of `images`, `(batch, 3, 224, 224)`. Asks
    /// `cancelled` between stages.
    pub fn pooled_batch(
        &self,
        images: &[f32],
        batch: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<f32>, EngineError> {
        match &self.pool {
            Some(pool) => pool.install(|| self.pass(images, batch, cancelled)),
            None => self.pass(images, batch, cancelled),
        }
    }

    fn pass(
        &self,
        images: &[f32],
        batch: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, EngineError> {
        let failed = |error: candle_core::Error| EngineError::Failed(error.to_string());
        let shape = (batch, 3, input::SIDE, input::SIDE);
        let images = Tensor::from_slice(images, shape, &self.device).map_err(failed)?;
        let outcome = self.network.forward_taps(&images, |_, _| {
            if cancelled() {
                ControlFlow::Break(EngineError::Cancelled)
            } else {
                ControlFlow::Continue(())
            }
        });
        match outcome.map_err(failed)? {
            ControlFlow::Break(reason) => Err(reason),
            ControlFlow::Continue(pooled) => {
                let rows = pooled.flatten_all().and_then(|rows| rows.to_vec1());
                rows.map_err(failed)
            }
        }
    }
}

impl Backbone for CandleBackbone {
    fn pooled(&self, input: &[f32], cancel: &Cancel) -> Result<Vec<f32>, EngineError> {
        self.pooled_batch(input, 1, &|| cancel.is_cancelled())
    }
}
