//! The chain: every entry is sealed with a hash over itself and everything before it, and with a MAC over that hash
//! under a key that the database does not hold.
//!
//! The hash of entry *n* is SHA-256 over a domain, the hash of entry *n* − 1 and every column of the row, each with its type and
//! length. The MAC is HMAC-SHA-256 (RFC 2104) of the hash. A change to an entry requires new seals for all later entries, which
//! cannot be made without the key.
//!
//! An entry is sealed by the transaction that writes it, before it commits; a row that another program added is never sealed
//! afterwards. Before the chain grows, its last seal is checked against the key. If the check fails, another program made the
//! seal, and the chain is not continued but restarted from [`BROKEN`]: work goes on, and [`Store::verify_audit`] reports the
//! place permanently. A forged past therefore cannot be hidden under genuine seals.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::record::{Action, Object, Outcome, record};
use crate::store::{Store, StoreError};

pub(super) type Hash = [u8; 32];
pub(super) type KeyId = [u8; 8];

/// Predecessor hash of the first entry of a chain.
pub(super) const GENESIS: Hash = [0; 32];
/// Predecessor hash of an entry whose previous seal is not genuine.
pub(super) const BROKEN: Hash = [0xff; 32];

/// The columns that a seal covers, in the order in which [`sealed`] reads them.
pub(super) const COLUMNS: &str =
    "seq, at, account_id, action, object_kind, object_id, outcome, hospital_id";
const COLUMN_COUNT: usize = 8;

/// The end of the chain at some moment. Stored outside the database, it shows later whether entries were cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last entry.
    pub seq: i64,
    pub hash: [u8; 32],
    /// The MAC of the hash, if known.
    pub mac: Option<[u8; 32]>,
    /// Identifier of the key that made the MAC, if known.
    pub key_id: Option<[u8; 8]>,
}

/// The key of the MACs, ready to use.
pub(super) struct SealKey {
    mac: Hmac<Sha256>,
    pub id: KeyId,
}

impl SealKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"lunny audit key id 1")
            .chain_update(key)
            .finalize();
        let mut id = KeyId::default();
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        // A key is padded with zeros to a block of the hash (RFC 2104).
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self {
            mac: <Hmac<Sha256> as KeyInit>::new((&*block).into()),
            id,
        }
    }

    fn keyed(&self, hash: &Hash) -> Hmac<Sha256> {
        self.mac.clone().chain_update(hash)
    }

    pub(super) fn sign(&self, hash: &Hash) -> Hash {
        self.keyed(hash).finalize().into_bytes().into()
    }

    /// True if this key made `mac` for `hash`. Runs in constant time.
    pub(super) fn made(&self, hash: &Hash, mac: &Hash) -> bool {
        self.keyed(hash).verify_slice(mac).is_ok()
    }
}

/// The hash of the entry in `row`, whose first columns are [`COLUMNS`], after `previous`.
pub(super) fn sealed(previous: &Hash, row: &Row<'_>) -> rusqlite::Result<Hash> {
    let mut hasher = Sha256::new();
    hasher.update(b"lunny audit 1\0");
    hasher.update(previous);
    for column in 0..COLUMN_COUNT {
        // The type distinguishes null from an empty text and a number from its digits.
        match row.get_ref(column)? {
            ValueRef::Null => hasher.update([0]),
            ValueRef::Integer(number) => {
                hasher.update([1]);
                hasher.update(number.to_le_bytes());
            }
            ValueRef::Real(number) => {
                hasher.update([2]);
                hasher.update(number.to_le_bytes());
            }
            ValueRef::Text(bytes) => with_length(&mut hasher, 3, bytes),
            ValueRef::Blob(bytes) => with_length(&mut hasher, 4, bytes),
        }
    }
    Ok(hasher.finalize().into())
}

