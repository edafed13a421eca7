//! Atomic writing of files: complete or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The users who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner only: the content comes from a patient's slice.
    Owner,
    /// As the system's umask says.
    Usual,
}

/// Writes a file atomically: under another name beside `path` first, then renamed. An existing file at `path` is replaced.
/// Creates the folder if it is missing.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    write_with(path, readers, |file| file.write_all(bytes))
}

/// As [`write`], with the output of `content`, piece by piece.
pub fn write_with<T, E: From<io::Error>>(
    path: &Path,
    readers: Readers,
    content: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    if let Some(folder) = path.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder.create(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let partial = path.with_file_name(name);
    let fill = || {
        let mut file = BufWriter::new(create(&partial, readers)?);
        let answer = content(&mut file)?;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        fs::rename(&partial, path)?;
        Ok(answer)
    };
    let written = fill();
    if written.is_err() {
        // The error to report is the first one.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// A new, empty file; replaces one left by an earlier process with the same number.
fn create(path: &Path, readers: Readers) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_put_in_place_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let occupied = folder.path().join("weights");
        fs::create_dir_all(occupied.join("inside")).unwrap();
        assert!(write(&occupied, b"bytes", Readers::Usual).is_err());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1);

        let path = folder.path().join("new/folder/weights");
        write(&path, b"first", Readers::Usual).unwrap();
        write(&path, b"second", Readers::Usual).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_for_its_owner_is_readable_by_no_other_user() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps/slice.png");
        write(&path, b"pixels", Readers::Owner).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("maps")), 0o700);
    }
}
