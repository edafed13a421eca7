//! The versions of the database, one numbered file each, applied in order.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::accounts::{hospital, owner};
use super::audit;
use super::connection::Clock;
use super::error::{Stop, StoreError};
use super::{duplicate, follow_up, search};

/// `LUNY` in ASCII: SQLite's application id of a file of LUNNY.
const APPLICATION_ID: i64 = 0x4C55_4E59;

/// File number `n` migrates the database from version `n - 1` to `n`. Released files never change.
const MIGRATIONS: [&str; 24] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_outside_reason.sql"),
    include_str!("migrations/0003_series.sql"),
    include_str!("migrations/0004_nodule.sql"),
    include_str!("migrations/0005_accounts.sql"),
    include_str!("migrations/0006_audit.sql"),
    include_str!("migrations/0007_search.sql"),
    include_str!("migrations/0008_records.sql"),
    include_str!("migrations/0009_fields.sql"),
    include_str!("migrations/0010_owner.sql"),
    include_str!("migrations/0011_assessment.sql"),
    include_str!("migrations/0012_lesion_decision.sql"),
    include_str!("migrations/0013_import.sql"),
    include_str!("migrations/0014_follow_up.sql"),
    include_str!("migrations/0015_report_words.sql"),
    include_str!("migrations/0016_scanned_study.sql"),
    include_str!("migrations/0017_worklist.sql"),
    include_str!("migrations/0018_duplicates.sql"),
    include_str!("migrations/0019_attached_files.sql"),
    include_str!("migrations/0020_ssh_key.sql"),
    include_str!("migrations/0021_photo_and_worklist.sql"),
    include_str!("migrations/0022_token_scopes.sql"),
    include_str!("migrations/0023_area_key.sql"),
    include_str!("migrations/0024_import_counts.sql"),
];

/// The last version that changed the content of the search index, which SQL alone cannot fill.
const SEARCH: i64 = 21;

/// The version that gave the installation an owner and hospitals their keys.
const OWNER: i64 = 10;

/// The version that began the follow-ups, which SQL alone cannot compute.
const FOLLOW_UP: i64 = 14;

/// The version that began the list of likely duplicates, which SQL alone cannot compute.
const DUPLICATES: i64 = 18;

/// The version that this program reads and writes.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Owner and version of a database file.
#[derive(Debug, PartialEq, Eq)]
enum FileState {
    /// The file is empty.
    Blank,
    /// A file of LUNNY, at this version.
    Ours(i64),
}

/// Refuses a file of another program or a newer LUNNY. Writes nothing.
pub(super) fn inspect(connection: &Connection, file: &Path) -> Result<(), Stop> {
    file_state(connection, file).map(|_| ())
}

/// The version that introduces the chain over the audit log.
const CHAIN: i64 = 6;

/// Data for starting the chain over the log, in a database without one.
pub(super) struct ChainStart<'a> {
    pub clock: &'a Clock,
    pub audit_key: &'a [u8; 32],
}

/// Version of a database of LUNNY; 0 if the file is empty.
pub(super) fn version(connection: &Connection, file: &Path) -> Result<i64, Stop> {
    file_state(connection, file).map(|standing| match standing {
        FileState::Blank => 0,
        FileState::Ours(version) => version,
    })
}

/// Migrates the database to the newest version, or leaves it unchanged.
///
/// Processes that start at once queue for the write lock; later ones find the work done.
pub(super) fn migrate(
    connection: &mut Connection,
    file: &Path,
    beginning: ChainStart<'_>,
) -> Result<(), Stop> {
    if file_state(connection, file)? == FileState::Ours(KNOWN) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = match file_state(&transaction, file)? {
        FileState::Blank => 0,
        FileState::Ours(version) => version,
    };
    for (number, sql) in (1..).zip(MIGRATIONS) {
        if number > version {
            transaction.execute_batch(sql)?;
            if number == CHAIN {
                let at = (beginning.clock)().as_microsecond();
                audit::begin_chain(&transaction, at, beginning.audit_key)?;
            }
        }
    }
    // The searched data is in the tables of the newest version, so this comes after all of them.
    if version < SEARCH {
        search::rebuild(&transaction)?;
    } else if version < DUPLICATES {
        duplicate::rebuild(&transaction)?;
    }
    if version < FOLLOW_UP {
        follow_up::rebuild(&transaction)?;
    }
    if version < OWNER {
        hospital::store_all_keys(&transaction)?;
        let at = (beginning.clock)().as_microsecond();
        let chain = audit::Chain::open(&transaction)?;
        owner::log_first_owner(&transaction, at)?;
        chain.seal(&transaction, beginning.audit_key)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", KNOWN)?;
    transaction.commit()?;
    Ok(())
}

fn file_state(connection: &Connection, file: &Path) -> Result<FileState, Stop> {
    // One statement, so that all three values are consistent.
    let (application, version, objects): (i64, i64, i64) = connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT user_version FROM pragma_user_version),
                (SELECT count(*) FROM sqlite_schema)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let file = file.to_path_buf();
    match application {
        APPLICATION_ID if version > KNOWN => Err(StoreError::NewerDatabase {
            file,
            found: version,
            known: KNOWN,
        }
        .into()),
        APPLICATION_ID => Ok(FileState::Ours(version)),
        0 if version == 0 && objects == 0 => Ok(FileState::Blank),
        _ => Err(StoreError::ForeignDatabase { file }.into()),
    }
}
