//! The lists of planned exams, a page at a time.

use jiff::ToSpan;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::PlannedId;
use crate::clinical::follow_up::ClosingReason;
use crate::clinical::patient::Patient;
use crate::clinical::text::fold;
use crate::clinical::worklist::{ExamPlan, PlannedList, accession_key};
use crate::store::dated_list::{
    self, COUNTED, DatedList, DatedPage, DatedQuery, ListCursor, day, sortable,
};
use crate::store::error::Stop;
use crate::store::nodule::word;
use crate::store::patient::{described, unreadable};
use crate::store::search::Count;
use crate::store::{Access, ExamId, PatientId, Store, StoreError, TokenScope};

/// Filters of a list of planned exams.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PlannedFilters {
    /// The assigned doctor, without case and accents.
    pub doctor: Option<String>,
    /// On this day or later: the day planned; the day of the scan or of cancelling when done.
    pub from: Option<Date>,
    /// On this day or earlier.
    pub until: Option<Date>,
}

/// Filters of a list of planned exams, and the page to read. The text may be a whole accession number.
pub type PlannedQuery = DatedQuery<PlannedList, PlannedFilters>;

/// One page of a list, in the order of the days; the newest first of those that are done or missed.
pub type PlannedPage = DatedPage<PlannedRow>;

/// State of a planned exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedState {
    Planned,
    /// By this exam, scanned on that day.
    Done {
        exam: ExamId,
        on: Date,
    },
    Cancelled {
        reason: ClosingReason,
        /// "" for none.
        remark: String,
        on: Date,
    },
}

/// One planned exam.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRow {
    pub cursor: ListCursor,
    pub id: PlannedId,
    pub patient_id: PatientId,
    pub patient: Patient,
    pub plan: ExamPlan,
    /// Increases with every change of the order.
    pub revision: u32,
    pub state: PlannedState,
}

/// Number of planned exams on the lists that ask for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedCounts {
    pub today: Count,
    pub missed: Count,
}

impl PlannedQuery {
    /// The first and the last day that a row can have.
    fn days(&self) -> (Date, Date) {
        let days = match self.list {
            PlannedList::Today => (self.today, self.today),
            PlannedList::Next => (self.today.saturating_add(1.day()), Date::MAX),
            PlannedList::Missed => (Date::MIN, self.today.saturating_sub(1.day())),
            PlannedList::Done => (Date::MIN, Date::MAX),
        };
        let PlannedFilters { from, until, .. } = self.filters;
        dated_list::narrowed(days, from, until)
    }

    /// The rows of the list, as a query with the parameters of [`PlannedQuery::parameters`]. The list *Done* joins two states,
    /// each in the order of the index.
    fn rows(&self, columns: &str, order: &str) -> String {
        let (index, doctor) = match self.filters.doctor {
            Some(_) => ("planned_exam_by_doctor", "doctor_key = :doctor"),
            None => ("planned_exam_by_day", ":doctor IS NULL"),
        };
        let arm = |state: &str| {
            format!(
                "SELECT * FROM (SELECT {columns} FROM planned_exam INDEXED BY {index}
                 WHERE hospital_id = :hospital AND state = '{state}' AND {doctor}
                   AND sort_on BETWEEN :first AND :last {order} LIMIT :most)"
            )
        };
        match self.list {
            PlannedList::Done => format!("{} UNION ALL {}", arm("done"), arm("cancelled")),
            _ => arm("planned"),
        }
    }

    /// The planned exam whose accession number is typed whole, if it is on this list.
    fn by_accession(
        &self,
        transaction: &Transaction<'_>,
        hospital: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(key) = accession_key(&self.text) else {
            return Ok(None);
        };
        let found = transaction
            .prepare_cached(
                "SELECT id, sort_on, state, doctor_key FROM planned_exam WHERE hospital_id = ?1 AND accession_key = ?2",
            )?
            .query_row(params![hospital, key], listed)
            .optional()?;
        let found = found.filter(|row| self.admits(row));
        Ok(found.map(|row| row.cursor.id))
    }

    fn admits(&self, row: &Listed) -> bool {
        let (first, last) = self.days();
        let is_of_the_list = match self.list {
            PlannedList::Done => matches!(row.state.as_str(), "done" | "cancelled"),
            _ => row.state == "planned",
        };
        is_of_the_list
            && (first..=last).contains(&row.cursor.on)
            && (self.filters.doctor.as_deref()).is_none_or(|doctor| fold(doctor) == row.doctor)
    }
}

