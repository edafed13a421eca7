//! Editable text of several lines: wrapped at words, as tall as it needs to be.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar;

use super::form::line::{edit_request, visible};

/// Character ranges of each row of `text` at this width. A row ends at a line end, otherwise at the last space that
/// fits, otherwise at the edge. There is always at least one row.
pub fn rows(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let letters: Vec<char> = text.chars().collect();
    let mut rows = Vec::new();
    let (mut start, mut used, mut after_space) = (0, 0, None);
    for (at, &letter) in letters.iter().enumerate() {
        if letter == '\n' {
            rows.push(start..at);
            (start, used, after_space) = (at + 1, 0, None);
            continue;
        }
        let width = width(letter);
        if used + width > columns && at > start {
            let end = match (letter, after_space) {
                // A space that does not fit hangs over the edge.
                (' ', _) => at + 1,
                (_, Some(end)) => end,
                (_, None) => at,
            };
            rows.push(start..end);
            used = letters
                .get(end..at)
                .unwrap_or_default()
                .iter()
                .copied()
                .map(self::width)
                .sum();
            (start, after_space) = (end, None);
            if letter == ' ' {
                continue;
            }
        }
        used += width;
        if letter == ' ' {
            after_space = Some(at + 1);
        }
    }
    rows.push(start..letters.len());
    rows
}

fn width(letter: char) -> usize {
    visible(letter).width().unwrap_or(0)
}

/// Row of the cursor: the last that begins at or before it.
fn row_of(rows: &[Range<usize>], cursor: usize) -> usize {
    let after = rows.iter().position(|row| row.start > cursor);
    after.unwrap_or(rows.len()).saturating_sub(1)
}

/// Moves the cursor of `input` down by this many rows, or up if negative, in its column. False if there was no such
/// row.
pub fn move_rows(input: &mut Input, down: isize, columns: usize) -> bool {
    let rows = rows(input.value(), columns);
    let at = row_of(&rows, input.cursor());
    let letters: Vec<char> = input.value().chars().collect();
    let from = rows.get(at).cloned().unwrap_or_default();
    let Some(to) = at.checked_add_signed(down).and_then(|row| rows.get(row)) else {
        return false;
    };
    let columns_of = |range: Range<usize>| letters.get(range).unwrap_or_default().iter();
    let column: usize = (columns_of(from.start..input.cursor()).copied().map(width)).sum();
    let (mut cursor, mut used) = (to.start, 0);
    for letter in columns_of(to.clone()) {
        used += width(*letter);
        if used > column {
            break;
        }
        cursor += 1;
    }
    // The end of a row that continues is the beginning of the next one.
    let goes_on = letters.get(to.end).is_some_and(|letter| *letter != '\n');
    if cursor == to.end && goes_on {
        cursor = cursor.saturating_sub(1).max(to.start);
    }
    input.handle(InputRequest::SetCursor(cursor));
    true
}

