//! Likely duplicates: the list, two records side by side, merging and undoing it.

use crate::store::{
    Access, DuplicatePage, DuplicatePair, MergeId, MergePlan, MergedPatients, PastMerge, PatientId,
    Store, StoreError, UndoneMerge,
};

/// Work on duplicates for a background thread.
pub enum Request {
    /// A page of the list, behind a pair.
    Page {
        access: Access,
        after: Option<(u8, PatientId, PatientId)>,
    },
    /// Two records side by side.
    Pair {
        access: Access,
        one: PatientId,
        other: PatientId,
    },
    Merge {
        access: Access,
        plan: Box<MergePlan>,
    },
    /// They are two people.
    Distinct {
        access: Access,
        one: PatientId,
        other: PatientId,
    },
    Merges(Access),
    Unmerge {
        access: Access,
        merge: MergeId,
    },
}

/// Results.
pub enum Answer {
    Page {
        is_first: bool,
        page: Result<DuplicatePage, StoreError>,
    },
    Pair(Result<Box<DuplicatePair>, StoreError>),
    Merged(Result<MergedPatients, StoreError>),
    Distinct(Result<(), StoreError>),
    Merges(Result<Vec<PastMerge>, StoreError>),
    Unmerged(Result<UndoneMerge, StoreError>),
}

/// Pairs of a page, as they are read.
const PAGE: usize = 200;

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Page { .. } | Self::Pair { .. } | Self::Merges(_)
        )
    }
}

/// Does it. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Page { access, after } => Answer::Page {
            is_first: after.is_none(),
            page: store.and_then(|store| store.duplicates(&access, after, PAGE)),
        },
        Request::Pair { access, one, other } => {
            let pair = store.and_then(|store| store.duplicate_pair(&access, one, other));
            Answer::Pair(pair.map(Box::new))
        }
        Request::Merge { access, plan } => {
            Answer::Merged(store.and_then(|store| store.merge_patients(&access, &plan)))
        }
        Request::Distinct { access, one, other } => {
            Answer::Distinct(store.and_then(|store| store.state_distinct(&access, one, other)))
        }
        Request::Merges(access) => Answer::Merges(store.and_then(|store| store.merges(&access))),
        Request::Unmerge { access, merge } => {
            Answer::Unmerged(store.and_then(|store| store.unmerge_patients(&access, merge)))
        }
    }
}
