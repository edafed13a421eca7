//! The engine behind the [`Backbone`] trait.

use super::stem::SIDE;
use super::{FastError, FastResNet50};
use crate::model::backbone::{Backbone, LastStage};
use crate::model::{Cancel, EngineError};

impl Backbone for FastResNet50 {
    fn last_stage(&self, input: &[f32], cancel: &Cancel) -> Result<LastStage, EngineError> {
        let cancelled = || cancel.is_cancelled();
        // A slice is grey, its one plane three times over; then a third of the stem's work will do.
        let mut planes = input.chunks(SIDE * SIDE);
        let outcome = match (planes.next(), planes.next(), planes.next()) {
            (Some(red), Some(green), Some(blue))
                if input.len() == 3 * SIDE * SIDE && red == green && green == blue =>
            {
                self.activations_grey(red, 1, Self::STAGES, &cancelled)
            }
            _ => self.activations(input, 1, Self::STAGES, &cancelled),
        };
        let activations = outcome.map_err(|error| match error {
            FastError::Cancelled => EngineError::Cancelled,
            error => EngineError::Failed(error.to_string()),
        })?;
        LastStage::new(activations, Self::FEATURES)
    }
}
