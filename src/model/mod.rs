//! The network: its weights, the engines that run it and the gate in front of it.

pub mod backbone;
pub mod engine;
pub mod fake;
pub mod fast;
pub mod gate;
pub mod head;
pub mod input;
pub mod location;
pub mod metadata;
pub mod network;
pub mod resnet;
pub mod weights;

use std::sync::Arc;

pub use engine::{Cancel, Engine, EngineError};
pub use weights::WeightsError;

use crate::config::Config;

/// Reads, checks and builds the network that `config` asks for. Takes a good part of a second, so it
/// belongs off the loop that draws.
pub fn load(config: &Config) -> Result<Arc<dyn Engine>, WeightsError> {
    let weights = location::find(config)?;
    let backbone = weights.fastest(config.threads)?;
    Ok(Arc::new(network::Network::with_backbone(
        &weights, backbone,
    )?))
}
