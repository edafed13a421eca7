//! Bytes from a remote terminal as events: keys, pastes, the mouse.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use termina::Parser;
use termina::event as remote;

/// Maximum number of bytes of one sequence, including a paste. Longer ones are dropped.
const LONGEST: usize = 1 << 20;

/// Parses events from bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    parser: Parser,
    /// Bytes since the last event: at least those of the sequence that has begun.
    since: usize,
    /// True if bytes arrived that ended no event, without a pause since.
    is_fresh: bool,
}

impl Decoder {
    /// The events that end in `bytes`.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            self.parser.parse(std::slice::from_ref(byte), true);
            self.since += 1;
            self.is_fresh = true;
            self.drain(&mut events);
            if self.since > LONGEST {
                *self = Self::default();
            }
        }
        events
    }

    /// True if a key may have begun that more bytes would change: Esc, which also begins other keys.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_fresh
    }

    /// The events after a pause without further bytes.
    pub(super) fn settle(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.parser.parse(&[], false);
        self.drain(&mut events);
        // Other incomplete sequences continue with their next bytes.
        self.is_fresh = false;
        events
    }

    fn drain(&mut self, events: &mut Vec<Event>) {
        while let Some(event) = self.parser.pop() {
            self.since = 0;
            self.is_fresh = false;
            events.extend(translated(event));
        }
    }
}

/// The event as a local terminal reports it; none for answers of the terminal, and keys that no screen knows.
fn translated(event: termina::Event) -> Option<Event> {
    Some(match event {
        termina::Event::Key(key) => Event::Key(KeyEvent {
            code: key_code(key.code)?,
            modifiers: modifiers(key.modifiers),
            kind: match key.kind {
                remote::KeyEventKind::Press => KeyEventKind::Press,
                remote::KeyEventKind::Release => KeyEventKind::Release,
                remote::KeyEventKind::Repeat => KeyEventKind::Repeat,
            },
            state: KeyEventState::NONE,
        }),
        termina::Event::Mouse(mouse) => Event::Mouse(MouseEvent {
            kind: mouse_kind(mouse.kind),
            column: mouse.column,
            row: mouse.row,
            modifiers: modifiers(mouse.modifiers),
        }),
        termina::Event::Paste(text) => Event::Paste(text),
        termina::Event::FocusIn => Event::FocusGained,
        termina::Event::FocusOut => Event::FocusLost,
        _ => return None,
    })
}

fn key_code(code: remote::KeyCode) -> Option<KeyCode> {
    Some(match code {
        remote::KeyCode::Char(character) => KeyCode::Char(character),
        remote::KeyCode::Enter => KeyCode::Enter,
        remote::KeyCode::Backspace => KeyCode::Backspace,
        remote::KeyCode::Tab => KeyCode::Tab,
        remote::KeyCode::Escape => KeyCode::Esc,
        remote::KeyCode::Left => KeyCode::Left,
        remote::KeyCode::Right => KeyCode::Right,
        remote::KeyCode::Up => KeyCode::Up,
        remote::KeyCode::Down => KeyCode::Down,
        remote::KeyCode::Home => KeyCode::Home,
        remote::KeyCode::End => KeyCode::End,
        remote::KeyCode::BackTab => KeyCode::BackTab,
        remote::KeyCode::PageUp => KeyCode::PageUp,
        remote::KeyCode::PageDown => KeyCode::PageDown,
        remote::KeyCode::Insert => KeyCode::Insert,
        remote::KeyCode::Delete => KeyCode::Delete,
        remote::KeyCode::Function(number) => KeyCode::F(number),
        _ => return None,
    })
}

