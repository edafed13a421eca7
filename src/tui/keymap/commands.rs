//! Meanings of keys.

/// Meaning of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Quit, from any screen.
    Leave,
    /// Quit, from the first screen.
    Quit,
    Suspend,
    /// Lock the screen until the password is given.
    Lock,
    Mouse,
    Help,
    /// The messages so far.
    Messages,
    /// The analyses in the background.
    Analyses,
    /// Try again what failed.
    Retry,
    /// Do it in the background.
    Background,
    /// Write and open a synthetic CT.
    Sample,
    /// One screen about the work with the program.
    Tour,
    Back,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Next,
    Previous,
    Submit,
    Reveal,
    ResetCode,
    Accept,
    Decline,
    Analyse,
    Patients,
    Accounts,
    MyAccount,
    NewToken,
    NewSshKey,
    SignOut,
    SignIn,
    Register,
    Parent,
    /// Complete the name or the path that is typed.
    Complete,
    Hidden,
    Recent,
    /// One of the patients opened last, counted from 0.
    RecentPatient(usize),
    Save,
    Print,
    Share,
    Delete,
    Undo,
    Redo,
    Attention,
    NextSuspect,
    NextLesion,
    PreviousLesion,
    AnalyseSlice,
    NewPatient,
    Filters,
    Columns,
    SortColumn,
    SortDirection,
    MarkAll,
    /// Show or hide empty fields.
    EmptyFields,
    CarryUp,
    CarryDown,
    OpenSeries,
    SliceNumber,
    NextWindow,
    NarrowerWindow,
    WiderWindow,
    LowerWindow,
    HigherWindow,
    ZoomIn,
    ZoomOut,
    WholeSlice,
    Invert,
    Facts,
    Tags,
    PanUp,
    PanDown,
    PanLeft,
    PanRight,
    Cursor,
    CursorUp,
    CursorDown,
    CursorLeft,
    CursorRight,
    CursorFarUp,
    CursorFarDown,
    CursorFarLeft,
    CursorFarRight,
    Nodules,
    NewNodule,
    AcceptLesion,
    RejectLesion,
    ModifierS,
    Circumstances,
    Measure,
    Mark,
    Grow,
    LowerThreshold,
    HigherThreshold,
    Compare,
    AuditLog,
    Filter,
    VerifyLog,
    ExportLog,
    Toggle,
    /// Take the version of a field that was typed here.
    Yours,
    /// Take the version of a field that another user saved.
    Theirs,
    EditPatient,
    /// Open the choices of the focused field: a calendar, a list, a row, a file.
    Choose,
    /// Remove the choice of the focused field.
    Remove,
    /// Go to a section of a long form, counted from 0.
    Section(usize),
    NextSection,
    PreviousSection,
    Today,
    NextYear,
    PreviousYear,
    NextDecade,
    PreviousDecade,
    DeletePatient,
    DeletedRecords,
    Restore,
    Purge,
    Reports,
    Write,
    Sign,
    /// The radiologist's words on an exam.
    Words,
    Addendum,
    Templates,
    /// Fills in a template.
    FillIn,
    KeyImage,
    /// Labels of patients.
    Labels,
    /// The files attached to a record.
    Attachments,
    /// Attach a file to a record.
    Attach,
    /// Show the pages of a record before they are printed.
    Preview,
    /// Switch the paper size.
    Paper,
    /// Choose the exams of the record.
    Exams,
    /// Switch whether the first row of a file has headings.
    Headings,
    /// Choose the character encoding of a file.
    Encoding,
    /// Choose the order of day and month in a file.
    DateOrder,
    /// List the imports.
    Imports,
    UndoImport,
    /// Choose another file.
    AnotherFile,
    /// Ignore a column of a file, or a row.
    LeaveOut,
    /// Start a dry run of the import.
    DryRun,
    Import,
    /// Handling of one duplicate.
    MergeRow,
    SkipRow,
    OverwriteRow,
    AddRow,
    /// Handling of all duplicates.
    MergeAll,
    SkipAll,
    OverwriteAll,
    AddAll,
    SaveBroken,
    FollowUps,
    /// Follow-ups that are overdue.
    Overdue,
    /// Forms that were not saved.
    Drafts,
    /// Patients whose newest exam has no signed report.
    Unsigned,
    CloseFollowUp,
    Letters,
    /// The texts of letters.
    LetterTexts,
    Statistics,
    /// Writes a CSV file.
    SaveCsv,
    /// Writes a JSON file.
    SaveJson,
    /// The planned exams.
    Worklist,
    PlanExam,
    ChangePlan,
    CancelPlan,
    /// The likely duplicates.
    Duplicates,
    /// Keep the other one of two records.
    Exchange,
    /// Two records are of two people.
    Distinct,
    Yes,
    No,
}

impl Command {
    /// True if the dashboard has it for administrators only.
    pub fn is_for_administrators(self) -> bool {
        matches!(self, Self::Accounts | Self::AuditLog)
    }
}
