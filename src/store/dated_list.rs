//! Lists of rows with a date, such as follow-ups: read page by page in the order of their dates, and searched by the text of
//! their patients.

use jiff::civil::Date;
use rusqlite::{Row, Transaction};

use super::PatientId;
use super::patient::{date, unreadable};
use super::search::{Count, TextMatch};

/// Maximum number of rows of one page.
pub(super) const PAGE_ROWS: usize = 1000;
/// Rows of a list are counted up to here.
pub(super) const COUNTED: u64 = 10_000;
/// A text that more patients may match than this is compared with the rows of the list one by one; the rows of fewer patients
/// are looked up.
const FEW: usize = 5000;

/// A row's place on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListCursor {
    pub(super) on: Date,
    pub(super) id: i64,
}

/// The rows of a page, by their ids.
pub(super) struct ListPage {
    pub ids: Vec<i64>,
    /// Number of rows of the whole list.
    pub total: Count,
    /// True if more rows follow.
    pub goes_on: bool,
}

/// A list, its filters, and the page to read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedQuery<List, Filters> {
    pub list: List,
    /// The day for which the list is made.
    pub today: Date,
    /// Words that must all occur in the patient's fields, as in the search of patients.
    pub text: String,
    pub filters: Filters,
    /// The row before the page; none for the first page.
    pub after: Option<ListCursor>,
    /// Rows wanted, at most 1000.
    pub limit: usize,
}

impl<List, Filters: Default> DatedQuery<List, Filters> {
    /// The first page of a list without search and filters.
    pub fn of(list: List, today: Date) -> Self {
        Self {
            list,
            today,
            text: String::new(),
            filters: Filters::default(),
            after: None,
            limit: PAGE_ROWS,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedPage<Row> {
    pub rows: Vec<Row>,
    /// Number of rows of the whole list.
    pub total: Count,
    /// True if more rows follow.
    pub goes_on: bool,
}

/// Queries that are particular to the lists of one kind.
pub(super) trait DatedList {
    fn is_newest_first(&self) -> bool;

    /// Passes the id and the patient of each row behind the cursor to `visit`, in order, until it returns false.
    fn walk(
        &self,
        transaction: &Transaction<'_>,
        hospital: i64,
        visit: &mut dyn FnMut(i64, i64) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()>;

    /// Number of rows of the whole list, regardless of the text.
    fn count(&self, transaction: &Transaction<'_>, hospital: i64) -> rusqlite::Result<Count>;

    /// Adds the places of a patient's rows on the list.
    fn of_patient(
        &self,
        transaction: &Transaction<'_>,
        patient: PatientId,
        found: &mut Vec<ListCursor>,
    ) -> rusqlite::Result<()>;
}

/// Reads the page of a list.
pub(super) fn page<List, Filters>(
    transaction: &Transaction<'_>,
    hospital: i64,
    list: &DatedQuery<List, Filters>,
) -> rusqlite::Result<ListPage>
where
    DatedQuery<List, Filters>: DatedList,
{
    let limit = list.limit.min(PAGE_ROWS);
    let (mut ids, total) = match TextMatch::new(&list.text) {
        None => {
            let found = walked(transaction, list, hospital, limit, |_| Ok(true))?;
            (found, Some(list.count(transaction, hospital)?))
        }
        Some(text) => match text.few(transaction, hospital, FEW)? {
            Some(patients) => {
                let (found, total) = looked_up(transaction, list, &patients, limit)?;
                (found, Some(Count::Exactly(total)))
            }
            None => {
                let met = |patient| text.is_met_by(transaction, PatientId(patient));
                (walked(transaction, list, hospital, limit, met)?, None)
            }
        },
    };
    let goes_on = ids.len() > limit;
    ids.truncate(limit);
    let known = ids.len() as u64;
    let total = total.unwrap_or(match goes_on || list.after.is_some() {
        true => Count::MoreThan(known),
        false => Count::Exactly(known),
    });
    Ok(ListPage {
        ids,
        total,
        goes_on,
    })
}

/// The first rows that meet a condition on their patient, one more than `limit` if there are more.
fn walked(
    transaction: &Transaction<'_>,
    list: &impl DatedList,
    hospital: i64,
    limit: usize,
    met: impl Fn(i64) -> rusqlite::Result<bool>,
) -> rusqlite::Result<Vec<i64>> {
    let mut found = Vec::new();
    list.walk(transaction, hospital, &mut |id, patient| {
        if met(patient)? {
            found.push(id);
        }
        Ok(found.len() <= limit)
    })?;
    Ok(found)
}

/// As [`walked`], of these patients alone; with the number of rows of the whole list.
fn looked_up<List, Filters>(
    transaction: &Transaction<'_>,
    list: &DatedQuery<List, Filters>,
    patients: &[PatientId],
    limit: usize,
) -> rusqlite::Result<(Vec<i64>, u64)>
where
    DatedQuery<List, Filters>: DatedList,
{
    let mut cursors = Vec::new();
    for patient in patients {
        list.of_patient(transaction, *patient, &mut cursors)?;
    }
    cursors.sort();
    if list.is_newest_first() {
        cursors.reverse();
    }
    let total = cursors.len() as u64;
    let behind = |cursor: &ListCursor| match (list.after, list.is_newest_first()) {
        (None, _) => true,
        (Some(after), true) => *cursor < after,
        (Some(after), false) => *cursor > after,
    };
    let found = cursors.into_iter().filter(behind).take(limit + 1);
    Ok((found.map(|cursor| cursor.id).collect(), total))
}

/// The days that a list has, narrowed by its filters.
pub(super) fn narrowed(
    (first, last): (Date, Date),
    from: Option<Date>,
    until: Option<Date>,
) -> (Date, Date) {
    (
        from.map_or(first, |from| from.max(first)),
        until.map_or(last, |until| until.min(last)),
    )
}

/// The day in a column.
pub(super) fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    date(row, column)?.ok_or_else(|| unreadable(column, "no day"))
}

/// A count of rows that was ended behind [`COUNTED`].
pub(super) fn counted(rows: i64) -> Count {
    let rows = rows.unsigned_abs();
    match rows > COUNTED {
        true => Count::MoreThan(COUNTED),
        false => Count::Exactly(rows),
    }
}

/// A day as the database compares it: years before 0 are never stored.
pub(super) fn sortable(day: Date) -> String {
    day.max(Date::constant(0, 1, 1)).to_string()
}

/// The place before the first row in either direction.
pub(super) fn beginning(is_newest_first: bool) -> ListCursor {
    match is_newest_first {
        true => ListCursor {
            on: Date::MAX,
            id: i64::MAX,
        },
        false => ListCursor {
            on: Date::MIN,
            id: i64::MIN,
        },
    }
}
