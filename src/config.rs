//! Defaults, then the configuration file, then the environment, then flags: one typed [`Config`].
//!
//! The file is `config.toml` in LUNNY's own folder ([`Config::home`]) and every key is optional:
//!
//! ```toml
//! model = "~/weights/ct.safetensors" # weights to use; a relative path starts at this file's folder
//! lesion_model = "lesions.safetensors" # the same for the lesion reader
//! theme = "paper"                    # a theme by name
//! color = "truecolor"                # auto, none, 16, 256 or truecolor
//! graphics = "sixel"                 # auto, kitty, sixel, iterm2, symbols, halfblocks or none
//! symbols = "octants"                # auto, half, quadrants, sextants or octants
//! reduced_motion = true              # no spinners
//! plain = true                       # one column without boxes and pictures, for screen readers
//! engine = "fast"                    # fast or reference
//! device = "cpu"                     # auto, cpu, cuda or cuda:N
//! precision = "f32"                  # auto, f32 or bf16
//! threads = 4                        # processor threads for the network
//! key = "passphrase"                 # what locks a new database: file or passphrase
//! prevalence = "1 %"                 # of lung cancer among the people scanned here
//! false_findings = 1                 # accepted in 20 slices, 0.125 to 8
//! lock_after_minutes = 5             # 1 to 60: the screen is covered after so long without a key
//! open_registration = true           # a new hospital needs no owner's approval
//! work_up_days = 14                  # 1 to 90: days from a scan of category 4B or 4X to its work-up
//! date_order = "dmy"                 # dmy, mdy or ymd: of imported dates that nothing in the file decides
//! fhir_base = "https://hospital.example/fhir" # begins the systems of identifiers in FHIR
//! attachment_mb = 20                 # 1 to 32: size of one attachment of a record
//! record_attachments_mb = 200        # 1 to 4000: size of all attachments of a record
//!
//! [serve]                            # `lunny serve`
//! listen = "0.0.0.0:2222"            # address and port
//! sessions = 64                      # 1 to 1000 at a time
//! connections_per_address = 16       # 1 to 1000 at a time
//! session_hours = 12                 # 1 to 168: longest session
//! drain_seconds = 30                 # 0 to 3600: time for sessions to end when the server stops
//! area_mb = 20000                    # 1 to 1000000: files of an account
//! metrics = "/var/lib/metrics/lunny.prom" # figures for Prometheus
//! ```
//!
//! The key of the database, or its passphrase, comes only from the variables `LUNNY_KEY` and `LUNNY_PASSPHRASE`: a configuration
//! file gets copied, and a command line is visible to every user of the machine.

mod choices;
mod compute;
mod environment;
mod expected;
mod fhir;
mod file;
mod key;
mod options;
mod reading;
mod secret_bytes;
mod serve;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};

pub use choices::{ColourChoice, DateOrderChoice, GraphicsChoice, SymbolsChoice};
pub use compute::{Compute, DeviceChoice, EngineChoice, PrecisionChoice};
use environment::Environment;
pub use expected::Expected;
pub use fhir::FhirBase;
use file::{File, Megabytes};
pub(crate) use key::SALT_BYTES;
pub use key::{DatabaseKey, KEY_BYTES, KeyKind, KeySource, MIN_PASSPHRASE_CHARACTERS, Passphrase};
pub use options::Options;
pub use reading::{FalseFindings, Prevalence, ReadingChoice};
pub(crate) use secret_bytes::SecretBytes;
pub use serve::ServeConfig;

/// Maximum number of threads; a larger number is a mistake.
const MAX_THREADS: usize = 1024;

/// Maximum size of one attachment and of all attachments of a record, unless set otherwise, in units of 2^20 bytes.
const ATTACHMENT_MB: u16 = 20;
const RECORD_ATTACHMENTS_MB: u16 = 200;

