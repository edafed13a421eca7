//! Accounts, patients and exams in one SQLite file. Knows no pixels.
//!
//! [`Store`] is the only entrance. It is cheap to clone and may be shared between threads; every
//! call blocks, so the loop of the screens keeps away from it. Several processes may hold the same
//! file: writers queue for up to five seconds, readers never wait.
//!
//! Whoever wants records needs an [`Access`], and only signing in gives one. Every query is bound
//! to the hospital that it stands for, so an id from elsewhere opens nothing.

mod account;
mod administration;
mod attachment;
mod audit;
mod backup;
mod cipher;
mod connection;
mod deletion;
mod draft;
mod error;
mod exam;
mod exam_series;
mod examination;
mod folder;
mod hashing;
mod history;
mod home;
mod identity;
pub mod key;
mod lock;
mod migration;
mod nodule;
pub mod password;
mod password_change;
mod patient;
mod plain;
mod reading;
mod registration;
mod report;
mod restoring;
mod role;
mod rotation;
mod search;
mod second_factor;
mod secret;
mod session;
mod sign_in;
mod throttle;
mod token;
mod totp;
mod unlocking;

pub use account::Account;
pub use attachment::{
    ATTACHMENT_BYTES, Attachment, AttachmentId, AttachmentKind, MediaType, NewAttachment,
};
pub use audit::{
    AuditEntry, AuditExport, AuditExportError, AuditFault, AuditHead, AuditObject, AuditOutcome,
    AuditPage, AuditPlace, AuditPosition, AuditQuery, AuditSpan, AuditVerification,
};
pub use backup::Contents;
pub use connection::{Clock, Store};
pub use deletion::{Belongings, DELETED_ROWS, DeletedKind, DeletedRecord};
pub use draft::{DRAFT_BYTES, Draft};
pub use error::StoreError;
pub use exam::{Exam, ExamId, ExamState, PatientChoice, SavedExam};
pub use examination::{Check, Verdict, examine};
pub use folder::RECENT_FOLDERS;
pub use history::PastSignIn;
pub use home::FILE_NAME;
pub use key::{DatabaseKey, KeyKind, KeySource, KeyState, Passphrase};
pub use nodule::{KeptNodule, NoduleId};
pub use patient::{PatientId, PatientRecord, PatientVersion};
pub use reading::{KeptReading, PriorNodule, ReadingRecord};
pub use registration::{Registration, RegistrationField};
pub use report::{REPORT_CHARACTERS, ReportId, ReportVersion};
pub use restoring::{Restored, Restoring};
pub use role::{AccountId, Role, Standing};
pub use rotation::NewKey;
pub use search::{
    COUNTED, Count, Cursor, PAGE_ROWS, PageStart, PatientFilters, PatientPage, PatientQuery,
    PatientRow, ReportStatus,
};
pub use second_factor::Enrolment;
pub use session::Access;
pub use sign_in::SignIn;
pub use token::{LONGEST_TOKEN_DAYS, Token, TokenId};
