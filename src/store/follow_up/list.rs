//! The lists of follow-ups, a page at a time.

use jiff::ToSpan;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use crate::clinical::assessment::Classification;
use crate::clinical::follow_up::{ClosedBy, List, WorkUpDays, bounds};
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::Patient;
use crate::clinical::text::fold;
use crate::store::dated_list::{
    self, COUNTED, DatedList, DatedPage, DatedQuery, ListCursor, day, sortable,
};
use crate::store::error::Stop;
use crate::store::exam::classification;
use crate::store::nodule::word;
use crate::store::patient::{date, described, unreadable};
use crate::store::search::Count;
use crate::store::{Access, ExamId, PatientId, Store, StoreError, TokenScope};

/// Filters of a list of follow-ups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FollowUpFilters {
    pub category: Option<Category>,
    /// The assigned doctor, without case and accents.
    pub doctor: Option<String>,
    /// On this day or later: the date due; the day of the scan without a category, the day of closing when done.
    pub from: Option<Date>,
    /// On this day or earlier.
    pub until: Option<Date>,
}

/// Filters of a list of follow-ups, and the page to read; *due* and *overdue* are counted from its day.
pub type FollowUpQuery = DatedQuery<List, FollowUpFilters>;

/// One page of a list: the most urgent first, the newest first of those that are done.
pub type FollowUpPage = DatedPage<FollowUpRow>;

/// One follow-up.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUpRow {
    pub cursor: ListCursor,
    pub exam: ExamId,
    pub patient_id: PatientId,
    pub patient: Patient,
    pub scanned_on: Date,
    /// The measured category.
    pub category: Option<Category>,
    /// Result of the network for the exam.
    pub result: Classification,
    /// None where the category gives no date.
    pub due: Option<Date>,
    pub closed: Option<(Date, ClosedBy)>,
    /// Remark of the person who closed it; "" for none.
    pub remark: String,
}

impl FollowUpQuery {
    fn state(&self) -> &'static str {
        match self.list {
            List::Due | List::Overdue | List::Later => "open",
            List::Unread => "unread",
            List::Done => "done",
        }
    }

    /// The first and the last day of `sort_on` that a row can have.
    fn days(&self) -> (Date, Date) {
        let (overdue_before, notice_until) = bounds(self.today);
        let days = match self.list {
            List::Due => {
                // Windows open at most so long before the date due: two months for category 0.
                let widest = i32::from(WorkUpDays::MOST);
                (overdue_before, self.today.saturating_add(widest.days()))
            }
            List::Overdue => (Date::MIN, overdue_before.saturating_sub(1.day())),
            List::Later => (notice_until.saturating_add(1.day()), Date::MAX),
            List::Unread | List::Done => (Date::MIN, Date::MAX),
        };
        let FollowUpFilters { from, until, .. } = self.filters;
        dated_list::narrowed(days, from, until)
    }

    /// Conditions beyond the dates; `:today` and `:notice` are its parameters.
    fn condition(&self) -> &'static str {
        match self.list {
            List::Due => "(opens_on <= :today OR sort_on <= :notice)",
            List::Later => "(opens_on > :today AND sort_on > :notice)",
            List::Overdue | List::Unread | List::Done => {
                "(:today IS NOT NULL AND :notice IS NOT NULL)"
            }
        }
    }

    /// The index that finds the rows, and the conditions that it serves.
    fn index(&self) -> (&'static str, &'static str) {
        match (&self.filters.doctor, self.filters.category) {
            (Some(_), _) => (
                "follow_up_by_doctor",
                "doctor_key = :doctor AND (:category IS NULL OR category = :category)",
            ),
            (None, Some(_)) => (
                "follow_up_by_category",
                "category = :category AND :doctor IS NULL",
            ),
            (None, None) => (
                "follow_up_by_day",
                "(:category IS NULL AND :doctor IS NULL)",
            ),
        }
    }

    /// True if a row is on this list.
    fn admits(&self, row: &Listed) -> bool {
        let (first, last) = self.days();
        let (_, notice) = bounds(self.today);
        let opens = |until: Date| row.opens.is_some_and(|opens| opens <= until);
        row.state == self.state()
            && (first..=last).contains(&row.cursor.on)
            && match self.list {
                List::Due => opens(self.today) || row.cursor.on <= notice,
                List::Later => !opens(self.today) && row.cursor.on > notice,
                List::Overdue | List::Unread | List::Done => true,
            }
            && (self.filters.category).is_none_or(|category| row.category == Some(category))
            && (self.filters.doctor.as_deref()).is_none_or(|doctor| fold(doctor) == row.doctor)
    }
}

