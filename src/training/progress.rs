//! State of a fit: everything that it needs to resume exactly.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::tuning::adamw::AdamW;

/// The header's only key.
const KEY: &str = "position";

/// Position of a fit between two epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The part in training, see [`super::plan::Part`]; the final network comes after the last part.
    pub part: usize,
    /// The next member and epoch, counted from 0.
    pub member: usize,
    pub epoch: usize,
    /// Number of AdamW steps for this member.
    pub steps: usize,
    /// Number of steps in the running mean.
    pub averaged: usize,
    /// The lowest validation loss so far, and the number of epochs since then.
    pub best_loss: Option<f64>,
    pub since_best: usize,
}

/// Position of a fit, and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub position: Position,
    pub parameters: Vec<f32>,
    pub memory: AdamW,
    /// The running mean of the parameters over the last steps; empty before they begin.
    pub average: Vec<f32>,
    /// The parameters with the best validation loss; empty if validation does not choose the epoch.
    pub best: Vec<f32>,
    /// The mean of the previous members; empty for the first.
    pub members: Vec<f32>,
}

impl Progress {
    /// The start of `part`, from the parameters `start`.
    pub fn new(part: usize, start: &[f32]) -> Self {
        Self {
            position: Position {
                part,
                member: 0,
                epoch: 0,
                steps: 0,
                averaged: 0,
                best_loss: None,
                since_best: 0,
            },
            parameters: start.to_vec(),
            memory: AdamW::new(start.len()),
            average: Vec::new(),
            best: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Returns to `start` for the next member.
    pub fn next_member(&mut self, start: &[f32]) {
        let members = std::mem::take(&mut self.members);
        let next = self.position.member + 1;
        *self = Self::new(self.position.part, start);
        self.members = members;
        self.position.member = next;
    }

    /// The parameters that would be returned now: the running mean if it has begun.
    pub fn candidate(&self) -> &[f32] {
        match self.average.is_empty() {
            true => &self.parameters,
            false => &self.average,
        }
    }

    /// The final parameters of the member: those with the best validation loss if validation chooses.
    pub fn trained(&self) -> &[f32] {
        match self.best.is_empty() {
            true => self.candidate(),
            false => &self.best,
        }
    }

    fn rows(&self) -> [(&'static str, &[f32]); 6] {
        [
            ("parameters", &self.parameters),
            ("first", &self.memory.first),
            ("second", &self.memory.second),
            ("average", &self.average),
            ("best", &self.best),
            ("members", &self.members),
        ]
    }

    /// The bytes of a checkpoint.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let rows = self.rows().map(|(name, values)| {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (name, values.len(), bytes)
        });
        let views = (rows.iter())
            .map(|(name, length, bytes)| {
                Ok((name, TensorView::new(Dtype::F32, vec![*length], bytes)?))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(std::io::Error::other)?;
        let position = serde_json::to_string(&self.position)?;
        let header = HashMap::from([(KEY.to_owned(), position)]);
        safetensors::serialize(views, Some(header)).map_err(std::io::Error::other)
    }

    /// Reads a checkpoint of a network of `parameters` parameters. `None` if it is invalid.
    pub fn from_bytes(bytes: &[u8], parameters: usize) -> Option<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
        let position: Position =
            serde_json::from_str(header.metadata().as_ref()?.get(KEY)?).ok()?;
        let file = SafeTensors::deserialize(bytes).ok()?;
        let row = |name: &str| -> Option<Vec<f32>> {
            let tensor = file.tensor(name).ok()?;
            let words = tensor.data().as_chunks::<4>().0.iter();
            (tensor.dtype() == Dtype::F32)
                .then(|| words.map(|word| f32::from_le_bytes(*word)).collect())
        };
        let whole = |name: &str| row(name).filter(|row| row.len() == parameters);
        let optional =
            |name: &str| row(name).filter(|row| row.is_empty() || row.len() == parameters);
        Some(Self {
            parameters: whole("parameters")?,
            memory: AdamW {
                first: whole("first")?,
                second: whole("second")?,
                steps: position.steps,
            },
            average: optional("average")?,
            best: optional("best")?,
            members: optional("members")?,
            position,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_one_of_another_network_is_refused() {
        let mut progress = Progress::new(2, &[1.0, -0.1, f32::MIN_POSITIVE]);
        progress.members = vec![0.25; 3];
        progress.position.best_loss = Some(0.1 + 0.2);
        progress.memory.steps = 7;
        progress.position.steps = 7;
        let bytes = progress.to_bytes().unwrap();
        assert_eq!(Progress::from_bytes(&bytes, 3).as_ref(), Some(&progress));
        assert_eq!(Progress::from_bytes(&bytes, 4), None);
        assert_eq!(Progress::from_bytes(&bytes[..bytes.len() - 1], 3), None);
    }
}
