//! What a screen or a script asks of a network, whichever one answers.

use std::sync::Arc;

use super::attention::Attention;
use crate::cancel::Cancel;
use crate::clinical::assessment::{Assessment, ModelIdentity};
use crate::clinical::series_assessment::SeriesAssessment;
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
pub struct SliceAnalysis {
    pub assessment: Assessment,
    pub attention: Attention,
}

/// A slice, with those before and after it in its series where they lie close enough to help.
#[derive(Debug, Clone)]
pub struct SliceInContext {
    pub scan: Arc<Scan>,
    pub before: Option<Arc<Scan>>,
    pub after: Option<Arc<Scan>>,
}

impl SliceInContext {
    /// A slice by itself.
    pub fn alone(scan: Arc<Scan>) -> Self {
        Self {
            scan,
            before: None,
            after: None,
        }
    }
}

/// Where a slice of a series lies.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlicePlace {
    /// Along the normal, in mm.
    pub position_mm: Option<f64>,
    /// Distance of rows and of columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
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
    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError>;

    /// As [`Engine::classify`] for many scans, an answer for each, without what the answers rest on. Faster
    /// together than one by one where the network can take several at once.
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

    /// The answer for a series whose slices, in order and at these places, got these answers; nothing where a slice
    /// was not judged. Nothing when none was.
    fn exam(
        &self,
        slices: &[Option<Assessment>],
        _places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        SeriesAssessment::of(slices)
    }
}
