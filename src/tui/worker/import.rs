//! A CSV file of patients: reading its columns, a dry run, the import.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::civil::Date;

use crate::cancel::Cancel;
use crate::config::Config;
use crate::import::{
    Content, DateOrder, Encoding, ImportError, Job, Mode, Progress, Sample, Source, Summary, run,
};
use crate::store::{Access, ImportId, PastImport, Store, StoreError, UndoneImport};
use crate::tui::folder;

/// Work on a file for a background thread.
pub enum Request {
    Open {
        access: Access,
        file: PathBuf,
        /// True if its first row names the columns; detected from the file if not stated.
        has_headings: Option<bool>,
        /// Character encoding; detected from the file if not stated.
        encoding: Option<Encoding>,
        content: Content,
        today: Date,
    },
    /// The imports so far.
    List {
        access: Access,
    },
    Undo {
        access: Access,
        import: ImportId,
    },
    Run {
        access: Access,
        job: Arc<Job>,
        mode: Mode,
        shown: Arc<RunProgress>,
        /// Where the broken rows go.
        broken: Option<PathBuf>,
    },
}

/// Outcome of the work.
pub enum Answer {
    Opened(Result<Box<Opened>, ImportError>),
    Ran(Result<Box<Summary>, ImportError>),
    Listed(Result<Vec<PastImport>, StoreError>),
    Undone(Result<UndoneImport, StoreError>),
}

/// A file whose columns were read.
pub struct Opened {
    pub job: Job,
    pub sample: Sample,
}

/// Progress of a run; written by the worker, read by the screen.
#[derive(Debug, Default)]
pub struct RunProgress {
    done: AtomicU64,
    of: AtomicU64,
    is_waiting: AtomicBool,
}

impl RunProgress {
    fn set(&self, progress: Progress) {
        self.done.store(progress.done, Ordering::Relaxed);
        self.of.store(progress.of, Ordering::Relaxed);
        (self.is_waiting).store(progress.is_waiting, Ordering::Relaxed);
    }

    /// The newest state.
    pub fn so_far(&self) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            of: self.of.load(Ordering::Relaxed),
            is_waiting: self.is_waiting.load(Ordering::Relaxed),
        }
    }
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::List { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(
    config: &Config,
    store: Result<Store, StoreError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::Open {
            access,
            file,
            has_headings,
            encoding,
            content,
            today,
        } => {
            let open = || -> Result<Opened, ImportError> {
                let mut source = Source::open_in(&folder::expanded(&file), encoding)?;
                if let Some(has_headings) = has_headings {
                    source.has_headings = has_headings;
                }
                let sample = source.sample()?;
                let mut job = Job::new(source, content, &store?, &access, today)?;
                job.usual_dates = config.date_order.map(DateOrder::from);
                Ok(Opened { job, sample })
            };
            Answer::Opened(open().map(Box::new))
        }
        Request::List { access } => Answer::Listed(store.and_then(|store| store.imports(&access))),
        Request::Undo { access, import } => {
            Answer::Undone(store.and_then(|store| store.undo_import(&access, import)))
        }
        Request::Run {
            access,
            job,
            mode,
            shown,
            broken,
        } => {
            let go = || -> Result<Summary, ImportError> {
                let store = store?;
                let on_progress = |progress| shown.set(progress);
                let broken = broken.as_deref();
                let summary = run(&store, &access, &job, mode, &on_progress, cancel, broken)?;
                if mode == Mode::Import {
                    job.remember(&store, &access)?;
                }
                Ok(summary)
            };
            Answer::Ran(go().map(Box::new))
        }
    }
}
