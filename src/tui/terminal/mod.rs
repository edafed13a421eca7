//! Local terminal: its modes, its abilities, restoring it, and the [`Session`] on it.

pub mod colour;
mod encoder;
pub mod modes;
pub mod output;
mod pen;
pub mod probe;
pub mod signals;

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::stream::{self, StreamExt};
use ratatui::layout::Size;
use ratatui_image::FontSize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::session::{Capabilities, Session, TerminalEvent};
use crate::config::Config;
use crate::terminal::{Abilities, Graphics, Shortcuts};

/// Time in which the program has to end after its terminal is gone; longer than saving drafts takes.
const HANG_UP_GRACE: Duration = Duration::from_secs(5);

/// Terminal of the process, in LUNNY's modes until this value is dropped.
pub struct LocalTerminal;

impl LocalTerminal {
    /// Sets LUNNY's modes. The error is a sentence if standard input or output is not a terminal.
    pub fn enter() -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other(
                "standard input and output must be a terminal; for scripts there is `lunny analyze`",
            ));
        }
        // crossterm would drop reverse video too for NO_COLOR; the output module handles it better.
        crossterm::style::force_color_output(true);
        modes::restore_on_panic();
        modes::enter(&mut io::stdout())?;
        Ok(Self)
    }

    /// Restores the terminal, stops the process, and sets the modes again when it continues.
    pub fn suspend(&self) -> io::Result<()> {
        modes::restore(&mut io::stdout());
        signals::stop_now()?;
        modes::enter(&mut io::stdout())
    }

    /// Session on this terminal. Starts with the abilities from the environment and `config`; the terminal's own
    /// answers arrive as the first events.
    pub fn session(&self, config: &Config) -> io::Result<Session> {
        // The events first, so that a later change of size is not missed.
        let events = events(config.clone())?;
        let (columns, rows) = crossterm::terminal::size()?;
        Ok(Session {
            events,
            writer: Box::new(io::stdout()),
            flow: None,
            requests: signals::Signals::listen()?.requests(),
            size: Size::new(columns, rows),
            capabilities: capabilities(config, None, here),
        })
    }
}

impl Drop for LocalTerminal {
    fn drop(&mut self) {
        modes::restore(&mut io::stdout());
    }
}

/// The terminal's answers first, and keys typed meanwhile; then every event from crossterm, whose reader must not run
/// before. New sizes come from the signal itself, because crossterm reports them only once its reader runs. A terminal
/// that hangs up ends the stream.
fn events(config: Config) -> io::Result<stream::BoxStream<'static, io::Result<TerminalEvent>>> {
    let sizes = stream::unfold(signal(SignalKind::window_change())?, |mut changes| async {
        changes.recv().await?;
        let size = crossterm::terminal::size();
        let resized = size.map(|(columns, rows)| Event::Resize(columns, rows));
        Some((resized.map(TerminalEvent::Input), changes))
    });
    let (sender, answers) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let typed = sender.clone();
        let answered = probe::ask(rustix::stdio::stdin(), &mut io::stdout(), |key| {
            let _ = typed.send(Ok(TerminalEvent::Input(Event::Key(key))));
        });
        let mut answered = answered.unwrap_or_default();
        answered.cell = answered.cell.or_else(cell_of_window);
        let abilities = capabilities(&config, Some(answered), here);
        let _ = sender.send(Ok(TerminalEvent::Answered(abilities)));
    });
    let answers = stream::unfold(answers, |mut answers| async {
        answers.recv().await.map(|answer| (answer, answers))
    });
    let input = stream::once(async { EventStream::new() })
        .flatten()
        .filter(|event| std::future::ready(!matches!(event, Ok(Event::Resize(..)))))
        .map(|event| event.map(TerminalEvent::Input));
    let (hang_up, hung_up) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        wait_for_hang_up();
        let _ = hang_up.send(());
        // crossterm's reader may have met the end first and block the event loop, which then gets no events.
        std::thread::sleep(HANG_UP_GRACE);
        std::process::exit(128 + rustix::process::Signal::HUP.as_raw());
    });
    let happenings = stream::select(sizes, answers.chain(input));
    let until_hang_up = happenings.take_until(async {
        let _ = hung_up.await;
    });
    Ok(until_hang_up.boxed())
}

/// Blocks until the terminal is gone. crossterm's reader would use all processor time there.
fn wait_for_hang_up() {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = rustix::stdio::stdin();
    loop {
        // With no events requested, only a hang-up or an error ends the wait.
        let mut watched = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => continue,
            _ => return,
        }
    }
}

fn cell_of_window() -> Option<FontSize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    let cells = [size.ws_col, size.ws_row];
    probe::cell_of_window(cells, [size.ws_xpixel, size.ws_ypixel])
}

/// A variable of this process, which runs on the terminal.
fn here(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The user's setting, otherwise the terminal's answer, otherwise the environment that the terminal's program stated.
pub fn capabilities(
    config: &Config,
    answers: Option<probe::Answers>,
    variable: impl Fn(&str) -> Option<String>,
) -> Capabilities {
    let answered = answers.unwrap_or_default();
    let stated = answered.stated;
    let (colour, graphics) = Abilities {
        kitty: answered.kitty,
        sixel: answered.sixel && answered.cell.is_some(),
        true_colour: answered.true_colour,
        symbols: answered.symbols,
    }
    .shown(config, &variable);
    Capabilities {
        colour,
        shortcuts: Shortcuts::of(stated.as_deref(), &variable),
        graphics: match config.plain {
            true => Graphics::None,
            false => graphics,
        },
        cell: answered.cell.map(|cell| (cell.width, cell.height)),
        reduced_motion: config.reduced_motion || config.plain,
        plain: config.plain,
    }
}
