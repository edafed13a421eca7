//! The records of a dry run: the changes of an import in memory, over the stored records.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use jiff::civil::Date;
use rusqlite::Transaction;

use super::decide::{Holder, Known, Records};
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
    texts: Texts,
    /// The text of each new patient. The first has the id −1, the next −2.
    added: Vec<u32>,
    /// The text of each changed patient.
    changed: HashMap<i64, u32>,
    /// The numbers of both, by hash: a patient found by hash is read and compared.
    numbers: HashMap<u64, i64>,
    /// The next free number.
    next: Option<i64>,
    /// The patients and orders of planned exams, by the hashes of accession number, and of patient and day.
    plans: HashMap<u64, (i64, ExamPlan)>,
}

impl Overlay {
    /// Without changes. Data that is too much for memory is written to a file in `folder`.
    pub(super) fn beside(folder: &Path) -> Self {
        Self {
            texts: Texts::beside(folder),
            added: Vec::new(),
            changed: HashMap::new(),
            numbers: HashMap::new(),
            next: None,
            plans: HashMap::new(),
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

    /// The text of a patient, if there is one.
    fn text_of(&self, id: i64) -> Option<u32> {
        let place = id.checked_neg().and_then(|place| place.checked_sub(1));
        match place.and_then(|place| usize::try_from(place).ok()) {
            Some(place) => self.added.get(place).copied(),
            None => self.changed.get(&id).copied(),
        }
    }

    fn keep(&mut self, id: i64, patient: &Patient) -> Result<(), Stop> {
        self.numbers.insert(hash(&key(&patient.number)), id);
        let text = PatientDraft::from(patient).to_json();
        match self.text_of(id) {
            Some(number) => self.texts.replace(number as usize, text),
            None => {
                let number = self.texts.push(text)?;
                self.changed.insert(id, number as u32);
                Ok(())
            }
        }
    }

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop> {
        let text = PatientDraft::from(patient).to_json();
        let number = self.texts.push(text)?;
        self.added.push(number as u32);
        let id = -(self.added.len() as i64);
        self.numbers.insert(hash(&key(&patient.number)), id);
        Ok(id)
    }

    /// A patient as the import would leave it; none if the import would not change it.
    fn patient(&self, id: i64, today: Date) -> Result<Option<Patient>, Stop> {
        let Some(number) = self.text_of(id) else {
            return Ok(None);
        };
        let text = self.texts.get(number as usize)?;
        let draft = text.and_then(|text| PatientDraft::from_json(&text));
        Ok(draft.and_then(|draft| draft.validate(today).ok()))
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
        if let Some(&id) = self.overlay.numbers.get(&hash(number_key)) {
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
        match self.overlay.plans.get(&hash(accession_key)) {
            Some((patient, _)) => Ok(Some(*patient)),
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
        let kept = named.and_then(|named| self.overlay.plans.get(&named));
        let kept = kept.or_else(|| {
            let of_day = self.overlay.plans.get(&of_day);
            of_day.filter(|(_, kept)| named.is_none() || kept.accession.is_empty())
        });
        let known = (patient > 0).then_some(PatientId(patient));
        let (before, is_open) = match kept {
            Some((_, kept)) => (Some(kept.clone()), true),
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
            self.overlay
                .plans
                .insert(hash(&key), (patient, after.clone()));
        }
        self.overlay.plans.insert(of_day, (patient, after));
        Ok(action)
    }
}
