//! Output of a session on its way to the client.

use std::sync::Arc;

use russh::ChannelWriteHalf;
use russh::server::{Handle, Msg};
use tokio::sync::{mpsc, oneshot, watch};

use super::output::Sent;

/// Sends the output of a session until the session or the connection ends.
pub(super) struct Pump {
    pub(super) writer: ChannelWriteHalf<Msg>,
    pub(super) written: mpsc::UnboundedReceiver<Vec<u8>>,
    pub(super) sent: Arc<Sent>,
    /// The exit status of the session.
    pub(super) end: oneshot::Receiver<u32>,
    pub(super) over: watch::Receiver<()>,
}

impl Pump {
    /// Runs until the session or the connection ends.
    pub(super) async fn run(mut self, handle: Handle) {
        while let Some(bytes) = self.written.recv().await {
            let count = bytes.len();
            let sent = tokio::select! {
                // The sender is only dropped.
                _ = self.over.changed() => break,
                sent = self.writer.data_bytes(bytes) => sent,
            };
            self.sent.left(count);
            if sent.is_err() {
                break;
            }
        }
        self.sent.end();
        let status = self.end.await.unwrap_or(1);
        let channel = self.writer.id();
        // Errors: the client was faster.
        let _ = handle.exit_status_request(channel, status).await;
        let _ = self.writer.eof().await;
        let _ = self.writer.close().await;
    }
}
