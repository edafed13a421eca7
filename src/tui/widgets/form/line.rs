//! One line of editable text: key handling, and drawing if it is longer than its area.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar;

use crate::text::scrub;

/// Effect of an editing key on a line of text, as in shells.
pub fn edit_request(key: KeyEvent) -> Option<InputRequest> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
        KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
        KeyCode::Char('w' | 'h') if control => match key.code {
            KeyCode::Char('w') => InputRequest::DeletePrevWord,
            _ => InputRequest::DeletePrevChar,
        },
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char(_) if control || alt => return None,
        KeyCode::Char(letter) => InputRequest::InsertChar(letter),
        KeyCode::Backspace if control || alt => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if control => InputRequest::GoToPrevWord,
        KeyCode::Right if control => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}

/// Visible form of a letter: one column for each that cannot be shown, so that the cursor fits.
pub fn visible(letter: char) -> char {
    if letter.is_whitespace() {
        ' '
    } else if scrub(letter.encode_utf8(&mut [0; 4])).is_empty() {
        '·'
    } else {
        letter
    }
}

/// Draws the line with each letter as `shown` gives it, scrolled so that the cursor is visible; sets the cursor if the
/// field is focused.
pub fn view(
    frame: &mut Frame<'_>,
    area: Rect,
    input: &Input,
    focused: bool,
    style: Style,
    shown: impl Fn(char) -> char,
) {
    let typed: String = input.value().chars().map(shown).collect();
    let width =
        |text: &mut dyn Iterator<Item = char>| text.map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let before = width(&mut typed.chars().take(input.cursor()));
    let scrolled = match focused {
        true => (before + 1).saturating_sub(usize::from(area.width)),
        false => 0,
    };
    let mut skipped = 0;
    let rest: String = typed
        .chars()
        .skip_while(|c| {
            let skip = skipped < scrolled;
            skipped += c.width().unwrap_or(0);
            skip
        })
        .collect();
    frame.render_widget(Span::styled(rest, style), area);
    if focused {
        let column = (before - scrolled.min(before)) as u16;
        frame.set_cursor_position((area.x + column.min(area.width.saturating_sub(1)), area.y));
    }
}
