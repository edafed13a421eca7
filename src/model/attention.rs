//! Attention map of the malignancy probability: Grad-CAM at the last stage.
//!
//! Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization",
//! 2017. An output y is explained by the last activations A: each channel k is weighted by the mean over
//! its pixels of ∂y/∂A, and the map is ReLU(Σ αₖAₖ).
//!
//! No backward pass is needed. Only a mean over the pixels and [`Head`] come after the last stage. A pixel
//! changes its channel's mean by 1/side², so ∂y/∂A is the same at every pixel, and αₖ is the derivative of y
//! with respect to the pooled feature divided by side²: one row of weights, known after the forward pass.
//!
//! A head that also reads the stage before is explained at both stages: the two maps, each computed with the
//! other stage held constant, add up to the logit. The sum is drawn at the resolution of the earlier stage.
//!
//! The map shows which parts of the slice influenced the network. It neither outlines a lesion nor says that
//! there is one.

use super::backbone::{Outputs, StageOutput};
use super::head::Head;
use super::recipe::HeadReads;
use crate::imaging::overlay::HeatMap;

/// Contribution of each part of a slice to the logit of the calibrated malignancy probability, ln(p/(1 − p)),
/// to first order.
///
/// The calibrated logit is explained, not the raw malignant output: a direction that all outputs share changes
/// the raw output without changing the answer, and the logit depends on which other class competes with
/// malignancy. Its derivative is [`Head::logit_gradient`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attention {
    side: usize,
    /// `(side, side)` row by row, non-negative. The map covers the whole slice.
    evidence: Vec<f32>,
}

impl Attention {
    /// Lower bound of the maximum that a map is scaled by. A part that raises the logit by no more than this
    /// changes a probability by at most five percentage points, and must not look like a lesion.
    pub const WEAK: f32 = 0.2;

    /// Grad-CAM of the answer that `head`, which reads the stages `reads`, gives for `outputs`.
    pub fn of(outputs: &Outputs, head: &Head, reads: HeadReads) -> Self {
        let gradient = head.logit_gradient(&outputs.pooled(reads));
        let (of_last, of_before) = gradient.split_at(outputs.last.channels().min(gradient.len()));
        let last = shares(&outputs.last, of_last);
        if reads == HeadReads::LastStage {
            return Self::from_sums(outputs.last.side(), last);
        }
        // The map has the resolution of the stage before. A pixel of the last stage covers several of its
        // pixels, and its value is assigned to each of them. Both contributions are in units per pixel of the
        // last stage.
        let side = outputs.before.side();
        let covered = (side / outputs.last.side()).max(1);
        let mut sums = shares(&outputs.before, of_before);
        for (place, sum) in sums.iter_mut().enumerate() {
            let (row, column) = (place / side / covered, place % side / covered);
            let over = last.get(row * outputs.last.side() + column);
            *sum = *sum * (covered * covered) as f64 + over.copied().unwrap_or_default();
        }
        Self::from_sums(side, sums)
    }

    fn from_sums(side: usize, sums: Vec<f64>) -> Self {
        let evidence = sums.iter().map(|&sum| sum.max(0.0) as f32).collect();
        Self { side, evidence }
    }

    /// A map of `evidence`, `(side, side)` row by row; negative values count as 0. `None` if their number is
    /// wrong or a value is not finite.
    pub fn new(side: usize, evidence: Vec<f32>) -> Option<Self> {
        let sound = side > 0
            && Some(evidence.len()) == side.checked_mul(side)
            && evidence.iter().all(|number| number.is_finite());
        let evidence = evidence.into_iter().map(|number| number.max(0.0));
        sound.then(|| Self {
            side,
            evidence: evidence.collect(),
        })
    }

    /// Height and width in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// `(side, side)` row by row, non-negative, in units of the logit.
    pub fn evidence(&self) -> &[f32] {
        &self.evidence
    }

    /// True if no part of the slice raises the logit by as much as [`Self::WEAK`].
    pub fn is_weak(&self) -> bool {
        self.strongest() < Self::WEAK
    }

    fn strongest(&self) -> f32 {
        self.evidence.iter().copied().fold(0.0, f32::max)
    }

    /// The map scaled to [0, 1] for drawing: 1 is the map's maximum or [`Self::WEAK`], whichever is larger.
    pub fn heat_map(&self) -> HeatMap {
        let whole = self.strongest().max(Self::WEAK);
        let strengths = self.evidence.iter().map(|number| number / whole);
        HeatMap::new(self.side, strengths.collect())
    }
}