/// All settings, in their final values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of the database, the logs and `config.toml`. Need not exist yet.
    pub home: PathBuf,
    /// The chosen weight file of the slice classifier; none means the shipped one.
    pub model: Option<PathBuf>,
    /// The chosen weight file of the lesion reader; none means the shipped one.
    pub lesion_model: Option<PathBuf>,
    /// The chosen theme; none means the built-in choice.
    pub theme: Option<String>,
    pub colour: ColourChoice,
    pub graphics: GraphicsChoice,
    pub symbols: SymbolsChoice,
    pub reduced_motion: bool,
    /// One column without boxes and pictures.
    pub plain: bool,
    pub compute: Compute,
    pub reading: ReadingChoice,
    /// The source of the database key.
    pub key: KeySource,
    /// Time without a key press after which the screen is covered.
    pub lock_after: Duration,
    /// True if a new hospital needs no owner's approval.
    pub open_registration: bool,
    /// Days from a scan of category 4B or 4X to the day on which its work-up is due.
    pub work_up_days: u16,
    /// Order of day and month in imported dates, where nothing in their file decides it; none breaks the row.
    pub date_order: Option<DateOrderChoice>,
    /// Address that the systems of identifiers in FHIR begin with; none derives them from the hospital's name.
    pub fhir_base: Option<FhirBase>,
    /// Maximum size of one attachment of a record, in units of 2^20 bytes.
    pub attachment_mb: u16,
    /// Maximum size of all attachments of a record, in units of 2^20 bytes.
    pub record_attachments_mb: u16,
    /// Settings of the SSH server.
    pub serve: ServeConfig,
}

/// Reason why the configuration is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "no home folder is known for this account; choose a folder for LUNNY's files with --home DIR"
    )]
    NoHome,
    #[error("{}, line {line}: {reason}; correct the line or remove it", path.display())]
    File {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        reason: String,
    },
    #[error("{} could not be read: {reason}; make it readable or move it away", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("the variable {name} is {value:?}, but must be {expected}")]
    Variable {
        name: &'static str,
        value: String,
        expected: String,
    },
    /// As [`ConfigError::Variable`], for a secret value.
    #[error("the variable {name} must be {expected}")]
    Secret {
        name: &'static str,
        expected: String,
    },
}

impl Config {
    /// Combines defaults, the file, the process's environment and `options`; later ones take precedence.
    ///
    /// Reads at most one file; a missing file is not an error.
    pub fn load(options: &Options) -> Result<Self, ConfigError> {
        Self::settle(options, |name| std::env::var_os(name))
    }

