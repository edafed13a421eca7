//! The file `lunny.key`: the key itself, or a word that says that the key is derived from a passphrase.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{DatabaseKey, KEY_BYTES};
use crate::store::error::StoreError;

/// The name of the key file inside the home.
pub const KEY_FILE_NAME: &str = "lunny.key";

/// The file of the new key during a rotation.
const NEXT_KEY_FILE_NAME: &str = "lunny.key.next";

/// Content of the file instead of digits if the key is derived from a passphrase.
const PASSPHRASE_WORD: &str = "passphrase";

const MODE: u32 = 0o600;

/// Content of a key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum KeyFile {
    Key(DatabaseKey),
    Passphrase,
}

pub(in crate::store) fn path_in(home: &Path) -> PathBuf {
    home.join(KEY_FILE_NAME)
}

pub(in crate::store) fn next_path_in(home: &Path) -> PathBuf {
    home.join(NEXT_KEY_FILE_NAME)
}

/// Reads a key file; none if it does not exist.
///
/// # Errors
/// If it belongs to another user, if others may read it, or if it contains no key.
pub(in crate::store) fn read(path: &Path) -> Result<Option<KeyFile>, StoreError> {
    let file = path.to_path_buf();
    let unreadable = |source| StoreError::KeyFileUnusable {
        file: file.clone(),
        source,
    };
    // Reading from a pipe of that name would wait forever.
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Err(StoreError::KeyFileDamaged { file }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let own = rustix::process::geteuid().as_raw();
    if metadata.uid() != own && metadata.uid() != 0 {
        return Err(StoreError::KeyFileOfAnother { file });
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::KeyFileExposed { file });
    }
    // One byte more than a valid file has, and never grown, so that no unwiped copy stays behind.
    let mut bytes = Zeroizing::new([0; 2 * KEY_BYTES + 3]);
    let mut length = 0;
    let mut opened = File::open(path).map_err(unreadable)?;
    while length < bytes.len() {
        match opened.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
    let line = text.strip_suffix('\n').unwrap_or(text);
    match line.strip_suffix('\r').unwrap_or(line) {
        PASSPHRASE_WORD => Ok(Some(KeyFile::Passphrase)),
        digits => match DatabaseKey::from_hexadecimal(digits) {
            Some(key) => Ok(Some(KeyFile::Key(key))),
            None => Err(StoreError::KeyFileDamaged { file }),
        },
    }
}

/// Creates the key file atomically, readable by its owner only, under any umask. If another process has created one in the
/// meantime, that one stays and is returned.
pub(in crate::store) fn create(path: &Path, content: &KeyFile) -> Result<KeyFile, StoreError> {
    let linked = write_beside(path, content, |aside| match fs::hard_link(aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        linked => linked.map(|()| true),
    })?;
    match linked {
        true => Ok(content.clone()),
        false => read(path)?.ok_or_else(|| StoreError::KeyFileDamaged {
            file: path.to_path_buf(),
        }),
    }
}

/// Replaces the key file atomically.
pub(in crate::store) fn replace(path: &Path, content: &KeyFile) -> Result<(), StoreError> {
    write_beside(path, content, |aside| fs::rename(aside, path))
}

/// Writes the content into a file beside `path`, calls `publish` to give it its name, and syncs both to disk.
fn write_beside<T>(
    path: &Path,
    content: &KeyFile,
    publish: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let aside = PathBuf::from(name);
    let written = fill(&aside, content).and_then(|()| publish(&aside));
    // Already moved if it was renamed; the answer above is what counts.
    let _ = fs::remove_file(&aside);
    let written = written.and_then(|answer| {
        sync_folder_of(path)?;
        Ok(answer)
    });
    written.map_err(|source| StoreError::key_file(path, source))
}

fn fill(aside: &Path, content: &KeyFile) -> io::Result<()> {
    match fs::remove_file(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(aside)?;
    file.set_permissions(Permissions::from_mode(MODE))?;
    match content {
        KeyFile::Key(key) => file.write_all(key.hexadecimal().as_bytes())?,
        KeyFile::Passphrase => file.write_all(PASSPHRASE_WORD.as_bytes())?,
    }
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes a change of names in the folder of `path` survive a power cut.
pub(in crate::store) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_process_to_create_the_key_gets_the_first_one() {
        let home = tempfile::tempdir().unwrap();
        let path = path_in(home.path());
        assert!(read(&path).unwrap().is_none());
        let first = create(&path, &KeyFile::Key(DatabaseKey::fresh().unwrap())).unwrap();
        let second = create(&path, &KeyFile::Key(DatabaseKey::fresh().unwrap())).unwrap();
        assert_eq!(first, second);
        assert_eq!(read(&path).unwrap().unwrap(), second);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read(&path).unwrap().len(), 65);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn invalid_key_files_and_files_readable_by_others_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = path_in(home.path());
        for content in [
            "",
            "ab\n",
            &"0".repeat(63),
            &"0".repeat(66),
            &"x".repeat(64),
            "\u{fffd}",
        ] {
            let _ = fs::remove_file(&path);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            let refused = read(&path).unwrap_err();
            assert!(
                matches!(refused, StoreError::KeyFileDamaged { .. }),
                "{content:?}"
            );
        }
        for (content, mode) in [("0".repeat(64), 0o640), ("0".repeat(64), 0o604)] {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(matches!(
                read(&path),
                Err(StoreError::KeyFileExposed { .. })
            ));
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(matches!(read(&path), Ok(Some(KeyFile::Key(_)))));
        replace(&path, &KeyFile::Passphrase).unwrap();
        assert_eq!(read(&path).unwrap(), Some(KeyFile::Passphrase));
    }
}
