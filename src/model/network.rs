//! The slice classifier as an [`Engine`]: gate, input, backbone, head, rule.

use std::num::NonZeroUsize;
use std::sync::Arc;

use rayon::prelude::*;

use super::attention::Attention;
use super::backbone::Backbone;
use super::head::Head;
use super::out_of_distribution::{Limit, OutOfDistribution};
use super::placement::Placement;
use super::recipe::HeadReads;
use super::weights::{Weights, WeightsError};
use super::{Cancel, Engine, EngineError, SliceAnalysis, gate, input};
use crate::clinical::assessment::{Assessment, DecisionRule, ModelIdentity, TrainingRange};
use crate::imaging::Scan;

/// A trained network, ready to run.
pub struct Network {
    backbone: Box<dyn Backbone>,
    head: Head,
    rule: DecisionRule,
    out_of_distribution: Option<(OutOfDistribution, Limit)>,
    identity: ModelIdentity,
    /// True if a slice is analysed together with its mirror image, as when the rule was measured.
    mirror: bool,
    reads: HeadReads,
    runs_on: String,
}

impl Network {
    /// Builds the network in `weights`, to run as `placement` says, with `threads` threads on the processor.
    pub fn new(
        weights: &Weights,
        placement: &Placement,
        threads: Option<NonZeroUsize>,
    ) -> Result<Self, WeightsError> {
        let network = Self::with_backbone(weights, weights.build(placement, threads)?)?;
        Ok(Self {
            runs_on: placement.label(),
            ..network
        })
    }

    /// Combines the head, calibration and rule in `weights` with `backbone`.
    pub fn with_backbone(
        weights: &Weights,
        backbone: Box<dyn Backbone>,
    ) -> Result<Self, WeightsError> {
        Ok(Self {
            backbone,
            head: weights.head()?,
            rule: weights.metadata().rule,
            out_of_distribution: weights.out_of_distribution()?,
            identity: weights.identity().clone(),
            mirror: weights.metadata().mirror(),
            reads: weights.metadata().head_reads(),
            runs_on: "the processor".into(),
        })
    }

    /// The answer for the `pooled` features of a slice with the gate's training range `range`.
    fn answer(&self, pooled: &[f32], range: TrainingRange) -> Result<Assessment, EngineError> {
        let classes = self.head.probabilities(pooled);
        if pooled.len() != self.head.features() || !classes.malignant.is_finite() {
            let reason = "its number of features does not match the last layer";
            return Err(EngineError::Failed(reason.into()));
        }
        // A reason from the pixels is easier to understand and has priority.
        let range = match (&range, &self.out_of_distribution) {
            (TrainingRange::Inside, Some((out_of_distribution, limit))) => {
                out_of_distribution.range(*limit, pooled)
            }
            _ => range,
        };
        Ok(Assessment::of_classes(classes, self.rule, self.identity.clone()).within(range))
    }

    /// The features of `planes`, `(images, 224, 224)`, image after image; averaged with those of the mirror
    /// image if the rule was measured so.
    fn features(
        &self,
        mut planes: Vec<f32>,
        images: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        if !self.mirror {
            return self
                .backbone
                .pooled_grey(&planes, images, self.reads, cancel);
        }
        planes.extend(input::mirrored(&planes, input::SIDE));
        let mut both = self
            .backbone
            .pooled_grey(&planes, 2 * images, self.reads, cancel)?;
        let mirrored = both.split_off(both.len() / 2);
        for (value, mirrored) in both.iter_mut().zip(mirrored) {
            *value = 0.5 * (*value + mirrored);
        }
        Ok(both)
    }
}

impl Engine for Network {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn runs_on(&self) -> &str {
        &self.runs_on
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        let range = gate::check(scan)?;
        let input = input::prepare(scan)?;
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let mut outputs = self.backbone.outputs(&input, cancel)?;
        if self.mirror {
            let mirrored = input::mirrored(&input, input::SIDE);
            outputs = outputs.joined(&self.backbone.outputs(&mirrored, cancel)?)?;
        }
        let pooled = outputs.pooled(self.reads);
        Ok(SliceAnalysis {
            assessment: self.answer(&pooled, range)?,
            attention: Attention::of(&outputs, &self.head, self.reads),
        })
    }

    fn assess(&self, scans: &[Arc<Scan>], cancel: &Cancel) -> Vec<Result<Assessment, EngineError>> {
        let prepared: Vec<Result<(TrainingRange, Vec<f32>), EngineError>> = scans
            .par_iter()
            .map(|scan| {
                let range = gate::check(scan)?;
                Ok((range, input::plane(scan)?))
            })
            .collect();
        let planes: Vec<f32> = (prepared.iter().flatten())
            .flat_map(|(_, plane)| plane.iter().copied())
            .collect();
        let images = prepared.iter().flatten().count();
        let features = match images {
            0 => Ok(Vec::new()),
            _ => self.features(planes, images, cancel),
        };
        let numbers = features.as_deref().unwrap_or_default();
        let mut of_image = numbers.chunks_exact((numbers.len() / images.max(1)).max(1));
        let answer = |prepared| {
            let (range, _): (TrainingRange, Vec<f32>) = prepared?;
            match (of_image.next(), &features) {
                (Some(pooled), _) => self.answer(pooled, range),
                (None, Err(EngineError::Cancelled)) => Err(EngineError::Cancelled),
                (None, Err(error)) => Err(EngineError::Failed(error.to_string())),
                (None, Ok(_)) => Err(EngineError::Failed(
                    "the backbone returned too few features".into(),
                )),
            }
        };
        prepared.into_iter().map(answer).collect()
    }
}
