//! Selects the implementation and the device of the network from the user's options and the available hardware.
//! The processor replaces an option that is unavailable, with a remark.

use candle_core::Device;

use super::fast::bfloat16::method::Method;
use crate::config::{Compute, DeviceChoice, EngineChoice, PrecisionChoice};

/// Precision of the numbers of LUNNY's own engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    #[default]
    Single,
    Bfloat16,
}

impl Precision {
    /// Value in `config.toml`, flags and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "f32",
            Self::Bfloat16 => "bf16",
        }
    }
}

/// Implementation and device of the network.
#[derive(Debug, Clone)]
pub struct Placement {
    pub engine: EngineChoice,
    pub device: Device,
    pub precision: Precision,
    /// The option that could not be met, for the user.
    pub remark: Option<String>,
}

impl Placement {
    /// The fastest that `compute` allows: candle on a GPU, or LUNNY's own engine on the processor.
    pub fn of(compute: &Compute) -> Self {
        let mut placement = Self::in_single_precision(compute);
        if compute.precision != PrecisionChoice::Bf16 {
            return placement;
        }
        let remark = match (placement.engine, Method::detect()) {
            (EngineChoice::Fast, Some(_)) => {
                placement.precision = Precision::Bfloat16;
                return placement;
            }
            (EngineChoice::Fast, None) => {
                "this processor has no AMX; the network runs in single precision"
            }
            (EngineChoice::Reference, _) => {
                "candle does not run in bfloat16; the network runs in its usual precision"
            }
        };
        placement.remark.get_or_insert_with(|| remark.to_owned());
        placement
    }

    /// As [`Self::of`], whatever precision is set: weights are trained with the numbers of a reference.
    pub fn in_single_precision(compute: &Compute) -> Self {
        let (number, asked) = match compute.device {
            DeviceChoice::Cpu => return Self::processor(compute.engine, None),
            DeviceChoice::Auto => (0, false),
            DeviceChoice::Cuda(number) => (number, true),
        };
        if compute.engine == Some(EngineChoice::Fast) {
            let remark = "the fast engine runs on the processor; for a GPU leave out --engine fast";
            return Self::processor(compute.engine, asked.then(|| remark.to_owned()));
        }
        match Device::new_cuda(number) {
            Ok(device) => Self {
                engine: EngineChoice::Reference,
                device,
                precision: Precision::Single,
                remark: None,
            },
            Err(_) => {
                let remark = match cfg!(feature = "cuda") {
                    true => {
                        format!("GPU {number} cannot be used; the network runs on the processor")
                    }
                    false => "this program was built without the feature cuda; the processor does \
                              the work"
                        .to_owned(),
                };
                Self::processor(compute.engine, asked.then_some(remark))
            }
        }
    }

    /// The same in single precision; `None` if it is that already.
    pub fn single(&self) -> Option<Self> {
        (self.precision != Precision::Single).then(|| Self {
            precision: Precision::Single,
            ..self.clone()
        })
    }

    /// Device and implementation, for users.
    pub fn label(&self) -> String {
        let device = match self.device {
            Device::Cpu => "the processor",
            _ => "a GPU",
        };
        let engine = match self.engine {
            EngineChoice::Fast => "LUNNY's own engine",
            EngineChoice::Reference => "candle",
        };
        match self.precision {
            Precision::Single => format!("{device}, {engine}"),
            Precision::Bfloat16 => format!("{device}, {engine}, bfloat16"),
        }
    }

    fn processor(engine: Option<EngineChoice>, remark: Option<String>) -> Self {
        Self {
            engine: engine.unwrap_or(EngineChoice::Fast),
            device: Device::Cpu,
            precision: Precision::Single,
            remark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(engine: Option<EngineChoice>, device: DeviceChoice) -> Placement {
        Placement::of(&Compute {
            engine,
            device,
            ..Compute::default()
        })
    }

    #[test]
    fn the_processor_runs_the_fast_engine_unless_the_reference_is_requested() {
        let plain = placed(None, DeviceChoice::Cpu);
        assert_eq!((plain.engine, plain.remark), (EngineChoice::Fast, None));
        let reference = placed(Some(EngineChoice::Reference), DeviceChoice::Cpu);
        assert_eq!(reference.engine, EngineChoice::Reference);
    }

    #[test]
    fn a_missing_gpu_is_replaced_by_the_processor_with_a_remark() {
        let placement = placed(None, DeviceChoice::Cuda(4096));
        assert!(placement.device.is_cpu());
        assert_eq!(placement.engine, EngineChoice::Fast);
        assert!(
            placement
                .remark
                .is_some_and(|remark| remark.contains("processor"))
        );
    }

    #[test]
    fn bfloat16_is_used_on_request_and_refused_with_a_remark_without_amx() {
        let placed = |precision, engine| {
            Placement::of(&Compute {
                engine,
                device: DeviceChoice::Cpu,
                precision,
                threads: None,
            })
        };
        let best = match Method::detect() {
            Some(_) => Precision::Bfloat16,
            None => Precision::Single,
        };
        for plain in [PrecisionChoice::Auto, PrecisionChoice::F32] {
            let plain = placed(plain, None);
            assert_eq!((plain.precision, &plain.remark), (Precision::Single, &None));
            assert!(plain.single().is_none());
        }
        let asked = placed(PrecisionChoice::Bf16, None);
        assert_eq!(asked.precision, best);
        assert_eq!(asked.single().is_some(), best == Precision::Bfloat16);
        assert_eq!(asked.remark.is_none(), best == Precision::Bfloat16);
        let candle = placed(PrecisionChoice::Bf16, Some(EngineChoice::Reference));
        assert_eq!(candle.precision, Precision::Single);
        assert!(
            candle
                .remark
                .is_some_and(|remark| remark.contains("candle"))
        );
    }

    #[test]
    fn default_options_give_no_remark() {
        assert_eq!(
            placed(Some(EngineChoice::Fast), DeviceChoice::Auto).remark,
            None
        );
    }
}
