//! The file `lunny.key`: the key itself, or the word that says that a passphrase is the key.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{DatabaseKey, KEY_BYTES};
use crate::store::error::StoreError;

/// The name of the key file inside the home.
pub const KEY_FILE_NAME: &str = "lunny.key";

/// The key that a rotation is about to bring in.
const NEXT_KEY_FILE_NAME: &str = "lunny.key.next";

/// What the file holds in place of digits where a passphrase is the key.
const PASSPHRASE_WORD: &str = "passphrase";

const MODE: u32 = 0o600;

/// What a key file says.
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

/// Reads a key file; nothing where there is none.
///
/// # Errors
/// When others may read it, or it holds no key.
pub(in crate::store) fn read(path: &Path) -> Result<Option<KeyFile>, StoreError> {
    let file = path.to_path_buf();
    let unreadable = |source| StoreError::KeyFileUnusable {
        file: file.clone(),
        source,
    };
    // A pipe of that name would be waited on for ever.
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Err(StoreError::KeyFileDamaged { file }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::KeyFileExposed { file });
    }
    // One byte more than there can be, and never grown, so that no copy stays behind unwiped.
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

/// Makes the key file, whole and for its owner alone under any umask. Where another process made one in the
/// meantime, that one stays and is the answer.
pub(in crate::store) fn create(path: &Path, content: &KeyFile) -> Result<KeyFile, StoreError> {
    let linked = write_aside(path, content, |aside| match fs::hard_link(aside, path) {
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

/// Writes the key file whole, in place of the one that is there.
pub(in crate::store) fn replace(path: &Path, content: &KeyFile) -> Result<(), StoreError> {
    write_aside(path, content, |aside| fs::rename(aside, path))
}

/// Writes the content into a file beside `path`, lets `publish` give it its name, and makes both last.
fn write_aside<T>(
    path: &Path,
    content: &KeyFile,
    publish: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let aside = PathBuf::from(name);
    let written = fill(&aside, content).and_then(|()| publish(&aside));
    // Gone already where it was renamed; what counts is the answer above.
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

/// Makes a name that was given or taken away in the folder of `path` outlast a power cut.
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
    fn whoever_makes_the_key_second_gets_the_first_ones() {
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
    fn what_is_no_key_and_what_others_may_read_is_refused() {
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
