//! Implements the [`Backbone`] trait for the engine.

use super::stem::SIDE;
use super::{FastError, FastResNet50};
use crate::model::backbone::{Backbone, Outputs, StageOutput};
use crate::model::recipe::HeadReads;
use crate::model::{Cancel, EngineError};

/// The last stage and the one before.
const READ: [usize; 2] = [FastResNet50::STAGES, FastResNet50::STAGES - 1];

impl Backbone for FastResNet50 {
    fn outputs(&self, input: &[f32], cancel: &Cancel) -> Result<Outputs, EngineError> {
        let cancelled = || cancel.is_cancelled();
        // A slice is grey: its one plane three times. The grey stem does a third of the work.
        let mut planes = input.chunks(SIDE * SIDE);
        let outcome = match (planes.next(), planes.next(), planes.next()) {
            (Some(red), Some(green), Some(blue))
                if input.len() == 3 * SIDE * SIDE && red == green && green == blue =>
            {
                self.activations_grey(red, 1, &READ, &cancelled)
            }
            _ => self.activations(input, 1, &READ, &cancelled),
        };
        let mut last = outcome.map_err(failed)?;
        let [of_last, of_before] = READ.map(|stage| Self::shape_after(stage).unwrap_or_default());
        let before = last.split_off((of_last.0 * of_last.1 * of_last.1).min(last.len()));
        Ok(Outputs {
            last: StageOutput::new(last, of_last.0)?,
            before: StageOutput::new(before, of_before.0)?,
        })
    }

    fn pooled_grey(
        &self,
        planes: &[f32],
        batch: usize,
        reads: HeadReads,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        let stages = match reads {
            HeadReads::LastStage => &READ[..1],
            HeadReads::LastTwoStages => &READ[..],
        };
        let cancelled = || cancel.is_cancelled();
        self.means_grey(planes, batch, stages, &cancelled)
            .map_err(failed)
    }
}

fn failed(error: FastError) -> EngineError {
    match error {
        FastError::Cancelled => EngineError::Cancelled,
        error => EngineError::Failed(error.to_string()),
    }
}
