//! Atomic writing of files: complete or not at all.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use crate::sealed::{Area, LEAST, Room, Written};

/// Users who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The owner alone, as for everything that shows a patient.
    Owner,
    /// The users whom the umask allows.
    Usual,
}

impl Readers {
    /// Mode of a new file, before the umask.
    fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Usual => 0o666,
        }
    }

    /// Mode of a new folder, before the umask.
    fn folder_mode(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Usual => 0o777,
        }
    }
}

/// Writes a file whole or not at all: under a random name beside `path` first, then renamed. A regular file or a link that is already
/// at `path` is replaced; a folder, a pipe or a device is refused. Creates the folder if it is missing. The file has reached the disk when this returns.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    write_with(path, readers, |file| file.write_all(bytes))
}

/// Where the content of a file is written to.
#[derive(Debug)]
pub struct Out(Kind);

#[derive(Debug)]
enum Kind {
    Plain(BufWriter<File>),
    /// In an area whose files are sealed.
    Sealed(Box<Written>),
}

impl Out {
    fn new(area: Option<&Area>, file: File) -> io::Result<Self> {
        Ok(Self(match area {
            Some(area) => Kind::Sealed(Box::new(area.begin(file)?)),
            None => Kind::Plain(BufWriter::new(file)),
        }))
    }

    /// Waits until all of it has reached the disk.
    fn complete(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Plain(file) => {
                file.flush()?;
                file.get_ref().sync_all()
            }
            Kind::Sealed(file) => {
                file.complete()?;
                file.file().sync_all()
            }
        }
    }

    /// Gives back the room of a file that is not kept.
    fn discard(&mut self) {
        if let Kind::Sealed(file) = &mut self.0 {
            file.discard();
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Plain(file) => file.write(bytes),
            Kind::Sealed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Plain(file) => file.flush(),
            Kind::Sealed(file) => file.flush(),
        }
    }
}

/// As [`write()`], with the bytes that `content` writes. In the area of an account on a server the file is sealed, and takes room
/// of the area.
///
/// # Errors
/// Those of the system and of `content`; [`Full`](crate::sealed::Full) where the area has no room for it.
pub fn write_with<T, E: From<io::Error>>(
    path: &Path,
    readers: Readers,
    content: impl FnOnce(&mut Out) -> Result<T, E>,
) -> Result<T, E> {
    require_replaceable(path)?;
    let area = Area::of(path);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    (DirBuilder::new().recursive(true))
        .mode(readers.folder_mode())
        .create(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial-");
    let (file, partial) = tempfile::Builder::new()
        .prefix(&name)
        .permissions(Permissions::from_mode(readers.file_mode()))
        .tempfile_in(folder)?
        .into_parts();
    let mut out = Out::new(area.as_ref(), file)?;
    let written = content(&mut out).and_then(|answer| {
        out.complete()?;
        let replaced = fs::symlink_metadata(path).map(|found| Room::counted(&found));
        if let Some(area) = &area {
            area.room().take(LEAST).map_err(io::Error::from)?;
        }
        let persisted = partial.persist(path).map_err(|failed| failed.error);
        if let Some(area) = &area {
            area.room().give_back(match &persisted {
                Ok(()) => replaced.unwrap_or_default(),
                Err(_) => LEAST,
            });
        }
        persisted?;
        Ok(answer)
    });
    if written.is_err() {
        out.discard();
    }
    let answer = written?;
    sync_folder(folder)?;
    Ok(answer)
}

/// Checks that there is nothing at `path`, or a regular file or a link. Renaming would replace a pipe or a device, too, if the user
/// may write to its folder.
///
/// # Errors
/// An error that names what is there.
pub fn require_replaceable(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found.file_type(),
        Err(_) => return Ok(()),
    };
    let what = if found.is_file() || found.is_symlink() {
        return Ok(());
    } else if found.is_dir() {
        "a folder is there: choose another name"
    } else {
        "a pipe or a device is there, which is never replaced: choose another name"
    };
    Err(io::Error::new(io::ErrorKind::AlreadyExists, what))
}

/// Waits until the names in a folder have reached the disk. File systems that cannot do that, such as some network
/// ones, are no error.
fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    // A folder may be writable but not readable.
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        Err(error) if !matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_and_a_folder_are_not_replaced_and_a_link_is() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        for path in [&pipe, &inner] {
            let error = write(path, b"bytes", Readers::Owner).unwrap_err();
            assert!(error.to_string().contains("choose another name"), "{error}");
        }
        let target = folder.path().join("target");
        fs::write(&target, "kept").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"bytes", Readers::Owner).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"kept");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_file_that_cannot_be_renamed_leaves_nothing_behind() {
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

    #[test]
    fn what_is_the_owner_s_is_read_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps/slice.png");
        write(&path, b"pixels", Readers::Owner).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("maps")), 0o700);
    }

    #[test]
    fn content_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slice.png");
        write(&path, b"before", Readers::Owner).unwrap();
        let failed = write_with(&path, Readers::Owner, |out| -> io::Result<()> {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_for_everybody_follows_the_umask() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, b"").unwrap();
        let path = folder.path().join("whole");
        write(&path, b"", Readers::Usual).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), mode(&plain));
    }
}
