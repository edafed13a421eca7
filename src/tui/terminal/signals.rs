//! What the operating system asks of the program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A request from outside, already told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT, by number: leave, and leave the terminal usable.
    Leave(i32),
    /// SIGTSTP: give the terminal back and stop until continued.
    Suspend,
    /// SIGCONT: take the terminal again and paint everything.
    Continue,
}

/// Listens to every signal that touches a terminal program.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
    stop: Signal,
    resume: Signal,
}

impl Signals {
    /// Takes the signals over from their default actions.
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

    /// The next request. Never resolves while nobody asks for anything.
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

/// Stops this process as the unhandled signal would have done; returns when it is continued.
pub fn stop_now() -> io::Result<()> {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
    Ok(())
}
