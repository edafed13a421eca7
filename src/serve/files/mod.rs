//! Files over SFTP: an account's own area, and nothing else of the server.

mod area;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode,
};
use russh_sftp::server::{Handler, StatusReply};
use tokio::task::block_in_place;

use self::area::{Area, Entry, Facts, Folder, Mode, OpenFile, Refusal};
use super::Server;
use super::account::SignedIn;

/// Maximum number of files and folders that one client has open.
const OPEN: usize = 64;

/// Maximum number of bytes of one answer.
const LARGEST: u32 = 64 << 10;

/// Entries of a folder in one answer.
const AT_ONCE: usize = 100;

/// Time after which an account is checked again while files are transferred.
const CHECK: Duration = Duration::from_secs(1);

/// Largest request of a client, in bytes.
pub(super) const LARGEST_REQUEST: u32 = 256 << 10;

/// One client's SFTP session.
pub(super) struct Transfer {
    area: Area,
    /// Signs the account out when this goes.
    signed_in: Arc<SignedIn>,
    open: HashMap<String, Opened>,
    opened: u64,
    sent: Count,
    fetched: Count,
    checked: Instant,
    /// End of the longest session.
    ends: Instant,
}

/// Files and bytes of one direction.
#[derive(Debug, Default)]
struct Count {
    files: u64,
    bytes: u64,
}

enum Opened {
    File(OpenFile),
    Folder(Folder),
}

impl Transfer {
    /// A session on the area of the account.
    ///
    /// # Errors
    /// If its folders cannot be made.
    pub(super) fn new(server: &Server, signed_in: Arc<SignedIn>) -> std::io::Result<Self> {
        let account = signed_in.account();
        let area = block_in_place(|| Area::open(&server.files, account))?;
        Ok(Self {
            area,
            signed_in,
            open: HashMap::new(),
            opened: 0,
            sent: Count::default(),
            fetched: Count::default(),
            checked: Instant::now(),
            ends: Instant::now() + server.resources.config().serve.session_time,
        })
    }

    /// Checks now and then that the account may still work, and that the session is not too long.
    fn check(&mut self) -> Result<(), StatusReply> {
        let denied = |reason: String| StatusCode::PermissionDenied.with_message(reason);
        if self.checked.elapsed() < CHECK {
            return Ok(());
        }
        if Instant::now() >= self.ends {
            return Err(denied(
                "this session is as long as sessions may be: connect again".into(),
            ));
        }
        block_in_place(|| self.signed_in.own()).map_err(|error| denied(error.to_string()))?;
        self.checked = Instant::now();
        Ok(())
    }

    /// Keeps something open, under a name that clients use.
    fn keep(&mut self, id: u32, opened: Opened) -> Result<Handle, StatusReply> {
        if self.open.len() >= OPEN {
            return Err(StatusCode::Failure.with_message("too many files are open: close some"));
        }
        self.opened += 1;
        let handle = self.opened.to_string();
        self.open.insert(handle.clone(), opened);
        Ok(Handle { id, handle })
    }

    fn file(&mut self, handle: &str) -> Result<&mut OpenFile, StatusReply> {
        match self.open.get_mut(handle) {
            Some(Opened::File(file)) => Ok(file),
            _ => Err(StatusCode::Failure.with_message("this is no open file")),
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let (sent, fetched) = (&self.sent, &self.fetched);
        tracing::info!(
            account = self.signed_in.account().0,
            files_sent = sent.files,
            bytes_sent = sent.bytes,
            files_fetched = fetched.files,
            bytes_fetched = fetched.bytes,
            "an SFTP session ended"
        );
    }
}

impl From<Refusal> for StatusReply {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound => StatusCode::NoSuchFile,
            Refusal::NotInbox | Refusal::Fixed | Refusal::Kind => StatusCode::PermissionDenied,
            Refusal::Name
            | Refusal::InUse
            | Refusal::Busy(_)
            | Refusal::Exists
            | Refusal::Full(_)
            | Refusal::NoSpace
            | Refusal::Sealed(_)
            | Refusal::Failed(_) => StatusCode::Failure,
        };
        code.with_message(refusal.to_string())
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en-US".to_owned(),
    }
}

/// Attributes of a file without its owner, who is the server's user.
fn attributes(facts: Facts) -> FileAttributes {
    let mut attributes = FileAttributes::empty();
    attributes.size = Some(facts.length);
    attributes.permissions = Some(facts.mode);
    attributes.mtime = u32::try_from(facts.modified).ok();
    attributes.atime = attributes.mtime;
    attributes
}

