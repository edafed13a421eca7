//! SQLCipher: opening a connection with the key, distinguishing plain files from encrypted ones, and copying a database under a
//! key.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use super::key::{DatabaseKey, SALT_BYTES};
use crate::store::error::{Stop, StoreError};

/// Memory for decrypted pages of one connection, in KiB. SQLite's default of 2000 would decrypt the pages of an ordinary search
/// again every time.
const CACHE_KIB: i64 = 65_536;

/// Page size of SQLite and of SQLCipher.
const PAGE_BYTES: u64 = 4096;

/// Result of trying a key on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Answer {
    /// The file is empty, or its pages decrypt.
    Opens,
    /// The file is not a database under this key.
    Refuses,
}

/// Opens `file` without creating it, with `key` if given.
pub(in crate::store) fn connect(
    file: &Path,
    key: Option<&DatabaseKey>,
    access: OpenFlags,
) -> rusqlite::Result<Connection> {
    // Without SQLITE_OPEN_CREATE, because a file is created with its mode beforehand, and without SQLITE_OPEN_URI, because a
    // folder may be called "file:".
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    unlock(&connection, key)?;
    Ok(connection)
}

/// Opens `file` for reading only; creates no file beside it.
pub(in crate::store) fn connect_to_look(
    file: &Path,
    key: Option<&DatabaseKey>,
) -> rusqlite::Result<Connection> {
    if beside(file, "-wal").exists() {
        return connect(file, key, OpenFlags::SQLITE_OPEN_READ_ONLY);
    }
    // Without a write-ahead log no process has it open, and SQLite would create one even to read.
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let mut address = String::from("file:");
    for byte in absolute.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address.push_str("?immutable=1");
    let access = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&address), key, access)
}

/// Opens `file` for reading and writing.
pub(in crate::store) fn connect_to_work(
    file: &Path,
    key: Option<&DatabaseKey>,
) -> rusqlite::Result<Connection> {
    connect(file, key, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Locked while a connection is given its key. SQLCipher sets up its provider with the first one; of two threads that opened
/// their first connections at once, one was occasionally refused.
static KEYING: Mutex<()> = Mutex::new(());

/// Gives the key to a new connection, before any other statement.
pub(in crate::store) fn unlock(
    connection: &Connection,
    key: Option<&DatabaseKey>,
) -> rusqlite::Result<()> {
    let _keying = KEYING.lock().unwrap_or_else(PoisonError::into_inner);
    // SQLCipher would print a message about every wrong key onto the screen. It answers each setting with a row.
    run(connection, "PRAGMA cipher_log_level = NONE")?;
    if let Some(key) = key {
        let literal = key.literal();
        let mut statement = Zeroizing::new(String::with_capacity(literal.len() + 32));
        statement.push_str("PRAGMA key = \"");
        statement.push_str(&literal);
        statement.push('"');
        // Some errors contain the text of the statement, and this text contains the key.
        run(connection, &statement).map_err(|error| without_text(&error))?;
    }
    Ok(())
}

/// Tries the key that the connection was given.
pub(in crate::store) fn answer(connection: &Connection) -> rusqlite::Result<Answer> {
    let count = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    });
    match count {
        Ok(_) => Ok(Answer::Opens),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Ok(Answer::Refuses)
        }
        Err(error) => Err(error),
    }
}

/// The salt at the start of an encrypted database; none if the file is too short or has no salt.
///
/// Read through SQLite, because closing a separate file handle would drop SQLite's locks on the file.
pub(in crate::store) fn salt(file: &Path) -> rusqlite::Result<Option<[u8; SALT_BYTES]>> {
    let Some(any) = DatabaseKey::from_hexadecimal(&"0".repeat(64)) else {
        return Ok(None);
    };
    let connection = connect(file, Some(&any), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let digits: String = connection.pragma_query_value(None, "cipher_salt", |row| row.get(0))?;
    let mut salt = [0; SALT_BYTES];
    for (byte, pair) in salt.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
    }
    Ok((salt != [0; SALT_BYTES]).then_some(salt))
}

/// True if a file of this length can be an encrypted database.
pub(in crate::store) fn has_whole_pages(bytes: u64) -> bool {
    bytes > 0 && bytes.is_multiple_of(PAGE_BYTES)
}

/// Number of rows of each table, ordered by table name.
pub(in crate::store) type Rows = Vec<(String, i64)>;

/// Copies the contents of `source` into the new file `target` under `key`, including application id and version, and returns the
/// row counts. Other connections may write meanwhile; their changes are not copied. The copy has no free pages and is on the disk
/// when this returns. On an error the copy is removed; `unusable` describes the system's complaint about the place.
///
/// `source` must not be in a transaction.
pub(in crate::store) fn copy(
    source: &Connection,
    target: &Path,
    key: &DatabaseKey,
    unusable: fn(&Path, io::Error) -> StoreError,
) -> Result<Rows, Stop> {
    create_empty(target).map_err(|error| unusable(target, error))?;
    let copied = attach_and_fill(source, target, key).and_then(|rows| {
        let synced = File::open(target).and_then(|file| file.sync_all());
        synced.map_err(|error| unusable(target, error))?;
        Ok(rows)
    });
    if copied.is_err() {
        remove(target);
    }
    copied
}