/// Contribution of each pixel of a stage to the logit, `(side, side)`: the channels times their `gradient`,
/// divided by the number of pixels in the mean.
fn shares(stage: &StageOutput, gradient: &[f64]) -> Vec<f64> {
    let pixels = (stage.side() * stage.side()) as f64;
    let mut sums = vec![0.0; stage.side() * stage.side()];
    for (picture, gradient) in stage.pictures().zip(gradient) {
        for (sum, &activation) in sums.iter_mut().zip(picture) {
            *sum += gradient / pixels * f64::from(activation);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Calibration;

    /// A last stage with these values, and a stage before it of twice the height and width that is zero except
    /// for the pixel at the top right.
    fn outputs(last: Vec<f32>, channels: usize) -> Outputs {
        let last = StageOutput::new(last, channels).unwrap();
        let mut before = vec![0.0; 4 * last.side() * last.side()];
        before[2 * last.side() - 1] = 8.0;
        let before = StageOutput::new(before, 1).unwrap();
        Outputs { last, before }
    }

    #[test]
    fn both_stages_of_a_head_that_reads_two_add_up_to_the_logit() {
        let outputs = outputs(vec![4.0, 0.0, 1.0, 3.0], 1);
        let head = Head::new(
            vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.5],
            &[0.0; 3],
            Calibration::NONE,
        )
        .unwrap();
        let reads = HeadReads::LastTwoStages;
        let attention = Attention::of(&outputs, &head, reads);
        assert_eq!(attention.side(), 4);
        let evidence = attention.evidence();
        assert_eq!(evidence[0], 1.0);
        // The last stage contributes nothing, the stage before 0.5 · 8 / 16 · 4.
        assert_eq!((evidence[2], evidence[3]), (0.0, 1.0));
        let whole: f32 = evidence.iter().sum::<f32>() / 4.0;
        let [.., malignant] = head.logits(&outputs.pooled(reads));
        assert!((f64::from(whole) - malignant).abs() < 1e-6);
    }

    #[test]
    fn each_pixel_gets_the_contribution_of_its_channels() {
        // Two channels of four pixels; the first raises the malignancy logit, the second lowers it.
        let outputs = outputs(vec![4.0, 0.0, 1.0, 0.0, 0.0, 2.0, 1.0, 0.0], 2);
        let head = Head::new(
            vec![0.0, 0.0, 0.0, 0.0, 1.0, -1.0],
            &[0.0; 3],
            Calibration::NONE,
        )
        .unwrap();
        let attention = Attention::of(&outputs, &head, HeadReads::LastStage);
        assert_eq!(attention.side(), 2);
        assert_eq!(attention.evidence(), [1.0, 0.0, 0.0, 0.0]);
        let cooler = Head::new(
            vec![0.0, 0.0, 0.0, 0.0, 1.0, -1.0],
            &[0.0; 3],
            Calibration::with_temperature(2.0),
        )
        .unwrap();
        assert_eq!(
            Attention::of(&outputs, &cooler, HeadReads::LastStage).evidence()[0],
            0.5
        );
    }

    #[test]
    fn a_direction_that_all_classes_share_explains_nothing() {
        let outputs = outputs(vec![4.0, 0.0, 1.0, 0.0], 1);
        let head = Head::new(vec![3.0; 3], &[0.0; 3], Calibration::NONE).unwrap();
        assert!(head.logits(&outputs.last.pooled())[2] > 0.0);
        let attention = Attention::of(&outputs, &head, HeadReads::LastStage);
        assert!(
            attention
                .evidence()
                .iter()
                .all(|number| number.abs() < 1e-6)
        );
        assert!(attention.is_weak());
    }

    #[test]
    fn a_weak_map_is_not_scaled_up_and_a_strong_one_reaches_one() {
        let strongest = |peak: f32| {
            let attention = Attention::new(2, vec![0.0, peak, peak / 2.0, -1.0]).unwrap();
            attention.heat_map().strengths().to_vec()
        };
        assert_eq!(strongest(3.0), [0.0, 1.0, 0.5, 0.0]);
        assert_eq!(strongest(Attention::WEAK / 4.0), [0.0, 0.25, 0.125, 0.0]);
        assert_eq!(strongest(0.0), [0.0; 4]);
    }

    #[test]
    fn a_map_that_is_not_square_or_not_finite_is_refused() {
        assert!(Attention::new(0, vec![]).is_none());
        assert!(Attention::new(2, vec![0.0; 3]).is_none());
        assert!(Attention::new(1, vec![f32::NAN]).is_none());
        assert!(Attention::new(1, vec![0.5]).is_some());
    }
}