fn with_length(hasher: &mut Sha256, kind: u8, bytes: &[u8]) {
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// The end of the log at the start of a transaction.
pub(in crate::store) struct Chain {
    /// Number of its last entry; 0 in an empty log.
    last: i64,
}

impl Chain {
    /// Reads the end of the log before `transaction` writes to it.
    pub(crate) fn open(transaction: &Transaction<'_>) -> rusqlite::Result<Self> {
        let last = transaction
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM audit")?
            .query_row([], |row| row.get(0))?;
        Ok(Self { last })
    }

    /// The chain of an empty log.
    pub(super) fn from_the_start() -> Self {
        Self { last: 0 }
    }

    /// Seals the entries that `transaction` has written, with the audit key `key`. Returns the new head, if there are any.
    pub(crate) fn seal(
        &self,
        transaction: &Transaction<'_>,
        key: &[u8; 32],
    ) -> rusqlite::Result<Option<AuditHead>> {
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > ?1 ORDER BY seq");
        let mut entries = transaction.prepare_cached(&sql)?;
        let from = self.last.max(head(transaction)?.map_or(0, |head| head.seq));
        let mut rows = entries.query([from])?;
        let Some(mut row) = rows.next()? else {
            return Ok(None);
        };
        let key = SealKey::new(key);
        let mut insert = transaction.prepare_cached(
            "INSERT INTO audit_seal (seq, hash, mac, key_id) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut hash = continued(transaction, &key)?;
        loop {
            hash = sealed(&hash, row)?;
            let seq: i64 = row.get(0)?;
            let mac = key.sign(&hash);
            insert.execute(params![seq, hash, mac, key.id])?;
            match rows.next()? {
                Some(next) => row = next,
                None => {
                    return Ok(Some(AuditHead {
                        seq,
                        hash,
                        mac: Some(mac),
                        key_id: Some(key.id),
                    }));
                }
            }
        }
    }
}

/// The hash that precedes the next entry.
fn continued(transaction: &Transaction<'_>, key: &SealKey) -> rusqlite::Result<Hash> {
    let Some(head) = head(transaction)? else {
        return Ok(GENESIS);
    };
    let ours = |id: Option<KeyId>, mac: Option<Hash>| {
        id == Some(key.id) && mac.is_some_and(|mac| key.made(&head.hash, &mac))
    };
    if ours(head.key_id, head.mac) {
        return Ok(head.hash);
    }
    let handed_over = transaction
        .prepare_cached("SELECT key_id, mac FROM audit_handover WHERE seq = ?1")?
        .query_row([head.seq], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match handed_over {
        Some((id, mac)) if ours(Some(id), Some(mac)) => Ok(head.hash),
        _ => Ok(BROKEN),
    }
}

/// The last seal; none before the first.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Option<AuditHead>> {
    connection
        .prepare_cached("SELECT seq, hash, mac, key_id FROM audit_seal ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(AuditHead {
                seq: row.get(0)?,
                hash: row.get(1)?,
                mac: Some(row.get(2)?),
                key_id: Some(row.get(3)?),
            })
        })
        .optional()
}

/// Seals the entries of a database from before seals existed, and records that in the log. Changes before this moment cannot be
/// detected. Only for the migration that introduces the chain.
pub(in crate::store) fn begin_chain(
    transaction: &Transaction<'_>,
    at: i64,
    key: &[u8; 32],
) -> rusqlite::Result<()> {
    if Chain::open(transaction)?.last == 0 {
        return Ok(());
    }
    let nothing = Object::Nothing;
    record(
        transaction,
        at,
        None,
        Action::BeginChain,
        nothing,
        Outcome::Done,
    )?;
    Chain::from_the_start().seal(transaction, key)?;
    Ok(())
}

impl Store {
    /// Prepares the log for the audit key `next`: an entry records the change of key and is sealed under both. To be called
    /// before the database itself changes its key; if that fails, the log continues under the present one.
    ///
    /// No other process may write between this call and the change.
    pub(in crate::store) fn hand_over_audit_log(
        &self,
        by: Option<i64>,
        next: &[u8; 32],
    ) -> Result<(), StoreError> {
        let at = self.now();
        let key = self.audit_key();
        self.write(|transaction| {
            let chain = Chain::open(transaction)?;
            let nothing = Object::Nothing;
            record(
                transaction,
                at,
                by,
                Action::RotateKey,
                nothing,
                Outcome::Done,
            )?;
            chain.seal(transaction, &key)?;
            if let Some(head) = head(transaction)? {
                let next = SealKey::new(next);
                transaction
                    .prepare_cached(
                        "INSERT INTO audit_handover (seq, mac, key_id) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![head.seq, next.sign(&head.hash), next.id])?;
            }
            Ok(())
        })
    }
}
