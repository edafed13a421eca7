//! [`Store`]: one writer, a few readers, and transactions on them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use super::attached_file::FileLimits;
use super::audit::{Chain, HeadFile, LostChanges};
use super::error::{Stop, StoreError};
use super::key::DatabaseKey;
use super::lock::Presence;
use super::opening::{Opened, connect};
use super::reading_mode::ReadingMode;
use crate::cancel::Cancel;
use crate::clinical::text;

/// Time for which a connection waits for another one's lock.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval between two attempts meanwhile.
const LOCK_INTERVAL: Duration = Duration::from_millis(1);

/// Maximum number of characters of the client's address or terminal name.
const PLACE_CHARACTERS: usize = 100;

/// Time for which emptying the write-ahead log waits for readers.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(250);

/// Steps of SQLite's machine between two looks at whether the reading was cancelled: some microseconds.
const CANCEL_STEPS: i32 = 100;

/// Number of readers that stay open between calls.
const IDLE_READERS: usize = 3;

/// Source of the present time for the store.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The database of one home. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    /// The client's address or the name of the terminal.
    place: Arc<str>,
    /// True if a new hospital needs no approval by an owner.
    open_registration: bool,
    file_limits: FileLimits,
    /// Ends what is being read.
    cancel: Option<Cancel>,
}

pub(super) struct Shared {
    home: PathBuf,
    file: PathBuf,
    key: DatabaseKey,
    clock: Clock,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// The head of the audit log outside the database.
    head: HeadFile,
    /// Found when the database was opened.
    lost_changes: Option<LostChanges>,
    /// Prevents other processes from replacing the file. Ends after the connections. None in a copy for reading.
    presence: Option<Presence>,
    /// Set if this is a copy for reading.
    reading_mode: Option<ReadingMode>,
}

impl Shared {
    /// Ends every connection and keeps the lock that shows that the database is in use.
    pub(super) fn close(self) -> Option<Presence> {
        self.presence
    }

    /// The lock that shows that the database is in use.
    ///
    /// # Errors
    /// [`StoreError::OnlyReading`] if the records cannot be changed.
    pub(super) fn presence(&self) -> Result<&Presence, StoreError> {
        self.require_writing()?;
        self.presence.as_ref().ok_or_else(|| StoreError::NotAlone {
            file: self.file.clone(),
        })
    }

