//! Log of errors for the administrator of the computer: `lunny.log` in LUNNY's folder. It never holds names, passwords
//! or other patient data.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Size in bytes above which the log is renamed, replacing the older one.
const LARGEST: u64 = 1 << 20;

/// The log file cannot be opened. The program works without a log.
#[derive(Debug, thiserror::Error)]
#[error("no log is written: {} cannot be opened ({source}); give this user the right to write there", path.display())]
pub(super) struct LogError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// Opens the log. `LUNNY_LOG` sets its level, in the form of `tracing`'s filters; the default is warnings.
///
/// # Errors
/// [`LogError`] if the file cannot be opened.
pub(super) fn open(home: &Path) -> Result<(), LogError> {
    let path = home.join("lunny.log");
    let opened = || -> io::Result<fs::File> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(home)?;
        if fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST) {
            fs::rename(&path, home.join("lunny.log.old"))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
    };
    let file = opened().map_err(|source| LogError { path, source })?;
    let filter = EnvFilter::try_from_env("LUNNY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber in one process has no effect: the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
