//! Commands of LUNNY that a client runs without a terminal, as in `ssh box analyze scan.dcm`, with the rights of its account and on
//! the files of its area.
//!
//! The command line hands a [`Commands`] to the server, which knows them and what they print. Here is who may run one, and how its
//! output reaches the client.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;
use tokio::runtime;
use tokio::sync::{mpsc, watch};

use super::account::SignedIn;
use super::panics;
use super::sessions::Seat;
use super::{STANDARD_ERROR, Server};
use crate::cancel::{Cancel, Owner};
use crate::config::Config;
use crate::model::{Loaded, WeightsError};
use crate::store::{Access, Account, AccountId, Store};
use crate::tui::files::{Files, OUTBOX};
use crate::tui::session::Request;

/// Longest command line, in bytes.
pub(super) const LONGEST: usize = 4096;

/// Longest time for which a client may leave a line of output unread.
const PATIENCE: Duration = Duration::from_secs(120);

/// Exit status after a fault of the program.
const FAULT: u8 = 1;

/// Runs commands for clients.
pub trait Commands: Send + Sync {
    /// Runs one and returns its exit status.
    fn run(&self, call: Call<'_>) -> u8;
}

/// A command of a client.
pub struct Call<'a> {
    /// The command line, as the client sent it.
    pub line: &'a str,
    pub config: &'a Config,
    pub store: &'a Store,
    pub access: &'a Access,
    pub account: &'a Account,
    /// The path of the machine for one that the client named. It is always in the account's area.
    pub real: &'a dyn Fn(&Path) -> PathBuf,
    /// The same for a copy that is written: below the outbox, where relative paths begin. None elsewhere.
    pub target: &'a dyn Fn(&Path) -> Option<PathBuf>,
    /// The networks that all sessions share, by turns.
    pub networks: &'a dyn Fn() -> Result<Loaded, WeightsError>,
    /// Set once the client is gone.
    pub cancel: &'a Cancel,
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
}

/// A command on its way.
pub(super) struct Command {
    pub(super) server: Arc<Server>,
    pub(super) signed_in: Arc<SignedIn>,
    pub(super) account: Account,
    pub(super) line: String,
    pub(super) channel: ChannelId,
    pub(super) handle: Handle,
    pub(super) cancel: Cancel,
    /// Counts as a session until the end.
    pub(super) seat: Seat,
}

