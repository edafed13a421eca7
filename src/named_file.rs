//! Reading files that a user named: never a pipe or a device, which may block a reader or never end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file for reading. Never blocks.
///
/// # Errors
/// Errors of the system; an error if it is a folder, a pipe or a device.
pub fn open(path: &Path) -> io::Result<File> {
    // Checked before opening, because opening a pipe waits for its other end.
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return File::open(path);
    }
    let what = if metadata.is_dir() {
        "it is a folder"
    } else {
        "it is a pipe or a device, not a file"
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// The text of a regular file of at most `most` bytes.
///
/// # Errors
/// Those of [`open`]; an error if the file is larger, or not UTF-8.
pub fn text(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    let read = open(path)?.take(most + 1).read_to_string(&mut text);
    // A cut within a letter would be reported as another error.
    if text.len() as u64 > most || fs::metadata(path)?.len() > most {
        let reason = format!("it is larger than {} kB", most >> 10);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    read.map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "ä".repeat(512)).unwrap();
        assert_eq!(text(&path, 1024).unwrap().len(), 1024);
        let error = text(&path, 1023).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        fs::write(&path, [0xff]).unwrap();
        let error = text(&path, 1024).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let error = text(&folder.path().join("absent"), 1024).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_a_device_and_a_folder_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            let error = open(path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path:?}");
            assert!(text(path, 10).is_err());
        }
    }
}
