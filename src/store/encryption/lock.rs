//! Locks that show which processes have a home's database open or are opening it.
//!
//! SQLite's own locks say who reads and who writes. They do not say whether another process is about to open a file that is being
//! replaced, as happens when a database is encrypted, gets a new key or is restored.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::store::error::StoreError;
use crate::store::home::FILE_NAME;

/// Every process that has the database open holds a shared lock on this file.
pub(in crate::store) const NAME: &str = "lunny.lock";

/// Time for which opening waits for another process that is opening, encrypting or restoring.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The right to open the database of a home, or to replace it, one process at a time. Ends when dropped.
#[derive(Debug)]
pub(in crate::store) struct Turn {
    _folder: File,
}

/// A shared lock that shows that this process has the database open. Ends when dropped.
#[derive(Debug)]
pub(in crate::store) struct Presence {
    file: File,
}

impl Turn {
    /// Waits until this process holds the right. The home must exist.
    pub(in crate::store) fn take(home: &Path) -> Result<Self, StoreError> {
        let folder = File::open(home).map_err(|source| StoreError::home(home, source))?;
        let started = Instant::now();
        loop {
            match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _folder: folder }),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if started.elapsed() < TIMEOUT => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(Errno::WOULDBLOCK) => {
                    return Err(StoreError::Busy {
                        file: home.join(FILE_NAME),
                    });
                }
                Err(error) => return Err(StoreError::home(home, error.into())),
            }
        }
    }

    /// Registers that this process has the database open, as others may too. Within a turn it waits for no other process.
    pub(in crate::store) fn enter(&self, home: &Path) -> Result<Presence, StoreError> {
        self.lock(home, FlockOperation::NonBlockingLockShared)
    }

    /// Checks that no process has the database open, for as long as the answer and the turn live.
    ///
    /// # Errors
    /// [`StoreError::NotAlone`] when one has.
    pub(in crate::store) fn alone(&self, home: &Path) -> Result<Presence, StoreError> {
        self.lock(home, FlockOperation::NonBlockingLockExclusive)
    }

    fn lock(&self, home: &Path, operation: FlockOperation) -> Result<Presence, StoreError> {
        let unusable = |source| StoreError::home(home, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        let path = home.join(NAME);
        let file = options.open(&path).map_err(unusable)?;
        let mode = file.metadata().map_err(unusable)?.permissions().mode();
        if mode & 0o777 != 0o600 {
            file.set_permissions(Permissions::from_mode(0o600))
                .map_err(unusable)?;
        }
        match flock(&file, operation) {
            Ok(()) => Ok(Presence { file }),
            Err(Errno::WOULDBLOCK) => Err(StoreError::NotAlone {
                file: home.join(FILE_NAME),
            }),
            Err(error) => Err(unusable(error.into())),
        }
    }
}

impl Presence {
    /// Goes back to the shared lock.
    pub(in crate::store) fn share(&self) -> Result<(), Errno> {
        flock(&self.file, FlockOperation::NonBlockingLockShared)
    }

    /// Checks that no other process has the database open, for as long as the turn lives.
    ///
    /// # Errors
    /// [`StoreError::NotAlone`] when one has; the shared lock is then kept.
    pub(in crate::store) fn alone(&self, home: &Path, _turn: &Turn) -> Result<(), StoreError> {
        if flock(&self.file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(());
        }
        // The failed change may have lost the shared lock. No other process could take an exclusive one meanwhile.
        self.share()
            .map_err(|error| StoreError::home(home, error.into()))?;
        Err(StoreError::NotAlone {
            file: home.join(FILE_NAME),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sole_process_may_replace_the_database() {
        let home = tempfile::tempdir().unwrap();
        let turn = Turn::take(home.path()).unwrap();
        let first = turn.enter(home.path()).unwrap();
        let second = turn.enter(home.path()).unwrap();
        drop(first);
        let refused = turn.alone(home.path()).unwrap_err();
        assert!(matches!(refused, StoreError::NotAlone { .. }));
        drop(second);
        let alone = turn.alone(home.path()).unwrap();
        assert!(turn.enter(home.path()).is_err());
        alone.share().unwrap();
        let guest = turn.enter(home.path()).unwrap();
        assert!(alone.alone(home.path(), &turn).is_err());
        assert!(turn.alone(home.path()).is_err(), "it has stayed");
        drop(guest);
        alone.alone(home.path(), &turn).unwrap();
        alone.share().unwrap();
        assert!(turn.enter(home.path()).is_ok());
    }
}
