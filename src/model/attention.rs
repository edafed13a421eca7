//! Where on a slice the malignancy probability comes from: Grad-CAM at the last stage.
//!
//! Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization",
//! 2017. An output y is explained by the last activations A: each channel k is weighted by the mean over
//! its pixels of ∂y/∂A, and the map is ReLU(Σ αₖAₖ).
//!
//! No backward pass is needed for that. Above the last stage there are only a mean over the pixels and
//! [`Head`]. A pixel moves its channel's mean by 1/side², so ∂y/∂A is the same at every pixel, and αₖ is
//! the derivative of y by the pooled feature divided by side²: one row of weights, at hand after the
//! forward pass.
//!
//! A head that reads the stage before as well is explained at both: each stage's map, with the other stage held
//! as it is, adds up to the logit, and the sum is drawn as fine as the earlier stage.
//!
//! It shows what moved the network. It neither outlines a lesion nor says that there is one.

use super::backbone::{Outputs, StageOutput};
use super::head::Head;
use super::recipe::HeadReads;
use crate::imaging::overlay::HeatMap;

/// By how much each part of a slice raises the logit of the calibrated malignancy probability,
/// ln(p/(1 − p)), to first order.
///
/// That logit is what is explained, not the raw malignant output: a direction that all outputs share
/// moves the raw output and leaves the answer as it is, and where the classes differ it matters which
/// of the others malignancy competes with. Its derivative is [`Head::logit_gradient`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attention {
    side: usize,
    /// `(side, side)` row by row, from 0 up. The map covers the whole slice.
    evidence: Vec<f32>,
}

impl Attention {
    /// A map is drawn against its own maximum, but never against less than this: what raises the logit by
    /// no more moves a probability by five percentage points at most, and must not look like a finding.
    pub const WEAK: f32 = 0.2;

    /// Grad-CAM of the answer that `head`, which `reads` these, gives to `outputs`.
    pub fn of(outputs: &Outputs, head: &Head, reads: HeadReads) -> Self {
        let gradient = head.logit_gradient(&outputs.pooled(reads));
        let (of_last, of_before) = gradient.split_at(outputs.last.channels().min(gradient.len()));
        let last = shares(&outputs.last, of_last);
        if reads == HeadReads::LastStage {
            return Self::from_sums(outputs.last.side(), last);
        }
        // As fine as the stage before; a pixel of the last stage covers several of these, which it gives its
        // strength. Both are strengths of a pixel of the last stage.
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

    /// A map of these numbers, `(side, side)` row by row, where what lies below 0 counts as 0. Nothing if
    /// they are not as many, or not all finite.
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

    /// `(side, side)` row by row, from 0 up, in units of the logit.
    pub fn evidence(&self) -> &[f32] {
        &self.evidence
    }

    /// Whether no part of the slice raises the logit by as much as [`Self::WEAK`].
    pub fn is_weak(&self) -> bool {
        self.strongest() < Self::WEAK
    }

    fn strongest(&self) -> f32 {
        self.evidence.iter().copied().fold(0.0, f32::max)
    }

    /// The map as it is drawn: in [0, 1], where 1 is the map's own maximum or [`Self::WEAK`], whichever
    /// is more.
    pub fn heat_map(&self) -> HeatMap {
        let whole = self.strongest().max(Self::WEAK);
        let strengths = self.evidence.iter().map(|number| number / whole);
        HeatMap::new(self.side, strengths.collect())
    }
}

/// What each pixel of a stage adds to the logit, `(side, side)`: its channels, each times its `gradient`, over
/// the pixels that share the mean.
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

    /// A last stage of these numbers, and a stage before it of twice the height and width, all noughts but for
    /// the pixel at the top right.
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
        // Nothing of the last stage, and 0.5 · 8 / 16 · 4 of the stage before.
        assert_eq!((evidence[2], evidence[3]), (0.0, 1.0));
        let whole: f32 = evidence.iter().sum::<f32>() / 4.0;
        let [.., malignant] = head.logits(&outputs.pooled(reads));
        assert!((f64::from(whole) - malignant).abs() < 1e-6);
    }

    #[test]
    fn each_pixel_gets_its_share_of_what_its_channels_say() {
        // Two channels of four pixels; the first speaks for malignancy, the second against it.
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
    fn a_weak_map_is_not_blown_up_and_a_strong_one_reaches_one() {
        let strongest = |peak: f32| {
            let attention = Attention::new(2, vec![0.0, peak, peak / 2.0, -1.0]).unwrap();
            attention.heat_map().strengths().to_vec()
        };
        assert_eq!(strongest(3.0), [0.0, 1.0, 0.5, 0.0]);
        assert_eq!(strongest(Attention::WEAK / 4.0), [0.0, 0.25, 0.125, 0.0]);
        assert_eq!(strongest(0.0), [0.0; 4]);
    }

    #[test]
    fn a_map_that_is_no_square_or_not_finite_is_none() {
        assert!(Attention::new(0, vec![]).is_none());
        assert!(Attention::new(2, vec![0.0; 3]).is_none());
        assert!(Attention::new(1, vec![f32::NAN]).is_none());
        assert!(Attention::new(1, vec![0.5]).is_some());
    }
}
