//! The slice classifier's weight file: builds the network and its head.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use safetensors::SafeTensors;

use super::backbone::{self, Backbone};
use super::content_error::{ContentError, innermost};
use super::head::{Class, Head};
use super::metadata::Metadata;
use super::out_of_distribution::{Limit, OutOfDistribution};
use super::placement::Placement;
use super::resnet::{Config, ResNet};
use super::weight_file::{Description, WeightFile, WeightsError};

/// A weight file of the slice classifier.
pub type Weights = WeightFile<Metadata>;

impl Description for Metadata {
    const OPTION: &'static str = "--model";

    fn read(header: Option<&HashMap<String, String>>) -> Result<Self, ContentError> {
        Self::from_header(header)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl WeightFile<Metadata> {
    /// The tensors, under torchvision's names.
    pub fn tensors(&self) -> Result<SafeTensors<'_>, WeightsError> {
        SafeTensors::deserialize(self.bytes()).map_err(|error| self.unfit(error))
    }

    /// The ResNet-50 up to its pooled features, on `device`; see [`backbone()`].
    pub fn backbone(&self, device: &Device) -> Result<ResNet, WeightsError> {
        backbone(self.bytes(), device).map_err(|reason| self.unfit(reason))
    }

    /// The network up to its pooled features, ready to run; see [`backbone::build`].
    pub fn build(
        &self,
        placement: &Placement,
        threads: Option<NonZeroUsize>,
    ) -> Result<Box<dyn Backbone>, WeightsError> {
        backbone::build(self.bytes(), placement, threads).map_err(|reason| self.unfit(reason))
    }

    /// The layer after the pooled features, with its calibration.
    pub fn head(&self) -> Result<Head, WeightsError> {
        let classes = Class::ALL.len();
        let features = self.features();
        let weight = self.values(&[classes, features], "fc.weight")?;
        let bias = self.values(&[classes], "fc.bias")?;
        Head::new(weight, &bias, self.metadata().calibration)
            .ok_or_else(|| self.unfit("its last layer or its calibration is not sound"))
    }

    /// The distribution of the training features, with the limit from which a slice is outside; `None` if the
    /// file has none.
    pub fn out_of_distribution(&self) -> Result<Option<(OutOfDistribution, Limit)>, WeightsError> {
        let Some(limit) = self.metadata().out_of_distribution else {
            return Ok(None);
        };
        let out_of_distribution = OutOfDistribution::from_tensors(&self.tensors()?)
            .map_err(|reason| self.unfit(reason))?;
        match out_of_distribution.features() == self.head()?.features() {
            true => Ok(Some((out_of_distribution, limit))),
            false => {
                Err(self.unfit("its description of the training features is of another network"))
            }
        }
    }

    /// Number of features of the last layer.
    fn features(&self) -> usize {
        Config::RESNET_50.features_read(self.metadata().head_reads())
    }

    fn values(&self, shape: &[usize], name: &str) -> Result<Vec<f32>, WeightsError> {
        VarBuilder::from_slice_safetensors(self.bytes(), DType::F32, &Device::Cpu)
            .and_then(|vb| vb.get(shape, name)?.flatten_all()?.to_vec1())
            .map_err(|error| self.unfit(innermost(&error)))
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
