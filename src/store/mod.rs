//! Accounts, patients and exams in one SQLite file. Knows no pixels.
//!
//! [`Store`] is the only entry point. It is cheap to clone and may be shared between threads; every call blocks, so the event
//! loop never calls it directly. Several processes may open the same file: writers queue for up to five seconds, readers never
//! wait.
//!
//! Records need an [`Access`], which only signing in creates. Every query is bound to its hospital, so an id of another hospital
//! opens nothing. Functions on all hospitals together, such as backup and key rotation, need an [`Owner`].

mod accounts;
mod area_key;
mod attached_file;
mod attachment;
mod audit;
mod connection;
mod dated_list;
mod deletion;
mod disclosure;
mod draft;
mod duplicate;
mod encryption;
mod error;
mod exam;
mod exam_series;
mod exam_study;
mod folder;
mod follow_up;
mod home;
mod lesion_decision;
mod maintenance;
mod migration;
mod nodule;
mod opening;
mod patient;
mod preference;
mod reading;
mod reading_mode;
mod recent_patient;
mod report;
mod report_words;
mod scan_owner;
mod search;
mod statistics;
mod stored_bytes;
mod worklist;

use accounts::{account, registration};
use encryption::{cipher, lock, rotation, unlocking};

pub use accounts::account::Account;
pub use accounts::history::PastSignIn;
pub use accounts::owner::Owner;
pub use accounts::password;
pub use accounts::registration::{Registration, RegistrationField};
pub use accounts::role::{AccountId, AccountStatus, Role};
pub use accounts::second_factor::Enrolment;
pub use accounts::session::Access;
pub use accounts::sign_in::SignIn;
pub use accounts::ssh_key::{SshKey, SshKeyId};
pub use accounts::token::{MAX_TOKEN_DAYS, Token, TokenId};
pub use accounts::token_scope::{TokenScope, TokenScopes};
pub use attached_file::{AttachedFile, AttachedFileId, FileFault, FileLimits, FileType};
pub use attachment::{
    ATTACHMENT_BYTES, Attachment, AttachmentId, AttachmentKind, MediaType, NewAttachment,
};
pub use audit::{
    AuditEntry, AuditExport, AuditExportError, AuditFault, AuditHead, AuditObject, AuditOutcome,
    AuditPage, AuditPlace, AuditPosition, AuditQuery, AuditSpan, AuditVerification, HEAD_FILE_NAME,
    LostChanges, RecordEntry, UNMATCHED_FILE_NAME,
};
pub use connection::{Clock, Store};
pub use dated_list::{DatedPage, DatedQuery, ListCursor};
pub use deletion::{DELETED_ROWS, DeletedKind, DeletedRecord, DependentRecords};
pub use disclosure::Disclosure;
pub use draft::{DRAFT_BYTES, Draft, StoredDraft};
pub use duplicate::{
    DuplicatePage, DuplicatePair, DuplicateSide, MergeId, MergePlan, MergedPatients, PastMerge,
    UndoneMerge,
};
pub use encryption::key;
pub use encryption::key::{DatabaseKey, KeyKind, KeySource, KeyState, Passphrase};
pub use encryption::rotation::NewKey;
pub use error::StoreError;
pub use exam::{Exam, ExamId, ExamState, NewestLesions, PatientChoice, SavedExam};
pub use folder::RECENT_FOLDERS;
pub use follow_up::{
    FollowUpCounts, FollowUpFilters, FollowUpPage, FollowUpQuery, FollowUpRow, Overview,
};
pub use home::FILE_NAME;
pub use lesion_decision::LesionDecision;
pub use maintenance::backup::Contents;
pub use maintenance::comparison::{Comparison, Side};
pub use maintenance::examination::{Check, Verdict, examine};
pub use maintenance::leftovers::partial_backups;
pub use maintenance::restoring::{Consent, Present, Restored, Restoring};
pub use nodule::{NoduleId, StoredNodule};
pub use patient::{
    ConflictingValues, ImportAction, ImportChoices, ImportFile, ImportId, ImportRow, LineChoice,
    MatchedBy, MatchedWith, OnDuplicate, PastImport, PatientImport, RowMatch, RowOutcome,
    UndoObstacle, UndoneImport, merged_draft, own_number,
};
pub use patient::{PatientId, PatientRecord, PatientVersion};
pub use preference::PREFERENCE_BYTES;
pub use reading::{PriorNodule, ReadingRecord, StoredReading};
pub use reading_mode::DiskState;
pub use recent_patient::RecentPatient;
pub use report::{REPORT_CHARACTERS, ReportId, ReportVersion};
pub use scan_owner::ScanOwner;
pub use search::{
    COUNTED, Column, Count, Cursor, Order, PAGE_ROWS, PageStart, PatientFilters, PatientPage,
    PatientQuery, PatientRow, ReportStatus,
};
pub use worklist::{
    ImportedPlan, PlannedCounts, PlannedFilters, PlannedId, PlannedPage, PlannedQuery, PlannedRow,
    PlannedState, ScanOrder,
};
