//! The log of who did what to which record, written in the transaction that does it.
//!
//! Rows name records by id and hold no patient's data. The table refuses changes and deletions.

use rusqlite::{Transaction, params};

use super::{ExamId, NoduleId, PatientId};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Register,
    SignIn,
    SignOut,
    AcceptTerms,
    ApproveAccount,
    CreatePatient,
    ViewPatient,
    SaveExam,
    DeleteExam,
    RestoreExam,
    ViewReading,
    StateCircumstances,
    AddNodule,
    ChangeNodule,
    DeleteNodule,
    RestoreNodule,
    BackUp,
    RestoreBackup,
    RotateKey,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign in",
            Self::SignOut => "sign out",
            Self::AcceptTerms => "accept terms",
            Self::ApproveAccount => "approve account",
            Self::CreatePatient => "create patient",
            Self::ViewPatient => "view patient",
            Self::SaveExam => "save exam",
            Self::DeleteExam => "delete exam",
            Self::RestoreExam => "restore exam",
            Self::ViewReading => "view reading",
            Self::StateCircumstances => "state circumstances",
            Self::AddNodule => "add nodule",
            Self::ChangeNodule => "change nodule",
            Self::DeleteNodule => "delete nodule",
            Self::RestoreNodule => "restore nodule",
            Self::BackUp => "back up",
            Self::RestoreBackup => "restore backup",
            Self::RotateKey => "rotate key",
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Nothing,
    Account(i64),
    Patient(PatientId),
    Exam(ExamId),
    Nodule(NoduleId),
}

impl Object {
    fn columns(self) -> (Option<&'static str>, Option<i64>) {
        match self {
            Self::Nothing => (None, None),
            Self::Account(id) => (Some("account"), Some(id)),
            Self::Patient(PatientId(id)) => (Some("patient"), Some(id)),
            Self::Exam(ExamId(id)) => (Some("exam"), Some(id)),
            Self::Nodule(NoduleId(id)) => (Some("nodule"), Some(id)),
        }
    }
}

/// Whether it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Refused,
}

/// Appends one row. `account` is whoever did it, none where nobody is known.
pub(super) fn record(
    transaction: &Transaction<'_>,
    at: i64,
    account: Option<i64>,
    action: Action,
    object: Object,
    outcome: Outcome,
) -> rusqlite::Result<()> {
    let (kind, id) = object.columns();
    let outcome = match outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
    };
    transaction
        .prepare_cached(
            "INSERT INTO audit (at, account_id, action, object_kind, object_id, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![at, account, action.as_str(), kind, id, outcome])?;
    Ok(())
}
