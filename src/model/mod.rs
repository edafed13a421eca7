//! The networks: weights, engines that run them, and the gate before them.

pub mod attention;
pub mod backbone;
pub mod bf16;
mod content_error;
pub mod engine;
pub mod fake;
pub mod fast;
pub mod folding;
pub mod gate;
pub mod head;
pub mod in_single_precision;
pub mod input;
pub mod layers;
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
pub mod weight_file;
pub mod weights;

use std::sync::Arc;

pub use crate::cancel::Cancel;
pub use attention::Attention;
pub use content_error::ContentError;
pub use engine::{Engine, EngineError, SliceAnalysis, SliceInContext, SlicePlace};
pub use placement::Placement;
pub use weight_file::WeightsError;

use crate::config::Config;

/// A network that is ready, with a remark for the user about its placement.
#[derive(Clone)]
pub struct Loaded {
    pub engine: Arc<dyn Engine>,
    /// The part of the request that could not be met, and the replacement.
    pub remark: Option<String>,
}

/// Reads, checks and builds both networks that `config` names: the lesion reader and the slice classifier.
/// Takes up to a second; call it outside the event loop.
///
/// # Errors
/// A weight file is missing, damaged, changed, or of another kind.
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
