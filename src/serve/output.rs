//! Bytes for a remote terminal: written by a session, sent in the background.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};

use crate::tui::session::Flow;

/// Time between two frames.
const FRAME: Duration = Duration::from_millis(15);

/// Maximum number of bytes that wait besides a frame. A terminal that reads nothing while LUNNY has more to write is closed.
const MOST_WAITING: usize = 1 << 20;

/// Bytes that wait here until the connection sends them.
#[derive(Debug, Default)]
pub(super) struct Sent {
    waiting: AtomicUsize,
    last: Mutex<Option<Instant>>,
    is_over: AtomicBool,
    changed: Notify,
}

/// Writer of a session.
pub(super) struct Wire {
    sender: mpsc::UnboundedSender<Vec<u8>>,
    sent: Arc<Sent>,
}

impl Wire {
    /// A writer, the state of what it wrote, and what it writes.
    pub(super) fn new() -> (Self, Arc<Sent>, mpsc::UnboundedReceiver<Vec<u8>>) {
        let (sender, written) = mpsc::unbounded_channel();
        let sent = Arc::new(Sent::default());
        let wire = Self {
            sender,
            sent: Arc::clone(&sent),
        };
        (wire, sent, written)
    }

    /// Another writer to the same terminal.
    pub(super) fn again(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            sent: Arc::clone(&self.sent),
        }
    }
}

impl Write for Wire {
    /// Accepts all of the bytes: a frame is written in one piece, and only while no other one waits.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.sent.waiting.load(Ordering::Acquire);
        let is_full = before > 0 && before + bytes.len() > MOST_WAITING;
        if is_full || self.sent.is_over.load(Ordering::Acquire) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.sent.waiting.fetch_add(bytes.len(), Ordering::AcqRel);
        let last = &self.sent.last;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        match self.sender.send(bytes.to_vec()) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sent {
    /// Notes that so many bytes were sent.
    pub(super) fn left(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::AcqRel);
        self.changed.notify_one();
    }

    /// Notes that nothing can be sent any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    fn has_left(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0 || self.is_over.load(Ordering::Acquire)
    }

    /// Time until the next frame may be drawn.
    fn pause(&self) -> Duration {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::ZERO, |last| FRAME.saturating_sub(last.elapsed()))
    }
}

impl Flow for Sent {
    fn is_clear(&self) -> bool {
        self.has_left() && self.pause().is_zero()
    }

    fn cleared(&self) -> BoxFuture<'_, ()> {
        async {
            while !self.has_left() {
                self.changed.notified().await;
            }
            tokio::time::sleep(self.pause()).await;
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_frame_waits_until_the_one_before_has_left() {
        let (mut wire, sent, mut written) = Wire::new();
        assert!(sent.is_clear());
        wire.write_all(&[b'x'; 5_000_000]).unwrap();
        assert!(!sent.is_clear());
        let clears = tokio::time::timeout(Duration::from_millis(50), sent.cleared());
        assert!(clears.await.is_err());
        let bytes = written.recv().await.unwrap();
        sent.left(bytes.len());
        sent.cleared().await;
        assert!(sent.is_clear());
    }

    #[tokio::test]
    async fn a_terminal_that_takes_nothing_is_closed_before_it_takes_memory() {
        let (mut wire, _sent, _written) = Wire::new();
        let mut writes = 0;
        while wire.write_all(&[b'x'; 1000]).is_ok() {
            writes += 1;
        }
        assert_eq!(writes, MOST_WAITING / 1000);
    }

    #[tokio::test]
    async fn nothing_waits_for_a_connection_that_is_over() {
        let (mut wire, sent, _written) = Wire::new();
        wire.write_all(b"frame").unwrap();
        sent.end();
        sent.cleared().await;
        assert!(wire.write_all(b"next").is_err());
    }
}
