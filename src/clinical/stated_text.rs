//! Texts that people set in the program, with placeholders: why one is refused, and how it is filled.

use super::text::{self, TextFault, shown};

/// Why a text is refused, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatedTextError {
    #[error("{}", fault.sentence(what))]
    Text {
        /// Name of the text: "The remark".
        what: String,
        fault: TextFault,
    },
    #[error("There is no placeholder “{{{name}}}”; there are {known}.")]
    UnknownPlaceholder { name: String, known: String },
}

impl StatedTextError {
    pub(super) fn of(what: &str, fault: TextFault) -> Self {
        Self::Text {
            what: what.to_owned(),
            fault,
        }
    }
}

/// Free text of several lines that says something, tidied. `what` names it: "The addendum".
///
/// # Errors
/// It is empty, has more than `most` characters, or some that cannot be shown.
pub(super) fn required(what: &str, typed: &str, most: usize) -> Result<String, StatedTextError> {
    match text::paragraphs(typed, most) {
        Ok(text) if text.is_empty() => Err(StatedTextError::of(what, TextFault::Empty)),
        Ok(text) => Ok(text),
        Err(fault) => Err(StatedTextError::of(what, fault)),
    }
}

/// Checks that a text has no `{placeholder}` but those that are known, by name.
///
/// # Errors
/// [`StatedTextError::UnknownPlaceholder`] for the first other one.
pub(super) fn check_placeholders(
    text: &str,
    known: &[(&'static str, &'static str)],
) -> Result<(), StatedTextError> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('{') {
        let closed = behind.split_once('}');
        let (name, after) = closed.unwrap_or((behind, ""));
        if closed.is_none() || !known.iter().any(|(known, _)| *known == name) {
            let known: Vec<String> = known
                .iter()
                .map(|(known, _)| format!("{{{known}}}"))
                .collect();
            return Err(StatedTextError::UnknownPlaceholder {
                name: shown(name),
                known: known.join(", "),
            });
        }
        rest = after;
    }
    Ok(())
}

/// The text with values in the place of placeholders. Values are not searched for placeholders again.
pub(super) fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        filled.push_str(&value(name));
        rest = after;
    }
    filled.push_str(rest);
    filled
}
