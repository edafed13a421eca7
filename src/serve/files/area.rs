//! The files of one account on the server, as paths that begin at `/`: looking, reading, writing, within a size.
//!
//! Files arrive below the inbox; what is below the outbox can be read and removed. No link is followed, and none is made. All
//! files are sealed ([`crate::sealed`]); clients see their content and its size.

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use crate::clinical::text::is_unprintable;
use crate::sealed::{self, Busy, Fault, Full, Held, LEAST, Opened, Room, Written};
use crate::store::AccountId;
use crate::tui::files::{Files, INBOX};

/// Maximum length of a name in bytes: that of file systems.
const LONGEST_NAME: usize = 255;

/// Maximum number of folders within one another.
const DEEPEST: usize = 32;

/// Reason why something is not done with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is no such file")]
    NotFound,
    #[error("the name is too long, or has characters that no screen shows")]
    Name,
    #[error("files are sent to /inbox; this folder is for reading")]
    NotInbox,
    #[error("this folder stays")]
    Fixed,
    #[error("there is a file of that name")]
    Exists,
    #[error("LUNNY keeps files and folders only")]
    Kind,
    #[error("the file is open: close it first")]
    InUse,
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Full(#[from] Full),
    #[error("the disk of the server is full: tell its administrator")]
    NoSpace,
    #[error("{0}")]
    Sealed(Fault),
    #[error("{0}")]
    Failed(io::ErrorKind),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        // A link where none may be followed.
        if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
            return Self::Kind;
        }
        let inner = error.get_ref();
        if let Some(full) = inner.and_then(|inner| inner.downcast_ref::<Full>()) {
            return Self::Full(*full);
        }
        if let Some(fault) = Fault::of(&error) {
            return Self::Sealed(fault);
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            // Without the path, which is one of the server.
            kind => Self::Failed(kind),
        }
    }
}

/// Area of one account.
#[derive(Debug, Clone)]
pub(super) struct Area {
    files: Files,
    account: AccountId,
    sealed: sealed::Area,
}

/// A file that is open.
#[derive(Debug)]
pub(super) struct OpenFile {
    content: Content,
    _held: Held,
}

#[derive(Debug)]
enum Content {
    Read(Opened),
    Write(Box<Written>),
}

/// A folder that is read part by part: it may have a million entries.
#[derive(Debug)]
pub(super) struct Folder(fs::ReadDir);

/// Way in which a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    /// Its parts are replaced; it is created where it is missing.
    Write {
        truncate: bool,
        exclusive: bool,
    },
}

/// Something in a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) facts: Facts,
}

/// Facts of a file or folder that clients see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// Bytes of content.
    pub(super) length: u64,
    pub(super) mode: u32,
    /// Seconds since 1970.
    pub(super) modified: i64,
}

impl Area {
    /// The area of `account`, whose folders are made if they are missing. Counts the size of its files now and then.
    pub(super) fn open(files: &Files, account: AccountId) -> io::Result<Self> {
        files.prepare(account)?;
        let root = files.real(Some(account), Path::new("/"));
        let sealed = sealed::Area::of(&root).ok_or(io::ErrorKind::NotFound)?;
        sealed.room().count_again();
        Ok(Self {
            files: files.clone(),
            account,
            sealed,
        })
    }

