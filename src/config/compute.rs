//! Engine and device that run the network.

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::ValueEnum;

use super::Expected;

/// The engine that runs the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// LUNNY's own, on the processor
    Fast,
    /// Plain candle, on the processor or a GPU
    Reference,
}

impl EngineChoice {
    /// Value in `config.toml`, the environment and flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Reference => "reference",
        }
    }
}

/// Precision of the network's numbers on the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PrecisionChoice {
    /// Single precision, unless the user chooses another
    #[default]
    Auto,
    /// Single precision
    F32,
    /// Bfloat16, on processors with AMX
    Bf16,
}

/// The device that the network runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// On a GPU if the program was built for one and finds it, on the processor otherwise.
    #[default]
    Auto,
    Cpu,
    /// On the GPU of this number.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "auto" => Ok(Self::Auto),
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", number)) if number.parse::<usize>().is_ok() => {
                Ok(Self::Cuda(number.parse().unwrap_or_default()))
            }
            _ => Err("auto, cpu, cuda or cuda:N".into()),
        }
    }
}

/// The user's settings for running the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compute {
    /// None means the fastest for the device.
    pub engine: Option<EngineChoice>,
    pub device: DeviceChoice,
    pub precision: PrecisionChoice,
    /// Processor threads; none means one for each core that the process may use.
    pub threads: Option<NonZeroUsize>,
}

#[cfg(test)]
mod tests {
    use super::DeviceChoice::{self, *};

    #[test]
    fn devices_are_read_as_they_are_written() {
        let devices = [
            ("auto", Auto),
            ("cpu", Cpu),
            ("cuda", Cuda(0)),
            ("cuda:3", Cuda(3)),
        ];
        for (text, device) in devices {
            assert_eq!(text.parse(), Ok(device));
        }
        for wrong in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0"] {
            assert!(wrong.parse::<DeviceChoice>().is_err(), "{wrong}");
        }
    }
}
