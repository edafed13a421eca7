//! The TCP connection of a client, which the server can end at any time.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A connection that ends when the other half of `hang_up` is used or dropped.
pub(super) struct Link {
    stream: TcpStream,
    hang_up: oneshot::Receiver<()>,
    is_over: bool,
}

impl Link {
    pub(super) fn new(stream: TcpStream) -> (Self, oneshot::Sender<()>) {
        let (sender, hang_up) = oneshot::channel();
        let link = Self {
            stream,
            hang_up,
            is_over: false,
        };
        (link, sender)
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        if !self.is_over {
            self.is_over = Pin::new(&mut self.hang_up).poll(context).is_ready();
        }
        self.is_over
    }
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let link = self.get_mut();
        match link.is_over(context) {
            // The same as the end of the client's bytes.
            true => Poll::Ready(Ok(())),
            false => Pin::new(&mut link.stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let link = self.get_mut();
        match link.is_over(context) {
            true => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            false => Pin::new(&mut link.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
