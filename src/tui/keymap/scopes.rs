//! Contexts in which keys are valid.

/// Context in which a key is valid. A screen lists its scopes, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every screen.
    Global,
    Landing,
    /// Lock screen, where letters are the password.
    Lock,
    /// Forms: letters are text there.
    Form,
    /// Forms with a password.
    Secret,
    /// Lists of rows: the keys that move the selection.
    List,
    SignIn,
    /// Screens that only show a message.
    Message,
    /// List of the messages so far.
    Messages,
    /// List of the analyses in the background.
    Analyses,
    /// List of the series of a folder.
    SeriesList,
    /// Secret that is shown once.
    ShownOnce,
    /// Accounts of the hospital, where letters search.
    Accounts,
    /// Tokens of an account.
    Tokens,
    /// Public keys of an account.
    SshKeys,
    Terms,
    Dashboard,
    /// File picker, where letters filter.
    Picker,
    /// File picker for scans, where a folder may be chosen.
    PickScan,
    /// While a file or folder is being opened.
    Opening,
    /// Series, slice by slice; digits are a slice number.
    Viewer,
    /// Series with a cursor over the slice.
    Cursor,
    /// Series with calipers over the slice.
    Calipers,
    /// DICOM tags, where letters search.
    Tags,
    Analysing,
    Result,
    /// Curve of a series, in its result.
    SeriesCurve,
    /// Scan with lesions that the model proposes.
    Lesions,
    /// Patient table, where letters search.
    Patients,
    /// Patient table for looking up records.
    Browse,
    /// Filters of the patient table.
    Filters,
    /// Columns of the patient table.
    Columns,
    /// Patient table for saving a result.
    SaveTo,
    Record,
    /// Audit log of one record.
    RecordLog,
    /// Audit log of the hospital.
    AuditLog,
    /// Nodules of an exam.
    Nodules,
    /// Proposed lesion in that list that is neither accepted nor rejected.
    OpenLesion,
    /// Form of a nodule, with more keys than other forms.
    NoduleForm,
    /// Offer to restore a draft.
    Draft,
    /// Form that can be saved from any field.
    Saving,
    /// Contents and folder of an export.
    Share,
    /// Form of a patient's record, in sections.
    PatientForm,
    /// Follow-up scan of a record.
    FollowUp,
    /// The lists of follow-ups, where letters search.
    FollowUps,
    /// The lists of planned exams, where letters search.
    Worklist,
    /// Likely duplicates, and merges.
    Duplicates,
    /// Two records side by side.
    TwoRecords,
    /// The text of a letter.
    LetterText,
    /// Forms that were not saved.
    Drafts,
    /// Figures of the programme.
    Statistics,
    /// Calendar month.
    Calendar,
    /// Two versions of a record, with a choice for each field.
    Conflict,
    /// List of deleted records.
    Deleted,
    /// List of deleted records, for an administrator.
    Purge,
    /// Versions of an exam's report.
    Reports,
    /// A radiologist's words, in text areas.
    Words,
    /// A template of them.
    Templates,
    /// Key image.
    KeyImage,
    /// Files attached to a record.
    Attachments,
    /// One of them, drawn.
    ShownAttachment,
    /// Pages before they are printed.
    Preview,
    /// Columns of a file to be imported.
    Import,
    /// List of imports.
    Imports,
    /// Result of a dry run.
    DryRun,
    /// Duplicate, field by field.
    Duplicate,
    /// While a file is being imported.
    Importing,
    Help,
    Confirm,
    Reader,
    /// Short list in a dialog.
    Choose,
}
