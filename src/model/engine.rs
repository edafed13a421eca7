//! The interface that screens and scripts use to ask a network, independent of the implementation.

use std::sync::Arc;

use super::attention::Attention;
use super::gate::Refusal;
use crate::cancel::Cancel;
use crate::clinical::assessment::{Assessment, ModelIdentity};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::imaging::Scan;

/// Reasons why there is no assessment.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The scan was read, but the network may not analyse it. `0` is the reason.
    #[error("{0}")]
    Refused(String),
    #[error("the analysis was cancelled")]
    Cancelled,
    #[error("the network failed on this scan: {0}")]
    Failed(String),
}

impl From<Refusal> for EngineError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// Answer of a network for one slice, with the attention map.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceAnalysis {
    pub assessment: Assessment,
    pub attention: Attention,
}

/// A slice with its neighbours in the series, where these are close enough to be useful.
#[derive(Debug, Clone)]
pub struct SliceInContext {
    pub scan: Arc<Scan>,
    pub before: Option<Arc<Scan>>,
    pub after: Option<Arc<Scan>>,
}

impl SliceInContext {
    /// A slice without neighbours.
    pub fn alone(scan: Arc<Scan>) -> Self {
        Self {
            scan,
            before: None,
            after: None,
        }
    }
}

/// Position of a slice in its series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlicePlace {
    /// Along the normal, in mm.
    pub position_mm: Option<f64>,
    /// Distance between rows and between columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
}

/// A network that is ready to run.
pub trait Engine: Send + Sync {
    /// Name and hash of the weights that answer.
    fn identity(&self) -> &ModelIdentity;

    /// The weights of all networks: the one for CT slices before the one for pictures.
    fn identities(&self) -> Vec<&ModelIdentity> {
        vec![self.identity()]
    }

    /// Name of the device and implementation, for users.
    fn runs_on(&self) -> &str {
        "the processor"
    }

    /// Number of others whose work runs before the one that was asked for last: of users who share one engine.
    fn place_in_queue(&self) -> usize {
        0
    }

    /// Checks the scan with the input gate, runs the network once, calibrates, applies the rule, and computes
    /// the attention map.
    /// Blocks until the network has finished; checks `cancel` between its stages.
    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError>;

    /// As [`Engine::classify`] for several scans: one answer for each, without attention maps. Faster than one
    /// call for each scan where the network supports batches.
    fn assess(&self, scans: &[Arc<Scan>], cancel: &Cancel) -> Vec<Result<Assessment, EngineError>> {
        let assess = |scan: &Arc<Scan>| Ok(self.classify(scan, cancel)?.assessment);
        scans.iter().map(assess).collect()
    }

    /// As [`Engine::assess`] for slices of one series, each with its neighbours.
    fn assess_in_context(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        let scans: Vec<Arc<Scan>> = slices.iter().map(|slice| slice.scan.clone()).collect();
        self.assess(&scans, cancel)
    }

    /// As [`Engine::assess_in_context`], without the shortcuts of a lower precision.
    fn assess_exactly(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        self.assess_in_context(slices, cancel)
    }

    /// The slices of a series whose answers are in a lower precision that could have changed the answer for the series;
    /// [`Engine::assess_exactly`] answers them again. Arguments as for [`Engine::exam`].
    fn close_slices(&self, _slices: &[Option<Assessment>], _places: &[SlicePlace]) -> Vec<usize> {
        Vec::new()
    }

    /// The answer for a series from the answers for its slices, in order, and their positions; `None` where a
    /// slice was not analysed. `None` if no slice was.
    fn exam(
        &self,
        slices: &[Option<Assessment>],
        _places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        SeriesAssessment::of(slices)
    }
}
