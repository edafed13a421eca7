//! The slice classifier as an [`Engine`]: gate, input, backbone, head, rule.

use std::num::NonZeroUsize;
use std::sync::Arc;

use rayon::prelude::*;

use super::attention::Attention;
use super::backbone::{self, Backbone};
use super::head::Head;
use super::in_single_precision::{InSinglePrecision, is_close};
use super::out_of_distribution::{Limit, OutOfDistribution};
use super::placement::Placement;
use super::recipe::HeadReads;
use super::weight_file::WeightsError;
use super::weights::Weights;
use super::{Cancel, Engine, EngineError, SliceAnalysis, gate, input};
use crate::clinical::assessment::{Assessment, DecisionRule, ModelIdentity, TrainingRange};
use crate::imaging::Scan;

/// A trained network, ready to run.
pub struct Network {
    backbone: Box<dyn Backbone>,
    /// The backbone for answers close to a limit, if `backbone` is in a lower precision.
    single: Option<InSinglePrecision<Box<dyn Backbone>>>,
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
        let bytes = weights.shared_bytes();
        let single = placement.single().map(|placement| {
            InSinglePrecision::new(move || backbone::build(&bytes, &placement, threads))
        });
        Ok(Self {
            runs_on: placement.label(),
            single,
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
            single: None,
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

    /// The backbone in single precision if an error of the lower one could change this answer.
    fn again(
        &self,
        pooled: &[f32],
        assessment: &Assessment,
    ) -> Result<Option<&dyn Backbone>, EngineError> {
        let Some(single) = &self.single else {
            return Ok(None);
        };
        let probability = self.head.probabilities(pooled).malignant;
        let by_rule = is_close(probability, assessment.rule.limits());
        let by_distance = (self.out_of_distribution.as_ref())
            .is_some_and(|(distribution, limit)| distribution.is_close(*limit, pooled));
        match by_rule || by_distance {
            true => single.get().map(|backbone| Some(&**backbone)),
            false => Ok(None),
        }
    }

    /// The features of `planes`, `(images, 224, 224)`, image after image; averaged with those of the mirror
    /// image if the rule was measured so.
    fn features(
        &self,
        backbone: &dyn Backbone,
        mut planes: Vec<f32>,
        images: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        if !self.mirror {
            return backbone.pooled_grey(&planes, images, self.reads, cancel);
        }
        planes.extend(input::mirrored(&planes, input::SIDE));
        let mut both = backbone.pooled_grey(&planes, 2 * images, self.reads, cancel)?;
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
        let by = |backbone: &dyn Backbone| {
            let outputs = backbone.outputs(&input, cancel)?;
            if !self.mirror {
                return Ok(outputs);
            }
            let mirrored = input::mirrored(&input, input::SIDE);
            outputs.joined(&backbone.outputs(&mirrored, cancel)?)
        };
        let mut outputs = by(&*self.backbone)?;
        let pooled = outputs.pooled(self.reads);
        let mut assessment = self.answer(&pooled, range.clone())?;
        if let Some(backbone) = self.again(&pooled, &assessment)? {
            outputs = by(backbone)?;
            assessment = self.answer(&outputs.pooled(self.reads), range)?;
        }
        Ok(SliceAnalysis {
            assessment,
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
            _ => self.features(&*self.backbone, planes, images, cancel),
        };
        let numbers = features.as_deref().unwrap_or_default();
        let mut of_image = numbers.chunks_exact((numbers.len() / images.max(1)).max(1));
        let answer = |prepared| {
            let (range, plane): (TrainingRange, Vec<f32>) = prepared?;
            match (of_image.next(), &features) {
                (Some(pooled), _) => {
                    let assessment = self.answer(pooled, range.clone())?;
                    match self.again(pooled, &assessment)? {
                        Some(backbone) => {
                            self.answer(&self.features(backbone, plane, 1, cancel)?, range)
                        }
                        None => Ok(assessment),
                    }
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::phantom::{Grid, Phantom};
    use crate::model::backbone::{Outputs, StageOutput};
    use crate::model::head::Calibration;

    /// One feature of this value, whatever the image.
    struct Constant(f32);

    impl Backbone for Constant {
        fn outputs(&self, _: &[f32], _: &Cancel) -> Result<Outputs, EngineError> {
            let stage = StageOutput::new(vec![self.0], 1)?;
            Ok(Outputs {
                last: stage.clone(),
                before: stage,
            })
        }
    }

    /// A network that answers `rough`, and `exact` close to a limit; and the probabilities of both.
    fn network(rough: f32, exact: f32, threshold: impl Fn([f64; 2]) -> f64) -> (Network, [f64; 2]) {
        let head = Head::new(vec![0.0, 0.0, 1.0], &[0.0; 3], Calibration::NONE).unwrap();
        let both = [rough, exact].map(|feature| head.probabilities(&[feature]).malignant);
        let threshold = threshold(both);
        let network = Network {
            backbone: Box::new(Constant(rough)),
            single: Some(InSinglePrecision::new(move || {
                Ok(Box::new(Constant(exact)) as Box<dyn Backbone>)
            })),
            head,
            rule: DecisionRule {
                threshold,
                indeterminate_from: threshold,
                indeterminate_to: threshold,
                sensitivity: 0.9,
                specificity: 0.9,
                prevalence: 0.5,
            },
            out_of_distribution: None,
            identity: ModelIdentity {
                id: "constant".into(),
                sha256: String::new(),
            },
            mirror: true,
            reads: HeadReads::LastStage,
            runs_on: "the processor".into(),
        };
        (network, both)
    }

    #[test]
    fn an_answer_close_to_a_limit_is_computed_in_single_precision() {
        let series = Phantom::new(1).series(&Grid::chest(128, 2.8, 1, 2.5));
        let scan = series.slice(0).unwrap();
        let answers = |network: &Network| {
            let cancel = Cancel::default();
            let one = network.classify(&scan, &cancel).unwrap().assessment;
            let mut all = network.assess(&[scan.clone(), scan.clone()], &cancel);
            let other = all.pop().unwrap().unwrap();
            assert_eq!(all.pop().unwrap().unwrap(), other);
            [one, other].map(|it| it.classes.unwrap().malignant)
        };
        let (close, [rough, exact]) = network(0.5, 0.4, |[rough, _]| rough - 0.01);
        assert!((rough - exact).abs() > 1e-3);
        assert_eq!(answers(&close), [exact; 2]);
        let (far, [rough, _]) = network(0.5, 0.4, |[rough, _]| rough - 0.2);
        assert_eq!(answers(&far), [rough; 2]);
    }
}
