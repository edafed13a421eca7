//! Flags whose values are clinical terms.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Parser for one of `all`, by the word that `as_str` gives.
pub(super) fn one_of<T>(
    all: &'static [T],
    as_str: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let words = PossibleValuesParser::new(all.iter().map(move |&value| as_str(value)));
    words.try_map(move |word| {
        let found = all.iter().copied().find(|&value| as_str(value) == word);
        found.ok_or("not a valid value")
    })
}