    /// Checks that the records can be changed.
    fn require_writing(&self) -> Result<(), StoreError> {
        match &self.reading_mode {
            Some(mode) => Err(StoreError::OnlyReading {
                because: mode.because,
            }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("file", &self.shared.file)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The store of `home` with what opening it found.
    pub(super) fn of(home: &Path, clock: Clock, opened: Opened) -> Self {
        let shared = Shared {
            home: home.to_path_buf(),
            file: opened.file,
            key: opened.key,
            clock,
            writer: Mutex::new(opened.writer),
            readers: Mutex::new(Vec::new()),
            head: opened.head,
            lost_changes: opened.lost_changes,
            presence: opened.presence,
            reading_mode: opened.reading_mode,
        };
        Self {
            shared: Arc::new(shared),
            place: Arc::from(""),
            open_registration: false,
            file_limits: FileLimits::default(),
            cancel: None,
        }
    }

    /// The same store for a user at `place`: the address of an SSH client, or the name of a terminal. It is stored with every
    /// sign-in, cut to 100 characters and without characters that no screen can show.
    pub fn at_place(self, place: &str) -> Self {
        let shown = place.chars().filter(|&c| !text::is_unprintable(c));
        let place: String = shown.take(PLACE_CHARACTERS).collect();
        Self {
            place: Arc::from(place.trim()),
            ..self
        }
    }

    /// The same store, in which a new hospital waits for an owner's approval unless `open`. If `open`, the first account of a new
    /// hospital is its administrator at once, but not an owner.
    pub fn with_open_registration(self, open: bool) -> Self {
        Self {
            open_registration: open,
            ..self
        }
    }

    /// The same store with these limits for attached files.
    pub fn with_file_limits(self, limits: FileLimits) -> Self {
        Self {
            file_limits: limits,
            ..self
        }
    }

    /// The same store, where reading ends with [`StoreError::Cancelled`] once `cancel` is set. Writing never does.
    pub fn until(self, cancel: &Cancel) -> Self {
        Self {
            cancel: Some(cancel.clone()),
            ..self
        }
    }

    /// The limits for attached files.
    pub fn file_limits(&self) -> FileLimits {
        self.file_limits
    }

    pub(super) fn has_open_registration(&self) -> bool {
        self.open_registration
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The database file.
    pub fn file(&self) -> &Path {
        &self.shared.file
    }

    /// The folder that contains the database.
    pub fn home(&self) -> &Path {
        &self.shared.home
    }

    /// Changes that were missing from the records when they were opened: the log lacks a head that was kept outside of it.
    pub fn lost_changes(&self) -> Option<LostChanges> {
        self.shared.lost_changes
    }

    /// Sentence about the state of the records that a user must know before anything else; none if all is well.
    pub fn warning(&self) -> Option<String> {
        let reading = self.require_writing().err().map(|error| error.to_string());
        reading.or_else(|| self.lost_changes().map(|lost| lost.to_string()))
    }

    /// The key that the database is encrypted with.
    pub(super) fn key(&self) -> &DatabaseKey {
        &self.shared.key
    }

    /// The present time in microseconds, as the database stores it.
    pub(super) fn now(&self) -> i64 {
        (self.shared.clock)().as_microsecond()
    }

    /// The key that signs the entries of the audit log.
    pub(super) fn audit_key(&self) -> Zeroizing<[u8; 32]> {
        self.shared.key.audit_key()
    }

    /// Checks that the records can be changed: their disk is neither full nor read-only.
    ///
    /// # Errors
    /// [`StoreError::OnlyReading`].
    pub(super) fn require_writing(&self) -> Result<(), StoreError> {
        self.shared.require_writing()
    }

    /// Runs `work` with the write lock held and commits all of its changes or none. Its audit entries are sealed in the same
    /// transaction.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        self.require_writing()?;
        self.note(work)
    }

    /// As [`Store::write`], for what reading itself writes: sessions, failed attempts, entries of the audit log about viewing. Also
    /// done where the records can only be read; it is then lost with the copy.
    pub(super) fn note<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        let run = |writer: &mut Connection| -> Result<T, Stop> {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let chain = Chain::open(&transaction)?;
            let answer = work(&transaction)?;
            let head = chain.seal(&transaction, &self.audit_key())?;
            transaction.commit()?;
            if let Some(head) = head {
                self.shared.head.advance(&head);
            }
            Ok(answer)
        };
        run(&mut lock(&self.shared.writer)).map_err(|stop| stop.explain(&self.shared.file))
    }

    /// Writes the write-ahead log back into the database and empties it. A long-running reader can prevent that; the next attempt
    /// then does it.
    pub(super) fn empty_log(&self) {
        let mut writer = lock(&self.shared.writer);
        // No process can write during the wait, so it must be short.
        let emptied = wait_for_others(&mut writer, CHECKPOINT_TIMEOUT)
            .and_then(|()| {
                writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                    row.get::<_, bool>(0)
                })
            })
            .map(|is_busy| !is_busy);
        let patient_again = wait_for_others(&mut writer, LOCK_TIMEOUT);
        if !matches!((emptied, patient_again), (Ok(true), Ok(()))) {
            tracing::warn!("the log beside the database could not be emptied now");
        }
    }

    /// Runs `work` on one consistent view of the database, concurrently with writers.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(StoreError::Cancelled);
        }
        let run = || -> Result<T, Stop> {
            let idle = lock(&self.shared.readers).pop();
            let mut reader = match idle {
                Some(reader) => reader,
                None => open_reader(&self.shared.file, &self.shared.key)?,
            };
            if let Some(cancel) = &self.cancel {
                // Not sqlite3_interrupt: one that comes between two statements of the work is lost.
                let cancel = cancel.clone();
                reader.progress_handler(CANCEL_STEPS, Some(move || cancel.is_cancelled()))?;
            }
            let transaction = reader.transaction()?;
            let answer = work(&transaction)?;
            transaction.finish()?;
            if self.cancel.is_some() {
                reader.progress_handler(0, None::<fn() -> bool>)?;
            }
            let mut readers = lock(&self.shared.readers);
            if readers.len() < IDLE_READERS {
                readers.push(reader);
            }
            Ok(answer)
        };
        run().map_err(|stop| stop.explain(&self.shared.file))
    }
}

