//! What a screen or a script asks of a network, whichever one answers.

use std::sync::Arc;

use super::attention::Attention;
use crate::cancel::Cancel;
use crate::clinical::assessment::{Assessment, ModelIdentity};
use crate::imaging::Scan;

/// Why there is no assessment.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The scan could be read but is nothing that the network may judge. `0` says why.
    #[error("{0}")]
    Refused(String),
    #[error("the analysis was cancelled")]
    Cancelled,
    #[error("the network failed on this scan: {0}")]
    Failed(String),
}

/// What a network says of a slice, and where on the slice that comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub assessment: Assessment,
    pub attention: Attention,
}

/// A network that is ready to answer.
pub trait Engine: Send + Sync {
    /// Which weights answer.
    fn identity(&self) -> &ModelIdentity;

    /// What runs the network, in words.
    fn runs_on(&self) -> &str {
        "the processor"
    }

    /// Holds the scan against the input gate, runs the network once, calibrates, applies the rule, and reads
    /// off what the answer rests on.
    /// Blocks for as long as the network takes; looks at `cancel` between its stages.
    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<Judgement, EngineError>;

    /// As [`Engine::classify`] for many scans, an answer for each, without what the answers rest on. Faster
    /// together than one by one where the network can take several at once.
    fn assess(&self, scans: &[Arc<Scan>], cancel: &Cancel) -> Vec<Result<Assessment, EngineError>> {
        let assess = |scan: &Arc<Scan>| Ok(self.classify(scan, cancel)?.assessment);
        scans.iter().map(assess).collect()
    }
}
