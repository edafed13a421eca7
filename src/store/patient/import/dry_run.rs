//! The records of a dry run: the changes of an import, over the stored records.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use jiff::civil::Date;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::decide::{Holder, Known, Records};
use super::hashed_ids::HashedIds;
use super::texts::Texts;
use super::written;
use crate::clinical::patient::{Patient, PatientDraft};
use crate::clinical::text::key;
use crate::clinical::worklist::ExamPlan;
use crate::store::error::Stop;
use crate::store::{Access, ImportedPlan, PatientId, worklist};

/// The changes that an import would make.
#[derive(Debug)]
pub(super) struct Overlay {
    /// The content of each new or changed patient, by [`place`].
    patients: Texts,
    /// Number of new patients. The first has the id −1, the next −2.
    added: i64,
    /// The numbers of both, by hash: a patient found by hash is read and compared.
    numbers: HashedIds,
    /// The next free number.
    next: Option<i64>,
    /// The planned exams with their patients, by the hashes of accession number, and of patient and day.
    plans: Texts,
}

/// A planned exam as text.
#[derive(Serialize, Deserialize)]
struct KeptPlan {
    patient: i64,
    on: String,
    accession: String,
    reason: String,
}

/// The number of a patient's text: new patients after all others, in their order.
fn place(id: i64) -> i64 {
    match id {
        0.. => id,
        _ => (1_i64 << 62).wrapping_sub(id),
    }
}

impl Overlay {
    /// Without changes. Data that is too much for memory is written to files in `folder`.
    pub(super) fn beside(folder: &Path) -> Self {
        Self {
            patients: Texts::beside(folder),
            added: 0,
            numbers: HashedIds::beside(folder),
            next: None,
            plans: Texts::beside(folder),
        }
    }

    /// Looks up the next free number, before the first row.
    pub(super) fn begin(
        &mut self,
        transaction: &Transaction<'_>,
        access: &Access,
        first_number: i64,
    ) -> rusqlite::Result<()> {
        if self.next.is_none() {
            let next: i64 = transaction
                .prepare_cached("SELECT next_patient FROM hospital WHERE id = ?1")?
                .query_row([access.hospital], |row| row.get(0))?;
            self.next = Some(next.max(first_number));
        }
        Ok(())
    }

    fn keep(&mut self, id: i64, patient: &Patient) -> Result<(), Stop> {
        self.numbers.add(hash(&key(&patient.number)), id)?;
        let text = PatientDraft::from(patient).to_json();
        self.patients.put(place(id), &text)
    }

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop> {
        self.added += 1;
        let id = -self.added;
        self.keep(id, patient)?;
        Ok(id)
    }

    /// A patient as the import would leave it; none if the import would not change it.
    fn patient(&self, id: i64, today: Date) -> Result<Option<Patient>, Stop> {
        let text = self.patients.get(place(id))?;
        let draft = text.and_then(|text| PatientDraft::from_json(&text));
        Ok(draft.and_then(|draft| draft.validate(today).ok()))
    }

    /// The planned exam with a hash, and its patient.
    fn planned(&self, hash: u64) -> Result<Option<(i64, ExamPlan)>, Stop> {
        let text = self.plans.get(hash.cast_signed())?;
        let kept = text.and_then(|text| serde_json::from_str::<KeptPlan>(&text).ok());
        Ok(kept.and_then(|kept| {
            let plan = ExamPlan {
                on: kept.on.parse().ok()?,
                accession: kept.accession,
                reason: kept.reason,
            };
            Some((kept.patient, plan))
        }))
    }

    fn keep_plan(&mut self, hash: u64, patient: i64, plan: &ExamPlan) -> Result<(), Stop> {
        let kept = KeptPlan {
            patient,
            on: plan.on.to_string(),
            accession: plan.accession.clone(),
            reason: plan.reason.clone(),
        };
        let text = serde_json::to_string(&kept).unwrap_or_default();
        self.plans.put(hash.cast_signed(), &text)
    }
}

