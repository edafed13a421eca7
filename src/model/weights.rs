//! Weight files: reads and checks them and builds the network.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};

use super::backbone::{self, Backbone};
use super::content_error::{ContentError, innermost};
use super::head::{Class, Head};
use super::metadata::Metadata;
use super::out_of_distribution::{Limit, OutOfDistribution};
use super::placement::Placement;
use super::resnet::{Config, ResNet};
use crate::clinical::assessment::ModelIdentity;
use crate::text::hexadecimal;

/// Maximum file size; a ResNet-50 in f32 has a fifth of it.
const LARGEST_FILE: u64 = 512 << 20;

/// Reasons why no network could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error(
        "the weight file {name} is missing in {}; copy it into one of these folders or name a file with --model",
        list(looked_in)
    )]
    Missing {
        name: &'static str,
        looked_in: Vec<PathBuf>,
    },
    #[error("the weight file {} could not be read: {reason}; correct that or name another with --model", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },
    #[error(
        "the weight file {} is not the one expected (its SHA-256 is {found}, not {expected}); copy it again or name another with --model",
        path.display()
    )]
    Changed {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("{} is damaged or is not a weight file: {reason}; copy it again or name another with --model", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the weight file {} cannot be used: {reason}; name another with --model", path.display())]
    Unfit { path: PathBuf, reason: String },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// A weight file in memory, byte for byte: half-precision convolutions, f32 for the rest.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    bytes: Arc<Vec<u8>>,
    identity: ModelIdentity,
    metadata: Metadata,
}

impl Weights {
    /// Reads the file at `path` and checks it, against `expected_sha256` first if given.
    pub fn read(path: &Path, expected_sha256: Option<&str>) -> Result<Self, WeightsError> {
        let (bytes, sha256) = checked(path, expected_sha256)?;
        let (_, header) =
            SafeTensors::read_metadata(&bytes).map_err(|error| damaged(path, error))?;
        let metadata = Metadata::from_header(header.metadata().as_ref())
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
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The tensors, under torchvision's names.
    pub fn tensors(&self) -> Result<SafeTensors<'_>, WeightsError> {
        SafeTensors::deserialize(&self.bytes).map_err(|error| damaged(&self.path, error))
    }

    /// The ResNet-50 up to its pooled features, on `device`; see [`backbone()`].
    pub fn backbone(&self, device: &Device) -> Result<ResNet, WeightsError> {
        backbone(&self.bytes, device).map_err(|reason| unfit(&self.path, reason))
    }

    /// The network up to its pooled features, ready to run; see [`backbone::build`].
    pub fn build(
        &self,
        placement: &Placement,
        threads: Option<NonZeroUsize>,
    ) -> Result<Box<dyn Backbone>, WeightsError> {
        backbone::build(&self.bytes, placement, threads).map_err(|reason| unfit(&self.path, reason))
    }

    /// The layer after the pooled features, with its calibration.
    pub fn head(&self) -> Result<Head, WeightsError> {
        let classes = Class::ALL.len();
        let features = self.features();
        let weight = self.values(&[classes, features], "fc.weight")?;
        let bias = self.values(&[classes], "fc.bias")?;
        Head::new(weight, &bias, self.metadata.calibration)
            .ok_or_else(|| unfit(&self.path, "its last layer or its calibration is not sound"))
    }

    /// The distribution of the training features, with the limit from which a slice is outside; `None` if the
    /// file has none.
    pub fn out_of_distribution(&self) -> Result<Option<(OutOfDistribution, Limit)>, WeightsError> {
        let Some(limit) = self.metadata.out_of_distribution else {
            return Ok(None);
        };
        let out_of_distribution = OutOfDistribution::from_tensors(&self.tensors()?)
            .map_err(|reason| unfit(&self.path, reason))?;
        match out_of_distribution.features() == self.head()?.features() {
            true => Ok(Some((out_of_distribution, limit))),
            false => Err(unfit(
                &self.path,
                "its description of the training features is of another network",
            )),
        }
    }

    /// Number of features of the last layer.
    fn features(&self) -> usize {
        Config::RESNET_50.features_read(self.metadata.head_reads())
    }

    fn values(&self, shape: &[usize], name: &str) -> Result<Vec<f32>, WeightsError> {
        VarBuilder::from_slice_safetensors(&self.bytes, DType::F32, &Device::Cpu)
            .and_then(|vb| vb.get(shape, name)?.flatten_all()?.to_vec1())
            .map_err(|error| unfit(&self.path, innermost(&error)))
    }
}

/// The ResNet-50 up to its pooled features in the safetensors file `bytes`, on `device`: in f32 on the
/// processor, in half precision on a GPU.
///
/// # Errors
/// The reason alone; it names the tensor that is missing or has a wrong shape.
pub fn backbone(bytes: &[u8], device: &Device) -> Result<ResNet, ContentError> {
    network(bytes, &Config::RESNET_50, device)
}

/// As [`backbone()`], for a network of another size.
///
/// # Errors
/// As [`backbone()`].
pub fn network(bytes: &[u8], config: &Config, device: &Device) -> Result<ResNet, ContentError> {
    let precision = match device.is_cpu() {
        true => DType::F32,
        false => DType::F16,
    };
    let tensors = VarBuilder::from_slice_safetensors(bytes, DType::F32, device)?;
    Ok(ResNet::new(config, tensors, precision)?)
}

/// The whole file at `path` and its SHA-256, compared with `expected_sha256` if given.
///
/// # Errors
/// The file cannot be read, or has another hash.
pub fn checked(
    path: &Path,
    expected_sha256: Option<&str>,
) -> Result<(Vec<u8>, String), WeightsError> {
    let bytes = read_within_reason(path).map_err(|reason| WeightsError::Unreadable {
        path: path.into(),
        reason,
    })?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    match expected_sha256 {
        Some(expected) if expected != sha256 => Err(WeightsError::Changed {
            path: path.into(),
            expected: expected.into(),
            found: sha256,
        }),
        _ => Ok((bytes, sha256)),
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

/// Error for a file that cannot be parsed.
pub fn damaged(path: &Path, reason: impl ToString) -> WeightsError {
    WeightsError::Damaged {
        path: path.into(),
        reason: reason.to_string(),
    }
}

/// Error for a file with other content than needed.
pub fn unfit(path: &Path, reason: impl ToString) -> WeightsError {
    WeightsError::Unfit {
        path: path.into(),
        reason: reason.to_string(),
    }
}
