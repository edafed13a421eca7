//! Planned exams of an import, and undoing them.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::list::read_one;
use super::plan::{insert, record, rewrite};
use super::{PlannedId, PlannedState, renew};
use crate::clinical::worklist::ExamPlan;
use crate::store::audit::Action;
use crate::store::dated_list::day;
use crate::store::error::Stop;
use crate::store::{Access, ImportId, PatientId, StoreError};

/// Effect of an imported row on the planned exams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedPlan {
    Added,
    Changed,
    /// The exam is planned like this, done or cancelled.
    Unchanged,
}

/// A planned exam that a row is about.
pub(in crate::store) struct StoredPlan {
    pub id: PlannedId,
    pub revision: u32,
    pub plan: ExamPlan,
    pub is_open: bool,
}

/// The order before an import, as stored for undoing it.
#[derive(Serialize, Deserialize)]
struct Before {
    on: String,
    accession: String,
    reason: String,
    revision: u32,
}

/// The patient of the planned exam with an accession number; a deleted patient keeps it.
pub(in crate::store) fn planned_for(
    transaction: &Transaction<'_>,
    access: &Access,
    accession_key: &str,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT patient_id FROM planned_exam WHERE hospital_id = ?1 AND accession_key = ?2",
        )?
        .query_row(params![access.hospital, accession_key], |row| row.get(0))
        .optional()
}

/// The planned exam that a row is about: the one with its accession number, or else the patient's of that day that has no
/// number, or any if the row has none.
pub(in crate::store) fn plan_of_row(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: Option<PatientId>,
    plan: &ExamPlan,
) -> rusqlite::Result<Option<StoredPlan>> {
    let key = plan.accession_key();
    let read = |row: &rusqlite::Row<'_>| {
        let accession: Option<String> = row.get(2)?;
        Ok(StoredPlan {
            id: PlannedId(row.get(0)?),
            plan: ExamPlan {
                on: day(row, 1)?,
                accession: accession.unwrap_or_default(),
                reason: row.get(3)?,
            },
            is_open: row.get(4)?,
            revision: row.get(5)?,
        })
    };
    let named = transaction
        .prepare_cached(
            "SELECT id, planned_on, accession, reason, state = 'planned', revision FROM planned_exam
             WHERE hospital_id = ?1 AND accession_key = ?2",
        )?
        .query_row(params![access.hospital, key], read)
        .optional()?;
    let Some(patient) = patient.filter(|_| named.is_none()) else {
        return Ok(named);
    };
    transaction
        .prepare_cached(
            "SELECT id, planned_on, accession, reason, state = 'planned', revision FROM planned_exam
             WHERE patient_id = ?1 AND planned_on = ?2 AND (?3 IS NULL OR accession_key IS NULL)
             ORDER BY id LIMIT 1",
        )?
        .query_row(params![patient.0, plan.on.to_string(), key], read)
        .optional()
}

/// The order that an import leaves: the row's, with the values that only the present one states.
pub(in crate::store) fn merged(present: &ExamPlan, row: &ExamPlan) -> ExamPlan {
    let stated = |row: &str, present: &str| match row.is_empty() {
        true => present.to_owned(),
        false => row.to_owned(),
    };
    ExamPlan {
        on: row.on,
        accession: stated(&row.accession, &present.accession),
        reason: stated(&row.reason, &present.reason),
    }
}

