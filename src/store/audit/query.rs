//! Reading the audit log page by page, newest first.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Row, Transaction, params_from_iter};

use super::record::{Action, Object, Outcome, record};
use crate::clinical::text;
use crate::store::account::instant;
use crate::store::error::Stop;
use crate::store::{Access, AccountId, Role, Store, StoreError, TokenScope};

/// Maximum number of entries of one page.
const MAX_ENTRIES: u32 = 500;

/// Outcome of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    Done,
    Refused,
}

impl AuditOutcome {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Position of an entry in the order of the log: by time, and by number where times are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPosition {
    pub at: Timestamp,
    pub seq: i64,
}

/// Page of the matching entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditPlace {
    Newest,
    /// The entries directly before this one.
    Before(AuditPosition),
    /// The entries directly after this one.
    After(AuditPosition),
    Oldest,
}

/// Filter of the entries: they match all that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Part of the name or the email of the account that acted or that was acted on.
    pub account: String,
    /// Start of the action: `delete` for all deletions.
    pub action: String,
    pub outcome: Option<AuditOutcome>,
    /// Number of the patient that was acted on, or to whom the exam, nodule, report or attachment belongs.
    pub patient: String,
    /// Earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time, exclusive.
    pub until: Option<Timestamp>,
    pub place: AuditPlace,
    /// Maximum number of entries; at most 500 are returned at once.
    pub limit: u32,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self {
            account: String::new(),
            action: String::new(),
            outcome: None,
            patient: String::new(),
            from: None,
            until: None,
            place: AuditPlace::Newest,
            limit: 100,
        }
    }
}

/// Object of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditObject {
    /// Kind of object, as the log names it.
    pub kind: String,
    pub id: i64,
    /// The account's email, the token's name, or the patient's number; none after a final deletion.
    pub name: Option<String>,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub seq: i64,
    pub at: Timestamp,
    /// Account that acted; none without a sign-in.
    pub account: Option<AccountId>,
    pub full_name: Option<String>,
    pub email: Option<String>,
    pub action: String,
    pub object: Option<AuditObject>,
    pub refused: bool,
}

impl AuditEntry {
    /// Place in the log, from which the next page continues.
    pub fn position(&self) -> AuditPosition {
        AuditPosition {
            at: self.at,
            seq: self.seq,
        }
    }
}

/// One page of the matching entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// True if more entries follow in the requested direction.
    pub more: bool,
}

impl Store {
    /// One page of the entries of the administrator's hospital. Opening the log at either end is itself an entry, not yet on that
    /// page; paging on from there writes none.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's.
    pub fn audit_entries(
        &self,
        access: &Access,
        query: &AuditQuery,
    ) -> Result<AuditPage, StoreError> {
        let work = |transaction: &Transaction<'_>| -> Result<AuditPage, Stop> {
            access.require_role(transaction, Role::Administrator, TokenScope::Read)?;
            Ok(page(transaction, access.hospital, query)?)
        };
        if matches!(query.place, AuditPlace::Before(_) | AuditPlace::After(_)) {
            return self.read(work);
        }
        let at = self.now();
        let page = self.read(work)?;
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let who = Some(access.account);
            record(
                transaction,
                at,
                who,
                Action::ViewLog,
                Object::Nothing,
                Outcome::Done,
            )?;
            Ok(())
        })?;
        Ok(page)
    }
}

/// Conditions joined by AND, with their values in order.
#[derive(Debug, Clone, Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn and(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(sql);
        self.values.extend(values);
    }
}

/// `(?, ?, …)`, or `(NULL)` for no value, which matches nothing.
fn list(count: usize) -> String {
    match count {
        0 => "(NULL)".to_owned(),
        count => format!("({})", vec!["?"; count].join(", ")),
    }
}

/// Each arm is read in the order of the log by an index, so that the cost of a page does not depend on the length of the log; the
/// arms together are the matching entries.
fn page(
    transaction: &Transaction<'_>,
    hospital: i64,
    query: &AuditQuery,
) -> rusqlite::Result<AuditPage> {
    let limit = query.limit.clamp(1, MAX_ENTRIES) as usize;
    let newest_first = matches!(query.place, AuditPlace::Newest | AuditPlace::Before(_));
    let mut entries: Vec<AuditEntry> = Vec::new();
    for arm in arms(transaction, hospital, query)? {
        let order = if newest_first { "DESC" } else { "ASC" };
        let sql = format!(
            "{SELECT} WHERE {} ORDER BY audit.at {order}, audit.seq {order} LIMIT {}",
            arm.sql,
            limit + 1
        );
        let mut statement = transaction.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(arm.values), read)?;
        for entry in rows {
            entries.push(entry?);
        }
    }
    entries.sort_by_key(AuditEntry::position);
    entries.dedup_by_key(|entry| entry.seq);
    if newest_first {
        entries.reverse();
    }
    let more = entries.len() > limit;
    entries.truncate(limit);
    if !newest_first {
        entries.reverse();
    }
    Ok(AuditPage { entries, more })
}

