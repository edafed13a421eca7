//! What went wrong, for whoever looks after the machine: `lunny.log` in LUNNY's folder. It never holds
//! names, passwords or anything else of a patient.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// A log that has grown beyond this is set aside, over the one before it.
const LARGEST: u64 = 1 << 20;

/// Starts to write the log. `LUNNY_LOG` says how much, in the form of `tracing`'s filters; warnings
/// otherwise. An error is a sentence; the program works without a log.
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
            "No log is kept: {} cannot be written ({error}).",
            path.display()
        )
    })?;
    let filter = EnvFilter::try_from_env("LUNNY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber in one process changes nothing: the first one goes on.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
