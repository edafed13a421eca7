//! The configuration file.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use serde::de::{self, Deserialize, Deserializer};

use super::{
    ColourChoice, ConfigError, DateOrderChoice, DeviceChoice, EngineChoice, Expected,
    FalseFindings, FhirBase, GraphicsChoice, KeyKind, MAX_THREADS, PrecisionChoice, Prevalence,
    SymbolsChoice, choices, serve, within_reason,
};
use crate::named_file;

/// Maximum size of `config.toml` in bytes; one with every setting has some 4 kB.
const MAX_BYTES: u64 = 256 << 10;

/// The keys of `config.toml`. A relative model path starts at the file's folder.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub model: Option<PathBuf>,
    pub lesion_model: Option<PathBuf>,
    pub theme: Option<String>,
    #[serde(default, deserialize_with = "choice")]
    pub color: Option<ColourChoice>,
    #[serde(default, deserialize_with = "choice")]
    pub graphics: Option<GraphicsChoice>,
    #[serde(default, deserialize_with = "choice")]
    pub symbols: Option<SymbolsChoice>,
    pub reduced_motion: Option<bool>,
    pub plain: Option<bool>,
    #[serde(default, deserialize_with = "choice")]
    pub engine: Option<EngineChoice>,
    #[serde(default, deserialize_with = "device")]
    pub device: Option<DeviceChoice>,
    #[serde(default, deserialize_with = "choice")]
    pub precision: Option<PrecisionChoice>,
    #[serde(default, deserialize_with = "thread_count")]
    pub threads: Option<NonZeroUsize>,
    #[serde(default, deserialize_with = "choice")]
    pub key: Option<KeyKind>,
    pub prevalence: Option<Prevalence>,
    pub false_findings: Option<FalseFindings>,
    pub lock_after_minutes: Option<LockAfter>,
    pub open_registration: Option<bool>,
    pub work_up_days: Option<WorkUp>,
    #[serde(default, deserialize_with = "choice")]
    pub date_order: Option<DateOrderChoice>,
    pub fhir_base: Option<FhirBase>,
    pub attachment_mb: Option<Megabytes<MAX_ATTACHMENT_MB>>,
    pub record_attachments_mb: Option<Megabytes<MAX_RECORD_MB>>,
    #[serde(default)]
    pub serve: serve::Section,
}

/// Largest settings: of one attachment, which is what a page can be drawn from, and of all attachments of a record.
const MAX_ATTACHMENT_MB: u16 = 32;
const MAX_RECORD_MB: u16 = 4000;

/// A size in units of 2^20 bytes, from 1 to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Megabytes<const MOST: u16>(u16);

impl<const MOST: u16> Megabytes<MOST> {
    /// The size in units of 2^20 bytes.
    pub(crate) fn get(self) -> u16 {
        self.0
    }
}

impl<'de, const MOST: u16> Deserialize<'de> for Megabytes<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let size = i64::deserialize(deserializer)?;
        match u16::try_from(size) {
            Ok(size) if (1..=MOST).contains(&size) => Ok(Self(size)),
            _ => {
                let expected = format!("a whole number of megabytes from 1 to {MOST}");
                Err(de::Error::invalid_value(
                    de::Unexpected::Signed(size),
                    &expected.as_str(),
                ))
            }
        }
    }
}

/// Days from a scan of category 4B or 4X to the day on which its work-up is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WorkUp(u16);

impl WorkUp {
    pub(super) fn days(self) -> u16 {
        self.0
    }
}

impl Default for WorkUp {
    fn default() -> Self {
        Self(14)
    }
}

impl<'de> Deserialize<'de> for WorkUp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = i64::deserialize(deserializer)?;
        match u16::try_from(days) {
            Ok(days @ 1..=90) => Ok(Self(days)),
            _ => {
                let expected = &"a whole number of days from 1 to 90";
                Err(de::Error::invalid_value(
                    de::Unexpected::Signed(days),
                    expected,
                ))
            }
        }
    }
}

/// Number of minutes without a key press after which the screen locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LockAfter(u64);

impl LockAfter {
    pub(super) fn time(self) -> Duration {
        Duration::from_secs(60 * self.0)
    }
}

impl Default for LockAfter {
    fn default() -> Self {
        Self(10)
    }
}

impl<'de> Deserialize<'de> for LockAfter {
    /// Locking cannot be turned off: records must not stay visible to passers-by.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let minutes = i64::deserialize(deserializer)?;
        match minutes {
            1..=60 => Ok(Self(minutes.unsigned_abs())),
            _ => {
                let expected = &"a whole number of minutes from 1 to 60";
                Err(de::Error::invalid_value(
                    de::Unexpected::Signed(minutes),
                    expected,
                ))
            }
        }
    }
}

impl File {
    /// Reads `config.toml` in `home`; a missing file sets nothing.
    pub(super) fn read(home: &Path) -> Result<Self, ConfigError> {
        let path = home.join("config.toml");
        let unreadable = |reason: String| ConfigError::Unreadable {
            path: path.clone(),
            reason,
        };
        let text = match named_file::trusted_text(&path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let above = text.bytes().take(start).filter(|&byte| byte == b'\n');
            ConfigError::File {
                path: path.clone(),
                line: 1 + above.count(),
                reason: error.message().replace('\n', " "),
            }
        })?;
        let below = |path: Option<PathBuf>| path.map(|path| home.join(expand_tilde(path)));
        file.model = below(file.model);
        file.lesion_model = below(file.lesion_model);
        Ok(file)
    }
}

