//! Both networks as one engine: slices in Hounsfield units go to the lesion reader, other pictures to the slice
//! classifier.

use std::sync::Arc;

use super::engine::{SliceInContext, SlicePlace};
use super::lesions::engine::LesionEngine;
use super::lesions::{range, sizes};
use super::network::Network;
use super::{Cancel, Engine, EngineError, SliceAnalysis, gate};
use crate::clinical::assessment::{Assessment, ModelIdentity, Reader};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::imaging::{Pixels, Scan, Series};

/// The lesion reader and the slice classifier.
pub struct Readers {
    lesions: LesionEngine,
    classifier: Network,
}

impl Readers {
    /// Joins both networks to one engine.
    pub fn new(lesions: LesionEngine, classifier: Network) -> Self {
        Self {
            lesions,
            classifier,
        }
    }

    fn read(&self, slice: &SliceInContext, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        // The gate's training range applies to the slice classifier only; its refusals apply to both.
        gate::check(&slice.scan)?;
        self.lesions.analyse(slice, range::of(&slice.scan), cancel)
    }
}

/// True if the lesion reader analyses the slice.
fn is_for_lesions(scan: &Scan) -> bool {
    matches!(scan.pixels, Pixels::Hounsfield(_))
}

impl Engine for Readers {
    fn identity(&self) -> &ModelIdentity {
        self.classifier.identity()
    }

    fn runs_on(&self) -> &str {
        self.classifier.runs_on()
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        match is_for_lesions(scan) {
            true => {
                let slice = SliceInContext::alone(Arc::new(scan.clone()));
                let mut analysis = self.lesions.reported(self.read(&slice, cancel)?);
                let series = Series::of_scan(scan.clone());
                sizes::measure(&mut analysis.assessment, &series, cancel);
                Ok(analysis)
            }
            false => self.classifier.classify(scan, cancel),
        }
    }

    fn assess(&self, scans: &[Arc<Scan>], cancel: &Cancel) -> Vec<Result<Assessment, EngineError>> {
        let alone: Vec<SliceInContext> =
            (scans.iter().cloned()).map(SliceInContext::alone).collect();
        self.assess_in_context(&alone, cancel)
    }

    fn assess_in_context(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        let pictures: Vec<Arc<Scan>> = (slices.iter())
            .filter(|slice| !is_for_lesions(&slice.scan))
            .map(|slice| slice.scan.clone())
            .collect();
        let mut pictures = self.classifier.assess(&pictures, cancel).into_iter();
        let answer = |slice: &SliceInContext| match is_for_lesions(&slice.scan) {
            true => Ok(self.read(slice, cancel)?.assessment),
            false => pictures.next().unwrap_or_else(|| {
                Err(EngineError::Failed("the network returned no answer".into()))
            }),
        };
        slices.iter().map(answer).collect()
    }

    fn exam(
        &self,
        slices: &[Option<Assessment>],
        places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        let by_lesions = |slice: &Assessment| slice.reader == Reader::Lesions;
        match slices.iter().flatten().all(by_lesions) {
            true => self.lesions.exam(slices, places),
            false => self.classifier.exam(slices, places),
        }
    }
}
