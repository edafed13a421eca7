//! Drafts of forms: saved while a person types, offered again, deleted when the form was saved.

use crate::store::{Access, Draft, Store, StoreError};

/// Work on drafts for a background thread.
pub enum Request {
    Keep {
        access: Access,
        form: &'static str,
        about: Option<i64>,
        content: String,
    },
    Read {
        access: Access,
        form: &'static str,
        about: Option<i64>,
    },
    Drop {
        access: Access,
        form: &'static str,
        about: Option<i64>,
    },
}

/// Outcome of the work.
pub enum Answer {
    Read(Result<Option<Draft>, StoreError>),
    /// A draft was saved or deleted, or that failed.
    Settled(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Keep {
            access,
            form,
            about,
            content,
        } => settled(store.and_then(|store| store.save_draft(&access, form, about, &content))),
        Request::Read {
            access,
            form,
            about,
        } => Answer::Read(store.and_then(|store| store.draft(&access, form, about))),
        Request::Drop {
            access,
            form,
            about,
        } => settled(store.and_then(|store| store.discard_draft(&access, form, about))),
    }
}

fn settled(outcome: Result<(), StoreError>) -> Answer {
    // The answer to the last drafts before the end reaches no screen.
    if let Err(error) = &outcome {
        tracing::warn!(%error, "a draft was not kept or not dropped");
    }
    Answer::Settled(outcome)
}
