//! The shortest way of the cursor from one cell to another.

use std::fmt;
use std::io::Write;

use ratatui::layout::Position;

/// Most rows that are gone down, and cells that are gone back, one control character each.
const FEW: u16 = 4;

/// A parameter, which is left out if it is 1.
pub(super) struct Repeated(pub(super) u16);

impl fmt::Display for Repeated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => Ok(()),
            count => count.fmt(formatter),
        }
    }
}

/// Appends the way to a cell from another one, or from an unknown one.
pub(super) fn go(from: Option<Position>, to: Position, out: &mut Vec<u8>) {
    if from == Some(to) {
        return;
    }
    let mut best = Vec::new();
    // Writing to memory does not fail.
    let _ = match to.x {
        0 => write!(best, "\x1b[{}H", Repeated(to.y.saturating_add(1))),
        x => write!(
            best,
            "\x1b[{};{}H",
            to.y.saturating_add(1),
            x.saturating_add(1)
        ),
    };
    for way in from.into_iter().flat_map(|from| relative(from, to)) {
        if way.len() < best.len() {
            best = way.into_bytes();
        }
    }
    out.extend_from_slice(&best);
}

/// Ways that depend on where the cursor stands. A line feed goes down without returning to the left edge, as the terminal is in raw
/// mode, and never scrolls, as there is a row to go to.
fn relative(from: Position, to: Position) -> Vec<String> {
    let right = |count: u16| match count {
        0 => String::new(),
        count => format!("\x1b[{}C", Repeated(count)),
    };
    let across = match to.x.checked_sub(from.x) {
        Some(count) => right(count),
        None => match from.x - to.x {
            count @ ..=FEW => "\u{8}".repeat(usize::from(count)),
            count => format!("\x1b[{count}D"),
        },
    };
    let from_edge = format!("\r{}", right(to.x));
    let mut ways = Vec::new();
    match to.y.checked_sub(from.y) {
        Some(0) => ways.extend([across, from_edge]),
        Some(rows) => {
            let down = match rows {
                ..=FEW => "\n".repeat(usize::from(rows)),
                _ => format!("\x1b[{rows}B"),
            };
            ways.extend([format!("{down}{across}"), format!("{down}{from_edge}")]);
        }
        None => {
            let up = format!("\x1b[{}A", Repeated(from.y - to.y));
            ways.extend([format!("{up}{across}"), format!("{up}{from_edge}")]);
        }
    }
    ways
}
