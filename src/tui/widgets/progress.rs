//! Progress of long work: written by a background thread, read and drawn by the waiting screen.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::Line;

use crate::tui::theme::{Role, Theme};

/// Time between two updates of a bar.
pub const FRAME: Duration = Duration::from_millis(100);
/// Largest width of a bar in columns.
const BAR: u16 = 50;

/// Steps done, and the known total.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Progress {
    /// Stores the steps done, and their total.
    pub fn set(&self, done: usize, of: usize) {
        self.done.store(done, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
    }

    /// Steps done, and their total.
    pub fn get(&self) -> (usize, usize) {
        let (done, of) = (&self.done, &self.of);
        (done.load(Ordering::Relaxed), of.load(Ordering::Relaxed))
    }
}

/// Draws the bar in the middle of a row.
pub fn bar(frame: &mut Frame<'_>, row: Rect, (done, of): (usize, usize), theme: &Theme) {
    let width = usize::from(row.width.min(BAR));
    let full = (done * width).checked_div(of).unwrap_or(0).min(width);
    let drawn = "━".repeat(full) + &"─".repeat(width - full);
    let line = Line::styled(drawn, theme.style(Role::Accent)).alignment(Alignment::Center);
    frame.render_widget(line, row);
}
