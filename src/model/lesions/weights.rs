//! The lesion reader's weight file: reads and checks it and builds the reader.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::SafeTensors;

use super::metadata::LesionMetadata;
use super::reader::LesionReader;
use crate::clinical::assessment::ModelIdentity;
use crate::model::WeightsError;
use crate::model::placement::Placement;
use crate::model::weights::{checked, damaged, unfit};

/// A weight file of the lesion reader in memory, byte for byte.
#[derive(Debug)]
pub struct LesionWeights {
    path: PathBuf,
    bytes: Arc<Vec<u8>>,
    identity: ModelIdentity,
    metadata: LesionMetadata,
}

impl LesionWeights {
    /// Reads the file at `path` and checks it, against `expected_sha256` first if given.
    ///
    /// # Errors
    /// The file cannot be read, has another hash, or does not contain a lesion reader.
    pub fn read(path: &Path, expected_sha256: Option<&str>) -> Result<Self, WeightsError> {
        let (bytes, sha256) = checked(path, expected_sha256)?;
        let (_, header) =
            SafeTensors::read_metadata(&bytes).map_err(|error| damaged(path, error))?;
        let metadata = LesionMetadata::from_header(header.metadata().as_ref())
            .map_err(|reason| unfit(path, reason))?;
        let id = metadata.id.clone();
        Ok(Self {
            path: path.into(),
            bytes: Arc::new(bytes),
            identity: ModelIdentity { id, sha256 },
            metadata,
        })
    }

    /// Path that the file was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Name and hash of the network.
    pub fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    /// The description in the file.
    pub fn metadata(&self) -> &LesionMetadata {
        &self.metadata
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole file, shared.
    pub fn shared_bytes(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.bytes)
    }

    /// The reader, to run as `placement` says on up to `threads` threads.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn build(
        &self,
        placement: &Placement,
        threads: NonZeroUsize,
    ) -> Result<LesionReader, WeightsError> {
        LesionReader::build(&self.bytes, placement, threads)
            .map_err(|reason| unfit(&self.path, reason))
    }
}