/// A panic elsewhere rolled its transaction back, so the connection behind a poisoned lock is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a connection wait for another one's lock for up to `patience`, checking every millisecond. SQLite's own handler checks
/// at growing intervals, so that among several busy writers the one that has waited longest comes last.
pub(super) fn wait_for_others(
    connection: &mut Connection,
    patience: Duration,
) -> rusqlite::Result<()> {
    let mut since = Instant::now();
    connection.busy_handler(Some(move |times| {
        if times == 0 {
            since = Instant::now();
        }
        thread::sleep(LOCK_INTERVAL);
        since.elapsed() < patience
    }))
}

fn open_reader(file: &Path, key: &DatabaseKey) -> rusqlite::Result<Connection> {
    let connection = connect(file, key)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseBusy | DatabaseLocked)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Registration;

    #[test]
    fn a_full_disk_is_named_and_loses_nothing() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let form = |email: String| Registration {
            hospital: "St. Mary".into(),
            admin_id: "RT-4471".into(),
            full_name: "Ada Byron".into(),
            email,
            password: zeroize::Zeroizing::new("seven quiet herons wade".into()),
        };
        let accounts = |store: &Store| -> i64 {
            let count = "SELECT count(*) FROM account";
            store
                .read(|t| Ok(t.query_row(count, [], |row| row.get(0))?))
                .unwrap()
        };
        let pages = |most: u32| {
            let writer = lock(&store.shared.writer);
            writer.pragma_update(None, "max_page_count", most).unwrap();
        };
        // SQLite treats a page over the limit like a full disk.
        pages(1);
        let mut registered = 0;
        let refused = loop {
            match store.register(&form(format!("{registered}@example.org"))) {
                Ok(_) => registered += 1,
                Err(error) => break error,
            }
        };
        assert!(
            matches!(refused, StoreError::DiskFull { .. }),
            "{refused:?}"
        );
        assert_eq!(accounts(&store), registered);
        pages(1_000_000);
        store.register(&form("later@example.org".into())).unwrap();
        assert_eq!(accounts(&store), registered + 1);
    }

    /// Counts to far more than any test waits for.
    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                           SELECT count(*) FROM n LIMIT 1";

    #[test]
    fn a_cancelled_reading_ends_and_the_next_one_works() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let cancel = Cancel::default();
        let reading = store.clone().until(&cancel);
        let (began, begins) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            reading.read(|transaction| {
                began.send(()).unwrap();
                Ok(transaction.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
            })
        });
        begins.recv().unwrap();
        cancel.cancel();
        let ended = thread.join().unwrap();
        assert!(matches!(ended, Err(StoreError::Cancelled)), "{ended:?}");
        let one = |store: &Store| {
            store.read(|transaction| {
                Ok(transaction.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))?)
            })
        };
        assert!(matches!(
            one(&store.clone().until(&cancel)),
            Err(StoreError::Cancelled)
        ));
        assert_eq!(one(&store).unwrap(), 1);
        assert_eq!(one(&store.until(&Cancel::default())).unwrap(), 1);
    }

    #[test]
    fn a_flag_of_a_reading_that_is_over_stops_no_other() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)
                    SELECT count(*) FROM n";
        let count = |store: &Store| {
            store.read(|transaction| {
                Ok(transaction.query_row(long, [], |row| row.get::<_, i64>(0))?)
            })
        };
        let cancel = Cancel::default();
        assert_eq!(count(&store.clone().until(&cancel)).unwrap(), 5000);
        // The same connection serves the next one.
        cancel.cancel();
        assert_eq!(count(&store).unwrap(), 5000);
    }

    #[test]
    fn a_cancelled_flag_stops_no_write() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let cancel = Cancel::default();
        cancel.cancel();
        let store = store.until(&cancel);
        let written = store.write(|transaction| {
            Ok(transaction.execute("INSERT INTO failed_sign_in (at) VALUES (1)", [])?)
        });
        assert_eq!(written.ok(), Some(1));
    }

    #[test]
    fn a_panic_inside_a_write_leaves_the_store_usable() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let panicking = store.clone();
        let outcome = thread::spawn(move || {
            panicking.write::<()>(|transaction| {
                transaction.execute("INSERT INTO failed_sign_in (at) VALUES (1)", [])?;
                panic!("halfway")
            })
        })
        .join();
        assert!(outcome.is_err());
        let rows = store.write(|transaction| {
            Ok(
                transaction.query_row("SELECT count(*) FROM failed_sign_in", [], |row| {
                    row.get::<_, i64>(0)
                })?,
            )
        });
        assert_eq!(rows.ok(), Some(0));
    }
}