fn hash(key: &str) -> u64 {
    hash_of(&key)
}

fn hash_of(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// One batch of a dry run.
pub(super) struct DryRunRecords<'a> {
    pub transaction: &'a Transaction<'a>,
    pub access: &'a Access,
    pub overlay: &'a mut Overlay,
    /// The day against which the dates of the texts were checked.
    pub today: Date,
}

impl Records for DryRunRecords<'_> {
    fn holder(&mut self, number_key: &str) -> Result<Holder, Stop> {
        for id in self.overlay.numbers.of(hash(number_key))? {
            let now = self.read(id)?.map(|known| key(&known.patient.number));
            if now.as_deref() == Some(number_key) {
                return Ok(Holder::Patient(id));
            }
        }
        let holder = written::holder(self.transaction, self.access, number_key)?;
        if let Holder::Patient(id) = holder
            && let Some(changed) = self.overlay.patient(id, self.today)?
            && key(&changed.number) != number_key
        {
            // Its number would be another by then.
            return Ok(Holder::Free);
        }
        Ok(holder)
    }

    fn read(&mut self, id: i64) -> Result<Option<Known>, Stop> {
        let merged_draft = self.overlay.patient(id, self.today)?;
        if id < 0 {
            return Ok(merged_draft.map(|patient| Known {
                id,
                revision: 1,
                patient,
            }));
        }
        let known = written::read(self.transaction, self.access, id)?;
        Ok(known.map(|known| match merged_draft {
            Some(patient) => Known { patient, ..known },
            None => known,
        }))
    }

    fn next_number(&mut self) -> Result<String, Stop> {
        loop {
            let next = self.overlay.next.unwrap_or(1);
            self.overlay.next = Some(next.saturating_add(1));
            let number = format!("P-{next:06}");
            if let Holder::Free = self.holder(&key(&number))? {
                return Ok(number);
            }
        }
    }

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop> {
        self.overlay.add(patient)
    }

    fn change(&mut self, known: &Known, changed: &Patient) -> Result<(), Stop> {
        self.overlay.keep(known.id, changed)
    }

    fn planned_for(&mut self, accession_key: &str) -> Result<Option<i64>, Stop> {
        match self.overlay.planned(hash(accession_key))? {
            Some((patient, _)) => Ok(Some(patient)),
            None => Ok(worklist::planned_for(
                self.transaction,
                self.access,
                accession_key,
            )?),
        }
    }

    fn plan(&mut self, patient: i64, plan: &ExamPlan) -> Result<ImportedPlan, Stop> {
        let named = plan.accession_key().map(|key| hash(&key));
        let of_day = hash_of(&(patient, plan.on));
        let kept = named.map(|named| self.overlay.planned(named)).transpose()?;
        let kept = match kept.flatten() {
            Some(kept) => Some(kept),
            None => (self.overlay.planned(of_day)?)
                .filter(|(_, kept)| named.is_none() || kept.accession.is_empty()),
        };
        let known = (patient > 0).then_some(PatientId(patient));
        let (before, is_open) = match kept {
            Some((_, kept)) => (Some(kept), true),
            None => match worklist::plan_of_row(self.transaction, self.access, known, plan)? {
                Some(stored) => (Some(stored.plan), stored.is_open),
                None => (None, true),
            },
        };
        let after = match &before {
            Some(before) => worklist::merged(before, plan),
            None => plan.clone(),
        };
        let action = match before {
            None => ImportedPlan::Added,
            Some(before) if !is_open || before == after => ImportedPlan::Unchanged,
            Some(_) => ImportedPlan::Changed,
        };
        if let Some(key) = after.accession_key() {
            self.overlay.keep_plan(hash(&key), patient, &after)?;
        }
        self.overlay.keep_plan(of_day, patient, &after)?;
        Ok(action)
    }
}
