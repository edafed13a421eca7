//! Signals of the operating system.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signal, by its meaning for the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT, by number: end, and restore the terminal.
    Leave(i32),
    /// SIGTSTP: restore the terminal and stop until continued.
    Suspend,
    /// SIGCONT: set the modes again and draw everything.
    Continue,
}

/// Listener for every signal that matters to a terminal program.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
    stop: Signal,
    resume: Signal,
}

impl Signals {
    /// Replaces the default actions of the signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// The next request. Never resolves without a signal.
    pub async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request::Leave(SignalKind::interrupt().as_raw_value()),
            _ = self.terminate.recv() => Request::Leave(SignalKind::terminate().as_raw_value()),
            _ = self.hang_up.recv() => Request::Leave(SignalKind::hangup().as_raw_value()),
            _ = self.quit.recv() => Request::Leave(SignalKind::quit().as_raw_value()),
            _ = self.stop.recv() => Request::Suspend,
            _ = self.resume.recv() => Request::Continue,
        }
    }
}

/// Stops this process as the unhandled signal would; returns when it is continued.
pub fn stop_now() -> io::Result<()> {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
    Ok(())
}
