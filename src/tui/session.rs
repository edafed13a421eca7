//! A terminal as LUNNY sees it: events in, bytes out, capabilities.
//!
//! Screens ask neither the environment nor a global terminal, so the same application runs on a local terminal, in a test, or
//! over a connection.

use std::io::{self, Write};
use std::sync::Arc;

use crossterm::event::Event;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use ratatui::layout::Size;

use super::terminal::colour::ColourDepth;
use super::widgets::picture::Graphics;
use crate::terminal::Shortcuts;

/// One person's terminal.
pub struct Session {
    /// Its events, until it is closed.
    pub events: BoxStream<'static, io::Result<TerminalEvent>>,
    /// Where frames go.
    pub writer: Box<dyn Write + Send>,
    /// The state of the output; none if writing blocks until the terminal accepted it.
    pub flow: Option<Arc<dyn Flow>>,
    /// Requests from elsewhere than the user.
    pub requests: BoxStream<'static, Request>,
    /// Columns and rows at the start; later sizes come as events.
    pub size: Size,
    /// Capabilities known at the start; answers of the terminal come as events.
    pub capabilities: Capabilities,
}

/// Output that is sent in the background: the next frame waits until the one before has left, so that a slow terminal gets
/// the newest state and no queue of old ones.
pub trait Flow: Send + Sync {
    /// True if nothing waits to be sent.
    fn is_clear(&self) -> bool;

    /// Resolves when all output was sent, or no more can be sent.
    fn cleared(&self) -> BoxFuture<'_, ()>;
}

/// Request of the operating system or a server to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// End: a signal of this number asked for it.
    Leave(i32),
    /// Restore the terminal and stop until continued.
    Suspend,
    /// Set the modes again and draw everything.
    Continue,
    /// Show the user a sentence.
    Tell(String),
}

/// Event from a terminal.
#[derive(Debug, Clone)]
pub enum TerminalEvent {
    /// A key, a paste, a new size, a focus change.
    Input(Event),
    /// The terminal stated its capabilities.
    Answered(Capabilities),
}

/// Capabilities and preferences of this terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    pub colour: ColourDepth,
    pub shortcuts: Shortcuts,
    pub graphics: Graphics,
    /// Width and height of a character cell in pixels, if the terminal stated it.
    pub cell: Option<(u16, u16)>,
    /// No spinners: things that move only say that they are busy.
    pub reduced_motion: bool,
    /// One column without boxes and pictures, for screen readers.
    pub plain: bool,
}
