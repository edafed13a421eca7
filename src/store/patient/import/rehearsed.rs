//! The records of a rehearsal: what an import would write lies over what is there, in memory.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rusqlite::Transaction;

use super::decide::{Holder, Known, Records};
use super::written;
use crate::clinical::patient::{Patient, PatientDraft};
use crate::clinical::text::key;
use crate::store::Access;
use crate::store::error::Stop;

/// What would be there besides.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// New patients as text, a fraction of what the value takes. The first has the id −1, the next −2.
    added: Vec<Box<str>>,
    /// Patients who would be other than they are.
    changed: BTreeMap<i64, Patient>,
    /// The numbers of both.
    numbers: HashMap<String, i64>,
    /// The next number that would be given.
    next: Option<i64>,
}

impl Overlay {
    /// Looks up which number comes next, before the first row.
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

    fn place(id: i64) -> Option<usize> {
        usize::try_from(id.checked_neg()?.checked_sub(1)?).ok()
    }

    fn keep(&mut self, id: i64, patient: &Patient) {
        self.numbers.insert(key(&patient.number), id);
        let added = Self::place(id).and_then(|place| self.added.get_mut(place));
        match added {
            Some(added) => *added = text(patient),
            None => {
                self.changed.insert(id, patient.clone());
            }
        }
    }
}

fn text(patient: &Patient) -> Box<str> {
    PatientDraft::from(patient).to_json().into_boxed_str()
}

/// One batch of a rehearsal.
pub(super) struct Rehearsed<'a> {
    pub transaction: &'a Transaction<'a>,
    pub access: &'a Access,
    pub overlay: &'a mut Overlay,
    /// What the dates of the texts were held against.
    pub today: Date,
}

impl Records for Rehearsed<'_> {
    fn holder(&mut self, number_key: &str) -> Result<Holder, Stop> {
        if let Some(&id) = self.overlay.numbers.get(number_key) {
            let now = self.read(id)?.map(|known| key(&known.patient.number));
            if now.as_deref() == Some(number_key) {
                return Ok(Holder::Patient(id));
            }
        }
        Ok(
            match written::holder(self.transaction, self.access, number_key)? {
                // Its number would be another by then.
                Holder::Patient(id)
                    if (self.overlay.changed.get(&id))
                        .is_some_and(|changed| key(&changed.number) != number_key) =>
                {
                    Holder::Nobody
                }
                other => other,
            },
        )
    }

    fn read(&mut self, id: i64) -> Result<Option<Known>, Stop> {
        if let Some(place) = Overlay::place(id) {
            let draft =
                (self.overlay.added.get(place)).and_then(|text| PatientDraft::from_json(text));
            let patient = draft.and_then(|draft| draft.validate(self.today).ok());
            return Ok(patient.map(|patient| Known {
                id,
                revision: 1,
                patient,
            }));
        }
        let known = written::read(self.transaction, self.access, id)?;
        Ok(known.map(|known| match self.overlay.changed.get(&id) {
            Some(changed) => Known {
                patient: changed.clone(),
                ..known
            },
            None => known,
        }))
    }

    fn next_number(&mut self) -> Result<String, Stop> {
        loop {
            let next = self.overlay.next.unwrap_or(1);
            self.overlay.next = Some(next.saturating_add(1));
            let number = format!("P-{next:06}");
            if let Holder::Nobody = self.holder(&key(&number))? {
                return Ok(number);
            }
        }
    }

    fn add(&mut self, patient: &Patient) -> Result<i64, Stop> {
        self.overlay.added.push(text(patient));
        let id = -(self.overlay.added.len() as i64);
        self.overlay.keep(id, patient);
        Ok(id)
    }

    fn change(&mut self, known: &Known, changed: &Patient) -> Result<(), Stop> {
        self.overlay.keep(known.id, changed);
        Ok(())
    }
}
