//! The records of an import: its decisions are written to the database.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::super::{PatientId, free_number, insert, versions};
use super::decide::{Holder, Known, Records};
use super::history::{self, ImportId};
use crate::clinical::patient::Patient;
use crate::clinical::worklist::ExamPlan;
use crate::store::duplicate::{self, KnownTraits};
use crate::store::error::Stop;
use crate::store::{Access, ImportedPlan, search, worklist};

/// One batch of an import.
pub(super) struct WrittenRecords<'a> {
    transaction: &'a Transaction<'a>,
    access: &'a Access,
    /// The import that the batch belongs to.
    import: ImportId,
    at: i64,
    /// Patients of this batch, as they are now, who are not yet in the search index.
    added: BTreeMap<i64, Patient>,
    changed: Vec<i64>,
    /// Number of patients that this batch changed and no earlier row added or changed.
    newly_changed: usize,
}

impl<'a> WrittenRecords<'a> {
    pub(super) fn new(
        transaction: &'a Transaction<'a>,
        access: &'a Access,
        import: ImportId,
        at: i64,
    ) -> Self {
        Self {
            transaction,
            access,
            import,
            at,
            added: BTreeMap::new(),
            changed: Vec::new(),
            newly_changed: 0,
        }
    }

    /// Ends the batch: its numbers, and the search index.
    pub(super) fn index(self, known: &mut KnownTraits) -> rusqlite::Result<()> {
        let added = self.added.len();
        history::count(self.transaction, self.import, added, self.newly_changed)?;
        let mut indexer = search::Indexer::begin(self.transaction, known)?;
        for &id in &self.changed {
            indexer.index(PatientId(id))?;
        }
        indexer.index_all_new(self.access.hospital, &self.added, self.at)?;
        indexer.finish()
    }
}

impl Records for WrittenRecords<'_> {
    fn holder(&mut self, number_key: &str) -> Result<Holder, Stop> {
        holder(self.transaction, self.access, number_key)
    }

    fn read(&mut self, id: i64) -> Result<Option<Known>, Stop> {
        read(self.transaction, self.access, id)
    }

    fn next_number(&mut self) -> Result<String, Stop> {
        Ok(free_number(self.transaction, self.access)?)
    }

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop> {
        let PatientId(id) = insert(self.transaction, self.access, patient, self.at)?;
        self.added.insert(id, patient.clone());
        history::note(self.transaction, self.import, PatientId(id), 0, 1)?;
        Ok(id)
    }

    fn change(&mut self, known: &Known, changed: &Patient) -> Result<(), Stop> {
        let id = PatientId(known.id);
        versions::rewrite(self.transaction, self.access, id, changed, self.at)?;
        let after = known.revision.saturating_add(1);
        let is_new = history::note(self.transaction, self.import, id, known.revision, after)?;
        self.newly_changed += usize::from(is_new);
        match self.added.get_mut(&known.id) {
            Some(added) => *added = changed.clone(),
            None => self.changed.push(known.id),
        }
        Ok(())
    }

    fn planned_for(&mut self, accession_key: &str) -> Result<Option<i64>, Stop> {
        Ok(worklist::planned_for(
            self.transaction,
            self.access,
            accession_key,
        )?)
    }

    fn plan(&mut self, patient: i64, plan: &ExamPlan) -> Result<ImportedPlan, Stop> {
        let patient = PatientId(patient);
        worklist::import_plan(
            self.transaction,
            self.access,
            self.import,
            patient,
            plan,
            self.at,
        )
    }
}

pub(super) fn holder(
    transaction: &Transaction<'_>,
    access: &Access,
    number_key: &str,
) -> Result<Holder, Stop> {
    let found: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT id, deleted_at IS NOT NULL FROM patient
             WHERE hospital_id = ?1 AND number_key = ?2",
        )?
        .query_row(params![access.hospital, number_key], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(match found {
        None => Holder::Free,
        Some((id, false)) => Holder::Patient(id),
        Some((id, true)) => match duplicate::kept_of(transaction, PatientId(id))? {
            Some((PatientId(kept), _)) => Holder::Merged(kept),
            None => Holder::Deleted,
        },
    })
}

pub(super) fn read(
    transaction: &Transaction<'_>,
    access: &Access,
    id: i64,
) -> Result<Option<Known>, Stop> {
    let found = versions::present(transaction, access, PatientId(id))?;
    Ok(found.map(|(patient, revision)| Known {
        id,
        revision,
        patient,
    }))
}
