//! Screens for a screen reader: no lines of boxes, no blocks, no signs that are only seen.
//!
//! Screens are drawn as always, in one column; then what a reader would spell out is taken from the frame. The cursor stands on the
//! focused field or row all the same.

use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::tui::context::Notice;
use crate::tui::theme::Role;

/// Widest screen, so that no pane stands beside another.
pub const WIDEST: u16 = 90;

/// Size of a screen in a terminal of `size`.
pub fn size(size: Size, is_plain: bool) -> Size {
    match is_plain {
        true => Size::new(size.width.min(WIDEST), size.height),
        false => size,
    }
}

/// Sign in place of one that is drawn; none where it stays.
fn instead_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        // Lines of boxes, block elements, Braille patterns, shapes for legacy computing.
        '\u{2500}'..='\u{259F}' | '\u{2800}'..='\u{28FF}' | '\u{1FB00}'..='\u{1FBFF}' => " ",
        '▸' | '›' => ">",
        '●' | '✓' => "*",
        '○' => "o",
        '✕' => "x",
        '·' => ",",
        // Other geometric shapes.
        '\u{25A0}'..='\u{25FF}' => " ",
        _ => return None,
    })
}

/// Takes what is only drawn from a frame.
pub fn flatten(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let sign = cell.symbol().chars().next().and_then(instead_of);
        if let Some(sign) = sign {
            cell.set_symbol(sign);
        }
    }
}

/// A message as a line that says what sort of message it is; elsewhere its colour does.
pub fn announced(notice: &Notice) -> Notice {
    let kind = match notice.role {
        Role::Error => "Error: ",
        Role::Warning => "Warning: ",
        Role::Good => "Done: ",
        _ => "Note: ",
    };
    Notice {
        sentence: format!("{kind}{}", notice.sentence),
        role: notice.role,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn what_is_only_drawn_goes_and_words_stay() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "╭─▸ é日 · 95 % ██⣿●", ratatui::style::Style::new());
        flatten(&mut buffer);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(text.trim(), "> é日  , 95 %    *");
    }

    #[test]
    fn messages_say_of_what_sort_they_are() {
        assert_eq!(
            announced(&Notice::error("no disk")).sentence,
            "Error: No disk."
        );
        assert_eq!(announced(&Notice::good("saved")).sentence, "Done: Saved.");
    }
}
