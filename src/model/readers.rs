//! Both networks as one engine: slices in Hounsfield units go to the lesion reader, other pictures to the slice
//! classifier.

use std::sync::Arc;

use rayon::prelude::*;

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

    /// The answers for slices in Hounsfield units; by the lesion reader in single precision if `exactly`.
    fn read(
        &self,
        slices: &[&SliceInContext],
        exactly: bool,
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        // The gate's training range applies to the slice classifier only; its refusals apply to both.
        let gated: Vec<Result<(), EngineError>> = (slices.par_iter())
            .map(|slice| Ok(gate::check(&slice.scan).map(drop)?))
            .collect();
        let accepted: Vec<_> = (slices.iter().zip(&gated))
            .filter(|(_, gated)| gated.is_ok())
            .map(|(slice, _)| (*slice, range::of(&slice.scan)))
            .collect();
        let answers = match exactly {
            true => self.lesions.analyse_exactly(&accepted, cancel),
            false => self.lesions.analyse(&accepted, cancel),
        };
        let mut answers = answers.into_iter();
        let answer = |gated: Result<(), EngineError>| {
            gated?;
            Ok(answers.next().unwrap_or_else(no_answer)?.assessment)
        };
        gated.into_iter().map(answer).collect()
    }

    fn assess_each(
        &self,
        slices: &[SliceInContext],
        exactly: bool,
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        let (of_lesions, pictures): (Vec<&SliceInContext>, Vec<_>) =
            slices.iter().partition(|slice| is_for_lesions(&slice.scan));
        let pictures: Vec<Arc<Scan>> = pictures.iter().map(|it| it.scan.clone()).collect();
        let mut of_lesions = self.read(&of_lesions, exactly, cancel).into_iter();
        let mut pictures = self.classifier.assess(&pictures, cancel).into_iter();
        let answer = |slice: &SliceInContext| match is_for_lesions(&slice.scan) {
            true => of_lesions.next().unwrap_or_else(no_answer),
            false => pictures.next().unwrap_or_else(no_answer),
        };
        slices.iter().map(answer).collect()
    }
}

fn by_lesions(slice: &Assessment) -> bool {
    slice.reader == Reader::Lesions
}

fn no_answer<T>() -> Result<T, EngineError> {
    Err(EngineError::Failed("the network returned no answer".into()))
}

/// True if the lesion reader analyses the slice.
fn is_for_lesions(scan: &Scan) -> bool {
    matches!(scan.pixels, Pixels::Hounsfield(_))
}

impl Engine for Readers {
    fn identity(&self) -> &ModelIdentity {
        self.classifier.identity()
    }

    fn identities(&self) -> Vec<&ModelIdentity> {
        vec![self.lesions.identity(), self.classifier.identity()]
    }

    fn runs_on(&self) -> &str {
        self.classifier.runs_on()
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        match is_for_lesions(scan) {
            true => {
                let slice = SliceInContext::alone(Arc::new(scan.clone()));
                gate::check(&slice.scan)?;
                let range = range::of(&slice.scan);
                let mut analysis = self.lesions.analyse_alone(&slice, range, cancel)?;
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
        self.assess_each(slices, false, cancel)
    }

    fn assess_exactly(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        self.assess_each(slices, true, cancel)
    }

    fn close_slices(&self, slices: &[Option<Assessment>], places: &[SlicePlace]) -> Vec<usize> {
        match slices.iter().flatten().all(by_lesions) {
            true => self.lesions.close_slices(slices, places),
            false => Vec::new(),
        }
    }

    fn exam(
        &self,
        slices: &[Option<Assessment>],
        places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        match slices.iter().flatten().all(by_lesions) {
            true => self.lesions.exam(slices, places),
            false => self.classifier.exam(slices, places),
        }
    }
}
