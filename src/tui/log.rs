//! Log of errors for the administrator of the computer: `lunny.log` in LUNNY's folder. It never holds names, passwords
//! or other patient data.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Size in bytes above which the log is renamed, replacing the older one.
const LARGEST: u64 = 1 << 20;

/// The log file cannot be opened. The program works without a log.
#[derive(Debug, thiserror::Error)]
#[error("no log is written: {} cannot be opened ({source}); give this user the right to write there", path.display())]
pub struct LogError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// A log that is replaced when it is large; the one before is kept beside it.
struct Rotating {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Rotating {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)?;
        let bytes = file.metadata()?.len();
        let mut log = Self { path, file, bytes };
        log.rotate()?;
        Ok(log)
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.bytes <= LARGEST {
            return Ok(());
        }
        let mut older = self.path.clone();
        older.set_extension("log.old");
        fs::rename(&self.path, older)?;
        *self = Self::open(self.path.clone())?;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Where the older log cannot be replaced, the present one grows.
        let _ = self.rotate();
        let count = self.file.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Opens the log. `LUNNY_LOG` sets its level, in the form of `tracing`'s filters; the default is `level`.
///
/// # Errors
/// [`LogError`] if the file cannot be opened.
pub fn open(home: &Path, level: &str) -> Result<(), LogError> {
    let path = home.join("lunny.log");
    let opened = || -> io::Result<Rotating> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(home)?;
        Rotating::open(path.clone())
    };
    let file = opened().map_err(|source| LogError { path, source })?;
    let filter = EnvFilter::try_from_env("LUNNY_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    // A second subscriber in one process has no effect: the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_log_begins_anew_and_the_one_before_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lunny.log");
        let mut log = Rotating::open(path.clone()).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..1500 {
            log.write_all(&line).unwrap();
        }
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size("lunny.log.old") > LARGEST);
        assert!(size("lunny.log") < LARGEST / 2);
        // The next start continues where this one ended.
        let before = size("lunny.log");
        Rotating::open(path).unwrap().write_all(b"more").unwrap();
        assert_eq!(size("lunny.log"), before + 4);
    }
}
