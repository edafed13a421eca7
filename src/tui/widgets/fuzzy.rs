//! Fuzzy search: letters in their order, not necessarily next to each other.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation;

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

/// `text` in spans, the letters that match `typed` underlined. Underlining is visible in every colour depth, and on a selected row.
pub fn underlined(text: &str, typed: &str, config: Config) -> Vec<Span<'static>> {
    let mut indices = Vec::new();
    if !typed.is_empty() {
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut letters = Vec::new();
        let letters = Utf32Str::new(text, &mut letters);
        pattern.indices(letters, &mut Matcher::new(config), &mut indices);
    }
    let is_match = |index: usize| indices.iter().any(|&at| at as usize == index);
    let mut spans: Vec<(bool, String)> = Vec::new();
    // The matcher counts what is seen as one letter, with its accents, as one.
    for (index, letter) in text.graphemes(true).enumerate() {
        let matches = is_match(index);
        match spans.last_mut() {
            Some((same, span)) if *same == matches => span.push_str(letter),
            _ => spans.push((matches, letter.to_owned())),
        }
    }
    let style = |matches: bool| match matches {
        true => Style::new().add_modifier(Modifier::UNDERLINED),
        false => Style::new(),
    };
    let spans = spans.into_iter();
    (spans.map(|(matches, span)| Span::styled(span, style(matches)))).collect()
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

    #[test]
    fn the_letters_that_match_are_underlined() {
        let marked = |text: &str, typed: &str| -> Vec<String> {
            let spans = underlined(text, typed, Config::DEFAULT).into_iter();
            let marked = spans.filter(|span| span.style.add_modifier == Modifier::UNDERLINED);
            marked.map(|span| span.content.into_owned()).collect()
        };
        assert_eq!(marked("späte aufnahme", "nahme"), ["nahme"]);
        assert!(marked("späte aufnahme", "").is_empty());
        assert!(marked("", "a").is_empty());
    }
}
