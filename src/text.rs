//! Text for users: foreign text made harmless, line breaks at a width, percentages, hashes in digits.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Removes from foreign text (file names, DICOM tags, database rows) what would control a terminal or change how neighbouring
/// text is read: control characters, direction marks, zero-width and other invisible format characters. Line breaks and tabs
/// become spaces. The stored text is not changed.
pub fn scrub(text: &str) -> Cow<'_, str> {
    if !text
        .chars()
        .any(|letter| is_space(letter) || is_hidden(letter))
    {
        return text.into();
    }
    let kept = text
        .chars()
        .filter(|&letter| is_space(letter) || !is_hidden(letter));
    kept.map(|letter| if is_space(letter) { ' ' } else { letter })
        .collect()
}

/// Lower-case hexadecimal, two digits per byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Line breaks and tabs.
pub(crate) fn is_space(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Unicode's categories Cc and Cf.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// Breaks text at its spaces into lines of at most `columns` terminal columns; a longer word is broken at the edge. Runs of
/// spaces become one, no-break spaces stay. Returns at least one line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    let breaks = |letter: char| letter.is_whitespace() && letter != '\u{a0}';
    for word in text.split(breaks).filter(|word| !word.is_empty()) {
        let width = word.width();
        let gap = usize::from(used > 0);
        if used + gap + width <= columns {
            used += gap + width;
            push(&mut lines, if gap == 1 { " " } else { "" });
            push(&mut lines, word);
            continue;
        }
        if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let width = grapheme.width();
            if used > 0 && used + width > columns {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, grapheme);
            used += width;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// `text` in at most so many terminal columns, with `…` if something was cut off.
pub fn clipped(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    let mut kept = String::new();
    let mut used = 1;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > columns {
            break;
        }
        kept.push_str(grapheme);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept.into()
}

/// A path or a name in at most so many terminal columns: a path loses its start, a name its end.
pub fn shortened(text: &str, columns: usize) -> String {
    if !text.contains('/') || text.width() <= columns || columns == 0 {
        return clipped(text, columns).into_owned();
    }
    let (mut start, mut used) = (text.len(), 1);
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > columns {
            break;
        }
        start = at;
    }
    format!("…{}", &text[start..])
}

/// Size of a file in decimal units: `531 KB`.
pub fn file_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(size < 10.0);
    format!("{size:.decimals$} {}", UNITS[unit])
}

/// An error's text as a sentence: with a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim_end().chars();
    let mut sentence: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

/// "1 case", "110 cases".
pub fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A list of things: `a, b and c`.
pub fn enumerated(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A number in groups of three digits: `1,000,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A probability in per cent with one decimal. Only exactly 0 and 1 read as 0 % and 100 %.
pub fn percent(probability: f64) -> String {
    if probability > 0.0 && probability < 0.000_5 {
        "<0.1 %".into()
    } else if (0.999_5..1.0).contains(&probability) {
        ">99.9 %".into()
    } else {
        format!("{:.1} %", probability * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_in_decimal_units() {
        let sizes = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (530_632, "531 KB"),
            (2_147_483_648, "2.1 GB"),
        ];
        for (bytes, text) in sizes {
            assert_eq!(file_size(bytes), text);
        }
    }

    #[test]
    fn long_paths_lose_their_start_and_long_names_their_end() {
        assert_eq!(shortened("/a/very/long/path", 9), "…ong/path");
        assert_eq!(shortened("malignant-0001.png", 9), "malignan…");
        assert_eq!(shortened("ok", 9), "ok");
        assert_eq!(shortened("/a", 0), "");
        // Two columns a character.
        assert_eq!(shortened("/扫描/胸部", 6), "…/胸部");
        assert_eq!(shortened("胸部扫描", 6), "胸部…");
    }

    #[test]
    fn harmless_text_is_not_copied() {
        for text in ["", "slice 1.png", "Żółć 肺 é 🫁"] {
            assert!(matches!(scrub(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escapes_direction_marks_and_hidden_letters_are_removed() {
        assert_eq!(scrub("\u{1b}[31mred\u{7}"), "[31mred");
        assert_eq!(scrub("scan\u{202e}gnp.exe"), "scangnp.exe");
        assert_eq!(scrub("pass\u{200b}word\u{feff}\u{ad}\u{e0041}"), "password");
        assert_eq!(
            scrub("two\r\nlines\tand\u{2028}more\u{9b}"),
            "two  lines and more"
        );
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_at_the_edge() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("a 0123456789", 4), ["a", "0123", "4567", "89"]);
        assert_eq!(wrap("肺结节", 4), ["肺结", "节"]);
        assert_eq!(wrap("a 5\u{a0}%", 4), ["a", "5\u{a0}%"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("ab", 0), ["a", "b"]);
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        assert_eq!(sentence("Ärger; try again!"), "Ärger; try again!");
    }

    #[test]
    fn per_cent_never_claims_certainty() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.000_01), "<0.1 %");
        assert_eq!(percent(0.000_5), "0.1 %");
        assert_eq!(percent(0.421), "42.1 %");
        assert_eq!(percent(0.9994), "99.9 %");
        assert_eq!(percent(0.9996), ">99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, grouped) in [(0, "0"), (999, "999"), (1000, "1,000")] {
            assert_eq!(super::grouped(number), grouped);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    proptest! {
        #[test]
        fn clipped_text_fits_and_is_marked(text in any::<String>(), columns in 0usize..30) {
            let clipped = clipped(&text, columns);
            prop_assert!(clipped.width() <= columns);
            let is_whole = clipped == text;
            prop_assert!(is_whole || columns == 0 || clipped.ends_with('…'));
        }

        #[test]
        fn scrubbed_text_is_clean_and_stays_so(text in any::<String>()) {
            let clean = scrub(&text);
            prop_assert!(!clean.chars().any(|letter| is_hidden(letter) || is_space(letter)));
            prop_assert_eq!(scrub(&clean), clean.as_ref());
        }

        #[test]
        fn wrapping_keeps_every_letter_within_the_width(text in any::<String>(), columns in 2usize..30) {
            let lines = wrap(&text, columns);
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in lines {
                // A single letter may be wider than any line.
                prop_assert!(line.width() <= columns || line.graphemes(true).count() == 1);
            }
        }
    }
}
