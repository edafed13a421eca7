//! Settings from environment variables.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::ValueEnum;
use zeroize::Zeroizing;

use super::{ConfigError, Expected, choices, threads};

/// Typed access to the environment variables.
pub(super) struct Environment<'a> {
    /// None for an empty variable.
    pub(super) variable: &'a dyn Fn(&'static str) -> Option<OsString>,
}

impl Environment<'_> {
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        let text = (self.variable)(name).map(OsString::into_string).transpose();
        text.map_err(|bytes| ConfigError::Variable {
            name,
            value: bytes.to_string_lossy().into_owned(),
            expected: "valid UTF-8 text".into(),
        })
    }

    /// A value that no error message contains.
    pub(super) fn secret<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        expected: impl Fn() -> String,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = (self.variable)(name) else {
            return Ok(None);
        };
        let value = Zeroizing::new(value.into_encoded_bytes());
        match std::str::from_utf8(&value).ok().and_then(parse) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ConfigError::Secret {
                name,
                expected: expected(),
            }),
        }
    }

    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Expected>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        match parse(&value) {
            Ok(parsed) => Ok(Some(parsed)),
            Err(expected) => Err(ConfigError::Variable {
                name,
                value,
                expected: expected.to_string(),
            }),
        }
    }

    pub(super) fn choice<T: ValueEnum>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        self.parsed(name, |value| {
            T::from_str(value, true).map_err(|_| choices::<T>().into())
        })
    }

    pub(super) fn switch(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        self.parsed(name, |value| match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err("1 or 0".into()),
        })
    }

    pub(super) fn threads(&self, name: &'static str) -> Result<Option<NonZeroUsize>, ConfigError> {
        self.parsed(name, threads)
    }
}