impl Handler for Transfer {
    type Error = StatusReply;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported.with_message("LUNNY keeps files and folders only")
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        _attributes: FileAttributes,
    ) -> Result<Handle, Self::Error> {
        self.check()?;
        let writes = flags.intersects(OpenFlags::WRITE | OpenFlags::APPEND | OpenFlags::CREATE);
        let mode = match writes {
            true => Mode::Write {
                truncate: flags.contains(OpenFlags::TRUNCATE),
                exclusive: flags.contains(OpenFlags::EXCLUDE),
            },
            false => Mode::Read,
        };
        let file = block_in_place(|| self.area.open_file(&filename, mode))?;
        let count = match writes {
            true => &mut self.sent,
            false => &mut self.fetched,
        };
        count.files += 1;
        if count.files == 1 {
            // One entry for each direction: a series has hundreds of files.
            block_in_place(|| self.signed_in.record_transfer(writes))
                .map_err(|error| StatusCode::Failure.with_message(error.to_string()))?;
        }
        self.keep(id, Opened::File(file))
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, Self::Error> {
        match self.open.remove(&handle) {
            Some(Opened::File(file)) => {
                block_in_place(|| file.close())?;
                Ok(done(id))
            }
            Some(Opened::Folder(_)) => Ok(done(id)),
            None => Err(StatusCode::Failure.with_message("this is not open")),
        }
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        length: u32,
    ) -> Result<Data, Self::Error> {
        self.check()?;
        let file = self.file(&handle)?;
        let data = block_in_place(|| file.read(offset, length.min(LARGEST) as usize))?;
        if data.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        self.fetched.bytes += data.len() as u64;
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, Self::Error> {
        self.check()?;
        let file = self.file(&handle)?;
        block_in_place(|| file.write(offset, &data))?;
        self.sent.bytes += data.len() as u64;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        self.stat(id, path).await
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        self.check()?;
        let attrs = attributes(block_in_place(|| self.area.facts(&path))?);
        Ok(Attrs { id, attrs })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, Self::Error> {
        let attrs = attributes(self.file(&handle)?.facts()?);
        Ok(Attrs { id, attrs })
    }

    // Times and rights are not the client's to set; clients set them after every file and need an answer.
    async fn setstat(
        &mut self,
        id: u32,
        path: String,
        attributes: FileAttributes,
    ) -> Result<Status, Self::Error> {
        self.check()?;
        block_in_place(|| {
            self.area.facts(&path)?;
            match attributes.size {
                Some(size) => {
                    let mode = Mode::Write {
                        truncate: false,
                        exclusive: false,
                    };
                    let mut file = self.area.open_file(&path, mode)?;
                    file.resize(size)?;
                    file.close()
                }
                None => Ok(()),
            }
        })?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attributes: FileAttributes,
    ) -> Result<Status, Self::Error> {
        self.check()?;
        let file = self.file(&handle)?;
        if let Some(size) = attributes.size {
            block_in_place(|| file.resize(size))?;
        }
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, Self::Error> {
        self.check()?;
        let folder = block_in_place(|| self.area.list(&path))?;
        self.keep(id, Opened::Folder(folder))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, Self::Error> {
        self.check()?;
        let Some(Opened::Folder(folder)) = self.open.get_mut(&handle) else {
            return Err(StatusCode::Failure.with_message("this is no open folder"));
        };
        let file = |entry: Entry| File::new(entry.name, attributes(entry.facts));
        let entries = block_in_place(|| folder.next(AT_ONCE));
        let files: Vec<File> = entries.into_iter().map(file).collect();
        match files.is_empty() {
            true => Err(StatusCode::Eof.into()),
            false => Ok(Name { id, files }),
        }
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, Self::Error> {
        self.check()?;
        block_in_place(|| self.area.remove_file(&filename))?;
        Ok(done(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        _attributes: FileAttributes,
    ) -> Result<Status, Self::Error> {
        self.check()?;
        block_in_place(|| self.area.make_folder(&path))?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, Self::Error> {
        self.check()?;
        block_in_place(|| self.area.remove_folder(&path))?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, Self::Error> {
        let whole = Area::whole(&path)?;
        let files = vec![File::dummy(whole.to_string_lossy())];
        Ok(Name { id, files })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, Self::Error> {
        self.check()?;
        block_in_place(|| self.area.rename(&from, &to))?;
        Ok(done(id))
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::sealed::{AreaKeys, Folder as Sealed, KEY_BYTES};
    use crate::store::{Registration, Store};
    use crate::tui::files::Files;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_transfer_ends_with_the_rights_of_its_account_and_the_longest_session() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap().join("files");
        std::fs::create_dir(&root).unwrap();
        let keys = AreaKeys::first(1, [7; KEY_BYTES].into());
        let _sealed = Sealed::new(root.clone(), keys, 1 << 20).guard();
        let store = Store::open(home.path()).unwrap();
        let password = "seven quiet herons wade";
        let registration = Registration {
            hospital: "St. Mary".into(),
            admin_id: "RT-4471".into(),
            full_name: "Ada Byron".into(),
            email: "ada@mary.org".into(),
            password: Zeroizing::new(password.into()),
        };
        store.register(&registration).unwrap();
        let entered = store.sign_in("ada@mary.org", password).unwrap();
        let (account, access) = (entered.account.id, entered.access.clone());
        let mut transfer = Transfer {
            area: Area::open(&Files::Areas(root), account).unwrap(),
            signed_in: Arc::new(SignedIn::new(store.clone(), entered, false)),
            open: HashMap::new(),
            opened: 0,
            sent: Count::default(),
            fetched: Count::default(),
            checked: Instant::now(),
            ends: Instant::now() + Duration::from_secs(3600),
        };
        let long_ago = Instant::now().checked_sub(2 * CHECK).unwrap();
        transfer.checked = long_ago;
        assert!(
            transfer
                .mkdir(1, "series".into(), FileAttributes::empty())
                .await
                .is_ok()
        );
        transfer.checked = long_ago;
        transfer.ends = long_ago;
        assert!(transfer.opendir(2, "/inbox".into()).await.is_err());
        transfer.ends = Instant::now() + Duration::from_secs(3600);
        assert!(transfer.opendir(3, "/inbox".into()).await.is_ok());
        store.sign_out(&access).unwrap();
        transfer.checked = long_ago;
        assert!(transfer.opendir(4, "/inbox".into()).await.is_err());
        assert!(
            transfer
                .mkdir(5, "more".into(), FileAttributes::empty())
                .await
                .is_err()
        );
    }
}
