//! Verification that the audit log is as LUNNY wrote it.

use std::fmt;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Rows, Transaction};

use super::head_file::{KeptHead, lost_changes};
use super::record::{Action, Object, Outcome, record};
use super::seal::{AuditHead, BROKEN, COLUMNS, GENESIS, Hash, KeyId, SealKey, sealed};
use crate::store::error::Stop;
use crate::store::{Access, Role, Store, StoreError, TokenScope};

/// The seals in the order of their entries.
const SEALS: &str = "SELECT seq, hash, mac, key_id FROM audit_seal ORDER BY seq";

/// Result of verifying the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerification {
    /// Number of verified entries that are as they were written: all of them, if there is no fault.
    pub entries: u64,
    /// Number of those that were signed under earlier keys. Their own signatures cannot be checked any more; they are anchored by
    /// the first signature under the present key, which covers everything before it.
    pub anchored: u64,
    /// The last sound entry; none in an empty log.
    pub head: Option<AuditHead>,
    /// The first fault. Later entries were not checked.
    pub fault: Option<AuditFault>,
}

/// The kind of fault, with the first entry that it affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFault {
    /// Entries are missing from `seq` up to the next entry present.
    Missing { seq: i64 },
    /// The log ends before `seq`, and once had entries up to `last`.
    Cut { seq: i64, last: i64 },
    /// The entry is not the one that was sealed: it was changed or moved.
    Changed { seq: i64 },
    /// The entry has no seal: another program wrote it, or removed the seal.
    Unsealed { seq: i64 },
    /// The seal of the entry was changed.
    SealChanged { seq: i64 },
    /// The seal fits the entry but was made without the key.
    Forged { seq: i64 },
    /// LUNNY wrote the entry after one that was not genuine.
    Broken { seq: i64 },
    /// The log ends in entries under a key other than the present one, from `seq` on.
    OtherKey { seq: i64 },
    /// The stored head is not on this chain: the log up to `seq` was replaced.
    OtherHead { seq: i64 },
    /// The stored head itself was changed.
    HeadChanged { seq: i64 },
    /// The database's count of entries was set back below `seq`.
    Counter { seq: i64 },
    /// An account has no entry of its registration: the log was started again from empty.
    Restarted,
}

impl AuditFault {
    /// Number of the first bad entry, if the fault is at one.
    pub fn seq(self) -> Option<i64> {
        match self {
            Self::Missing { seq }
            | Self::Cut { seq, .. }
            | Self::Changed { seq }
            | Self::Unsealed { seq }
            | Self::SealChanged { seq }
            | Self::Forged { seq }
            | Self::Broken { seq }
            | Self::OtherKey { seq }
            | Self::OtherHead { seq }
            | Self::HeadChanged { seq }
            | Self::Counter { seq } => Some(seq),
            Self::Restarted => None,
        }
    }

    /// The kind of fault in words, for scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Cut { .. } => "cut",
            Self::Changed { .. } => "changed",
            Self::Unsealed { .. } => "unsealed",
            Self::SealChanged { .. } => "seal changed",
            Self::Forged { .. } => "forged",
            Self::Broken { .. } => "broken",
            Self::OtherKey { .. } => "other key",
            Self::OtherHead { .. } => "other head",
            Self::HeadChanged { .. } => "head changed",
            Self::Counter { .. } => "counter",
            Self::Restarted => "restarted",
        }
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { seq } => write!(formatter, "entry {seq} is missing"),
            Self::Cut { seq, last } => write!(
                formatter,
                "the log was cut: it ends before entry {seq} and once had {last}"
            ),
            Self::Changed { seq } => {
                write!(
                    formatter,
                    "entry {seq} is not the one that was written there"
                )
            }
            Self::Unsealed { seq } => write!(
                formatter,
                "entry {seq} has no seal: another program wrote it, or removed its seal"
            ),
            Self::SealChanged { seq } => {
                write!(formatter, "the seal of entry {seq} was changed")
            }
            Self::Forged { seq } => {
                write!(
                    formatter,
                    "the seal of entry {seq} was made without the key"
                )
            }
            Self::Broken { seq } => write!(
                formatter,
                "the chain is broken before entry {seq}: the end of the log was not genuine when LUNNY wrote it"
            ),
            Self::OtherKey { seq } => write!(
                formatter,
                "the entries from {seq} to the end are signed under a key other than the present one"
            ),
            Self::OtherHead { seq } => write!(
                formatter,
                "the log up to entry {seq} does not match the stored head"
            ),
            Self::HeadChanged { seq } => write!(
                formatter,
                "the stored head of entry {seq} does not bear the signature of this database's key"
            ),
            Self::Counter { seq } => write!(
                formatter,
                "the database's count of entries was set back below entry {seq}"
            ),
            Self::Restarted => write!(
                formatter,
                "an account has no entry of its registration: the log was started again from empty"
            ),
        }
    }
}

