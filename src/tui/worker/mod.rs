//! Everything that takes time, away from the loop: the database, decoding, the networks, the printer.
//!
//! Requests are grouped by subject, a file each. A [`Request`] goes in, its [`Answer`] comes back as a message.
//! Of one kind from one screen only the newest counts: a newer one cancels the older, and [`Queue`] runs one at a time.
//! Cancelling reaches SQLite, decoding and the networks; it stops questions, never a change to the records.

pub mod accounts;
pub mod analysis;
pub mod attachments;
pub mod audit;
pub mod bulk;
pub mod drafts;
pub mod duplicates;
pub mod exams;
pub mod export;
pub mod folders;
pub mod follow_up;
pub mod import;
pub mod key_image;
pub mod lesions;
pub mod pages;
pub mod pages_subject;
pub mod patients;
pub mod pictures;
pub mod preferences;
pub mod record_view;
pub mod records;
pub mod reports;
pub mod series;
pub mod sheets;
pub mod themes;
pub mod worklist;

mod queue;
mod ticket;

pub use self::queue::Queue;
pub use self::ticket::{Job, Ticket};

use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::clinical::follow_up::WorkUpDays;
use crate::config::Config;
use crate::store::{FileLimits, Store, StoreError};

/// Makes `Request`, `Answer` and `Kind` of all subjects: the name of each and its module.
macro_rules! subjects {
    ($($name:ident: $module:ident,)*) => {
        /// Work for a background thread.
        pub enum Request {
            $($name($module::Request),)*
        }

        /// Outcome of a request. Errors are typed, and one sentence each when they are displayed.
        pub enum Answer {
            $($name($module::Answer),)*
        }

        /// The sort of work that a request is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($name(Discriminant<$module::Request>),)*
        }

        impl Request {
            /// Sort of work, of which one request runs at a time.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(request) => Kind::$name(discriminant(request)),)*
                }
            }

            /// True where the work changes nothing, so that it may stop or be left out when its answer is not wanted any more.
            pub fn is_question(&self) -> bool {
                match self {
                    $(Self::$name(request) => request.is_question(),)*
                }
            }
        }

        $(impl From<$module::Request> for Request {
            fn from(request: $module::Request) -> Self {
                Self::$name(request)
            }
        })*
    };
}

subjects! {
    Accounts: accounts,
    Analysis: analysis,
    Attachments: attachments,
    Audit: audit,
    Bulk: bulk,
    Drafts: drafts,
    Duplicates: duplicates,
    Exams: exams,
    Export: export,
    Folders: folders,
    FollowUp: follow_up,
    Import: import,
    Lesions: lesions,
    Pages: pages,
    PatientForm: patients,
    Pictures: pictures,
    Preferences: preferences,
    RecordView: record_view,
    Records: records,
    Reports: reports,
    Series: series,
    Worklist: worklist,
    Sheets: sheets,
    Themes: themes,
}

impl Request {
    /// True where the operating system may keep the work waiting for ever, as for a folder of a server that is gone. A newer
    /// request does not wait for such a one to end.
    fn may_hang(&self) -> bool {
        matches!(self, Self::Folders(_))
    }
}

/// A piece of work ended in a panic: a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// Everything that the work needs, shared by all threads that do it.
pub struct Services {
    config: Config,
    /// Place of the user, kept with each sign-in.
    place: String,
    /// Opened by the first request that needs it, and again after a failure.
    store: Mutex<Option<Store>>,
}

impl Services {
    /// For a user at `place`.
    pub fn new(config: Config, place: String) -> Self {
        Self {
            config,
            place,
            store: Mutex::new(None),
        }
    }

    /// As [`Services::new`], on a store that is open already.
    pub fn with_store(config: Config, store: Store) -> Self {
        Self {
            config,
            place: String::new(),
            store: Mutex::new(Some(store)),
        }
    }

    fn store(&self) -> Result<Store, StoreError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match &*store {
            Some(store) => Ok(store.clone()),
            None => {
                let opened = Store::open_with_key(&self.config.home, &self.config.key)?;
                let work_up = WorkUpDays::new(self.config.work_up_days).unwrap_or_default();
                opened.set_work_up_days(work_up)?;
                let opened = (opened.at_place(&self.place))
                    .with_open_registration(self.config.open_registration)
                    .with_file_limits(FileLimits::of_megabytes(
                        self.config.attachment_mb,
                        self.config.record_attachments_mb,
                    ));
                Ok(store.insert(opened).clone())
            }
        }
    }

    /// Does the work as [`Self::perform`] does; a panic ends it alone.
    ///
    /// # Errors
    /// [`Fault`] where there was one. The panic's hook has reported it; a transaction that was open is rolled back.
    pub fn perform_guarded(&self, request: Request, cancel: &Cancel) -> Result<Answer, Fault> {
        // State shared with other work lies behind locks that ignore poison, and in SQLite.
        catch_unwind(AssertUnwindSafe(|| self.perform(request, cancel))).map_err(|_| Fault)
    }

    /// Does the work. Blocks for as long as it takes, or until `cancel` is set where the request is a question.
    pub fn perform(&self, request: Request, cancel: &Cancel) -> Answer {
        let is_question = request.is_question();
        let store = || {
            let store = self.store()?;
            Ok(match is_question {
                true => store.until(cancel),
                false => store,
            })
        };
        match request {
            Request::Accounts(request) => Answer::Accounts(accounts::perform(store(), request)),
            Request::Analysis(request) => {
                Answer::Analysis(analysis::perform(&self.config, request, cancel))
            }
            Request::Attachments(request) => {
                Answer::Attachments(attachments::perform(store(), request))
            }
            Request::Audit(request) => Answer::Audit(audit::perform(store(), request)),
            Request::Bulk(request) => Answer::Bulk(bulk::perform(store(), request)),
            Request::Drafts(request) => Answer::Drafts(drafts::perform(store(), request)),
            Request::Duplicates(request) => {
                Answer::Duplicates(duplicates::perform(store(), request))
            }
            Request::Exams(request) => Answer::Exams(exams::perform(store(), request)),
            Request::Export(request) => {
                Answer::Export(export::perform(&self.config, store(), request, cancel))
            }
            Request::Folders(request) => Answer::Folders(folders::perform(store, request)),
            Request::FollowUp(request) => {
                Answer::FollowUp(follow_up::perform(store(), request, cancel))
            }
            Request::Import(request) => Answer::Import(import::perform(store(), request, cancel)),
            Request::Lesions(request) => Answer::Lesions(lesions::perform(store(), request)),
            Request::Pages(request) => Answer::Pages(pages::perform(store(), request)),
            Request::PatientForm(request) => {
                Answer::PatientForm(patients::perform(store(), request))
            }
            Request::Pictures(request) => Answer::Pictures(pictures::perform(store, request)),
            Request::Preferences(request) => {
                Answer::Preferences(preferences::perform(store(), request))
            }
            Request::RecordView(request) => {
                Answer::RecordView(record_view::perform(store(), request))
            }
            Request::Records(request) => Answer::Records(records::perform(store(), request)),
            Request::Reports(request) => Answer::Reports(reports::perform(store, request)),
            Request::Series(request) => Answer::Series(series::perform(store, request, cancel)),
            Request::Themes(request) => Answer::Themes(themes::perform(store, request)),
            Request::Worklist(request) => {
                Answer::Worklist(worklist::perform(store(), request, cancel))
            }
            Request::Sheets(request) => Answer::Sheets(sheets::perform(store(), request)),
        }
    }
}
