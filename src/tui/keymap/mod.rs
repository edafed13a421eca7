//! Every key that does something, in one table. Footer and help are made from it.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use self::table::{KEYMAP, NOTES};

/// What a key can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// From anywhere.
    Leave,
    /// From the first screen.
    Quit,
    Suspend,
    /// Cover the screen until the password is given.
    Lock,
    Mouse,
    Help,
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
    SignOut,
    SignIn,
    Register,
    Parent,
    Hidden,
    Recent,
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
    /// Shows the fields that state nothing, or hides them.
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
    /// Takes a field from what was typed here.
    Yours,
    /// Takes a field from what somebody else saved.
    Theirs,
    EditPatient,
    /// Opens what the field in focus has to choose from: a calendar, a list, a row, a file.
    Choose,
    /// Takes away what the field in focus has chosen.
    Remove,
    /// To one section of a long form, counted from 0.
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
    KeyImage,
    /// The pages of a record before they are printed.
    Preview,
    /// The other size of paper.
    Paper,
    /// Other exams of the record.
    Exams,
    /// Whether the first row of a file names its columns.
    Headings,
    /// How the letters of a file are written.
    Encoding,
    /// The order of day and month in a file.
    DateOrder,
    /// The imports that were made.
    Imports,
    UndoImport,
    /// Another file than this one.
    AnotherFile,
    /// Takes no column of a file, or no row of it.
    LeaveOut,
    /// Tells what an import would do.
    DryRun,
    Import,
    /// What becomes of one duplicate.
    MergeRow,
    SkipRow,
    OverwriteRow,
    AddRow,
    /// What becomes of all duplicates.
    MergeAll,
    SkipAll,
    OverwriteAll,
    AddAll,
    SaveBroken,
    Yes,
    No,
}

/// Where a key counts. A screen names its scopes, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere.
    Global,
    Landing,
    /// The cover over the work, where letters are the password.
    Lock,
    /// Where text is typed: letters are text there.
    Form,
    /// Forms with a password in them.
    Secret,
    SignIn,
    /// A screen that only says something.
    Message,
    /// A secret that is shown once.
    ShownOnce,
    /// The hospital's accounts, where letters search.
    Accounts,
    /// The tokens of an account.
    Tokens,
    Terms,
    Dashboard,
    /// The file picker, where letters filter.
    Picker,
    /// The same where a scan is picked: a folder may be one.
    PickScan,
    /// While a file or folder is being opened.
    Opening,
    /// A series, slice by slice; digits are a slice's number there.
    Viewer,
    /// The same with a cross over the slice.
    Cursor,
    /// The same with calipers over the slice.
    Calipers,
    /// DICOM tags, where letters search.
    Tags,
    Analysing,
    Result,
    /// The curve of a series, in its result.
    SeriesCurve,
    /// A scan with lesions that the model proposes.
    Lesions,
    /// The patient table, where letters search.
    Patients,
    /// The same table when records are looked up.
    Browse,
    /// What it is filtered by.
    Filters,
    /// The choice of its columns.
    Columns,
    /// The same table when a result is about to be saved.
    SaveTo,
    Record,
    /// What the log tells of one record.
    RecordLog,
    /// The log of who did what.
    AuditLog,
    /// The nodules of an exam.
    Nodules,
    /// A lesion among them that the model proposed and no nodule was made of.
    OpenLesion,
    /// One nodule, with more keys than other forms.
    NoduleForm,
    /// The offer of a form's draft.
    Draft,
    /// A form that can be saved from any field.
    Saving,
    /// What is to be exported, and where to.
    Share,
    /// The form of a patient's record, in sections.
    PatientForm,
    /// One follow-up scan of a record.
    FollowUp,
    /// A month, day by day.
    Calendar,
    /// Two versions of a record, a choice a field.
    Conflict,
    /// The list of what was deleted.
    Deleted,
    /// The same for an administrator.
    Purge,
    /// The versions of an exam's report.
    Reports,
    /// A kept picture.
    KeyImage,
    /// Pages before they are printed.
    Preview,
    /// The columns of a file that is to be imported.
    Import,
    /// The imports that were made.
    Imports,
    /// What an import would do.
    DryRun,
    /// A duplicate, field by field.
    Duplicate,
    /// While a file is imported.
    Importing,
    Help,
    Confirm,
    Reader,
    /// A short list in a dialog.
    Choose,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    pub scope: Scope,
    pub key: Key,
    pub command: Command,
    /// What it does, in a word or three, for footer and help.
    pub desc: &'static str,
    /// Whether the footer shows it too; help shows all.
    pub in_footer: bool,
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub KeyCode, pub KeyModifiers);