/// Handles an editing key. Home, End, and deleting up to them, stay within the row or line. False if it was another
/// key.
pub fn edit(input: &mut Input, key: KeyEvent, columns: usize) -> bool {
    let Some(request) = edit_request(key) else {
        return false;
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let rows = rows(input.value(), columns);
    let cursor = input.cursor();
    let row = rows.get(row_of(&rows, cursor)).cloned().unwrap_or_default();
    let goes_on = input
        .value()
        .chars()
        .nth(row.end)
        .is_some_and(|letter| letter != '\n');
    let row_end = if goes_on {
        row.end.saturating_sub(1).max(row.start)
    } else {
        row.end
    };
    match request {
        InputRequest::GoToStart if control => {}
        InputRequest::GoToStart => {
            input.handle(InputRequest::SetCursor(row.start));
            return true;
        }
        InputRequest::GoToEnd if key.code == KeyCode::End && control => {}
        InputRequest::GoToEnd => {
            input.handle(InputRequest::SetCursor(row_end));
            return true;
        }
        InputRequest::DeleteFromStart => {
            replace(input, row.start..cursor);
            return true;
        }
        InputRequest::DeleteTillEnd => {
            // At the end of a line it joins the next one.
            let end = if cursor < row.end {
                row.end
            } else {
                row.end + 1
            };
            replace(input, cursor..end);
            return true;
        }
        _ => {}
    }
    input.handle(request);
    true
}

/// Removes the characters of this range and puts the cursor there.
fn replace(input: &mut Input, range: Range<usize>) {
    let kept = input.value().chars().enumerate();
    let kept = kept.filter(|(at, _)| !range.contains(at));
    let text: String = kept.map(|(_, letter)| letter).collect();
    *input = Input::new(text).with_cursor(range.start);
}

/// True if the cursor is at the end, on an empty line.
pub fn is_at_blank_end(input: &Input) -> bool {
    let text = input.value();
    input.cursor() == text.chars().count() && (text.is_empty() || text.ends_with('\n'))
}

/// Draws the text, and the cursor if it is focused; scrolled so that the cursor's row is visible.
pub fn view(frame: &mut Frame<'_>, area: Rect, input: &Input, focused: bool, style: Style) {
    if area.is_empty() {
        return;
    }
    let letters: Vec<char> = input.value().chars().collect();
    let rows = rows(input.value(), usize::from(area.width));
    let at = if focused {
        row_of(&rows, input.cursor())
    } else {
        0
    };
    let height = usize::from(area.height);
    let first = at.saturating_sub(height.saturating_sub(1));
    let cut = !focused && rows.len() > height;
    for ((index, row), place) in rows.iter().enumerate().skip(first).zip(area.rows()) {
        let letters = letters.get(row.clone()).unwrap_or_default();
        let mut line: String = letters.iter().copied().map(visible).collect();
        if cut && index + 1 == first + height {
            line.push_str(" …");
        }
        frame.render_widget(Span::styled(line, style), place);
        if focused && index == at {
            let before = letters
                .iter()
                .take(input.cursor().saturating_sub(row.start));
            let column: usize = before.copied().map(width).sum();
            let column = (column as u16).min(area.width.saturating_sub(1));
            frame.set_cursor_position((place.x + column, place.y));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, columns: usize) -> Vec<String> {
        let letters: Vec<char> = text.chars().collect();
        let rows = rows(text, columns).into_iter();
        rows.map(|row| letters[row].iter().collect()).collect()
    }

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn rows_end_at_words_at_line_ends_and_at_the_edge() {
        assert_eq!(lines("", 5), [""]);
        assert_eq!(lines("one two three", 8), ["one two ", "three"]);
        assert_eq!(lines("one\n\ntwo\n", 8), ["one", "", "two", ""]);
        assert_eq!(lines("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(lines("abc def", 3), ["abc ", "def"]);
        assert_eq!(lines("肺结节", 4), ["肺结", "节"]);
    }

    #[test]
    fn the_cursor_moves_by_rows_and_stops_at_both_ends() {
        let mut input = Input::new("one two three\nx".into()).with_cursor(5);
        assert!(!move_rows(&mut input, -1, 8));
        assert!(move_rows(&mut input, 1, 8));
        assert_eq!(input.cursor(), 13);
        assert!(move_rows(&mut input, 1, 8));
        assert_eq!(input.cursor(), 15);
        assert!(!move_rows(&mut input, 1, 8));
    }

    #[test]
    fn home_end_and_deleting_keep_to_the_line() {
        let mut input = Input::new("first\nsecond\nthird".into()).with_cursor(9);
        edit(&mut input, key(KeyCode::Home), 20);
        assert_eq!(input.cursor(), 6);
        edit(&mut input, key(KeyCode::End), 20);
        assert_eq!(input.cursor(), 12);
        let control = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
        edit(&mut input, control, 20);
        assert_eq!(input.value(), "first\n\nthird");
        let control = KeyEvent::new(KeyCode::Char('k'), KeyModifiers::CONTROL);
        edit(&mut input, control, 20);
        assert_eq!(input.value(), "first\nthird");
    }

    #[test]
    fn a_blank_last_line_is_recognised() {
        for (text, cursor, blank) in [
            ("", 0, true),
            ("a", 1, false),
            ("a\n", 2, true),
            ("a\n", 0, false),
        ] {
            let input = Input::new(text.into()).with_cursor(cursor);
            assert_eq!(is_at_blank_end(&input), blank, "{text:?} {cursor}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_lost_and_every_cursor_has_a_row(text in "[a-z \n肺\u{301}\t]{0,80}", columns in 1usize..12, at in 0usize..90) {
            let count = text.chars().count();
            let rows = rows(&text, columns);
            let mut seen = 0;
            for row in &rows {
                // Between two rows there is at most a line end.
                proptest::prop_assert!(row.start == seen || row.start == seen + 1);
                seen = row.end;
            }
            proptest::prop_assert_eq!(seen, count);
            let mut input = Input::new(text).with_cursor(at);
            while move_rows(&mut input, -1, columns) {}
            proptest::prop_assert!(row_of(&rows, input.cursor()) == 0);
            let mut moves = 0;
            while move_rows(&mut input, 1, columns) {
                moves += 1;
                proptest::prop_assert!(moves <= count + 1);
            }
            proptest::prop_assert_eq!(row_of(&rows, input.cursor()), rows.len() - 1);
        }
    }
}