/// Expands `~` and `~/…` to the user's home folder; other paths, and paths of an account without one, stay unchanged.
fn expand_tilde(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path,
    }
}

/// A choice in the file: its name, or, for `16` and `256`, the bare number.
fn choice<'de, T: ValueEnum, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Name<T>(PhantomData<T>);

    impl<T: ValueEnum> de::Visitor<'_> for Name<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str(&choices::<T>())
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
            T::from_str(name, true).map_err(|_| E::invalid_value(de::Unexpected::Str(name), &self))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            T::from_str(&number.to_string(), true)
                .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
        }
    }

    deserializer.deserialize_any(Name(PhantomData)).map(Some)
}

fn device<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DeviceChoice>, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map(Some).map_err(|expected: Expected| {
        de::Error::invalid_value(de::Unexpected::Str(&name), &expected.0.as_ref())
    })
}

fn thread_count<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NonZeroUsize>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let threads = usize::try_from(number).ok().and_then(within_reason);
    threads.map(Some).ok_or_else(|| {
        let expected = format!("a whole number from 1 to {MAX_THREADS}");
        de::Error::invalid_value(de::Unexpected::Signed(number), &expected.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(file: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), file).unwrap();
        folder
    }

    fn complaint(file: &str) -> String {
        let folder = home(file);
        let error = File::read(folder.path()).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "…")
    }

    #[test]
    fn a_bad_line_in_the_file_is_named_in_one_sentence() {
        let files = [
            "theme = 'a'\ncolour = 16\n",
            "\n\ncolor = 'mauve'",
            "graphics = 16",
            "threads = 0",
            "threads = -9",
            "device = 'gpu'",
            "reduced_motion = 'very'",
            "lock_after_minutes = 0",
            "lock_after_minutes = 61",
            "attachment_mb = 0",
            "record_attachments_mb = 4001",
            "prevalence = 2",
            "false_findings = 'few'",
            "prevalence = true",
            "fhir_base = 'hospital'",
            "theme = 'a'\ntheme = = 2",
        ];
        insta::assert_snapshot!(files.map(complaint).join("\n"), @r#"
        …/config.toml, line 2: unknown field `colour`, expected one of `model`, `lesion_model`, `theme`, `color`, `graphics`, `symbols`, `reduced_motion`, `plain`, `engine`, `device`, `precision`, `threads`, `key`, `prevalence`, `false_findings`, `lock_after_minutes`, `open_registration`, `work_up_days`, `date_order`, `fhir_base`, `attachment_mb`, `record_attachments_mb`, `serve`; correct the line or remove it
        …/config.toml, line 3: invalid value: string "mauve", expected auto, none, 16, 256 or truecolor; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `16`, expected auto, kitty, sixel, iterm2, symbols, halfblocks or none; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `0`, expected a whole number from 1 to 1024; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `-9`, expected a whole number from 1 to 1024; correct the line or remove it
        …/config.toml, line 1: invalid value: string "gpu", expected auto, cpu, cuda or cuda:N; correct the line or remove it
        …/config.toml, line 1: invalid type: string "very", expected a boolean; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `0`, expected a whole number of minutes from 1 to 60; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `61`, expected a whole number of minutes from 1 to 60; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `0`, expected a whole number of megabytes from 1 to 32; correct the line or remove it
        …/config.toml, line 1: invalid value: integer `4001`, expected a whole number of megabytes from 1 to 4000; correct the line or remove it
        …/config.toml, line 1: invalid value: 2, expected a share between 0 and 1, such as 0.01 or 1 %; correct the line or remove it
        …/config.toml, line 1: invalid value: "few", expected false findings in 20 slices, from 0.125 to 8; correct the line or remove it
        …/config.toml, line 1: invalid value: neither a number nor a text, expected a share between 0 and 1, such as 0.01 or 1 %; correct the line or remove it
        …/config.toml, line 1: invalid value: string "hospital", expected an address such as https://hospital.example/fhir; correct the line or remove it
        …/config.toml, line 2: extra `=`, expected nothing; correct the line or remove it
        "#);
    }

    #[test]
    fn a_file_that_is_not_text_is_refused() {
        let folder = home("");
        std::fs::write(folder.path().join("config.toml"), [0xff, 0xfe]).unwrap();
        assert!(matches!(
            File::read(folder.path()),
            Err(ConfigError::Unreadable { .. })
        ));
        std::fs::remove_file(folder.path().join("config.toml")).unwrap();
        std::fs::create_dir(folder.path().join("config.toml")).unwrap();
        assert!(matches!(
            File::read(folder.path()),
            Err(ConfigError::Unreadable { .. })
        ));
    }

    #[test]
    fn a_relative_model_in_the_file_starts_at_the_files_folder() {
        let folder = home("model = 'weights/a.safetensors'");
        let file = File::read(folder.path()).unwrap();
        assert_eq!(
            file.model,
            Some(folder.path().join("weights/a.safetensors"))
        );
    }

    #[test]
    fn a_tilde_means_the_users_home() {
        let Ok(home) = etcetera::home_dir() else {
            return;
        };
        assert_eq!(expand_tilde("~/a".into()), home.join("a"));
        assert_eq!(expand_tilde("~other/a".into()), Path::new("~other/a"));
    }
}
