//! The mouse: a click presses a key of the footer, selects a row and opens the selected one; the wheel moves the selection.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::{APPLICATION, App, Effect};
use crate::cancel::Cancel;
use crate::tui::areas::Click;
use crate::tui::context::Notice;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::screens::ScreenEvent;
use crate::tui::worker::preferences;

/// Name under which an account keeps whether the mouse is on.
const PREFERENCE: &str = "mouse";
/// Content of that preference.
const ON: &str = "on";
const OFF: &str = "off";

impl App {
    /// Takes in what the mouse does.
    pub(super) fn point(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        let click = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.areas.at(mouse.column, mouse.row),
            _ => None,
        };
        match (click, mouse.kind) {
            (Some(Click::Key(key)), _) => self.take_input(Event::Key(key.event()), effects),
            (Some(Click::Row(0)), _) => self.give(Command::Open, KeyCode::Enter, 1, effects),
            (Some(Click::Row(below)), _) => {
                let (command, code) = match below < 0 {
                    true => (Command::Up, KeyCode::Up),
                    false => (Command::Down, KeyCode::Down),
                };
                self.give(command, code, below.unsigned_abs(), effects);
            }
            (Some(Click::Command(command, times)), _) => {
                self.give(command, KeyCode::Null, times, effects);
            }
            (Some(Click::Field { further, turns }), _) => {
                let (command, code) = match further < 0 {
                    true => (Command::Previous, KeyCode::BackTab),
                    false => (Command::Next, KeyCode::Tab),
                };
                self.give(command, code, further.unsigned_abs(), effects);
                let key = KeyEvent::new(KeyCode::Right, KeyModifiers::NONE);
                for _ in 0..turns {
                    let command = keymap::command(self.scopes(), key);
                    let front = self.front();
                    self.dispatch(front, ScreenEvent::Key(key, command), effects);
                }
            }
            (None, MouseEventKind::ScrollUp) if self.scrolls() => {
                self.give(Command::Up, KeyCode::Up, 1, effects);
            }
            (None, MouseEventKind::ScrollDown) if self.scrolls() => {
                self.give(Command::Down, KeyCode::Down, 1, effects);
            }
            _ => {
                let front = self.front();
                self.dispatch(front, ScreenEvent::Mouse(mouse), effects);
            }
        }
    }

    /// True if the keys of the screen on top move a selection or a text up and down. A slice takes the wheel itself.
    fn scrolls(&self) -> bool {
        let scopes = self.scopes();
        !scopes.contains(&Scope::Viewer)
            && keymap::bindings(scopes).any(|binding| binding.command == Command::Down)
    }

    /// Gives the screen on top a command, as its key would.
    fn give(&mut self, command: Command, code: KeyCode, times: usize, effects: &mut Vec<Effect>) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let front = self.front();
        self.stack_mut(front).notice = None;
        // Enter means something else than opening on some screens.
        let command = match command {
            Command::Open => keymap::command(self.scopes(), key),
            command => Some(command),
        };
        for _ in 0..times {
            self.dispatch(front, ScreenEvent::Key(key, command), effects);
        }
    }

    pub(super) fn toggle_mouse(&mut self, effects: &mut Vec<Effect>) {
        self.turn_mouse(!self.mouse, effects);
        let notice = Notice::good(match self.mouse {
            true => {
                "The mouse is on; most terminals still select text with Shift held. F2 turns it off."
            }
            false => "The mouse is off.",
        });
        let front = self.front();
        self.say(front, notice);
        if let Some(access) = self.signed_in.as_ref().map(|it| it.access.clone()) {
            let content = if self.mouse { ON } else { OFF };
            let keep = preferences::Request::Keep {
                access,
                name: PREFERENCE,
                content: content.to_owned(),
            };
            effects.push(self.ask(APPLICATION, keep.into(), Cancel::default()));
        }
    }

    fn turn_mouse(&mut self, on: bool, effects: &mut Vec<Effect>) {
        if self.mouse != on {
            self.mouse = on;
            effects.push(Effect::Mouse(on));
        }
    }

    /// Asks whether the account that signed in uses the mouse.
    pub(super) fn ask_for_mouse(&mut self, effects: &mut Vec<Effect>) {
        if let Some(access) = self.signed_in.as_ref().map(|it| it.access.clone()) {
            let name = PREFERENCE;
            let read = preferences::Request::Read { access, name };
            effects.push(self.ask(APPLICATION, read.into(), Cancel::default()));
        }
    }

    /// Turns the mouse on or off as the account chose. Without a choice it stays as it is.
    pub(super) fn take_mouse(&mut self, answer: preferences::Answer, effects: &mut Vec<Effect>) {
        if let preferences::Answer::Read(Ok(Some(kept))) = answer {
            self.turn_mouse(kept == ON, effects);
        }
    }
}