fn attach_and_fill(source: &Connection, target: &Path, key: &DatabaseKey) -> Result<Rows, Stop> {
    // As bytes, because a path need not be text.
    let name = target.as_os_str().as_encoded_bytes();
    let literal = key.literal();
    source
        .execute(
            "ATTACH DATABASE ?1 AS copy KEY ?2",
            rusqlite::params![name, literal.as_str()],
        )
        .map_err(|error| without_text(&error))?;
    let filled = fill(source);
    if filled.is_err() && !source.is_autocommit() {
        // The reason of the failure is what counts.
        let _ = source.execute_batch("ROLLBACK");
    }
    let detached = source.execute_batch("DETACH DATABASE copy");
    let rows = filled?;
    detached?;
    Ok(rows)
}

fn fill(source: &Connection) -> rusqlite::Result<Rows> {
    let number = |name: &str| -> rusqlite::Result<i64> {
        source.pragma_query_value(Some("main"), name, |row| row.get(0))
    };
    source.pragma_update(Some("copy"), "synchronous", "FULL")?;
    // One consistent view of the source from here on.
    source.execute_batch("BEGIN")?;
    let rows = count_rows(source)?;
    source.query_row("SELECT sqlcipher_export('copy')", [], |_| Ok(()))?;
    source.pragma_update(Some("copy"), "application_id", number("application_id")?)?;
    source.pragma_update(Some("copy"), "user_version", number("user_version")?)?;
    source.execute_batch("COMMIT")?;
    Ok(rows)
}

fn count_rows(connection: &Connection) -> rusqlite::Result<Rows> {
    let mut tables = connection.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let names = tables.query_map([], |row| row.get::<_, String>(0))?;
    names
        .map(|name| {
            let name = name?;
            let quoted = name.replace('"', "\"\"");
            let count = format!("SELECT count(*) FROM main.\"{quoted}\"");
            let rows = connection.query_row(&count, [], |row| row.get(0))?;
            Ok((name, rows))
        })
        .collect()
}

/// Reads the database `file`, which no other process has open: the seal of every page, SQLite's own check, the foreign keys, and
/// that each table has as many rows as in `rows`.
///
/// # Errors
/// [`StoreError::Damaged`] if any check fails.
pub(in crate::store) fn verify(
    file: &Path,
    key: &DatabaseKey,
    rows: Option<&Rows>,
) -> Result<(), Stop> {
    let connection = connect(file, Some(key), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let complaint = broken_pages(&connection)?
        .into_iter()
        .next()
        .or(first_complaint(&connection, "integrity_check(1)")?)
        .is_some()
        || connection.prepare("PRAGMA foreign_key_check")?.exists([])?
        || matches!(rows, Some(rows) if *rows != count_rows(&connection)?);
    match complaint {
        true => Err(StoreError::Damaged {
            file: file.to_path_buf(),
        }
        .into()),
        false => Ok(()),
    }
}

/// SQLCipher's messages about pages with a broken seal, one sentence each; reads the file, not the write-ahead log.
pub(in crate::store) fn broken_pages(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let said = statement.query_map([], |row| row.get(0))?;
    said.collect()
}

/// The first complaint of SQLite's `check`; none if there is none.
pub(in crate::store) fn first_complaint(
    connection: &Connection,
    check: &str,
) -> rusqlite::Result<Option<String>> {
    let said: String = connection.query_row(&format!("PRAGMA {check}"), [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
}

/// An empty file that only its owner can read, under any umask; replaces one that a killed process left.
pub(in crate::store) fn create_empty(path: &Path) -> io::Result<()> {
    remove(path);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .set_permissions(Permissions::from_mode(0o600))
        .or_else(|error| match error.kind() {
            // Some file systems of memory sticks have no modes.
            io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported => Ok(()),
            _ => Err(error),
        })
}

/// Removes an incomplete database, with SQLite's files beside it.
pub(in crate::store) fn remove(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        // A missing file needs no removal, and one that cannot be removed is reported when the copy is created.
        let _ = fs::remove_file(beside(path, suffix));
    }
}

/// The file whose name has `suffix` after the database's.
pub(in crate::store) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Runs one statement and drops the rows that it returns.
pub(in crate::store) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// The same error without the text of its statement.
fn without_text(error: &rusqlite::Error) -> rusqlite::Error {
    let code = error.sqlite_error().copied();
    let code = code.unwrap_or_else(|| rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR));
    rusqlite::Error::SqliteFailure(code, None)
}

/// Settings of every connection that works on records: pages stay decrypted for a while; no direct writing of the schema, no
/// functions in the schema other than built-in ones, and no sorting in the system's temporary folder, where names would be
/// readable.
pub(in crate::store) fn guard(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)
}
