//! Flags whose values are words of the medicine.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads one of `all` by the word that `as_str` writes it with.
pub fn one_of<T>(
    all: &'static [T],
    as_str: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let words = PossibleValuesParser::new(all.iter().map(move |&value| as_str(value)));
    words.try_map(move |word| {
        let found = all.iter().copied().find(|&value| as_str(value) == word);
        found.ok_or("no such word")
    })
}
