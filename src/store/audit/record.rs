//! Writing an audit entry.

use rusqlite::{Transaction, params};

use crate::store::{
    Access, AttachedFileId, AttachmentId, ExamId, ImportId, NoduleId, PatientId, PlannedId,
    ReportId, SshKeyId, TokenId,
};

/// Kind of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Action {
    Register,
    SignIn,
    SignOut,
    AcceptTerms,
    ApproveAccount,
    RefuseAccount,
    DisableAccount,
    EnableAccount,
    ChangeRole,
    IssueResetCode,
    ResetPassword,
    ChangePassword,
    ConfirmIdentity,
    BeginSecondFactor,
    ConfirmSecondFactor,
    RemoveSecondFactor,
    UseRecoveryCode,
    MakeToken,
    RevokeToken,
    CreatePatient,
    ViewPatient,
    SaveExam,
    /// The scan stated another person than the record, and the user confirmed that it belongs to the patient.
    AcceptContradiction,
    DeleteExam,
    RestoreExam,
    ViewReading,
    StateCircumstances,
    AddNodule,
    ChangeNodule,
    DeleteNodule,
    RestoreNodule,
    RejectLesion,
    /// The rejection of a lesion was undone.
    ReopenLesion,
    BeginChain,
    RotateKey,
    BackUp,
    RemoveLeftovers,
    RestoreBackup,
    RestoreOverUnreadable,
    ActAsOwner,
    AppointOwner,
    WithdrawOwner,
    ApproveHospital,
    RefuseHospital,
    ViewLog,
    VerifyLog,
    ExportLog,
    ChangePatient,
    ViewHistory,
    DeletePatient,
    RestorePatient,
    PurgePatient,
    PurgeExam,
    ViewDeleted,
    AddAttachment,
    RemovePhoto,
    ViewAttachments,
    ViewAttachment,
    CopyAttachment,
    DeleteAttachment,
    RestoreAttachment,
    PurgeAttachment,
    WriteReport,
    ViewReports,
    SignReport,
    PrintRecord,
    ExportRecord,
    ExportDeidentified,
    CopySummary,
    ImportPatients,
    UndoImport,
    SetWorkUpDays,
    CloseFollowUp,
    ReopenFollowUp,
    SetLetterText,
    WriteLetter,
    ExportFollowUps,
    PrintList,
    MakeLabel,
    WriteWords,
    AddAddendum,
    SetTemplate,
    PlanExam,
    ChangePlan,
    CancelPlan,
    ReopenPlan,
    /// The import that planned the exam was undone.
    RemovePlan,
    /// An exam was saved for the planned one.
    FinishPlan,
    /// The exam with the scan's accession number is planned for another patient, and the user confirmed the scan's patient.
    AcceptOtherPlan,
    ExportWorklist,
    MergePatients,
    UnmergePatients,
    /// Two likely duplicates are two people.
    StateDistinct,
    AddSshKey,
    RemoveSshKey,
    SendFiles,
    FetchFiles,
}

impl Action {
    /// Actions that leave records, accounts and hospitals as they are: signing in and out, viewing, exporting, and maintenance of
    /// the whole database.
    pub(in crate::store) const WITHOUT_CHANGE: [Self; 33] = [
        Self::SignIn,
        Self::SignOut,
        Self::ConfirmIdentity,
        Self::UseRecoveryCode,
        Self::ActAsOwner,
        Self::BeginChain,
        Self::RotateKey,
        Self::BackUp,
        Self::RemoveLeftovers,
        Self::RestoreBackup,
        Self::RestoreOverUnreadable,
        Self::VerifyLog,
        Self::ViewLog,
        Self::ExportLog,
        Self::ViewPatient,
        Self::ViewReading,
        Self::ViewHistory,
        Self::ViewDeleted,
        Self::ViewAttachments,
        Self::ViewAttachment,
        Self::CopyAttachment,
        Self::ViewReports,
        Self::ExportRecord,
        Self::ExportDeidentified,
        Self::PrintRecord,
        Self::CopySummary,
        Self::WriteLetter,
        Self::ExportFollowUps,
        Self::ExportWorklist,
        Self::PrintList,
        Self::MakeLabel,
        Self::SendFiles,
        Self::FetchFiles,
    ];

