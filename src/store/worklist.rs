//! Planned exams: lists, planning, cancelling, and the scan that completes a planned exam.
//!
//! State, day and doctor of a row are derived ([`renew()`]) whenever its patient or an exam of the patient changes, in the
//! transaction of that change.

mod import;
mod list;
mod plan;
mod renew;
mod scan;

pub use self::import::ImportedPlan;
pub(super) use self::import::{import_plan, merged, plan_of_row, planned_for, undo_plans};
pub(super) use self::list::of_patient;
pub use self::list::{
    PlannedCounts, PlannedFilters, PlannedPage, PlannedQuery, PlannedRow, PlannedState,
};
pub(super) use self::renew::{release, renew};
pub use self::scan::ScanOrder;
pub(super) use self::scan::{check_order, tick_off};

/// Identifies a planned exam. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlannedId(pub i64);
