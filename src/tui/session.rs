//! A terminal as LUNNY sees it: events in, bytes out, capabilities.
//!
//! Nothing in the screens asks the environment or a global terminal, so the same application runs on
//! a local terminal, inside a test, or at the far end of any other channel.

use std::io::{self, Write};
use std::sync::Arc;

use crossterm::event::Event;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use ratatui::layout::Size;

use super::terminal::colour::ColourDepth;
use super::widgets::picture::Graphics;

/// One person's terminal.
pub struct Session {
    /// Its events, until it is closed.
    pub events: BoxStream<'static, io::Result<TerminalEvent>>,
    /// Where frames go.
    pub writer: Box<dyn Write + Send>,
    /// The state of what was written; none where writing waits until the terminal took it.
    pub flow: Option<Arc<dyn Flow>>,
    /// Requests of others than the user.
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

    /// Resolves when nothing waits to be sent, or nothing can be sent any more.
    fn cleared(&self) -> BoxFuture<'_, ()>;
}

/// Something asked of a session by the operating system or a server.
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

/// Something that comes from a terminal.
#[derive(Debug, Clone)]
pub enum TerminalEvent {
    /// A key, a paste, a new size, a focus change.
    Input(Event),
    /// The terminal told what it can do.
    Answered(Capabilities),
}

/// Capabilities and preferences of this terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    pub colour: ColourDepth,
    pub graphics: Graphics,
    /// Width and height of a character cell in pixels, where the terminal told it.
    pub cell: Option<(u16, u16)>,
    /// No spinners: things that move only say that they are busy.
    pub reduced_motion: bool,
}