/// Verifies the log of a database that no [`Store`] has open, with the audit key `key`.
pub(in crate::store) fn examine(
    transaction: &Transaction<'_>,
    key: &[u8; 32],
) -> rusqlite::Result<AuditVerification> {
    walk(transaction, &SealKey::new(key), None)
}

impl Store {
    /// Verifies the whole log, of all hospitals, and finds its first fault. `head` is one that was stored outside the home; with it
    /// a cut end is detected even if the database's own count was set back and the head beside the database removed.
    ///
    /// Memory use does not depend on the length of the log; takes about a microsecond per entry. No sign-in is needed: it reveals
    /// nothing of the entries' contents.
    ///
    /// # Errors
    /// Only if the database cannot be read.
    pub fn verify_audit(&self, head: Option<&AuditHead>) -> Result<AuditVerification, StoreError> {
        let audit_key = self.audit_key();
        let key = SealKey::new(&audit_key);
        // Before the log, which grows first.
        let outside = KeptHead::of(self.home());
        self.read(|transaction| {
            let mut found = walk(transaction, &key, head)?;
            if found.fault.is_none() {
                let lost = lost_changes(self.home(), &outside, transaction, &audit_key)?;
                found.fault = lost.map(|lost| lost.fault);
            }
            Ok(found)
        })
    }

    /// As [`Store::verify_audit`], for an administrator, and recorded in the log: as refused if a fault is found.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's.
    pub fn verify_audit_as(
        &self,
        access: &Access,
        head: Option<&AuditHead>,
    ) -> Result<AuditVerification, StoreError> {
        self.read(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Read)
        })?;
        let found = self.verify_audit(head)?;
        let at = self.now();
        self.note(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Read)?;
            let outcome = match found.fault {
                None => Outcome::Done,
                Some(_) => Outcome::Refused,
            };
            let who = Some(access.account);
            record(
                transaction,
                at,
                who,
                Action::VerifyLog,
                Object::Nothing,
                outcome,
            )?;
            Ok::<_, Stop>(())
        })?;
        Ok(found)
    }
}

/// Verifies the whole log, whose present key is `key`.
pub(super) fn walk(
    transaction: &Transaction<'_>,
    key: &SealKey,
    kept: Option<&AuditHead>,
) -> rusqlite::Result<AuditVerification> {
    Walk::new(key, kept).through(transaction)
}

/// A seal as stored, possibly tampered with.
struct Seal {
    seq: i64,
    hash: Option<Hash>,
    mac: Option<Hash>,
    key_id: Option<KeyId>,
}

impl Seal {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            hash: bytes(row, 1)?,
            mac: bytes(row, 2)?,
            key_id: bytes(row, 3)?,
        })
    }
}

fn bytes<const LENGTH: usize>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<[u8; LENGTH]>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => bytes.try_into().ok(),
        _ => None,
    })
}

/// State of the pass from the first entry to the last.
struct Walk<'a> {
    key: &'a SealKey,
    kept: Option<&'a AuditHead>,
    found: AuditVerification,
    previous: Hash,
    /// The first entry under an earlier key that is not yet anchored by a signature of the present one.
    unanchored: Option<i64>,
    /// Number of such entries.
    waiting: u64,
    /// True if an entry under the present key was met.
    present: bool,
}

impl<'a> Walk<'a> {
    fn new(key: &'a SealKey, kept: Option<&'a AuditHead>) -> Self {
        Self {
            key,
            kept,
            found: AuditVerification {
                entries: 0,
                anchored: 0,
                head: None,
                fault: None,
            },
            previous: GENESIS,
            unanchored: None,
            waiting: 0,
            present: false,
        }
    }

