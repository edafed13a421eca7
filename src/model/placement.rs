//! Which implementation runs the network, and on which device, given what the user said and what is
//! there. What was asked for and is not there is replaced by the processor, with a sentence.

use candle_core::Device;

use crate::config::{Compute, DeviceChoice, EngineChoice};

/// Where the network will run.
#[derive(Debug, Clone)]
pub struct Placement {
    pub engine: EngineChoice,
    pub device: Device,
    /// What could not be done as asked, for the user.
    pub remark: Option<String>,
}

impl Placement {
    /// The fastest of what `compute` allows: candle on a GPU, or the engine of our own on the processor.
    pub fn of(compute: &Compute) -> Self {
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
                remark: None,
            },
            Err(_) => {
                let remark = match cfg!(feature = "cuda") {
                    true => format!("GPU {number} cannot be used; the processor does the work"),
                    false => "this program was built without the feature cuda; the processor does \
                              the work"
                        .to_owned(),
                };
                Self::processor(compute.engine, asked.then_some(remark))
            }
        }
    }

    /// Device and implementation in words.
    pub fn label(&self) -> String {
        let device = match self.device {
            Device::Cpu => "the processor",
            _ => "a GPU",
        };
        let engine = match self.engine {
            EngineChoice::Fast => "LUNNY's own engine",
            EngineChoice::Reference => "candle",
        };
        format!("{device}, {engine}")
    }

    fn processor(engine: Option<EngineChoice>, remark: Option<String>) -> Self {
        Self {
            engine: engine.unwrap_or(EngineChoice::Fast),
            device: Device::Cpu,
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
            threads: None,
        })
    }

    #[test]
    fn the_processor_runs_our_own_engine_unless_the_plain_one_is_asked_for() {
        let plain = placed(None, DeviceChoice::Cpu);
        assert_eq!((plain.engine, plain.remark), (EngineChoice::Fast, None));
        let reference = placed(Some(EngineChoice::Reference), DeviceChoice::Cpu);
        assert_eq!(reference.engine, EngineChoice::Reference);
    }

    #[test]
    fn a_gpu_that_is_not_there_leaves_the_processor_and_a_sentence() {
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
    fn what_was_not_asked_for_is_not_remarked_on() {
        assert_eq!(
            placed(Some(EngineChoice::Fast), DeviceChoice::Auto).remark,
            None
        );
    }
}
