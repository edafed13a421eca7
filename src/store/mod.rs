//! Accounts, patients and exams in one SQLite file. Knows no pixels.
//!
//! [`Store`] is the only entrance. It is cheap to clone and may be shared between threads; every
//! call blocks, so the loop of the screens keeps away from it. Several processes may hold the same
//! file: writers queue for up to five seconds, readers never wait.
//!
//! Whoever wants records needs an [`Access`], and only signing in gives one. Every query is bound
//! to the hospital that it stands for, so an id from elsewhere opens nothing.

mod account;
mod audit;
mod backup;
mod cipher;
mod connection;
mod error;
mod exam;
mod exam_series;
mod folder;
mod hashing;
mod home;
pub mod key;
mod lock;
mod migration;
mod nodule;
pub mod password;
mod patient;
mod plain;
mod reading;
mod registration;
mod restoring;
mod role;
mod rotation;
mod search;
mod session;
mod unlocking;

pub use account::Account;
pub use backup::Contents;
pub use connection::{Clock, Store};
pub use error::StoreError;
pub use exam::{Exam, ExamId, PatientChoice, SavedExam};
pub use folder::RECENT_FOLDERS;
pub use home::FILE_NAME;
pub use key::{DatabaseKey, KeyKind, KeySource, Passphrase};
pub use nodule::{KeptNodule, NoduleId};
pub use patient::{PatientId, PatientRecord};
pub use reading::{KeptReading, PriorNodule, ReadingRecord};
pub use registration::{Registration, RegistrationField};
pub use restoring::{Restored, Restoring};
pub use role::{AccountId, Role, Standing};
pub use rotation::NewKey;
pub use search::{PAGE_ROWS, PatientPage, PatientQuery, PatientRow};
pub use session::{Access, SignIn};