impl Key {
    /// The key as it is printed on keyboards.
    pub fn label(self) -> String {
        let name = match self.0 {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) if self.1.is_empty() => letter.to_string(),
            KeyCode::Char(letter) => letter.to_uppercase().to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        if self.1.contains(KeyModifiers::SHIFT) {
            format!("Shift-{name}")
        } else if self.1.contains(KeyModifiers::CONTROL) {
            format!("Ctrl-{name}")
        } else if self.1.contains(KeyModifiers::ALT) {
            format!("Alt-{name}")
        } else {
            name
        }
    }

    fn matches(self, event: KeyEvent) -> bool {
        // A capital letter comes with SHIFT from some terminals and without from others.
        let modifiers = match event.code {
            KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
            _ => event.modifiers,
        };
        let code = match event.code {
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        self.0 == code && self.1 == modifiers
    }
}

/// What `event` means in the nearest of `scopes` that knows it, or everywhere.
pub fn command(scopes: &[Scope], event: KeyEvent) -> Option<Command> {
    bindings(scopes)
        .find(|binding| binding.key.matches(event))
        .map(|binding| binding.command)
}

/// The lines of the table that count in `scopes`, in their order, and those that count everywhere. A key that a
/// nearer scope knows is left out of the others.
pub fn bindings(scopes: &[Scope]) -> impl Iterator<Item = &'static Binding> {
    let everywhere = [Scope::Global];
    let wanted: Vec<Scope> = scopes.iter().chain(&everywhere).copied().collect();
    let mut taken: Vec<(Scope, Key)> = Vec::new();
    let lines = wanted
        .into_iter()
        .flat_map(|scope| KEYMAP.iter().filter(move |binding| binding.scope == scope));
    lines.filter(move |binding| {
        let free = !taken
            .iter()
            .any(|(scope, key)| *key == binding.key && *scope != binding.scope);
        taken.push((binding.scope, binding.key));
        free
    })
}

/// What there is to know of the keys in `scopes` beyond the lines of the table, a paragraph each.
pub fn notes(scopes: &[Scope]) -> impl Iterator<Item = &'static str> {
    let notes = NOTES.iter().filter(|(scope, _)| scopes.contains(scope));
    notes.map(|(_, note)| *note)
}

#[cfg(test)]
mod tests {
    use super::table::{control, plain};
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_scope() {
        for (index, one) in KEYMAP.iter().enumerate() {
            let twin = KEYMAP[index + 1..]
                .iter()
                .find(|other| other.scope == one.scope && other.key == one.key);
            assert!(twin.is_none(), "{:?} {}", one.scope, one.key.label());
        }
    }

    #[test]
    fn every_binding_says_what_it_does_and_clashes_with_no_multiplexer() {
        for binding in KEYMAP {
            assert!(!binding.desc.is_empty());
            for taken in ['b', 's', 'q', 'h', 'a'] {
                assert_ne!(binding.key, control(taken), "{:?}", binding.scope);
            }
        }
    }

    #[test]
    fn the_nearest_scope_wins() {
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        let meant = command(&[Scope::Confirm, Scope::Viewer], escape);
        assert_eq!(meant, Some(Command::No));
        assert_eq!(command(&[Scope::Viewer], escape), Some(Command::Back));
        assert_eq!(command(&[], escape), None);
        let both = bindings(&[Scope::Cursor, Scope::Viewer]);
        let arrows = both.filter(|binding| binding.key == plain(KeyCode::Down));
        let meant: Vec<Command> = arrows.map(|binding| binding.command).collect();
        assert_eq!(meant, [Command::CursorDown]);
    }

    #[test]
    fn control_letters_match_in_either_case() {
        let event = KeyEvent::new(
            KeyCode::Char('C'),
            KeyModifiers::CONTROL | KeyModifiers::SHIFT,
        );
        assert_eq!(command(&[], event), Some(Command::Leave));
    }
}
