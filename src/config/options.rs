//! Flags of the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::reading::{FalseFindings, Prevalence};
use super::{
    ColourChoice, DeviceChoice, EngineChoice, GraphicsChoice, KeyKind, PrecisionChoice,
    SymbolsChoice, threads,
};

/// The flags that every subcommand has. Each has a variable of the same name; an empty variable counts as unset, and a flag takes
/// precedence over its variable.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Folder of the database, the logs and config.toml [env: LUNNY_HOME]
    #[arg(long, value_name = "DIR", global = true)]
    pub home: Option<PathBuf>,
    /// Weight file of the slice classifier to use instead of the shipped one [env: LUNNY_MODEL]
    #[arg(long, value_name = "FILE", global = true)]
    pub model: Option<PathBuf>,
    /// Weight file of the lesion reader to use instead of the shipped one [env: LUNNY_LESION_MODEL]
    #[arg(long, value_name = "FILE", global = true)]
    pub lesion_model: Option<PathBuf>,
    /// Colour theme, by name [env: LUNNY_THEME]
    #[arg(long, value_name = "NAME", global = true)]
    pub theme: Option<String>,
    /// Number of colours that the terminal shows [env: LUNNY_COLOR]
    #[arg(long, value_name = "DEPTH", global = true)]
    pub color: Option<ColourChoice>,
    /// Protocol for drawing pictures [env: LUNNY_GRAPHICS]
    #[arg(long, value_name = "PROTOCOL", global = true)]
    pub graphics: Option<GraphicsChoice>,
    /// Block elements for pictures without a protocol [env: LUNNY_SYMBOLS]
    #[arg(long, value_name = "SHAPES", global = true)]
    pub symbols: Option<SymbolsChoice>,
    /// Keep the screen still: no spinners [env: LUNNY_REDUCED_MOTION]
    #[arg(long, global = true)]
    pub reduced_motion: bool,
    /// One column without boxes and pictures, for screen readers [env: LUNNY_PLAIN]
    #[arg(long, global = true)]
    pub plain: bool,
    /// Engine that runs the network [env: LUNNY_ENGINE]
    #[arg(long, value_name = "ENGINE", global = true)]
    pub engine: Option<EngineChoice>,
    /// Device for the network: auto, cpu, cuda or cuda:N [env: LUNNY_DEVICE]
    #[arg(long, value_name = "DEVICE", global = true)]
    pub device: Option<DeviceChoice>,
    /// Precision of the network's numbers on the processor [env: LUNNY_PRECISION]
    #[arg(long, value_name = "PRECISION", global = true)]
    pub precision: Option<PrecisionChoice>,
    /// Processor threads for the network [env: LUNNY_THREADS]
    #[arg(long, value_name = "N", global = true, value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Prevalence of lung cancer among the people scanned here, such as 1 % [env: LUNNY_PREVALENCE]
    #[arg(long, value_name = "SHARE", global = true)]
    pub prevalence: Option<Prevalence>,
    /// False findings that are accepted in 20 slices, 0.125 to 8 [env: LUNNY_FALSE_FINDINGS]
    #[arg(long, value_name = "N", global = true)]
    pub false_findings: Option<FalseFindings>,
    /// Lock of a new database: file or passphrase [env: LUNNY_KEY_SOURCE]
    #[arg(long, value_name = "SOURCE", global = true)]
    pub key_source: Option<KeyKind>,
    /// Allow new hospitals without an owner's approval [env: LUNNY_OPEN_REGISTRATION]
    #[arg(long, global = true)]
    pub open_registration: bool,
}
