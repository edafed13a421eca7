//! A file from outside, open to be read, and how it is named.

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use super::ImagingError;
use crate::sealed::{self, Opened};

/// An open file, or one within an archive.
#[derive(Debug)]
pub(super) struct Source {
    /// Path for people: `scans/1.dcm`, or `scans.zip/1.dcm` within an archive.
    pub path: PathBuf,
    pub file: Opened,
    /// Bytes of the open file.
    pub length: u64,
    /// Name within the archive that the open file is, with slashes.
    pub member: Option<String>,
    /// Distinguishes this file from others, and from itself before a change.
    pub key: String,
}

impl Source {
    /// Opens a file, or the archive that `path` leads into. Never waits on a pipe or device.
    pub(super) fn open(path: &Path) -> Result<Self, ImagingError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Self::within_archive(path, error)
            }
            metadata => Self::whole(path, metadata),
        }
    }

    /// A file in memory, called `name`, for what is not to be written to a disk.
    pub(crate) fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self, ImagingError> {
        let path = PathBuf::from(name);
        let failed = |error| ImagingError::from_io(&path, error);
        let mut file = in_memory().map_err(failed)?;
        let written = file.write_all(bytes).and_then(|()| file.rewind());
        let opened = written.and_then(|()| Opened::plain(file));
        let file = opened.map_err(failed)?;
        Ok(Self {
            key: format!("{} in memory {name}", bytes.len()),
            path,
            file,
            length: bytes.len() as u64,
            member: None,
        })
    }

    fn whole(path: &Path, metadata: io::Result<Metadata>) -> Result<Self, ImagingError> {
        let failed = |error| ImagingError::from_io(path, error);
        // Asked before the file is opened: opening a pipe waits for its other end.
        let metadata = metadata.map_err(failed)?;
        if !metadata.is_file() {
            return Err(ImagingError::NotAFile {
                path: path.to_owned(),
                what: kind(metadata.file_type()).into(),
            });
        }
        let file = sealed::open(path).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            length: file.length(),
            file,
            member: None,
            key: key(path, &metadata),
        })
    }

    /// A path that goes on behind a file names an entry of that file.
    fn within_archive(path: &Path, error: io::Error) -> Result<Self, ImagingError> {
        let archive = path.ancestors().skip(1).find(|part| part.is_file());
        let named = archive.and_then(|archive| {
            let member = path.strip_prefix(archive).ok()?;
            let parts = member.iter().map(|part| part.to_str());
            let parts: Vec<&str> = parts.collect::<Option<_>>()?;
            Some((archive, parts.join("/")))
        });
        let Some((archive, member)) = named else {
            return Err(ImagingError::from_io(path, error));
        };
        let source = Self::whole(archive, fs::metadata(archive))?;
        Ok(Self {
            path: path.to_owned(),
            member: Some(member),
            ..source
        })
    }

    /// The last part of its name, for people.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// An empty file that no folder lists; where the system has none in memory, it takes room on the disk until it is closed.
#[cfg(target_os = "linux")]
fn in_memory() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("lunny", MemfdFlags::CLOEXEC)?.into())
}

#[cfg(not(target_os = "linux"))]
fn in_memory() -> io::Result<File> {
    tempfile::tempfile()
}

/// The path of the open file, with what changes when another file comes in its place.
fn key(path: &Path, metadata: &Metadata) -> String {
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let nanoseconds = modified.unwrap_or_default().as_nanos();
    format!("{} {nanoseconds} {}", metadata.len(), path.display())
}

fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
