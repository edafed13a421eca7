//! Key and mouse handling of the view.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::cursor::{COARSE, Cursor};
use super::tags::Tags;
use super::{Viewer, shape};
use crate::imaging::Pixels;
use crate::tui::analyses::{Change, Input};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::screens::Action;
use crate::tui::widgets::lesion_mark;

/// Slices that PgUp and PgDn move by.
const PAGE: isize = 10;

/// Digits of the longest slice number.
const MOST_DIGITS: usize = 6;

impl Viewer {
    pub(super) fn press(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let typing = !self.typed.is_empty();
        match (key.code, command) {
            // A zero is a digit only after another digit.
            (KeyCode::Char(digit @ '0'..='9'), command)
                if key.modifiers.difference(KeyModifiers::SHIFT).is_empty()
                    && (typing || command != Some(Command::WholeSlice)) =>
            {
                if self.typed.len() < MOST_DIGITS && self.series.len() > 1 {
                    self.typed.push(digit);
                }
                return Vec::new();
            }
            (KeyCode::Backspace, _) => {
                self.typed.pop();
                return Vec::new();
            }
            (KeyCode::Enter, _) if typing => {
                let number: usize = self.typed.parse().unwrap_or(1);
                self.typed.clear();
                self.go_to(number.saturating_sub(1));
                return self.ask(context);
            }
            (_, Some(Command::Back)) if typing => {
                self.typed.clear();
                return Vec::new();
            }
            _ => self.typed.clear(),
        }
        let measured = command.and_then(|command| self.measure(command, context));
        if let Some(actions) = measured {
            return actions;
        }
        match command {
            Some(Command::Measure) => return self.start_measuring(context),
            Some(Command::Back) if self.cursor.is_some() => self.cursor = None,
            Some(Command::Back) => return vec![Action::Close],
            Some(Command::Analyse) => return self.analyse(self.series.len() > 1, context),
            Some(Command::Background) => {
                let input = Input::Series(Arc::clone(&self.series));
                return vec![Action::ChangeAnalyses(Change::Add(vec![input]))];
            }
            Some(Command::AnalyseSlice) => return self.analyse(false, context),
            Some(Command::Tags) => {
                let source = self.series.slices().get(self.position.slice);
                let path = source.map(|source| source.path.clone());
                let screen = path.map(|path| Action::Open(Box::new(Tags::new(path))));
                return screen.into_iter().collect();
            }
            Some(command) => {
                if let Some(notice) = self.handle(command, context) {
                    return vec![Action::Tell(notice)];
                }
            }
            None => return Vec::new(),
        }
        self.ask(context)
    }

    /// The wheel moves through the slices, a click places the cursor.
    pub(super) fn point(&mut self, mouse: MouseEvent, context: &Context<'_>) -> Vec<Action> {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.go_to(self.position.slice.saturating_sub(1)),
            MouseEventKind::ScrollDown => self.go_to(self.position.slice.saturating_add(1)),
            MouseEventKind::Down(MouseButton::Left) => {
                let Some(place) = self.place_at(mouse.column, mouse.row, context) else {
                    return Vec::new();
                };
                if let Some(actions) = self.click_calipers(place, context) {
                    return actions;
                }
                self.cursor = Some(Cursor::at(place, &self.series.geometry));
            }
            _ => return Vec::new(),
        }
        self.ask(context)
    }

    /// Goes to the next lesion or the previous one, and scrolls it into view.
    fn go_to_lesion(&mut self, command: Command, context: &Context<'_>) {
        self.lesion = lesion_mark::step(self.lesions.len(), self.lesion, command);
        let Some(&lesion) = self.lesion.and_then(|index| self.lesions.get(index)) else {
            return;
        };
        self.go_to(lesion.slice.saturating_sub(1));
        if let Some(frame) = self.frame(context) {
            self.position.reveal([lesion.row, lesion.column], &frame);
        }
    }

    fn go_to(&mut self, slice: usize) {
        let before = self.position.slice;
        self.position.go_to(slice, self.series.len());
        self.direction = if self.position.slice < before { -1 } else { 1 };
        if self.position.slice != before {
            self.refusal = None;
            self.eager = None;
            self.leave_slice();
        }
    }

    /// Changes the view. Returns a message if that is not possible.
    fn handle(&mut self, command: Command, context: &Context<'_>) -> Option<Notice> {
        let by = |steps: isize, slice: usize| slice.saturating_add_signed(steps);
        let (shape, at) = (shape(&self.series), self.position.slice);
        match command {
            Command::Up => self.go_to(by(-1, at)),
            Command::Down => self.go_to(by(1, at)),
            Command::NextLesion | Command::PreviousLesion => self.go_to_lesion(command, context),
            Command::PageUp => self.go_to(by(-PAGE, at)),
            Command::PageDown => self.go_to(by(PAGE, at)),
            Command::First => self.go_to(0),
            Command::Last => self.go_to(usize::MAX),
            Command::NextWindow
            | Command::NarrowerWindow
            | Command::WiderWindow
            | Command::LowerWindow
            | Command::HigherWindow => return self.change_window(command),
            Command::Invert => self.position.inverted = !self.position.inverted,
            Command::Facts => self.facts_hidden = !self.facts_hidden,
            Command::WholeSlice => self.position.zoom_out(shape),
            Command::ZoomIn | Command::ZoomOut => {
                if let Some(cursor) = self.cursor {
                    self.position.centre = cursor.place();
                }
                self.position.zoom_in(command == Command::ZoomIn);
            }
            Command::PanUp | Command::PanDown | Command::PanLeft | Command::PanRight => {
                let direction = match command {
                    Command::PanUp => [-1.0, 0.0],
                    Command::PanDown => [1.0, 0.0],
                    Command::PanLeft => [0.0, -1.0],
                    _ => [0.0, 1.0],
                };
                if let Some(frame) = self.frame(context) {
                    self.position.pan(direction, &frame, shape);
                }
            }
            Command::Cursor => {
                self.cursor = match self.cursor {
                    Some(_) => None,
                    None => Some(Cursor::at(self.position.centre, &self.series.geometry)),
                };
            }
            _ => self.move_cursor(command, context),
        }
        None
    }

    fn change_window(&mut self, command: Command) -> Option<Notice> {
        let shown = self.shown.as_ref()?;
        if let Pixels::Grey(_) = shown.scan.pixels {
            let sentence = "This picture has grey levels only; windows need Hounsfield units.";
            return Some(Notice::warning(sentence));
        }
        match command {
            Command::NarrowerWindow => self.position.widen(false),
            Command::WiderWindow => self.position.widen(true),
            Command::LowerWindow => self.position.shift_centre(false),
            Command::HigherWindow => self.position.shift_centre(true),
            _ => self.position.next_preset(),
        }
        None
    }

    fn move_cursor(&mut self, command: Command, context: &Context<'_>) {
        let step = match command {
            Command::CursorUp => [-1, 0],
            Command::CursorDown => [1, 0],
            Command::CursorLeft => [0, -1],
            Command::CursorRight => [0, 1],
            Command::CursorFarUp => [-COARSE, 0],
            Command::CursorFarDown => [COARSE, 0],
            Command::CursorFarLeft => [0, -COARSE],
            Command::CursorFarRight => [0, COARSE],
            _ => return,
        };
        let frame = self.frame(context);
        let Some(cursor) = &mut self.cursor else {
            return;
        };
        cursor.step(step, &self.series.geometry);
        if let Some(frame) = frame {
            self.position.reveal(cursor.place(), &frame);
        }
    }
}