impl DatedList for PlannedQuery {
    fn is_newest_first(&self) -> bool {
        matches!(self.list, PlannedList::Done | PlannedList::Missed)
    }

    fn walk(
        &self,
        transaction: &Transaction<'_>,
        hospital: i64,
        visit: &mut dyn FnMut(i64, i64) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let (sign, order) = match self.is_newest_first() {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        let order =
            format!("AND (sort_on, id) {sign} (:on, :id) ORDER BY sort_on {order}, id {order}");
        let (first, last) = self.days();
        let mut from = (self.after).unwrap_or(dated_list::beginning(self.is_newest_first()));
        // In batches, so that a page near the beginning of a long list sorts few rows.
        let mut most = 256_i64;
        loop {
            let sql = format!(
                "SELECT id, patient_id, sort_on FROM ({}) WHERE true {order} LIMIT :most",
                self.rows("id, patient_id, sort_on", &order)
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let mut rows = statement.query(named_params! {
                ":hospital": hospital,
                ":doctor": self.filters.doctor.as_deref().map(fold),
                ":first": sortable(first),
                ":last": sortable(last),
                ":on": sortable(from.on),
                ":id": from.id,
                ":most": most,
            })?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                from = ListCursor {
                    on: day(row, 2)?,
                    id: row.get(0)?,
                };
                count += 1;
                if !visit(from.id, row.get(1)?)? {
                    return Ok(());
                }
            }
            if count < most {
                return Ok(());
            }
            most = (most * 2).min(4096);
        }
    }

    fn count(&self, transaction: &Transaction<'_>, hospital: i64) -> rusqlite::Result<Count> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT :most)",
            self.rows("1", "")
        );
        let (first, last) = self.days();
        let count = transaction.prepare_cached(&sql)?.query_row(
            named_params! {
                ":hospital": hospital,
                ":doctor": self.filters.doctor.as_deref().map(fold),
                ":first": sortable(first),
                ":last": sortable(last),
                ":most": COUNTED as i64 + 1,
            },
            |row| row.get(0),
        )?;
        Ok(dated_list::counted(count))
    }

    fn of_patient(
        &self,
        transaction: &Transaction<'_>,
        patient: PatientId,
        found: &mut Vec<ListCursor>,
    ) -> rusqlite::Result<()> {
        let rows: Vec<Listed> = transaction
            .prepare_cached(
                "SELECT id, sort_on, state, doctor_key FROM planned_exam WHERE patient_id = ?1",
            )?
            .query_map([patient.0], listed)?
            .collect::<Result<_, _>>()?;
        let admitted = rows.iter().filter(|row| self.admits(row));
        found.extend(admitted.map(|row| row.cursor));
        Ok(())
    }
}

/// Conditions for a row of a list.
struct Listed {
    cursor: ListCursor,
    state: String,
    doctor: String,
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        cursor: ListCursor {
            on: day(row, 1)?,
            id: row.get(0)?,
        },
        state: row.get(2)?,
        doctor: row.get(3)?,
    })
}