    fn settle(
        options: &Options,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let variable = |name| variable(name).filter(|value: &OsString| !value.is_empty());
        let environment = Environment {
            variable: &variable,
        };

        let home = match (&options.home, variable("LUNNY_HOME")) {
            (Some(home), _) => home.clone(),
            (None, Some(home)) => home.into(),
            (None, None) => default_home()?,
        };
        let file = File::read(&home)?;
        Ok(Self {
            model: (options.model.clone())
                .or_else(|| variable("LUNNY_MODEL").map(PathBuf::from))
                .or(file.model),
            lesion_model: (options.lesion_model.clone())
                .or_else(|| variable("LUNNY_LESION_MODEL").map(PathBuf::from))
                .or(file.lesion_model),
            theme: match &options.theme {
                Some(theme) => Some(theme.clone()),
                None => environment.text("LUNNY_THEME")?.or(file.theme),
            },
            colour: match options.color {
                Some(colour) => colour,
                None => (environment.choice("LUNNY_COLOR")?)
                    .or(file.color)
                    .unwrap_or_default(),
            },
            graphics: match options.graphics {
                Some(graphics) => graphics,
                None => (environment.choice("LUNNY_GRAPHICS")?)
                    .or(file.graphics)
                    .unwrap_or_default(),
            },
            symbols: match options.symbols {
                Some(symbols) => symbols,
                None => (environment.choice("LUNNY_SYMBOLS")?)
                    .or(file.symbols)
                    .unwrap_or_default(),
            },
            reduced_motion: match options.reduced_motion {
                true => true,
                false => (environment.switch("LUNNY_REDUCED_MOTION")?)
                    .or(file.reduced_motion)
                    .unwrap_or_default(),
            },
            plain: match options.plain {
                true => true,
                false => (environment.switch("LUNNY_PLAIN")?)
                    .or(file.plain)
                    .unwrap_or_default(),
            },
            compute: Compute {
                engine: match options.engine {
                    Some(engine) => Some(engine),
                    None => environment.choice("LUNNY_ENGINE")?.or(file.engine),
                },
                device: match options.device {
                    Some(device) => device,
                    None => (environment.parsed("LUNNY_DEVICE", str::parse)?)
                        .or(file.device)
                        .unwrap_or_default(),
                },
                precision: match options.precision {
                    Some(precision) => precision,
                    None => (environment.choice("LUNNY_PRECISION")?)
                        .or(file.precision)
                        .unwrap_or_default(),
                },
                threads: match options.threads {
                    Some(threads) => Some(threads),
                    None => environment.threads("LUNNY_THREADS")?.or(file.threads),
                },
            },
            reading: ReadingChoice {
                prevalence: match options.prevalence {
                    Some(prevalence) => Some(prevalence),
                    None => {
                        (environment.parsed("LUNNY_PREVALENCE", str::parse)?).or(file.prevalence)
                    }
                },
                false_findings: match options.false_findings {
                    Some(count) => Some(count),
                    None => (environment.parsed("LUNNY_FALSE_FINDINGS", str::parse)?)
                        .or(file.false_findings),
                },
            },
            key: KeySource {
                given: environment.secret(
                    "LUNNY_KEY",
                    |text| DatabaseKey::from_hexadecimal(text.trim()),
                    || "a key of 64 hexadecimal digits".into(),
                )?,
                passphrase: environment.secret(
                    "LUNNY_PASSPHRASE",
                    |text| Passphrase::new(text.to_owned()),
                    || format!("a passphrase of at least {MIN_PASSPHRASE_CHARACTERS} characters"),
                )?,
                new_database: match options.key_source {
                    Some(kind) => kind,
                    None => (environment.choice("LUNNY_KEY_SOURCE")?)
                        .or(file.key)
                        .unwrap_or_default(),
                },
            },
            open_registration: match options.open_registration {
                true => true,
                false => (environment.switch("LUNNY_OPEN_REGISTRATION")?)
                    .or(file.open_registration)
                    .unwrap_or_default(),
            },
            lock_after: file.lock_after_minutes.unwrap_or_default().time(),
            work_up_days: file.work_up_days.unwrap_or_default().days(),
            date_order: file.date_order,
            fhir_base: file.fhir_base,
            attachment_mb: (file.attachment_mb).map_or(ATTACHMENT_MB, Megabytes::get),
            record_attachments_mb: (file.record_attachments_mb)
                .map_or(RECORD_ATTACHMENTS_MB, Megabytes::get),
            serve: file.serve.settled(),
            home,
        })
    }
}

/// LUNNY's folder in the platform's data folder.
fn default_home() -> Result<PathBuf, ConfigError> {
    let strategy = choose_native_strategy().map_err(|_| ConfigError::NoHome)?;
    Ok(strategy.data_dir().join("lunny"))
}

/// Reads a number of threads; the error says what it must be.
fn threads(text: &str) -> Result<NonZeroUsize, Expected> {
    let number = text.trim().parse().unwrap_or(0);
    let expected = || format!("a whole number from 1 to {MAX_THREADS}").into();
    within_reason(number).ok_or_else(expected)
}

fn within_reason(threads: usize) -> Option<NonZeroUsize> {
    NonZeroUsize::new(threads).filter(|threads| threads.get() <= MAX_THREADS)
}

