//! The words of a search compared with the patients of another list.

use rusqlite::{Transaction, params};

use super::PatientQuery;
use super::matches::Search;
use super::stored::{self, Entries};
use super::typed::Typed;
use crate::store::PatientId;

/// Words that must all occur in a patient's fields, as in the search of patients.
pub(in crate::store) struct TextMatch {
    query: PatientQuery,
    typed: Typed,
}

impl TextMatch {
    /// None for a blank text, which every patient matches.
    pub(in crate::store) fn new(text: &str) -> Option<Self> {
        let typed = Typed::new(text);
        let is_blank = typed.words().is_empty();
        let query = PatientQuery {
            text: text.to_owned(),
            ..PatientQuery::default()
        };
        (!is_blank).then_some(Self { query, typed })
    }

    /// The patients of a hospital that match; none where the index has more than `most` candidates.
    pub(in crate::store) fn few(
        &self,
        transaction: &Transaction<'_>,
        hospital: i64,
        most: usize,
    ) -> rusqlite::Result<Option<Vec<PatientId>>> {
        let search = Search::new(hospital, &self.query);
        let places: Vec<i64> = transaction
            .prepare_cached("SELECT rowid FROM search_gram WHERE search_gram MATCH ?1 LIMIT ?2")?
            .query_map(
                params![search.anywhere(), most.saturating_add(1) as i64],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        if places.len() > most {
            return Ok(None);
        }
        let mut entries = Entries::new(transaction, hospital)?;
        let mut found = Vec::new();
        for place in places {
            let entry = entries.at(place)?;
            let entry = entry.filter(|entry| self.typed.rank(entry).is_some());
            found.extend(entry.map(|entry| PatientId(entry.patient)));
        }
        Ok(Some(found))
    }

    /// True if the patient matches.
    pub(in crate::store) fn is_met_by(
        &self,
        transaction: &Transaction<'_>,
        patient: PatientId,
    ) -> rusqlite::Result<bool> {
        let kept = stored::of_patient(transaction, patient.0)?;
        Ok(kept.is_some_and(|kept| self.typed.rank(&kept.entry).is_some()))
    }
}
