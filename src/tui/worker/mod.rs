//! Work that takes time, outside the event loop: the database, decoding, the networks, the printer.
//!
//! Requests are grouped by subject, a file each. A [`Request`] goes in, its [`Answer`] comes back as a message. Of several
//! requests of one kind from one screen only the newest counts: it cancels the older ones, and [`Queue`] runs one at a time.
//! Cancelling reaches SQLite, decoding and the networks; it stops reading, never a change to the records.

pub mod accounts;
pub mod analysis;
pub mod attachments;
pub mod audit;
pub mod bulk;
pub mod dashboard;
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
pub mod sample;
pub mod series;
pub mod server;
pub mod sheets;
pub mod themes;
pub mod worklist;

mod list_file;
mod paths;
mod queue;
mod ticket;
mod turns;

pub use self::list_file::ListFileError;
pub use self::queue::Queue;
pub use self::ticket::{Job, Ticket};
pub use self::turns::Turns;

use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use crate::cancel::Cancel;
use crate::clinical::follow_up::WorkUpDays;
use crate::config::Config;
use crate::model::{self, Engine, Loaded, WeightsError};
use crate::store::{Access, AccountId, FileLimits, SignIn, Store, StoreError};
use crate::tui::files::Files;
use crate::tui::server_state::ServerState;
use turns::SharedEngine;

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

        /// The kind of work of a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($name(Discriminant<$module::Request>),)*
        }

        impl Request {
            /// Kind of work; one request of a kind runs at a time.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(request) => Kind::$name(discriminant(request)),)*
                }
            }

            /// True if the work changes nothing, so that it may stop or be skipped when its answer is no longer wanted.
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
    Dashboard: dashboard,
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
    Server: server,
    Worklist: worklist,
    Sheets: sheets,
    Themes: themes,
}

impl Request {
    /// True if the operating system may block the work forever, as for a folder of an unreachable server. A newer request does
    /// not wait for it to end.
    fn may_hang(&self) -> bool {
        matches!(self, Self::Folders(_))
    }
}

/// A piece of work ended in a panic: a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// Settings, database and networks, which all sessions of a process share.
pub struct Resources {
    config: Config,
    /// Opened by the first request that needs it, and again after a failure.
    store: Mutex<Option<Store>>,
    /// Loaded by the first request that needs it, and again after a failure.
    loaded: Mutex<Option<Loaded>>,
    turns: Arc<Turns>,
    /// Tells the state of the server that these are of, if they are.
    server: OnceLock<TellsState>,
}

/// The state of a server that runs.
type TellsState = Box<dyn Fn() -> Option<ServerState> + Send + Sync>;

impl Resources {
    /// Resources with these settings. Opens the database when it is first needed, unless `store` is open already.
    pub fn new(config: Config, store: Option<Store>) -> Self {
        Self {
            config,
            store: Mutex::new(store),
            loaded: Mutex::new(None),
            turns: Arc::default(),
            server: OnceLock::new(),
        }
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// From now on `state` tells the state of the server that these are of. Only the first call has an effect.
    pub fn on_server(&self, state: impl Fn() -> Option<ServerState> + Send + Sync + 'static) {
        let _ = self.server.set(Box::new(state));
    }

    /// State of the server; none in a local program.
    fn server_state(&self) -> Option<ServerState> {
        self.server.get().and_then(|state| state())
    }

    /// The order in which sessions use the networks.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The database.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn store(&self) -> Result<Store, StoreError> {
        let mut store = lock(&self.store);
        match &*store {
            Some(store) => Ok(store.clone()),
            None => {
                let opened = Store::open_with_key(&self.config.home, &self.config.key)?;
                let work_up = WorkUpDays::new(self.config.work_up_days).unwrap_or_default();
                opened.set_work_up_days(work_up)?;
                let opened = opened
                    .with_open_registration(self.config.open_registration)
                    .with_file_limits(FileLimits::of_megabytes(
                        self.config.attachment_mb,
                        self.config.record_attachments_mb,
                    ));
                Ok(store.insert(opened).clone())
            }
        }
    }

    /// Device and implementation of the networks; none before they are loaded.
    pub fn runs_on(&self) -> Option<String> {
        let loaded = lock(&self.loaded);
        loaded
            .as_ref()
            .map(|loaded| loaded.engine.runs_on().to_owned())
    }

