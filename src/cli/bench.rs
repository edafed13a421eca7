//! `lunny bench inference`: time that the network takes on this machine.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use candle_core::DeviceLocation;
use serde::Serialize;

use crate::cli::output::{self, caution};
use crate::config::{Compute, Config, EngineChoice};
use crate::model::backbone::CandleBackbone;
use crate::model::fast::FastResNet50;
use crate::model::lesions::reader::LesionReader;
use crate::model::{Cancel, Placement, backbone, input, location};

/// Passes before the measurement, so that memory is mapped and the processor at full clock.
const WARM_UP_RUNS: usize = 3;
/// A larger batch would only measure the machine's memory.
const LARGEST_BATCH: u16 = 256;

/// Measure how fast this machine is
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

/// Subject of the measurement.
#[derive(Debug, clap::Subcommand)]
enum What {
    Inference(Inference),
}

/// Time a network's forward pass on images of 224 × 224, or on as large tiles of a slice
#[derive(Debug, clap::Args)]
struct Inference {
    /// Network to time
    #[arg(long, value_name = "NETWORK", default_value = "slice")]
    network: Which,
    /// Images in one pass
    #[arg(long, value_name = "B", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(LARGEST_BATCH)))]
    batch: u16,
    /// Passes to time
    #[arg(long, value_name = "R", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// A network of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// The slice classifier
    Slice,
    /// The lesion reader, on tiles
    Lesions,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Slice => "slice",
            Self::Lesions => "lesions",
        }
    }
}

/// Measured figures; the names of the JSON object.
#[derive(Debug, Serialize)]
struct Measurement {
    network: &'static str,
    engine: &'static str,
    device: String,
    precision: &'static str,
    threads: usize,
    batch: usize,
    median_ms_per_image: f64,
    images_per_second: f64,
    /// Median of the time that all threads together were computing; `null` where the system does not report it.
    cpu_ms_per_image: Option<f64>,
    /// Time from opening the weight file until the network is ready.
    load_ms: f64,
    /// Peak memory of the process; `null` where the system does not report it.
    peak_rss_mb: Option<f64>,
}

/// Network that is ready for a batch.
enum Runner {
    Fast(Box<FastResNet50>),
    Reference(Box<CandleBackbone>),
    Lesions(Box<LesionReader>),
}

impl Runner {
    fn run(&self, images: &[f32], batch: usize) -> anyhow::Result<()> {
        match self {
            Self::Fast(network) => drop(network.pooled(images, batch, &|| false)?),
            Self::Reference(network) => drop(network.pooled_batch(images, batch, &|| false)?),
            Self::Lesions(reader) => drop(reader.maps(images, &Cancel::default())?),
        }
        Ok(())
    }
}

/// Measures, and prints the figures.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let What::Inference(inference) = &arguments.what;
    let measurement = measure(inference, config)?;
    let mut out = output::out();
    let written = if inference.json {
        writeln!(out, "{}", serde_json::to_string(&measurement)?)
    } else {
        write!(out, "{}", table(&measurement))
    };
    match written {
        // A closed pipe is no error: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(inference: &Inference, config: &Config) -> anyhow::Result<Measurement> {
    let start = Instant::now();
    // Unless the user chooses an engine, LUNNY's own is measured, even if there is a GPU.
    let placement = Placement::of(&Compute {
        engine: config.compute.engine.or(Some(EngineChoice::Fast)),
        ..config.compute
    });
    if let Some(remark) = &placement.remark {
        caution!("lunny: {remark}");
    }
    let (runner, device, threads) = match inference.network {
        Which::Slice => classifier(&placement, config)?,
        Which::Lesions => lesion_reader(&placement, config)?,
    };
    let load_ms = milliseconds(start);

    let batch = usize::from(inference.batch);
    let images = pictures(batch);
    for _ in 0..WARM_UP_RUNS {
        runner.run(&images, batch)?;
    }
    let (mut times, mut computing) = (Vec::new(), Vec::new());
    for _ in 0..inference.runs {
        let (start, before) = (Instant::now(), processor_ms());
        runner.run(&images, batch)?;
        times.push(milliseconds(start) / batch as f64);
        let both = processor_ms().zip(before);
        computing.extend(both.map(|(after, before)| (after - before) / batch as f64));
    }
    let median_ms_per_image = median(&mut times).context("nothing was timed")?;
    Ok(Measurement {
        network: inference.network.name(),
        engine: placement.engine.name(),
        device,
        precision: placement.precision.name(),
        threads,
        batch,
        median_ms_per_image,
        images_per_second: 1e3 / median_ms_per_image,
        cpu_ms_per_image: median(&mut computing),
        load_ms,
        peak_rss_mb: peak_rss_mb(),
    })
}

