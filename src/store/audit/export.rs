//! Export of the audit log, to be stored elsewhere.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::record::{Action, Object, Outcome, record};
use super::seal::{AuditHead, head};
use crate::store::account::instant;
use crate::store::error::Stop;
use crate::store::{Access, Role, Store, StoreError, TokenScope};
use crate::text::hexadecimal;

/// Range of the entries to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditSpan {
    /// Earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time, exclusive.
    pub until: Option<Timestamp>,
}

/// Summary of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditExport {
    pub entries: u64,
    /// The end of the chain at that moment.
    pub head: AuditHead,
}

/// Reason why the log was not exported.
#[derive(Debug, thiserror::Error)]
pub enum AuditExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the entries cannot be written ({0}): choose another place")]
    Unwritable(#[from] io::Error),
}

/// An entry as a line of the export. The only field about a patient is the id of the row.
#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: String,
    account_id: Option<i64>,
    account: Option<String>,
    action: &'a str,
    object: Option<&'a str>,
    object_id: Option<i64>,
    outcome: &'a str,
}

/// The last line of the export.
#[derive(Serialize)]
struct LastLine {
    head: HeadLine,
}

/// A head as written in files and answers.
#[derive(Debug, Serialize, serde::Deserialize)]
struct HeadLine {
    seq: i64,
    hash: String,
    mac: Option<String>,
    key_id: Option<String>,
    at: Option<String>,
}

impl AuditHead {
    /// The head and its time as a line of JSON, the last line of an export.
    pub fn to_json(&self, at: Timestamp) -> String {
        let head = HeadLine {
            seq: self.seq,
            hash: hexadecimal(&self.hash),
            mac: self.mac.map(|mac| hexadecimal(&mac)),
            key_id: self.key_id.map(|id| hexadecimal(&id)),
            at: Some(at.to_string()),
        };
        // Serialising text and numbers cannot fail.
        serde_json::to_string(&LastLine { head }).unwrap_or_default()
    }

    /// Parses the output of [`AuditHead::to_json`], or `SEQ:HASH` with the hash in 64 hexadecimal digits; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((seq, hash)) = text.split_once(':')
            && let (Ok(seq), Some(hash)) = (seq.parse(), digits(hash))
        {
            return Some(Self {
                seq,
                hash,
                mac: None,
                key_id: None,
            });
        }
        let line: serde_json::Value = serde_json::from_str(text).ok()?;
        let line: HeadLine = serde_json::from_value(line.get("head")?.clone()).ok()?;
        Some(Self {
            seq: line.seq,
            hash: digits(&line.hash)?,
            mac: line
                .mac
                .as_deref()
                .map(digits)
                .map(|mac| mac.ok_or(()))
                .transpose()
                .ok()?,
            key_id: line
                .key_id
                .as_deref()
                .map(digits)
                .map(|id| id.ok_or(()))
                .transpose()
                .ok()?,
        })
    }
}

/// The bytes of exactly `LENGTH` hexadecimal digits each.
fn digits<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() != LENGTH * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

impl Store {
    /// The end of the chain, to be stored outside the database.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's.
    pub fn audit_head(&self, access: &Access) -> Result<AuditHead, StoreError> {
        self.read(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Read)?;
            // The session's sign-in is itself an entry, so an empty log means that there is no session.
            head(transaction)?.ok_or_else(|| StoreError::SignedOut.into())
        })
    }

    /// Writes the entries of the administrator's hospital to `out`, oldest first, one line of JSON each, and the head of the
    /// chain as the last line. Memory use does not depend on their number. The export is itself an entry, and the last one that
    /// it writes.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, and when `out` cannot be written.
    pub fn export_audit(
        &self,
        access: &Access,
        span: AuditSpan,
        out: &mut dyn Write,
    ) -> Result<AuditExport, AuditExportError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Export)?;
            let who = Some(access.account);
            record(
                transaction,
                at,
                who,
                Action::ExportLog,
                Object::Nothing,
                Outcome::Done,
            )?;
            Ok(())
        })?;
        let written = self.read(|transaction| {
            access.require_role(transaction, Role::Administrator, TokenScope::Export)?;
            let head = head(transaction)?.ok_or(StoreError::SignedOut)?;
            let mut statement = transaction.prepare_cached(
                "SELECT audit.seq, audit.at, audit.account_id, account.email, audit.action,
                        audit.object_kind, audit.object_id, audit.outcome
                 FROM audit LEFT JOIN account ON account.id = audit.account_id
                 WHERE audit.hospital_id = ?1 AND audit.at >= ?2 AND audit.at < ?3
                 ORDER BY audit.at, audit.seq",
            )?;
            let microseconds = |instant: Option<Timestamp>| instant.map(Timestamp::as_microsecond);
            let mut rows = statement.query((
                access.hospital,
                microseconds(span.from).unwrap_or(i64::MIN),
                microseconds(span.until).unwrap_or(i64::MAX),
            ))?;
            let mut entries = 0;
            while let Some(row) = rows.next()? {
                let (action, kind): (String, Option<String>) = (row.get(4)?, row.get(5)?);
                let outcome: String = row.get(7)?;
                let line = Line {
                    seq: row.get(0)?,
                    at: instant(row, 1)?.to_string(),
                    account_id: row.get(2)?,
                    account: row.get(3)?,
                    action: &action,
                    object: kind.as_deref(),
                    object_id: row.get(6)?,
                    outcome: &outcome,
                };
                if let Err(error) = write_line(&line, out) {
                    return Ok(Err(error));
                }
                entries += 1;
            }
            Ok::<_, Stop>(Ok(AuditExport { entries, head }))
        })?;
        let export = written?;
        let taken = Timestamp::from_microsecond(at).unwrap_or_default();
        writeln!(out, "{}", export.head.to_json(taken))?;
        Ok(export)
    }
}

fn write_line(line: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> AuditHead {
        AuditHead {
            seq: 12,
            hash: [0xab; 32],
            mac: Some([1; 32]),
            key_id: Some([2; 8]),
        }
    }

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let written = head().to_json(Timestamp::UNIX_EPOCH);
        assert_eq!(AuditHead::parse(&written), Some(head()));
        let short = format!("12:{}", "ab".repeat(32));
        let bare = AuditHead {
            mac: None,
            key_id: None,
            ..head()
        };
        assert_eq!(AuditHead::parse(&short), Some(bare));
    }

    #[test]
    fn text_that_is_not_a_head_is_refused() {
        let short = format!("12:{}", "ab".repeat(31));
        let odd = head()
            .to_json(Timestamp::UNIX_EPOCH)
            .replace("abab", "zzzz");
        for text in ["", "12", "12:", &short, "{}", "{\"head\":{}}", "[1]", &odd] {
            assert_eq!(AuditHead::parse(text), None, "{text}");
        }
    }
}
