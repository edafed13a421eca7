//! Files that a killed backup, restore or change of key left behind. They hold encrypted records or a key, and take space.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, test_kill_process};

use super::examination::Check;
use crate::store::audit::Action;
use crate::store::encryption::lock::Turn;
use crate::store::maintenance::restoring;
use crate::store::{FILE_NAME, Owner, Store, StoreError, home};

/// Suffixes of the files that SQLite keeps beside a database.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// The part of a name before the number of the process that writes the file.
const PARTIAL: &str = ".partial-";

/// Files and folders in `home` that a killed process left. A backup that is being written there belongs to a running process and is
/// not among them.
pub(in crate::store) fn in_home(home: &Path) -> Vec<PathBuf> {
    let mut found = partial_files(home, |name| name.starts_with("lunny."));
    found.extend(partial_backups(home));
    let next = home::next_database(&home.join(FILE_NAME));
    found.extend(
        BESIDE
            .iter()
            .map(|suffix| crate::store::cipher::beside(&next, suffix))
            .filter(|path| fs::symlink_metadata(path).is_ok()),
    );
    let unpacked = home.join(restoring::FOLDER);
    if unpacked.is_dir() && !is_in_use(&unpacked) {
        found.push(unpacked);
    }
    found.sort();
    found.dedup();
    found
}

/// Incomplete backups in `folder`, of processes that have ended.
pub fn partial_backups(folder: &Path) -> Vec<PathBuf> {
    partial_files(folder, |_| true)
}

/// Files in `folder` named `NAME.partial-NUMBER` by a process that has ended, if `is_ours` accepts the name.
fn partial_files(folder: &Path, is_ours: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        is_file && is_ours(&name) && process_of(&name).is_some_and(|process| !runs(process))
    });
    let mut found: Vec<PathBuf> = names.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Number of the process that writes a file of this name.
fn process_of(name: &str) -> Option<i32> {
    let (_, end) = name.rsplit_once(PARTIAL)?;
    let digits = BESIDE
        .iter()
        .filter(|suffix| !suffix.is_empty())
        .find_map(|suffix| end.strip_suffix(suffix))
        .unwrap_or(end);
    // A sign is no part of a number here.
    match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => digits.parse().ok(),
        false => None,
    }
}

/// True if a process with this number exists, of any program and user.
fn runs(process: i32) -> bool {
    let is_own = u32::try_from(process) == Ok(std::process::id());
    let exists = Pid::from_raw(process).map(test_kill_process);
    is_own || !matches!(exists, None | Some(Err(rustix::io::Errno::SRCH)))
}

/// True if a process has the database in `folder` open.
fn is_in_use(folder: &Path) -> bool {
    let Ok(lock) = fs::File::open(folder.join(crate::store::encryption::lock::NAME)) else {
        return false;
    };
    flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err()
}

/// The check of the doctor.
pub(super) fn check(home: &Path) -> Check {
    let name = "leftovers";
    let found = in_home(home);
    if found.is_empty() {
        return Check::ok(name, "none");
    }
    let shown: Vec<String> = (found.iter())
        .map(|path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    Check::warning(
        name,
        format!(
            "left by a backup, restore or change of key that was killed: {}",
            shown.join(", ")
        ),
        "run lunny doctor --repair as an owner, which removes them",
    )
}

impl Store {
    /// Removes what killed backups, restores and changes of key left in the home, and incomplete backups in `backups`. Returns the
    /// paths.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] when the right was withdrawn; [`StoreError::NotAlone`] when another process, or another clone of
    /// this store, has the database open: it may be writing such a file.
    pub fn remove_leftovers(
        self,
        owner: &Owner,
        backups: Option<&Path>,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let (home, file) = (self.home().to_path_buf(), self.file().to_path_buf());
        if Arc::strong_count(&self.shared) > 1 {
            return Err(StoreError::NotAlone { file });
        }
        let turn = Turn::take(&home)?;
        self.shared.presence()?.alone(&home, &turn)?;
        self.log_maintenance(owner, Action::RemoveLeftovers)?;
        let mut found = in_home(&home);
        found.extend(backups.map(partial_backups).unwrap_or_default());
        for path in &found {
            remove(path).map_err(|source| StoreError::home(path, source))?;
        }
        Ok(found)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_of_a_file_is_the_number_in_its_name() {
        assert_eq!(process_of("monday.backup.partial-123"), Some(123));
        assert_eq!(process_of("monday.backup.partial-123-journal"), Some(123));
        assert_eq!(process_of("lunny.key.next.partial-7"), Some(7));
        for other in [
            "monday.backup",
            "a.partial-",
            "a.partial-x1",
            "a.partial-1.txt",
            "a.partial--1",
            "a.partial-+1",
            "a.partial-99999999999",
        ] {
            assert_eq!(process_of(other), None, "{other}");
        }
    }

    #[test]
    fn files_of_a_running_process_stay() {
        let folder = tempfile::tempdir().unwrap();
        let own = format!("a.partial-{}", std::process::id());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let dead = format!("b.partial-{}", child.id());
        for name in [&own, &dead, "c.partial-text"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(partial_backups(folder.path()), [folder.path().join(dead)]);
    }
}
