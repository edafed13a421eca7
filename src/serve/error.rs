//! Reasons why the server does not start or stops.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::StoreError;
use crate::tui::keymap::own::KeysError;
use crate::tui::log::LogError;
use crate::tui::theme::ThemeError;

/// Reason why the server does not start or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{} cannot be used for the server ({source}); give this user the right to write there", path.display())]
    Home { path: PathBuf, source: io::Error },
    #[error("the host key {} cannot be read ({reason}); restore it, or remove it and tell your users that the key changes", path.display())]
    HostKey { path: PathBuf, reason: String },
    #[error("the host key {} can be read by other users; run chmod 600 on it, or remove it if it may have been copied", .0.display())]
    HostKeyOpen(PathBuf),
    #[error("no host key could be made: {0}; start the server again")]
    NoRandomness(getrandom::Error),
    #[error(
        "the server cannot listen on {address} ({source}); choose another address or port with --listen"
    )]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("another server already runs in {}; stop it first, or choose another home with --home", .0.display())]
    Running(PathBuf),
    #[error("the server could not start its threads: {0}")]
    Threads(io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(transparent)]
    Theme(#[from] ThemeError),
    #[error(transparent)]
    Log(#[from] LogError),
}
