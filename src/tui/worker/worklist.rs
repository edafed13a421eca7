//! Planned exams: lists, planning, cancelling, and the one of a scan.

use std::path::PathBuf;

use jiff::civil::Date;

use super::list_file::{self, ListFileError};
use crate::cancel::Cancel;
use crate::clinical::follow_up::ClosingReason;
use crate::clinical::identity::Identity;
use crate::clinical::patient::Patient;
use crate::clinical::worklist::ExamPlan;
use crate::export;
use crate::report::list::ListFormat;
use crate::store::{
    Access, Account, PatientId, PlannedCounts, PlannedId, PlannedPage, PlannedQuery, PlannedRow,
    ScanOrder, Store, StoreError,
};

/// Work on planned exams for a background thread.
pub enum Request {
    Page {
        access: Access,
        query: Box<PlannedQuery>,
    },
    Counts {
        access: Access,
        today: Date,
    },
    /// The patient with a number.
    Patient {
        access: Access,
        number: String,
    },
    Plan {
        access: Access,
        patient: PatientId,
        plan: ExamPlan,
    },
    Change {
        access: Access,
        planned: PlannedId,
        /// The one that it was changed on.
        revision: u32,
        plan: ExamPlan,
    },
    Cancel {
        access: Access,
        planned: PlannedId,
        reason: ClosingReason,
        remark: String,
        on: Date,
    },
    Reopen {
        access: Access,
        planned: PlannedId,
    },
    /// The planned exam that a scan belongs to.
    ForScan {
        access: Access,
        order: ScanOrder,
        stated: Box<Identity>,
    },
    /// The list as a file.
    Export {
        access: Access,
        account: Box<Account>,
        query: Box<PlannedQuery>,
        format: ListFormat,
        folder: PathBuf,
    },
}

/// Outcome of the work.
pub enum Answer {
    Page {
        is_first: bool,
        page: Result<PlannedPage, StoreError>,
    },
    Counts(Result<PlannedCounts, StoreError>),
    Patient(Result<Box<(PatientId, Patient)>, StoreError>),
    Planned(Result<(), StoreError>),
    Cancelled(Result<(), StoreError>),
    Reopened(Result<(), StoreError>),
    ForScan(Result<Option<Box<PlannedRow>>, StoreError>),
    /// Rows written, in a sentence.
    Exported(Result<String, ListFileError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Page { .. } | Self::Counts { .. } | Self::Patient { .. } | Self::ForScan { .. }
        )
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(
    store: Result<Store, StoreError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::Page { access, query } => Answer::Page {
            is_first: query.after.is_none(),
            page: store.and_then(|store| store.planned_exams(&access, &query)),
        },
        Request::Counts { access, today } => {
            Answer::Counts(store.and_then(|store| store.planned_counts(&access, today)))
        }
        Request::Patient { access, number } => Answer::Patient(
            store
                .and_then(|store| store.patient_with_number(&access, &number))
                .map(Box::new),
        ),
        Request::Plan {
            access,
            patient,
            plan,
        } => Answer::Planned(
            store
                .and_then(|store| store.plan_exam(&access, patient, &plan))
                .map(|_| ()),
        ),
        Request::Change {
            access,
            planned,
            revision,
            plan,
        } => Answer::Planned(
            store.and_then(|store| store.change_plan(&access, planned, revision, &plan)),
        ),
        Request::Cancel {
            access,
            planned,
            reason,
            remark,
            on,
        } => Answer::Cancelled(
            store.and_then(|store| store.cancel_plan(&access, planned, reason, &remark, on)),
        ),
        Request::Reopen { access, planned } => {
            Answer::Reopened(store.and_then(|store| store.reopen_plan(&access, planned)))
        }
        Request::ForScan {
            access,
            order,
            stated,
        } => {
            let found = store.and_then(|store| store.planned_for_scan(&access, &order, &stated));
            Answer::ForScan(found.map(|found| found.map(Box::new)))
        }
        Request::Export {
            access,
            account,
            query,
            format,
            folder,
        } => Answer::Exported(list_file::written(
            store,
            (&access, &account),
            &folder,
            |asker, folder| export::write_worklist(asker, &query, format, folder, cancel),
        )),
    }
}
