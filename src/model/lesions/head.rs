//! The head of the lesion reader: combines the second and the third stage into three outputs for each position.

use crate::model::product::{Matrix, multiply};

/// Channels of the second and of the third stage.
pub const NEAR: usize = 512;
/// Channels of the third stage.
pub const DEEP: usize = 1024;
/// Number of hidden channels that combine both stages.
pub const HIDDEN: usize = 256;
/// Number of outputs: lesion, malignancy, size.
pub const OUTPUTS: usize = 3;

/// The head's weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// `(HIDDEN, NEAR)`
    pub near: Vec<f32>,
    /// `(HIDDEN, DEEP)`
    pub deep: Vec<f32>,
    pub hidden_bias: Vec<f32>,
    /// `(OUTPUTS, HIDDEN)`
    pub output: Vec<f32>,
    pub output_bias: Vec<f32>,
}

/// Outputs of the head for every position of a picture, row by row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeadMaps {
    /// Log odds that there is a lesion.
    pub lesion: Vec<f32>,
    /// Log odds that it is malignant.
    pub malignancy: Vec<f32>,
    /// Natural logarithm of its diameter over 10 mm.
    pub size: Vec<f32>,
}

impl Head {
    /// True if every part has the right size.
    pub fn is_sound(&self) -> bool {
        self.near.len() == HIDDEN * NEAR
            && self.deep.len() == HIDDEN * DEEP
            && self.hidden_bias.len() == HIDDEN
            && self.output.len() == OUTPUTS * HIDDEN
            && self.output_bias.len() == OUTPUTS
            && [
                &self.near,
                &self.deep,
                &self.hidden_bias,
                &self.output,
                &self.output_bias,
            ]
            .iter()
            .all(|part| part.iter().all(|value| value.is_finite()))
    }

    /// The maps of one picture from `near`, `(side, side, NEAR)`, the output of the second stage, and `deep`,
    /// `(side / 2, side / 2, DEEP)`, the output of the third; `side` is even.
    ///
    /// # Panics
    /// When a slice has another length.
    pub fn maps(&self, near: &[f32], deep: &[f32], side: usize) -> HeadMaps {
        let (pixels, coarse) = (side * side, side * side / 4);
        let mut hidden = vec![0.0; HIDDEN * pixels];
        multiply(
            &mut hidden,
            Matrix::new(&self.near, HIDDEN, NEAR),
            Matrix::new(near, pixels, NEAR).turned(),
        );
        let mut behind = vec![0.0; HIDDEN * coarse];
        multiply(
            &mut behind,
            Matrix::new(&self.deep, HIDDEN, DEEP),
            Matrix::new(deep, coarse, DEEP).turned(),
        );
        let channels = hidden
            .chunks_exact_mut(pixels)
            .zip(behind.chunks_exact(coarse));
        for ((fine, coarse), bias) in channels.zip(&self.hidden_bias) {
            for (row, values) in fine.chunks_exact_mut(side).enumerate() {
                let under = &coarse[row / 2 * (side / 2)..][..side / 2];
                for (two, under) in values.chunks_exact_mut(2).zip(under) {
                    two.iter_mut()
                        .for_each(|value| *value = (*value + under + bias).max(0.0));
                }
            }
        }
        let mut output = vec![0.0; OUTPUTS * pixels];
        multiply(
            &mut output,
            Matrix::new(&self.output, OUTPUTS, HIDDEN),
            Matrix::new(&hidden, HIDDEN, pixels),
        );
        for (values, bias) in output.chunks_exact_mut(pixels).zip(&self.output_bias) {
            values.iter_mut().for_each(|value| *value += bias);
        }
        let mut maps = output.chunks_exact(pixels).map(<[f32]>::to_vec);
        let mut next = || maps.next().unwrap_or_default();
        HeadMaps {
            lesion: next(),
            malignancy: next(),
            size: next(),
        }
    }
}
