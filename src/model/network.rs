//! The real [`Engine`]: gate, input, backbone, head, rule.

use std::num::NonZeroUsize;

use super::attention::Attention;
use super::backbone::Backbone;
use super::head::Head;
use super::placement::Placement;
use super::weights::{Weights, WeightsError};
use super::{Cancel, Engine, EngineError, Judgement, gate, input};
use crate::clinical::assessment::{Assessment, DecisionRule, ModelIdentity};
use crate::imaging::Scan;

/// A trained network, ready to answer.
pub struct Network {
    backbone: Box<dyn Backbone>,
    head: Head,
    rule: DecisionRule,
    identity: ModelIdentity,
    /// Whether a slice is judged together with its mirror image, as the rule was measured.
    mirror: bool,
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
            identity: weights.identity().clone(),
            mirror: weights.metadata().mirror(),
        })
    }
}

impl Engine for Network {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<Judgement, EngineError> {
        gate::check(scan).map_err(EngineError::Refused)?;
        let input = input::prepare(scan)?;
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let mut last = self.backbone.last_stage(&input, cancel)?;
        if self.mirror {
            let mirrored = self
                .backbone
                .last_stage(&input::mirrored(&input, input::SIDE), cancel)?;
            last = last.joined(&mirrored)?;
        }
        let classes = self.head.probabilities(&last.pooled());
        if last.channels() != self.head.features() || !classes.malignant.is_finite() {
            let reason = "its features are not what the last layer takes";
            return Err(EngineError::Failed(reason.into()));
        }
        Ok(Judgement {
            assessment: Assessment::new(classes, self.rule, self.identity.clone()),
            attention: Attention::of(&last, &self.head),
        })
    }
}