fn modifiers(held: remote::Modifiers) -> KeyModifiers {
    let pairs = [
        (remote::Modifiers::SHIFT, KeyModifiers::SHIFT),
        (remote::Modifiers::ALT, KeyModifiers::ALT),
        (remote::Modifiers::CONTROL, KeyModifiers::CONTROL),
        (remote::Modifiers::SUPER, KeyModifiers::SUPER),
        (remote::Modifiers::HYPER, KeyModifiers::HYPER),
        (remote::Modifiers::META, KeyModifiers::META),
    ];
    let held = pairs.into_iter().filter(|(one, _)| held.contains(*one));
    held.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

fn mouse_kind(kind: remote::MouseEventKind) -> MouseEventKind {
    let button = |button| match button {
        remote::MouseButton::Left => MouseButton::Left,
        remote::MouseButton::Right => MouseButton::Right,
        remote::MouseButton::Middle => MouseButton::Middle,
    };
    match kind {
        remote::MouseEventKind::Down(pressed) => MouseEventKind::Down(button(pressed)),
        remote::MouseEventKind::Up(released) => MouseEventKind::Up(button(released)),
        remote::MouseEventKind::Drag(held) => MouseEventKind::Drag(button(held)),
        remote::MouseEventKind::Moved => MouseEventKind::Moved,
        remote::MouseEventKind::ScrollDown => MouseEventKind::ScrollDown,
        remote::MouseEventKind::ScrollUp => MouseEventKind::ScrollUp,
        remote::MouseEventKind::ScrollLeft => MouseEventKind::ScrollLeft,
        remote::MouseEventKind::ScrollRight => MouseEventKind::ScrollRight,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
        let mut decoder = Decoder::default();
        let mut events = decoder.take(bytes);
        events.extend(decoder.settle());
        (events.into_iter())
            .filter_map(|event| event.as_key_event())
            .map(|key| (key.code, key.modifiers))
            .collect()
    }

    #[test]
    fn keys_are_those_of_a_local_terminal() {
        let none = KeyModifiers::NONE;
        for (bytes, key) in [
            (&b"a"[..], (KeyCode::Char('a'), none)),
            (b"A", (KeyCode::Char('A'), KeyModifiers::SHIFT)),
            ("ö".as_bytes(), (KeyCode::Char('ö'), none)),
            ("日".as_bytes(), (KeyCode::Char('日'), none)),
            (b"\r", (KeyCode::Enter, none)),
            (b"\t", (KeyCode::Tab, none)),
            (b"\x7f", (KeyCode::Backspace, none)),
            (b"\x1b", (KeyCode::Esc, none)),
            (b"\x03", (KeyCode::Char('c'), KeyModifiers::CONTROL)),
            (b"\x1b[A", (KeyCode::Up, none)),
            (b"\x1bOB", (KeyCode::Down, none)),
            (b"\x1b[Z", (KeyCode::BackTab, KeyModifiers::SHIFT)),
            (b"\x1b[5~", (KeyCode::PageUp, none)),
            (b"\x1b[3~", (KeyCode::Delete, none)),
            (b"\x1bOP", (KeyCode::F(1), none)),
            (b"\x1b[12~", (KeyCode::F(2), none)),
            (b"\x1b[1;5C", (KeyCode::Right, KeyModifiers::CONTROL)),
            (b"\x1bx", (KeyCode::Char('x'), KeyModifiers::ALT)),
        ] {
            assert_eq!(keys(bytes), [key], "{bytes:?}");
        }
    }

    #[test]
    fn a_key_may_arrive_in_pieces() {
        let mut decoder = Decoder::default();
        for piece in [&b"\x1b"[..], b"[", b"1;", b"5"] {
            assert!(decoder.take(piece).is_empty());
            assert!(decoder.is_waiting());
        }
        let events = decoder.take(b"C\xc3");
        assert_eq!(events.len(), 1);
        let events = decoder.take(b"\xb6");
        assert_eq!(events[0].as_key_event().unwrap().code, KeyCode::Char('ö'));
        assert!(!decoder.is_waiting());
    }

    #[test]
    fn a_paste_is_one_event() {
        let events = Decoder::default().take("\x1b[200~two\rlines ö\x1b[201~".as_bytes());
        assert_eq!(events, [Event::Paste("two\rlines ö".into())]);
    }

    #[test]
    fn what_never_ends_is_dropped_and_takes_no_room() {
        for start in [&b"\x1b[200~"[..], b"\x1b]", b"\x1bP", b"\x1b[1;1;1"] {
            let mut decoder = Decoder::default();
            decoder.take(start);
            for _ in 0..40 {
                decoder.take(&[b'1'; 1 << 16]);
                // A pause between the pieces gives no more room.
                decoder.settle();
                assert!(decoder.since <= LONGEST);
            }
            decoder.take(b"\x1b\\\x1b[201~");
            let last = decoder
                .take(b"q")
                .pop()
                .and_then(|event| event.as_key_event());
            assert_eq!(last.map(|key| key.code), Some(KeyCode::Char('q')));
        }
    }

    proptest! {
        #[test]
        fn no_sequence_stops_the_decoder(
            sequence in "\u{1b}?[\\[\\]POM<>?;0-9:~uRcnymtqxA-D\u{1b}\u{7}\\\\ ]{0,40}",
        ) {
            let mut decoder = Decoder::default();
            decoder.take(sequence.as_bytes());
            decoder.settle();
        }

        #[test]
        fn no_bytes_stop_the_decoder(pieces in prop::collection::vec(any::<Vec<u8>>(), 0..20)) {
            let mut decoder = Decoder::default();
            for piece in &pieces {
                decoder.take(piece);
                decoder.settle();
            }
        }
    }
}
