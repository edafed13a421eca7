//! The lesion reader's weight file: builds the reader.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use super::metadata::LesionMetadata;
use super::reader::LesionReader;
use crate::model::placement::Placement;
use crate::model::weight_file::{Description, WeightFile};
use crate::model::{ContentError, WeightsError};

/// A weight file of the lesion reader.
pub type LesionWeights = WeightFile<LesionMetadata>;

impl Description for LesionMetadata {
    const OPTION: &'static str = "--lesion-model";

    fn read(header: Option<&HashMap<String, String>>) -> Result<Self, ContentError> {
        Self::from_header(header)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl WeightFile<LesionMetadata> {
    /// The reader, to run as `placement` says on up to `threads` threads.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn build(
        &self,
        placement: &Placement,
        threads: NonZeroUsize,
    ) -> Result<LesionReader, WeightsError> {
        LesionReader::build(self.bytes(), placement, threads).map_err(|reason| self.unfit(reason))
    }
}
