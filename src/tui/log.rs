//! Log of errors for the administrator of the computer: `lunny.log` in LUNNY's folder. It never holds names, passwords
//! or other patient data.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Size in bytes above which the log is renamed, replacing the older one.
const LARGEST: u64 = 1 << 20;

/// Opens the log. `LUNNY_LOG` sets its level, in the form of `tracing`'s filters; the default is warnings. The error is
/// a sentence; the program works without a log.
pub fn open(home: &Path) -> Result<(), String> {
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
    let file = opened().map_err(|error| {
        format!(
            "No log is written: {} cannot be opened ({error}).",
            path.display()
        )
    })?;
    let filter = EnvFilter::try_from_env("LUNNY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber in one process has no effect: the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
