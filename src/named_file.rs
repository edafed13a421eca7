//! Reading files that a user named: never a pipe or a device, which may block a reader or never end.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::sealed::{self, Opened};

/// Opens a regular file for reading. Never blocks.
///
/// # Errors
/// Errors of the system; an error if it is a folder, a pipe or a device; those of [`sealed::open`].
pub fn open(path: &Path) -> io::Result<Opened> {
    // Checked before opening, because opening a pipe waits for its other end.
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return sealed::open(path);
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
    let opened = open(path)?;
    let length = opened.length();
    let read = opened.take(most + 1).read_to_string(&mut text);
    // A cut within a letter would be reported as another error.
    if text.len() as u64 > most || length > most {
        let reason = format!("it is larger than {} kB", most >> 10);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    read.map(|_| text)
}

/// As [`text`], for a file that decides what the program does: settings, a theme. Only the user of this process and the system's
/// administrator may be able to write to it.
///
/// # Errors
/// Those of [`text`]; an error with the remedy if the file belongs to another user or others can write to it.
pub fn trusted_text(path: &Path, most: u64) -> io::Result<String> {
    let metadata = open(path)?.file().metadata()?;
    let own = rustix::process::geteuid().as_raw();
    let refuse = |reason: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    if metadata.uid() != own && metadata.uid() != 0 {
        return refuse(format!(
            "it belongs to another user (uid {}), who could change it: copy it to a file of your own, or run chown on it",
            metadata.uid()
        ));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return refuse(format!(
            "other users can write to it (mode {mode:04o}): check its content and run chmod go-w on it"
        ));
    }
    text(path, most)
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
    fn a_file_that_others_can_write_to_or_own_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "theme = 'paper'").unwrap();
        for (mode, is_trusted) in [(0o644, true), (0o600, true), (0o664, false), (0o646, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = trusted_text(&path, 1024);
            assert_eq!(read.is_ok(), is_trusted, "{mode:o}");
            if let Err(error) = read {
                let said = error.to_string();
                assert!(said.contains("chmod go-w"), "{said}");
            }
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        // Only root can give a file to another user.
        if std::os::unix::fs::chown(&path, Some(61_001), None).is_ok() {
            let said = trusted_text(&path, 1024).unwrap_err().to_string();
            assert!(said.contains("uid 61001"), "{said}");
        }
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
