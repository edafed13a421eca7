//! The real [`Engine`]: gate, input, backbone, head, rule.

use std::num::NonZeroUsize;

use super::attention::Attention;
use super::backbone::Backbone;
use super::familiarity::{Familiarity, Limit};
use super::head::Head;
use super::placement::Placement;
use super::recipe::HeadReads;
use super::weights::{Weights, WeightsError};
use super::{Cancel, Engine, EngineError, Judgement, gate, input};
use crate::clinical::assessment::{Assessment, DecisionRule, ModelIdentity, TrainingRange};
use crate::imaging::Scan;

/// A trained network, ready to answer.
pub struct Network {
    backbone: Box<dyn Backbone>,
    head: Head,
    rule: DecisionRule,
    familiarity: Option<(Familiarity, Limit)>,
    identity: ModelIdentity,
    /// Whether a slice is judged together with its mirror image, as the rule was measured.
    mirror: bool,
    reads: HeadReads,
}

impl Network {
    /// Builds the network in `weights`, to run as `placement` says, with `threads` threads on the processor.
    pub fn new(
        weights: &Weights,
        placement: &Placement,
        threads: Option<NonZeroUsize>,
    ) -> Result<Self, WeightsError> {
        Self::with_backbone(weights, weights.build(placement, threads)?)
    }

    /// Puts the head, calibration and rule in `weights` on top of `backbone`.
    pub fn with_backbone(
        weights: &Weights,
        backbone: Box<dyn Backbone>,
    ) -> Result<Self, WeightsError> {
        Ok(Self {
            backbone,
            head: weights.head()?,
            rule: weights.metadata().rule,
            familiarity: weights.familiarity()?,
            identity: weights.identity().clone(),
            mirror: weights.metadata().mirror(),
            reads: weights.metadata().head_reads(),
        })
    }
}

impl Engine for Network {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<Judgement, EngineError> {
        let range = gate::check(scan).map_err(EngineError::Refused)?;
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
        let classes = self.head.probabilities(&pooled);
        if pooled.len() != self.head.features() || !classes.malignant.is_finite() {
            let reason = "its features are not what the last layer takes";
            return Err(EngineError::Failed(reason.into()));
        }
        let assessment = Assessment::new(classes, self.rule, self.identity.clone());
        // What the pixels say is the plainer reason.
        let range = match (&range, &self.familiarity) {
            (TrainingRange::Inside, Some((familiarity, limit))) => {
                familiarity.range(*limit, &pooled)
            }
            _ => range,
        };
        Ok(Judgement {
            assessment: assessment.within(range),
            attention: Attention::of(&outputs, &self.head, self.reads),
        })
    }
}
