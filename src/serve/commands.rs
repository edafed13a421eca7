//! Commands of LUNNY that a client runs without a terminal, as in `ssh box analyze scan.dcm`, on the files of its account's area.
//!
//! The command line hands a [`Commands`] to the server, which knows them and what they print. Here is who may run one, and how its
//! output reaches the client.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::ChannelId;
use russh::server::Handle;
use tokio::runtime;

use super::sessions::Seat;
use super::{STANDARD_ERROR, Server};
use crate::model::{Loaded, WeightsError};
use crate::store::AccountId;

/// Longest command line, in bytes.
pub(super) const LONGEST: usize = 4096;

/// Runs commands for clients.
pub trait Commands: Send + Sync {
    /// Runs one and returns its exit status.
    fn run(&self, call: Call<'_>) -> u8;
}

/// A command of a client.
pub struct Call<'a> {
    /// The command line, as the client sent it.
    pub line: &'a str,
    /// The path of the machine for one that the client named. It is always in the account's area.
    pub real: &'a dyn Fn(&Path) -> PathBuf,
    /// The networks that all sessions share, by turns.
    pub networks: &'a dyn Fn() -> Result<Loaded, WeightsError>,
    /// Share of people with lung cancer among those who are scanned, where it is set.
    pub prevalence: Option<f64>,
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
}

/// A command on its way.
pub(super) struct Command {
    pub(super) server: Arc<Server>,
    pub(super) account: AccountId,
    pub(super) line: String,
    pub(super) channel: ChannelId,
    pub(super) handle: Handle,
    /// Counts as a session until the end.
    pub(super) seat: Seat,
}

impl Command {
    /// Runs it, and ends the channel with its exit status. Blocks.
    pub(super) fn run(self, runtime: &runtime::Handle) {
        let server = &self.server;
        let account = Some(self.account);
        let writer = |stream| ToClient {
            command: &self,
            runtime,
            stream,
            line: Vec::new(),
        };
        let (mut out, mut err) = (writer(None), writer(Some(STANDARD_ERROR)));
        let prevalence = server.resources.config().reading.prevalence;
        let status = server.commands.run(Call {
            line: &self.line,
            real: &|named| server.files.real(account, named),
            networks: &|| server.resources.networks(),
            prevalence: prevalence.map(crate::config::Prevalence::share),
            out: &mut out,
            err: &mut err,
        });
        // Errors: the client is gone.
        let _ = out.flush().and_then(|()| err.flush());
        tracing::info!(session = self.seat.number, status, "a command ended");
        let (handle, channel) = (&self.handle, self.channel);
        runtime.block_on(async {
            let _ = handle.exit_status_request(channel, status.into()).await;
            let _ = handle.eof(channel).await;
            let _ = handle.close(channel).await;
        });
    }
}

/// Output of a command, line by line, with paths as the client sees them.
struct ToClient<'a> {
    command: &'a Command,
    runtime: &'a runtime::Handle,
    /// None is standard output.
    stream: Option<u32>,
    line: Vec<u8>,
}

impl ToClient<'_> {
    fn send(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        let line = self.command.server.files.in_words(&line).into_owned();
        let (handle, channel) = (&self.command.handle, self.command.channel);
        let sent = self.runtime.block_on(async {
            match self.stream {
                None => handle.data(channel, line.into_bytes()).await.is_ok(),
                Some(stream) => {
                    let sent = handle
                        .extended_data(channel, stream, line.into_bytes())
                        .await;
                    sent.is_ok()
                }
            }
        });
        match sent {
            true => Ok(()),
            false => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for ToClient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.last() == Some(&b'\n') {
                self.send()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
