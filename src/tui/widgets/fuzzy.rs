//! Fuzzy search: letters in their order, not necessarily next to each other.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Indices of the texts that match `typed`, the best match first, equal ones in their order. All of them if nothing is typed.
pub fn ranked<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    typed: &str,
    config: Config,
) -> Vec<usize> {
    let texts = texts.into_iter().enumerate();
    if typed.is_empty() {
        return texts.map(|(index, _)| index).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(config);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, usize)> = texts
        .filter_map(|(index, text)| {
            let text = Utf32Str::new(text, &mut letters);
            Some((pattern.score(text, &mut matcher)?, index))
        })
        .collect();
    scored.sort_by_key(|&(score, index)| (Reverse(score), index));
    scored.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_match_comes_first_and_nothing_typed_matches_all() {
        let texts = ["import from a file", "print", "lists on paper"];
        let found = |typed| ranked(texts, typed, Config::DEFAULT);
        assert_eq!(found(""), [0, 1, 2]);
        assert_eq!(found("prin"), [1]);
        assert_eq!(found("PAP"), [2]);
        assert!(found("zzz").is_empty());
    }
}
