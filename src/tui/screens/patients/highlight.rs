//! The letters of a row that the search matched.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::clinical::text::fold;

/// The typed words, folded as the search folds them.
pub(super) fn words(typed: &str) -> Vec<String> {
    let folded = fold(typed);
    folded.split_whitespace().map(str::to_owned).collect()
}

/// `text` in `style`, with the letters that one of the folded `words` matches underlined, which is seen in every colour depth, and
/// in `found` where it is given.
pub(super) fn marked(
    text: &str,
    words: &[String],
    style: Style,
    found: Option<Style>,
) -> Line<'static> {
    if words.is_empty() {
        return Line::styled(text.to_owned(), style);
    }
    let letters: Vec<&str> = text.graphemes(true).collect();
    let mut folded = String::new();
    // Letter of the text for each byte of the folded one.
    let mut of_byte: Vec<usize> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let part = match letter.chars().all(char::is_whitespace) {
            true => " ".to_owned(),
            false => fold(letter),
        };
        of_byte.extend(std::iter::repeat_n(index, part.len()));
        folded.push_str(&part);
    }
    let mut matches = vec![false; letters.len()];
    for word in words {
        for (at, _) in folded.match_indices(word.as_str()) {
            for index in of_byte.iter().skip(at).take(word.len()) {
                if let Some(letter) = matches.get_mut(*index) {
                    *letter = true;
                }
            }
        }
    }
    let mark = style
        .patch(found.unwrap_or_default())
        .add_modifier(Modifier::UNDERLINED);
    let mut spans: Vec<(bool, String)> = Vec::new();
    for (letter, is_match) in letters.into_iter().zip(matches) {
        match spans.last_mut() {
            Some((same, span)) if *same == is_match => span.push_str(letter),
            _ => spans.push((is_match, letter.to_owned())),
        }
    }
    Line::from_iter(spans.into_iter().map(|(is_match, span)| {
        let style = if is_match { mark } else { style };
        Span::styled(span, style)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, typed: &str) -> Vec<String> {
        let line = marked(text, &words(typed), Style::new(), None);
        let marked = (line.spans.into_iter())
            .filter(|span| span.style.add_modifier.contains(Modifier::UNDERLINED));
        marked.map(|span| span.content.into_owned()).collect()
    }

    #[test]
    fn letters_match_whatever_their_case_and_accents() {
        assert_eq!(found("Ana Pérez", "pere"), ["Pére"]);
        assert_eq!(found("Ana Pérez", "EZ an"), ["An", "ez"]);
        assert_eq!(found("Straße 5", "ss"), ["ß"]);
        assert_eq!(found("P-000123", "0123"), ["0123"]);
        assert_eq!(found("Ana Pérez", "x"), Vec::<String>::new());
        assert_eq!(found("Ana Pérez", ""), Vec::<String>::new());
        assert_eq!(found("日本 太郎", "太"), ["太"]);
    }

    #[test]
    fn the_text_itself_stays() {
        let line = marked("a  Straße", &words("ss e"), Style::new(), None);
        assert_eq!(line.to_string(), "a  Straße");
    }
}