    /// The networks, for one more session that takes its turns at them.
    ///
    /// # Errors
    /// If they cannot be loaded.
    pub fn networks(&self) -> Result<Loaded, WeightsError> {
        let mut loaded = lock(&self.loaded);
        let first = match &*loaded {
            Some(first) => first,
            None => loaded.insert(model::load(&self.config)?),
        };
        let engine = SharedEngine::new(Arc::clone(&first.engine), Arc::clone(&self.turns));
        Ok(Loaded {
            engine: Arc::new(engine) as Arc<dyn Engine>,
            remark: first.remark.clone(),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything that the work of one session needs, shared by all threads that do it.
pub struct Services {
    resources: Arc<Resources>,
    /// Place of the user, kept with each sign-in; none where the store has one.
    place: Option<String>,
    files: Files,
    /// The account that is signed in, whose files these are.
    signed_in: Mutex<Option<(AccountId, Access)>>,
}

impl Services {
    /// For a user at `place`, with the files of the machine.
    pub fn new(config: Config, place: String) -> Self {
        let resources = Arc::new(Resources::new(config, None));
        Self::of(resources, place, Files::Machine)
    }

    /// As [`Services::new`], on a store that is open already, with the place of the user.
    pub fn with_store(config: Config, store: Store) -> Self {
        Self {
            resources: Arc::new(Resources::new(config, Some(store))),
            place: None,
            files: Files::Machine,
            signed_in: Mutex::new(None),
        }
    }

    /// For a session of several in one process, of a user at `place` who can name these files.
    pub fn of(resources: Arc<Resources>, place: String, files: Files) -> Self {
        Self {
            resources,
            place: Some(place),
            files,
            signed_in: Mutex::new(None),
        }
    }

    /// State that is shared with other sessions.
    pub fn resources(&self) -> &Arc<Resources> {
        &self.resources
    }

    fn store(&self) -> Result<Store, StoreError> {
        let store = self.resources.store()?;
        Ok(match &self.place {
            Some(place) => store.at_place(place),
            None => store,
        })
    }

    /// The account that is signed in.
    pub fn account(&self) -> Option<AccountId> {
        lock(&self.signed_in).as_ref().map(|(account, _)| *account)
    }

    /// As [`Services::account`], without waiting for a thread that changes it.
    pub fn account_at_once(&self) -> Option<AccountId> {
        let signed_in = match self.signed_in.try_lock() {
            Ok(signed_in) => signed_in,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        signed_in.as_ref().map(|(account, _)| *account)
    }

    /// Notes the account that signed in; its files are used from now on.
    pub fn enter(&self, signed_in: &SignIn) {
        let account = signed_in.account.id;
        if let Err(error) = self.files.prepare(account) {
            tracing::warn!(%error, "the folders of an account were not made");
        }
        *lock(&self.signed_in) = Some((account, signed_in.access.clone()));
    }

    /// Signs out an account whose session ended without doing so.
    pub fn leave(&self) {
        let Some((_, access)) = lock(&self.signed_in).take() else {
            return;
        };
        match self.store().and_then(|store| store.sign_out(&access)) {
            Ok(()) | Err(StoreError::SignedOut) => {}
            Err(error) => tracing::warn!(%error, "the sign-out was not recorded"),
        }
    }

    /// Does the work as [`Self::perform`] does; a panic ends it alone.
    ///
    /// # Errors
    /// [`Fault`] where there was one. The panic's hook has reported it; a transaction that was open is rolled back.
    pub fn perform_guarded(&self, request: Request, cancel: &Cancel) -> Result<Answer, Fault> {
        // State shared with other work is behind locks that ignore poison, and in SQLite.
        catch_unwind(AssertUnwindSafe(|| self.perform(request, cancel))).map_err(|_| Fault)
    }

    /// Does the work. Blocks until it is done, or until `cancel` is set if the request only reads.
    pub fn perform(&self, mut request: Request, cancel: &Cancel) -> Answer {
        let account = self.account();
        paths::resolve(
            &self.files,
            account,
            &self.resources.config.home,
            &mut request,
        );
        if let Request::Accounts(accounts::Request::SignOut(_)) = request {
            *lock(&self.signed_in) = None;
        }
        let mut answer = self.answer(request, cancel);
        if let Answer::Accounts(entered) = &answer
            && let Some(signed_in) = entered.signed_in()
        {
            self.enter(signed_in);
        }
        paths::present(&self.files, account, &mut answer);
        answer
    }

    fn answer(&self, request: Request, cancel: &Cancel) -> Answer {
        let config = &self.resources.config;
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
                let networks = || self.resources.networks();
                Answer::Analysis(analysis::perform(networks, request, cancel))
            }
            Request::Attachments(request) => {
                Answer::Attachments(attachments::perform(store(), request))
            }
            Request::Audit(request) => Answer::Audit(audit::perform(store(), request)),
            Request::Bulk(request) => Answer::Bulk(bulk::perform(store(), request)),
            Request::Dashboard(request) => {
                Answer::Dashboard(dashboard::perform(store(), &config.home, request))
            }
            Request::Drafts(request) => Answer::Drafts(drafts::perform(store(), request)),
            Request::Duplicates(request) => {
                Answer::Duplicates(duplicates::perform(store(), request))
            }
            Request::Exams(request) => Answer::Exams(exams::perform(store(), request)),
            Request::Export(request) => {
                Answer::Export(export::perform(config, store(), request, cancel))
            }
            Request::Folders(request) => Answer::Folders(folders::perform(store, request)),
            Request::FollowUp(request) => {
                Answer::FollowUp(follow_up::perform(store(), request, cancel))
            }
            Request::Import(request) => {
                Answer::Import(import::perform(config, store(), request, cancel))
            }
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
            Request::Server(request) => {
                let state = || self.resources.server_state();
                Answer::Server(server::perform(store(), state, request))
            }
            Request::Series(request) => Answer::Series(series::perform(store, request, cancel)),
            Request::Themes(request) => Answer::Themes(themes::perform(store, request)),
            Request::Worklist(request) => {
                Answer::Worklist(worklist::perform(store(), request, cancel))
            }
            Request::Sheets(request) => Answer::Sheets(sheets::perform(store(), request)),
        }
    }
}
