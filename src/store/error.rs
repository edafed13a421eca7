//! Errors of the store, one sentence each.

mod causes;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::attached_file::FileFault;
use super::reading_mode::DiskState;
use super::registration::RegistrationField;
use super::{Role, TokenScope};
use crate::clinical::identity::Contradiction;
use crate::clinical::stated_text::StatedTextError;
use crate::clinical::terms;
use crate::text::enumerated;

/// Names of the contradictions, as a part of a sentence.
fn labels(contradictions: &[Contradiction]) -> String {
    let labels = contradictions.iter().map(|found| found.label().to_owned());
    enumerated(&labels.collect::<Vec<_>>())
}

/// Reason why the store refused a request. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "{} is a file, but LUNNY keeps its records in a folder: choose another folder with --home or LUNNY_HOME",
        home.display()
    )]
    HomeIsAFile { home: PathBuf },
    #[error(
        "the folder {} cannot be used ({source}): give this user the right to write there, or choose another folder with --home or LUNNY_HOME",
        home.display()
    )]
    HomeUnusable { home: PathBuf, source: io::Error },
    #[error(
        "{} lies on a file system that several processes cannot share safely: choose a folder on a local disk with --home or LUNNY_HOME",
        file.display()
    )]
    NotShareable { file: PathBuf },
    #[error(
        "{} is not an SQLite database: move it away and start again, or restore it from a backup",
        file.display()
    )]
    NotADatabase { file: PathBuf },
    #[error(
        "{} is the database of another program: choose another folder with --home or LUNNY_HOME",
        file.display()
    )]
    ForeignDatabase { file: PathBuf },
    #[error(
        "{} has database version {found}, and this LUNNY knows versions up to {known}: start a newer LUNNY",
        file.display()
    )]
    NewerDatabase {
        file: PathBuf,
        found: i64,
        known: i64,
    },
    #[error(
        "the key of {} is missing: restore its key file at {}, or set the key in the variable LUNNY_KEY; without the key the records cannot be read",
        file.display(),
        key_file.display()
    )]
    KeyFileMissing { file: PathBuf, key_file: PathBuf },
    #[error(
        "{} contains no key: restore the right file from your copy; it is one line of 64 hexadecimal digits",
        file.display()
    )]
    KeyFileDamaged { file: PathBuf },
    #[error(
        "the key file {} can be read by other users: run chmod 600 on it, and lunny key rotate if it may have been copied",
        file.display()
    )]
    KeyFileExposed { file: PathBuf },
    #[error(
        "the key file {} belongs to another user, who could change it: run LUNNY as that user, or run chown on the file",
        file.display()
    )]
    KeyFileOfAnother { file: PathBuf },
    #[error(
        "the key file {} cannot be used ({source}): give this user the right to read and write it and its folder",
        file.display()
    )]
    KeyFileUnusable { file: PathBuf, source: io::Error },
    #[error(
        "{} does not open with {tried}: use the key that it was made with, or restore it from a backup if its first page is damaged",
        file.display()
    )]
    WrongKey { file: PathBuf, tried: String },
    #[error(
        "{} is locked with a passphrase: start LUNNY in a terminal and type it, or set it in the variable LUNNY_PASSPHRASE",
        file.display()
    )]
    PassphraseNeeded {
        file: PathBuf,
        /// True if the database does not exist yet, so that the passphrase is a new one.
        new: bool,
    },
    #[error("a key could not be created ({0}): free some memory and try again")]
    KeyDerivation(String),
    #[error(
        "{} is open in another LUNNY: close it there and try again",
        file.display()
    )]
    NotAlone { file: PathBuf },
    #[error(
        "{} already exists: choose another name, or replace it with --force",
        file.display()
    )]
    BackupExists { file: PathBuf },
    #[error("the backup {} cannot be used ({source}): choose another place", file.display())]
    BackupUnusable { file: PathBuf, source: io::Error },
    #[error(
        "the key of the backup {} is missing: name its key file with --key-file",
        file.display()
    )]
    BackupKeyMissing { file: PathBuf },
    #[error(
        "{} already contains records: use --replace to replace them by the backup; they are then stored beside it",
        file.display()
    )]
    HomeHasRecords { file: PathBuf },
    #[error(
        "the backup is older than the records: {changes} {} since then would be lost; use --older to restore it anyway",
        if *changes == 1 { "change" } else { "changes" }
    )]
    RollBack { changes: i64 },
    #[error(
        "the backup {} is of another installation, not of these records: use --foreign to restore it anyway",
        file.display()
    )]
    ForeignBackup { file: PathBuf },
    #[error(
        "the records in {} can be opened: leave out --records-unreadable, and sign in to them as an owner",
        file.display()
    )]
    RecordsOpen { file: PathBuf },
    #[error("{} is damaged: restore it from a backup", file.display())]
    Damaged { file: PathBuf },
    #[error(
        "the disk that holds {} is full: free some space and try again; no saved data is lost",
        file.display()
    )]
    DiskFull { file: PathBuf },
    #[error(
        "{} cannot be written: give this user the right to write the file and its folder",
        file.display()
    )]
    ReadOnly { file: PathBuf },
    #[error(
        "the disk that holds {} is read-only: mount it for writing, or restore a backup on another disk",
        file.display()
    )]
    ReadOnlyDisk { file: PathBuf },
    #[error(
        "{because}: records can be viewed and backed up to another disk, not changed, exported or printed; mend the disk and start again"
    )]
    OnlyReading { because: DiskState },
    #[error(
        "{} has been in use by another program for too long: try again in a moment",
        file.display()
    )]
    Busy { file: PathBuf },
    #[error("the reading was cancelled: ask again")]
    Cancelled,
    #[error(
        "the disk answered with an error when {} was read or written: make a backup on another disk, and check this one",
        file.display()
    )]
    DiskError {
        file: PathBuf,
        source: rusqlite::Error,
    },
    #[error("{} could not be used ({source}): try again, and check the disk if the problem persists", file.display())]
    Database {
        file: PathBuf,
        source: rusqlite::Error,
    },

    #[error("{message}")]
    Invalid {
        field: RegistrationField,
        message: String,
    },
    #[error("{email} is already registered: sign in, or register another email")]
    EmailTaken { email: String },
    #[error("email or password is wrong")]
    WrongCredentials,
    #[error(
        "an administrator of {hospital} has to approve this account first: ask them, and sign in again"
    )]
    AwaitingApproval { hospital: String },
    #[error(
        "{hospital} is a new hospital here, and an owner of this installation has to approve it first: ask them, and sign in again"
    )]
    HospitalAwaitsApproval { hospital: String },
    #[error("this account was disabled: ask an administrator of your hospital")]
    AccountDisabled,
    #[error("too many attempts have failed: wait {} and try again", waiting(wait))]
    TooManyAttempts { wait: Duration },
    #[error(
        "this account has a second factor: enter the code of the authenticator, or a recovery code"
    )]
    SecondFactorNeeded,
    #[error("the code is wrong, already used or too old: enter the newest one")]
    WrongCode,
    #[error("the token is wrong, has expired or was revoked: make a new one in the application")]
    WrongToken,
    #[error("this account already has a second factor: remove that one first")]
    SecondFactorInPlace,
    #[error("this account has no second factor in preparation: start with a new one")]
    NoSecondFactor,
    #[error("a session that was opened with a token may not do this: sign in with your password")]
    NotWithAToken,
    #[error(
        "the token with which this session was opened does not have the scope “{scope}”: use a token that has it, or sign in with \
         your password"
    )]
    OutsideTokenScope { scope: TokenScope },
    #[error(
        "this account has not accepted the terms of use, version {}: accept them at the next sign-in to the application, or with \
         `lunny account accept-terms`",
        terms::VERSION
    )]
    TermsNotAccepted,
    #[error("{0}")]
    InvalidToken(String),
    #[error("this token is not one of yours, or was revoked: reload the list")]
    NoSuchToken,
    #[error("{0}")]
    InvalidSshKey(String),
    #[error("this key is not one of yours, or was removed: reload the list")]
    NoSuchSshKey,
    #[error("the password is wrong: type it again")]
    WrongPassword,
    #[error("you are signed out: sign in again")]
    SignedOut,
    #[error("only {} may do this: ask one of your hospital", role.article())]
    NotAllowed { role: Role },
    #[error(
        "only an owner of this installation may do this: ask the person who installed LUNNY here; the role of administrator is not enough"
    )]
    NotOwner,
    #[error("this is the last active owner of this installation: appoint another owner first")]
    LastOwner,
    #[error(
        "this account is not one of your hospital's, or it was changed meanwhile: reload the list"
    )]
    NoSuchAccount,
    #[error(
        "this is the last active administrator of your hospital: make another account an administrator first"
    )]
    LastAdministrator,
    #[error("the version of the terms must have between 1 and 64 characters")]
    InvalidTermsVersion,
    #[error("the password could not be hashed ({0}): free some memory and try again")]
    Hashing(argon2::password_hash::Error),
    #[error(
        "the operating system gave no random numbers ({0}): try again, and restart the machine if the problem persists"
    )]
    NoRandomness(getrandom::Error),

    #[error(
        "the patient number {number} is in use: choose that patient, or use another number for this one"
    )]
    NumberTaken { number: String },
    #[error(
        "the patient number {number} belongs to a deleted patient: restore that patient, or use another number for this one"
    )]
    NumberOfDeleted { number: String },
    #[error(
        "the patient number {number} belongs to a record that was merged into {into}: choose that patient, or use another number for this one"
    )]
    NumberOfMerged { number: String, into: String },
    #[error("this record was merged into {into}: open that one")]
    PatientMerged { into: String },
    #[error("this merge is not one of your hospital's: look at the list again")]
    NoSuchMerge,
    #[error("this merge was already undone")]
    MergeUndone,
    #[error("this import is not one of your hospital's: reload the list of imports")]
    NoSuchImport,
    #[error(
        "this import was already undone: the patients that it added are among the deleted records"
    )]
    ImportUndone,
    #[error("this patient is not among your records: search for them again")]
    NoSuchPatient,
    #[error(
        "the scan contradicts the record in {}: compare both before you save it",
        labels(contradictions)
    )]
    AnotherPatient { contradictions: Vec<Contradiction> },
    #[error("this patient was changed meanwhile: compare both versions before you save yours")]
    PatientChanged,
    #[error("this exam is not among your records: open its patient again")]
    NoSuchExam,
    #[error(
        "the circumstances of this exam were changed meanwhile: open it again and check them before you change them"
    )]
    CircumstancesChanged,
    #[error("this nodule is not among your records: open its exam again")]
    NoSuchNodule,
    #[error(
        "this nodule was changed meanwhile: open its exam again and check it before you change it"
    )]
    NoduleChanged,
    #[error("the exam has no such lesion: open it again")]
    NoSuchLesion,
    #[error("this lesion is already accepted as a nodule: change or delete that nodule")]
    LesionAccepted,
    #[error(
        "the lesion that this nodule came from was since rejected or accepted again: the nodule stays deleted"
    )]
    LesionDecisionChanged,
    #[error("the nodule cannot be saved because {0}: correct it and save again")]
    InvalidNodule(String),
    #[error(
        "the same scan with the same model's answer was saved again since: there is nothing to restore"
    )]
    ExamSavedAgain,
    #[error(
        "the patient cannot be saved because {0} is empty or too long: correct it and save again"
    )]
    InvalidPatient(&'static str),
    #[error("the exam cannot be saved because its {0} is impossible: analyse the scan again")]
    InvalidExam(&'static str),
    #[error("this record is not deleted, or no longer: reload the list of deleted records")]
    NotDeleted,
    #[error("this picture is not among your records: open its patient again")]
    NoSuchAttachment,
    #[error("the picture cannot be stored because {0}: choose another one")]
    InvalidAttachment(&'static str),
    #[error(
        "the picture {id} is damaged: its SHA-256 does not match: run `lunny doctor`, and restore it from a backup"
    )]
    AttachmentDamaged { id: i64 },
    #[error("this attachment is not among your records: open its patient again")]
    NoSuchFile,
    #[error("the file cannot be attached because {0}: choose another one")]
    InvalidFile(FileFault),
    #[error(
        "the attachment {id} is damaged: its SHA-256 does not match: run `lunny doctor`, and restore it from a backup"
    )]
    FileDamaged { id: i64 },
    #[error("the same file was attached to the record again since: there is nothing to restore")]
    FileAttachedAgain,
    #[error("this report is not among your records: open its exam again")]
    NoSuchReport,
    #[error("the report cannot be saved because its text {0}: correct it and save again")]
    InvalidReport(&'static str),
    #[error("this version of the report is already signed: write another one to amend it")]
    ReportSigned,
    #[error(
        "this version of the report is not signed: change the findings and write another version instead"
    )]
    ReportNotSigned,
    #[error(
        "somebody changed the findings of this exam meanwhile: open it again and look before you change them"
    )]
    WordsChanged,
    #[error("{0}")]
    InvalidWords(StatedTextError),
    #[error("a later version of this report exists: read that one, and sign it instead")]
    ReportSuperseded,
    #[error("the draft cannot be saved because {0}: save the form itself")]
    InvalidDraft(&'static str),
    #[error(
        "this follow-up is not among your records, or another exam took its place: look at the list again"
    )]
    NoSuchFollowUp,
    #[error("this follow-up is closed already: look at the list again")]
    FollowUpClosed,
    #[error(
        "the day {on} is before the scan of {scanned_on}: close its follow-up on that day or later"
    )]
    ClosedBeforeScan { on: Date, scanned_on: Date },
    #[error(
        "this follow-up is not closed by a person, so there is nothing to reopen: an exam or a diagnosis closed it, or it is open"
    )]
    FollowUpNotReopened,
    #[error("{0}")]
    InvalidFollowUp(StatedTextError),
    #[error("this planned exam is not among your records: look at the list again")]
    NoSuchPlan,
    #[error(
        "somebody changed this planned exam meanwhile: look at the list again before you change it"
    )]
    PlanChanged,
    #[error("this planned exam is done or cancelled: look at the list again")]
    PlanNotOpen,
    #[error("this planned exam is not cancelled, so there is nothing to reopen")]
    PlanNotCancelled,
    #[error(
        "an exam with the accession number {accession} is planned already: change or cancel that one, or use another number"
    )]
    AccessionPlanned { accession: String },
    #[error(
        "the exam {accession} is planned for another patient, {number}: compare both before you save it"
    )]
    PlannedForAnother { accession: String, number: String },
    #[error("{0}")]
    InvalidPlan(StatedTextError),
    #[error("the folder {} cannot be remembered because its name is empty", path.display())]
    InvalidFolder { path: PathBuf },
}

/// Reason for ending a transaction early: an error of the database, or a refusal of the store.
#[derive(Debug)]
pub(super) enum Stop {
    Sqlite(rusqlite::Error),
    Refused(StoreError),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// A time to wait, rounded up to whole seconds or minutes.
fn waiting(wait: &Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match seconds {
        0 | 1 => "1 second".to_owned(),
        2..=99 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// True if `error` is the refusal of a second row under one unique key.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|cause| {
        cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            || cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_wait_is_rounded_up() {
        let wait = |milliseconds| waiting(&Duration::from_millis(milliseconds));
        assert_eq!(wait(1), "1 second");
        assert_eq!(wait(1_001), "2 seconds");
        assert_eq!(wait(99_000), "99 seconds");
        assert_eq!(wait(99_001), "2 minutes");
        assert_eq!(wait(900_000), "15 minutes");
    }
}