impl Command {
    /// Runs it, and ends the channel with its exit status. Blocks.
    pub(super) fn run(self, runtime: &runtime::Handle) {
        let account = self.account.id;
        let _who = panics::this_thread_works_for(Arc::new(move || Some(account)));
        let writer = |stream| ToClient {
            command: &self,
            runtime,
            stream,
            line: Vec::new(),
        };
        let (mut out, mut err) = (writer(None), writer(Some(STANDARD_ERROR)));
        let answered = catch_unwind(AssertUnwindSafe(|| self.answer(&mut out, &mut err)));
        let status = answered.unwrap_or_else(|_| {
            // The log has the place. Half a line may be left.
            out.line.clear();
            let _ = writeln!(
                err,
                "lunny: a fault of LUNNY ended this command: tell the administrator"
            );
            FAULT
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

    fn answer(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        let server = &self.server;
        let account = self.account.id;
        let (store, access) = self.signed_in.records();
        server.commands.run(Call {
            line: &self.line,
            config: server.resources.config(),
            store,
            access,
            account: &self.account,
            real: &|named| server.files.real(Some(account), named),
            target: &|named| in_outbox(&server.files, account, named),
            networks: &|| server.resources.networks(),
            cancel: &self.cancel,
            out,
            err,
        })
    }
}

/// The path on the machine for a copy of an account: below its outbox, where relative paths begin. None elsewhere.
fn in_outbox(files: &Files, account: AccountId, named: &Path) -> Option<PathBuf> {
    let outbox = files.real(Some(account), Path::new(OUTBOX));
    let real = files.real(Some(account), &Path::new("/").join(OUTBOX).join(named));
    real.starts_with(&outbox).then_some(real)
}

/// Stops a command once its server ends, or after the longest time of a session. Its channel stops it, too.
pub(super) async fn stop_in_time(
    mut asked: mpsc::Receiver<Request>,
    mut over: watch::Receiver<()>,
    longest: Duration,
    cancel: Cancel,
) {
    let asked_to_leave = async {
        loop {
            match asked.recv().await {
                // The command ended.
                None => return false,
                Some(Request::Leave(_)) => return true,
                Some(_) => {}
            }
        }
    };
    let stops = tokio::select! {
        stops = asked_to_leave => stops,
        // The sender is only dropped.
        _ = over.changed() => true,
        () = tokio::time::sleep(longest) => true,
    };
    if stops {
        cancel.cancel();
    }
}

/// A flag for a command, and its owner, which stops the command when it is dropped.
pub(super) fn stop() -> (Cancel, Owner) {
    let owner = Owner::default();
    (owner.flag(), owner)
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
        if self.command.cancel.is_cancelled() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let line = String::from_utf8_lossy(&line);
        let line = self.command.server.files.in_words(&line).into_owned();
        let (handle, channel) = (&self.command.handle, self.command.channel);
        let sent = self.runtime.block_on(tokio::time::timeout(PATIENCE, async {
            match self.stream {
                None => handle.data(channel, line.into_bytes()).await.is_ok(),
                Some(stream) => {
                    let sent = handle
                        .extended_data(channel, stream, line.into_bytes())
                        .await;
                    sent.is_ok()
                }
            }
        }));
        match sent {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => {
                self.command.cancel.cancel();
                Err(io::ErrorKind::BrokenPipe.into())
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_written_below_the_outbox_of_the_account() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let files = Files::Areas(root.clone());
        let ada = AccountId(7);
        files.prepare(ada).unwrap();
        files.prepare(AccountId(8)).unwrap();
        std::os::unix::fs::symlink(root.join("8/outbox"), root.join("7/outbox/link")).unwrap();
        for (named, real) in [
            (".", Some("7/outbox")),
            ("a.pdf", Some("7/outbox/a.pdf")),
            ("new/a.pdf", Some("7/outbox/new/a.pdf")),
            ("/outbox/a.pdf", Some("7/outbox/a.pdf")),
            ("/inbox/../outbox/a.pdf", Some("7/outbox/a.pdf")),
            ("/inbox/a.pdf", None),
            ("/", None),
            ("../inbox/a.pdf", None),
            ("../../8/outbox/a.pdf", None),
            ("/etc/passwd", None),
            ("/outboxes/a.pdf", None),
            ("link/a.pdf", None),
        ] {
            let found = in_outbox(&files, ada, Path::new(named));
            assert_eq!(found, real.map(|real| root.join(real)), "{named}");
        }
    }

    #[tokio::test]
    async fn a_command_ends_with_its_time_its_connection_and_its_server() {
        let long = Duration::from_secs(3600);
        let began = |longest| {
            let (sender, asked) = mpsc::channel(4);
            let (connection, over) = watch::channel(());
            let cancel = Cancel::default();
            let waits = stop_in_time(asked, over, longest, cancel.clone());
            (tokio::spawn(waits), sender, connection, cancel)
        };
        let (stopped, _asks, _connection, cancel) = began(Duration::from_millis(10));
        stopped.await.unwrap();
        assert!(cancel.is_cancelled());
        let (stopped, _asks, connection, cancel) = began(long);
        drop(connection);
        stopped.await.unwrap();
        assert!(cancel.is_cancelled());
        let (stopped, asks, _connection, cancel) = began(long);
        asks.send(Request::Tell("soon".to_owned())).await.unwrap();
        asks.send(Request::Leave(15)).await.unwrap();
        stopped.await.unwrap();
        assert!(cancel.is_cancelled());
        let (stopped, asks, _connection, cancel) = began(long);
        drop(asks);
        stopped.await.unwrap();
        assert!(!cancel.is_cancelled(), "it ended by itself");
    }
}
