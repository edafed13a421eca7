//! Work of today in numbers, for the dashboard.

use jiff::civil::Date;
use rusqlite::{Transaction, params};

use super::FollowUpQuery;
use crate::clinical::follow_up::List;
use crate::clinical::worklist::PlannedList;
use crate::store::dated_list::DatedList;
use crate::store::search::{Count, PatientFilters, PatientQuery, ReportStatus};
use crate::store::worklist::PlannedQuery;
use crate::store::{Access, Role, Store, StoreError, TokenScope};

/// Number of follow-ups on each list of open ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUpCounts {
    pub due: Count,
    pub overdue: Count,
    /// Newest exams without a category.
    pub unread: Count,
}

/// Work that waits for the account that is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// Exams planned for today that are not done.
    pub planned: Count,
    /// Forms that this account began and did not save.
    pub drafts: u64,
    /// Patients whose newest exam has no signed report.
    pub unsigned: Count,
    pub follow_ups: FollowUpCounts,
    /// Accounts of this hospital that wait for approval; 0 for those who may not approve.
    pub waiting_accounts: u64,
}

impl Store {
    /// Numbers of follow-ups of this hospital that are due, overdue and without a category on `today`, up to 10,000 each.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn follow_up_counts(
        &self,
        access: &Access,
        today: Date,
    ) -> Result<FollowUpCounts, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            Ok(counts(transaction, access, today)?)
        })
    }

    /// Work that waits on `today`.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn overview(&self, access: &Access, today: Date) -> Result<Overview, StoreError> {
        let unsigned = PatientQuery {
            filters: PatientFilters {
                status: Some(ReportStatus::Preliminary),
                ..PatientFilters::default()
            },
            ..PatientQuery::default()
        };
        let unsigned = self.search_patients(access, &unsigned)?.total;
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let drafts: i64 = transaction
                .prepare_cached("SELECT count(*) FROM draft WHERE account_id = ?1")?
                .query_row([access.account], |row| row.get(0))?;
            let waiting_accounts: i64 = transaction
                .prepare_cached(
                    "SELECT count(*) FROM account
                     WHERE hospital_id = ?1 AND standing = 'pending'
                       AND EXISTS (SELECT 1 FROM account AS own WHERE own.id = ?2 AND own.role = ?3)",
                )?
                .query_row(
                    params![access.hospital, access.account, Role::Administrator.as_str()],
                    |row| row.get(0),
                )?;
            let planned = PlannedQuery::of(PlannedList::Today, today);
            Ok(Overview {
                planned: planned.count(transaction, access.hospital)?,
                drafts: drafts.unsigned_abs(),
                unsigned,
                follow_ups: counts(transaction, access, today)?,
                waiting_accounts: waiting_accounts.unsigned_abs(),
            })
        })
    }
}

fn counts(
    transaction: &Transaction<'_>,
    access: &Access,
    today: Date,
) -> rusqlite::Result<FollowUpCounts> {
    let count = |list| FollowUpQuery::of(list, today).count(transaction, access.hospital);
    Ok(FollowUpCounts {
        due: count(List::Due)?,
        overdue: count(List::Overdue)?,
        unread: count(List::Unread)?,
    })
}
