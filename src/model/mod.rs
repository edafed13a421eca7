//! The network: its weights, the engines that run it and the gate in front of it.

pub mod attention;
pub mod backbone;
pub mod engine;
pub mod fake;
pub mod fast;
pub mod gate;
pub mod head;
pub mod input;
pub mod lesions;
pub mod location;
pub mod metadata;
pub mod network;
pub mod out_of_distribution;
pub mod placement;
pub mod product;
pub mod readers;
pub mod recipe;
pub mod resnet;
pub mod series;
pub mod weights;

use std::sync::Arc;

pub use crate::cancel::Cancel;
pub use attention::Attention;
pub use engine::{Engine, EngineError, SliceAnalysis, SliceInContext, SlicePlace};
pub use placement::Placement;
pub use weights::WeightsError;

use crate::config::Config;

/// A network that is ready, and what the user should know of where it runs.
#[derive(Clone)]
pub struct Loaded {
    pub engine: Arc<dyn Engine>,
    /// What could not be done as asked.
    pub remark: Option<String>,
}

/// Reads, checks and builds both networks that `config` asks for: the lesion reader and the slice classifier. Takes a
/// good part of a second, so it belongs off the loop that draws.
///
/// # Errors
/// A weight file is missing, damaged, changed, or holds something else.
pub fn load(config: &Config) -> Result<Loaded, WeightsError> {
    let weights = location::find(config)?;
    let lesions = location::find_lesions(config)?;
    let placement = Placement::of(&config.compute);
    let threads = config.compute.threads;
    let classifier = network::Network::new(&weights, &placement, threads)?;
    let threads = threads.unwrap_or_else(backbone::cores);
    let lesions = lesions::engine::LesionEngine::new(
        &lesions,
        &placement,
        threads,
        config.reading.false_findings,
    )?;
    Ok(Loaded {
        engine: Arc::new(readers::Readers::new(lesions, classifier)),
        remark: placement.remark,
    })
}
