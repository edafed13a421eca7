//! Keys, pasted text and the mouse.

use super::*;

impl Stage {
    pub fn key(&mut self, code: KeyCode) -> &mut Self {
        self.chord(code, KeyModifiers::NONE)
    }

    pub fn control(&mut self, letter: char) -> &mut Self {
        self.chord(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    pub fn shift(&mut self, code: KeyCode) -> &mut Self {
        self.chord(code, KeyModifiers::SHIFT)
    }

    fn chord(&mut self, code: KeyCode, modifiers: KeyModifiers) -> &mut Self {
        let event = Event::Key(KeyEvent::new(code, modifiers));
        self.send(Msg::Terminal(TerminalEvent::Input(event)));
        self
    }

    pub fn alt(&mut self, letter: char) -> &mut Self {
        self.chord(KeyCode::Char(letter), KeyModifiers::ALT)
    }

    pub fn enter(&mut self) -> &mut Self {
        self.key(KeyCode::Enter)
    }

    pub fn escape(&mut self) -> &mut Self {
        self.key(KeyCode::Esc)
    }

    pub fn letters(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.key(KeyCode::Char(letter));
        }
        self
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Msg::Terminal(TerminalEvent::Input(Event::Paste(
            text.to_owned(),
        ))));
        self
    }

    /// Something that the mouse does over a cell, where the terminal reports it.
    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        let event = Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        });
        self.send(Msg::Terminal(TerminalEvent::Input(event)));
        self
    }
}
