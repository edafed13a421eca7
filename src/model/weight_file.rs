//! A weight file in memory, with the description of the network in its header.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::SafeTensors;
use sha2::{Digest, Sha256};

use super::content_error::ContentError;
use crate::clinical::assessment::ModelIdentity;
use crate::text::hexadecimal;

/// Maximum file size; a ResNet-50 in f32 has a fifth of it.
const LARGEST_FILE: u64 = 512 << 20;

/// Reasons why no network could be loaded. `option` is the command line's for another file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error(
        "the weight file {name} is missing in {}; copy it into one of these folders or name a file with {option}",
        list(looked_in)
    )]
    Missing {
        name: &'static str,
        looked_in: Vec<PathBuf>,
        option: &'static str,
    },
    #[error("the weight file {} could not be read: {reason}; correct that or name another with {option}", path.display())]
    Unreadable {
        path: PathBuf,
        reason: io::Error,
        option: &'static str,
    },
    #[error(
        "the weight file {} is not the one expected (its SHA-256 is {found}, not {expected}); copy it again or name another with {option}",
        path.display()
    )]
    Changed {
        path: PathBuf,
        expected: String,
        found: String,
        option: &'static str,
    },
    #[error("{} is damaged or is not a weight file: {reason}; copy it again or name another with {option}", path.display())]
    Damaged {
        path: PathBuf,
        reason: String,
        option: &'static str,
    },
    #[error("the weight file {} cannot be used: {reason}; name another with {option}", path.display())]
    Unfit {
        path: PathBuf,
        reason: String,
        option: &'static str,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// The description of one kind of network.
pub trait Description: Sized {
    /// The command line's option that names a file of this kind.
    const OPTION: &'static str;

    /// Reads and checks the description in a safetensors header.
    ///
    /// # Errors
    /// Says in a few words what is missing or invalid.
    fn read(header: Option<&HashMap<String, String>>) -> Result<Self, ContentError>;

    /// The model's name.
    fn id(&self) -> &str;
}

/// A weight file in memory, byte for byte: half-precision convolutions, f32 for the rest.
#[derive(Debug)]
pub struct WeightFile<D> {
    path: PathBuf,
    bytes: Arc<Vec<u8>>,
    identity: ModelIdentity,
    metadata: D,
}

impl<D: Description> WeightFile<D> {
    /// Reads the file at `path` and checks it, against `expected_sha256` first if given.
    ///
    /// # Errors
    /// The file cannot be read, has another hash, or does not contain a network of this kind.
    pub fn read(path: &Path, expected_sha256: Option<&str>) -> Result<Self, WeightsError> {
        let option = D::OPTION;
        let bytes = read_within_reason(path).map_err(|reason| WeightsError::Unreadable {
            path: path.into(),
            reason,
            option,
        })?;
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        if let Some(expected) = expected_sha256.filter(|expected| *expected != sha256) {
            return Err(WeightsError::Changed {
                path: path.into(),
                expected: expected.into(),
                found: sha256,
                option,
            });
        }
        let (_, header) =
            SafeTensors::read_metadata(&bytes).map_err(|error| WeightsError::Damaged {
                path: path.into(),
                reason: error.to_string(),
                option,
            })?;
        let metadata =
            D::read(header.metadata().as_ref()).map_err(|reason| WeightsError::Unfit {
                path: path.into(),
                reason: reason.to_string(),
                option,
            })?;
        let id = metadata.id().to_owned();
        Ok(Self {
            path: path.into(),
            bytes: Arc::new(bytes),
            identity: ModelIdentity { id, sha256 },
            metadata,
        })
    }

    /// Error for a file with other content than needed.
    pub fn unfit(&self, reason: impl ToString) -> WeightsError {
        WeightsError::Unfit {
            path: self.path.clone(),
            reason: reason.to_string(),
            option: D::OPTION,
        }
    }
}

impl<D> WeightFile<D> {
    /// Path that the file was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole file, shared.
    pub fn shared_bytes(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.bytes)
    }

    /// Name and hash of the network.
    pub fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    /// The description in the file.
    pub fn metadata(&self) -> &D {
        &self.metadata
    }
}

/// The content of a file, if it is a regular one of a plausible size.
pub fn read_within_reason(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::metadata(path)?;
    if !file.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if file.len() > LARGEST_FILE {
        return Err(io::Error::other("it is larger than 512 MB"));
    }
    let mut bytes = Vec::with_capacity(file.len() as usize);
    let reader = std::fs::File::open(path)?;
    reader.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::model::lesions::weights::LesionWeights;
    use crate::model::weights::Weights;

    #[test]
    fn an_error_names_the_option_for_its_kind_of_network() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.safetensors");
        for content in [None, Some(&b"cut"[..])] {
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let classifier = Weights::read(&path, None).unwrap_err().to_string();
            let lesions = LesionWeights::read(&path, None).unwrap_err().to_string();
            assert!(classifier.ends_with("with --model"), "{classifier}");
            assert!(lesions.ends_with("with --lesion-model"), "{lesions}");
        }
    }
}
