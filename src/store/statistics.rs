//! Figures of a hospital's screening programme. They name no patient, so reading them writes no entry in the audit log.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::nodule::word;
use super::patient::unreadable;
use super::{Access, Store, StoreError, TokenScope};
use crate::clinical::lung_rads::Category;
use crate::clinical::programme::{Adherence, Figures, IN_TIME_DAYS, MonthCount};

impl Store {
    /// The figures of the hospital from one day to another, both included, on `today`.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn programme_figures(
        &self,
        access: &Access,
        (from, until): (Date, Date),
        today: Date,
    ) -> Result<Figures, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let span = Span {
                hospital: access.hospital,
                from: from.to_string(),
                until: until.to_string(),
            };
            Ok(Figures {
                from,
                until,
                by_month: by_month(transaction, &span)?,
                cancers: cancers(transaction, &span)?,
                adherence: adherence(transaction, &span, today)?,
                median_delay_days: median_delay(transaction, &span)?,
            })
        })
    }
}

struct Span {
    hospital: i64,
    from: String,
    until: String,
}

fn by_month(transaction: &Transaction<'_>, span: &Span) -> rusqlite::Result<Vec<MonthCount>> {
    transaction
        .prepare_cached(
            "SELECT substr(scanned_on, 1, 7) || '-01' AS month, category, count(*)
             FROM follow_up INDEXED BY follow_up_by_scan
             WHERE hospital_id = ?1 AND scanned_on BETWEEN ?2 AND ?3
             GROUP BY month, category ORDER BY month, category",
        )?
        .query_map(params![span.hospital, span.from, span.until], |row| {
            let month: String = row.get(0)?;
            let exams: i64 = row.get(2)?;
            Ok(MonthCount {
                month: month
                    .parse()
                    .map_err(|error: jiff::Error| unreadable(0, error))?,
                category: word(row, "category", &Category::ALL, Category::as_str)?,
                exams: exams.unsigned_abs(),
            })
        })?
        .collect()
}

fn cancers(transaction: &Transaction<'_>, span: &Span) -> rusqlite::Result<u64> {
    let count: i64 = transaction
        .prepare_cached(
            "SELECT count(*) FROM follow_up
             WHERE hospital_id = ?1 AND closed_by = 'diagnosis' AND closed_on BETWEEN ?2 AND ?3",
        )?
        .query_row(params![span.hospital, span.from, span.until], |row| {
            row.get(0)
        })?;
    Ok(count.unsigned_abs())
}

fn adherence(
    transaction: &Transaction<'_>,
    span: &Span,
    today: Date,
) -> rusqlite::Result<Adherence> {
    let mut statement = transaction.prepare_cached(
        "SELECT CASE
                    WHEN closed_by = 'exam' THEN
                        CASE WHEN closed_on <= date(due_on, :in_time) THEN 'in time' ELSE 'late' END
                    WHEN closed_by IS NULL OR closed_by = 'declined' THEN
                        CASE WHEN :today > date(due_on, :in_time) THEN 'missed' ELSE 'runs' END
                    ELSE 'ended'
                END AS outcome, count(*)
         FROM follow_up INDEXED BY follow_up_by_due
         WHERE hospital_id = :hospital AND due_on BETWEEN :from AND :until GROUP BY outcome",
    )?;
    let mut rows = statement.query(named_params! {
        ":in_time": format!("+{IN_TIME_DAYS} days"),
        ":today": today.to_string(),
        ":hospital": span.hospital,
        ":from": span.from,
        ":until": span.until,
    })?;
    let mut adherence = Adherence::default();
    while let Some(row) = rows.next()? {
        let (outcome, count): (String, i64) = (row.get(0)?, row.get(1)?);
        let count = count.unsigned_abs();
        match outcome.as_str() {
            "in time" => adherence.in_time = count,
            "late" => adherence.late = count,
            "missed" => adherence.missed = count,
            "ended" => adherence.ended = count,
            _ => {}
        }
    }
    Ok(adherence)
}

/// Median of the days between the date due and the exam; of an even number the mean of the middle two.
fn median_delay(transaction: &Transaction<'_>, span: &Span) -> rusqlite::Result<Option<f64>> {
    transaction
        .prepare_cached(
            "WITH delay AS (
                 SELECT julianday(closed_on) - julianday(due_on) AS days FROM follow_up INDEXED BY follow_up_by_due
                 WHERE hospital_id = ?1 AND due_on BETWEEN ?2 AND ?3 AND closed_by = 'exam'
             )
             SELECT avg(days) FROM (
                 SELECT days FROM delay ORDER BY days
                 LIMIT 2 - (SELECT count(*) FROM delay) % 2
                 OFFSET (SELECT (count(*) - 1) / 2 FROM delay)
             )",
        )?
        .query_row(params![span.hospital, span.from, span.until], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}