impl DatedList for FollowUpQuery {
    fn is_newest_first(&self) -> bool {
        self.list == List::Done
    }

    fn walk(
        &self,
        transaction: &Transaction<'_>,
        hospital: i64,
        visit: &mut dyn FnMut(i64, i64) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let (index, served) = self.index();
        let (sign, order) = match self.is_newest_first() {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        let sql = format!(
            "SELECT exam_id, patient_id FROM follow_up INDEXED BY {index}
             WHERE hospital_id = :hospital AND state = :state AND {served}
               AND sort_on BETWEEN :first AND :last AND {}
               AND (sort_on, exam_id) {sign} (:on, :exam)
             ORDER BY sort_on {order}, exam_id {order}",
            self.condition()
        );
        let (first, last) = self.days();
        let (_, notice) = bounds(self.today);
        let from = (self.after).unwrap_or(dated_list::beginning(self.is_newest_first()));
        let mut statement = transaction.prepare_cached(&sql)?;
        let mut rows = statement.query(named_params! {
            ":hospital": hospital,
            ":state": self.state(),
            ":category": self.filters.category.map(Category::as_str),
            ":doctor": self.filters.doctor.as_deref().map(fold),
            ":first": sortable(first),
            ":last": sortable(last),
            ":today": sortable(self.today),
            ":notice": sortable(notice),
            ":on": sortable(from.on),
            ":exam": from.id,
        })?;
        while let Some(row) = rows.next()? {
            if !visit(row.get(0)?, row.get(1)?)? {
                break;
            }
        }
        Ok(())
    }

    fn count(&self, transaction: &Transaction<'_>, hospital: i64) -> rusqlite::Result<Count> {
        let (index, served) = self.index();
        let sql = format!(
            "SELECT count(*) FROM (
                 SELECT 1 FROM follow_up INDEXED BY {index}
                 WHERE hospital_id = :hospital AND state = :state AND {served}
                   AND sort_on BETWEEN :first AND :last AND {} LIMIT :most)",
            self.condition()
        );
        let (first, last) = self.days();
        let (_, notice) = bounds(self.today);
        let count = transaction.prepare_cached(&sql)?.query_row(
            named_params! {
                ":hospital": hospital,
                ":state": self.state(),
                ":category": self.filters.category.map(Category::as_str),
                ":doctor": self.filters.doctor.as_deref().map(fold),
                ":first": sortable(first),
                ":last": sortable(last),
                ":today": sortable(self.today),
                ":notice": sortable(notice),
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
        let mut statement = transaction.prepare_cached(
            "SELECT exam_id, sort_on, state, opens_on, category, doctor_key FROM follow_up WHERE patient_id = ?1",
        )?;
        let mut rows = statement.query([patient.0])?;
        while let Some(row) = rows.next()? {
            let listed = Listed {
                cursor: ListCursor {
                    on: day(row, 1)?,
                    id: row.get(0)?,
                },
                state: row.get(2)?,
                opens: date(row, 3)?,
                category: word(row, "category", &Category::ALL, Category::as_str)?,
                doctor: row.get(5)?,
            };
            if self.admits(&listed) {
                found.push(listed.cursor);
            }
        }
        Ok(())
    }
}

/// Conditions for a row of a list.
struct Listed {
    cursor: ListCursor,
    state: String,
    opens: Option<Date>,
    category: Option<Category>,
    doctor: String,
}

impl Store {
    /// A page of a list of follow-ups of this hospital.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database. No text is an error.
    pub fn follow_ups(
        &self,
        access: &Access,
        query: &FollowUpQuery,
    ) -> Result<FollowUpPage, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let page = dated_list::page(transaction, access.hospital, query)?;
            let rows = (page.ids.into_iter())
                .map(|exam| read_one(transaction, access.hospital, exam))
                .collect::<Result<_, Stop>>()?;
            Ok(FollowUpPage {
                rows,
                total: page.total,
                goes_on: page.goes_on,
            })
        })
    }

    /// The follow-up of an exam, on any list.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFollowUp`] when there is none, or it is another hospital's.
    pub fn follow_up(&self, access: &Access, exam: ExamId) -> Result<FollowUpRow, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            read_one(transaction, access.hospital, exam.0)
        })
    }

    /// The follow-ups of a patient, the newest first.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn follow_ups_of(
        &self,
        access: &Access,
        patient: PatientId,
    ) -> Result<Vec<FollowUpRow>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let exams: Vec<i64> = transaction
                .prepare_cached(
                    "SELECT exam_id FROM follow_up WHERE patient_id = ?1 AND hospital_id = ?2
                     ORDER BY scanned_on DESC",
                )?
                .query_map(params![patient.0, access.hospital], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let rows = exams.into_iter();
            rows.map(|exam| read_one(transaction, access.hospital, exam))
                .collect()
        })
    }
}