    pub(in crate::store) fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign in",
            Self::SignOut => "sign out",
            Self::AcceptTerms => "accept terms",
            Self::ApproveAccount => "approve account",
            Self::RefuseAccount => "refuse account",
            Self::DisableAccount => "disable account",
            Self::EnableAccount => "enable account",
            Self::ChangeRole => "change role",
            Self::IssueResetCode => "issue reset code",
            Self::ResetPassword => "reset password",
            Self::ChangePassword => "change password",
            Self::ConfirmIdentity => "confirm identity",
            Self::BeginSecondFactor => "begin second factor",
            Self::ConfirmSecondFactor => "confirm second factor",
            Self::UseRecoveryCode => "use recovery code",
            Self::RemoveSecondFactor => "remove second factor",
            Self::MakeToken => "make token",
            Self::RevokeToken => "revoke token",
            Self::CreatePatient => "create patient",
            Self::ViewPatient => "view patient",
            Self::SaveExam => "save exam",
            Self::AcceptContradiction => "accept contradiction",
            Self::DeleteExam => "delete exam",
            Self::RestoreExam => "restore exam",
            Self::ViewReading => "view reading",
            Self::StateCircumstances => "state circumstances",
            Self::AddNodule => "add nodule",
            Self::ChangeNodule => "change nodule",
            Self::DeleteNodule => "delete nodule",
            Self::RestoreNodule => "restore nodule",
            Self::RejectLesion => "reject lesion",
            Self::ReopenLesion => "reopen lesion",
            Self::BeginChain => "begin chain",
            Self::RotateKey => "rotate key",
            Self::BackUp => "back up",
            Self::RemoveLeftovers => "remove leftovers",
            Self::RestoreBackup => "restore backup",
            Self::RestoreOverUnreadable => "restore backup over unreadable records",
            Self::ActAsOwner => "act as owner",
            Self::AppointOwner => "appoint owner",
            Self::WithdrawOwner => "withdraw owner",
            Self::ApproveHospital => "approve hospital",
            Self::RefuseHospital => "refuse hospital",
            Self::ViewLog => "view log",
            Self::VerifyLog => "verify log",
            Self::ExportLog => "export log",
            Self::ChangePatient => "change patient",
            Self::ViewHistory => "view patient history",
            Self::DeletePatient => "delete patient",
            Self::RestorePatient => "restore patient",
            Self::PurgePatient => "purge patient",
            Self::PurgeExam => "purge exam",
            Self::ViewDeleted => "view deleted records",
            Self::AddAttachment => "add attachment",
            Self::RemovePhoto => "remove photo",
            Self::ViewAttachments => "list attachments",
            Self::ViewAttachment => "view attachment",
            Self::CopyAttachment => "copy attachment",
            Self::DeleteAttachment => "delete attachment",
            Self::RestoreAttachment => "restore attachment",
            Self::PurgeAttachment => "purge attachment",
            Self::WriteReport => "write report",
            Self::ViewReports => "view reports",
            Self::SignReport => "sign report",
            Self::PrintRecord => "print record",
            Self::ExportRecord => "export record",
            Self::ExportDeidentified => "export de-identified record",
            Self::CopySummary => "copy summary",
            Self::ImportPatients => "import patients",
            Self::UndoImport => "undo import",
            Self::SetWorkUpDays => "set work-up days",
            Self::CloseFollowUp => "close follow-up",
            Self::ReopenFollowUp => "reopen follow-up",
            Self::SetLetterText => "set letter text",
            Self::WriteLetter => "write letter",
            Self::ExportFollowUps => "export follow-up list",
            Self::PrintList => "print patient list",
            Self::MakeLabel => "make label",
            Self::WriteWords => "write findings",
            Self::AddAddendum => "add addendum",
            Self::SetTemplate => "set report template",
            Self::PlanExam => "plan exam",
            Self::ChangePlan => "change planned exam",
            Self::CancelPlan => "cancel planned exam",
            Self::ReopenPlan => "reopen planned exam",
            Self::RemovePlan => "remove planned exam",
            Self::FinishPlan => "finish planned exam",
            Self::AcceptOtherPlan => "accept scan planned for another patient",
            Self::ExportWorklist => "export worklist",
            Self::MergePatients => "merge patients",
            Self::UnmergePatients => "unmerge patients",
            Self::StateDistinct => "state two patients",
            Self::AddSshKey => "add SSH key",
            Self::RemoveSshKey => "remove SSH key",
            Self::SendFiles => "send files",
            Self::FetchFiles => "fetch files",
        }
    }
}

/// Object of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Object {
    Nothing,
    Account(i64),
    Token(TokenId),
    SshKey(SshKeyId),
    Patient(PatientId),
    Exam(ExamId),
    Nodule(NoduleId),
    Attachment(AttachmentId),
    AttachedFile(AttachedFileId),
    Report(ReportId),
    Import(ImportId),
    Planned(PlannedId),
}

impl Object {
    fn columns(self) -> (Option<&'static str>, Option<i64>) {
        match self {
            Self::Nothing => (None, None),
            Self::Account(id) => (Some("account"), Some(id)),
            Self::Token(TokenId(id)) => (Some("token"), Some(id)),
            Self::SshKey(SshKeyId(id)) => (Some("SSH key"), Some(id)),
            Self::Patient(PatientId(id)) => (Some("patient"), Some(id)),
            Self::Exam(ExamId(id)) => (Some("exam"), Some(id)),
            Self::Nodule(NoduleId(id)) => (Some("nodule"), Some(id)),
            Self::Attachment(AttachmentId(id)) => (Some("attachment"), Some(id)),
            Self::AttachedFile(AttachedFileId(id)) => (Some("file"), Some(id)),
            Self::Report(ReportId(id)) => (Some("report"), Some(id)),
            Self::Import(ImportId(id)) => (Some("import"), Some(id)),
            Self::Planned(PlannedId(id)) => (Some("planned exam"), Some(id)),
        }
    }
}

/// Outcome of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Outcome {
    Done,
    Refused,
}

/// Appends one row. `account` is the account that acted, none if unknown.
///
/// The row belongs to the hospital of that account, or else of the account that was acted on: a failed sign-in is visible to the
/// administrators of the account whose password or token was tried.
pub(in crate::store) fn record(
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
            "INSERT INTO audit (at, account_id, action, object_kind, object_id, outcome, hospital_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6,
                     coalesce((SELECT hospital_id FROM account WHERE id = ?2),
                              (SELECT hospital_id FROM account WHERE id = CASE ?4
                                   WHEN 'account' THEN ?5
                                   WHEN 'token' THEN (SELECT account_id FROM access_token WHERE id = ?5)
                               END)))",
        )?
        .execute(params![at, account, action.as_str(), kind, id, outcome])?;
    Ok(())
}

/// Appends one row: the account of `access` did the action.
pub(in crate::store) fn record_done(
    transaction: &Transaction<'_>,
    access: &Access,
    at: i64,
    action: Action,
    object: Object,
) -> rusqlite::Result<()> {
    let account = Some(access.account);
    record(transaction, at, account, action, object, Outcome::Done)
}