    /// A path that a client named, whole: relative ones begin at the inbox.
    pub(super) fn whole(named: &str) -> Result<PathBuf, Refusal> {
        let mut whole = PathBuf::from("/");
        if !named.starts_with('/') {
            whole.push(INBOX);
        }
        for component in Path::new(named).components() {
            match component {
                Component::ParentDir => {
                    whole.pop();
                }
                Component::Normal(name) => {
                    let name = name.to_str().filter(|name| is_fine(name));
                    whole.push(name.ok_or(Refusal::Name)?);
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
        match whole.components().count() <= DEEPEST {
            true => Ok(whole),
            false => Err(Refusal::Name),
        }
    }

    fn real(&self, whole: &Path) -> PathBuf {
        self.files.real(Some(self.account), whole)
    }

    /// The path of something that is to be changed or made, below the inbox.
    fn in_inbox(&self, named: &str) -> Result<PathBuf, Refusal> {
        let whole = Self::whole(named)?;
        match whole.strip_prefix(Path::new("/").join(INBOX)) {
            Ok(below) if below.as_os_str().is_empty() => Err(Refusal::Fixed),
            Ok(_) => Ok(self.real(&whole)),
            Err(_) => Err(Refusal::NotInbox),
        }
    }

    /// The path of something that is to be removed: not one of the two folders themselves.
    fn removable(&self, named: &str) -> Result<PathBuf, Refusal> {
        let whole = Self::whole(named)?;
        match whole.components().count() > 2 {
            true => Ok(self.real(&whole)),
            false => Err(Refusal::Fixed),
        }
    }

    pub(super) fn facts(&self, named: &str) -> Result<Facts, Refusal> {
        let path = self.real(&Self::whole(named)?);
        let metadata = known_kind(fs::symlink_metadata(&path)?)?;
        Ok(Facts::of(&metadata, sealed::length(&path, &metadata)))
    }

    pub(super) fn list(&self, named: &str) -> Result<Folder, Refusal> {
        Ok(Folder(fs::read_dir(self.real(&Self::whole(named)?))?))
    }

    pub(super) fn open_file(&self, named: &str, mode: Mode) -> Result<OpenFile, Refusal> {
        let mut options = OpenOptions::new();
        // Neither a link nor a pipe that waits for its other end.
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
        match mode {
            Mode::Read => {
                let file = options.read(true).open(self.real(&Self::whole(named)?))?;
                let found = known_kind(file.metadata()?).and_then(only_file)?;
                let held = self.sealed.room().hold(&found, false)?;
                Ok(OpenFile {
                    content: Content::Read(self.sealed.read(file)?),
                    _held: held,
                })
            }
            Mode::Write {
                truncate,
                exclusive,
            } => {
                let path = self.in_inbox(named)?;
                let is_new = fs::symlink_metadata(&path).is_err();
                let room = self.sealed.room();
                if is_new {
                    room.take(LEAST)?;
                }
                options.read(true).write(true).create(true).mode(0o600);
                options.create_new(exclusive);
                let opened = options.open(&path);
                if opened.is_err() && is_new {
                    room.give_back(LEAST);
                }
                let file = opened?;
                let found = known_kind(file.metadata()?).and_then(only_file)?;
                let held = self.sealed.room().hold(&found, true)?;
                let written = match found.len() {
                    0 => self.sealed.begin(file)?,
                    _ if truncate => {
                        let written = self.sealed.begin(file)?;
                        room.give_back(Room::counted(&found).saturating_sub(LEAST));
                        written
                    }
                    _ => self.sealed.go_on(file)?,
                };
                Ok(OpenFile {
                    content: Content::Write(Box::new(written)),
                    _held: held,
                })
            }
        }
    }

    pub(super) fn make_folder(&self, named: &str) -> Result<(), Refusal> {
        let path = self.in_inbox(named)?;
        let room = self.sealed.room();
        room.take(LEAST)?;
        let made = DirBuilder::new().mode(0o700).create(path);
        if made.is_err() {
            room.give_back(LEAST);
        }
        Ok(made?)
    }

    pub(super) fn remove_file(&self, named: &str) -> Result<(), Refusal> {
        let path = self.removable(named)?;
        let found = fs::symlink_metadata(&path)?;
        if self.sealed.room().is_open(&found) {
            return Err(Refusal::InUse);
        }
        let size = Room::counted(&found);
        fs::remove_file(path)?;
        self.sealed.room().give_back(size);
        Ok(())
    }

    pub(super) fn remove_folder(&self, named: &str) -> Result<(), Refusal> {
        fs::remove_dir(self.removable(named)?)?;
        self.sealed.room().give_back(LEAST);
        Ok(())
    }

    /// Renames something within the inbox. Nothing is replaced.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Refusal> {
        let (from, to) = (self.in_inbox(from)?, self.in_inbox(to)?);
        match fs::symlink_metadata(&to) {
            Ok(_) => Err(Refusal::Exists),
            Err(_) => Ok(fs::rename(from, to)?),
        }
    }
}

impl OpenFile {
    pub(super) fn facts(&self) -> Result<Facts, Refusal> {
        let (file, length) = match &self.content {
            Content::Read(opened) => (opened.file(), opened.length()),
            Content::Write(written) => (written.file(), written.length()),
        };
        Ok(Facts::of(&file.metadata()?, length))
    }

    /// Bytes from `offset`, at most so many; none at the end.
    pub(super) fn read(&mut self, offset: u64, most: usize) -> Result<Vec<u8>, Refusal> {
        let mut bytes = vec![0; most];
        let count = match &mut self.content {
            Content::Read(opened) => opened.read_at(offset, &mut bytes)?,
            Content::Write(written) => written.read_at(offset, &mut bytes)?,
        };
        bytes.truncate(count);
        Ok(bytes)
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        Ok(self.written()?.write_at(offset, bytes)?)
    }

    /// Makes an open file larger or smaller.
    pub(super) fn resize(&mut self, size: u64) -> Result<(), Refusal> {
        Ok(self.written()?.resize(size)?)
    }

    /// Ends the file where it was written.
    pub(super) fn close(self) -> Result<(), Refusal> {
        match self.content {
            Content::Read(_) => Ok(()),
            Content::Write(mut written) => Ok(written.complete()?),
        }
    }

    fn written(&mut self) -> Result<&mut Written, Refusal> {
        match &mut self.content {
            Content::Read(_) => Err(Refusal::NotInbox),
            Content::Write(written) => Ok(written),
        }
    }
}

impl Folder {
    /// The next entries, at most so many, in the order of their names; none at the end.
    pub(super) fn next(&mut self, most: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        while entries.len() < most
            && let Some(entry) = self.0.next()
        {
            let Ok(entry) = entry else { break };
            let name = entry.file_name().into_string();
            let metadata = entry.metadata().map_err(Refusal::from).and_then(known_kind);
            // A name that a client cannot name is not listed.
            if let (Ok(name), Ok(metadata)) = (name, metadata)
                && is_fine(&name)
            {
                let facts = Facts::of(&metadata, sealed::length(&entry.path(), &metadata));
                entries.push(Entry { name, facts });
            }
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries
    }
}

impl Facts {
    fn of(metadata: &Metadata, length: u64) -> Self {
        Self {
            length,
            mode: metadata.mode(),
            modified: metadata.mtime(),
        }
    }
}

fn is_fine(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && !name.chars().any(is_unprintable)
}

fn known_kind(metadata: Metadata) -> Result<Metadata, Refusal> {
    match metadata.is_file() || metadata.is_dir() {
        true => Ok(metadata),
        false => Err(Refusal::Kind),
    }
}

fn only_file(metadata: Metadata) -> Result<Metadata, Refusal> {
    match metadata.is_file() {
        true => Ok(metadata),
        false => Err(Refusal::Kind),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use proptest::prelude::*;

    use super::*;
    use crate::sealed::{AreaKeys, Folder, Guard, KEY_BYTES};
    use crate::whole_file::{self, Readers};

    const WRITE: Mode = Mode::Write {
        truncate: true,
        exclusive: false,
    };

    /// Sealed as long as the guard is there.
    fn area(most: u64) -> ((tempfile::TempDir, Guard), PathBuf, Area) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let keys = AreaKeys::first(1, [7; KEY_BYTES].into());
        let guard = Folder::new(root.clone(), keys, most).guard();
        let area = Area::open(&Files::Areas(root.clone()), AccountId(7)).unwrap();
        ((folder, guard), root, area)
    }

    fn write(area: &Area, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let mut open = area.open_file(name, WRITE)?;
        open.write(0, bytes)?;
        open.close()
    }

    #[test]
    fn a_file_arrives_in_the_inbox_for_the_server_alone() {
        let (_folder, root, area) = area(1 << 20);
        write(&area, "scan.dcm", b"pixels").unwrap();
        let path = root.join("7/inbox/scan.dcm");
        let stored = fs::read(&path).unwrap();
        assert!(!stored.windows(3).any(|part| part == b"pix"));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        area.make_folder("series").unwrap();
        write(&area, "/inbox/series/1.dcm", b"1").unwrap();
        area.rename("series/1.dcm", "series/2.dcm").unwrap();
        let names = |folder: &str| -> Vec<String> {
            let entries = area.list(folder).unwrap().next(100);
            entries.into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names("/"), ["inbox", "outbox"]);
        assert_eq!(names("."), ["scan.dcm", "series"]);
        assert_eq!(names("series"), ["2.dcm"]);
        assert_eq!(area.facts("scan.dcm").unwrap().length, 6);
        let mut read = area.open_file("scan.dcm", Mode::Read).unwrap();
        assert_eq!(read.read(2, 100).unwrap(), b"xels");
        assert_eq!(read.read(6, 100).unwrap(), b"");
    }

    #[test]
    fn the_outbox_is_read_and_emptied_but_not_written() {
        let (_folder, root, area) = area(1 << 20);
        let report = root.join("7/outbox/report.pdf");
        whole_file::write(&report, b"%PDF", Readers::Owner).unwrap();
        let mut read = area.open_file("/outbox/report.pdf", Mode::Read).unwrap();
        assert_eq!(read.read(0, 100).unwrap(), b"%PDF");
        for named in ["/outbox/x", "/x", "../x", "/outbox/report.pdf"] {
            assert!(
                matches!(write(&area, named, b"x"), Err(Refusal::NotInbox)),
                "{named}"
            );
            assert!(
                matches!(area.make_folder(named), Err(Refusal::NotInbox)),
                "{named}"
            );
        }
        drop(read);
        area.remove_file("/outbox/report.pdf").unwrap();
        for named in ["/", "/inbox", "/outbox", "."] {
            assert!(
                matches!(area.remove_folder(named), Err(Refusal::Fixed)),
                "{named}"
            );
            assert!(area.rename(named, "/inbox/x").is_err(), "{named}");
        }
    }

    #[test]
    fn links_pipes_and_other_accounts_are_out_of_reach() {
        let (_folder, root, area) = area(1 << 20);
        fs::create_dir_all(root.join("8/inbox")).unwrap();
        fs::write(root.join("8/inbox/other.dcm"), b"x").unwrap();
        symlink(
            root.join("8/inbox/other.dcm"),
            root.join("7/inbox/link.dcm"),
        )
        .unwrap();
        symlink(root.join("8"), root.join("7/inbox/folder")).unwrap();
        let mut mkfifo = std::process::Command::new("mkfifo");
        assert!(
            mkfifo
                .arg(root.join("7/inbox/pipe"))
                .status()
                .unwrap()
                .success()
        );
        for named in [
            "link.dcm",
            "folder/inbox/other.dcm",
            "pipe",
            "/../8/inbox/other.dcm",
        ] {
            assert!(area.open_file(named, Mode::Read).is_err(), "{named}");
            assert!(area.open_file(named, WRITE).is_err(), "{named}");
            assert!(area.facts(named).is_err(), "{named}");
        }
        assert!(area.list(".").unwrap().next(100).is_empty());
        assert_eq!(fs::read(root.join("8/inbox/other.dcm")).unwrap(), b"x");
    }

    #[test]
    fn an_area_has_a_size() {
        let (_folder, _root, area) = area(50_000);
        write(&area, "a", &[0; 20_000]).unwrap();
        assert!(matches!(
            write(&area, "b", &[0; 30_000]),
            Err(Refusal::Full(_))
        ));
        // A hole counts like bytes, and does not wrap around.
        let mut open = area.open_file("c", WRITE).unwrap();
        assert!(matches!(open.write(1 << 40, b"x"), Err(Refusal::Full(_))));
        assert!(matches!(open.write(u64::MAX, b"x"), Err(Refusal::Full(_))));
        assert!(matches!(open.resize(1 << 40), Err(Refusal::Full(_))));
        area.remove_file("a").unwrap();
        write(&area, "b", &[0; 20_000]).unwrap();
        // Many empty files take room, too.
        let made = (0..1000).take_while(|number| write(&area, &number.to_string(), b"").is_ok());
        assert!(made.count() < 20);
    }

    #[test]
    fn an_open_file_does_not_leave_the_count() {
        let (_folder, _root, area) = area(50_000);
        let mut first = area.open_file("a", WRITE).unwrap();
        first.write(0, &[0; 20_000]).unwrap();
        // A second writer would count the same bytes once, and a removed file would stay on the disk.
        assert!(matches!(
            area.open_file("a", WRITE),
            Err(Refusal::Busy(Busy::Written))
        ));
        assert!(matches!(area.remove_file("a"), Err(Refusal::InUse)));
        // Bytes in memory are not forgotten.
        let again = Area::open(&area.files, area.account).unwrap();
        again.sealed.room().count();
        assert!(matches!(
            write(&again, "b", &[0; 30_000]),
            Err(Refusal::Full(_))
        ));
        first.close().unwrap();
        let reads = area.open_file("a", Mode::Read).unwrap();
        assert!(matches!(area.remove_file("a"), Err(Refusal::InUse)));
        drop(reads);
        area.remove_file("a").unwrap();
        write(&again, "b", &[0; 30_000]).unwrap();
    }

    #[test]
    fn many_connections_do_not_count_an_area_each() {
        let (_folder, root, area) = area(1 << 20);
        let used = area.sealed.room().used();
        fs::write(root.join("7/inbox/a"), [0; 5000]).unwrap();
        let again = Area::open(&area.files, area.account).unwrap();
        assert_eq!(again.sealed.room().used(), used);
        again.sealed.room().count();
        assert!(again.sealed.room().used() > used);
    }

    #[test]
    fn open_files_of_an_area_are_limited() {
        let (_folder, _root, area) = area(1 << 20);
        write(&area, "a", b"x").unwrap();
        let open: Vec<OpenFile> = std::iter::from_fn(|| area.open_file("a", Mode::Read).ok())
            .take(1000)
            .collect();
        assert!(open.len() < 1000);
        assert!(matches!(
            area.open_file("a", Mode::Read),
            Err(Refusal::Busy(Busy::TooMany))
        ));
        drop(open);
        assert!(area.open_file("a", Mode::Read).is_ok());
    }

    #[test]
    fn a_folder_is_listed_part_by_part() {
        let (_folder, _root, area) = area(1 << 20);
        for name in ["a", "b", "c"] {
            write(&area, name, b"").unwrap();
        }
        let mut folder = area.list(".").unwrap();
        let parts = [folder.next(2), folder.next(2), folder.next(2)];
        assert_eq!(parts.map(|part| part.len()), [2, 1, 0]);
    }

    #[test]
    fn names_that_no_screen_shows_are_refused() {
        for name in ["a\u{202e}b", "a\x1b[2J", "a\nb", &"x".repeat(256)] {
            assert!(matches!(Area::whole(name), Err(Refusal::Name)), "{name:?}");
        }
        let deep = "a/".repeat(DEEPEST + 1);
        assert!(matches!(Area::whole(&deep), Err(Refusal::Name)));
        assert_eq!(Area::whole("").unwrap(), Path::new("/inbox"));
        assert_eq!(Area::whole("..").unwrap(), Path::new("/"));
        assert_eq!(Area::whole("../../..").unwrap(), Path::new("/"));
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_area(named in "(/|\\.\\.|inbox|outbox|7|8|\\.|é|~){0,12}") {
            let (_folder, root, area) = area(1 << 20);
            if let Ok(whole) = Area::whole(&named) {
                prop_assert!(area.real(&whole).starts_with(root.join("7")));
            }
        }
    }
}