/// One row with its patient.
fn read_one(transaction: &Transaction<'_>, hospital: i64, exam: i64) -> Result<FollowUpRow, Stop> {
    let found = transaction
        .prepare_cached(
            "SELECT follow_up.sort_on, follow_up.exam_id, follow_up.patient_id, follow_up.scanned_on,
                    follow_up.category AS category, follow_up.due_on, follow_up.closed_on, follow_up.closed_by,
                    exam.classification, number, full_name, date_of_birth, sex, notes, details,
                    coalesce((SELECT remark FROM follow_up_closing AS closing JOIN exam AS closed ON closed.id = closing.exam_id
                              WHERE closing.reopened_at IS NULL AND closed.patient_id = follow_up.patient_id
                                AND closing.reason = follow_up.closed_by AND closing.closed_on = follow_up.closed_on
                              ORDER BY closing.id DESC LIMIT 1), '')
             FROM follow_up JOIN exam ON exam.id = follow_up.exam_id
             JOIN patient ON patient.id = follow_up.patient_id
             WHERE follow_up.exam_id = ?1 AND follow_up.hospital_id = ?2",
        )?
        .query_row(params![exam, hospital], read)
        .optional()?;
    found.ok_or(StoreError::NoSuchFollowUp.into())
}

fn read(row: &Row<'_>) -> rusqlite::Result<FollowUpRow> {
    let exam: i64 = row.get(1)?;
    let closed_by: Option<String> = row.get(7)?;
    let closed_by = match closed_by {
        None => None,
        Some(word) => Some(
            ClosedBy::parse(&word)
                .ok_or_else(|| unreadable(7, format!("{word} closes no follow-up")))?,
        ),
    };
    Ok(FollowUpRow {
        cursor: ListCursor {
            on: day(row, 0)?,
            id: exam,
        },
        exam: ExamId(exam),
        patient_id: PatientId(row.get(2)?),
        scanned_on: day(row, 3)?,
        category: word(row, "category", &Category::ALL, Category::as_str)?,
        due: date(row, 5)?,
        closed: date(row, 6)?.zip(closed_by),
        result: classification(row, 8)?,
        patient: described(row, 9)?,
        remark: row.get(15)?,
    })
}