    fn through(mut self, transaction: &Transaction<'_>) -> rusqlite::Result<AuditVerification> {
        let forged_head = self.kept.filter(|kept| {
            let made = kept.mac.map(|mac| self.key.made(&kept.hash, &mac));
            kept.key_id == Some(self.key.id) && made == Some(false)
        });
        if let Some(kept) = forged_head {
            self.found.fault = Some(AuditFault::HeadChanged { seq: kept.seq });
            return Ok(self.found);
        }
        let sql = format!("SELECT {COLUMNS} FROM audit ORDER BY seq");
        let mut entries = transaction.prepare_cached(&sql)?;
        let mut seals = transaction.prepare_cached(SEALS)?;
        let mut rows = entries.query([])?;
        let mut seals = seals.query([])?;
        let mut seal = next_seal(&mut seals)?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let expected = self.found.head.map_or(1, |head| head.seq + 1);
            if seq != expected {
                self.found.fault = Some(AuditFault::Missing { seq: expected });
                return Ok(self.found);
            }
            let fits = seal.as_ref().is_some_and(|seal| seal.seq == seq);
            let Some(own) = seal.take_if(|_| fits) else {
                self.found.fault = Some(AuditFault::Unsealed { seq });
                return Ok(self.found);
            };
            if let Some(fault) = self.step(transaction, row, &own)? {
                self.found.fault = Some(fault);
                return Ok(self.found);
            }
            seal = next_seal(&mut seals)?;
        }
        self.found.fault = self.ending(transaction, seal.as_ref())?;
        Ok(self.found)
    }

    /// Checks one entry and its seal.
    fn step(
        &mut self,
        transaction: &Transaction<'_>,
        row: &Row<'_>,
        seal: &Seal,
    ) -> rusqlite::Result<Option<AuditFault>> {
        let seq = seal.seq;
        let (Some(hash), Some(mac), Some(key_id)) = (seal.hash, seal.mac, seal.key_id) else {
            return Ok(Some(AuditFault::SealChanged { seq }));
        };
        let present = key_id == self.key.id;
        let genuine = present && self.key.made(&hash, &mac);
        if sealed(&self.previous, row)? != hash {
            return Ok(Some(if genuine && sealed(&BROKEN, row)? == hash {
                AuditFault::Broken { seq }
            } else if genuine || !present {
                AuditFault::Changed { seq }
            } else {
                AuditFault::SealChanged { seq }
            }));
        }
        // An earlier key does not return.
        if !genuine && (present || self.present) {
            return Ok(Some(AuditFault::Forged { seq }));
        }
        if genuine || self.handed_over(transaction, seq, &hash)? {
            self.found.anchored += self.waiting + u64::from(!genuine);
            self.waiting = 0;
            self.unanchored = None;
        } else {
            self.unanchored.get_or_insert(seq);
            self.waiting += 1;
        }
        self.present |= genuine;
        if let Some(kept) = self.kept
            && kept.seq == seq
            && kept.hash != hash
        {
            return Ok(Some(AuditFault::OtherHead { seq }));
        }
        self.previous = hash;
        self.found.entries += 1;
        self.found.head = Some(AuditHead {
            seq,
            hash,
            mac: Some(mac),
            key_id: Some(key_id),
        });
        Ok(None)
    }

    /// True if the entry, sealed under an earlier key, was also signed under the present one before the change of key.
    fn handed_over(
        &self,
        transaction: &Transaction<'_>,
        seq: i64,
        hash: &Hash,
    ) -> rusqlite::Result<bool> {
        let found = transaction
            .prepare_cached("SELECT mac FROM audit_handover WHERE seq = ?1 AND key_id = ?2")?
            .query_row((seq, self.key.id), |row| bytes(row, 0))
            .optional()?;
        Ok(found.flatten().is_some_and(|mac| self.key.made(hash, &mac)))
    }

    /// The fault at the end of the log, if every entry is sound.
    fn ending(
        &self,
        transaction: &Transaction<'_>,
        left_over: Option<&Seal>,
    ) -> rusqlite::Result<Option<AuditFault>> {
        let last = self.found.head.map_or(0, |head| head.seq);
        let seals: i64 =
            transaction.query_row("SELECT coalesce(max(seq), 0) FROM audit_seal", [], |row| {
                row.get(0)
            })?;
        let counted: Option<i64> = transaction
            .query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = 'audit'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        let counted = counted.unwrap_or_default();
        let once = [seals, counted, self.kept.map_or(0, |kept| kept.seq)];
        let once = once.into_iter().max().unwrap_or_default();
        if once > last || left_over.is_some() {
            return Ok(Some(AuditFault::Cut {
                seq: last + 1,
                last: once,
            }));
        }
        if counted < last {
            return Ok(Some(AuditFault::Counter { seq: last }));
        }
        if let Some(seq) = self.unanchored {
            return Ok(Some(AuditFault::OtherKey { seq }));
        }
        let unregistered = transaction
            .prepare_cached(
                "SELECT 1 FROM account WHERE NOT EXISTS (
                     SELECT 1 FROM audit WHERE object_kind = 'account' AND object_id = account.id
                                           AND action = 'register')",
            )?
            .exists([])?;
        Ok(unregistered.then_some(AuditFault::Restarted))
    }
}

fn next_seal(seals: &mut Rows<'_>) -> rusqlite::Result<Option<Seal>> {
    seals.next()?.map(Seal::read).transpose()
}