/// Plans the exam of a row, or changes the planned one.
pub(in crate::store) fn import_plan(
    transaction: &Transaction<'_>,
    access: &Access,
    import: ImportId,
    patient: PatientId,
    plan: &ExamPlan,
    at: i64,
) -> Result<ImportedPlan, Stop> {
    let note = |id: PlannedId, before: Option<String>| {
        transaction
            .prepare_cached(
                "INSERT INTO import_plan (import_id, planned_id, before, after)
                 SELECT ?1, id, ?3, revision FROM planned_exam WHERE id = ?2
                 ON CONFLICT (import_id, planned_id) DO UPDATE SET after = excluded.after",
            )?
            .execute(params![import.0, id.0, before])
    };
    match plan_of_row(transaction, access, Some(patient), plan)? {
        None => {
            let id = insert(transaction, access, patient, plan, at)?;
            note(id, None)?;
            Ok(ImportedPlan::Added)
        }
        Some(stored) => {
            let merged = merged(&stored.plan, plan);
            if !stored.is_open || merged == stored.plan {
                return Ok(ImportedPlan::Unchanged);
            }
            let before = serde_json::to_string(&Before {
                on: stored.plan.on.to_string(),
                accession: stored.plan.accession,
                reason: stored.plan.reason,
                revision: stored.revision,
            });
            rewrite(transaction, access, stored.id, &merged, at)?;
            note(stored.id, before.ok())?;
            Ok(ImportedPlan::Changed)
        }
    }
}

/// Result of [`undo_plans`].
#[derive(Default)]
pub(in crate::store) struct UndonePlans {
    /// Number of planned exams that were removed or got their earlier order back.
    pub undone: u64,
    /// Numbers of the patients of those that were changed, done or cancelled since, and stay.
    pub stay: Vec<String>,
    /// The last planned exam that was looked at; none at the end.
    pub last: Option<i64>,
}

/// Undoes the next planned exams of an import, at most `most`: those that it added are removed, those that it changed get their
/// earlier order back.
pub(in crate::store) fn undo_plans(
    transaction: &Transaction<'_>,
    access: &Access,
    import: ImportId,
    (behind, most): (i64, usize),
    at: i64,
) -> Result<UndonePlans, Stop> {
    let rows: Vec<(i64, Option<String>, u32)> = transaction
        .prepare_cached(
            "SELECT planned_id, before, after FROM import_plan
             WHERE import_id = ?1 AND planned_id < ?2 ORDER BY planned_id DESC LIMIT ?3",
        )?
        .query_map(params![import.0, behind, most as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut undone = UndonePlans {
        last: rows.last().map(|(id, ..)| *id),
        ..UndonePlans::default()
    };
    for (id, before, after) in rows {
        let id = PlannedId(id);
        let present = match read_one(transaction, access.hospital, id) {
            Ok(present) => present,
            // The patient was deleted since.
            Err(Stop::Refused(StoreError::NoSuchPlan)) => continue,
            Err(stop) => return Err(stop),
        };
        if present.revision != after || present.state != PlannedState::Planned {
            undone.stay.push(present.patient.number);
            continue;
        }
        match before.and_then(|before| serde_json::from_str::<Before>(&before).ok()) {
            Some(Before {
                on,
                accession,
                reason,
                revision,
            }) => {
                let plan = ExamPlan {
                    on: on.parse().unwrap_or(present.plan.on),
                    accession,
                    reason,
                };
                rewrite(transaction, access, id, &plan, at)?;
                // An earlier import that led to this order can be undone next.
                transaction
                    .prepare_cached(
                        "UPDATE import_plan SET after = ?3 WHERE planned_id = ?1 AND after = ?2",
                    )?
                    .execute(params![id.0, revision, after.saturating_add(1)])?;
            }
            None => remove(transaction, access, id, at)?,
        }
        transaction
            .prepare_cached("DELETE FROM import_plan WHERE import_id = ?1 AND planned_id = ?2")?
            .execute(params![import.0, id.0])?;
        renew(transaction, present.patient_id)?;
        undone.undone += 1;
    }
    Ok(undone)
}

fn remove(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PlannedId,
    at: i64,
) -> Result<(), Stop> {
    for sql in [
        "DELETE FROM import_plan WHERE planned_id = ?1",
        "DELETE FROM planned_exam WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([id.0])?;
    }
    record(transaction, access, at, Action::RemovePlan, id)
}