/// The values of a choice, for a sentence: `auto, none, 16, 256 or truecolor`.
fn choices<T: ValueEnum>() -> String {
    let names: Vec<String> = (T::value_variants().iter())
        .filter_map(|variant| Some(variant.to_possible_value()?.get_name().to_owned()))
        .collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(file: &str) -> (tempfile::TempDir, Options) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), file).unwrap();
        let options = Options {
            home: Some(folder.path().into()),
            ..Options::default()
        };
        (folder, options)
    }

    fn unset(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn a_missing_file_leaves_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            home: Some(folder.path().join("not/yet")),
            ..Options::default()
        };
        let config = Config::settle(&options, unset).unwrap();
        assert_eq!(config.home, folder.path().join("not/yet"));
        assert_eq!(config.model, None);
        assert_eq!(config.colour, ColourChoice::Auto);
        assert_eq!(config.graphics, GraphicsChoice::Auto);
        assert!(!config.reduced_motion && !config.plain);
        assert_eq!(config.compute, Compute::default());
        assert_eq!(config.lock_after, Duration::from_secs(600));
    }

    #[test]
    fn flags_win_over_variables_and_variables_over_the_file() {
        let (_folder, mut options) =
            home("color = 16\ntheme = 'file'\nthreads = 3\ngraphics = 'none'\nsymbols = 'half'");
        options.threads = NonZeroUsize::new(7);
        let variables = |name: &str| match name {
            "LUNNY_COLOR" => Some("256".into()),
            "LUNNY_THREADS" => Some("5".into()),
            "LUNNY_REDUCED_MOTION" => Some("1".into()),
            "LUNNY_SYMBOLS" => Some("octants".into()),
            _ => None,
        };
        let config = Config::settle(&options, variables).unwrap();
        assert_eq!(config.colour, ColourChoice::TwoHundredFiftySix);
        assert_eq!(config.theme.as_deref(), Some("file"));
        assert_eq!(config.graphics, GraphicsChoice::None);
        assert_eq!(config.symbols, SymbolsChoice::Octants);
        assert!(config.reduced_motion);
        assert_eq!(config.compute.threads, NonZeroUsize::new(7));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let (_folder, options) = home("color = 'none'\nmodel = 'file'");
        let config = Config::settle(&options, |_| Some(OsString::new())).unwrap();
        assert_eq!(config.key, KeySource::default());
        assert_eq!(config.colour, ColourChoice::None);
        assert!(config.model.is_some());
    }

    #[test]
    fn a_bad_variable_is_named_with_its_valid_values() {
        let (_folder, options) = home("");
        let bad = |name: &str| (name == "LUNNY_GRAPHICS").then(|| "ascii".into());
        insta::assert_snapshot!(
            Config::settle(&options, bad).unwrap_err(),
            @r#"the variable LUNNY_GRAPHICS is "ascii", but must be auto, kitty, sixel, iterm2, symbols, halfblocks or none"#
        );
        let bad = |name: &str| (name == "LUNNY_THREADS").then(|| "0".into());
        insta::assert_snapshot!(
            Config::settle(&options, bad).unwrap_err(),
            @r#"the variable LUNNY_THREADS is "0", but must be a whole number from 1 to 1024"#
        );
    }

    #[test]
    fn a_key_or_a_passphrase_is_read_from_the_environment_and_shown_in_no_error() {
        let (_folder, options) = home("key = 'passphrase'");
        let digits = "5a".repeat(32);
        let variables = |name: &str| match name {
            "LUNNY_KEY" => Some(digits.clone().into()),
            "LUNNY_PASSPHRASE" => Some("seven quiet herons".into()),
            _ => None,
        };
        let config = Config::settle(&options, variables).unwrap();
        assert_eq!(config.key.given, DatabaseKey::from_hexadecimal(&digits));
        assert_eq!(
            config.key.passphrase,
            Passphrase::new("seven quiet herons".to_owned())
        );
        assert_eq!(config.key.new_database, KeyKind::Passphrase);
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("5a5a") && !shown.contains("herons"),
            "{shown}"
        );

        for (variable, value) in [("LUNNY_KEY", "5a5a5a"), ("LUNNY_PASSPHRASE", "herons")] {
            let bad = |name: &str| (name == variable).then(|| value.into());
            let said = Config::settle(&options, bad).unwrap_err();
            assert!(said.to_string().contains(variable), "{said}");
            assert!(!format!("{said} {said:?}").contains(value), "{said}");
        }
    }
}