/// The queries whose union is the matching entries.
fn arms(
    transaction: &Transaction<'_>,
    hospital: i64,
    query: &AuditQuery,
) -> rusqlite::Result<Vec<Conditions>> {
    let mut common = Conditions::default();
    span(&mut common, query);
    let accounts = accounts(transaction, hospital, &query.account)?;
    let actions = actions(transaction, hospital, &query.action)?;
    let patients = patients(transaction, hospital, &query.patient)?;
    // The driving condition of a query uses an index; a plus sign keeps the index of every other condition out of use.
    let with_accounts = |arm: &mut Conditions| {
        if let Some(accounts) = &accounts {
            let list = list(accounts.len());
            let sql = format!(
                "(+audit.account_id IN {list}
                  OR (+audit.object_kind = 'account' AND +audit.object_id IN {list}))"
            );
            arm.and(&sql, [accounts.clone(), accounts.clone()].concat());
        }
    };
    let with_actions = |arm: &mut Conditions| {
        if let Some(actions) = &actions {
            arm.and(
                &format!("+audit.action IN {}", list(actions.len())),
                actions.clone(),
            );
        }
    };
    let begin = |sql: &str, values: Vec<Value>| {
        let mut arm = Conditions::default();
        arm.and(sql, values);
        arm.and(&common.sql, common.values.clone());
        arm
    };
    let mut arms = Vec::new();
    if let Some(patients) = patients {
        let list = list(patients.len());
        let exams = format!("(SELECT id FROM exam WHERE patient_id IN {list})");
        for (kind, ids) in [
            ("patient", list.clone()),
            ("exam", exams.clone()),
            (
                "attachment",
                format!("(SELECT id FROM attachment WHERE patient_id IN {list})"),
            ),
            (
                "file",
                format!("(SELECT id FROM attached_file WHERE patient_id IN {list})"),
            ),
            (
                "nodule",
                format!("(SELECT id FROM nodule WHERE exam_id IN {exams})"),
            ),
            (
                "report",
                format!("(SELECT id FROM report WHERE exam_id IN {exams})"),
            ),
        ] {
            let sql = format!(
                "audit.object_kind = '{kind}' AND audit.object_id IN {ids} AND +audit.hospital_id = ?"
            );
            let mut values = patients.clone();
            values.push(Value::Integer(hospital));
            let mut arm = begin(&sql, values);
            with_accounts(&mut arm);
            with_actions(&mut arm);
            arms.push(arm);
        }
    } else if let Some(accounts) = &accounts {
        for account in accounts {
            for sql in [
                "audit.hospital_id = ? AND audit.account_id = ?",
                "+audit.hospital_id = ? AND audit.object_kind = 'account' AND audit.object_id = ?",
            ] {
                let mut arm = begin(sql, vec![Value::Integer(hospital), account.clone()]);
                with_actions(&mut arm);
                arms.push(arm);
            }
        }
    } else if let Some(actions) = &actions {
        for action in actions {
            let values = vec![Value::Integer(hospital), action.clone()];
            arms.push(begin("audit.hospital_id = ? AND audit.action = ?", values));
        }
    } else {
        arms.push(begin(
            "audit.hospital_id = ?",
            vec![Value::Integer(hospital)],
        ));
    }
    Ok(arms)
}

/// The outcome, the days and the position, which every query has.
fn span(conditions: &mut Conditions, query: &AuditQuery) {
    let at = |instant: Timestamp| Value::Integer(instant.as_microsecond());
    // Written as literals, so that the planner can use the partial index of refused entries.
    conditions.and(
        match query.outcome {
            None => "TRUE",
            Some(AuditOutcome::Done) => "audit.outcome = 'done'",
            Some(AuditOutcome::Refused) => "audit.outcome = 'refused'",
        },
        [],
    );
    if let Some(from) = query.from {
        conditions.and("audit.at >= ?", [at(from)]);
    }
    if let Some(until) = query.until {
        conditions.and("audit.at < ?", [at(until)]);
    }
    let (sql, position) = match query.place {
        AuditPlace::Before(position) => ("(audit.at, audit.seq) < (?, ?)", position),
        AuditPlace::After(position) => ("(audit.at, audit.seq) > (?, ?)", position),
        AuditPlace::Newest | AuditPlace::Oldest => return,
    };
    conditions.and(sql, [at(position.at), Value::Integer(position.seq)]);
}

