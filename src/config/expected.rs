//! The values that a setting takes, for the sentence about another one.

use std::borrow::Cow;

/// Error for a value that a setting does not take; `0` names those that it takes, as in `1 or 0`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Expected(pub Cow<'static, str>);

impl From<&'static str> for Expected {
    fn from(values: &'static str) -> Self {
        Self(values.into())
    }
}

impl From<String> for Expected {
    fn from(values: String) -> Self {
        Self(values.into())
    }
}
