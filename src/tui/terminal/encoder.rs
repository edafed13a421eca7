//! Bytes that bring changed cells onto a terminal, as few as possible: a slow link shows a screen when they have arrived.
//!
//! Colours and attributes are sent where they differ from the ones before, the cursor takes the shorter way, rows with many blanks
//! are erased before their words are written, and cells of one look are written together where that is shorter. A frame begins
//! with an unknown cursor and ends in the terminal's own colours: whatever else wrote to the terminal between two frames disturbs
//! none of them.

mod cursor;
mod erasing;
mod grouping;

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr;

use super::colour::ColourDepth;
use super::pen::Pen;
use crate::terminal::Shortcuts;

/// A changed cell: column, row, content.
pub(super) type Changed<'a> = (u16, u16, &'a Cell);

/// State of a terminal, and what is to be known of it.
pub(super) struct Encoder {
    pub(super) size: Size,
    pub(super) depth: ColourDepth,
    pub(super) shortcuts: Shortcuts,
    state: State,
}

/// Pen and place of the next character.
#[derive(Debug, Clone, Copy)]
struct State {
    /// None if unknown.
    pen: Option<Pen>,
    /// None if unknown, and behind the last cell of a row, where terminals differ.
    cursor: Option<Position>,
}

impl Encoder {
    /// For a terminal of this size in its own colours.
    pub(super) fn new(size: Size, depth: ColourDepth, shortcuts: Shortcuts) -> Self {
        let state = State {
            pen: Some(Pen::PLAIN),
            cursor: None,
        };
        Self {
            size,
            depth,
            shortcuts,
            state,
        }
    }

    /// Forgets where the cursor is.
    pub(super) fn forget_cursor(&mut self) {
        self.state.cursor = None;
    }

    /// Appends the shortest way of the cursor to a cell.
    pub(super) fn go_to(&mut self, to: Position, out: &mut Vec<u8>) {
        let from = self.state.cursor.replace(to);
        cursor::go(from, to, out);
    }

    /// Appends the bytes of changed cells, which are in reading order.
    pub(super) fn encode(&mut self, cells: &[Changed<'_>], out: &mut Vec<u8>) {
        let (erased, cells) = erasing::part(cells, self);
        for segment in erased {
            self.erase(segment, out);
        }
        let before = self.state;
        let mut in_order = Vec::new();
        self.write(&cells, &mut in_order);
        let after = self.state;
        if let Some(grouped) = grouping::by_look(&cells, self.depth) {
            self.state = before;
            let mut by_look = Vec::new();
            self.write(&grouped, &mut by_look);
            if by_look.len() < in_order.len() {
                out.extend_from_slice(&by_look);
                return;
            }
        }
        self.state = after;
        out.extend_from_slice(&in_order);
    }

    /// True if erased cells get this background.
    fn may_erase(&self, background: Color) -> bool {
        self.shortcuts.fills || background == Color::Reset
    }

    fn erase(&mut self, segment: erasing::Segment, out: &mut Vec<u8>) {
        self.go_to(segment.at, out);
        let pen = self.state.pen.unwrap_or(Pen::PLAIN);
        self.take(pen.for_blanks(segment.background), out);
        let reaches_end = segment.at.x.saturating_add(segment.cells) >= self.size.width;
        // Writing to memory does not fail.
        let _ = match reaches_end {
            true => write!(out, "\x1b[K"),
            false => write!(out, "\x1b[{}X", cursor::Repeated(segment.cells)),
        };
    }

    /// Appends the bytes of cells in their order, then the terminal's own colours.
    fn write(&mut self, cells: &[Changed<'_>], out: &mut Vec<u8>) {
        let mut rest = cells;
        while let Some((first, others)) = rest.split_first() {
            self.character(first, out);
            let again = self.again(first, others);
            if again > 0 {
                let _ = write!(out, "\x1b[{}b", cursor::Repeated(again));
                self.advance(first.0, first.1, again.saturating_add(1), true);
            }
            rest = others.get(usize::from(again)..).unwrap_or_default();
        }
        self.take(Pen::PLAIN, out);
    }

    fn character(&mut self, (x, y, cell): &Changed<'_>, out: &mut Vec<u8>) {
        self.go_to(Position::new(*x, *y), out);
        let pen = Pen::of(cell, self.depth);
        let symbol = cell.symbol();
        match symbol == " " && pen.leaves_blanks() {
            true => {
                let before = self.state.pen.unwrap_or(Pen::PLAIN);
                self.take(before.for_blanks(pen.background), out);
            }
            false => self.take(pen, out),
        }
        out.extend_from_slice(symbol.as_bytes());
        if symbol.contains(char::is_control) {
            // A picture in a terminal's own format.
            self.state = State {
                pen: None,
                cursor: None,
            };
            return;
        }
        self.advance(*x, *y, 1, is_certain(symbol));
    }

    /// Number of cells behind `first` that the terminal is to repeat it into; 0 where that is not shorter.
    fn again(&self, (x, y, cell): &Changed<'_>, others: &[Changed<'_>]) -> u16 {
        let symbol = cell.symbol();
        if !self.shortcuts.repeats || !is_certain(symbol) {
            return 0;
        }
        let pen = Pen::of(cell, self.depth);
        let is_same = |(place, (column, row, other)): &(u16, &Changed<'_>)| {
            row == y
                && *column == x.saturating_add(*place)
                && other.symbol() == symbol
                && Pen::of(other, self.depth) == pen
        };
        let same = (1..).zip(others).take_while(is_same).count() as u16;
        let shorter = usize::from(same) * symbol.len() > "\x1b[000b".len();
        if shorter { same } else { 0 }
    }

    /// The cursor stands behind `count` cells from this one on; unknown where the width of a character is not certain.
    fn advance(&mut self, x: u16, y: u16, count: u16, is_certain: bool) {
        let end = x.saturating_add(count);
        self.state.cursor = (is_certain && end < self.size.width).then_some(Position::new(end, y));
    }

    fn take(&mut self, pen: Pen, out: &mut Vec<u8>) {
        pen.write_after(self.state.pen, out);
        self.state.pen = Some(pen);
    }
}

/// True for a character that every terminal shows in one cell.
fn is_certain(symbol: &str) -> bool {
    symbol.width() == 1 && symbol.chars().count() == 1 && !symbol.contains(char::is_control)
}

#[cfg(test)]
mod tests;