/// The accounts of the hospital that match the filter; none if all do.
fn accounts(
    transaction: &Transaction<'_>,
    hospital: i64,
    typed: &str,
) -> rusqlite::Result<Option<Vec<Value>>> {
    let wanted = text::fold(typed);
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut statement = transaction
        .prepare_cached("SELECT id, full_name, email FROM account WHERE hospital_id = ?1")?;
    let rows = statement.query_map([hospital], |row| {
        let (name, email): (String, String) = (row.get(1)?, row.get(2)?);
        let matches = [name, email]
            .iter()
            .any(|text| text::fold(text).contains(&wanted));
        Ok(matches.then(|| row.get(0)).transpose()?.map(Value::Integer))
    })?;
    rows.filter_map(Result::transpose)
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

/// The actions in the hospital's log with the requested start; none if all are wanted.
fn actions(
    transaction: &Transaction<'_>,
    hospital: i64,
    typed: &str,
) -> rusqlite::Result<Option<Vec<Value>>> {
    let wanted = text::fold(typed);
    if wanted.is_empty() {
        return Ok(None);
    }
    // From one word of the index to the next.
    let mut statement = transaction.prepare_cached(
        "WITH RECURSIVE word (action) AS (
             SELECT min(action) FROM audit WHERE hospital_id = ?1
             UNION ALL
             SELECT (SELECT min(action) FROM audit WHERE hospital_id = ?1 AND action > word.action)
             FROM word WHERE word.action IS NOT NULL)
         SELECT action FROM word WHERE action IS NOT NULL",
    )?;
    let words = statement.query_map([hospital], |row| row.get::<_, String>(0))?;
    words
        .filter(|word| word.as_ref().map_or(true, |word| word.starts_with(&wanted)))
        .map(|word| word.map(Value::Text))
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

/// The hospital's patients with that number, including deleted ones; none if all are wanted.
fn patients(
    transaction: &Transaction<'_>,
    hospital: i64,
    typed: &str,
) -> rusqlite::Result<Option<Vec<Value>>> {
    let wanted = text::key(typed);
    if wanted.is_empty() {
        return Ok(None);
    }
    transaction
        .prepare_cached("SELECT id FROM patient WHERE hospital_id = ?1 AND number_key = ?2")?
        .query_map((hospital, wanted), |row| row.get(0).map(Value::Integer))?
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

/// The columns that [`read`] reads.
const SELECT: &str =
    "SELECT audit.seq, audit.at, audit.account_id, who.full_name, who.email, audit.action,
        audit.object_kind, audit.object_id, audit.outcome,
        CASE audit.object_kind
            WHEN 'account' THEN (SELECT email FROM account WHERE id = audit.object_id)
            WHEN 'patient' THEN (SELECT number FROM patient WHERE id = audit.object_id)
            WHEN 'exam' THEN (SELECT number FROM patient WHERE id =
                (SELECT patient_id FROM exam WHERE id = audit.object_id))
            WHEN 'attachment' THEN (SELECT number FROM patient WHERE id =
                (SELECT patient_id FROM attachment WHERE id = audit.object_id))
            WHEN 'file' THEN (SELECT number FROM patient WHERE id =
                (SELECT patient_id FROM attached_file WHERE id = audit.object_id))
            WHEN 'nodule' THEN (SELECT number FROM patient WHERE id =
                (SELECT patient_id FROM exam WHERE id =
                    (SELECT exam_id FROM nodule WHERE id = audit.object_id)))
            WHEN 'report' THEN (SELECT number FROM patient WHERE id =
                (SELECT patient_id FROM exam WHERE id =
                    (SELECT exam_id FROM report WHERE id = audit.object_id)))
            WHEN 'token' THEN (SELECT name FROM access_token WHERE id = audit.object_id)
        END
     FROM audit LEFT JOIN account AS who ON who.id = audit.account_id";

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let kind: Option<String> = row.get(6)?;
    let id: Option<i64> = row.get(7)?;
    let name = row.get(9)?;
    Ok(AuditEntry {
        seq: row.get(0)?,
        at: instant(row, 1)?,
        account: row.get::<_, Option<i64>>(2)?.map(AccountId),
        full_name: row.get(3)?,
        email: row.get(4)?,
        action: row.get(5)?,
        object: kind
            .zip(id)
            .map(|(kind, id)| AuditObject { kind, id, name }),
        refused: row.get::<_, String>(8)? == "refused",
    })
}