impl Store {
    /// A page of a list of planned exams of this hospital.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database. No text is an error.
    pub fn planned_exams(
        &self,
        access: &Access,
        query: &PlannedQuery,
    ) -> Result<PlannedPage, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut page = dated_list::page(transaction, access.hospital, query)?;
            let by_accession = query.by_accession(transaction, access.hospital)?;
            if let Some(id) =
                by_accession.filter(|id| !page.ids.contains(id) && query.after.is_none())
            {
                page.ids.insert(0, id);
                page.total = match page.total {
                    Count::Exactly(count) => Count::Exactly(count + 1),
                    more => more,
                };
            }
            let rows = (page.ids.into_iter())
                .map(|id| read_one(transaction, access.hospital, PlannedId(id)))
                .collect::<Result<_, Stop>>()?;
            Ok(PlannedPage {
                rows,
                total: page.total,
                goes_on: page.goes_on,
            })
        })
    }

    /// Numbers of exams of this hospital that are planned for `today` and missed, up to 10,000 each.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn planned_counts(
        &self,
        access: &Access,
        today: Date,
    ) -> Result<PlannedCounts, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let count = |list| PlannedQuery::of(list, today).count(transaction, access.hospital);
            Ok(PlannedCounts {
                today: count(PlannedList::Today)?,
                missed: count(PlannedList::Missed)?,
            })
        })
    }

    /// One planned exam, on any list.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPlan`] when there is none, or it is another hospital's.
    pub fn planned_exam(&self, access: &Access, id: PlannedId) -> Result<PlannedRow, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            read_one(transaction, access.hospital, id)
        })
    }

    /// The planned exam with an accession number, in any state.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPlan`] when this hospital has none.
    pub fn planned_by_accession(
        &self,
        access: &Access,
        accession: &str,
    ) -> Result<PlannedRow, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let id = match accession_key(accession) {
                Some(key) => super::scan::by_accession(transaction, access.hospital, &key)?,
                None => None,
            };
            match id {
                Some(id) => read_one(transaction, access.hospital, id),
                None => Err(StoreError::NoSuchPlan.into()),
            }
        })
    }

    /// The planned exams of a patient, the newest day first.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn planned_exams_of(
        &self,
        access: &Access,
        patient: PatientId,
    ) -> Result<Vec<PlannedRow>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            of_patient(transaction, access, patient)
        })
    }
}

/// The planned exams of a patient of this hospital, the newest day first.
pub(in crate::store) fn of_patient(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
) -> Result<Vec<PlannedRow>, Stop> {
    let ids: Vec<i64> = transaction
        .prepare_cached(
            "SELECT id FROM planned_exam
             WHERE patient_id = ?1 AND hospital_id = ?2 AND state <> 'hidden'
             ORDER BY planned_on DESC, id DESC",
        )?
        .query_map(params![patient.0, access.hospital], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    (ids.into_iter())
        .map(|id| read_one(transaction, access.hospital, PlannedId(id)))
        .collect()
}

/// One planned exam with its patient.
pub(super) fn read_one(
    transaction: &Transaction<'_>,
    hospital: i64,
    id: PlannedId,
) -> Result<PlannedRow, Stop> {
    let found = transaction
        .prepare_cached(
            "SELECT planned.sort_on, planned.id, planned.patient_id, planned.planned_on, planned.accession,
                    planned.reason, planned.revision, planned.state, planned.exam_id, planned.done_on,
                    planned.cancel_reason AS reason_word, planned.cancel_remark, planned.cancelled_on,
                    number, full_name, date_of_birth, sex, notes, details
             FROM planned_exam AS planned JOIN patient ON patient.id = planned.patient_id
             WHERE planned.id = ?1 AND planned.hospital_id = ?2 AND planned.state <> 'hidden'",
        )?
        .query_row(params![id.0, hospital], read)
        .optional()?;
    found.ok_or(StoreError::NoSuchPlan.into())
}

fn read(row: &Row<'_>) -> rusqlite::Result<PlannedRow> {
    let id: i64 = row.get(1)?;
    let accession: Option<String> = row.get(4)?;
    let state = match row.get_ref(7)?.as_str()? {
        "done" => PlannedState::Done {
            exam: ExamId(row.get(8)?),
            on: day(row, 9)?,
        },
        "cancelled" => {
            let reasons = &ClosingReason::ALL;
            let reason = word(row, "reason_word", reasons, ClosingReason::as_str)?;
            PlannedState::Cancelled {
                reason: reason.ok_or_else(|| unreadable(10, "no reason"))?,
                remark: row.get(11)?,
                on: day(row, 12)?,
            }
        }
        _ => PlannedState::Planned,
    };
    Ok(PlannedRow {
        cursor: ListCursor {
            on: day(row, 0)?,
            id,
        },
        id: PlannedId(id),
        patient_id: PatientId(row.get(2)?),
        plan: ExamPlan {
            on: day(row, 3)?,
            accession: accession.unwrap_or_default(),
            reason: row.get(5)?,
        },
        revision: row.get(6)?,
        state,
        patient: described(row, 13)?,
    })
}
