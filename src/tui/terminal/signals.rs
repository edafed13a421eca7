//! Signals of the operating system.

use std::io;

use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::tui::session::Request;

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

    /// The requests of the signals, one after the other: SIGINT, SIGTERM, SIGHUP and SIGQUIT end the session, SIGTSTP
    /// suspends it, SIGCONT continues it.
    pub fn requests(self) -> BoxStream<'static, Request> {
        let next = |mut signals: Self| async move { Some((signals.next().await, signals)) };
        stream::unfold(self, next).boxed()
    }

    /// The next request. Never resolves without a signal.
    async fn next(&mut self) -> Request {
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