/// A network, the name of its device, and its number of threads.
type Loaded = (Runner, String, usize);

fn classifier(placement: &Placement, config: &Config) -> anyhow::Result<Loaded> {
    let weights = location::find(config)?;
    let threads = config.compute.threads;
    if placement.engine == EngineChoice::Fast {
        let (depth, tensors) = (FastResNet50::STAGES, weights.tensors()?);
        let threads = threads.unwrap_or_else(backbone::cores);
        let network = FastResNet50::placed(depth, &tensors, threads, placement.precision)?;
        let device = format!("cpu ({})", network.instructions());
        let threads = network.threads().get();
        return Ok((Runner::Fast(Box::new(network)), device, threads));
    }
    let network = weights.backbone(&placement.device)?;
    let network = CandleBackbone::new(network, placement.device.clone(), threads);
    let (device, threads) = (device(placement), network.threads());
    let threads = if placement.device.is_cpu() {
        threads
    } else {
        1
    };
    Ok((Runner::Reference(Box::new(network)), device, threads))
}

fn lesion_reader(placement: &Placement, config: &Config) -> anyhow::Result<Loaded> {
    let threads = config.compute.threads.unwrap_or_else(backbone::cores);
    let reader = location::find_lesions(config)?.build(placement, threads)?;
    let device = match reader.instructions() {
        Some(instructions) => format!("cpu ({instructions})"),
        None => device(placement),
    };
    Ok((Runner::Lesions(Box::new(reader)), device, threads.get()))
}

fn device(placement: &Placement) -> String {
    match placement.device.location() {
        DeviceLocation::Cpu => "cpu".to_owned(),
        DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}

/// Time that all threads of this process have been computing, in ms.
fn processor_ms() -> Option<f64> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6)
    }
    #[cfg(not(unix))]
    {
        None
    }
}

/// `(batch, 3, 224, 224)`: a smooth pattern in [0, 1], different in every channel and image.
fn pictures(batch: usize) -> Vec<f32> {
    let pixels = input::SIDE * input::SIDE;
    (0..batch * 3 * pixels)
        .map(|at| {
            let (plane, pixel) = (at / pixels, at % pixels);
            0.5 + 0.5 * (0.001 * pixel as f32 + plane as f32).sin()
        })
        .collect()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(times: &mut [f64]) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// Peak memory of this process in megabytes of 10⁶ bytes, as Linux reports it.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

fn table(measurement: &Measurement) -> String {
    let Measurement {
        network,
        engine,
        device,
        precision,
        threads,
        batch,
        ..
    } = measurement;
    let memory = match measurement.peak_rss_mb {
        Some(memory) => format!("{memory:.0} MB"),
        None => "not reported by this system".into(),
    };
    format!(
        "Network    {network}\n\
         Engine     {engine} on {device}\n\
         Precision  {precision}\n\
         Threads    {threads}\n\
         Batch      {batch}\n\
         Median     {:.2} ms an image\n\
         Rate       {:.1} images a second\n\
         Load       {:.0} ms\n\
         Memory     {memory} at most\n",
        measurement.median_ms_per_image, measurement.images_per_second, measurement.load_ms,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_its_names_in_their_order() {
        let measurement = Measurement {
            network: "slice",
            engine: "fast",
            device: "cpu".into(),
            precision: "bf16",
            threads: 2,
            batch: 8,
            median_ms_per_image: 20.0,
            images_per_second: 50.0,
            cpu_ms_per_image: Some(39.0),
            load_ms: 100.0,
            peak_rss_mb: None,
        };
        insta::assert_snapshot!(
            serde_json::to_string(&measurement).unwrap(),
            @r#"{"network":"slice","engine":"fast","device":"cpu","precision":"bf16","threads":2,"batch":8,"median_ms_per_image":20.0,"images_per_second":50.0,"cpu_ms_per_image":39.0,"load_ms":100.0,"peak_rss_mb":null}"#
        );
    }

    #[test]
    fn the_median_is_the_middle_time() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut []), None);
    }
}
